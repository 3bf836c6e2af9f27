"""One picture through the integers of a detector: the numbers that a page shows, each found in another way."""

from dataclasses import asdict, replace
from fractions import Fraction

import keras
import numpy as np
import pytest

from compactvid.compression import (
    DetectionFineTuning,
    QuantizationAwareTraining,
    convert_to_integers,
    simulate_quantization,
)
from compactvid.compression.cell_numbers import cell_numbers
from compactvid.compression.float_steps import float_steps
from compactvid.compression.integer_flow import IntegerFlow
from compactvid.compression.integer_sizes import integer_sizes
from compactvid.datasets.simulated import SceneWorld
from compactvid.datasets.simulated_splits import SimulatedScenes
from compactvid.models import TinyYOLOv2
from compactvid.training import DetectionTraining, TrainingRun
from compactvid.training.weights import save_weights

DATASET = SimulatedScenes(
    SceneWorld(seed=5, height=32, width=32, min_size=0.3, max_objects=2), train=4, validate=8, test=8
)
MODEL = TinyYOLOv2(
    num_classes=6, anchors=((1.5, 1.5),), input_size=(32, 32), filters=(4, 6, 8, 8, 8, 8, 8, 8), halvings=3
)
METHOD = QuantizationAwareTraining("deepeye_floor_scaled")
TUNING = DetectionFineTuning(
    DetectionTraining(TrainingRun(MODEL, DATASET, seed=1, epochs=1, batch_size=4, learning_rate=0.01)),
    epochs=1,
    learning_rate=0.01,
    method=METHOD,
)
FLOW = IntegerFlow(TUNING, filter=3, compared=2)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The model that simulates, its pictures, and the run's folder and result; weights are drawn, not trained."""
    folder = tmp_path_factory.mktemp("run")
    images, objects = DATASET.read(DATASET.prepare(folder / "data"), "test", size=(32, 32), batch_size=2).batch(0)
    images = images["image"].astype("float32") / 255
    keras.utils.set_random_seed(3)
    model, random = MODEL.build(), np.random.default_rng(3)
    for weight in model.weights:
        if weight.name in ("gamma", "beta", "moving_mean", "moving_variance"):
            weight.assign(random.uniform(0.2, 1.5, weight.shape) - 0.7 * (weight.name == "beta"))
    model = simulate_quantization(model, calibration=[{"image": images}], **asdict(METHOD))
    save_weights(model, folder / "fine_tuned.weights.h5")
    assert (FLOW.requires, FLOW.dataset) == ((TUNING,), DATASET)
    return model, images, objects, folder, FLOW.execute(folder, folder / "data", [folder])


def test_the_cell_lies_on_the_first_object_and_its_sum_is_that_of_its_products(run):
    _, _, objects, _, result = run
    cell = result["cell"]
    _, left, top, right, bottom, _ = objects[0, 0]
    row, column, z = cell["place"]
    assert z == 3
    assert row == min(max(int(((top + bottom) / 2 - 1) / 2), 1), 14) + 1  # conv2's map is 16 x 16, of 32 x 32 pixels
    assert column == min(max(int(((left + right) / 2 - 1) / 2), 1), 14) + 1
    assert len(cell["products"]) == 9 * 4
    total = {name: sum(product[name] for product in cell["products"]) for name in ("product", "product_float")}
    steps = {step["step"]: step for step in cell["steps"]}
    assert steps["accumulate"]["integer"] == total["product"]
    assert steps["accumulate"]["float"] == pytest.approx(total["product_float"], rel=1e-5)
    assert steps["pool"]["integer"] == max(cell["window"])
    assert steps["requantize"]["integer"] in cell["window"]
    assert [step["dtype"] for step in cell["steps"]] == ["int32"] * 3 + ["uint8"] * 2
    assert steps["requantize"]["float"] is None


def test_each_step_follows_from_the_one_before(run):
    cell = run[-1]["cell"]
    steps = {step["step"]: step["integer"] for step in cell["steps"]}
    half = Fraction(1, 2)
    scaled = Fraction(steps["accumulate"] * cell["multiplier"], 2 ** cell["shift"])
    assert steps["normalize"] == (scaled + half).__floor__() + cell["bias"]
    slope = 1 if steps["normalize"] >= 0 else Fraction(cell["slope"], 2**30)
    assert steps["activate"] == (steps["normalize"] * slope + half).__floor__()
    level = (Fraction(steps["activate"], 2**16) + half).__floor__() + cell["output"]["zero_point"]
    assert steps["requantize"] == min(max(level, 0), 255)


def test_what_integers_stand_for_is_what_the_simulation_computes(run):
    """Here values are float32 of the graph, in which kernels and feature maps are on their levels already."""
    model, images, _, _, result = run
    cell, simulated = result["cell"], float_steps(model, images[:1])
    row, column, z = (index - 1 for index in cell["place"])
    steps = {step["step"]: step["value"] for step in cell["steps"]}
    scale = cell["output"]["scale"]
    for name in ("accumulate", "normalize", "activate"):
        assert steps[name] == pytest.approx(float(simulated["conv2"][name][0, row, column, z]), abs=scale / 100), name
    pooled = float(simulated["conv2"]["pool"][0, row // 2, column // 2, z])
    assert steps["pool"] == pytest.approx(pooled, abs=0.51 * scale)
    for product in cell["products"]:
        assert product["weight_value"] == pytest.approx(product["weight_float"], abs=1.01 * cell["xi"])
        u, v = row - 2 + product["row"], column - 2 + product["column"]
        seen = float(simulated["conv2"]["features"][0, u, v, product["channel"] - 1])
        assert product["feature_value"] == pytest.approx(seen, abs=0.51 * cell["input"]["scale"])
        shifted = product["feature"] - cell["input"]["zero_point"]
        assert product["product"] == product["weight"] * shifted


def test_float_steps_are_the_layers_of_the_network(run):
    model, images, *_ = run
    found = float_steps(model, images)
    assert list(found) == [f"conv{number}" for number in range(1, 10)]
    assert set(found["conv1"]) == {"kernel", "features", "accumulate", "normalize", "activate", "pool"}
    assert set(found["conv9"]) == {"kernel", "features", "accumulate"}
    np.testing.assert_array_equal(found["conv1"]["features"], images)
    for before, after in (("conv1", "conv2"), ("conv6", "conv7")):
        np.testing.assert_array_equal(found[before]["pool"], found[after]["features"])
    outputs = keras.ops.convert_to_numpy(model({"image": images}, training=False))
    np.testing.assert_allclose(found["conv9"]["accumulate"], outputs, rtol=1e-6)
    normalised = found["conv3"]["normalize"]
    np.testing.assert_allclose(found["conv3"]["activate"], np.where(normalised < 0, 0.1 * normalised, normalised))


def test_blocks_are_counted(run):
    model, images, _, _, result = run
    blocks = {block["layer"]: block for block in result["blocks"]}
    assert list(blocks) == [f"conv{number}" for number in range(1, 10)]
    assert sum(block["different"] for block in blocks.values()) == 0
    second = blocks["conv2"]
    assert (second["kernel"], second["features"]) == ([3, 3, 4, 6], [16, 16, 4])
    assert second["compared"] == 16 * 16 * 6
    assert second["unpadded"] == [14, 14]
    assert blocks["conv9"]["unpadded"] == blocks["conv9"]["features"][:2]
    assert (second["weights"]["dtype"], second["levels"]["dtype"], second["sums"]["dtype"]) == (
        "int8",
        "uint8",
        "int32",
    )
    assert second["weights"]["bytes"] == 9 * 4 * 6
    assert second["float_bytes"] == {"weights": 4 * 9 * 4 * 6, "features": 4 * 16 * 16 * 4}
    for block in blocks.values():
        assert max(abs(block["sums"]["lowest"]), abs(block["sums"]["highest"])) <= block["possible_sum"]
        assert block["weights"]["lowest"] >= -128
    network = convert_to_integers(model)
    levels = network.quantize(images[:1])
    first = blocks["conv1"]["sums"]
    sums = network.convolutions[0].accumulate(levels)
    assert (first["lowest"], first["highest"]) == (sums.min(), sums.max())


def test_a_wrong_sum_is_found_and_the_largest_possible_one_is_reached(run):
    model, images, *_ = run
    network = convert_to_integers(model)
    block, levels = network.convolutions[0], network.quantize(images[:1])
    sums = block.accumulate(levels)
    sums[0, 0, 31, 2] += 1  # beside the map's corner, where padding counts
    assert integer_sizes(block, levels, sums)["different"] == 1
    bound = integer_sizes(block, levels, sums)["possible_sum"]
    z = int(np.abs(block.kernel.astype(int)).sum(axis=(0, 1, 2)).argmax())
    far = 255 if block.input_zero_point < 128 else 0
    worst = np.full(levels.shape, block.input_zero_point, "uint8")
    worst[0, 5:8, 5:8] = np.where(block.kernel[..., z] > 0, far, block.input_zero_point)
    reached = abs(int(block.accumulate(worst)[0, 6, 6, z]))
    positive = block.kernel[..., z].astype(int)
    assert reached == positive[positive > 0].sum() * abs(far - block.input_zero_point) <= bound
    assert bound == np.abs(positive).sum() * abs(far - block.input_zero_point)
    with pytest.raises(ValueError, match=r"conv1: there must be one picture and strides of 1, not 2 and \(1, 1\)"):
        integer_sizes(block, np.concatenate([levels, levels]), sums)
    with pytest.raises(ValueError, match="conv1: there must be one picture and strides of 1"):
        integer_sizes(replace(block, strides=(2, 2)), levels, sums)


def test_pooling_and_agreement_are_of_all_layers(run):
    model, images, _, _, result = run
    assert [row["layer"] for row in result["pooling"]] == [f"conv{number}" for number in range(1, 7)]
    assert [row["different"] for row in result["pooling"]] == [0] * 6
    assert result["pooling"][0]["values"] == 16 * 16 * 4
    assert [row["layer"] for row in result["agreement"]] == [f"conv{number}" for number in range(2, 10)]
    assert max(row["largest_alone"] for row in result["agreement"]) <= 1
    outputs = keras.ops.convert_to_numpy(model({"image": images}, training=False))
    network = convert_to_integers(model)
    assert result["outputs"]["difference"] == pytest.approx(np.abs(network(images) - outputs).max(), rel=1e-5)
    assert result["outputs"]["largest"] == pytest.approx(np.abs(outputs).max())


def test_the_kept_map_is_the_filters_in_float_and_in_levels(run):
    _, images, _, folder, result = run
    with np.load(folder / "maps.npz") as kept:
        maps = dict(kept)
    assert maps["scene"].shape == (32, 32, 3)
    np.testing.assert_array_equal(maps["scene"].astype("float32") / 255, images[0])
    assert maps["levels"].shape == maps["float"].shape == (8, 8)
    output, (row, column, _) = result["cell"]["output"], result["cell"]["place"]
    pooled = {step["step"]: step["integer"] for step in result["cell"]["steps"]}["pool"]
    assert maps["levels"][(row - 1) // 2, (column - 1) // 2] == pooled
    expected = output["scale"] * (maps["levels"].astype(float) - output["zero_point"])
    np.testing.assert_allclose(maps["values"], expected, rtol=1e-6)
    # Two layers of 8 bits: some levels off, no more, and not without any difference.
    assert 0 < np.abs(maps["values"] - maps["float"]).max() < 10 * output["scale"]


def test_places_and_layers_that_have_no_such_cell_are_refused(run):
    network = convert_to_integers(run[0])
    block = network.convolutions[1]
    steps = {"features": np.zeros((1, 16, 16, 4), "uint8")}
    for place in ((0, 5, 0), (5, 15, 0)):
        with pytest.raises(ValueError, match=r"conv2: the window at .* leaves a feature map of 16 x 16"):
            cell_numbers(block, network.input, 1.0, steps, {"features": np.zeros((1, 16, 16, 4))}, place)
    with pytest.raises(ValueError, match="IntegerFlow: filter must be at least 1, not 0"):
        IntegerFlow(TUNING, filter=0)
    for wrong in (
        {"layer": "conv1"},
        {"layer": "conv7"},
        {"layer": "conv9"},
        {"layer": "conv10"},
        {"layer": "conv3", "filter": 9},
    ):
        with pytest.raises(ValueError, match=r"IntegerFlow: conv\d+ is no convolution of . filters or more between"):
            replace(FLOW, **wrong).shown(network)
