"""What the metrics of detection take in: a table of objects and one of detections, checked once, as arrays."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

BOX = ("x_min", "y_min", "x_max", "y_max")
MOST_PIXELS = 2**31  # so that areas and the inclusive pixel stay exact
NAME_KINDS = {"string": "text", "integer": "whole numbers"}


@dataclass(frozen=True)
class DetectionTables:
    """Objects and detections of the classes that have an object that counts.

    A group is an image and a class: a detection can only be of an object of its own group.

    Parameters
    ----------
    labels : array of shape (classes,)
        Names of the classes, ascending.
    num_ground_truth : array of shape (classes,)
        Number of objects that count, at least 1 each.
    object_groups : int array of shape (objects,)
        In the order of the table.
    object_boxes : four float64 arrays of shape (objects,)
        x_min, y_min, x_max, y_max; pixels, inclusive.
    difficult : bool array of shape (objects,)
        Whether the object counts neither way.
    classes : int array of shape (detections,)
        Index in `labels`; rows in the order of the table.
    groups : int array of shape (detections,)
        As `object_groups`, negative in images without objects.
    boxes : four float64 arrays of shape (detections,)
    scores : float64 array of shape (detections,)
    """

    labels: np.ndarray
    num_ground_truth: np.ndarray
    object_groups: np.ndarray
    object_boxes: list[np.ndarray]
    difficult: np.ndarray
    classes: np.ndarray
    groups: np.ndarray
    boxes: list[np.ndarray]
    scores: np.ndarray


def detection_tables(
    ground_truth: "pd.DataFrame", detections: "pd.DataFrame", *, use_difficult: bool, images: Iterable[Any] | None
) -> DetectionTables:
    """Check both tables and number their images and classes.

    Parameters and errors are those of `compactvid.metrics.detection_average_precision`.
    """
    if not isinstance(use_difficult, bool | np.bool_):
        raise ValueError(f"use_difficult must be True or False, got {use_difficult!r}")
    _require_columns("ground_truth", ground_truth, ("image", "label", *BOX))
    _require_columns("detections", detections, ("image", "label", *BOX, "score"))
    difficult = _difficult(ground_truth) & (not use_difficult)
    object_boxes, boxes = _boxes("ground_truth", ground_truth), _boxes("detections", detections)
    scores = _numbers("detections", detections, "score", np.finfo(np.float64).max)

    object_images, image_names = _numbered("ground_truth", ground_truth, "image")
    object_labels, label_names = _numbered("ground_truth", ground_truth, "label")
    counted = np.bincount(object_labels[~difficult], minlength=len(label_names))
    if not counted.any():
        raise ValueError("average precision is undefined: ground_truth has no object that counts, expected at least 1")
    detected_images, detected_image_names = _numbered("detections", detections, "image")
    detected_labels, detected_label_names = _numbered("detections", detections, "label")
    if images is not None:
        _require_evaluated(images, {"ground_truth": image_names, "detections": detected_image_names})

    ascending = np.argsort(label_names)
    ascending = ascending[counted[ascending] > 0]
    narrow = np.min_scalar_type(-len(ascending))  # 500,000 indices are made and sorted faster in a byte each
    class_of_label = np.full(len(label_names) + 1, -1, dtype=narrow)  # the last is for labels without any object
    class_of_label[ascending] = np.arange(len(ascending))
    object_classes = class_of_label[object_labels]
    classes = class_of_label[_places("label", label_names, detected_label_names)][detected_labels]
    groups = (_places("image", image_names, detected_image_names) * len(ascending))[detected_images]
    groups += classes
    kept_objects, kept = object_classes >= 0, classes >= 0
    if not kept.all():
        classes, groups, scores = classes[kept], groups[kept], scores[kept]
        boxes = [column[kept] for column in boxes]
    return DetectionTables(
        labels=label_names[ascending],
        num_ground_truth=counted[ascending],
        object_groups=(object_images * len(ascending) + object_classes)[kept_objects],
        object_boxes=[column[kept_objects] for column in object_boxes],
        difficult=difficult[kept_objects],
        classes=classes,
        groups=groups,
        boxes=boxes,
        scores=scores,
    )


def _require_columns(table: str, frame: "pd.DataFrame", columns: Sequence[str]) -> None:
    found = getattr(frame, "columns", None)
    if found is None:
        raise ValueError(f"{table} must be a pandas.DataFrame, got {type(frame).__name__}")
    if missing := [column for column in columns if column not in found]:
        raise ValueError(f"{table} has no column {', '.join(missing)}: expected {', '.join(columns)}")
    if twice := [column for column in columns if list(found).count(column) > 1]:
        raise ValueError(f"{table} has more than one column {', '.join(twice)}: expected one")


def _numbers(table: str, frame: "pd.DataFrame", column: str, largest: float) -> np.ndarray:
    series = frame[column]
    if len(series) and series.dtype.kind not in "iuf":
        raise ValueError(f"{table}: {column} must hold numbers, got dtype {series.dtype}")
    values = series.to_numpy(np.float64)
    if len(values) and not (values.min() >= -largest and values.max() <= largest):  # NaN is refused too
        row = np.argmin(np.abs(values) <= largest)
        limit = "" if largest > MOST_PIXELS else f" within {largest} pixels"
        raise ValueError(f"{table}, row {row} (from 0): {column} is {values[row]}, expected a finite number{limit}")
    return values


def _boxes(table: str, frame: "pd.DataFrame") -> list[np.ndarray]:
    boxes = [_numbers(table, frame, column, MOST_PIXELS) for column in BOX]
    for low, high in (0, 2), (1, 3):
        wrong = boxes[high] < boxes[low]
        if wrong.any():
            row = np.argmax(wrong)
            problem = f"{BOX[high]} is {boxes[high][row]}, less than {BOX[low]}, {boxes[low][row]}"
            raise ValueError(f"{table}, row {row} (from 0): {problem}; expected inclusive corners")
    return boxes


def _difficult(frame: "pd.DataFrame") -> np.ndarray:
    if "difficult" not in frame.columns:
        return np.zeros(len(frame), dtype=bool)
    series = frame["difficult"]
    if len(series) and series.dtype.kind not in "biuf":
        raise ValueError(f"ground_truth: difficult must be bool, or 0 or 1, got dtype {series.dtype}")
    wrong = ~series.isin([0, 1]).to_numpy(bool)
    if wrong.any():
        row = np.argmax(wrong)
        raise ValueError(f"ground_truth, row {row} (from 0): difficult is {series.iloc[row]}, expected 0 or 1")
    return series.to_numpy(bool)


def _numbered(table: str, frame: "pd.DataFrame", column: str) -> tuple[np.ndarray, np.ndarray]:
    """Number of each row's name, of shape (rows,), and the different names."""
    import pandas as pd  # here, because it takes longer to import than all the metrics together

    values = frame[column]
    text = isinstance(values.dtype, pd.StringDtype)  # as an array of objects it takes two thirds of the time
    numbers, found = pd.factorize(np.asarray(values, dtype=object) if text else values)
    if (numbers < 0).any():
        raise ValueError(f"{table}, row {np.argmin(numbers)} (from 0): {column} is missing, expected a name")
    names = np.asarray(found, dtype=object)
    if len(names) and (kind := pd.api.types.infer_dtype(names)) not in NAME_KINDS:
        raise ValueError(f"{table}: {column} must be {' or '.join(NAME_KINDS.values())} throughout, got {kind}")
    return numbers, names


def _places(column: str, known: np.ndarray, names: np.ndarray) -> np.ndarray:
    """Place of each of `names` among the known ones, -1 where it is none of them; of shape (names,)."""
    import pandas as pd

    kinds = [NAME_KINDS[pd.api.types.infer_dtype(part)] for part in (known, names) if len(part)]
    if len(set(kinds)) > 1:  # no name would be found, and nobody would know why
        raise ValueError(f"{column} is {kinds[0]} in ground_truth and {kinds[1]} in detections: expected the same")
    return pd.Index(known, dtype=object).get_indexer(pd.Index(names, dtype=object))


def _require_evaluated(images: Iterable[Any], tables: dict[str, np.ndarray]) -> None:
    import pandas as pd

    if isinstance(images, str | bytes) or not isinstance(images, Iterable):
        raise ValueError(f"images must be the names of all evaluated images, got {images!r}")
    evaluated = pd.Index(list(images), dtype=object)
    for table, names in tables.items():
        unknown = names[~pd.Index(names, dtype=object).isin(evaluated)]
        if len(unknown):
            raise ValueError(f"{table}: image {unknown[0]!r} is none of the {len(evaluated)} evaluated images")
