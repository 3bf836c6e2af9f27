"""What a GRU does once its inputs are mapped to its gates."""

import keras
from keras import ops


@keras.saving.register_keras_serializable("compactvid")
class GRUGates(keras.layers.GRUCell):
    r"""A cell for `MappedRNN`: the gates of a GRU, whose map of the previous output is any layer.

    .. math:: u = U(h_{t-1}) + b_U, \quad z = \sigma(x_z + b_z + u_z), \quad r = \sigma(x_r + b_r + u_r), \quad
        h_t = z h_{t-1} + (1 - z) \tanh(x_h + b_h + r u_h)

    Reference: Cho et al. 2014, with the reset gate after the recurrent map as `keras.layers.GRU` has it: the same
    weights give the same outputs. (Before it, no map could be applied once for all gates.)

    Input `(batch, 3 units)`, the mapped frame :math:`x`: gates z, r, h one after the other. State h `(batch, units)`.
    Weights: those of `recurrent_map`, and `bias` (2, 3 units): b and :math:`b_U`.

    Parameters
    ----------
    units
        Outputs.
    recurrent_map
        Layer without bias from `(batch, units)` to `(batch, 3 units)`; None: dense, orthogonal at the start.
    recurrent_dropout
        Share of the previous output's values that the recurrent map sees as zero in training, the same ones at all
        steps of a sequence.
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
            3 * units, use_bias=False, kernel_initializer="orthogonal", name="recurrent_map", dtype=self.dtype_policy
        )

    def build(self, input_shape):
        """Create the biases and the recurrent map's weights."""
        outputs = self.recurrent_map.compute_output_shape((None, self.units))[-1]
        if input_shape[-1] != 3 * self.units or outputs != 3 * self.units:
            raise ValueError(
                f"{self.name}: {self.units} units take {3 * self.units} values from either map, "
                f"not {input_shape[-1]} from the input's and {outputs} from the recurrent one"
            )
        if not self.recurrent_map.built:
            self.recurrent_map.build((None, self.units))
        self.bias = self.add_weight(shape=(2, 3 * self.units), initializer="zeros", name="bias")

    def call(self, inputs, states, training=False):
        """Return the output of a step, and the state after it."""
        (h,) = states if isinstance(states, (list, tuple)) else (states,)
        seen = h
        if training and self.recurrent_dropout:
            seen = h * self.get_recurrent_dropout_mask(h)
        x_z, x_r, x_h = ops.split(inputs + self.bias[0], 3, axis=-1)
        u_z, u_r, u_h = ops.split(self.recurrent_map(seen) + self.bias[1], 3, axis=-1)
        z = ops.sigmoid(x_z + u_z)
        h = z * h + (1 - z) * ops.tanh(x_h + ops.sigmoid(x_r + u_r) * u_h)
        return h, [h]

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
