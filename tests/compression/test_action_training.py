"""Clips as a run keeps them, and a classifier trained on them, against what is read and predicted directly."""

import numpy as np
import pytest

from compactvid.compression import DetectionFineTuning, QuantizationAwareTraining
from compactvid.compression.action_training import ActionTraining
from compactvid.compression.clip_tensors import ClipTensors
from compactvid.datasets.frame_choice import RandomFrames
from compactvid.datasets.simulated import ClipWorld, SceneWorld
from compactvid.datasets.simulated_splits import SimulatedClips, SimulatedScenes
from compactvid.models import TensorTrain, TinyYOLOv2, VideoRNN
from compactvid.training import DetectionTraining, TrainingRun
from compactvid.training.weights import load_weights, save_weights

WORLD = ClipWorld(height=32, width=32, min_frames=6, max_frames=9, min_size=0.3, max_size=0.6)
CLIPS = SimulatedClips(WORLD, train=14, validate=7, test=7)
DETECTOR = TinyYOLOv2(num_classes=6, anchors=((1.5, 1.5),), input_size=(32, 32), filters=(4,) * 8, halvings=3)
SCENES = SimulatedScenes(SceneWorld(height=32, width=32, min_size=0.3), train=16, validate=16, test=16)
DETECTION = DetectionTraining(TrainingRun(DETECTOR, SCENES, seed=1, epochs=1, batch_size=16, learning_rate=0.01))
RNN = VideoRNN(
    frame_shape=(8, 8, 3),
    channel_blocks=1,
    pixels=True,
    num_frames=4,
    units=4,
    input_map=TensorTrain((8, 24), (2, 2), 2),
    num_classes=len(WORLD.class_names),
)
PIXELS = ClipTensors(CLIPS, size=(8, 8), num_frames=4, frame_seed=5)


def stored(folder, split="train"):
    with np.load(folder / f"{split}.npz") as file:
        return file["frames"], file["labels"], file["ids"].tolist()


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    return tmp_path_factory.mktemp("clips")


@pytest.fixture(scope="module")
def pixels(tmp_path_factory, clips):
    """The folder of the run `PIXELS`, and what it returned."""
    folder = tmp_path_factory.mktemp("pixels")
    return folder, PIXELS.execute(folder, clips, [])


def test_pixels_are_six_random_frames_in_ascending_order(pixels, clips):
    folder, result = pixels
    assert result == {
        "clips": {"train": 14, "validate": 7, "test": 7},
        "shape": [8, 8, 3],
        "mean": 0.0,
        "deviation": 1.0,
    }
    choice = RandomFrames(5, replace=False)
    expected = CLIPS.read(
        CLIPS.prepare(clips), "test", size=(8, 8), num_frames=4, frame_choice=choice, batch_size=7
    ).batch(0)
    frames, labels, ids = stored(folder, "test")
    np.testing.assert_array_equal(frames, expected[0]["frames"])
    np.testing.assert_array_equal(labels, expected[1])
    assert frames.dtype == np.uint8
    assert len(ids) == len(set(ids)) == 7
    places = choice(9, 4, 0, 0)
    assert (np.diff(places) > 0).all()


@pytest.mark.parametrize("method", [None, QuantizationAwareTraining(bits=3, activations=None)])
def test_features_are_the_last_convolution_of_the_network_at_work(method, clips, tmp_path):
    model = DETECTOR.build()
    save_weights(model, tmp_path / "fine_tuned.weights.h5")
    base = DetectionFineTuning(DETECTION, epochs=1, learning_rate=0.01, method=method)
    run = ClipTensors(CLIPS, detector=base, num_frames=4, frame_seed=5)
    assert run.requires == (base,)
    result = run.execute(tmp_path, clips, [tmp_path])
    network = model if method is None else method.prepare(model)
    choice = RandomFrames(5, replace=False)
    files = CLIPS.prepare(clips)
    direct = {}
    for split in ("train", "test"):
        batches = CLIPS.read(files, split, size=(32, 32), num_frames=4, frame_choice=choice, batch_size=14)
        frames = batches.batch(0)[0]["frames"].reshape(-1, 32, 32, 3)
        outputs = np.asarray(network({"image": frames.astype("float32") / 255}, training=False))
        direct[split] = outputs.reshape(-1, 4, 4, 4, 11)
    assert result["mean"] == pytest.approx(direct["train"].mean(), abs=1e-5)
    assert result["deviation"] == pytest.approx(direct["train"].std(), rel=1e-5)
    for split, values in direct.items():
        kept = stored(tmp_path, split)[0]
        np.testing.assert_allclose(kept, (values - result["mean"]) / result["deviation"], atol=1e-4)
    assert result["shape"] == [4, 4, 11]


def training(**options):
    return ActionTraining(
        TrainingRun(RNN, CLIPS, seed=2, epochs=3, batch_size=7, learning_rate=0.01), PIXELS, **options
    )


@pytest.fixture(scope="module")
def trained(tmp_path_factory, pixels, clips):
    folder = tmp_path_factory.mktemp("trained")
    return folder, training().execute(folder, clips, [pixels[0]])


def scores(folder, frames):
    model = RNN.build()
    load_weights(model, folder / "best.weights.h5")
    return model.predict_on_batch({"frames": frames.astype("float32")})


def test_best_checkpoint_is_validations_and_its_accuracy_the_test_splits(trained, pixels):
    folder, result = trained
    assert [line["epoch"] for line in result["history"]] == [1, 2, 3]
    validation = [line["validation_accuracy"] for line in result["history"]]
    best = validation.index(max(validation))
    assert result["epoch"] == best + 1
    for split, expected in (("validate", validation[best]), ("test", result["history"][best]["test_accuracy"])):
        frames, labels, _ = stored(pixels[0], split)
        right = scores(folder, frames).argmax(axis=1) == labels.argmax(axis=1)
        assert expected == right.mean()
    assert result["accuracy"] == result["history"][best]["test_accuracy"]
    # 8 values of 8 x 2 outputs with rank 2, and of 24 x 2.
    assert result["weights"] == {"input_map": 8 * 8 * 2 + 2 * 24 * 2, "all": 224 + 4 * 16 + 16 + 5 * 7}


def test_loss_is_the_cross_entropy_of_the_actions(pixels, clips, tmp_path):
    """Without dropout, one step an epoch and hardly any learning: the first loss is that of the initial weights."""
    import dataclasses

    model = dataclasses.replace(RNN, dropout=0.0, recurrent_dropout=0.0)
    run = TrainingRun(model, CLIPS, seed=2, epochs=1, batch_size=14, learning_rate=1e-12)
    result = ActionTraining(run, PIXELS).execute(tmp_path, clips, [pixels[0]])
    frames, labels, _ = stored(pixels[0])
    probabilities = scores(tmp_path, frames)
    assert result["history"][0]["loss"] == pytest.approx(-np.log((probabilities * labels).sum(axis=1)).mean(), rel=1e-4)


def test_shuffled_frames_train_another_network(trained, pixels, clips, tmp_path):
    shuffled = training(shuffled=True).execute(tmp_path, clips, [pixels[0]])
    assert shuffled["history"][0]["loss"] != trained[1]["history"][0]["loss"]


def test_bad_configurations_are_named():
    with pytest.raises(ValueError, match="ClipTensors: expected either size or detector"):
        ClipTensors(CLIPS)
    other = SimulatedClips(WORLD, train=7, validate=7, test=7)
    with pytest.raises(ValueError, match="training and tensors must have the same dataset"):
        ActionTraining(TrainingRun(RNN, other, seed=2, epochs=3, batch_size=7, learning_rate=0.01), PIXELS)
