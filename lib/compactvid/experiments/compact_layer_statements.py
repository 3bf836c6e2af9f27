"""What Araujo et al. 2018 say of single compact layers, against the tensors of the models that their tables count."""

import math

import pandas as pd

from compactvid.experiments import circulant_counts as counting
from compactvid.experiments import circulant_grid as grid

COUNTED = (
    *(f"table_2.{row}" for row in ("Dense-Model", "Compact-DBoF", "Compact-FC", "Compact-MoE")),
    *(f"table_3.{row}" for row in ("1", "3", "6", "Dense-FC")),
    *(f"table_4.{name}-FC-{kind}" for name in grid.EMBEDDINGS for kind in ("Dense", "Circulant")),
)
"""The models whose weights the paper prints, in its order."""
PROJECTION, HIDDEN = "video_projection", "video_deep_bag_of_frames_hidden"


def statements(counts: pd.DataFrame) -> pd.DataFrame:
    """One row a claim that follows from counted tensors: columns claim, value (1 or 0 where it is true or not), unit.

    Parameters
    ----------
    counts
        Columns row, weights, paper_weights and compression_rate of the models of Table 2, the printed ones first.
    """
    tensors = {name: counting.tensors(name) for name in COUNTED}
    dense, dbof, fc, moe = (tensors[name] for name in COUNTED[:4])
    changed = [{name.split("/")[0] for name, _ in dense.items() ^ compact.items()} for compact in (dbof, fc, moe)]
    circulant = [(found, name) for found in tensors.values() for name in found if name.endswith("/first_columns")]
    table = counts.set_index("row")
    saved, weights = table["compression_rate"], table["weights"]
    whole, (*_, printed_moe) = "Compact-MoE-with-diagonal-and-gating", table.index[:4]
    table_4 = [counting.weights(f"table_4.DBoF-FC-{kind}") for kind in ("Circulant", "Dense")]
    true = {
        "layers_have_diagonals": all(name.replace("first_columns", "diagonals") in found for found, name in circulant),
        "one_layer_at_a_time": all(len(layers) == 1 for layers in changed),
        "square_then_sliced": all(
            fc[f"{HIDDEN}/{part}"] == (1, 1, dense[f"{HIDDEN}/kernel"][0]) for part in ("first_columns", "diagonals")
        ),
        "dbof_and_moe_compress_more": min(saved[["Compact-DBoF", printed_moe, whole]]) > saved["Compact-FC"],
        "video_only": weights[:4].equals(table["paper_weights"][:4].astype(int))
        and not any(name.startswith("audio") for found in (dense, dbof, fc, moe) for name in found),
    }
    numbers = [
        ("blocks_of_the_embedding", math.prod(dbof[f"{PROJECTION}/first_columns"][:2]), "matrices"),
        ("sliced_at", fc[f"{HIDDEN}_bn/gamma"][0], "values"),
        ("fc_rate", saved["Compact-FC"], "%"),
        ("fc_rate_in_table_4", 100 * (1 - table_4[0] / table_4[1]), "%"),
        ("moe_weights_as_described", weights[whole], "weights"),
        ("moe_weights_with_gating", weights["Compact-MoE-with-gating"], "weights"),
        ("moe_rate_as_described", saved[whole], "%"),
    ]
    rows = [(claim, float(value), "yes or no") for claim, value in true.items()]
    return pd.DataFrame([*rows, *numbers], columns=["claim", "value", "unit"])
