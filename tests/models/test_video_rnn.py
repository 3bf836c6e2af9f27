"""The paper's counts from built models, and the forward pass written out in NumPy."""

import itertools

import keras
import numpy as np
import pytest

from compactvid.models import Circulant, LowRank, TensorTrain, VideoRNN
from compactvid.runs.config import describe, rebuild

FRAMES = {"frame_shape": (120, 160, 3), "channel_blocks": 1, "pixels": True}
TINY = {"frame_shape": (2, 3, 4), "channel_blocks": 2, "num_frames": 3, "units": 4, "num_classes": 5}


def counts(**fields):
    """Values of the map from the input, and of the whole model."""
    with keras.StatelessScope(initialize_variables=False):
        model = VideoRNN(**fields).build(initialize=False)
    return model.get_layer("rnn").input_map.count_params(), model.count_params()


REST = 256 * 1024 + 1024 + 257 * 11


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, 3_920),  # Table 2, DEEPEYE
        (FRAMES | {"input_map": TensorTrain((8, 20, 20, 18))}, 3_360),  # T-RNN with frame inputs
        (FRAMES | {"input_map": None}, 58_982_400),  # RNN
        ({"input_map": None}, 157_107_200),  # the cell that the table leaves out
        # A detector for VOC has 125 channels, as Table 1 says.
        ({"frame_shape": (19, 19, 125), "channel_blocks": 5, "input_map": TensorTrain((5, 19, 19, 25))}, 3_152),
        ({"input_map": LowRank(3)}, 3 * (153_425 + 1_024)),
        ({"input_map": Circulant(diagonal="none")}, 153_425),
    ],
)
def test_counts_of_table_2(fields, expected):
    assert counts(**fields) == (expected, expected + REST)


def test_counts_with_a_tensor_train_in_place_of_the_recurrent_matrix_too():
    modes = (4, 4, 4, 4)
    recurrent = 4 * 16 * 4 + 2 * 4 * 4 * 4 * 4 + 4 * 4 * 4
    assert counts(recurrent_map=TensorTrain(modes, modes)) == (3_920, 3_920 + REST - 256 * 1024 + recurrent)


def test_counts_of_a_gru():
    cores = 17 * 12 * 4 + 2 * 4 * 19 * 4 * 4 + 4 * 25 * 4
    assert counts(cell="gru") == (cores, cores + 3 * 256 * 256 + 2 * 3 * 256 + 257 * 11)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def arranged(frame, blocks):
    """Values of a frame: block of channels by block, column by column, row by row."""
    height, width, channels = frame.shape
    size = channels // blocks
    values = [
        frame[row, column, block * size + channel]
        for block, column, row, channel in itertools.product(range(blocks), range(width), range(height), range(size))
    ]
    return np.array(values)


@pytest.mark.parametrize("pixels", [False, True])
@pytest.mark.parametrize(
    "input_map", [None, TensorTrain((2, 3, 4), (2, 1, 2), 2), LowRank(2), Circulant(factors=2)], ids=str
)
def test_forward_pass_is_the_recursion_written_out(input_map, pixels):
    model = VideoRNN(**TINY, input_map=input_map, pixels=pixels).build()
    random = np.random.default_rng(0)
    for weight in model.weights:
        if "seed" not in weight.path:
            weight.assign(random.normal(size=weight.shape))
    frames = random.normal(size=(5, 3, 2, 3, 4)).astype("float32")
    if pixels:
        frames = random.integers(0, 256, size=frames.shape).astype("float32")
    rnn, actions = model.get_layer("rnn"), model.get_layer("actions")
    dense = rnn.input_map.kernel if input_map is None else rnn.input_map.to_dense()[0]
    kernel, recurrent, bias, classifier, offset = (
        keras.ops.convert_to_numpy(each).astype("float64")
        for each in (dense, rnn.cell.recurrent_map.kernel, rnn.cell.bias, actions.kernel, actions.bias)
    )
    for clip, probabilities in zip(frames, model.predict({"frames": frames}, verbose=0), strict=True):
        h, c = np.zeros(4), np.zeros(4)
        for frame in clip:
            values = arranged(frame, 2)
            values = values / 127.5 - 1 if pixels else values
            i, f, g, o = np.split(values @ kernel + h @ recurrent + bias, 4)
            c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
            h = sigmoid(o) * np.tanh(c)
        scores = np.exp(h @ classifier + offset)
        # float32: sums of 24 products of order 1.
        np.testing.assert_allclose(probabilities, scores / scores.sum(), atol=3e-5)


@pytest.mark.parametrize("cell", ["lstm", "gru"])
@pytest.mark.parametrize("input_map", [None, TensorTrain((2, 3, 4), (2, 1, 2), 2), LowRank(2), Circulant()], ids=str)
def test_every_map_starts_with_outputs_of_one_variance(cell, input_map):
    config = VideoRNN(**TINY | {"frame_shape": (8, 12, 4), "units": 64}, cell=cell, input_map=None)
    size = config.frame_size
    if isinstance(input_map, TensorTrain):
        input_map = TensorTrain((2, 12, 16), (4, 4, 4), 4)
    variances = []
    for seed in range(20):
        keras.utils.set_random_seed(seed)
        rnn = VideoRNN(**TINY | {"frame_shape": (8, 12, 4), "units": 64}, cell=cell, input_map=input_map).build()
        x = np.random.default_rng(seed).normal(size=(4, 3, size)).astype("float32")
        variances.append(keras.ops.convert_to_numpy(rnn.get_layer("rnn").input_map(x)).var())
    gates = {"lstm": 4, "gru": 3}[cell]
    # 20 matrices, of which a low-rank one varies most: by a third.
    assert np.mean(variances) == pytest.approx(2 * size / (size + gates * 64), rel=0.3)


def test_configuration_is_stored_and_rebuilt():
    for config in (
        VideoRNN(),
        VideoRNN(input_map=LowRank(2), recurrent_map=TensorTrain((4,) * 4, (4,) * 4, (1, 4, 4, 4, 1))),
    ):
        assert rebuild(describe(config)) == config


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"frame_shape": (19, 19)}, r"frame_shape must be height, width and channels, positive, not \(19, 19\)"),
        ({"frame_shape": (19, 0, 425)}, "frame_shape must be height"),
        ({"channel_blocks": 4}, "channel_blocks must divide the 425 channels, not 4"),
        ({"cell": "rnn"}, "cell must be one of lstm, gru, not 'rnn'"),
        ({"units": 0}, "units must be a positive integer, not 0"),
        ({"num_frames": 0}, "num_frames must be a positive integer"),
        ({"dropout": 1.0}, r"dropout must be a number in \[0.0, 1.0\)"),
        ({"recurrent_dropout": -0.1}, "recurrent_dropout must be a number"),
        (
            {"input_map": TensorTrain((17, 19, 19, 24))},
            r"input_map: modes \(17, 19, 19, 24\) multiply to 147288, not 153425",
        ),
        ({"units": 255}, r"input_map: modes \(4, 4, 4, 4\) multiply to 256, not 255"),
        ({"recurrent_map": TensorTrain((4, 4, 4))}, r"recurrent_map: modes \(4, 4, 4\) multiply to 64, not 256"),
    ],
)
def test_bad_fields_are_named(fields, message):
    with pytest.raises(ValueError, match=f"VideoRNN: {message}"):
        VideoRNN(**fields)


def test_a_rank_below_1_is_refused():
    with pytest.raises(ValueError, match="LowRank: rank must be a positive integer, not 0"):
        LowRank(0)
    with pytest.raises(ValueError, match="ranks must be positive integers"):
        VideoRNN(input_map=TensorTrain(ranks=0)).build(initialize=False)
