"""The profile `real` of Araujo et al.'s grid: proportions against the paper's models, rates against their table."""

import re
from dataclasses import replace

import keras
import numpy as np
import pytest
from scipy import stats

from compactvid.experiments import circulant_audio, experiment, pooling_range, stems
from compactvid.experiments import circulant_grid as grid
from compactvid.training import TrainingRun

STEMS = [stem for stem in stems() if "real" in experiment(stem).PROFILES and stem.startswith("araujo2018")]
HEADING, *TABLE = re.findall(r"^\| (\w[\w ,]+) \| [\w.+ -]+ \|(.*)\|$", circulant_audio.__doc__, re.M)
"""The table of learning rates in the docstring: of each row its first cell, and those behind the second."""


def layers(model, modality):
    """Of each layer of a branch, its name without the modality: the blocks of its circulant matrices, or its kernel."""
    with keras.StatelessScope(initialize_variables=False):
        return {
            layer.name.removeprefix(f"{modality}_"): layer.first_columns.shape[:2]
            if hasattr(layer, "first_columns")
            else layer.kernel.shape
            for layer in model.build().layers
            if layer.name.startswith(modality) and (hasattr(layer, "first_columns") or hasattr(layer, "kernel"))
        }


@pytest.mark.parametrize("name", ["table_2.Compact-DBoF", "table_4.NetFisher-FC-Circulant", "table_3.6", "table_1"])
def test_audio_alone_is_the_video_branch_with_every_width_divided_by_8(name):
    paper, ours = layers(grid.config(name), "video"), layers(grid.training(name, "real", 0).model, "audio")
    assert paper
    assert ours.keys() == paper.keys()
    for layer, shape in paper.items():
        blocks = "Circulant" in name or "Compact" in name or name == "table_3.6"
        kept = blocks and max(shape) < 64  # blocks, which stay as many
        assert tuple(ours[layer]) == (tuple(shape) if kept else tuple(width // 8 for width in shape)), layer


def test_models_with_and_without_audio_are_one_there():
    runs = {grid.training(f"table_{row}", "real", 2) for row in ("1", "2.Dense-Model", "3.Dense-FC", "4.DBoF-FC-Dense")}
    assert len(runs) == 1
    (run,) = runs
    assert (run.model.rgb_size, run.model.audio_size, run.model.num_classes, run.seed) == (None, 128, 527, 2)
    assert repr(run.dataset) == "AudioSetSplits(train=800, validate=200, test=800, seed=2)"
    assert run.learning_rate == circulant_audio.LEARNING_RATES["deep_bag_of_frames"]
    assert grid.data("real", 0) == "AudioSet audio, 5 draws of splits"


def test_samples_are_the_papers_share_of_ten_frames_and_four_lie_in_its_place():
    base = grid.config("table_1")
    assert grid.training(base, "real", 0).model.sample_size == 1
    assert grid.training(replace(base, sample_size=60), "real", 0).model.sample_size == 4
    places = {}
    for frames in (150, 10):
        values = stats.norm.ppf((np.arange(frames) + 0.5) / frames)
        sizes = [15] if frames == 150 else range(1, 11)
        places[frames] = [pooling_range.expected_maximum(values, size) / values.max() for size in sizes]
    assert int(np.argmin(np.abs(np.subtract(places[10], places[150])))) + 1 == 4


def test_every_rate_is_the_best_of_its_row_and_better_than_its_neighbours():
    """Of the rates in the table's heading; a family's own is not at an end of those that were tried."""
    assert {name for name, _ in TABLE} == set(circulant_audio.LEARNING_RATES)
    families = {grid.family(model, model.embeddings[0]) for model in grid.paper_models().values()}
    assert families == grid.LEARNING_RATES.keys() == circulant_audio.LEARNING_RATES.keys() - {
        "maximum", "average", "several embeddings",
    }  # fmt: skip
    rates = [float(cell) for cell in HEADING[1].split("|")]
    for name, cells in TABLE:
        tried = [(rate, float(cell)) for rate, cell in zip(rates, cells.split("|"), strict=True) if cell.strip()]
        best = max(range(len(tried)), key=lambda place: tried[place][1])
        assert 0 < best < len(tried) - 1, name
        assert tried[best][0] == circulant_audio.LEARNING_RATES[name], name


def test_what_is_trained_is_what_was_planned():
    """All on audio alone; 22 models in five draws, and two draws of what is varied: start, rate (epochs alike)."""
    found = {
        config
        for stem in STEMS
        for group in experiment(stem).runs("real", 0).values()
        for config in group
        if isinstance(config, TrainingRun)
    }
    assert {run.model.rgb_size for run in found} == {None}
    draws = {}
    for run in found:
        draws.setdefault((run.model, run.learning_rate), set()).add(run.seed)
    sizes = sorted(map(len, draws.values()))
    assert (sizes.count(2), sizes.count(5)) == (len(sizes) - 22, 22)
    assert len(STEMS) == 7
