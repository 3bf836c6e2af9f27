"""Compare what lies in the data folder with what the manifests say."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal, NamedTuple

from compactvid.manifests.location import data_folder
from compactvid.manifests.manifest import manifest, names
from compactvid.manifests.schema import Split
from compactvid.manifests.sums import first_seen, sha256


class Verified(NamedTuple):
    """One file or unpacked folder: whether its SHA-256 is the expected one, and which was found."""

    name: str
    split: str
    path: str
    state: Literal["ok", "wrong", "missing", "no known hash"]
    expected: str | None = None
    found: str | None = None


def verify(name: str | None = None, *, root: Path | None = None) -> list[Verified]:
    """Hash what lies in the data folder, several files at once.

    Parameters
    ----------
    name
        The data set; all where not given.
    root
        The project's folder; found by default.

    Returns
    -------
    list of Verified
        Every file of the manifest, in its order, and for archives the folders that come out of them: `no known hash`
        where nothing says what a file should be. Nothing is written.

    Raises
    ------
    ManifestError
        There is no such data set, or a manifest is not as it should be.
    """
    folder = data_folder()
    recorded = first_seen(folder)

    def check(item: tuple[str, str, str, str | None]) -> Verified:
        path, expected = item[2], item[3] or recorded.get(item[2])
        try:
            found = None if (folder / path).is_dir() and not expected else sha256(folder / path)
        except (FileNotFoundError, NotADirectoryError):
            return Verified(*item[:3], "missing", expected)
        except OSError as error:
            return Verified(*item[:3], "wrong", expected, error.strerror)
        state: Literal["ok", "wrong", "no known hash"] = "ok" if found == expected else "wrong"
        return Verified(*item[:3], state if expected else "no known hash", expected, found)

    items = [
        (chosen, split, *file)
        for chosen in ([name] if name is not None else names(root))
        for split, part in manifest(chosen, root).splits.items()
        for file in _files(part, folder)
    ]
    with ThreadPoolExecutor() as pool:
        return list(pool.map(check, items, chunksize=32))


def _files(part: Split, folder: Path) -> Iterator[tuple[str, str | None]]:
    for file in part.local_files():
        yield file.path, file.sha256
    for archive in part.archives:
        # An archive may go once it is unpacked.
        if (folder / archive.path).exists():
            yield archive.path, archive.sha256
        for target in archive.unpack.values():
            if not any(path.startswith(f"{target}/") for path in part.sums):
                yield target, None
