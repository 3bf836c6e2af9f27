"""The catalogue of Araujo et al.'s models against the transcribed tables, and the scaled-down models' blocks."""

import math
import re
from dataclasses import replace
from types import SimpleNamespace

import keras
import numpy as np
import pytest

from compactvid import papers
from compactvid.experiments import circulant_grid as grid
from compactvid.experiments.circulant_grid import paper_models, scaled_down
from compactvid.training.predictions import save_predictions

MODELS = paper_models()


def count(name):
    with keras.StatelessScope(initialize_variables=False):
        return MODELS[name].build().count_params()


def printed(cell):
    return int(re.sub(r"\D", "", cell))


@pytest.mark.parametrize(("table", "column"), [("table_2", "weights"), ("table_4", "parameters")])
def test_every_row_has_its_model_with_the_printed_count(table, column):
    rows = papers.table("araujo2018", table).rows
    assert {f"{table}.{row}" for row in rows} <= MODELS.keys()
    for name, row in rows.items():
        assert count(f"{table}.{name}") == printed(row.cells[column])


def test_rows_of_table_3_differ_in_their_fully_connected_layers_alone():
    table = papers.table("araujo2018", "table_3")
    dense = count("table_3.Dense-FC")
    parameters = {name: printed(row.cells["parameters"]) for name, row in table.rows.items()}
    assert {row: count(f"table_3.{row}") - dense + parameters["Dense-FC"] for row in parameters} == parameters


def test_the_cells_that_table_2_leaves_out():
    blocks, gating = (38 + 31) * 512, 3862**2 + 4 * 3862
    assert count("table_2.Compact-MoE-with-gating") == 27_598_996 == count("table_2.Compact-MoE") + gating
    assert count("table_2.Compact-MoE-with-diagonal") == count("table_2.Compact-MoE") + blocks
    assert count("table_2.Compact-MoE-with-diagonal-and-gating") == 27_598_996 + blocks
    assert count("table_2.Dense-MoE-without-gating") == count("table_2.Dense-Model") - gating


def test_the_diversity_model_has_the_printed_counts_where_its_outputs_are_concatenated():
    counts = {name: count(name) for name in MODELS if name.startswith("fig_2")}
    assert counts == {
        "fig_2.dense-concatenated": 728_733_588,
        "fig_2.dense-averaged": 657_549_204,
        "fig_2.compact-concatenated": 159_422_356,
        "fig_2.compact-averaged": 88_237_972,
    }


@pytest.mark.parametrize("name", ["table_2.Compact-DBoF", "table_4.NetFisher-FC-Circulant", "fig_2.compact-averaged"])
def test_scaled_down_it_has_as_many_blocks(name):
    small = scaled_down(MODELS[name], 16, num_classes=60, rgb_size=64, audio_size=8, sample_size=2)
    assert (small.hidden_size, small.sample_size) == (MODELS[name].hidden_size // 16, 2)
    with keras.StatelessScope(initialize_variables=False):
        blocks = [
            {
                layer.name: layer.first_columns.shape[:2]
                for layer in model.build().layers
                if hasattr(layer, "first_columns")
            }
            for model in (MODELS[name], small)
        ]
    assert blocks[0] == blocks[1]
    assert blocks[0]
    projection = blocks[0].get("video_projection")
    assert projection is None or math.prod(projection) == 8


def test_widths_that_cannot_be_divided_are_refused():
    with pytest.raises(ValueError, match="divisor must divide netvlad_cluster_size = 64, not 128"):
        scaled_down(MODELS["table_1"], 128)


def test_trainings_of_a_world_differ_in_model_and_rate_alone():
    names = ("table_2.Dense-Model", "table_4.NetFisher-FC-Circulant", "table_2.Compact-MoE")
    runs = [grid.training(name, "full", 3) for name in names]
    assert len({replace(run, model=None, learning_rate=1.0) for run in runs}) == 1
    assert (runs[0].seed, runs[0].dataset.world.seed, runs[0].dataset.train, runs[0].epochs) == (3, 3, 2048, 8)
    rates = [grid.LEARNING_RATES[name] for name in ("deep_bag_of_frames", "net_fv, circulant", "mixture")]
    assert [run.learning_rate for run in runs] == rates
    assert grid.training(names[0], "full", 3, learning_rate=0.5) == replace(runs[0], learning_rate=0.5)
    assert grid.training(grid.config(names[0]), "full", 3) == runs[0]
    assert [len(grid.draws(profile, 7)) for profile in ("smoke", "small", "full")] == [2, 2, 5]


def test_samples_are_the_same_share_of_a_videos_frames():
    base = grid.config("table_1")
    shares = {k: grid.training(replace(base, sample_size=k), "smoke", 0).model.sample_size for k in (1, 15, 38, 150)}
    assert shares == {1: 1, 15: 2, 38: 5, 150: 20}


def test_every_model_has_a_family_and_several_embeddings_the_smallest_rate(monkeypatch):
    rates = {family: place + 1.0 for place, family in enumerate(grid.LEARNING_RATES)}
    monkeypatch.setattr(grid, "LEARNING_RATES", rates)
    assert {grid.family_rate(model) for model in MODELS.values()} == set(rates.values())
    both = replace(grid.config("table_1"), embeddings=("net_fv", "deep_bag_of_frames"))
    assert grid.family_rate(both) == rates["deep_bag_of_frames"] < rates["net_fv"]


def test_scores_are_those_of_the_chosen_checkpoint(monkeypatch, tmp_path):
    labels, scores = np.array([[True, False]]), np.array([[0.5, 0.25]])
    save_predictions(tmp_path / "best_single.validate.npz", labels, scores)
    result = {"history": [{"validation_gap": 0.1}, {"validation_gap": 0.2}], "best_single": {"test": {"gap": 0.3}}}
    monkeypatch.setattr(grid, "load_or_run", lambda run: SimpleNamespace(result=result, folder=tmp_path))
    run = grid.training("table_1", "smoke", 0)
    assert (grid.gap(run), grid.history(run)) == (0.3, [0.1, 0.2])
    for found, expected in zip(grid.predictions(run, "validate"), (labels, scores), strict=True):
        np.testing.assert_array_equal(found, expected)
