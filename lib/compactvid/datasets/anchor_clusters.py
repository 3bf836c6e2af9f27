"""Anchors that fit the boxes of a data set."""

import numpy as np


def anchor_clusters(sizes: np.ndarray, count: int) -> np.ndarray:
    r"""Clusters of boxes by shape: k-means with the distance :math:`1 - \mathrm{IoU}` of boxes with one centre.

    Reference: Redmon & Farhadi 2017, section 2, "Dimension Clusters". They say neither where clusters begin nor what
    their centre is: here they begin with quantiles of the boxes' areas, which draw nothing, and centres are means.

    Parameters
    ----------
    sizes
        Width and height of each box, of shape (boxes, 2), above 0.
    count
        Number of anchors, at most that of boxes.

    Returns
    -------
    numpy.ndarray
        Width and height of each anchor, (count, 2), float64, by area; in the unit of `sizes`.

    Raises
    ------
    ValueError
        `sizes` is not as described, or has fewer boxes than anchors are wanted.
    """
    sizes = np.asarray(sizes, "float64")
    if sizes.ndim != 2 or sizes.shape[1] != 2 or not (np.isfinite(sizes) & (sizes > 0)).all():
        raise ValueError(f"sizes must be finite widths and heights above 0 of shape (boxes, 2), got {sizes.shape}")
    if not 1 <= count <= len(sizes):
        raise ValueError(f"count must be from 1 to the number of boxes, {len(sizes)}, got {count}")
    by_area = sizes[np.argsort(sizes.prod(axis=1), kind="stable")]
    anchors = by_area[(2 * np.arange(count) + 1) * len(sizes) // (2 * count)]
    nearest = np.full(len(sizes), -1)
    while True:
        chosen = shape_overlap(sizes[:, None], anchors).argmax(axis=1)
        if (chosen == nearest).all():
            return anchors[np.argsort(anchors.prod(axis=1), kind="stable")]
        nearest = chosen
        anchors = np.array(
            [sizes[nearest == k].mean(axis=0) if (nearest == k).any() else anchors[k] for k in range(count)]
        )


def shape_overlap(sizes: np.ndarray, others: np.ndarray) -> np.ndarray:
    """IoU of boxes (..., 2) with the same centre, by width and height; they broadcast."""
    shared = np.minimum(sizes, others).prod(axis=-1)
    return shared / (sizes.prod(axis=-1) + others.prod(axis=-1) - shared)
