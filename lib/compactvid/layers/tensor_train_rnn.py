"""LSTM and GRU whose maps are tensor trains."""

import math
from collections.abc import Sequence
from typing import Any

import keras

from compactvid.layers.gru_gates import GRUGates
from compactvid.layers.lstm_gates import LSTMGates
from compactvid.layers.mapped_rnn import MappedRNN
from compactvid.layers.tensor_train_dense import TensorTrainDense


class TensorTrainRNN(MappedRNN):
    """What `TensorTrainLSTM` and `TensorTrainGRU` share; they say which `cell_class` of how many `gates`."""

    gates: int
    cell_class: Any

    def __init__(
        self,
        input_modes: Sequence[int],
        hidden_modes: Sequence[int],
        ranks: int | Sequence[int] = 4,
        *,
        recurrent_ranks: int | Sequence[int] | None = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: int | None = None,
        **kwargs,
    ):
        self.modes = {"input_modes": list(input_modes), "hidden_modes": list(hidden_modes)}
        gate_modes = (self.gates * hidden_modes[0], *hidden_modes[1:]) if hidden_modes else ()
        of_maps: dict[str, Any] = {"use_bias": False, "dtype": kwargs.get("dtype")}
        input_map = TensorTrainDense(input_modes, gate_modes, ranks, name="input_map", **of_maps)
        recurrent_map = None
        if recurrent_ranks is not None:
            recurrent_map = TensorTrainDense(hidden_modes, gate_modes, recurrent_ranks, name="recurrent_map", **of_maps)
        cell = self.cell_class(
            math.prod(hidden_modes),
            recurrent_map,
            recurrent_dropout=recurrent_dropout,
            seed=None if seed is None else seed + 1,  # two dropouts, two masks
            dtype=kwargs.get("dtype"),
        )
        super().__init__(input_map, cell, dropout=dropout, seed=seed, **kwargs)

    def get_config(self):
        """The constructor's arguments."""
        config = super().get_config()
        for part in ("input_map", "cell"):
            del config[part]
        recurrent = self.cell.recurrent_map
        return config | {
            **self.modes,
            "ranks": list(self.input_map.ranks),
            "recurrent_ranks": list(recurrent.ranks) if isinstance(recurrent, TensorTrainDense) else None,
            "recurrent_dropout": self.cell.recurrent_dropout,
        }

    @classmethod
    def from_config(cls, config):
        """A layer of these arguments."""
        return cls(**config)


@keras.saving.register_keras_serializable("compactvid")
class TensorTrainLSTM(TensorTrainRNN):
    """An LSTM whose map from the input, and on request also that from its last output, is a tensor train: T-RNN.

    Reference: Cheng et al. 2018 (DeepEye), sections 3.2 and 5; Yang et al. 2017, https://arxiv.org/abs/1707.01786.

    The four gates are folded into the first output mode: hidden modes (4, 4, 4, 4) make cores with output modes
    (16, 4, 4, 4), so that the gates share all cores but the first. Only so does the input map have the paper's 3,360
    values on frames (8, 20, 20, 18) and 3,920 on features (17, 19, 19, 25), both with ranks 1, 4, 4, 4, 1. Its Fig. 5
    and section 3.2 speak of the hidden-to-hidden weights; the printed counts have none, so that these are dense unless
    `recurrent_ranks` is given.

    Input `(batch, frames, features)`, output and all that `keras.layers.RNN` offers as of `MappedRNN`. Weights: the
    cores of `input_map`, the `recurrent_map`'s, and a bias (4 units,).

    Parameters
    ----------
    input_modes, hidden_modes
        Factors of a frame's features and of the units.
    ranks
        Of the map from the input, as of `TensorTrainDense`.
    recurrent_ranks
        Of the map from the last output; None: that map is dense.
    dropout, recurrent_dropout
        Shares of the input's and of the last output's values that are zero in training, the same ones at all steps.
        The paper has 0.25 for both.
    seed
        Of both.
    kwargs
        Those of `keras.layers.RNN`.

    Raises
    ------
    ValueError
        As `TensorTrainDense`.
    """

    gates = 4
    cell_class = LSTMGates


@keras.saving.register_keras_serializable("compactvid")
class TensorTrainGRU(TensorTrainRNN):
    """A GRU whose map from the input, and on request also that from its last output, is a tensor train.

    Reference: Yang et al. 2017, https://arxiv.org/abs/1707.01786; DeepEye has no GRU. As
    `TensorTrainLSTM`, with three gates in place of four and a bias (2, 3 units).
    """

    gates = 3
    cell_class = GRUGates
