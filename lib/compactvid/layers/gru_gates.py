"""What a GRU does once its inputs are mapped to its gates."""

import keras
from keras import ops

from compactvid.layers.recurrent_gates import RecurrentGates


@keras.saving.register_keras_serializable("compactvid")
class GRUGates(RecurrentGates, keras.layers.GRUCell):
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

    gates = 3

    def create_bias(self):
        """Zeros."""
        return self.add_weight(shape=(2, 3 * self.units), initializer="zeros", name="bias")

    def call(self, inputs, states, training=False):
        """Return the output of a step, and the state after it."""
        (h,) = states if isinstance(states, (list, tuple)) else (states,)
        x_z, x_r, x_h = ops.split(inputs + self.bias[0], 3, axis=-1)
        u_z, u_r, u_h = ops.split(self.map_output(h, training) + self.bias[1], 3, axis=-1)
        z = ops.sigmoid(x_z + u_z)
        h = z * h + (1 - z) * ops.tanh(x_h + ops.sigmoid(x_r + u_r) * u_h)
        return h, [h]
