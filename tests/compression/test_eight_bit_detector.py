"""The detector's file for the online program: near to what the trained levels compute, as the recurrent network saw."""

import keras
import numpy as np
import pytest

from compactvid.compression import DetectionFineTuning, QuantizationAwareTraining, without_simulated_quantization
from compactvid.compression.clip_tensors import ClipTensors
from compactvid.compression.eight_bit_detector import FILE, EightBitDetector
from compactvid.compression.litert import LiteRTModel, export_litert
from compactvid.compression.litert_operators import litert_operators
from compactvid.compression.stored_kernels import with_stored_kernels
from compactvid.datasets.frame_choice import RandomFrames
from compactvid.datasets.simulated import ClipWorld, SceneWorld
from compactvid.datasets.simulated_splits import SimulatedClips, SimulatedScenes
from compactvid.datasets.stored_clips import StoredClips
from compactvid.models import TinyYOLOv2
from compactvid.ops.quantize import signal_to_noise
from compactvid.pipeline import OnlineDetector
from compactvid.training import DetectionTraining, TrainingRun
from compactvid.training.weights import save_weights

MODEL = TinyYOLOv2(
    num_classes=6,
    anchors=((1.0, 1.0),),
    input_size=(32, 32),
    filters=(4, 8, 8, 16, 16, 32, 64, 64),
    halvings=3,
    batch_norm_momentum=0.0,
)
SCENES = SimulatedScenes(SceneWorld(seed=5, height=32, width=32, min_size=0.3), train=1, validate=32, test=8)
CLIPS = SimulatedClips(ClipWorld(seed=5, height=32, width=48, min_size=0.3), train=7, validate=1, test=1)
BASE = DetectionTraining(TrainingRun(MODEL, SCENES, seed=1, epochs=1, batch_size=1, learning_rate=0.01))
TUNING = DetectionFineTuning(
    BASE, epochs=1, learning_rate=0.01, method=QuantizationAwareTraining("deepeye_floor_scaled", activations="affine")
)


@pytest.fixture(scope="module")
def model():
    """Weights are drawn, not trained; ranges of feature maps, and their means and variances, are those of one batch."""
    keras.utils.set_random_seed(2)
    model, random = TUNING.method.prepare(MODEL.build()), np.random.default_rng(2)
    for weight in model.weights:
        if weight.name in ("gamma", "beta"):
            weight.assign(random.uniform(0.3, 1.3, weight.shape) - 0.8 * (weight.name == "beta"))
    scenes = np.stack([scene.image for scene in SCENES.world.scenes("train", 32)]).astype("float32") / 255
    model({"image": scenes}, training=True)
    return model


@pytest.fixture(scope="module")
def run(model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    save_weights(model, folder / "fine_tuned.weights.h5")
    detector = EightBitDetector(TUNING, calibration=32, compared=8)
    assert (detector.requires, detector.dataset) == ((TUNING,), SCENES)
    return folder, detector.execute(folder, folder / "data", [folder])


def test_stored_kernels_are_the_levels_times_a_scale(model):
    """Eq. 1 with the floor, in NumPy: the weights over their largest magnitude, times 128, downwards."""
    copy = with_stored_kernels(model)
    different = []
    for layer in model.layers:
        if hasattr(layer, "scheme"):
            trained = np.asarray(layer.kernel, "float64")
            xi = np.abs(trained).max() / 127
            stored = np.asarray(copy.get_layer(layer.name).kernel, "float64")
            scale = np.abs(stored[stored != 0]).min()
            levels = stored / scale
            np.testing.assert_allclose(levels, np.rint(levels), atol=1e-3)
            assert np.abs(levels).max() <= 128
            assert scale == pytest.approx(xi, rel=0.02)
            different.append(np.abs(stored - trained).max())
    assert len(different) == 9
    assert min(different) > 0


def test_the_copy_computes_what_training_did_but_for_feature_maps(model):
    images = np.stack([scene.image for scene in SCENES.world.scenes("test", 8)]).astype("float32") / 255
    trained = np.asarray(model({"image": images}, training=False))
    noise = {
        name: float(signal_to_noise(trained, np.asarray(copy(model)({"image": images}, training=False))))
        for name, copy in {"stored": with_stored_kernels, "moved": without_simulated_quantization}.items()
    }
    assert noise["stored"] > 18
    assert noise["stored"] > noise["moved"] + 10


def test_the_file_is_nearer_to_the_trained_network_than_that_of_the_weights_that_training_moves(run, model, tmp_path):
    folder, result = run
    assert result["file_bytes"] == (folder / FILE).stat().st_size
    assert result["values"] == MODEL.build(initialize=False).count_params()
    assert result["operators"] == litert_operators(folder / FILE).to_dict("records")
    images = np.stack([scene.image for scene in SCENES.world.scenes("test", 8)]).astype("float32") / 255
    trained = np.asarray(model({"image": images}, training=False))
    found = float(signal_to_noise(trained, LiteRTModel(folder / FILE)({"image": images})))
    assert found > 18
    # Scenes are read from files, whose codec loses a little.
    assert result["signal_to_noise"] == pytest.approx(found, abs=1)
    scenes = np.stack([scene.image for scene in SCENES.world.scenes("validate", 32)]).astype("float32") / 255
    moved = without_simulated_quantization(model)
    export_litert(moved, tmp_path / "moved.tflite", precision="int8", representative=[{"image": scenes}])
    other = float(signal_to_noise(trained, LiteRTModel(tmp_path / "moved.tflite")({"image": images})))
    assert found > other + 10


def test_online_features_are_those_of_the_recurrent_networks_training_within_0_15(run, tmp_path):
    """Root mean square, in deviations of the features: what other levels of kernels and feature maps make."""
    folder, _ = run
    tensors = ClipTensors(CLIPS, detector=TUNING, num_frames=4, frame_seed=3)
    kept = tensors.execute(tmp_path, tmp_path / "data", [folder])
    seen = StoredClips(tmp_path / "train.npz").frames
    files = CLIPS.prepare(tmp_path / "data")
    (batch,) = CLIPS.read(
        files, "train", size=(32, 32), num_frames=4, frame_choice=RandomFrames(3, replace=False), batch_size=7
    )
    detector = OnlineDetector(folder / FILE, MODEL, SCENES.class_names)
    online = np.array([[detector.features(frame) for frame in clip] for clip in batch[0]["frames"]])
    scaled = (online - kept["mean"]) / kept["deviation"]
    assert seen.shape == scaled.shape == (7, 4, 4, 4, 11)
    assert seen.std() == pytest.approx(1, abs=1e-3)
    error = np.sqrt(np.mean((scaled - seen) ** 2))
    assert error < 0.15
    # Not because all frames have the same features.
    assert np.sqrt(np.mean((scaled[:, ::-1] - seen) ** 2)) > 3 * error
