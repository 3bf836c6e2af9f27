"""What an LSTM does once its inputs are mapped to its gates."""

import keras
from keras import ops


@keras.saving.register_keras_serializable("compactvid")
class LSTMGates(keras.layers.LSTMCell):
    r"""A cell for `MappedRNN`: the gates of an LSTM, whose map of the previous output is any layer.

    .. math:: i, f, g, o = z_t + U(h_{t-1}) + b, \quad
        c_t = \sigma(f) c_{t-1} + \sigma(i) \tanh(g), \quad h_t = \sigma(o) \tanh(c_t)

    Reference: Hochreiter & Schmidhuber 1997, with the forget gate of Gers et al. 2000, as `keras.layers.LSTM` has it:
    the same weights give the same outputs.

    Input :math:`z_t` `(batch, 4 units)`, the mapped frame: gates i, f, g, o one after the other. States h and c, each
    `(batch, units)`. Weights: those of `recurrent_map`, and `bias` (4 units,), ones for the forget gate at the start.

    Parameters
    ----------
    units
        Outputs.
    recurrent_map
        Layer without bias from `(batch, units)` to `(batch, 4 units)`; None: dense, orthogonal at the start.
    recurrent_dropout
        Share of the previous output's values that are zero in training, the same ones at all steps of a sequence.
    seed
        Of the dropout.

    Raises
    ------
    ValueError
        `units` is not positive, or the recurrent map gives another size.
    """

    def __init__(self, units: int, recurrent_map=None, *, recurrent_dropout: float = 0.0, seed=None, **kwargs):
        super().__init__(units, recurrent_dropout=recurrent_dropout, seed=seed, implementation=2, **kwargs)
        # One mask for all gates; Keras would draw one for each.
        self.dropout_mask_count = None
        self.recurrent_map = recurrent_map or keras.layers.Dense(
            4 * units, use_bias=False, kernel_initializer="orthogonal", name="recurrent_map", dtype=self.dtype_policy
        )

    def build(self, input_shape):
        """Create the bias and the recurrent map's weights."""
        outputs = self.recurrent_map.compute_output_shape((None, self.units))[-1]
        if input_shape[-1] != 4 * self.units or outputs != 4 * self.units:
            raise ValueError(
                f"{self.name}: {self.units} units take {4 * self.units} values from either map, "
                f"not {input_shape[-1]} from the input's and {outputs} from the recurrent one"
            )
        if not self.recurrent_map.built:
            self.recurrent_map.build((None, self.units))
        forget = [0.0] * self.units + [1.0] * self.units + [0.0] * 2 * self.units
        self.bias = self.add_weight(
            shape=(4 * self.units,), initializer=lambda _, dtype: ops.convert_to_tensor(forget, dtype), name="bias"
        )

    def call(self, inputs, states, training=False):
        """Return the output of a step, and the states after it."""
        h, c = states
        seen = h
        if training and self.recurrent_dropout:
            seen = h * self.get_recurrent_dropout_mask(h)
        i, f, g, o = ops.split(inputs + self.recurrent_map(seen) + self.bias, 4, axis=-1)
        c = ops.sigmoid(f) * c + ops.sigmoid(i) * ops.tanh(g)
        h = ops.sigmoid(o) * ops.tanh(c)
        return h, [h, c]

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
