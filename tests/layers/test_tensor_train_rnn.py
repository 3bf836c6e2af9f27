import warnings

import keras
import numpy as np
import pytest
from keras import ops

from compactvid.layers import GRUGates, LSTMGates, MappedRNN, TensorTrainGRU, TensorTrainLSTM

INPUTS, HIDDEN = (3, 4, 2), (2, 3, 2)
KINDS = [(TensorTrainLSTM, keras.layers.LSTM, 4), (TensorTrainGRU, keras.layers.GRU, 3)]


def example(shape=(4, 5, 24), seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def pair(kind, keras_kind, recurrent_ranks=None, **options):
    """A layer and Keras's own of the same weights, its maps written out as matrices."""
    layer = kind(INPUTS, HIDDEN, 3, recurrent_ranks=recurrent_ranks, **options)
    layer.build((None, 5, 24))
    layer.cell.bias.assign(example(layer.cell.bias.shape, 1))
    recurrent = layer.cell.recurrent_map
    kernel = recurrent.kernel if recurrent_ranks is None else recurrent.to_dense()[0]
    reference = keras_kind(12, **options)
    reference.build((None, 5, 24))
    reference.set_weights([layer.input_map.to_dense()[0], kernel, layer.cell.bias])
    return layer, reference


@pytest.mark.parametrize(("kind", "keras_kind", "gates"), KINDS)
@pytest.mark.parametrize("recurrent_ranks", [None, 2])
def test_equations_are_those_of_keras_own_layers(kind, keras_kind, gates, recurrent_ranks):
    for options in ({}, {"return_sequences": True}, {"return_state": True, "go_backwards": True}, {"unroll": True}):
        layer, reference = pair(kind, keras_kind, recurrent_ranks, **options)
        found, expected = layer(example()), reference(example())
        for each, other in zip(keras.tree.flatten(found), keras.tree.flatten(expected), strict=True):
            np.testing.assert_allclose(ops.convert_to_numpy(each), ops.convert_to_numpy(other), atol=2e-6)
    assert layer.input_map.units == gates * 12


@pytest.mark.parametrize(("kind", "keras_kind", "gates"), KINDS)
def test_padding_changes_nothing(kind, keras_kind, gates):
    layer, reference = pair(kind, keras_kind)
    mask = np.array([[1, 1, 1, 1, 1], [1, 1, 0, 0, 0], [1, 0, 1, 0, 0], [0, 0, 0, 1, 1]], bool)
    found = ops.convert_to_numpy(layer(example(), mask=mask))
    np.testing.assert_allclose(found, ops.convert_to_numpy(reference(example(), mask=mask)), atol=2e-6)
    np.testing.assert_allclose(found[1], ops.convert_to_numpy(layer(example()[1:2, :2]))[0], atol=2e-6)


@pytest.mark.parametrize(("kind", "keras_kind", "gates"), KINDS)
def test_a_clip_taken_frame_by_frame_ends_where_the_whole_clip_does(kind, keras_kind, gates):
    layer, _ = pair(kind, keras_kind, return_state=True)
    whole = layer(example())
    states = None
    for frame in range(5):
        output, *states = layer(example()[:, frame : frame + 1], initial_state=states)
    for each, other in zip([output, *states], whole, strict=True):
        np.testing.assert_allclose(ops.convert_to_numpy(each), ops.convert_to_numpy(other), atol=2e-6)


@pytest.mark.parametrize(("kind", "keras_kind", "gates"), KINDS)
def test_stateful_layers_go_on_until_they_are_reset(kind, keras_kind, gates):
    layer = kind(INPUTS, HIDDEN, 3, stateful=True)
    inputs = keras.Input(batch_shape=(4, 1, 24))
    model = keras.Model(inputs, layer(inputs))
    plain = kind(INPUTS, HIDDEN, 3)
    plain.build((None, 5, 24))
    plain.set_weights(layer.get_weights()[: len(plain.weights)])
    expected = ops.convert_to_numpy(plain(example()))
    for _ in range(2):
        for frame in range(5):
            output = model(example()[:, frame : frame + 1])
        np.testing.assert_allclose(ops.convert_to_numpy(output), expected, atol=2e-6)
        layer.reset_state()


@pytest.mark.parametrize(("kind", "keras_kind", "gates"), KINDS)
def test_save_and_load(tmp_path, kind, keras_kind, gates):
    layer = kind(INPUTS, HIDDEN, 3, recurrent_ranks=2, dropout=0.25, recurrent_dropout=0.25, seed=3)
    assert kind.from_config(layer.get_config()).get_config() == layer.get_config()
    mapped = MappedRNN(
        keras.layers.Dense(gates * 12, use_bias=False),
        (LSTMGates if gates == 4 else GRUGates)(12, recurrent_dropout=0.5),
        dropout=0.5,
    )
    for each in (layer, mapped):
        model = keras.Sequential([keras.Input((5, 24)), each])
        model.save(tmp_path / "model.keras")
        loaded = keras.models.load_model(tmp_path / "model.keras")
        np.testing.assert_array_equal(loaded.predict(example(), verbose=0), model.predict(example(), verbose=0))


@pytest.mark.parametrize(("kind", "keras_kind", "gates"), KINDS)
def test_all_weights_are_trained(kind, keras_kind, gates):
    model = keras.Sequential([keras.Input((5, 24)), kind(INPUTS, HIDDEN, 3, recurrent_ranks=2)])
    model.compile(keras.optimizers.SGD(0.1), "mse", jit_compile=False)
    before = model.get_weights()
    model.train_on_batch(example(), example((4, 12), 2))
    assert all((old != new).any() for old, new in zip(before, model.get_weights(), strict=True))


def transcribed_lstm(x, input_mask, kernel, recurrent, recurrent_mask, bias):
    """Hochreiter & Schmidhuber's recursion with dropout, in float64, for one clip (frames, features)."""

    def sigmoid(value):
        return 1 / (1 + np.exp(-value))

    h, c = np.zeros(12), np.zeros(12)
    for frame in x:
        gates = (frame * input_mask) @ kernel + (h * recurrent_mask) @ recurrent + bias
        i, f, g, o = np.split(gates, 4)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
    return h


def test_dropout_is_one_mask_a_clip_for_inputs_and_for_outputs():
    """The recursion with masks in it gives the layer's training output, the masks taken from the layer's own draws."""
    layer, _ = pair(TensorTrainLSTM, keras.layers.LSTM, dropout=0.25, recurrent_dropout=0.5, seed=1)
    drawn = {}
    dropout, recurrent = type(layer.dropout).call, type(layer.cell).get_recurrent_dropout_mask

    def note_dropout(this, inputs, training=False):
        result = dropout(this, inputs, training=training)
        drawn["inputs"] = ops.convert_to_numpy(result) / ops.convert_to_numpy(inputs)
        return result

    def note_recurrent(this, step_input):
        result = recurrent(this, step_input)
        drawn.setdefault("outputs", []).append(ops.convert_to_numpy(result))
        return result

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(layer.dropout), "call", note_dropout)
        patch.setattr(type(layer.cell), "get_recurrent_dropout_mask", note_recurrent)
        layer.unroll = True
        found = ops.convert_to_numpy(layer(example(), training=True))
    masks = drawn["inputs"]
    assert np.ptp(masks, axis=1).max() < 1e-6, "frames of a clip have different masks"
    assert set(masks.round(4).ravel()) == {0.0, np.float32(1.3333)}
    assert len(drawn["outputs"]) >= 5
    assert all((mask == drawn["outputs"][0]).all() for mask in drawn["outputs"])
    assert set(drawn["outputs"][0].ravel()) == {0.0, 2.0}
    kernel, bias = ops.convert_to_numpy(layer.input_map.to_dense()[0]), ops.convert_to_numpy(layer.cell.bias)
    for clip in range(4):
        expected = transcribed_lstm(
            example()[clip],
            masks[clip, 0],
            kernel,
            ops.convert_to_numpy(layer.cell.recurrent_map.kernel),
            drawn["outputs"][0][clip],
            bias,
        )
        np.testing.assert_allclose(found[clip], expected, atol=2e-6)
    np.testing.assert_array_equal(ops.convert_to_numpy(layer(example())), ops.convert_to_numpy(layer(example())))


def test_the_papers_counts_come_from_built_layers():
    """Table 2 and section 5.2: frames of 160 x 120 x 3, features of 19 x 19 x 425, and of the VOC head's 125."""
    for modes, count in (((8, 20, 20, 18), 3_360), ((17, 19, 19, 25), 3_920), ((5, 19, 19, 25), 3_152)):
        layer = TensorTrainLSTM(modes, (4, 4, 4, 4), (1, 4, 4, 4, 1))
        layer.build((None, 6, int(np.prod(modes))))
        assert layer.input_map.count_params() == count
        assert layer.count_params() == count + 256 * 1_024 + 1_024


def test_forget_gates_start_open():
    layer = TensorTrainLSTM(INPUTS, HIDDEN)
    layer.build((None, 5, 24))
    assert ops.convert_to_numpy(layer.cell.bias).tolist() == [0.0] * 12 + [1.0] * 12 + [0.0] * 24


def test_bad_input_is_named():
    with pytest.raises(ValueError, match=r"rnn: expected \(batch, frames, features\), not shape \(None, 24\)"):
        TensorTrainLSTM(INPUTS, HIDDEN, name="rnn").build((None, 24))
    with pytest.raises(ValueError, match=r"input_map: TensorTrainDense with input modes \(3, 4, 2\)"):
        TensorTrainLSTM(INPUTS, HIDDEN).build((None, 5, 23))
    with pytest.raises(ValueError, match=r"input_map: .* must be equally many"):
        TensorTrainLSTM(INPUTS, (4, 3))
    with pytest.raises(ValueError, match=r"output_modes must be positive integers, not \(\)"):
        TensorTrainGRU(INPUTS, ())
    dense = keras.layers.Dense(40, use_bias=False)
    with pytest.raises(ValueError, match="gates: 12 units take 48 values from either map, not 40 from the input's"):
        MappedRNN(dense, LSTMGates(12, name="gates")).build((None, 5, 24))
    with pytest.raises(ValueError, match=r"gates: 12 units take 36 .* and 40 from the recurrent one"):
        GRUGates(12, keras.layers.Dense(40, use_bias=False), name="gates").build((None, 36))


def test_ranks_are_cut_once_with_a_warning():
    with pytest.warns(UserWarning, match=r"input_map: ranks \(1, 30, 30, 1\) are cut to \(1, 24, 4, 1\)"):
        layer = TensorTrainLSTM(INPUTS, HIDDEN, 30)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        TensorTrainLSTM.from_config(layer.get_config())
