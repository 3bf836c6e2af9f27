"""Figure 1's frames: at the paper's size against the printed numbers, and on a model that follows the text."""

from types import SimpleNamespace

import pandas as pd
import pytest

from compactvid import papers
from compactvid.experiments.liu2018 import fig_1
from compactvid.models import GatedNetVLAD
from compactvid.models.architecture import Architecture

Frames = tuple[pd.DataFrame, pd.DataFrame]


def frames(config: GatedNetVLAD) -> Frames:
    found = Architecture(config).execute(None, None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fig_1, "load_or_run", lambda config: SimpleNamespace(result=found))
        return fig_1.layers(), fig_1.tensors()


@pytest.fixture(scope="module")
def built() -> Frames:
    return frames(fig_1.PROFILES["small"].model)


@pytest.fixture(scope="module")
def as_printed() -> Frames:
    """A small model that follows the text where a field lets it."""
    return frames(GatedNetVLAD(4, 6, num_classes=7, rgb_size=5, audio_size=3, audio_cluster_size=4, activation="relu"))


def test_the_tensors_are_the_papers(built):
    tensors = built[1]
    assert len(tensors) == tensors["released"].nunique() == 32
    printed = papers.table("liu2018", "table_1").frame().set_index("row").loc["K24-H1440"]
    assert round(tensors["bytes"].sum() / 2**20, 2) == printed["float32_mib"]
    assert round(tensors["float16_bytes"].sum() / 2**20, 2) == printed["float16_mib"]
    # Section 2.2 names the four that are cast.
    cast = tensors[tensors["float16_bytes"] < tensors["bytes"]]
    assert set(cast["released"]) == {
        "tower/experts/weights",
        "tower/gates/weights",
        "tower/gating_prob_weights",
        "tower/hidden1_weights/hidden1_weights",
    }
    table = fig_1.tensor_table(tensors).set_index("tensor")
    assert table.loc["hidden1/kernel", "shape"] == "26,112 × 1,440"


def test_statements_and_counts(built):
    statements = fig_1.statements(*built).set_index("claim")
    assert set(statements.index[statements["value"] == 0]) == {
        *("cluster_biases", "same_clusters_for_audio", "first_layer_relu", "gating_bias", "expert_hidden_layer")
    }  # fmt: skip
    assert statements.loc["gating_keeps_the_dimension", "answer"] == "2,880 × 2,880, 3,862 × 3,862"
    counts = fig_1.counts(*built).set_index("claim")["value"].to_dict()
    assert counts == {
        **{"visual_features": 1024, "audio_features": 128, "predictions_scored": 20},
        **{"mixtures": 5, "small_tensors": 28},
    }
    entries = {entry.id: entry for entry in papers.entries("liu2018")}
    for claim in (*statements.index, *counts):
        assert f"liu2018.claims.{claim}" in entries


def test_statements_follow_the_model(as_printed):
    """Another model gives other answers: nothing is typed in."""
    values = fig_1.statements(*as_printed).set_index("claim")["value"]
    assert values[["same_clusters_for_audio", "first_layer_relu"]].tolist() == [1, 1]
    assert values["visual_entities"] == 0
    layers, tensors = as_printed
    narrow = tensors.assign(
        shape=[
            (12, 11) if name == "hidden_gating/kernel" else shape for name, shape in tensors[["tensor", "shape"]].values
        ]
    )
    assert fig_1.statements(layers, narrow).set_index("claim").loc["gating_keeps_the_dimension", "value"] == 0
    biased = tensors.replace({"tensor": {"hidden_gating/gating_bn/beta": "hidden_gating/bias"}})
    assert fig_1.statements(layers, biased).set_index("claim").loc["gating_bias", "value"] == 0
    both = biased.replace({"tensor": {"probability_gating/gating_bn/beta": "probability_gating/bias"}})
    assert fig_1.statements(layers, both).set_index("claim").loc["gating_bias", "value"] == 1


def test_only_one_reading_has_the_printed_size(built):
    """Sizes from closed forms of the layers' shapes: V classes, M experts, K and k clusters of video and audio."""
    readings = fig_1.readings(*built).set_index("reading")
    hidden, classes, experts, video, audio = 1440, 3862, 5, 24, 12

    def mib(audio: int = audio, normalised: int = 4, gates: int = experts + 1, first: int = 1, last: int = 1) -> float:
        clusters = 2 * (1024 * video + 128 * audio) + normalised * (video + audio)
        fully = (1024 * video + 128 * audio) * hidden + 4 * hidden + 2 * hidden * hidden + 2 * hidden
        gating = first * ((2 * hidden) ** 2 + normalised * 2 * hidden) + last * (classes**2 + normalised * classes)
        mixture = 2 * hidden * classes * (gates + experts) + classes * experts
        return 4 * (clusters + fully + gating + mixture) / 2**20

    moving = 2 * (video + audio + hidden + 2 * hidden + classes)
    assert readings["mib"].tolist() == pytest.approx(
        [mib(), mib(audio=24), mib(normalised=1), mib(gates=5), mib(first=0), mib(last=0), mib() - 4 * moving / 2**20],
        rel=1e-12,
    )
    rounded = readings["difference"].abs() <= 0.005
    assert rounded.tolist() == [True] + [False] * 6


def test_nodes_and_their_description(built):
    nodes = fig_1.nodes(built[0]).set_index("layer", drop=False)
    assert nodes.loc["video_vlad", ["name", "shape", "step"]].tolist() == ["NetVLAD, 24 clusters", "24,576 values", 2]
    assert nodes.loc[["num_frames", "operations_2", "rgb"], "shape"].tolist() == ["1 value", "frames", "frames × 1,024"]
    assert nodes["cast"].to_dict() == {
        **dict.fromkeys(nodes.index, 0),
        **{"hidden1": 1, "mixture": 2, "probability_gating": 1},
    }
    text = fig_1.alternative_text(nodes)
    assert text.startswith("Diagram from top to bottom. Inputs: video features (frames × 1,024), audio features")
    assert "mixture of 5 experts a class (3,862 values, 122,367,470 parameters, stored in 16 bits), after" in text
    # What the names of the two nodes of operations say is what they do.
    operations = built[0]["operations"]
    assert {"Square", "Sum", "Rsqrt", "Multiply"} <= set(operations["operations_1"])
    assert {"Cumsum", "LessEqual"} <= set(operations["operations_2"])
