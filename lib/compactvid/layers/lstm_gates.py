"""What an LSTM does once its inputs are mapped to its gates."""

import keras
from keras import ops

from compactvid.layers.recurrent_gates import RecurrentGates


@keras.saving.register_keras_serializable("compactvid")
class LSTMGates(RecurrentGates, keras.layers.LSTMCell):
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

    gates = 4

    def create_bias(self):
        """Ones for the forget gate, zeros elsewhere."""
        forget = [0.0] * self.units + [1.0] * self.units + [0.0] * 2 * self.units
        return self.add_weight(
            shape=(4 * self.units,), initializer=lambda _, dtype: ops.convert_to_tensor(forget, dtype), name="bias"
        )

    def call(self, inputs, states, training=False):
        """Return the output of a step, and the states after it."""
        h, c = states
        i, f, g, o = ops.split(inputs + self.map_output(h, training) + self.bias, 4, axis=-1)
        c = ops.sigmoid(f) * c + ops.sigmoid(i) * ops.tanh(g)
        h = ops.sigmoid(o) * ops.tanh(c)
        return h, [h, c]
