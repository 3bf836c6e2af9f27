"""How far the claims of a page move under the variations of `compactvid.experiments.circulant_variations`."""

from collections.abc import Callable, Collection, Iterable

import numpy as np
import pandas as pd

from compactvid.experiments import paired_differences
from compactvid.experiments.circulant_scores import beside_real, result_key
from compactvid.experiments.circulant_variations import PROFILES, VARIATIONS, varied
from compactvid.experiments.recorded_values import own_or_full
from compactvid.training import TrainingRun

Differences = Callable[[str, int, str], pd.DataFrame]
"""A page's claims by profile, seed and variation, as `paired_differences.differences` gives them."""

HEADINGS = {"comparison": "difference", "frames": "frames"} | {name: each.words for name, each in VARIATIONS.items()}
FORMATS = {name: "+.4f" if name in VARIATIONS else "" for name in HEADINGS}


def runs(trainings: Iterable[TrainingRun], profile: str) -> list[TrainingRun]:
    """All variations of the trainings of a page's first worlds that are not among them; none at other profiles."""
    base = list(trainings)
    found = [varied(training, name) for name in VARIATIONS for training in base if profile in PROFILES]
    return [training for training in dict.fromkeys(found) if training not in base]


def sensitivity(
    differences: Differences, profile: str, seed: int, kinds: Collection[str] = tuple(VARIATIONS)
) -> pd.DataFrame:
    """One row a claim and variation: key, comparison, variation, and value with value_spread.

    The value is a mean over two worlds, so that the half width of its interval is wide; NaN where the profile does not
    vary anything.

    Parameters
    ----------
    differences
        The page's.
    kinds
        Keys of `VARIATIONS`: those that change something on the page.
    """
    frames = []
    for name in kinds:
        of = name if profile in PROFILES else "as_tested"
        found = paired_differences.summary(differences(profile, seed, of)).assign(variation=name)
        frames.append(found if profile in PROFILES else found.assign(value=np.nan, value_spread=np.nan))
    return pd.concat(frames, ignore_index=True)


def recorded_key(stem: str, profile: str) -> str:
    """Pattern of the result keys of `sensitivity`'s rows."""
    return result_key(_pattern(stem), profile)


def recordable(found: pd.DataFrame) -> pd.DataFrame:
    """The rows with a value: all of them at the profiles that vary something, and none elsewhere."""
    return found[found["value"].notna()]


def table(found: pd.DataFrame, stem: str, profile: str) -> pd.DataFrame:
    """One row a claim and kind of frames, a column a variation: this profile's own values, else recorded ones.

    Columns of `HEADINGS`, of the variations alone that there are.

    Parameters
    ----------
    found
        Of `sensitivity`.
    """
    simulated = own_or_full(found, ["value"], _pattern(stem), stem, profile)
    real = (
        found
        if profile == "real"
        else found.assign(value=beside_real(found, ["value"], _pattern(stem), stem)["recorded_value"])
    )
    both = pd.concat([simulated.assign(frames="simulated"), real.assign(frames="AudioSet")])
    wide = both.pivot(index=["key", "comparison", "frames"], columns="variation", values="value")
    order = pd.MultiIndex.from_frame(both[["key", "comparison", "frames"]].drop_duplicates())
    order = order[np.argsort(pd.factorize(order.get_level_values("key"))[0], kind="stable")]
    wide = wide.reindex(order).reset_index()
    return wide[[name for name in HEADINGS if name in wide]]


def _pattern(stem: str) -> str:
    return f"{stem}.varied.{{key}}.{{variation}}"
