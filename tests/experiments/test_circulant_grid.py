"""The catalogue of Araujo et al.'s models against the transcribed tables, and the scaled-down models' blocks."""

import math
import re

import keras
import pytest

from compactvid import papers
from compactvid.experiments.circulant_grid import paper_models, scaled_down

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
