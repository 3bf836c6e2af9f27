import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from compactvid.compression import average_checkpoints

FINITE = st.floats(-1e6, 1e6, width=32)


def small_model():
    return keras.Sequential(
        [keras.Input((3,)), keras.layers.Dense(2), keras.layers.BatchNormalization(), keras.layers.Dense(4)]
    )


def random_weights(model, seed):
    random = np.random.default_rng(seed)
    return [random.normal(size=weight.shape).astype("float32") for weight in model.get_weights()]


@settings(max_examples=50, deadline=None)
@given(hnp.arrays("float32", st.tuples(st.integers(1, 6), st.integers(1, 3), st.integers(1, 3)), elements=FINITE))
def test_is_the_mean_of_each_tensor(values):
    checkpoints = [[value, value[0]] for value in values]
    matrix, vector = average_checkpoints(checkpoints)
    exact = np.array([[sum(map(float, column)) for column in row] for row in values.transpose(1, 2, 0)]) / len(values)
    np.testing.assert_allclose(matrix, exact, rtol=2**-23, atol=1e-30)  # rounded to float32 once
    np.testing.assert_array_equal(vector, matrix[0])
    assert matrix.dtype == vector.dtype == np.float32


def test_sums_in_float64_and_answers_in_the_tensors_dtype():
    checkpoints = [[np.float32([2**24]), np.float16([1.0])], [np.float32([1]), np.float16([2.0])]]
    checkpoints.append(checkpoints[1])
    large, half = average_checkpoints(checkpoints)
    # In float32, 2^24 + 1 + 1 is 2^24.
    np.testing.assert_array_equal(large, np.float32([(2**24 + 2) / 3]))
    np.testing.assert_array_equal(half, np.float16([5 / 3]))
    assert half.dtype == np.float16


def test_one_checkpoint_is_its_own_average_and_inputs_stay_as_they_were():
    weights = [np.float32([[0.1, 0.2]]), np.int64([3])]
    (matrix, counter) = average_checkpoints([weights])
    np.testing.assert_array_equal(matrix, weights[0])
    np.testing.assert_array_equal(counter, [3])
    matrix += 1
    np.testing.assert_array_equal(weights[0], np.float32([[0.1, 0.2]]))


def test_a_generator_is_read_once():
    (mean,) = average_checkpoints([np.float32([step])] for step in range(5))
    np.testing.assert_array_equal(mean, [2.0])


def test_files_give_what_their_weights_give_and_the_model_is_left_alone(tmp_path):
    model = small_model()
    checkpoints = [random_weights(model, seed) for seed in range(3)]
    paths = [tmp_path / "a.weights.h5", str(tmp_path / "b.weights.h5"), tmp_path / "c.weights.h5"]
    for weights, path in zip(checkpoints, paths, strict=True):
        model.set_weights(weights)
        model.save_weights(path)
    own = random_weights(model, 9)
    model.set_weights(own)
    averaged = average_checkpoints(paths, model=model)
    for from_files, from_arrays in zip(averaged, average_checkpoints(checkpoints), strict=True):
        np.testing.assert_array_equal(from_files, from_arrays)
    for now, before in zip(model.get_weights(), own, strict=True):
        np.testing.assert_array_equal(now, before)
    model.set_weights(averaged)  # in the model's order


def test_a_linear_model_predicts_the_mean_of_its_checkpoints_predictions():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    inputs = np.random.default_rng(0).normal(size=(5, 3)).astype("float32")
    checkpoints, predictions = [random_weights(model, seed) for seed in range(4)], []
    for weights in checkpoints:
        model.set_weights(weights)
        predictions.append(model.predict(inputs, verbose=0))
    model.set_weights(average_checkpoints(checkpoints))
    np.testing.assert_allclose(model.predict(inputs, verbose=0), np.mean(predictions, axis=0), atol=1e-5)


@pytest.mark.parametrize(
    ("checkpoints", "message"),
    [
        ([], "there is no checkpoint"),
        ([[np.zeros(2)], [np.zeros(2), np.zeros(2)]], "checkpoint 2 has 2 tensors, the first checkpoint 1"),
        ([[np.zeros((2, 3))], [np.zeros((3, 2))]], r"tensor 0 of checkpoint 2 is float64\[3, 2\], .* float64\[2, 3\]"),
        ([[np.zeros(2)], [np.zeros(2, "float32")]], r"tensor 0 of checkpoint 2 is float32\[2\], .* float64\[2\]"),
        ([[np.zeros(2)], [np.array([0, np.nan])]], "tensor 0 of checkpoint 2 has values that are not finite"),
        ([[np.zeros(1), np.array([np.inf])]], "tensor 1 of checkpoint 1 has values that are not finite"),
        ([[np.array([1])], [np.array([2])]], "integer tensor 0 of checkpoint 2 differs"),
        (["a.weights.h5"], r"give the model that a.weights.h5 belongs to \(model=...\)"),
    ],
)
def test_what_cannot_be_averaged_is_refused(checkpoints, message):
    with pytest.raises(ValueError, match=message):
        average_checkpoints(checkpoints)


def test_files_that_do_not_fit_are_named_and_the_model_is_left_alone(tmp_path):
    model = small_model()
    other = keras.Sequential([keras.Input((3,)), keras.layers.Dense(7), keras.layers.BatchNormalization()])
    other.save_weights(tmp_path / "other.weights.h5")
    model.save_weights(tmp_path / "own.weights.h5")
    (tmp_path / "broken.weights.h5").write_bytes(b"not HDF5")
    own = model.get_weights()
    for name in ("other.weights.h5", "broken.weights.h5"):
        with pytest.raises(ValueError, match=f"{name} is no checkpoint of {model.name}"):
            average_checkpoints([tmp_path / "own.weights.h5", tmp_path / name], model=model)
    with pytest.raises(FileNotFoundError, match=r"there is no file .*missing\.weights\.h5"):
        average_checkpoints([tmp_path / "missing.weights.h5"], model=model)
    for now, before in zip(model.get_weights(), own, strict=True):
        np.testing.assert_array_equal(now, before)
