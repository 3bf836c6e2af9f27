"""Paired differences: two models of one world share its data and their order. Intervals are t intervals over worlds."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from compactvid.experiments.intervals import mean_and_half_width


def differences(by_key: Mapping[str, tuple[str, np.ndarray]]) -> pd.DataFrame:
    """One row a comparison and world.

    Parameters
    ----------
    by_key
        Key -> how a page calls the comparison, and its difference in each world.

    Returns
    -------
    pandas.DataFrame
        Columns key, comparison, world (from 0) and difference.
    """
    return pd.DataFrame(
        [
            {"key": key, "comparison": comparison, "world": world, "difference": difference}
            for key, (comparison, values) in by_key.items()
            for world, difference in enumerate(values)
        ]
    )


def summary(*differences: pd.DataFrame) -> pd.DataFrame:
    """One row a comparison: columns key, comparison, value (mean over the worlds) and value_spread."""
    rows = [
        (key, comparison, *mean_and_half_width(found["difference"].to_numpy()))
        for (key, comparison), found in pd.concat(differences).groupby(["key", "comparison"], sort=False)
    ]
    return pd.DataFrame(rows, columns=["key", "comparison", "value", "value_spread"])


def with_rows(summary: pd.DataFrame, comparisons: Mapping[str, str]) -> pd.DataFrame:
    """The summary with a row without values for each of the comparisons that it lacks.

    For what another profile trains and has recorded.

    Parameters
    ----------
    summary
        Of `summary`.
    comparisons
        Key -> how a page calls the comparison.
    """
    lacking = [item for item in comparisons.items() if item[0] not in set(summary["key"])]
    rows = pd.DataFrame(lacking, columns=["key", "comparison"])
    return pd.concat([summary, rows], ignore_index=True) if lacking else summary


def described(summary: pd.DataFrame, metric: str = "GAP") -> str:
    """What a figure of a summary's differences shows, in words."""
    lines = [f"{row.comparison}: {row.value:+.4f} ± {row.value_spread:.4f}" for row in summary.itertuples()]
    return f"Differences in test {metric}, mean over the worlds and half the width of its 95 % interval. " + "; ".join(
        lines
    )
