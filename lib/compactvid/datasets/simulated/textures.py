"""Textures: two colours, mixed by stripes or by blotches."""

import numpy as np
from PIL import Image


def texture(rng: np.random.Generator, shape: tuple[int, int], level: float) -> np.ndarray:
    """A texture about a grey level; float32, (height, width, 3), not clipped.

    The two colours' grey values (means over channels) lie 10 to 30 below and above `level`, their channels up to 60
    away from that. Stripes run in any direction with a period from a sixth to a half of the shorter side; blotches are
    as wide as such a stripe.
    """
    height, width = shape
    tint = rng.uniform(-45, 45, (2, 3))
    grey = level + rng.uniform(10, 30) * np.array([[-1], [1]])
    dark, light = (grey + tint - tint.mean(axis=1, keepdims=True)).astype(np.float32)
    period = min(shape) * rng.uniform(1 / 6, 1 / 2)
    if rng.random() < 0.5:
        angle, phase = rng.uniform(0, 2 * np.pi, 2)
        x, y = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)
        wave_x, wave_y = 2 * np.pi / period * np.array([np.cos(angle), np.sin(angle)])
        mix = np.sin((wave_x * x + (wave_y * y + phase)[:, np.newaxis]).astype(np.float32))
    else:
        cells = [2 + round(2 * side / period) for side in shape]
        blotches = Image.fromarray(rng.standard_normal(cells, dtype=np.float32))
        mix = np.tanh(np.asarray(blotches.resize((width, height), Image.Resampling.BICUBIC)))
    dark, light = dark[:, np.newaxis, np.newaxis], light[:, np.newaxis, np.newaxis]
    # Channel after channel in memory: NumPy takes several times as long where the innermost axis has three elements.
    return np.moveaxis(dark + (light - dark) * (0.5 + 0.5 * mix), 0, -1)
