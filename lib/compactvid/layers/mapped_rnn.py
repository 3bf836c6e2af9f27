"""Recurrent network whose map from its inputs is any layer."""

import keras


@keras.saving.register_keras_serializable("compactvid")
class MappedRNN(keras.layers.RNN):
    """A recurrent layer that maps all steps' inputs to the gates at once, by any layer, before the first step is taken.

    An LSTM's or a GRU's map from its inputs does not depend on its state: one large product costs less than one a step.

    Input `(batch, frames, features)`; output `(batch, units)`, or `(batch, frames, units)` with `return_sequences`.
    Masks, states given and returned, stateful use, reversed and unrolled steps: as of `keras.layers.RNN`. A clip can be
    taken frame by frame, with the state of one call as the `initial_state` of the next, or with `stateful`.

    Parameters
    ----------
    input_map
        Layer without bias from `(batch, frames, features)` to `(batch, frames, gates times units)`.
    cell
        What is done with the mapped inputs: `LSTMGates` or `GRUGates`.
    dropout
        Share of the inputs that are zero in training, the same features in all frames of a clip.
    seed
        Of that dropout.
    kwargs
        Those of `keras.layers.RNN`.

    Raises
    ------
    ValueError
        The input is not of rank 3, or the map gives another size than the cell takes.
    """

    def __init__(self, input_map, cell, *, dropout: float = 0.0, seed=None, **kwargs):
        super().__init__(cell, **kwargs)
        self.input_map = input_map
        self.dropout = keras.layers.Dropout(
            dropout, noise_shape=(None, 1, None), seed=seed, name="input_dropout", dtype=self.dtype_policy
        )

    def build(self, sequences_shape, initial_state_shape=None):
        """Create the weights for inputs of shape (batch, frames, features)."""
        if len(sequences_shape) != 3:
            raise ValueError(f"{self.name}: expected (batch, frames, features), not shape {tuple(sequences_shape)}")
        if not self.input_map.built:
            self.input_map.build(sequences_shape)
        super().build(self.input_map.compute_output_shape(sequences_shape))

    def call(self, sequences, initial_state=None, mask=None, training=False):
        """Return what the cell gives after the last frame, or after each."""
        mapped = self.input_map(self.dropout(sequences, training=training))
        return super().call(mapped, initial_state=initial_state, mask=mask, training=training)

    def get_config(self):
        """The constructor's arguments."""
        return {
            **super().get_config(),
            "input_map": keras.saving.serialize_keras_object(self.input_map),
            "dropout": self.dropout.rate,
            "seed": self.dropout.seed,
        }

    @classmethod
    def from_config(cls, config):
        """A layer of these arguments."""
        parts = {name: keras.saving.deserialize_keras_object(config[name]) for name in ("input_map", "cell")}
        return cls(**config | parts)
