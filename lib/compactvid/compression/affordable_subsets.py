"""Every set of models that fits into a budget."""

from collections.abc import Sequence

import numpy as np

MOST_SUBSETS = 2**22
"""Most subsets that are listed: beyond it memory runs into gigabytes."""


def affordable_subsets(sizes: Sequence[int], budget_bytes: int) -> np.ndarray:
    """List every non-empty subset whose sizes add up to at most the budget.

    Subsets grow model by model and are dropped as soon as they exceed the budget, so the cost is that of the subsets
    that fit, not of all 2^n.

    Parameters
    ----------
    sizes
        Bytes of each model, whole numbers > 0.
    budget_bytes
        Most bytes of a subset; one that takes exactly these fits.

    Returns
    -------
    Boolean array (subsets, models).

    Raises
    ------
    ValueError
        There is no model, a size is not a whole number > 0, no model fits, or more than `MOST_SUBSETS` subsets do.
    """
    wrong = [size for size in sizes if size != int(size) or size <= 0] if len(sizes) else ["no model"]
    if wrong:
        raise ValueError(f"sizes must be whole numbers of bytes > 0, at least one, got {wrong[0]}")
    subsets, used = np.zeros((1, len(sizes)), dtype=bool), np.zeros(1, dtype="int64")
    for model, size in enumerate(map(int, sizes)):
        fits = used + size <= budget_bytes
        larger = subsets[fits]
        larger[:, model] = True
        subsets, used = np.concatenate([subsets, larger]), np.concatenate([used, used[fits] + size])
        if len(subsets) > MOST_SUBSETS:
            raise ValueError(f"more than {MOST_SUBSETS:,} subsets fit into {budget_bytes} bytes: give fewer candidates")
    if len(subsets) == 1:
        raise ValueError(f"no model fits into {budget_bytes} bytes: the smallest has {min(sizes)}")
    return subsets[1:]
