import subprocess
import sys

import keras
import numpy as np
import pytest

from compactvid.models import VideoLevelMixture


def example():
    random = np.random.default_rng(0)
    return {
        "mean_rgb": random.normal(size=(6, 8)).astype("float32"),
        "mean_audio": random.normal(size=(6, 2)).astype("float32"),
    }


def tiny(**fields):
    return VideoLevelMixture(**{"num_classes": 4, "rgb_size": 8, "audio_size": 2, **fields})


def predict(model, inputs):
    return keras.ops.convert_to_numpy(model(inputs, training=False))


@pytest.mark.parametrize("normalize", [True, False])
def test_predicts_what_the_starter_code_predicts(normalize):
    model = tiny(normalize_inputs=normalize).build()
    random = np.random.default_rng(1)
    gates_kernel, experts_kernel, bias = (random.normal(size=weight.shape) for weight in model.weights)
    model.set_weights([gates_kernel, experts_kernel, bias])
    x = np.concatenate([example()["mean_rgb"], example()["mean_audio"]], axis=1).astype("float64")
    if normalize:
        x /= np.linalg.norm(x, axis=1, keepdims=True)
    expected = np.zeros((6, 4))
    for v in range(4):
        gates = np.exp(x @ gates_kernel[:, 3 * v : 3 * v + 3])
        experts = 1 / (1 + np.exp(-(x @ experts_kernel[:, 2 * v : 2 * v + 2] + bias[2 * v : 2 * v + 2])))
        expected[:, v] = (gates[:, :2] * experts).sum(axis=1) / gates.sum(axis=1)
    np.testing.assert_allclose(predict(model, example()), expected, atol=1e-6)


def test_normalised_inputs_may_have_any_scale_and_be_zero():
    model = tiny().build()
    scaled = {name: 1000 * value for name, value in example().items()}
    np.testing.assert_allclose(predict(model, scaled), predict(model, example()), atol=1e-6)
    zeros = {name: 0 * value for name, value in example().items()}
    np.testing.assert_allclose(predict(model, zeros), 1 / 3, atol=1e-6)  # two undecided experts of three shares


def test_the_challenges_default_has_its_count_of_weights():
    with keras.StatelessScope(initialize_variables=False):
        model = VideoLevelMixture().build()
    assert model.count_params() == 1152 * 3862 * 3 + 1152 * 3862 * 2 + 3862 * 2


def test_without_initial_values_all_weights_are_zero():
    assert not any(np.any(weight) for weight in tiny().build(initialize=False).get_weights())


def test_learns_saves_and_loads(tmp_path):
    keras.utils.set_random_seed(0)
    model = tiny(l2_penalty=0).build()
    labels = np.random.default_rng(2).integers(0, 2, size=(6, 4)).astype("float32")
    model.compile(keras.optimizers.Adam(0.1), "binary_crossentropy", jit_compile=False)
    losses = [float(model.train_on_batch(example(), labels)) for _ in range(100)]
    assert losses[-1] < losses[0] / 3
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(predict(loaded, example()), predict(model, example()))


def test_the_penalty_is_half_the_sum_of_squares():
    model = tiny(l2_penalty=0.1).build()
    squares = sum(np.square(weight).sum() for weight in model.get_weights()[:2])
    np.testing.assert_allclose(float(sum(model.losses)), 0.1 * squares / 2, rtol=1e-5)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"num_classes": 0}, "VideoLevelMixture: num_classes must be a positive integer, not 0"),
        ({"num_mixtures": 1.5}, "VideoLevelMixture: num_mixtures must be a positive integer, not 1.5"),
        ({"normalize_inputs": None}, "VideoLevelMixture: normalize_inputs must be True or False, not None"),
        ({"l2_penalty": float("inf")}, "VideoLevelMixture: l2_penalty must be a number"),
    ],
)
def test_fields_are_checked_by_name(fields, message):
    with pytest.raises(ValueError, match=message):
        VideoLevelMixture(**fields)


def test_configurations_are_imported_without_keras():
    code = "import sys, compactvid.models, compactvid.compression; sys.exit('keras' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
