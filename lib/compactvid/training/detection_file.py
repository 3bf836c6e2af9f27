"""Objects and detections of a split, kept as a file: what curves and comparisons need of a trained detector."""

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from compactvid.atomic import replaced

BOX = ("x_min", "y_min", "x_max", "y_max")
_NAMES = ("image", "label")
_TYPES = dict.fromkeys(_NAMES, "str") | dict.fromkeys(BOX, "float32")
OBJECT_TYPES = _TYPES | {"difficult": "bool"}
"""Columns of a table of objects."""
DETECTION_TYPES = _TYPES | {"score": "float32"}
"""Columns of a table of detections."""
_TABLES = {"objects": OBJECT_TYPES, "detections": DETECTION_TYPES}


def save_detections(path: Path, objects: pd.DataFrame, detections: pd.DataFrame) -> None:
    """Write both tables, as `compactvid.training.detection.detect` gives them, as an `.npz` file.

    About 26 bytes a row: names of images and classes are stored once.
    """
    arrays: dict[str, Any] = {}
    for column in _NAMES:
        number, names = pd.factorize(pd.concat([objects[column], detections[column]], ignore_index=True))
        arrays[f"{column}_names"] = np.asarray(names, str)
        numbers = number.astype("int32" if column == "image" else "int16")
        arrays |= {f"objects_{column}": numbers[: len(objects)], f"detections_{column}": numbers[len(objects) :]}
    for name, table in (("objects", objects), ("detections", detections)):
        values = {column: kind for column, kind in _TABLES[name].items() if column not in _NAMES}
        arrays |= {f"{name}_{column}": table[column].to_numpy(kind) for column, kind in values.items()}
    with replaced(path) as temporary, temporary.open("wb") as file:
        np.savez(file, **arrays)


def read_detections(path: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Objects and detections of a split: what `save_detections` wrote.

    Raises
    ------
    ValueError
        The file is missing or damaged; it is named.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            arrays = dict(archive.items())
        tables = []
        for name, types in _TABLES.items():
            columns = {column: arrays[f"{name}_{column}"] for column in types}
            columns |= {column: arrays[f"{column}_names"].astype(object)[columns[column]] for column in _NAMES}
            tables.append(pd.DataFrame(columns).astype(types))
        return tables[0], tables[1]
    except (OSError, ValueError, KeyError, EOFError, IndexError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path}: not readable detections ({error}); delete its run to make them again") from error
