"""What each of the three changes of Table 2's compact mixture of experts costs: Araujo et al. 2018.

Its matrices are circulant, they have no diagonal, and the context gating behind them is gone. A diagonal can only be
left out where matrices are circulant, so three orders lead from the dense model to the printed one.
"""

import pandas as pd

from compactvid.experiments.circulant_scores import model_differences

_DENSE, _MOE = "table_2.Dense-Model", "table_2.Compact-MoE"
_UNGATED, _UNDIAGONAL, _DIAGONAL = "table_2.Dense-MoE-without-gating", f"{_MOE}-with-gating", f"{_MOE}-with-diagonal"
_WHOLE = f"{_MOE}-with-diagonal-and-gating"
COSTS = {
    "matrices_with_gating": ("circulant matrices, with gating", _DENSE, _WHOLE),
    "matrices_without_gating": ("circulant matrices, without gating", _UNGATED, _DIAGONAL),
    "diagonal_with_gating": ("no diagonal, with gating", _WHOLE, _UNDIAGONAL),
    "diagonal_without_gating": ("no diagonal, without gating", _DIAGONAL, _MOE),
    "gating_of_dense": ("no gating, dense", _DENSE, _UNGATED),
    "gating_of_compact": ("no gating, circulant with diagonal", _WHOLE, _DIAGONAL),
    "gating_without_diagonal": ("no gating, circulant without diagonal", _UNDIAGONAL, _MOE),
}
"""What a change costs -> how the page calls it, the model before it and the one after it."""
ORDERS = {
    "gating first": ("gating_of_dense", "matrices_without_gating", "diagonal_without_gating"),
    "gating second": ("matrices_with_gating", "gating_of_compact", "diagonal_without_gating"),
    "gating last": ("matrices_with_gating", "diagonal_with_gating", "gating_without_diagonal"),
}
"""The three ways from the dense model to the printed one, each by its steps of `COSTS`."""
ORDER_HEADINGS = {
    "order": "order",
    "matrices": "circulant matrices",
    "diagonal": "no diagonal",
    "gating": "no gating",
    "whole": "all three",
}
ORDER_FORMATS = {column: "+.4f" for column in ORDER_HEADINGS} | {"order": ""}


def costs(profile: str, seed: int) -> pd.DataFrame:
    """One row a step of `COSTS` and world: what it takes from the GAP."""
    return model_differences(COSTS, profile, seed)


def orders(costs: pd.DataFrame) -> pd.DataFrame:
    """One row an order: what the three changes cost on the way, meaned over the worlds, and all of them together."""
    mean = costs.groupby("key")["difference"].mean()
    rows = []
    for order, steps in ORDERS.items():
        found = {step.split("_")[0]: mean[step] for step in steps}
        rows.append({"order": order, **found, "whole": sum(found.values())})
    return pd.DataFrame(rows)[list(ORDER_HEADINGS)]
