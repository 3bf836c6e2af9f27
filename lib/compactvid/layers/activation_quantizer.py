"""Fake quantisation of feature maps, with the range that they have had."""

from typing import Any

import keras
from keras import ops

from compactvid.ops.quantize import (
    ACTIVATION_SCHEMES,
    activation_levels,
    activation_parameters,
    fake_quantize_activations,
)
from compactvid.ops.quantize.validity import require_bits, require_choice


@keras.saving.register_keras_serializable("compactvid")
class ActivationQuantizer(keras.layers.Layer):
    r"""What feature maps become when they are quantised and read back; the gradient passes straight through.

    "affine" levels span the exponential moving average of the batches' smallest and largest values,

    .. math:: x_{min} \leftarrow m \, x_{min} + (1 - m) \min(x)

    which training updates, before it is used; the first batch sets it. Until there is one, the range is that of the
    batch at hand. "deepeye" levels are Eq. 2's and span [0, 1]: negative values become 0, larger ones 1 - 2^-bits.

    Reference: Jacob et al. 2018, arXiv:1712.05877, section 3.1 ("affine"); Cheng et al. 2018, Eq. 2 ("deepeye").

    Input of any shape; output of the same. Weights, for "affine": `low` and `high`, scalars, not trainable, both 0
    where there is no range yet. A file of weights that has none (of the model before it was made so) leaves it so.

    Parameters
    ----------
    scheme
        "affine" or "deepeye".
    bits
        2 to 8.
    momentum
        m of the moving average, in [0, 1).

    Raises
    ------
    ValueError
        A parameter has no valid value.
    """

    def __init__(self, scheme: str = "affine", bits: int = 8, momentum: float = 0.99, **kwargs):
        super().__init__(**kwargs)
        require_choice(self.name, "scheme", scheme, ACTIVATION_SCHEMES)
        require_bits(self.name, bits)
        if not 0 <= momentum < 1:
            raise ValueError(f"{self.name}: momentum must lie in [0, 1), not {momentum}")
        self.scheme = scheme
        self.bits = bits
        self.momentum = momentum
        self.low: Any = None
        self.high: Any = None

    def build(self, input_shape):
        """Create the range."""
        if self.scheme == "affine":
            fixed = {"shape": (), "initializer": "zeros", "dtype": "float32", "trainable": False, "autocast": False}
            self.low = self.add_weight(name="low", **fixed)
            self.high = self.add_weight(name="high", **fixed)

    def call(self, inputs, training=False):
        """Return the values of the inputs' levels."""
        low, high = (0.0, 1.0) if self.low is None else self._range(inputs, training)
        outputs = fake_quantize_activations(inputs, self.scheme, bits=self.bits, low=low, high=high)
        return ops.cast(outputs, self.compute_dtype)

    def _range(self, inputs, training):
        seen = ops.cast(ops.stop_gradient(inputs), "float32")
        unset = ops.equal(self.low, self.high)
        ends = []
        # With zero, which is always a level: so ends are equal only where both are 0.
        for end, batch in ((self.low, ops.minimum(ops.min(seen), 0.0)), (self.high, ops.maximum(ops.max(seen), 0.0))):
            average = self.momentum * end + (1 - self.momentum) * batch if training else ops.convert_to_tensor(end)
            ends.append(ops.where(unset, batch, average))
        if training and self.trainable:
            self.low.assign(ends[0])
            self.high.assign(ends[1])
        return ends

    def parameters(self):
        """Scale and zero point of the levels, by the range that there is; see `activation_parameters`.

        Raises
        ------
        ValueError
            There is no range yet.
        """
        return activation_parameters(self.scheme, bits=self.bits, **self._stored())

    def levels(self, inputs):
        """Levels of the inputs, uint8, by the range that there is; see `activation_levels`.

        Raises
        ------
        ValueError
            There is no range yet; what `activation_levels` refuses.
        """
        return activation_levels(inputs, self.scheme, bits=self.bits, **self._stored())

    def _stored(self):
        if self.low is None:
            return {}
        if ops.equal(self.low, self.high):
            raise ValueError(f"{self.low.path}: there is no range yet: calibrate or train the model")
        return {"low": self.low, "high": self.high}

    def load_own_variables(self, store):
        """Read the range; where the file has none, there is none."""
        if store.keys():
            super().load_own_variables(store)
        elif self.low is not None:
            self.low.assign(0.0)
            self.high.assign(0.0)

    def compute_output_shape(self, input_shape):
        """Shape of the inputs."""
        return input_shape

    def get_config(self):
        """The constructor's arguments."""
        return {**super().get_config(), "scheme": self.scheme, "bits": self.bits, "momentum": self.momentum}
