"""Fine-tuning of a convolutional network under few bits, through `FineTuning`."""

from dataclasses import dataclass

import keras
import numpy as np
import pytest

from compactvid.compression import BestCheckpoints, FineTuning, QuantizationAwareTraining
from compactvid.compression.simulated_quantization import simulate_quantization
from compactvid.datasets.simulated import VideoWorld
from compactvid.datasets.simulated_splits import SimulatedVideoLevel
from compactvid.metrics import global_average_precision
from compactvid.training import TrainingRun
from compactvid.training.predictions import read_predictions
from compactvid.training.weights import load_weights

WORLD = VideoWorld(num_classes=12, num_topics=3, rgb_size=16, audio_size=8)


@dataclass(frozen=True)
class Convolutional:
    """Sees a video's 16 features as 4 x 4 pixels."""

    def build(self):
        inputs = {"mean_rgb": keras.Input((16,), name="mean_rgb"), "mean_audio": keras.Input((8,), name="mean_audio")}
        x = keras.layers.Reshape((4, 4, 1))(inputs["mean_rgb"])
        x = keras.layers.Conv2D(8, 3, padding="same", use_bias=False, name="first")(x)
        x = keras.layers.LeakyReLU(negative_slope=0.1)(keras.layers.BatchNormalization(momentum=0.8)(x))
        x = keras.layers.Conv2D(12, 1, name="second")(x)
        x = keras.layers.GlobalMaxPooling2D()(x)
        return keras.Model(inputs, keras.layers.Dense(12, activation="sigmoid", name="last")(x))


DATASET = SimulatedVideoLevel(WORLD, train=160, validate=50, test=50)  # 5 steps an epoch
BASE = BestCheckpoints(TrainingRun(Convolutional(), DATASET, seed=3, epochs=2, batch_size=32, learning_rate=0.02))
METHOD = QuantizationAwareTraining(bits=3, activation_bits=4, momentum=0.5)
TUNING = FineTuning(BASE, epochs=2, learning_rate=0.01, method=METHOD)


def test_fine_tuning_starts_from_float_weights_and_gives_such(tmp_path):
    base, data = tmp_path / "base", tmp_path / "shards"
    base.mkdir()
    BASE.execute(base, data)
    result = TUNING.execute(tmp_path, data, [base])
    before, tuned = Convolutional().build(), Convolutional().build()
    load_weights(before, base / "best_averaged.weights.h5")
    load_weights(tuned, tmp_path / "fine_tuned.weights.h5")
    for name in ("first", "second"):
        moved = tuned.get_layer(name).get_weights()[0] - before.get_layer(name).get_weights()[0]
        assert 0 < np.abs(moved).max() < 0.5, "from the base's weights it trained on"

    seen = METHOD.prepare(Convolutional().build())
    load_weights(seen, tmp_path / "fine_tuned.weights.h5")
    ranges = [seen.get_layer(name).input_quantizer.parameters() for name in ("first", "second")]
    assert all(float(scale) > 0 for scale, _ in ranges), "the file has the ranges too"
    stored = [variable.path for variable in seen.variables]
    assert sum("input_quantizer" in path for path in stored) == 4, "and so have checkpoints"
    labels, scores = read_predictions(tmp_path / "fine_tuned.test.npz")
    assert result["test"]["gap"] == global_average_precision(labels, scores)
    inputs, _ = DATASET.read(DATASET.prepare(data), "test", batch_size=50).batch(0)
    np.testing.assert_allclose(seen(inputs, training=False), scores, atol=1e-4)
    assert np.abs(tuned(inputs, training=False) - scores).max() > 1e-3, "which the float model does not predict"


def test_prepare_is_simulate_quantization(small_yolo, images):
    method = QuantizationAwareTraining("deepeye_floor", 5, activations="deepeye", activation_bits=6, layers=("conv2",))
    found = method.prepare(small_yolo())
    expected = simulate_quantization(
        small_yolo(), scheme="deepeye_floor", bits=5, activations="deepeye", activation_bits=6, layers=["conv2"]
    )
    assert found.get_layer("conv2").get_config() == expected.get_layer("conv2").get_config()
    np.testing.assert_array_equal(found({"image": images}), expected({"image": images}))


def test_bad_arguments_are_refused_by_name(small_yolo):
    with pytest.raises(ValueError, match="bits must be an integer from 2 to 8, not 1"):
        QuantizationAwareTraining(bits=1).prepare(small_yolo())
    with pytest.raises(ValueError, match="layers must be None or names of float convolutions"):
        QuantizationAwareTraining(layers=("conv9",)).prepare(small_yolo())
