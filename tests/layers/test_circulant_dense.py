import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops
from scipy.linalg import circulant

from compactvid.compression.litert import LiteRTModel, export_litert
from compactvid.layers import CirculantDense
from compactvid.layers.random_signs import RandomSigns

FEATURES = 6


def product_of_matrices(weights, units, order):
    """The printed product for each block, with all matrices written in full; the blocks' rows below each other."""
    factors, blocks, size = weights["first_columns"].shape
    rows = []
    for block in range(blocks):
        matrix = np.eye(size)
        for factor in range(factors):
            c = circulant(weights["first_columns"][factor, block].astype("float64"))
            d = np.diag(weights["diagonals"][factor, block]) if "diagonals" in weights else np.eye(size)
            matrix = matrix @ (d @ c if order == "DC" else c @ d)
        rows.append(matrix)
    return np.concatenate(rows)[:units]


def example(shape=(4, FEATURES)):
    return np.random.default_rng(0).normal(size=shape).astype("float32")


def built(units, features=FEATURES, **kwargs):
    layer = CirculantDense(units, **kwargs)
    layer.build((None, features))
    return layer


@pytest.mark.parametrize(
    ("outer", "units", "blocks", "options"),
    [
        ((4,), 15, 3, {"factors": 2, "order": "CD", "activation": "relu6", "diagonal_initializer": "signs"}),
        ((4, 5), 9, 2, {"diagonal": "signs", "diagonal_initializer": "ones"}),
        ((4,), 5, 1, {"diagonal": "none", "use_bias": False, "block_size": 11, "circulant_initializer": "he_normal"}),
    ],
)
def test_contract(check_contract, outer, units, blocks, options):
    shape = (options.get("factors", 1), blocks, options.get("block_size", FEATURES))
    weights = {"first_columns": shape, "diagonals": shape, "bias": (units,)}
    if options.get("diagonal") == "none":
        weights = {"first_columns": shape}
    check_contract(
        lambda **kwargs: CirculantDense(units, **options, **kwargs),
        example((*outer, FEATURES)),
        output_shape=(*outer, units),
        weights=weights,
        output_dtype_in_mixed_precision="float16",
    )


@settings(max_examples=25)
@given(
    st.integers(1, 20),
    st.integers(1, 3),
    st.sampled_from(["DC", "CD"]),
    st.sampled_from(["learned", "signs", "none"]),
    st.integers(0, 5),
)
def test_any_layer_is_its_product_of_matrices_and_its_dense_layer(units, factors, order, diagonal, padding):
    layer = built(
        units, factors=factors, order=order, diagonal=diagonal, block_size=FEATURES + padding, bias_initializer="normal"
    )
    weights = {each.name: ops.convert_to_numpy(each.value) for each in layer.weights}
    kernel = product_of_matrices(weights, units, order)[:, :FEATURES].T
    x = example((2, 3, FEATURES))
    # Outputs of order 1, float32.
    np.testing.assert_allclose(ops.convert_to_numpy(layer(x)), x @ kernel + weights["bias"], atol=1e-5)
    np.testing.assert_allclose(ops.convert_to_numpy(layer.to_dense()[0]), kernel, atol=1e-5)
    np.testing.assert_allclose(ops.convert_to_numpy(layer.as_dense()(x)), ops.convert_to_numpy(layer(x)), atol=1e-5)


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "bfloat16", "mixed_bfloat16"])
def test_is_its_product_of_matrices_in_all_precisions(dtype):
    layer = built(9, factors=2, dtype=dtype)
    weights = {each.name: ops.convert_to_numpy(ops.cast(each.value, "float32")) for each in layer.weights}
    if dtype == "float64":
        weights = {each.name: ops.convert_to_numpy(each.value) for each in layer.weights}
    expected = example() @ product_of_matrices(weights, 9, "DC").T
    # Inputs and outputs of order 1 are rounded to 2^-11 or 2^-8 of themselves; what is between is float32 at least.
    tolerance = {"float64": 1e-12, "float32": 1e-5, "float16": 4e-3}.get(dtype, 3e-2)
    result = layer(example().astype("float64"))
    assert keras.backend.standardize_dtype(result.dtype) == dtype.removeprefix("mixed_")
    np.testing.assert_allclose(ops.convert_to_numpy(ops.cast(result, "float64")), expected, atol=tolerance)


@pytest.mark.parametrize(("diagonal", "order"), [("learned", "CD"), ("signs", "DC")])
def test_orders_of_the_released_code(diagonal, order):
    """The released code multiplies rows: x D C where the diagonal is learned, x C D where it is fixed."""
    layer = built(10, diagonal=diagonal, order=order)
    x, outputs = example(), []
    for block in range(2):
        column = ops.convert_to_numpy(layer.first_columns.value)[0, block]
        d = ops.convert_to_numpy(layer.diagonals.value)[0, block]
        w = column[-np.arange(FEATURES) % FEATURES]  # its vector is the first row, from right to left
        before, after = (d, 1.0) if diagonal == "learned" else (1.0, np.roll(d, -1))  # it rolls after multiplying
        spectrum = np.fft.rfft(x * before) * np.fft.rfft(w[::-1])
        outputs.append(np.roll(np.fft.irfft(spectrum, FEATURES) * after, 1, axis=1))
    np.testing.assert_allclose(
        ops.convert_to_numpy(layer(x)), np.concatenate(outputs, axis=1)[:, :10], atol=1e-6, rtol=1e-5
    )


@pytest.mark.parametrize(
    ("features", "units", "options", "count"),
    [
        (8192, 512, {}, 2 * 8192),
        (8192, 512, {"diagonal": "none"}, 8192),
        (1024, 8192, {}, 8 * 2 * 1024),
        (512, 5 * 3862, {"diagonal": "none"}, 38 * 512),
        (512, 4 * 3862, {"diagonal": "none"}, 31 * 512),
    ],
)
def test_counts_of_the_paper(features, units, options, count):
    assert built(units, features, use_bias=False, **options).count_params() == count


# Table 3, with the video and the audio layer; its first row leaves out the diagonal.
@pytest.mark.parametrize(
    ("factors", "diagonal", "count"), [(1, "none", 12_288), (3, "learned", 73_728), (6, "learned", 147_456)]
)
def test_counts_of_table_3(factors, diagonal, count):
    layers = [built(512, size, factors=factors, diagonal=diagonal, use_bias=False) for size in (8192, 4096)]
    assert sum(layer.count_params() for layer in layers) == count


# 4,000 blocks, or 150 layers, times outputs that hardly depend on each other. Products of many normal factors have
# heavy tails: some 5 % of standard error.
@pytest.mark.parametrize(
    ("features", "units", "options"),
    [
        (16, 64_000, {}),
        (16, 64_000, {"order": "CD", "factors": 2}),
        (16, 64_000, {"factors": 3, "diagonal_initializer": "ones"}),
        (16, 64_000, {"factors": 3, "diagonal": "signs", "block_size": 24}),
        (16, 64_000, {"diagonal": "none"}),
        (40, 20, {"diagonal_initializer": "signs", "factors": 2}),
        (40, 20, {}),
    ],
)
def test_the_outputs_start_with_the_variance_of_a_glorot_layer(features, units, options):
    keras.utils.set_random_seed(1)
    x = example((1, features))
    layers = [built(units, features, **options) for _ in range(1 if units > features else 150)]
    outputs = np.concatenate([ops.convert_to_numpy(layer(x)) for layer in layers])
    np.testing.assert_allclose((outputs**2).mean() / np.square(x).sum(), 2 / (features + units), rtol=0.15)


def test_diagonals_start_as_asked():
    keras.utils.set_random_seed(0)
    normal, ones, signs, fixed = (
        built(2, 2000, **options)
        for options in (
            {},
            {"diagonal_initializer": "ones"},
            {"diagonal_initializer": "signs"},
            {"diagonal": "signs"},
        )
    )
    value = {layer: ops.convert_to_numpy(layer.diagonals.value) for layer in (normal, ones, signs, fixed)}
    deviation = ops.convert_to_numpy(normal.first_columns.value).std()
    np.testing.assert_allclose(value[normal].std(), deviation, rtol=0.1)
    assert (value[normal] != ops.convert_to_numpy(normal.first_columns.value)).all()
    np.testing.assert_array_equal(value[ones], 1)
    for layer in (signs, fixed):
        np.testing.assert_array_equal(np.abs(value[layer]), 1)
        assert abs(value[layer].mean()) < 0.1  # 2,000 signs: standard error 0.02
    assert signs.diagonals.trainable
    assert not fixed.diagonals.trainable


def test_signs_are_repeated_by_their_seed():
    signs = RandomSigns(seed=3)
    again = RandomSigns.from_config(signs.get_config())
    np.testing.assert_array_equal(ops.convert_to_numpy(signs((50,))), ops.convert_to_numpy(again((50,))))
    assert keras.backend.standardize_dtype(signs((2,), dtype="float16").dtype) == "float16"


def test_the_gradient_is_compiled_too():
    """One step of a compiled model (XLA) is that of the dense layer with the same kernel, as the loss sees it."""
    layer = built(4)
    dense = layer.as_dense()
    losses = []
    for each in (layer, dense):
        model = keras.Sequential([keras.Input((FEATURES,)), each])
        model.compile(keras.optimizers.SGD(0.0), "mse", jit_compile=True)
        losses.append(model.train_on_batch(example(), np.ones((4, 4), "float32")))
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-5)


def test_a_mask_is_passed_on():
    x = example((2, 3, FEATURES))
    x[0, 1:] = 0
    layer = built(4)
    model = keras.Sequential([keras.layers.Masking(), layer, keras.layers.GlobalAveragePooling1D()])
    expected = ops.convert_to_numpy(layer(x[:1, 0]))[0]
    np.testing.assert_allclose(ops.convert_to_numpy(model(x))[0], expected, rtol=1e-5)


@pytest.mark.parametrize("order", ["DC", "CD"])
def test_a_nan_stays_in_its_row(order):
    layer, x = built(15, factors=2, order=order), example()
    expected = ops.convert_to_numpy(layer(x))
    x[2, 1] = np.nan
    result = ops.convert_to_numpy(layer(x))
    assert np.isnan(result[2]).all()
    np.testing.assert_array_equal(np.delete(result, 2, axis=0), np.delete(expected, 2, axis=0))


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="LiteRT files are written through TensorFlow")
def test_a_folded_model_runs_in_litert(tmp_path):
    inputs = {"x": keras.Input((FEATURES,), name="x")}
    hidden = CirculantDense(10, factors=2, activation="relu")(inputs["x"])
    model = keras.Model(inputs, keras.layers.Dense(3)(hidden))
    folded = keras.models.clone_model(
        model, clone_function=lambda layer: layer.as_dense() if isinstance(layer, CirculantDense) else layer
    )
    lite = LiteRTModel(export_litert(folded, tmp_path / "model.tflite"))
    np.testing.assert_allclose(lite({"x": example()}), ops.convert_to_numpy(model({"x": example()})), atol=1e-5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"units": 0}, "layer: units and factors must be positive, not 0 and 1"),
        ({"factors": 0}, "layer: units and factors must be positive, not 3 and 0"),
        ({"order": "dc"}, "layer: order must be one of DC, CD, not 'dc'"),
        ({"diagonal": "random"}, "layer: diagonal must be one of learned, signs, none, not 'random'"),
        ({"diagonal_initializer": "sign"}, "Could not interpret initializer identifier: sign"),
    ],
)
def test_unknown_options_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        CirculantDense(**{"units": 3, "name": "layer", **options})


@pytest.mark.parametrize("shape", [(6,), (2, 3, 4, 6), (None, None), (None, 5, None)])
def test_inputs_of_another_rank_or_of_unknown_features_are_refused(shape):
    with pytest.raises(ValueError, match=r"layer: CirculantDense takes \(batch, features\) or .*, not shape \("):
        CirculantDense(3, name="layer").build(shape)


def test_inputs_of_another_size_are_refused():
    with pytest.raises(
        ValueError, match=r"expected axis -1 of input shape to have value 6, but received .* shape .4, 5"
    ):
        built(3)(example((4, 5)))
    with pytest.raises(ValueError, match="layer: block_size must be at least the 6 features, not 5"):
        built(3, block_size=5, name="layer")
