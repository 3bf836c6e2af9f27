"""Layers as plain data: small models whose graph is known, and the paper's."""

import json

import keras
import pytest

from compactvid.models import GatedNetVLAD
from compactvid.models.architecture import Architecture, describe_layers


@pytest.fixture(scope="module")
def joined() -> dict[str, dict]:
    """Two inputs, one scaled by an operation of three steps, added up twice: once by a layer, once by an operation."""
    left, right = keras.Input((3,), name="left"), keras.Input((3,), name="right")
    scaled = keras.ops.sqrt(keras.ops.square(right) + 1.0)
    hidden = keras.layers.Dense(5, activation="tanh", name="hidden")(keras.layers.Add(name="sum")([left, scaled]))
    model = keras.Model([left, right], keras.ops.concatenate([hidden, scaled], axis=-1))
    return {row["layer"]: row for row in describe_layers(model)}


def test_layers_know_what_they_take(joined):
    names = list(joined)
    assert {name: row["inputs"] for name, row in joined.items()} == {
        "left": [],
        "right": [],
        "operations_1": ["right"],
        "sum": ["left", "operations_1"],
        "hidden": ["sum"],
        "operations_2": ["hidden", "operations_1"],
    }
    assert joined["operations_1"]["operations"] == ["Square", "Add", "Sqrt"]
    for name, row in joined.items():
        assert all(names.index(earlier) < names.index(name) for earlier in row["inputs"])


def test_layers_say_what_they_are(joined):
    hidden = joined["hidden"]
    assert (hidden["type"], hidden["parameters"], hidden["shapes"]) == ("Dense", 3 * 5 + 5, [[None, 5]])
    assert (hidden["settings"]["units"], hidden["settings"]["activation"]) == (5, "tanh")
    assert "name" not in hidden["settings"]
    assert json.loads(json.dumps(list(joined.values()))) == list(joined.values())


def test_gated_netvlad_normalises_and_masks_before_both_features():
    found = Architecture(GatedNetVLAD(4, 6, num_classes=7, rgb_size=5, audio_size=3)).execute(None, None)
    rows = {row["layer"]: row for row in found["layers"]}
    assert rows["video_vlad"]["inputs"] == rows["audio_vlad"]["inputs"]
    norm, mask = (rows[name] for name in rows["video_vlad"]["inputs"])
    assert norm["inputs"] == ["rgb", "audio"]
    assert norm["shapes"] == [[None, None, 5], [None, None, 3]]
    assert {"Square", "Sum", "Rsqrt", "Multiply", "Split"} <= set(norm["operations"])
    assert set(mask["inputs"]) == {"audio", "num_frames"}
    assert "LessEqual" in mask["operations"]
    assert len(found["tensors"]) == 32
    assert sum(row["parameters"] for row in found["layers"]) * 4 == sum(row["bytes"] for row in found["tensors"])
