import keras
import numpy as np
import pytest

from compactvid.compression import cast_float16, dequantize_int8, ensemble_graph, quantize_int8, simulate_int8
from compactvid.metrics import model_size
from compactvid.models import GatedNetVLAD, VideoLevelMixture
from compactvid.models.gated_netvlad import BIG_FOUR

TINY = GatedNetVLAD(cluster_size=4, hidden_size=6, num_classes=5, num_mixtures=2, rgb_size=7, audio_size=3)
MATRICES = {
    *(f"{name}_vlad/{matrix}" for name in ("video", "audio") for matrix in ("cluster_weights", "cluster_centres")),
    "hidden2/kernel",
    "hidden_gating/kernel",
    *BIG_FOUR,
}


def random_model(config=TINY):
    model = config.build()
    random = np.random.default_rng(0)
    for weight in model.weights:
        value = random.normal(size=weight.shape)
        weight.assign(0.5 + value**2 if weight.path.endswith("moving_variance") else value)
    return model


def example():
    random = np.random.default_rng(1)
    return {
        "rgb": random.normal(size=(4, 6, 7)).astype("float32"),
        "audio": random.normal(size=(4, 6, 3)).astype("float32"),
        "num_frames": np.array([6, 3, 1, 0], dtype="int32"),
    }


def predict(model, inputs=None):
    return keras.ops.convert_to_numpy(model(inputs or example(), training=False))


def values(model):
    return {weight.path: keras.ops.convert_to_numpy(weight.value) for weight in model.weights}


def stored_in_8_bits(model):
    return {weight.path for weight in model.weights if weight.dtype == "uint8" and weight.name[-5:] != "point"}


def read_back(matrix, per_channel):
    """Levels and what they stand for, in float64: the smallest value is level 0, the largest 255."""
    axis = 0 if per_channel else None
    low = np.minimum(matrix.astype("float64").min(axis=axis, keepdims=True), 0)
    step = (np.maximum(matrix.max(axis=axis, keepdims=True), 0) - low) / 255
    levels = np.rint(matrix / step) - np.rint(low / step)
    return levels, (levels + np.rint(low / step)) * step


@pytest.mark.parametrize("per_channel", [False, True])
def test_all_matrices_are_levels_and_predict_what_they_stand_for(per_channel):
    model = random_model()
    before = values(model)
    quantized = quantize_int8(model, per_channel=per_channel)
    assert stored_in_8_bits(quantized) == MATRICES
    reference = random_model()
    for path, value in values(quantized).items():
        if path in MATRICES:
            levels, stands_for = read_back(before[path], per_channel)
            np.testing.assert_array_equal(value, levels)
            next(weight for weight in reference.weights if weight.path == path).assign(stands_for)
        elif path in before:
            np.testing.assert_array_equal(value, before[path])
    np.testing.assert_allclose(predict(quantized), predict(reference), atol=1e-5)
    assert np.abs(predict(quantized) - predict(model)).max() > 1e-4
    for path, value in values(model).items():
        np.testing.assert_array_equal(value, before[path])


def test_a_value_is_a_byte_in_memory_and_in_files(tmp_path):
    large = GatedNetVLAD(cluster_size=8, hidden_size=64, num_classes=100, rgb_size=64, audio_size=16).build()
    quantized = quantize_int8(large)
    sizes = model_size(quantized).set_index("tensor")["bytes"]
    for weight in large.weights:
        expected = np.prod(weight.shape) * (1 if weight.path in MATRICES else 4)
        assert sizes.pop(weight.path) == expected
    assert sizes.sum() == len(MATRICES) * (4 + 1)  # a scale and a zero point each
    for name in ("weights.h5", "keras"):
        bytes_of = {}
        for kind, model in (("float32", large), ("int8", quantized)):
            path = tmp_path / f"{kind}.{name}"
            model.save_weights(path) if name == "weights.h5" else model.save(path)
            bytes_of[kind] = path.stat().st_size
        saved = model_size(large)["bytes"].sum() - model_size(quantized)["bytes"].sum()
        # A tensor costs a file some hundred bytes of its own, and there are 20 more of them.
        assert 0.95 * saved < bytes_of["float32"] - bytes_of["int8"] <= saved


@pytest.mark.parametrize("per_channel", [False, True])
def test_reloaded_turned_back_and_trained(per_channel, tmp_path):
    model = random_model()
    quantized = quantize_int8(model, per_channel=per_channel)
    quantized.save(tmp_path / "int8.keras")
    back = dequantize_int8(keras.models.load_model(tmp_path / "int8.keras"))
    assert [(w.path, w.dtype, tuple(w.shape)) for w in back.weights] == [
        (w.path, w.dtype, tuple(w.shape)) for w in model.weights
    ]
    assert len(back.trainable_weights) == len(model.trainable_weights)
    assert [type(layer) for layer in back.layers] == [type(layer) for layer in model.layers]
    np.testing.assert_array_equal(predict(back), predict(quantized))
    assert len(back.losses) == len(model.losses)  # its regularisers are there again
    before = values(back)
    back.compile(keras.optimizers.Adam(0.01), "binary_crossentropy", run_eagerly=True)
    labels = np.eye(5, dtype="float32")[:4]
    losses = [back.train_on_batch(example(), labels) for _ in range(10)]
    assert losses[-1] < losses[0]
    assert all((before[weight.path] != values(back)[weight.path]).any() for weight in back.trainable_weights)
    # And stored again: the levels of values that were levels are the same.
    np.testing.assert_allclose(
        predict(quantize_int8(dequantize_int8(quantized), per_channel=per_channel)), predict(quantized), atol=1e-6
    )


@pytest.mark.parametrize("per_channel", [False, True])
def test_training_sees_what_will_be_stored(per_channel):
    simulated = simulate_int8(random_model(), per_channel=per_channel)
    assert [(w.path, w.dtype) for w in simulated.weights] == [(w.path, w.dtype) for w in random_model().weights]
    simulated.compile(keras.optimizers.Adam(0.05), "binary_crossentropy", run_eagerly=True)
    before = values(simulated)
    for _ in range(3):
        simulated.train_on_batch(example(), np.eye(5, dtype="float32")[:4])
    assert all((before[path] != values(simulated)[path]).any() for path in MATRICES)
    stored = quantize_int8(simulated, per_channel=per_channel)
    assert stored_in_8_bits(stored) == MATRICES
    np.testing.assert_array_equal(predict(stored), predict(simulated))


def test_chosen_matrices_and_no_others():
    assert stored_in_8_bits(quantize_int8(random_model(), tensors=BIG_FOUR)) == set(BIG_FOUR)
    one = quantize_int8(random_model(), tensors=["mixture/gates_kernel"])
    assert stored_in_8_bits(one) == {"mixture/gates_kernel"}
    some = quantize_int8(random_model(), tensors=["hidden1/kernel"])
    rest = quantize_int8(some)
    assert stored_in_8_bits(rest) == MATRICES
    np.testing.assert_array_equal(values(rest)["hidden1/kernel"], values(some)["hidden1/kernel"])
    assert stored_in_8_bits(quantize_int8(random_model(), tensors=[])) == set()


def test_with_float16_in_ensembles_and_in_other_architectures():
    cast = cast_float16(random_model(), "all")
    quantized = quantize_int8(cast)
    assert {weight.dtype for weight in quantized.weights} == {"uint8", "float16", "float32"}
    np.testing.assert_allclose(predict(quantized), predict(quantize_int8(random_model())), atol=5e-3)

    members = [quantize_int8(random_model()), quantize_int8(random_model(), per_channel=True)]
    ensemble = ensemble_graph(members, [0.25, 0.75])
    assert len(stored_in_8_bits(ensemble)) == 2 * len(MATRICES)
    np.testing.assert_allclose(predict(ensemble), 0.25 * predict(members[0]) + 0.75 * predict(members[1]), rtol=1e-5)

    mixture = VideoLevelMixture(num_classes=4, rgb_size=8, audio_size=2).build()
    assert stored_in_8_bits(quantize_int8(mixture)) == {"mixture/gates_kernel", "mixture/experts_kernel"}
    inner = random_model()
    inputs = {
        name: keras.Input(tensor.shape[1:], dtype=tensor.dtype, name=name) for name, tensor in inner.input.items()
    }
    nested = quantize_int8(keras.Model(inputs, inner(inputs)))
    assert stored_in_8_bits(nested) == MATRICES
    np.testing.assert_array_equal(predict(nested), predict(quantize_int8(inner)))


def spoilt(value):
    model = random_model()
    kernel = model.get_layer("mixture").experts_kernel
    spoilt = keras.ops.convert_to_numpy(kernel.value).copy()
    spoilt[3, 4] = value
    kernel.assign(spoilt)
    return model


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_values_without_a_range_are_refused_by_name(value):
    with pytest.raises(ValueError, match="mixture/experts_kernel has values that are not finite"):
        quantize_int8(spoilt(value))
    assert quantize_int8(spoilt(value), tensors=["hidden1/kernel"]).name == "gated_netvlad"


@pytest.mark.parametrize("value", [0.0, 0.25, -3.0])
def test_constant_matrices_come_back(value):
    model = random_model()
    model.get_layer("hidden1").kernel.assign(np.full(model.get_layer("hidden1").kernel.shape, value))
    back = values(dequantize_int8(quantize_int8(model)))["hidden1/kernel"]
    np.testing.assert_allclose(back, value, rtol=1e-6, atol=0)


def test_other_bad_input():
    model = random_model()
    with pytest.raises(ValueError, match=r"float matrices, not hidden2/bias, nothing; it has .*hidden1/kernel"):
        quantize_int8(model, tensors=["nothing", "hidden2/bias", "hidden1/kernel"])
    with pytest.raises(ValueError, match=r"simulate_int8: tensors must be None or paths .* not 'hidden1/kernel'"):
        simulate_int8(model, tensors="hidden1/kernel")
    with pytest.raises(ValueError, match=r"not hidden1/kernel; it has"):
        quantize_int8(quantize_int8(model), tensors=["hidden1/kernel"])
    with pytest.raises(ValueError, match="gated_netvlad stores no 8-bit levels"):
        dequantize_int8(model)
    empty = keras.Sequential([keras.Input((0,)), keras.layers.Dense(2, kernel_initializer="zeros", name="dense")])
    with pytest.raises(ValueError, match=r"dense/kernel has no values \(shape \[0, 2\]\)"):
        quantize_int8(empty)
    unnamed = keras.Sequential([keras.Input((3,)), keras.Sequential([keras.layers.Dense(2)])])
    with pytest.raises(ValueError, match=r"a copy of sequential.* has a tensor of another name"):
        quantize_int8(unnamed)
    for function in (quantize_int8, simulate_int8, dequantize_int8):
        with pytest.raises(
            TypeError, match=rf"{function.__name__} takes a built functional or sequential keras\.Model"
        ):
            function("model.keras")
