"""What a data manifest says, as tables of a page."""

import pandas as pd

from compactvid.manifests.schema import Manifest


def feature_table(manifest: Manifest) -> pd.DataFrame:
    """One row a feature: feature, meaning, values (type, shape and range) and kind."""
    rows = []
    for feature in manifest.features:
        values = f"{feature.dtype}, {' × '.join(map(str, feature.shape)) or 'scalar'}"
        if feature.range:
            values += f", {feature.range[0]:g} to {feature.range[1]:g}"
        rows.append({"feature": feature.name, "meaning": feature.meaning, "values": values, "kind": feature.kind})
    return pd.DataFrame(rows)


def split_table(manifest: Manifest) -> pd.DataFrame:
    """One row a split: split, examples, files, size and note; an en dash where the manifest does not know."""
    rows = []
    for name, split in manifest.splits.items():
        listed = split.local_files()
        files = len(listed) or len(split.archives)
        sizes = [file.size for file in (*listed, *split.archives) if file.size]
        rows.append(
            {
                "split": name,
                "examples": f"{split.examples:,}" if split.examples else "–",
                "files": f"{files:,}" if files else "–",
                "size": _bytes(sum(sizes)),
                "note": split.note or "–",
            }
        )
    return pd.DataFrame(rows)


def terms_table(manifest: Manifest) -> pd.DataFrame:
    """Two columns, what and said: source, licence, citation, and how to get the data."""
    licence = manifest.licence
    terms = {
        "source": manifest.source,
        "licence": "; ".join(filter(None, (licence.name, licence.note, licence.url))),
        "cite": manifest.citation.text,
        "request": manifest.request,
        "note": manifest.note,
        "fetch": None if manifest.request else f"compactvid data fetch {manifest.name}",
        "after fetching": manifest.after_fetch,
        "verify": f"compactvid data verify {manifest.name}",
    }
    return pd.DataFrame([{"what": what, "said": said} for what, said in terms.items() if said])


def _bytes(count: int) -> str:
    if not count:
        return "–"
    power = min(4, (len(str(count)) - 1) // 3)
    return f"{count / 1000**power:.3g} {('B', 'kB', 'MB', 'GB', 'TB')[power]}"
