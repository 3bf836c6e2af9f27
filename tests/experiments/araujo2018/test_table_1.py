"""Table 1's frames: the built model against the printed cells, and against a model that has other shapes."""

from dataclasses import replace
from types import SimpleNamespace

import pandas as pd
import pytest

from compactvid import papers
from compactvid.experiments import circulant_protocol
from compactvid.experiments.araujo2018 import fig_1, table_1
from compactvid.models.architecture import Architecture


def frames(config):
    found = Architecture(config).execute(None, None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fig_1, "load_or_run", lambda config: SimpleNamespace(result=found))
        return fig_1.layers(), fig_1.tensors()


@pytest.fixture(scope="module")
def built():
    return frames(fig_1.BASE)


def statements(*found):
    return table_1.statements(0, *found).set_index("claim")


def test_all_cells_but_the_numbers_of_mixtures_are_the_printed_ones(built):
    rows = table_1.rows(*built).set_index("row")
    assert list(rows.index) == papers.table("araujo2018", "table_1").row_ids
    assert rows["activation_shape"].tolist() == [1] * 8
    assert rows["weight_shape"].dropna().tolist() == [1] * 7
    assert rows["weights"].dropna().tolist() == rows["paper_weights"].dropna().tolist()
    differing = rows[rows["size"].notna() & (rows["size"] != rows["paper_size"])]
    assert differing["size"].to_dict() == {"MoE-Gating": 5, "MoE-Experts": 4}


def test_rows_follow_the_model():
    """Half of the units: neither the shapes nor the weights of what they touch are the printed ones."""
    found = frames(replace(fig_1.BASE, projection_size=4096, num_mixtures=2, num_classes=100))
    rows = table_1.rows(*found).set_index("row")
    assert rows["activation_shape"].tolist() == [1, 1, 0, 0, 1, 1, 1, 0]
    assert rows["weight_shape"].dropna().sum() == 0
    assert rows.loc[["Video-DBoF", "MoE-Gating", "MoE-Experts"], "size"].tolist() == [4096, 3, 2]
    assert rows.loc["Audio-DBoF", "activation"] == "batch × frames × 128"
    counts = table_1.counts(*found, circulant_protocol.examples()).set_index("claim")["value"]
    assert counts[["dbof_clusters_video", "dbof_clusters_audio", "mixtures"]].tolist() == [4096, 2048, 2]


def test_what_is_left_out_and_what_the_text_says(built):
    left_out = table_1.left_out(built[1]).set_index("what")["values"]
    assert left_out.to_dict() == {"batch normalisation": 84_144 - 15_448, "experts' biases": 15_448}
    assert left_out.sum() == 65_795_732 - 65_711_588  # Table 4's DBoF, dense, and the sum of Table 1
    assert statements(*built)["value"].to_dict() == {
        "batch_norm_left_out": 0,
        "halves_double_the_inputs": 1,
        "batch_norm_everywhere": 0,
        "gap_formula": 1,
    }
    layers, tensors = built
    without = tensors.drop(index="mixture/experts_bias")
    assert statements(layers, without).loc["batch_norm_left_out", "value"] == 1
    normalised = pd.concat([tensors, tensors.loc[["probability_gating/gating_bn/gamma"]].set_axis(["mixture/gamma"])])
    assert statements(layers, normalised).loc["batch_norm_everywhere", "value"] == 1
    counts = table_1.counts(*built, circulant_protocol.examples()).set_index("claim")["value"]
    assert counts.tolist() == pytest.approx([512, 8192, 4096, 4, 20, 4_667_568.2, 83.9332], rel=1e-6)
    entries = {entry.id for entry in papers.entries("araujo2018")}
    assert {f"araujo2018.claims.{claim}" for claim in [*counts.index, *statements(*built).index]} <= entries


def test_only_four_mixtures_give_the_weights_of_table_4():
    """By the closed form: a mixture more is a gate and an expert with its bias more, for each class."""
    found = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(table_1, "load_or_run", lambda config: SimpleNamespace(result=config.execute(None, None)))
        found = table_1.readings("smoke", 0).set_index("mixtures")
    a_mixture = 3862 * (2 * 1024 + 1)
    assert found["difference"].to_dict() == {2: -2 * a_mixture, 3: -a_mixture, 4: 0}
    assert found.loc[2, ["gates", "experts"]].tolist() == [3, 2]  # as printed
