"""Overlap of boxes in pixels, as Pascal VOC counts it."""

from collections.abc import Sequence

import numpy as np

Box = Sequence[np.ndarray] | np.ndarray
PAIRS_PER_BLOCK = 2**16  # some 10 MB of working memory


def box_overlap(boxes: Box, others: Box) -> np.ndarray:
    """Intersection over union (IoU) of boxes with inclusive corners: a box from 1 to 1 is one pixel wide.

    Reference: Everingham et al. 2010, section 4.2.2; the pixel that is added to each side is VOC's development kit's.

    Parameters
    ----------
    boxes, others : four float64 arrays each
        x_min, y_min, x_max, y_max in pixels; their shapes broadcast.

    Returns
    -------
    Array of their common shape, in [0, 1].
    """
    width = np.minimum(boxes[2], others[2]) - np.maximum(boxes[0], others[0]) + 1
    height = np.minimum(boxes[3], others[3]) - np.maximum(boxes[1], others[1]) + 1
    intersection = np.maximum(width, 0) * np.maximum(height, 0)
    return intersection / (_area(boxes) + _area(others) - intersection)


def _area(boxes: Box) -> np.ndarray:
    return (boxes[2] - boxes[0] + 1) * (boxes[3] - boxes[1] + 1)


def largest_overlap(
    boxes: Box, groups: np.ndarray, objects: Box, object_groups: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each box that has objects in its group, the one with which it overlaps most; of equal ones the first.

    Parameters
    ----------
    boxes : four float64 arrays of shape (boxes,)
        As in `box_overlap`.
    groups : int array of shape (boxes,)
    objects : four float64 arrays of shape (objects,)
    object_groups : int array of shape (objects,)

    Returns
    -------
    rows : int array of shape (candidates,)
        Boxes with an object in their group, ascending.
    overlap : float64 array of shape (candidates,)
        The largest IoU.
    index : int array of shape (candidates,)
        Of the object.

    Notes
    -----
    All pairs of a box and an object of its group are compared, in blocks of about 2**16 pairs.
    """
    import pandas as pd  # here, because it takes longer to import than all the metrics together

    by_group = np.argsort(object_groups, kind="stable")
    names, first, sizes = np.unique(object_groups[by_group], return_index=True, return_counts=True)
    group = pd.Index(names).get_indexer(groups)
    rows = np.flatnonzero(group >= 0)
    first, sizes = first[group[rows]], sizes[group[rows]]  # of each candidate's objects in by_group
    ends = np.cumsum(sizes)
    cuts = np.searchsorted(ends, np.arange(PAIRS_PER_BLOCK, ends[-1] if len(ends) else 0, PAIRS_PER_BLOCK))
    overlap, index = np.empty(len(rows)), np.empty(len(rows), dtype=np.intp)
    bounds = [0, *np.unique(cuts[cuts > 0]), len(rows)] if len(rows) else [0]
    for block in map(slice, bounds, bounds[1:]):
        size = sizes[block]
        start = np.cumsum(size) - size  # of each candidate's pairs
        candidate = np.repeat(np.arange(len(size)), size)  # (pairs,)
        item = by_group[np.arange(len(candidate)) + np.repeat(first[block] - start, size)]
        box = rows[block][candidate]
        pair_overlap = box_overlap([part[box] for part in boxes], [part[item] for part in objects])
        overlap[block] = np.maximum.reduceat(pair_overlap, start)
        largest = np.flatnonzero(pair_overlap == overlap[block][candidate])
        index[block] = item[largest[np.diff(candidate[largest], prepend=-1) > 0]]
    return rows, overlap, index
