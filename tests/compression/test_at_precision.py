"""What is rounded in place predicts what the models predict that really store it in fewer bits."""

import keras
import numpy as np
import pytest

from compactvid.compression import BestCheckpoints, cast_float16, quantize_int8
from compactvid.compression.at_precision import AtPrecision, round_weights
from compactvid.datasets.simulated import VideoWorld
from compactvid.datasets.simulated_splits import SimulatedFrameLevel
from compactvid.metrics import global_average_precision
from compactvid.models import FrameLevelClassifier, GatedNetVLAD
from compactvid.models.gated_netvlad import BIG_FOUR
from compactvid.training import TrainingRun
from compactvid.training.predictions import read_predictions
from compactvid.training.weights import load_weights

SIZES = {"num_classes": 9, "num_mixtures": 2, "rgb_size": 8, "audio_size": 4}
MODEL = GatedNetVLAD(cluster_size=4, hidden_size=6, batch_norm_momentum=0.9, **SIZES)


def test_rounds_to_what_the_stored_models_hold():
    keras.utils.set_random_seed(1)
    for precision, stored in (("float16", cast_float16), ("int8", quantize_int8)):
        model = MODEL.build()
        small = stored(model)
        round_weights(model, precision)
        random = np.random.default_rng(2)
        inputs = {
            "rgb": random.normal(size=(5, 6, 8)).astype("float32"),
            "audio": random.normal(size=(5, 6, 4)).astype("float32"),
            "num_frames": np.array([6, 5, 3, 1, 0], "int32"),
        }
        # The same values, multiplied by another program: float32's rounding.
        expected = keras.ops.convert_to_numpy(small(inputs, training=False))
        np.testing.assert_allclose(keras.ops.convert_to_numpy(model(inputs, training=False)), expected, atol=1e-6)


@pytest.mark.parametrize("pooling", ["lstm", "deep_bag_of_frames", "net_fv"])
def test_eight_bits_reach_every_matrix_and_no_vector(pooling):
    model = FrameLevelClassifier(pooling, 16, 6, **SIZES).build()
    before = {weight.path: keras.ops.convert_to_numpy(weight.value) for weight in model.weights}
    round_weights(model, "int8")
    for weight in model.weights:
        old, new = before[weight.path], keras.ops.convert_to_numpy(weight.value)
        if old.ndim < 2:
            np.testing.assert_array_equal(new, old)
        else:
            step = (max(old.max(), 0) - min(old.min(), 0)) / 255
            assert (new != old).any(), weight.path
            assert np.abs(new - old).max() <= step * 0.5001
            assert len(np.unique(new)) <= 256


def test_float16_leaves_all_but_four_tensors():
    model = MODEL.build()
    before = {weight.path: keras.ops.convert_to_numpy(weight.value) for weight in model.weights}
    round_weights(model, "float16")
    changed = {w.path for w in model.weights if (keras.ops.convert_to_numpy(w.value) != before[w.path]).any()}
    assert changed == set(BIG_FOUR)


def test_the_run_predicts_with_the_rounded_weights(tmp_path):
    world = VideoWorld(num_classes=9, num_topics=3, rgb_size=8, audio_size=4)
    dataset = SimulatedFrameLevel(world, train=96, validate=40, test=50)
    base = BestCheckpoints(TrainingRun(MODEL, dataset, seed=1, epochs=2, batch_size=32, learning_rate=0.02))
    folder, data = tmp_path / "base", tmp_path / "data"
    folder.mkdir()
    full = base.execute(folder, data)
    result = AtPrecision(base, "int8").execute(tmp_path, data, [folder])
    model = MODEL.build()
    load_weights(model, folder / "best_averaged.weights.h5")
    small = quantize_int8(model)
    for split, count in (("validate", 40), ("test", 50)):
        labels, scores = read_predictions(tmp_path / f"best_averaged.{split}.npz")
        inputs, truth = dataset.read(dataset.prepare(data), split, batch_size=count).batch(0)
        np.testing.assert_array_equal(labels, truth.astype(bool))
        np.testing.assert_allclose(scores, small.predict_on_batch(inputs), atol=1e-6)
        assert result[split] == global_average_precision(labels, scores)
    assert result["test"] != full["best_averaged"]["test"]["gap"]


def test_another_precision_is_refused():
    with pytest.raises(ValueError, match="precision must be one of float16, int8, not 'int4'"):
        AtPrecision(None, "int4")
