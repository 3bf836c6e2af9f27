"""Araujo et al. 2018, Fig. 7: size and accuracy of all models.

The plan, written before any of it was computed. Sizes are those at the paper's size; GAP is that of the scaled-down
models, as their own pages have it. `best_trade_off` has one number a world: the test GAP of circulant DBoF minus what
the other five models of Table 4 give at its bytes. That is the upper hull of their GAPs over their sizes, for whoever
has two models can take one for some videos and the other for the rest; beyond its ends, the nearest of the five. The
hull is that world's. It goes through whatever came out high, so chance raises it a little and the test leans against
the claim.
"""

import numpy as np
import pandas as pd

from compactvid import papers
from compactvid.experiments import circulant_counts as counting
from compactvid.experiments import circulant_grid as grid
from compactvid.experiments import circulant_scores as scores
from compactvid.experiments import diversity_models, paired_differences
from compactvid.experiments.intervals import mean_and_half_width

PROFILES, data = grid.SCALES, grid.data
USES = ("araujo2018_table_2", "araujo2018_table_3", "araujo2018_table_4", "araujo2018_fig_2")
TABLE_4 = tuple(f"{name}-FC-{kind}" for name in grid.EMBEDDINGS for kind in ("Dense", "Circulant"))
BEST, DIVERSITY = "DBoF-FC-Circulant", "DBoF + NetVLAD"
NAMES = {
    "table_2.Dense-Model": "dense, no audio",
    **{f"table_2.Compact-{layer}": f"compact {layer}, no audio" for layer in ("DBoF", "FC", "MoE")},
    **{f"table_3.{factors}": f"DBoF, FC of {factors} factor{'s' * (factors > 1)}" for factors in (1, 3, 6)},
    **{f"table_4.{row}": f"{row.replace('-FC-', ', ').replace('NetFisher', 'NetFV')} FC" for row in TABLE_4},
    f"fig_2.{DIVERSITY}": f"{DIVERSITY}, circulant FC",
}
"""The models of the tables, and the one of several embeddings that is trained, with how the page calls them."""

HEADINGS = {
    "name": "model",
    "mib": "MiB",
    "paper_gap": "paper",
    "paper_front": "on its front",
    "gap": "ours",
    "gap_spread": "±",
    "front": "on its front",
    "own": "this build",
    **scores.GAP_AT_REAL,
}
FORMATS = {"mib": ".1f", "paper_gap": ".3f"} | dict.fromkeys(("gap", "gap_spread", "own", *scores.GAP_AT_REAL), ".4f")


def names(profile: str) -> dict[str, str]:
    """Those of `NAMES` that a profile has: on AudioSet's audio Table 2's models are the same as those with audio."""
    audio = grid.source(profile) == "audioset"
    return {model: name for model, name in NAMES.items() if not audio or not model.startswith("table_2.")}


def runs(profile: str, seed: int) -> dict[str, list]:
    """None of its own: every model is counted and trained for its table."""
    return {}


def points(profile: str, seed: int) -> pd.DataFrame:
    """One row a model: what is drawn.

    Columns model (a key of `NAMES`), table, name, weights and mib at the paper's size; printed paper_gap, and
    paper_front, whether no other printed model is as small and better, or smaller and as good; gap and gap_spread of
    ours, and front, the same of their means.
    """
    printed = {
        f"{table}.{row['row']}": row["gap"]
        for table in ("table_2", "table_3", "table_4")
        for row in papers.table("araujo2018", table).frame()[["row", "gap"]].to_dict("records")
    }
    rows = []
    for model, name in names(profile).items():
        gap, spread = mean_and_half_width(_gaps(model, profile, seed))
        weights = _weights(model)
        table = model.partition(".")[0]
        rows.append((model, table, name, weights, 4 * weights / 2**20, printed.get(model, np.nan), gap, spread))
    columns = ["model", "table", "name", "weights", "mib", "paper_gap", "gap", "gap_spread"]
    frame = pd.DataFrame(rows, columns=columns)
    for front, scored in (("paper_front", "paper_gap"), ("front", "gap")):
        present = frame[frame[scored].notna()]
        best = present.index[undominated(present["weights"].to_numpy(), present[scored].to_numpy())]
        frame[front] = np.where(frame.index.isin(best), "yes", "no")
    return frame


def worlds(profile: str, seed: int) -> int:
    """Over how many worlds the trained numbers are meaned."""
    return len(grid.draws(profile, seed))


def trade_off(profile: str, seed: int) -> pd.DataFrame:
    """`best_trade_off`, one row a world: see `compactvid.experiments.paired_differences.differences`."""
    found = trade_off_by_world(profile, seed)
    return paired_differences.differences(
        {"best_trade_off": ("circulant deep bag of frames above the others' hull", found)}
    )


def trade_off_by_world(profile: str, seed: int) -> np.ndarray:
    """GAP of circulant DBoF above the hull of the other five, a number a world."""
    gaps = {row: scores.world_gaps(f"table_4.{row}", profile, seed) for row in TABLE_4}
    return np.array([_above_hull(dict(zip(gaps, world, strict=True))) for world in zip(*gaps.values(), strict=True)])


def printed_trade_off() -> float:
    """The same of the printed GAPs."""
    return _above_hull(papers.table("araujo2018", "table_4").frame().set_index("row")["gap"].to_dict())


def statements() -> pd.DataFrame:
    """One row a claim that is true (1) or false (0) by counts and printed numbers: columns claim, value."""
    weights = {row: counting.weights(f"table_4.{row}") for row in TABLE_4}
    smallest = sorted(weights, key=lambda row: weights[row])[:2]
    true = {
        "most_compact_models": set(smallest) == {"NetVLAD-FC-Circulant", "NetFisher-FC-Circulant"},
        "best_trade_off_in_print": printed_trade_off() > 0,
    }
    return pd.DataFrame({"claim": list(true), "value": [float(value) for value in true.values()]})


def hints(points: pd.DataFrame) -> dict[str, str]:
    """What the figure shows where a pointer rests: one text a mark of `compactvid.report.trade_off`."""
    found = {}
    for row in points.itertuples():
        size = f"{row.name}: {row.weights:,} weights, {row.mib:.0f} MiB"
        if not np.isnan(row.paper_gap):
            found[f"paper_{row.Index}"] = f"{size}, GAP {row.paper_gap:.3f} in print"
        found[f"ours_{row.Index}"] = f"{size} at the paper's size, GAP {row.gap:.4f} ± {row.gap_spread:.4f} scaled down"
    return found


def described(points: pd.DataFrame) -> str:
    """What the figure shows, in words."""
    fronts = [
        "; ".join(f"{row.name} ({row.mib:.0f} MiB)" for row in points[points[front] == "yes"].itertuples())
        for front in ("paper_front", "front")
    ]
    return (
        f"Two panels, GAP over size in MiB, for {len(points)} models. No model is better and no larger than these: in "
        f"print, {fronts[0]}; ours, {fronts[1]}."
    )


def undominated(sizes: np.ndarray, gaps: np.ndarray) -> np.ndarray:
    """Which models no other one dominates, by being no larger and no worse, and one of them strictly."""
    no_worse = (sizes[None, :] <= sizes[:, None]) & (gaps[None, :] >= gaps[:, None])
    better = (sizes[None, :] < sizes[:, None]) | (gaps[None, :] > gaps[:, None])
    return ~np.any(no_worse & better, axis=1)


def hull(sizes: np.ndarray, gaps: np.ndarray, size: float) -> float:
    """The upper hull of GAPs over sizes at a size; beyond its ends, the GAP of the nearest model.

    It is the largest of all chords between a model on one side and a model on the other.
    """
    at = float(np.clip(size, sizes.min(), sizes.max()))
    chords = [
        low_gap + (high_gap - low_gap) * (at - low) / (high - low) if high > low else max(low_gap, high_gap)
        for low, low_gap in zip(sizes, gaps, strict=True)
        for high, high_gap in zip(sizes, gaps, strict=True)
        if low <= at <= high
    ]
    return float(max(chords))


def _gaps(model: str, profile: str, seed: int) -> np.ndarray:
    """Test GAP in each world."""
    if (name := model.removeprefix("fig_2.")) == DIVERSITY:
        return np.array(
            [grid.gap(diversity_models.training(name, profile, draw)) for draw in grid.draws(profile, seed)]
        )
    return scores.world_gaps(model, profile, seed)


def _weights(model: str) -> int:
    name = model.removeprefix("fig_2.")
    return diversity_models.weights(diversity_models.MODELS[name]) if name == DIVERSITY else counting.weights(model)


def _above_hull(gaps: dict[str, float]) -> float:
    others = [row for row in gaps if row != BEST]
    sizes = np.array([counting.weights(f"table_4.{row}") for row in others], "float64")
    return gaps[BEST] - hull(sizes, np.array([gaps[row] for row in others]), counting.weights(f"table_4.{BEST}"))
