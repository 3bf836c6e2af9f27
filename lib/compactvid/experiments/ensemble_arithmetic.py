"""What follows from Table 2 of Liu & Liu 2018 as printed: sums of sizes, deltas between leaderboards, gains."""

import pandas as pd

from compactvid import papers
from compactvid.experiments import ensembles


def sizes() -> pd.DataFrame:
    """One row an ensemble, in MiB: size_mib of built models, the sum of Table 1's printed sizes, the printed size.

    The sum lacks where a member is in no table. `difference` is that sum minus the printed size.
    """
    single = papers.table("liu2018", "table_1").frame().set_index("row")["float16_mib"]
    table = ensembles.printed()
    members = table["ensemble"].map(ensembles.member_names)
    frame = pd.DataFrame(
        {
            "ensemble": table["ensemble"],
            "size_mib": [sum(map(ensembles.float16_bytes, names)) / 2**20 for names in members],
            "printed_sum_mib": [single.reindex(list(names)).sum(skipna=False) for names in members],
            "paper_size_mib": table["size_mib"],
        }
    )
    return frame.assign(difference=frame["printed_sum_mib"] - frame["paper_size_mib"])


def unknown_model() -> pd.DataFrame:
    """MiB that the printed size of GFAB leaves for its model B, and of the nearest eliminated model, in one row.

    Columns: left_mib, nearest_mib.
    """
    single = papers.table("liu2018", "table_1").frame().set_index("code")["float16_mib"]
    left = ensembles.printed().set_index("ensemble").loc["GFAB", "size_mib"] - single[list("GFA")].sum()
    eliminated = [ensembles.float16_bytes(name) / 2**20 for name in papers.table("liu2018", "table_1").eliminated]
    return pd.DataFrame({"left_mib": [left], "nearest_mib": [min(eliminated, key=lambda size: abs(size - left))]})


def deltas() -> pd.DataFrame:
    """The ensembles with leaderboard scores: leaderboard minus local GAP, recomputed and as printed.

    Columns: ensemble, local_gap, public_delta, paper_public_delta, private_delta, paper_private_delta.
    """
    table = ensembles.printed().dropna(subset=["public_gap"])
    recomputed = {f"{board}_delta": table[f"{board}_gap"] - table["local_gap"] for board in ("public", "private")}
    as_printed = {f"paper_{column}": table[column] for column in recomputed}
    columns = [name for pair in zip(recomputed, as_printed, strict=True) for name in pair]
    return table.assign(**recomputed, **as_printed)[["ensemble", "local_gap", *columns]]


def gains() -> pd.DataFrame:
    """What the printed winner gains over its best model, read both ways: columns claim, value."""
    winner = ensembles.printed().set_index("ensemble").loc[ensembles.WINNER]
    single = papers.table("liu2018", "table_1").frame()["best_averaged_gap"].max()
    rows = {"ensemble_gain_if_local": winner["local_gap"], "ensemble_gain_if_adjusted": winner["public_gap"]}
    return pd.DataFrame({"claim": list(rows), "value": [gap - single for gap in rows.values()]})
