"""Flat shapes, and the share of each pixel that one of them covers."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image, ImageDraw

_SUBPIXELS = 4


class Outline(NamedTuple):
    """Polygons of (x, y) in units of the circumscribed circle's radius, y pointing down."""

    outer: np.ndarray
    hole: np.ndarray | None = None


def _regular(corners: int, radius: float = 1.0) -> np.ndarray:
    """A regular polygon, its first corner on top; (corners, 2)."""
    angles = 2 * np.pi * np.arange(corners) / corners
    return radius * np.column_stack([np.sin(angles), -np.cos(angles)])


def _centred(corners: ArrayLike) -> np.ndarray:
    """A polygon moved to its centre of mass and scaled so that its farthest corner lies on the unit circle."""
    here = np.asarray(corners, float)
    after = np.roll(here, -1, axis=0)
    crossed = here[:, 0] * after[:, 1] - here[:, 1] * after[:, 0]
    polygon = here - ((here + after) * crossed[:, np.newaxis]).sum(axis=0) / (3 * crossed.sum())
    return polygon / np.hypot(*polygon.T).max()


def _star(points: int, inner: float) -> np.ndarray:
    star = _regular(2 * points)
    star[1::2] *= inner
    return star


# Told apart by corners, notches and a hole, so neither by rotation nor by size or a moderate stretch.
SYMMETRIC = {
    "disc": Outline(_regular(64)),
    "ring": Outline(_regular(64), _regular(64, 0.5)),
    "square": Outline(_regular(4)),
    "triangle": Outline(_regular(3)),
    "cross": Outline(
        _centred(
            [
                *((-1, -3), (1, -3), (1, -1), (3, -1), (3, 1), (1, 1)),
                *((1, 3), (-1, 3), (-1, 1), (-3, 1), (-3, -1), (-1, -1)),
            ]
        )
    ),
    "star": Outline(_star(5, 0.45)),
}

# No rotation but a full turn maps one of these onto itself. A turn leaves their centres of mass where they are.
ASYMMETRIC = {
    "arrow": Outline(_centred([(0, -3), (3, 0), (1, 0), (1, 3), (-1, 3), (-1, 0), (-3, 0)])),
    "half disc": Outline(_centred(_regular(64)[16:49])),
    "L": Outline(_centred([(-2, -3), (0, -3), (0, 1), (2, 1), (2, 3), (-2, 3)])),
    "T": Outline(_centred([(-3, -3), (3, -3), (3, -1), (1, -1), (1, 3), (-1, 3), (-1, -1), (-3, -1)])),
}


def coverage(
    outline: Outline,
    shape: tuple[int, int],
    centre: tuple[float, float],
    radius: float,
    *,
    angle: float = 0.0,
    stretch: float = 1.0,
) -> tuple[np.ndarray, float]:
    """Share of each pixel of an image that a shape covers, and the shape's area.

    Parameters
    ----------
    outline : Outline
    shape : (height, width)
    centre : (x, y)
        Pixels from the image's upper left corner; may lie outside.
    radius : float
        Of the circumscribed circle before it is stretched, in pixels.
    angle : float, optional
        Clockwise rotation, in radians.
    stretch : float, optional
        Ratio of the shape's axes: before it is rotated, its width is multiplied by the square root and its height
        divided by it.

    Returns
    -------
    covered : ndarray
        float32, (height, width), multiples of 1/255 from 0 to 1.
    area : float
        Pixels that the whole shape covers, outside of the image included.
    """
    cosine, sine = math.cos(angle), math.sin(angle)
    axes = radius * np.array([math.sqrt(stretch), 1 / math.sqrt(stretch)])
    to_pixels = axes[:, np.newaxis] * np.array([[cosine, sine], [-sine, cosine]])
    reach = radius * max(math.sqrt(stretch), 1 / math.sqrt(stretch))
    left, top = (math.floor(c - reach) - 1 for c in centre)
    side = math.ceil(2 * reach) + 3
    window = Image.new("L", (side * _SUBPIXELS, side * _SUBPIXELS))
    draw = ImageDraw.Draw(window)
    for polygon, fill in zip(outline, (255, 0), strict=True):
        if polygon is not None:
            # Pillow's integers are the middles of its pixels.
            corners = (polygon @ to_pixels + np.subtract(centre, (left, top))) * _SUBPIXELS - 0.5
            draw.polygon(list(map(tuple, corners)), fill=fill)
    whole = np.asarray(window.reduce(_SUBPIXELS), np.float32) / 255

    height, width = shape
    covered = np.zeros(shape, np.float32)
    rows = slice(max(top, 0), max(min(top + side, height), 0))
    columns = slice(max(left, 0), max(min(left + side, width), 0))
    inside = whole[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]
    covered[rows, columns] = inside
    return covered, float(whole.sum())
