r"""Boxes of a YOLOv2 network: between its output, cells of its grid, and corners.

Two forms are used, both continuous, with y pointing down: centres :math:`(b_x, b_y, b_w, b_h)`, and corners
:math:`(x_{min}, y_{min}, x_{max}, y_{max})`. Units are cells of the grid unless said otherwise.
"""

import numpy as np
from keras import ops

_LARGEST_EXPONENT = 20.0
"""A box is at most e^20 anchors wide: no picture is, and float32 ends at e^88."""


def decode_boxes(output, anchors):
    r"""What the output of a network says.

    .. math:: b_x = \sigma(t_x) + c_x, \quad b_y = \sigma(t_y) + c_y, \quad b_w = p_w e^{t_w}, \quad b_h = p_h e^{t_h}

    .. math:: \Pr(\text{object}) \cdot \mathrm{IoU}(b, \text{object}) = \sigma(t_o)

    Reference: Redmon & Farhadi 2017, section 2, "Direct location prediction"; the classes' probabilities, given that
    there is an object, are a softmax. Cell (c_x, c_y) begins at that point; an anchor is p_w wide and p_h high.

    Parameters
    ----------
    output
        Tensor of shape (images, rows, columns, anchors * (5 + classes)): for each anchor x, y, width, height,
        objectness, classes, as Darknet orders them.
    anchors
        Width and height of each, in cells.

    Returns
    -------
    boxes
        Centres in cells, of shape (images, rows, columns, anchors, 4).
    objectness
        Of shape (images, rows, columns, anchors), in [0, 1].
    classes
        Probabilities of shape (images, rows, columns, anchors, classes).

    Raises
    ------
    ValueError
        The number of channels is not a multiple of the number of anchors, or leaves no class.
    """
    output = by_anchor(output, len(anchors))
    rows, columns = output.shape[1:3]
    y, x = np.meshgrid(np.arange(rows), np.arange(columns), indexing="ij")
    cells = np.stack([x, y], axis=-1)[:, :, None].astype("float32")  # (rows, columns, 1, 2)
    size = np.asarray(anchors, "float32") * ops.exp(ops.minimum(output[..., 2:4], _LARGEST_EXPONENT))
    boxes = ops.concatenate([ops.sigmoid(output[..., :2]) + cells, size], axis=-1)
    return boxes, ops.sigmoid(output[..., 4]), ops.softmax(output[..., 5:])


def by_anchor(output, num_anchors):
    """A network's output in float32, its channels split by anchor: (..., anchors, 5 + classes).

    Raises
    ------
    ValueError
        As `decode_boxes`.
    """
    channels = output.shape[-1]
    if channels % num_anchors or channels // num_anchors < 6:
        raise ValueError(
            f"{channels} channels are no output for {num_anchors} anchors: expected 5 + classes for each anchor"
        )
    shape = (*ops.shape(output)[:-1], num_anchors, channels // num_anchors)
    return ops.reshape(ops.cast(output, "float32"), shape)


def encode_boxes(boxes, grid, anchors):
    r"""Where objects belong in a network's output, and what it should say there: `decode_boxes` the other way round.

    The cell is the one that holds the centre. The anchor is the one with the largest IoU when both have the same
    centre (Darknet's `bias_match`), of equal ones the first.

    Parameters
    ----------
    boxes
        Centres in cells, of shape (images, objects, 4). Rows without width or height, or with a centre outside of the
        grid, are no objects.
    grid
        Its rows and columns.
    anchors
        Width and height of each, in cells.

    Returns
    -------
    slots
        int32 of shape (images, objects): (row * columns + column) * anchors + anchor, and -1 where there is no object.
    targets
        Of shape (images, objects, 4): :math:`(b_x - c_x, b_y - c_y, \ln b_w / p_w, \ln b_h / p_h)`; zeros where there
        is no object.
    """
    boxes = ops.cast(boxes, "float32")
    rows, columns = grid
    anchors = np.asarray(anchors, "float32")
    centre, size = boxes[..., :2], boxes[..., 2:]
    inside = ops.logical_and(centre >= 0, centre < np.array([columns, rows], "float32"))
    valid = ops.logical_and(ops.all(inside, axis=-1), ops.all(size > 0, axis=-1))
    size = ops.where(valid[..., None], size, 1.0)
    centre = ops.where(valid[..., None], centre, 0.0)
    cell = ops.floor(centre)

    shared = ops.prod(ops.minimum(size[..., None, :], anchors), axis=-1)  # (images, objects, anchors)
    joined = ops.prod(size, axis=-1)[..., None] + anchors.prod(axis=1) - shared
    anchor = ops.argmax(shared / joined, axis=-1)

    column, row = (ops.cast(cell[..., axis], "int32") for axis in (0, 1))
    slots = (row * columns + column) * len(anchors) + ops.cast(anchor, "int32")
    targets = ops.concatenate([centre - cell, ops.log(size / ops.take(anchors, anchor, axis=0))], axis=-1)
    return ops.where(valid, slots, -1), ops.where(valid[..., None], targets, 0.0)


def to_corners(boxes):
    """Corners of boxes that are given by their centres; the last axis has the four numbers."""
    half = boxes[..., 2:] / 2
    return ops.concatenate([boxes[..., :2] - half, boxes[..., :2] + half], axis=-1)


def to_centres(boxes):
    """Centres of boxes that are given by their corners; the last axis has the four numbers."""
    low, high = boxes[..., :2], boxes[..., 2:]
    return ops.concatenate([(low + high) / 2, high - low], axis=-1)


def intersection_over_union(boxes, others):
    """Overlap (IoU) of continuous boxes, in [0, 1]; 0 where both are empty.

    Pascal VOC counts inclusive pixels instead, see `compactvid.metrics.detection_average_precision`.

    Parameters
    ----------
    boxes, others
        Corners, minima before maxima, of shape (..., 4); they broadcast.
    """
    sides = ops.minimum(boxes[..., 2:], others[..., 2:]) - ops.maximum(boxes[..., :2], others[..., :2])
    shared = ops.prod(ops.maximum(sides, 0.0), axis=-1)
    joined = ops.prod(boxes[..., 2:] - boxes[..., :2], axis=-1) + ops.prod(others[..., 2:] - others[..., :2], axis=-1)
    joined = joined - shared
    return ops.where(joined > 0, shared / ops.where(joined > 0, joined, 1.0), 0.0)
