"""Simulated data sets as runs use them: prepared once, read back batch by batch, named by what they draw."""

import dataclasses

import numpy as np
import pytest

from compactvid.datasets.simulated import ClipWorld, SceneWorld, VideoWorld
from compactvid.datasets.simulated_splits import (
    SimulatedClips,
    SimulatedFrameLevel,
    SimulatedScenes,
    SimulatedVideoLevel,
)
from compactvid.runs.code_digest import code_digest
from compactvid.runs.config import canonical, modules

SCENES = SimulatedScenes(SceneWorld(seed=6, height=48, width=64, min_size=0.25), train=6, validate=3, test=2)
CLIPS = SimulatedClips(ClipWorld(seed=6, height=48, width=64, min_frames=6, max_frames=9), train=15, validate=7, test=2)
VIDEOS = SimulatedFrameLevel(VideoWorld(seed=6), train=5, validate=3, test=2)
DATASETS = [SCENES, CLIPS, VIDEOS, SimulatedVideoLevel(VideoWorld(seed=6), train=5, validate=3, test=2)]


@pytest.mark.parametrize("dataset", DATASETS, ids=lambda dataset: type(dataset).__name__)
def test_prepared_splits_are_read_back_whole(dataset, tmp_path):
    files = dataset.prepare(tmp_path / "data")
    assert dataset.prepare(tmp_path / "data") == files
    for split in ("train", "validate", "test"):
        assert all(path.is_file() for path in files[split])
        assert dataset.read(files, split, batch_size=4).num_examples == dataset.counts[split] == getattr(dataset, split)
    assert dataset.fingerprint() is None


@pytest.mark.parametrize("dataset", DATASETS, ids=lambda dataset: type(dataset).__name__)
def test_every_field_names_another_run(dataset):
    changed = [
        dataclasses.replace(dataset, train=dataset.train + 1),
        dataclasses.replace(dataset, world=dataclasses.replace(dataset.world, seed=7)),
    ]
    assert len({canonical(dataset), *map(canonical, changed)}) == 3


def test_editing_scenes_makes_no_run_on_videos_stale():
    of_videos, of_scenes = (code_digest(modules(dataset)) for dataset in (VIDEOS, SCENES))
    assert "compactvid.datasets.simulated.video_world" in of_videos
    assert not {name for name in of_videos if "scene" in name or "clip" in name or "voc" in name}
    assert {"compactvid.datasets.simulated.scene_world", "compactvid.datasets.voc"} <= set(of_scenes)
    assert not {name for name in of_scenes if "video_world" in name or "clip" in name}


def test_scenes_come_with_their_objects(tmp_path):
    files = SCENES.prepare(tmp_path / "data")
    drawn = list(SCENES.world.scenes("validate", 3))
    inputs, objects = SCENES.read(files, "validate", batch_size=3).batch(0)
    assert inputs["image"].shape == (3, 48, 64, 3)
    assert inputs["image"].dtype == np.uint8
    assert objects.shape == (3, 4, 6)
    for image, rows, scene in zip(inputs["image"], objects, drawn, strict=True):
        assert np.abs(image.astype(int) - scene.image).mean() < 4
        count = len(scene.classes)
        np.testing.assert_array_equal(rows[:count], np.column_stack([scene.classes, scene.boxes, scene.difficult]))
        assert (rows[count:] == -1).all()

    resized, _ = SCENES.read(files, "train", size=(96, 96), batch_size=2).batch(0)
    assert resized["image"].shape == (2, 96, 96, 3)
    truth = SCENES.ground_truth(files, "validate")
    assert truth["image"].unique().tolist() == [scene.id for scene in drawn]
    assert truth["label"].tolist() == [SCENES.world.class_names[label] for s in drawn for label in s.classes]
    annotations = SCENES.read_annotations(files, "validate")
    assert [found.image for found in annotations] == [scene.id for scene in drawn]
    assert [len(found.objects) for found in annotations] == [len(scene.classes) for scene in drawn]


def test_clips_come_with_their_class_in_the_world_s_order(tmp_path):
    files = CLIPS.prepare(tmp_path / "data")
    batches = CLIPS.read(files, "train", batch_size=15, num_frames=4)
    inputs, labels = batches.batch(0)
    assert inputs["frames"].shape == (15, 4, 48, 64, 3)
    drawn = {clip.id: clip for clip in CLIPS.world.clips("train", 15)}
    for name, frames, label in zip(batches.ids(0), inputs["frames"], labels, strict=True):
        clip = drawn.pop(name)
        assert label.tolist() == [int(action == clip.action) for action in CLIPS.world.class_names]
        distances = np.abs(frames[:, np.newaxis].astype(int) - clip.frames).mean(axis=(2, 3, 4))
        nearest = distances.argmin(axis=1)
        assert (np.diff(nearest) > 0).all()  # frames of this clip, in order
        assert distances.min(axis=1).max() < 7
    assert not drawn
    assert CLIPS.read(files, "test", size=(24, 32), seed=1).batch(0)[0]["frames"].shape == (2, 6, 24, 32, 3)
    # Classes keep their places in a split that does not show them all.
    _, labels = CLIPS.read(files, "test").batch(0)
    assert labels.shape == (2, 7)
    assert sorted(labels.argmax(axis=1)) == [0, 1]
