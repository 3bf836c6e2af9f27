"""What `LSTMGates` and `GRUGates` share."""

from typing import Any

import keras


class RecurrentGates(keras.layers.Layer):
    """A Keras cell that gets its inputs mapped to `gates` values a unit, and maps its last output by any layer.

    To stand before `keras.layers.LSTMCell` or `GRUCell`, whose states and dropout masks it uses.
    """

    gates: int
    units: int
    recurrent_dropout: float

    def __init__(self, units: int, recurrent_map=None, *, recurrent_dropout: float = 0.0, seed=None, **kwargs: Any):
        super().__init__(units, recurrent_dropout=recurrent_dropout, seed=seed, implementation=2, **kwargs)
        # One mask for all gates; Keras would draw one for each.
        self.dropout_mask_count = None
        self.recurrent_map = recurrent_map or keras.layers.Dense(
            self.gates * units,
            use_bias=False,
            kernel_initializer="orthogonal",
            name="recurrent_map",
            dtype=self.dtype_policy,
        )

    def build(self, input_shape):
        """Create the bias and the recurrent map's weights."""
        size = self.gates * self.units
        outputs = self.recurrent_map.compute_output_shape((None, self.units))[-1]
        if input_shape[-1] != size or outputs != size:
            raise ValueError(
                f"{self.name}: {self.units} units take {size} values from either map, "
                f"not {input_shape[-1]} from the input's and {outputs} from the recurrent one"
            )
        # A map that was deserialised is built already.
        if not self.recurrent_map.built:
            self.recurrent_map.build((None, self.units))
        self.bias = self.create_bias()

    def map_output(self, h, training: bool):
        """The last output, with dropout in training, mapped to the gates."""
        if training and self.recurrent_dropout:
            h = h * self.get_recurrent_dropout_mask(h)
        return self.recurrent_map(h)

    def get_config(self):
        """The constructor's arguments."""
        return {
            "name": self.name,
            "dtype": keras.dtype_policies.serialize(self.dtype_policy),
            "units": self.units,
            "recurrent_map": keras.saving.serialize_keras_object(self.recurrent_map),
            "recurrent_dropout": self.recurrent_dropout,
            "seed": self.seed,
        }

    @classmethod
    def from_config(cls, config):
        """A cell of these arguments."""
        return cls(**config | {"recurrent_map": keras.saving.deserialize_keras_object(config["recurrent_map"])})
