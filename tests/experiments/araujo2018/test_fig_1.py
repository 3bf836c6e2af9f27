"""Figure 1's frames: at the paper's size against what is printed, and on a model that is another."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
from matplotlib.patches import FancyBboxPatch

from compactvid import papers
from compactvid.experiments.araujo2018 import fig_1
from compactvid.models import Circulant
from compactvid.models.architecture import Architecture
from compactvid.models.dependencies import Dependencies
from compactvid.report.architecture import draw_architecture


def frames(*configs):
    found = {config: config.execute(None, None) for config in configs}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fig_1, "PROFILES", {"small": configs})
        patch.setattr(fig_1, "load_or_run", lambda config: SimpleNamespace(result=found[config]))
        return fig_1.layers(), fig_1.tensors(), fig_1.dependencies()


@pytest.fixture(scope="module")
def built():
    return frames(*fig_1.PROFILES["small"])


def values(*found):
    return fig_1.statements(*found).set_index("claim")["value"]


def test_two_sentences_do_not_hold_of_the_built_model(built):
    """A frame's norm joins the modalities; the maximum comes after batch normalisation and relu6."""
    statements = fig_1.statements(*built).set_index("claim")
    assert set(statements.index[statements["value"] == 0]) == {"modalities_apart", "nothing_before_the_maximum"}
    assert statements.loc["nothing_before_the_maximum", "answer"] == "batch normalisation, relu6"
    assert "6,291,456 weights; one matrix for both has 12,582,912" in set(statements["answer"])
    assert fig_1.counts(*built[:2]).set_index("claim")["value"].to_dict() == {
        "visual_features": 1024,
        "typical_clusters": 8192,
    }
    entries = {entry.id for entry in papers.entries("araujo2018")}
    assert {
        f"araujo2018.claims.{claim}" for claim in [*statements.index, *fig_1.counts(*built[:2])["claim"]]
    } <= entries


def test_statements_follow_the_model(built):
    """Another model, or another finding, gives another answer: nothing is typed in."""
    other = replace(fig_1.SCALED_DOWN, normalize_inputs=False, projection_size=64, hidden_size=32)
    found = values(*frames(Architecture(other), Dependencies(other)))
    assert found["modalities_apart"] == 1
    assert found[["wider_than_the_input", "any_length", "labels_independently"]].tolist() == [0, 1, 1]
    assert found["gating_joins_labels"] == 1
    layers, tensors, dependencies = built
    for name, value, claim in (
        ("predictions_on_padding", 1e-3, "any_length"),
        ("labels_in_mixture", 1, "labels_independently"),
        ("labels_in_gating", 58, "gating_joins_labels"),
        ("trainable", ["mixture/gates_kernel"], "gates_and_experts_together"),
    ):
        assert values(layers, tensors, dependencies | {name: value})[claim] == 0
    for old, new, claim in (
        ("Dense", "Activation", "reduced_one_by_one"),
        ("BatchNormalization", "FramePooling", "two_embeddings"),
        ("ContextGating", "Activation", "classification_block"),
    ):
        assert values(layers.replace({"type": {old: new}}), tensors, dependencies)[claim] == 0


def test_the_diagram_shows_every_weight_and_what_the_paper_replaces(built):
    nodes = fig_1.nodes(built[0]).set_index("layer", drop=False)
    assert nodes["parameters"].sum() == 65_795_732  # Table 4, DBoF, dense
    assert nodes["circulant"][nodes["circulant"] > 0].to_dict() == {
        **dict.fromkeys(("video_projection", "audio_projection", *fig_1.PARTS.values()), 1),
        "mixture": 2,
    }
    assert nodes.loc["video_pooling", ["name", "shape", "after"]].tolist() == [
        "robust max, 10 samples of 15",
        "8,192 values",
        "video_projection_activation",
    ]
    text = fig_1.alternative_text(nodes)
    assert "video FC (512 values, 4,194,304 parameters, which the paper makes circulant), after robust max" in text
    # What the name of the node of operations says is what it does.
    operations = set(built[0].loc["operations_1", "operations"])
    assert {"Square", "Sum", "Rsqrt", "Multiply", "Cumsum", "LessEqual", "Where"} <= operations


def test_texts_stay_in_their_boxes(built):
    figure = draw_architecture(fig_1.nodes(built[0]), filled="circulant")
    figure.draw_without_rendering()
    (axes,) = figure.axes
    boxes = [patch.get_window_extent() for patch in axes.patches if isinstance(patch, FancyBboxPatch)]
    assert len(axes.texts) == 2 * len(boxes)
    for place, text in enumerate(axes.texts):
        inside, outside = text.get_window_extent(), boxes[place // 2]
        assert outside.x0 < inside.x0 < inside.x1 < outside.x1


@pytest.mark.parametrize("fields", [{"rgb_size": None}, {"context_gating": False}, {"mixture": Circulant()}])
def test_dependencies_of_another_network_are_refused(fields):
    with pytest.raises(ValueError, match="Dependencies: model must have video and audio, one embedding, a dense"):
        Dependencies(replace(fig_1.SCALED_DOWN, **fields))
