"""A small network of the shape of tiny-YOLOv2, and an integer block of it in nested loops over Python's integers."""

import keras
import numpy as np
import pytest

IMAGES = np.random.default_rng(7).uniform(size=(4, 16, 16, 3)).astype("float32")


def small_yolo(seed=0, *, filters=(6, 8, 8), outputs=5, size=16, sequential=False):
    """Blocks of Conv2D, BatchNormalization, LeakyReLU, MaxPooling2D, of stride 1 in the last; then a convolution."""
    layers = []
    for number, count in enumerate(filters, start=1):
        layers += [
            keras.layers.Conv2D(count, 3, padding="same", use_bias=False, name=f"conv{number}"),
            keras.layers.BatchNormalization(name=f"norm{number}"),
            keras.layers.LeakyReLU(negative_slope=0.1, name=f"leaky{number}"),
            keras.layers.MaxPooling2D(2, 1 if number == len(filters) else 2, padding="same", name=f"pool{number}"),
        ]
    layers.append(keras.layers.Conv2D(outputs, 1, name="last"))
    if sequential:
        model = keras.Sequential([keras.Input((size, size, 3)), *layers], name="small_yolo")
    else:
        image = tensor = keras.Input((size, size, 3), name="image")
        for layer in layers:
            tensor = layer(tensor)
        model = keras.Model({"image": image}, tensor, name="small_yolo")
    random = np.random.default_rng(seed)
    for weight in model.weights:
        draw = {
            "kernel": lambda shape: np.clip(random.normal(0, (2 / np.prod(shape[:-1])) ** 0.5, shape), -1, 1),
            "moving_variance": lambda shape: random.uniform(0.3, 2, shape),
            "gamma": lambda shape: random.normal(1, 0.4, shape),
        }.get(weight.name, lambda shape: random.normal(0, 0.3, shape))
        weight.assign(draw(tuple(weight.shape)))
    return model


@pytest.fixture(name="small_yolo", scope="session")
def _small_yolo():
    return small_yolo


@pytest.fixture(scope="session")
def images():
    """Four images, (4, 16, 16, 3), in [0, 1]."""
    return IMAGES


INT32 = 2**31


def rounded(x, bits):
    """x / 2^bits, halves upwards."""
    return (x + (1 << bits >> 1)) >> bits


def window(size, kernel, stride, padding):
    """How many windows an axis has, and where the first begins."""
    if padding == "valid":
        return (size - kernel) // stride + 1, 0
    count = -(-size // stride)
    return count, -(max((count - 1) * stride + kernel - size, 0) // 2)


def slow_sums(levels, block):
    """Eq. 3 of Cheng et al. 2018, with a zero point, of one image: {(x, y, z): sum}."""
    (height, width, channels), (rows, columns, _, filters) = levels.shape, block.kernel.shape
    (tall, top), (wide, left) = (
        window(size, kernel, stride, block.padding)
        for size, kernel, stride in ((height, rows, block.strides[0]), (width, columns, block.strides[1]))
    )
    sums = np.zeros((tall, wide, filters), dtype=object)
    for x, y, z in np.ndindex(tall, wide, filters):
        for i, j, l in np.ndindex(rows, columns, channels):
            u, v = x * block.strides[0] + top + i, y * block.strides[1] + left + j
            if 0 <= u < height and 0 <= v < width:
                sums[x, y, z] += int(block.kernel[i, j, l, z]) * (int(levels[u, v, l]) - block.input_zero_point)
    return sums


def slow_values(total, block, z):
    """A sum of filter z, normalised and activated."""
    value = rounded(int(total) * int(block.multiplier[z]), int(block.shift[z])) + int(block.bias[z])
    value = max(-INT32, min(INT32 - 1, value))
    return value if value >= 0 else rounded(value * block.slope, 30)


def slow_level(value, output):
    if output is None:
        return value
    steps = rounded(value, 16) if output.rounding == "nearest" else value >> 16
    return max(0, min(2**output.bits - 1, steps + output.zero_point))


def slow_pool(levels, pooling):
    if pooling is None:
        return levels
    (tall, top), (wide, left) = (
        window(levels.shape[axis], pooling.size[axis], pooling.strides[axis], pooling.padding) for axis in (0, 1)
    )
    pooled = np.zeros((tall, wide, levels.shape[2]), dtype=object)
    for x, y, z in np.ndindex(*pooled.shape):
        pooled[x, y, z] = max(
            levels[u, v, z]
            for u in range(x * pooling.strides[0] + top, x * pooling.strides[0] + top + pooling.size[0])
            for v in range(y * pooling.strides[1] + left, y * pooling.strides[1] + left + pooling.size[1])
            if 0 <= u < levels.shape[0] and 0 <= v < levels.shape[1]
        )
    return pooled


def slow_block(levels, block):
    results = []
    for image in levels:
        sums = slow_sums(image, block)
        found = np.zeros(sums.shape, dtype=object)
        for x, y, z in np.ndindex(*sums.shape):
            found[x, y, z] = slow_level(slow_values(sums[x, y, z], block, z), block.output)
        results.append(slow_pool(found, block.pooling))
    return np.array(results)


@pytest.fixture(name="slow_block", scope="session")
def _slow_block():
    return slow_block
