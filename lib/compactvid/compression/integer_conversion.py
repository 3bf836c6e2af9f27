"""From a model that simulates few bits to one that has them."""

from typing import Any

import numpy as np

from compactvid.compression.convolution_chain import ConvolutionBlock, convolution_blocks
from compactvid.compression.integer_convolution import (
    FRACTION_BITS,
    SLOPE_BITS,
    IntegerConvolution,
    Levels,
    MaxPooling,
    fixed_point,
)
from compactvid.compression.integer_network import IntegerNetwork


def convert_to_integers(model: Any) -> IntegerNetwork:
    r"""The network of integers that computes what a model of `simulate_quantization` simulates.

    Kernels and feature maps have the model's levels. A block multiplies its sums by
    :math:`\gamma s_a \xi / (s_o \sqrt{\sigma^2 + \epsilon})` and adds
    :math:`(\beta + (b - \mu) \gamma / \sqrt{\sigma^2 + \epsilon}) / s_o`, both in integers with 16 fractional bits,
    where s_a, xi and s_o are the scales of the levels of its input, its kernel and its output. So batch normalisation
    is folded into the requantisation, and the kernels stay the raw ones, as in the paper; to fold it into the kernels,
    `fold_batch_normalization` before `simulate_quantization`.

    What differs from the simulation is float32's rounding there and that to 2^-16 of a level here, and that halves are
    rounded upwards here and away from zero there: a value next to the border of two levels may get the other one.
    Measured on random networks with `integer_agreement` (the tests repeat it, and allow three times as much): given the
    same levels, a block differs by one level in less than 1 of 10,000 values; behind four blocks, where each has passed
    its differences on, less than 1 of 100 values differ, by one level.

    Reference: Cheng et al. 2018, Eq. 3 and Fig. 4; Jacob et al. 2018, arXiv:1712.05877, section 2.2, which has no
    fractional bits and adds the bias before multiplying.

    Parameters
    ----------
    model
        A chain (see `convolution_blocks`) of `QuantizedConv2D`, calibrated or trained. Its weights may have any scheme
        but "affine", whose zero point would be subtracted from each weight.

    Returns
    -------
    IntegerNetwork
        Weights are int8 and feature maps uint8, also where they have fewer bits.

    Raises
    ------
    TypeError, ValueError
        As in `convolution_blocks`; a convolution that is not quantised, or not in its input, or has affine weights, or
        has no range yet; one whose sums could exceed int32, or whose outputs exceed 2^15 steps of their levels. The
        layer is named.
    """
    from compactvid.layers import QuantizedConv2D

    blocks = convolution_blocks(model)
    for block in blocks:
        layer = block.convolution
        if not isinstance(layer, QuantizedConv2D) or layer.activations is None:
            raise ValueError(f"{layer.name}: kernel and input must be quantised; see simulate_quantization")
        if layer.scheme == "affine":
            raise ValueError(f"{layer.name}: affine weights have a zero point, which integers here have not")
    inputs = [_levels(block.convolution) for block in blocks]
    convolutions = []
    for number, block in enumerate(blocks):
        output = inputs[number + 1] if number + 1 < len(blocks) else None
        convolution, scale = _convolution(block, inputs[number], output)
        convolutions.append(convolution)
    return IntegerNetwork(model.name, inputs[0], tuple(convolutions), scale)


def _levels(layer: Any) -> Levels:
    scale, zero_point = layer.input_quantizer.parameters()
    rounding = "floor" if layer.activations == "deepeye" else "nearest"
    return Levels(float(scale), int(zero_point), layer.activation_bits, rounding)


def _convolution(block: ConvolutionBlock, given: Levels, output: Levels | None) -> tuple[IntegerConvolution, float]:
    """A block in integers, and the scale of its output."""
    from keras import ops

    from compactvid.ops.quantize import weight_levels

    layer, pooling = block.convolution, block.pooling
    weights = weight_levels(layer.kernel, layer.scheme, bits=layer.bits, per_channel=layer.per_channel, beyond="clip")
    kernel, xi = (np.asarray(ops.convert_to_numpy(tensor)) for tensor in weights[:2])
    gain, shift = block.gain_and_shift
    gain = gain * given.scale * xi.astype("float64").reshape(-1)  # (filters,)
    furthest = max(given.zero_point, 2**given.bits - 1 - given.zero_point)
    sums = np.abs(kernel.astype("int64")).sum(axis=(0, 1, 2)) * furthest  # (filters,)
    if sums.max() >= 2**31:
        raise ValueError(f"{layer.name}: sums of up to {sums.max()} exceed int32")
    gain = np.where(sums > 0, gain, 0.0)  # a kernel of zeros has a scale all the same
    # The last block's own scale: the largest value that it can have is 2^14 steps of 2^16.
    scale = output.scale if output else max(float((np.abs(gain) * sums + np.abs(shift)).max()), 1e-30) / 2**14
    bias = np.rint(shift / scale * 2**FRACTION_BITS)
    if not (np.abs(bias) < 2**31).all():
        raise ValueError(f"{layer.name}: adds {np.abs(shift).max():g}, 2^15 or more steps of its output, {scale:g}")
    try:
        multiplier, right = fixed_point(gain / scale)
    except ValueError as error:
        raise ValueError(f"{layer.name}: {error}") from error
    return (
        IntegerConvolution(
            layer.name,
            kernel,
            multiplier,
            right,
            bias.astype("int32"),
            slope=round(2**SLOPE_BITS * (block.activation.negative_slope if block.activation else 1.0)),
            strides=tuple(layer.strides),
            padding=layer.padding,
            pooling=None if pooling is None else MaxPooling(pooling.pool_size, pooling.strides, pooling.padding),
            input_zero_point=given.zero_point,
            output=output,
        ),
        scale,
    )
