"""An object that is drawn once and then placed, scaled and turned, frame by frame."""

import math

import numpy as np
from PIL import Image

from compactvid.datasets.simulated.shapes import Outline, coverage


def upright(outline: Outline, texture: np.ndarray, size: float) -> Image.Image:
    """A textured shape, `size` pixels in diameter, upright in the middle of a square; RGBA.

    `texture`, float32 (side, side, 3), is scaled to the square.
    """
    side = math.ceil(size) + 2
    covered, _ = coverage(outline, (side, side), (side / 2, side / 2), size / 2)
    sprite = Image.fromarray(np.clip(texture + 0.5, 0, 255).astype(np.uint8)).resize((side, side))
    sprite.putalpha(Image.fromarray((255 * covered + 0.5).astype(np.uint8)))
    return sprite


def placed(background: Image.Image, sprite: Image.Image, x: float, y: float, scale: float, angle: float) -> np.ndarray:
    """A frame: the sprite's middle at (x, y) pixels, scaled and turned clockwise; uint8, (height, width, 3)."""
    cosine, sine, middle = math.cos(angle) / scale, math.sin(angle) / scale, sprite.width / 2
    # From a pixel of the frame to one of the sprite: the way back.
    back = (cosine, sine, middle - cosine * x - sine * y, -sine, cosine, middle + sine * x - cosine * y)
    moved = sprite.transform(background.size, Image.Transform.AFFINE, back, Image.Resampling.BILINEAR)
    return np.asarray(Image.composite(moved.convert("RGB"), background, moved.getchannel("A")))
