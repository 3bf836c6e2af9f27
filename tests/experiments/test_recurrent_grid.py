"""The grid of action classifiers: what a profile trains, on what, and that comparisons are of like with like."""

import math
from dataclasses import replace

import pytest

from compactvid.experiments import detection_grid
from compactvid.experiments import recurrent_grid as grid
from compactvid.models import TensorTrain


@pytest.mark.parametrize("name", [*grid.CELLS, *grid.FEW_WEIGHTS])
def test_networks_differ_in_what_their_names_say(name):
    """Frames or features, the map, and dropout; everything else is the same in all."""
    model = (grid.CELLS | grid.FEW_WEIGHTS)[name]
    base = grid.ON_FRAMES if "frames" in name else grid.ON_FEATURES
    dropout = 0.0 if name == "RNN on frames" else 0.25
    assert (model.dropout, model.recurrent_dropout) == (dropout, dropout)
    assert isinstance(model.input_map, TensorTrain) == name.startswith("T-RNN")
    assert replace(model, input_map=base.input_map, dropout=0.25, recurrent_dropout=0.25) == base


def test_modes_split_frames_and_features():
    assert math.prod(grid.FRAME_MODES) == 24 * 32 * 3 == math.prod(grid.ON_FRAMES.frame_shape)
    assert math.prod(grid.FEATURE_MODES) == 6 * 6 * 55 == math.prod(grid.ON_FEATURES.frame_shape)
    assert math.prod(grid.HIDDEN_MODES) == grid.UNITS


def test_a_clip_is_as_the_detector_takes_it():
    """A detector of 96 x 96 pixels sees the clip's full height; an object's path fits beside its margins."""
    world = grid.dataset("small", 4).world
    assert (world.height, world.width, world.seed) == (96, 128, 4)
    assert detection_grid.MODEL.input_size[0] == world.height
    assert (world.displacement, world.growth) == (0.5, 2.25)


@pytest.mark.parametrize("profile", grid.SIMULATED)
def test_all_networks_of_a_world_see_the_same_clips(profile):
    runs = [grid.training(name, profile, 3) for name in (*grid.CELLS, *grid.FEW_WEIGHTS)]
    assert len({run.tensors.dataset for run in runs}) == 1
    assert {run.tensors.frame_seed for run in runs} == {3}
    assert len({run.tensors for run in runs}) == 2
    scale = grid.SCALES[profile]
    assert {(run.training.epochs, run.training.batch_size) for run in runs} == {(scale.epochs, 16)}
    assert 1000 not in grid.worlds("full", 0)


def test_options_reach_the_runs():
    usual = grid.training("T-RNN on features", "full", 0)
    other = grid.training("T-RNN on features", "full", 0, detector="float")
    assert usual.tensors.detector == detection_grid.tuned("full", 0, "Q-YOLO")
    assert other.tensors.detector == detection_grid.tuned("full", 0, "float")
    assert grid.training("T-RNN on features", "full", 0, rank=8).training.model.input_map.ranks == 8
    assert grid.training("T-RNN on features", "full", 0, shuffled=True).shuffled
    assert grid.training("RNN on frames", "full", 0, learning_rate=0.5).training.learning_rate == 0.5
    assert grid.training("RNN on frames", "full", 0).training.learning_rate == grid.LEARNING_RATES["RNN on frames"]
