"""Table 4's page: counts from made-up tensors, and paired losses from made-up scores."""

import numpy as np
import pytest

from compactvid import papers
from compactvid.experiments import circulant_grid as grid
from compactvid.experiments.araujo2018 import table_4

WIDTHS = {"DBoF": (100, 50), "NetVLAD": (800, 200), "NetFisher": (1600, 400)}
LOST = {"DBoF": 0.001, "NetVLAD": 0.012, "NetFisher": 0.02}
NOISE = np.array([0.001, -0.002, 0.0, 0.003, 0.002])


def made_up_tensors(name):
    """A model with hidden layers of 512 units, and no more than three small tensors besides."""
    _, _, row = name.partition(".")
    embedding, _, kind = row.partition("-FC-")
    shapes = {"video_net_vlad/cluster_centres": (2, 3), "audio_net_vlad/cluster_centres": (2, 2)}
    shapes |= {"video_net_fv/cluster_centres": (2, 5), "audio_net_fv/cluster_centres": (2, 5)}
    for part, width in zip(("video", "audio"), WIDTHS.get(embedding, (1, 1)), strict=True):
        layer = f"{part}_{embedding}_hidden"
        if kind == "Circulant":
            shapes |= {f"{layer}/first_columns": (1, 1, width), f"{layer}/diagonals": (1, 1, width)}
        else:
            shapes |= {f"{layer}/kernel": (width, 512)}
    return shapes


@pytest.fixture
def counts(monkeypatch):
    monkeypatch.setattr(table_4, "tensors", made_up_tensors)
    monkeypatch.setattr(
        table_4, "weights", lambda name: sum(int(np.prod(shape)) for shape in made_up_tensors(name).values())
    )


def made_up_gap(training):
    (embedding,) = training.model.embeddings
    name = {embedding: name for name, embedding in grid.EMBEDDINGS.items()}[embedding]
    layer, world = training.model.fully_connected, training.seed
    gap = 0.6 + 0.01 * world
    if layer is None:
        return gap
    start = {"normal": 0, "ones": 0.1}[layer.diagonal_initializer]
    return gap - LOST[name] - start - (NOISE[world] if name == "NetVLAD" else 0)


@pytest.fixture
def scores(monkeypatch):
    monkeypatch.setattr(grid, "gap", made_up_gap)


def test_sizes_of_layers_and_what_reaches_no_output(counts):
    sizes = table_4.sizes().set_index("row")
    assert sizes.index.tolist() == papers.table("araujo2018", "table_4").row_ids
    row = sizes.loc["NetFisher-FC-Circulant"]
    others = 6 + 4 + 10 + 10
    assert row["parameters"] == 2 * 2000 + others
    assert row["outputs"] == 2000
    assert row["idle"] == 1600 - 512
    assert row["compression_rate"] == pytest.approx(100 * (2000 * 510) / (2000 * 512 + others))
    assert row["paper_compression_rate"] == 58.1
    assert sizes["compression_rate"].isna().tolist() == [True, False] * 3
    assert sizes.loc["DBoF-FC-Circulant", "idle"] == 0
    assert sizes.loc["NetVLAD-FC-Dense", ["layer", "idle"]].tolist() == [512_000, 0]
    layers = table_4.layers(sizes.reset_index()).set_index("row")
    assert layers.loc["NetVLAD-FC-Circulant"].tolist() == [1000, 512_000, 2000, 800 - 512]


def test_statements_follow_from_the_counts(counts, monkeypatch):
    sizes = table_4.sizes()
    assert table_4.statements(sizes).set_index("claim")["value"].to_dict() == {
        "wider_outputs_compress_more": 1,
        "wider_outputs_larger_matrix": 1,
        "rate_follows_width": 1,
        "size_limit": 1,
    }
    ledger = {entry.id: entry.about.kind for entry in papers.entries("araujo2018")}
    assert {ledger[f"araujo2018.claims.{claim}"] for claim in table_4.statements(sizes)["claim"]} == {"statement"}
    monkeypatch.setattr(table_4, "weights", lambda name: 2**28 + (name == "fig_2.compact-concatenated"))
    assert table_4.statements(sizes).set_index("claim")["value"]["size_limit"] == 0
    sizes.loc[3, "compression_rate"] = sizes["compression_rate"].min() / 2  # NetVLAD saves least
    found = table_4.statements(sizes).set_index("claim")["value"]
    assert found[["wider_outputs_compress_more", "rate_follows_width"]].tolist() == [0, 0]


def test_printed_counts_are_read_off_the_layers(counts):
    found = table_4.counts().set_index("claim")["value"]
    assert found.to_dict() == {
        "netvlad_clusters_video": 3,
        "netvlad_clusters_audio": 2,
        "netfv_clusters_video": 5,
        "netfv_clusters_audio": 5,
        "dbof_weights": (150 * 2 + 30) / 1e6,
    }


def test_losses_are_paired_within_their_world(scores):
    found = table_4.differences("full", 0).pivot(index="world", columns="key", values="difference")
    assert found["netvlad_costs_accuracy"].tolist() == pytest.approx(0.012 + NOISE)
    assert found["netfv_costs_accuracy"].tolist() == pytest.approx([0.02] * 5)
    assert found["dbof_loses_nothing"].tolist() == pytest.approx([-0.001] * 5)
    assert found["netvlad_costs_more"].tolist() == pytest.approx(0.011 + NOISE)
    assert found["netfv_costs_more"].tolist() == pytest.approx([0.019] * 5)
    ledger = {entry.id: entry.about.kind for entry in papers.entries("araujo2018")}
    assert [ledger[f"araujo2018.claims.{key}"] for key in table_4.CLAIMS] == ["direction", "direction", "equivalence"]


def test_scores_stand_beside_the_printed_ones(scores):
    found = table_4.scores("full", 0).set_index("row")
    row = found.loc["NetVLAD-FC-Circulant"]
    assert row["lost"] == pytest.approx(0.012 + NOISE.mean())
    assert row["lost_spread"] == pytest.approx(2.7764451 * NOISE.std(ddof=1) / np.sqrt(5))
    assert row["paper_lost"] == pytest.approx(0.013)
    assert row["gap"] == pytest.approx(0.62 - 0.012 - NOISE.mean())
    assert found["lost"].isna().tolist() == [True, False] * 3
    ones = table_4.claims("full", 0, "ones").groupby("key", sort=False)["difference"].mean()
    assert ones.to_dict() == pytest.approx(
        {
            "netvlad_costs_accuracy": 0.112 + NOISE[:2].mean(),
            "netfv_costs_accuracy": 0.12,
            "dbof_loses_nothing": -0.101,
        }
    )


def test_curves_have_the_ledgers_keys(monkeypatch):
    monkeypatch.setattr(grid, "history", lambda training: [0.1 * epoch + 0.01 * training.seed for epoch in range(1, 9)])
    curves = table_4.curves("full", 0)
    ids = {entry.id for entry in papers.entries("araujo2018")}
    assert {f"araujo2018.fig_6.{key}.epoch_10" for key in curves["key"]} == {
        name for name in ids if name.startswith("araujo2018.fig_6.")
    }
    assert curves.groupby(["panel", "model"], sort=False).ngroups == 6
    assert curves.query("epoch == 8")["gap"].tolist() == pytest.approx([0.82] * 6)


def test_every_model_is_trained_once_on_every_world():
    groups = table_4.runs("full", 0)
    trainings = [run for run in [*groups["dense"], *groups["circulant"]] if hasattr(run, "epochs")]
    assert len(trainings) == len(set(trainings)) == 6 * 5
    assert [run.seed for run in trainings[:5]] == [0, 1, 2, 3, 4]  # a model's worlds follow each other
