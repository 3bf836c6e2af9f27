"""Recurrent network on the frames of a clip, or on features of them: the classifiers of Cheng et al. 2018."""

import math
from dataclasses import dataclass
from typing import Any

from compactvid.models.fields import require_in_interval, require_positive_integers
from compactvid.models.linear_maps import LinearMap, TensorTrain, map_layer

CELLS = {"lstm": 4, "gru": 3}
"""Gates of each kind of cell."""
PROPOSED_MAP = TensorTrain()
"""The paper's map from the features."""


@dataclass(frozen=True)
class VideoRNN:
    r"""An LSTM or GRU over some frames of a clip, and a softmax over the actions.

    Reference: Cheng et al. 2018 (DeepEye), sections 3.2 and 5.2, Table 2: the proposed T-RNN on the tensors of the
    detector's last convolution (``TensorTrain((17, 19, 19, 25))`` on 19 x 19 x 425), T-RNN on frames
    (``frame_shape=(120, 160, 3)``, ``TensorTrain((8, 20, 20, 18))``), and the plain RNN (``input_map=None``), which the
    paper takes on frames only.

    With M values a frame, U units and g gates (4 of an LSTM, 3 of a GRU) the map from the input has :math:`M g U`
    values if it is dense, which is what Table 2 counts. The map from the last output has :math:`g U^2`, the biases g U
    (LSTM) or 2 g U (GRU), the classifier :math:`(U + 1) V` for V classes.

    What the paper does not say:

    - how a frame becomes the tensor that the modes split. Here it is read by blocks of channels, then column by column,
      so that the modes (8, 20, 20, 18) of a frame split its 160 columns and then its 120 x 3 values of a column, and
      (17, 19, 19, 25) of features are 17 blocks of 25 channels, columns and rows;
    - what scale the inputs have: pixels are brought to [-1, 1], features are taken as they come.

    Parameters
    ----------
    frame_shape
        Height, width and channels of a frame or of its features.
    channel_blocks
        Into how many blocks the channels are cut; a divisor of them.
    pixels
        Whether the values are pixels from 0 to 255.
    num_frames
        Frames of a clip; the paper's 6.
    units
        Hidden size; the product of a tensor train's hidden modes.
    cell
        "lstm" or "gru".
    input_map, recurrent_map
        How the two matrices are made; None: dense.
    dropout, recurrent_dropout
        Of the inputs and of the last outputs, the same values in all frames of a clip; the paper's 0.25 for its T-RNN.
    num_classes
        Actions; 11 of UCF11.

    Raises
    ------
    ValueError
        A field has no valid value, or modes don't multiply to the size that they split; the message names it.
    """

    frame_shape: tuple[int, int, int] = (19, 19, 425)
    channel_blocks: int = 17
    pixels: bool = False
    num_frames: int = 6
    units: int = 256
    cell: str = "lstm"
    input_map: LinearMap = PROPOSED_MAP
    recurrent_map: LinearMap = None
    dropout: float = 0.25
    recurrent_dropout: float = 0.25
    num_classes: int = 11

    def __post_init__(self) -> None:
        require_positive_integers(self, "channel_blocks", "num_frames", "units", "num_classes")
        if len(self.frame_shape) != 3 or not all(type(side) is int and side > 0 for side in self.frame_shape):
            raise ValueError(
                f"VideoRNN: frame_shape must be height, width and channels, positive, not {self.frame_shape!r}"
            )
        if self.frame_shape[2] % self.channel_blocks:
            raise ValueError(
                f"VideoRNN: channel_blocks must divide the {self.frame_shape[2]} channels, not {self.channel_blocks}"
            )
        if self.cell not in CELLS:
            raise ValueError(f"VideoRNN: cell must be one of {', '.join(CELLS)}, not {self.cell!r}")
        for name in ("dropout", "recurrent_dropout"):
            require_in_interval(self, name, 0.0, 1.0)
        for name, inputs in (("input_map", self.frame_size), ("recurrent_map", self.units)):
            if isinstance(kind := getattr(self, name), TensorTrain):
                for modes, size in ((kind.input_modes, inputs), (kind.hidden_modes, self.units)):
                    if math.prod(modes) != size:
                        raise ValueError(f"VideoRNN: {name}: modes {modes} multiply to {math.prod(modes)}, not {size}")

    @property
    def frame_size(self) -> int:
        """Values of a frame."""
        return math.prod(self.frame_shape)

    def build(self, *, initialize: bool = True) -> Any:
        """Build the Keras model.

        Parameters
        ----------
        initialize
            False fills dense maps with zeros: all that counting needs.

        Returns
        -------
        keras.Model
            Functional model `video_rnn` with the layers `rnn` and `actions`. Input: a dict of `frames`, (batch,
            num_frames, height, width, channels). Output: probabilities of the actions, (batch, num_classes), float32.
        """
        import keras

        from compactvid.layers import GRUGates, LSTMGates, MappedRNN

        height, width, channels = self.frame_shape
        gates = CELLS[self.cell]
        frames = x = keras.Input((self.num_frames, height, width, channels), name="frames")
        if self.pixels:
            x = keras.layers.Rescaling(1 / 127.5, -1, name="scale")(x)
        blocks = (self.channel_blocks, channels // self.channel_blocks)
        x = keras.layers.Reshape((self.num_frames, height, width, *blocks), name="blocks")(x)
        x = keras.layers.Permute((1, 4, 3, 2, 5), name="by_column")(x)
        x = keras.layers.Reshape((self.num_frames, self.frame_size), name="values")(x)
        input_map = map_layer(self.frame_size, gates, self.units, self.input_map, "input_map", initialize=initialize)
        recurrent_map = None
        if self.recurrent_map is not None:
            recurrent_map = map_layer(self.units, gates, self.units, self.recurrent_map, "recurrent_map")
        cell = (LSTMGates if self.cell == "lstm" else GRUGates)(
            self.units, recurrent_map, recurrent_dropout=self.recurrent_dropout, name="gates"
        )
        x = MappedRNN(input_map, cell, dropout=self.dropout, name="rnn")(x)
        output = keras.layers.Dense(self.num_classes, activation="softmax", dtype="float32", name="actions")(x)
        return keras.Model({"frames": frames}, output, name="video_rnn")
