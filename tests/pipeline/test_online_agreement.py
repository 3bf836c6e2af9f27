"""What a run counts of the online program, on a few small clips and networks whose weights are drawn."""

import json
from dataclasses import replace

import keras
import numpy as np
import pytest

from compactvid.compression import DetectionFineTuning, QuantizationAwareTraining
from compactvid.compression.action_training import ActionTraining
from compactvid.compression.clip_tensors import ClipTensors
from compactvid.compression.eight_bit_detector import EightBitDetector
from compactvid.datasets.simulated import ClipWorld, SceneWorld
from compactvid.datasets.simulated_splits import SimulatedClips, SimulatedScenes
from compactvid.datasets.stored_clips import StoredClips
from compactvid.models import TensorTrain, TinyYOLOv2, VideoRNN
from compactvid.pipeline import online_agreement
from compactvid.pipeline.online_agreement import OnlineAgreement
from compactvid.training import DetectionTraining, TrainingRun
from compactvid.training.weights import save_weights

OBJECTS = TinyYOLOv2(
    num_classes=6,
    anchors=((1.0, 1.0),),
    input_size=(32, 32),
    filters=(4, 8, 8, 8, 8, 8, 8, 8),
    halvings=3,
    batch_norm_momentum=0.0,
)
SCENES = SimulatedScenes(SceneWorld(seed=5, height=32, width=32, min_size=0.3), train=1, validate=8, test=4)
CLIPS = SimulatedClips(ClipWorld(seed=5, height=32, width=48, min_size=0.3), train=7, validate=7, test=14)
BASE = DetectionTraining(TrainingRun(OBJECTS, SCENES, seed=1, epochs=1, batch_size=1, learning_rate=0.01))
TUNING = DetectionFineTuning(
    BASE, epochs=1, learning_rate=0.01, method=QuantizationAwareTraining("deepeye_floor_scaled", activations="affine")
)
ACTIONS = VideoRNN(
    frame_shape=(4, 4, 11),
    channel_blocks=1,
    num_frames=3,
    units=4,
    input_map=TensorTrain((4, 44), (2, 2), 2),
    num_classes=7,
)
TRAINING = ActionTraining(
    TrainingRun(ACTIONS, CLIPS, seed=1, epochs=1, batch_size=7, learning_rate=0.01),
    ClipTensors(CLIPS, detector=TUNING, num_frames=3),
)
AGREEMENT = OnlineAgreement(TRAINING, EightBitDetector(TUNING, calibration=8, compared=4), clips=7)


@pytest.fixture(scope="module")
def required(tmp_path_factory):
    """The folders of the runs that it starts from, and that of the clips."""
    folder = tmp_path_factory.mktemp("runs")
    keras.utils.set_random_seed(2)
    detector = TUNING.method.prepare(OBJECTS.build())
    scenes = np.stack([scene.image for scene in SCENES.world.scenes("train", 32)]).astype("float32") / 255
    detector({"image": scenes}, training=True)  # sets ranges, means and variances
    save_weights(detector, folder / "fine_tuned.weights.h5")
    save_weights(ACTIONS.build(), folder / "best.weights.h5")
    AGREEMENT.detector.execute(folder, folder / "scenes", [folder])
    kept = TRAINING.tensors.execute(folder, folder / "clips", [folder])
    (folder / "result.json").write_text(json.dumps(kept))
    return [folder] * 3, folder / "clips"


def test_program_and_networks_agree_and_are_counted(required):
    folders, data = required
    assert AGREEMENT.requires == (TRAINING, TRAINING.tensors, AGREEMENT.detector)
    assert AGREEMENT.dataset == CLIPS
    found = AGREEMENT.execute(None, data, folders)
    # One clip of each action; all have 24 to 48 frames, of which every sixth is looked at.
    stored = StoredClips(folders[0] / "test.npz")
    chosen = np.linspace(0, 13, 7).round().astype(int)
    assert sorted(stored.labels[chosen].argmax(axis=1)) == list(range(7))
    lengths = {clip.id: len(clip.frames) for clip in CLIPS.world.clips("test", 14)}
    looks = sum(-(-lengths[name] // 6) for name in stored.ids(chosen))
    assert (found["looks"], found["actions"], found["same_boxes"]) == (looks, looks, looks)
    assert found["boxes"] > looks
    assert found["difference"] < 2e-6
    assert found["shared_weights"] == 0
    assert 0.001 < found["feature_error"] < 0.2
    assert all(7 * share == pytest.approx(round(7 * share)) for share in found["accuracy"].values())


def test_a_program_that_says_something_else_is_found_out(required, monkeypatch):
    folders, data = required

    class Forgetful(online_agreement.OnlineRecogniser):
        def look(self, features):
            self.forget()
            return super().look(features)

    monkeypatch.setattr(online_agreement, "OnlineRecogniser", Forgetful)
    assert replace(AGREEMENT, clips=2).execute(None, data, folders)["difference"] > 1e-3


def test_what_does_not_belong_together_is_refused():
    other = EightBitDetector(replace(TUNING, epochs=2))
    with pytest.raises(ValueError, match="training must be on features of the detector"):
        OnlineAgreement(TRAINING, other, clips=1)
    with pytest.raises(ValueError, match="clips must be at least 1, not 0"):
        replace(AGREEMENT, clips=0)
