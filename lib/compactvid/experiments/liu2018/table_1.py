"""Liu & Liu 2018, Table 1: sizes of all 28 models at the paper's size, and GAP of scaled-down ones.

What is trained, and how far it is scaled down, stands in `compactvid.experiments.gated_netvlad_grid`; what it scored in
`compactvid.experiments.grid_scores`.
"""

import pandas as pd

from compactvid import papers
from compactvid.compression import StoredSize
from compactvid.compression.stored_size import PRECISIONS
from compactvid.experiments import gated_netvlad_grid as grid
from compactvid.experiments.grid_scores import inferior, printed_scores
from compactvid.models import GatedNetVLAD
from compactvid.models.gated_netvlad import BIG_FOUR
from compactvid.runs import load_or_run

PROFILES, data = grid.SCALES, grid.data

SIZE_HEADINGS = {
    "model": "model",
    "float32_mib": "float32",
    "paper_float32_mib": "paper",
    "float16_mib": "float16",
    "paper_float16_mib": "paper",
    "compression_rate": "rate",
    "paper_compression_rate": "paper",
    "big_four_share": "big four",
}
INFERIOR_HEADINGS = {
    "model": "model",
    "float32_mib": "float32",
    "gap": "GAP",
    "smaller_model": "not better than",
    "smaller_mib": "float32",
    "smaller_gap": "GAP",
}
SIZE_FORMATS = {column: ".1f" if column.endswith(("rate", "share")) else ".2f" for column in SIZE_HEADINGS} | {
    "model": ""
}
INFERIOR_FORMATS = {"float32_mib": ".2f", "gap": ".4f", "smaller_mib": ".2f", "smaller_gap": ".4f"}


def paper_models() -> dict[str, GatedNetVLAD]:
    """The paper's 28 models by name (`K24-H1440`): the 18 of Table 1, then the 10 that were eliminated."""
    table = papers.table("liu2018", "table_1")
    return {name: GatedNetVLAD(*grid.cluster_and_hidden(name)) for name in [*table.row_ids, *table.eliminated]}


def runs(profile: str, seed: int) -> dict[str, list]:
    """The sizes of all 28 models, and the profile's trainings: every model on every world."""
    return {"sizes": [StoredSize(model) for model in paper_models().values()]} | grid.runs(profile, seed)


def sizes() -> pd.DataFrame:
    """One row a model: MiB at both precisions, compression rate and the big four's share in %, tensors."""
    rows = []
    eliminated = set(papers.table("liu2018", "table_1").eliminated)
    for name, model in paper_models().items():
        tensors = {
            precision: pd.DataFrame(records) for precision, records in load_or_run(StoredSize(model)).result.items()
        }
        stored = {precision: tensors[precision]["bytes"].sum() for precision in PRECISIONS}
        big = tensors["float32"].set_index("tensor").loc[list(BIG_FOUR), "bytes"].sum()
        rows.append(
            {
                "model": name,
                "float32_mib": stored["float32"] / 2**20,
                "float16_mib": stored["float16"] / 2**20,
                "compression_rate": 100 * (1 - stored["float16"] / stored["float32"]),
                "big_four_share": 100 * big / stored["float32"],
                "tensors": len(tensors["float32"]),
                "cast_tensors": int((tensors["float16"]["dtype"] == "float16").sum()),
                "eliminated": name in eliminated,
            }
        )
    return pd.DataFrame(rows)


def beside_paper(sizes: pd.DataFrame) -> pd.DataFrame:
    """The sizes with the printed ones: columns `paper_` + float32_mib, float16_mib, ..._rate; NaN where none is."""
    printed = printed_scores()[["float32_mib", "float16_mib", "compression_rate"]].add_prefix("paper_")
    return sizes.join(printed, on="model", validate="1:1")[list(SIZE_HEADINGS)]


def not_better_than_smaller(printed: pd.DataFrame) -> pd.DataFrame:
    """The models that the paper's rule eliminates, each with the best smaller model.

    Parameters
    ----------
    printed
        Columns float32_mib, best_averaged_gap, by model name.
    """
    size, gap = printed["float32_mib"], printed["best_averaged_gap"]
    rows = []
    for name in printed.index[inferior(size.to_numpy(), gap.to_numpy())]:
        other = gap[size < size[name]].idxmax()
        rows.append((name, size[name], gap[name], other, size[other], gap[other]))
    return pd.DataFrame(rows, columns=list(INFERIOR_HEADINGS))


def claims(sizes: pd.DataFrame) -> pd.DataFrame:
    """One row a claim that follows from the sizes or from the printed table alone: its id, value and unit."""
    printed = printed_scores()
    ordered = printed[["float32_mib", "float16_mib", "best_averaged_gap"]]
    kept = sizes[~sizes["eliminated"]]
    gain = (printed["best_averaged_gap"] - printed["best_single_gap"]).mean()
    rows = [
        ("cast_tensors", sizes["cast_tensors"].max(), "tensors"),
        ("weight_tensors", sizes["tensors"].max(), "tensors"),
        ("big_four_share", kept["big_four_share"].mean(), "%"),
        ("average_compression_rate", kept["compression_rate"].mean(), "%"),
        ("average_checkpoint_gain", gain, "GAP"),
        ("evaluated_models", len(sizes), "models"),
        ("kept_models", len(kept), "models"),
        ("eliminated_models", sizes["eliminated"].sum(), "models"),
        ("kept_by_the_rule", len(printed) - len(not_better_than_smaller(printed)), "models"),
        ("sorted_models", int((ordered.diff().iloc[1:] <= 0).all(axis=None)), "yes or no"),
    ]
    return pd.DataFrame(rows, columns=["claim", "value", "unit"])


def claimed_share() -> float:
    """The big four's share of a model that the paper claims, in %."""
    (claim,) = (entry for entry in papers.entries("liu2018") if entry.id == "liu2018.claims.big_four_share")
    if claim.number is None:
        raise ValueError(f"{claim.id}: expected a printed number, found {claim.printed!r}")
    return float(claim.number)
