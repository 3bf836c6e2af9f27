"""Convolution of fake-quantised feature maps with a fake-quantised kernel."""

import keras
from keras import ops

from compactvid.layers.activation_quantizer import ActivationQuantizer
from compactvid.ops.quantize import fake_quantize_weights
from compactvid.ops.quantize.schemes import require_weight_scheme


@keras.saving.register_keras_serializable("compactvid", name="QuantizedConv2D")
class QuantizedConv2D(keras.layers.Conv2D):
    r"""A `keras.layers.Conv2D` that computes, and trains, as if kernel and input were stored in few bits.

    .. math:: s^q(x, y, z) = \sum_{i, j, l} w^q(i, j, l, z) \, a^q(i + x - 1, j + y - 1, l)

    Reference: Cheng et al. 2018, Eq. 3, with values for levels: see `compactvid.compression.integer_network` for the
    levels' integers. The bias stays as it is. Kernel and bias are stored in float32, under the names that they have in
    a `Conv2D`: a `.weights.h5` file of one can be loaded into the other.

    Parameters
    ----------
    scheme, bits, per_channel
        Of the kernel: see `weight_levels`. With Eq. 1 as printed, weights outside of [-1, 1] are clipped to it.
    activations, activation_bits, momentum
        Of the input: see `ActivationQuantizer`; None for `activations` leaves it in float32.
    args, kwargs
        Those of `keras.layers.Conv2D`.

    Raises
    ------
    ValueError
        A parameter has no valid value.
    """

    def __init__(
        self,
        *args,
        scheme: str = "symmetric",
        bits: int = 8,
        per_channel: bool = False,
        activations: str | None = "affine",
        activation_bits: int = 8,
        momentum: float = 0.99,
        **kwargs,
    ):
        super().__init__(*args, **kwargs)
        require_weight_scheme(self.name, scheme, bits=bits, per_channel=per_channel)
        self.scheme = scheme
        self.bits = bits
        self.per_channel = per_channel
        self.activations = activations
        self.activation_bits = activation_bits
        self.momentum = momentum
        self.input_quantizer = None
        if activations is not None:
            self.input_quantizer = ActivationQuantizer(
                activations, activation_bits, momentum, name="input_quantizer", dtype=self.dtype_policy
            )

    def build(self, input_shape):
        """Create kernel, bias, and the range of the inputs."""
        super().build(input_shape)
        if self.input_quantizer is not None:
            self.input_quantizer.build(input_shape)

    def convolution_op(self, inputs, kernel):
        """Quantise both, and convolve."""
        if self.input_quantizer is not None:
            inputs = self.input_quantizer(inputs)
        quantized = fake_quantize_weights(kernel, self.scheme, bits=self.bits, per_channel=self.per_channel)
        return super().convolution_op(inputs, ops.cast(quantized, self.compute_dtype))

    def quantization(self) -> dict:
        """The arguments that a `Conv2D` has not."""
        return {
            "scheme": self.scheme,
            "bits": self.bits,
            "per_channel": self.per_channel,
            "activations": self.activations,
            "activation_bits": self.activation_bits,
            "momentum": self.momentum,
        }

    def get_config(self):
        """The constructor's arguments."""
        return {**super().get_config(), **self.quantization()}


# A file of weights names the classes of layers: with this name it is laid out as one of the float model.
QuantizedConv2D.__name__ = "Conv2D"
