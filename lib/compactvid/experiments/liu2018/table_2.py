"""Liu & Liu 2018, Table 2: sums, deltas, and the twelve ensembles of scaled-down models.

Fixed beforehand: weights are tuned on the validation videos and reported on the test videos; neighbours in the paper's
order are compared in pairs within each world; whether a validation set of the paper's size can order them is asked of a
bootstrap over test videos, 200 draws a world, which tells a standard deviation to 5 % in one world.
"""

from itertools import pairwise

import numpy as np
import pandas as pd
from scipy import stats

from compactvid import papers
from compactvid.experiments import ensembles
from compactvid.experiments import gated_netvlad_grid as grid
from compactvid.experiments.intervals import mean_and_half_width
from compactvid.manifests import manifest
from compactvid.metrics import ResampledGlobalAveragePrecision

USES = ("liu2018_table_1",)
PROFILES, data = grid.SCALES, grid.data

VALIDATION_FILES = 60
"""Files of the official validation split that the paper's validation set consists of (section 2.1)."""
RESAMPLES = 200

SIZE_HEADINGS = {
    "ensemble": "ensemble",
    "size_mib": "built models",
    "printed_sum_mib": "Table 1's sum",
    "paper_size_mib": "printed",
    "difference": "sum − printed",
}
DELTA_HEADINGS = {
    "ensemble": "ensemble",
    "local_gap": "local GAP",
    "public_delta": "public − local",
    "paper_public_delta": "printed",
    "private_delta": "private − local",
    "paper_private_delta": "printed",
}
GAP_HEADINGS = {
    "ensemble": "ensemble",
    "tuned_gap": "tuned",
    "tuned_gap_spread": "±",
    "uniform_gap": "uniform",
    "uniform_gap_spread": "±",
    "tuning_gain": "tuned − uniform",
    "tuning_gain_spread": "±",
    "paper_local_gap": "paper",
}
NEIGHBOUR_HEADINGS = {
    "pair": "pair",
    "paper_difference": "paper",
    "difference": "ours",
    "difference_spread": "±",
    "noise": "sd over videos",
    "reversed_chance": "reversed",
    "videos_needed": "videos needed",
}
FORMATS = {"size_mib": ".2f", "printed_sum_mib": ".2f", "paper_size_mib": ".1f", "difference": ".2f"}
GAP_FORMATS = {name: ".4f" for name in [*DELTA_HEADINGS, *GAP_HEADINGS, *NEIGHBOUR_HEADINGS]} | {
    "ensemble": "",
    "pair": "",
    "noise": ".5f",
    "reversed_chance": ".0%",
    "videos_needed": ",.0f",
}


def runs(profile: str, seed: int) -> dict[str, list]:
    """The evaluation of every printed ensemble on every world; the trainings are Table 1's."""
    draws = grid.draws(profile, seed)
    return {
        "ensembles": [ensembles.tuned(name, profile, draw) for name in ensembles.trained(profile) for draw in draws]
    }


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
            "printed_sum_mib": [single.reindex(names).sum(skipna=False) for names in members],
            "paper_size_mib": table["size_mib"],
        }
    )
    return frame.assign(difference=frame["printed_sum_mib"] - frame["paper_size_mib"])


def unknown_model() -> tuple[float, float]:
    """MiB that the printed size of GFAB leaves for its model B, and of the eliminated model that comes closest."""
    single = papers.table("liu2018", "table_1").frame().set_index("code")["float16_mib"]
    left = ensembles.printed().set_index("ensemble").loc["GFAB", "size_mib"] - single[list("GFA")].sum()
    eliminated = [ensembles.float16_bytes(name) / 2**20 for name in papers.table("liu2018", "table_1").eliminated]
    return float(left), min(eliminated, key=lambda size: abs(size - left))


def deltas() -> pd.DataFrame:
    """The ensembles with leaderboard scores: leaderboard minus local GAP, recomputed and as printed."""
    table = ensembles.printed().dropna(subset=["public_gap"])
    recomputed = {f"{board}_delta": table[f"{board}_gap"] - table["local_gap"] for board in ("public", "private")}
    as_printed = {f"paper_{column}": table[column] for column in recomputed}
    return table.assign(**recomputed, **as_printed)[list(DELTA_HEADINGS)]


def gaps(profile: str, seed: int) -> pd.DataFrame:
    """One row an ensemble: mean test GAP over the worlds, tuned and uniform, their paired difference, each ± spread."""
    by_weights = {name: ensembles.gaps_on_test(profile, seed, name) for name in ("tuned", "uniform")}
    paper = ensembles.printed().set_index("ensemble")["local_gap"]
    rows = []
    for ensemble in ensembles.trained(profile):
        tuned, uniform = by_weights["tuned"][ensemble], by_weights["uniform"][ensemble]
        row: dict = {"ensemble": ensemble}
        for column, values in {"tuned_gap": tuned, "uniform_gap": uniform, "tuning_gain": tuned - uniform}.items():
            row[column], row[f"{column}_spread"] = mean_and_half_width(values)
        rows.append(row | {"paper_local_gap": paper[ensemble]})
    return pd.DataFrame(rows)


def tuning_gain(profile: str, seed: int) -> tuple[float, float]:
    """What tuned weights gain over uniform ones, mean over the ensembles; mean over the worlds and its half width."""
    gain = ensembles.gaps_on_test(profile, seed, "tuned") - ensembles.gaps_on_test(profile, seed, "uniform")
    return mean_and_half_width(gain.mean(axis=1).to_numpy())


def rank_agreement(profile: str, seed: int) -> tuple[float, float]:
    """Kendall's tau-b between our order of the ensembles and the paper's: mean over the worlds and its half width.

    The paper's own order has ties, at its four digits.
    """
    ours = ensembles.gaps_on_test(profile, seed, "tuned")
    paper = ensembles.printed().set_index("ensemble")["local_gap"][ours.columns]
    return mean_and_half_width(np.array([stats.kendalltau(world, paper).statistic for _, world in ours.iterrows()]))


def validation_videos() -> float:
    """How many videos the paper's validation set has: 60 files' share of the official split."""
    split = manifest("youtube8m_frame").splits["validate"]
    if split.examples is None or split.shards is None:
        raise ValueError("youtube8m_frame.yml: splits.validate: expected the numbers of examples and of shards")
    return VALIDATION_FILES * split.examples / split.shards.count


def neighbours(profile: str, seed: int) -> pd.DataFrame:
    """One row a pair of neighbours in the paper's order, first minus second.

    Columns: pair; paper_difference as printed; difference, over the worlds, ± difference_spread; noise: the standard
    deviation of the pair's difference over re-drawn validation sets of the paper's number of videos, of our videos;
    reversed_chance: how often such a set shows the opposite order if the printed difference is the true one;
    videos_needed: of how many videos on 1.96 standard deviations would be less than the printed difference.
    """
    ours = ensembles.gaps_on_test(profile, seed, "tuned")
    paper = ensembles.printed().set_index("ensemble")["local_gap"]
    videos = validation_videos()
    noise = resampling_noise(profile, seed, round(videos))
    rows = []
    for first, second in pairwise(ours.columns):
        difference, spread = mean_and_half_width((ours[first] - ours[second]).to_numpy())
        printed, sd = round(paper[first] - paper[second], 4), noise[first, second]
        rows.append(
            {
                "pair": f"{first} − {second}",
                "paper_difference": printed,
                "difference": difference,
                "difference_spread": spread,
                "noise": sd,
                "reversed_chance": stats.norm.sf(printed / sd),
                "videos_needed": videos * (1.96 * sd / printed) ** 2 if printed else None,
            }
        )
    return pd.DataFrame(rows)


def resampling_noise(profile: str, seed: int, videos: int) -> dict[tuple[str, str], float]:
    """Standard deviation of the GAP difference of each pair of neighbours over re-drawn sets of so many videos.

    Each world's test videos are drawn with replacement to that number, `RESAMPLES` times. More are drawn than there
    are: this treats the world's videos as the population, and answers how much a set of that size would vary if it came
    from it. Variances are averaged over the worlds.
    """
    names = ensembles.trained(profile)
    variances = []
    for draw in grid.draws(profile, seed):
        scored = [ensembles.scores_on_test(name, profile, draw) for name in names]
        metrics = [ResampledGlobalAveragePrecision(labels, scores) for labels, scores in scored]
        available = len(scored[0][0])
        drawn = np.random.default_rng(draw).multinomial(videos, np.full(available, 1 / available), size=RESAMPLES)
        gaps = np.array([[metric(counts) for metric in metrics] for counts in drawn])  # (resamples, ensembles)
        variances.append((gaps[:, :-1] - gaps[:, 1:]).var(axis=0, ddof=1))
    noise = np.sqrt(np.mean(variances, axis=0))
    return {pair: float(sd) for pair, sd in zip(pairwise(names), noise, strict=True)}
