"""The numbers of matrix pictures; apart from what draws them, which takes a second to import."""

from collections.abc import Mapping

import numpy as np
import pandas as pd


def matrix_entries(matrices: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """Matrices by name as one frame, an entry a row: picture, row and column (from 1), value."""
    rows = [
        {"picture": name, "row": row + 1, "column": column + 1, "value": float(value)}
        for name, matrix in matrices.items()
        for (row, column), value in np.ndenumerate(matrix)
    ]
    return pd.DataFrame(rows)
