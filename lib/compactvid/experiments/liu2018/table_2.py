"""Liu & Liu 2018, Table 2: sums, deltas, and the twelve ensembles of scaled-down models.

Fixed beforehand: weights are tuned on the validation videos and reported on the test videos; neighbours in the paper's
order are compared in pairs within each world; whether a validation set of the paper's size can order them is asked of a
bootstrap over test videos, 200 draws a world, which tells a standard deviation to 5 % in one world.
"""

from functools import cache
from itertools import pairwise

import numpy as np
import pandas as pd
from scipy.special import ndtr

from compactvid.experiments import ensembles
from compactvid.experiments import gated_netvlad_grid as grid
from compactvid.experiments.intervals import mean_and_half_width
from compactvid.experiments.resampling_noise import difference_noise, gap_covariance
from compactvid.manifests import manifest
from compactvid.runs import load_or_run

USES = ("liu2018_table_1",)
STEM = "liu2018_table_2"
PROFILES = {name: grid.SCALES[name] for name in ("smoke", "small", "full")}
data = grid.data

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
    "behind": "− YHLS",
    "behind_spread": "±",
    "paper_local_gap": "paper",
    "paper_behind": "− YHLS",
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


def gaps(profile: str, seed: int) -> pd.DataFrame:
    """One row an ensemble: test GAP with tuned and with uniform weights, tuning_gain, and behind, the printed winner.

    Each is a mean over the worlds with its `..._spread`; tuning_gain and behind are paired differences. Beside them the
    printed paper_local_gap and paper_behind.
    """
    by_weights = {name: ensembles.gaps_on_test(profile, seed, name) for name in ("tuned", "uniform")}
    paper = ensembles.printed().set_index("ensemble")["local_gap"]
    rows = []
    for ensemble in ensembles.trained(profile):
        tuned, uniform = by_weights["tuned"][ensemble], by_weights["uniform"][ensemble]
        row: dict = {"ensemble": ensemble}
        values = {
            "tuned_gap": tuned,
            "uniform_gap": uniform,
            "tuning_gain": tuned - uniform,
            "behind": tuned - by_weights["tuned"][ensembles.WINNER],
        }
        for column, found in values.items():
            row[column], row[f"{column}_spread"] = mean_and_half_width(found.to_numpy())
        rows.append(
            row | {"paper_local_gap": paper[ensemble], "paper_behind": paper[ensemble] - paper[ensembles.WINNER]}
        )
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
    return mean_and_half_width(np.array([world.corr(paper, method="kendall") for _, world in ours.iterrows()]))


def worlds(profile: str, seed: int) -> int:
    """Over how many worlds the trained numbers are meaned."""
    return len(grid.draws(profile, seed))


def official_validation_files() -> int:
    """Files of the official validation split."""
    return _official_validation()[0]


def validation_videos() -> float:
    """How many videos the paper's validation set has: 60 files' share of the official split."""
    files, videos = _official_validation()
    return VALIDATION_FILES * videos / files


def neighbours(profile: str, seed: int, noise: pd.DataFrame) -> pd.DataFrame:
    """One row a pair of neighbours in the paper's order, first minus second.

    Columns: pair; paper_difference as printed; difference, over the worlds, ± difference_spread; noise: the pair's
    standard deviation in `resampling_noise`; reversed_chance: how often a validation set shows the opposite order if
    the printed difference is the true one; videos_needed: of how many videos on 1.96 standard deviations are less than
    the printed difference.
    """
    ours = ensembles.gaps_on_test(profile, seed, "tuned")
    paper = ensembles.printed().set_index("ensemble")["local_gap"]
    rows = []
    for first, second in pairwise(ours.columns):
        difference, spread = mean_and_half_width((ours[first] - ours[second]).to_numpy())
        printed, sd = round(paper[first] - paper[second], 4), noise.loc[first, second]
        rows.append(
            {
                "pair": f"{first} − {second}",
                "paper_difference": printed,
                "difference": difference,
                "difference_spread": spread,
                "noise": sd,
                # Two ensembles whose tuned weights leave the same models have no noise between them.
                "reversed_chance": ndtr(-printed / sd) if sd else float(printed < 0),
                "videos_needed": validation_videos() * (1.96 * sd / printed) ** 2 if printed else None,
            }
        )
    return pd.DataFrame(rows)


def resampling_noise(profile: str, seed: int, videos: float | None = None) -> pd.DataFrame:
    """Standard deviation of the test GAP difference of each two ensembles over re-drawn sets of videos, a square frame.

    Each world's test videos are re-drawn to that number, by default the paper's; covariances are averaged over worlds.
    """
    names = ensembles.trained(profile)
    number = round(validation_videos() if videos is None else videos)
    covariances = []
    for draw in grid.draws(profile, seed):
        labels, scores = zip(*(ensembles.scores_on_test(name, profile, draw) for name in names), strict=True)
        covariances.append(gap_covariance(labels[0], scores, videos=number, resamples=RESAMPLES, seed=draw))
    return pd.DataFrame(difference_noise(np.mean(covariances, axis=0)), index=names, columns=names)


def statements(noise: pd.DataFrame) -> pd.DataFrame:
    """One row a claim that is true (1) or false (0): columns claim, value. All but one follow from the printed table.

    Parameters
    ----------
    noise
        Of `resampling_noise`.
    """
    table = ensembles.printed().set_index("ensemble")
    largest = table["size_mib"].max() * 2**20
    first, third = table.index[0], table.index[2]
    difference = table["local_gap"][first] - table["local_gap"][third]
    rows = {
        "limit_is_binary": 10**9 < largest < ensembles.BUDGET_BYTES,
        "validation_orders_ensembles": difference > 1.96 * noise.loc[first, third],
        "constant_delta": table["public_delta"].dropna().nunique() == 1,
        "winner_scores_best": _alone_on_top(table["local_gap"]),
        "winner_scores_best_in_private": _alone_on_top(table["private_gap"]),
    }
    return pd.DataFrame({"claim": list(rows), "value": [float(value) for value in rows.values()]})


def trained_gains(profile: str, seed: int) -> pd.DataFrame:
    """What the winner gains on test, columns claim, value and value_spread: over the other ensembles' mean, and over
    its member that is best on validation.
    """
    ours = ensembles.gaps_on_test(profile, seed, "tuned")
    singles = []
    for draw in grid.draws(profile, seed):
        members = [
            load_or_run(grid.training(name, profile, draw)).result["best_averaged"]
            for name in ensembles.member_names(ensembles.WINNER)
        ]
        singles.append(max(members, key=lambda member: member["validation_gap"])["test"]["gap"])
    gains = {
        "winner_beats_the_others": ours[ensembles.WINNER] - ours.drop(columns=ensembles.WINNER).mean(axis=1),
        "ensemble_beats_single": ours[ensembles.WINNER] - singles,
    }
    rows = [(claim, *mean_and_half_width(gain.to_numpy())) for claim, gain in gains.items()]
    return pd.DataFrame(rows, columns=["claim", "value", "value_spread"])


def _alone_on_top(gaps: pd.Series) -> bool:
    return bool((gaps.drop(ensembles.WINNER).dropna() < gaps[ensembles.WINNER]).all())


@cache
def _official_validation() -> tuple[int, int]:
    split = manifest("youtube8m_frame").splits["validate"]
    if split.examples is None or split.shards is None:
        raise ValueError("youtube8m_frame.yml: splits.validate: expected the numbers of examples and of shards")
    return split.shards.count, split.examples
