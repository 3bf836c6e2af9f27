"""Figure 4's page: sentences and tables from made-up integers."""

from copy import deepcopy
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from compactvid import papers
from compactvid.experiments import detection_grid as grid
from compactvid.experiments.deepeye2018 import fig_4, fig_7
from compactvid.experiments.integer_statements import integer_statements


def block(layer, kernel, features, lowest):
    arrays = {
        "weights": {"dtype": "int8", "lowest": -128, "highest": 127, "bytes": int(np.prod(kernel))},
        "levels": {"dtype": "uint8", "lowest": 3, "highest": 250, "bytes": int(np.prod(features))},
        "sums": {"dtype": "int32", "lowest": lowest, "highest": 70, "bytes": 0},
    }
    return arrays | {
        "layer": layer,
        "kernel": kernel,
        "features": features,
        "zero_point": 20,
        "possible_product": 128 * 235,
        "possible_sum": 900_000,
        "compared": 100,
        "different": 0,
        "unpadded": [features[0] - 2, features[1] - 2],
        "float_bytes": {"weights": 4 * int(np.prod(kernel)), "features": 4 * int(np.prod(features))},
    }


BLOCKS = [block("conv1", [3, 3, 3, 2], [96, 96, 3], -5_000), block("conv2", [3, 3, 2, 4], [48, 48, 2], -40_000)]
POOLING = [{"layer": "conv1", "values": 400, "different": 0}]
OPERATORS = [
    {"operator": "QUANTIZE", "inputs": ["float32"], "outputs": ["int8"]},
    *[{"operator": "CONV_2D", "inputs": ["int8", "int8", "int32"], "outputs": ["int8"]}] * 2,
    {"operator": "MAX_POOL_2D", "inputs": ["int8"], "outputs": ["int8"]},
]
CELL = {
    "products": [
        {
            **{"row": 1, "column": 2, "channel": 1, "weight": -3, "feature": 25, "product": -15},
            **{f"{name}_{form}": 0.5 for name in ("weight", "feature", "product") for form in ("value", "float")},
        }
    ]
    * 18,
    "steps": [
        {"step": step, "dtype": "int32", "integer": 7, "value": 0.1, "float": None if step == "requantize" else 0.2}
        for step in fig_4.STEPS
    ],
    "window": [1, 2, 7, 5],
    "place": [3, 4, 1],
    "input": {"scale": 0.1, "zero_point": 20},
    "output": {"scale": 0.5, "zero_point": 30},
    "xi": 0.25,
    "multiplier": 1_500_000_000,
    "shift": 24,
    "bias": -65_536,
    "slope": 107_374_182,
}
FLOW = {
    "blocks": BLOCKS,
    "pooling": POOLING,
    "cell": CELL,
    "agreement": [{"layer": "conv2", "largest": 1, "share": 0.002, "largest_alone": 0, "share_alone": 0.0}],
    "outputs": {"difference": 0.01, "largest": 5.0},
}


@pytest.fixture(scope="module")
def paper():
    """The paper's network as built."""
    return fig_4.PAPER.execute(None, None)


@pytest.fixture
def stored(monkeypatch, tmp_path, paper):
    found = {
        fig_4.flow("smoke", 0): SimpleNamespace(folder=tmp_path, result=FLOW),
        fig_4.file("smoke", 0): SimpleNamespace(result={"operators": OPERATORS}),
        fig_4.PAPER: SimpleNamespace(result=paper),
    }
    monkeypatch.setattr(fig_4, "load_or_run", lambda config: found[config])


@pytest.fixture
def layers(stored):
    return fig_4.paper_layers()


def changed(rows, number, **fields):
    found = deepcopy(rows)
    found[number] |= fields
    return found


def values(blocks, pooling, operators, layers):
    return integer_statements(blocks, pooling, operators, layers).set_index("claim")["value"]


def test_every_sentence_of_the_page_is_answered(stored):
    found = fig_4.statements("smoke", 0).set_index("claim")
    assert set(found.index[found["value"] == 0]) == {"convolution_keeps_size", "one_shape", "calculated_in_8_bits"}
    ledger = {entry.id: entry for entry in papers.entries("deepeye2018")}
    for claim, row in found.iterrows():
        assert ledger[f"deepeye2018.claims.{claim}"].about.kind == "statement"
        assert ledger[f"deepeye2018.claims.{claim}"].quotation == row["sentence"]
    answers = found["answer"]
    inside = "608 × 608 becomes 606 × 606 without padding, and 96 × 96 becomes 94 × 94"
    assert answers["convolution_keeps_size"] == inside
    # 128 x 235 = 30,080 < 2^15, and 40,000 < 2^16; each has a sign too.
    assert answers["calculated_in_8_bits"] == "products of up to 30,080 need 16 bits, sums of up to 40,000 need 17"
    assert answers["linear_topology"] == "31 layers, each on the output of the one before"
    assert answers["memory_reduced"] == "32,382 bytes of 129,528, a quarter of each array"
    assert answers["expensive_operations"] == "2 of 2 convolutions; beside them 1 QUANTIZE, 1 MAX_POOL_2D"
    assert answers["quantized_convolution"] == "0 of 200 sums of 2 convolutions differ"


def test_each_sentence_follows_its_numbers(layers):
    true = values(BLOCKS, POOLING, OPERATORS, layers)
    wide = {"dtype": "int16", "lowest": 0, "highest": 1, "bytes": 1}
    narrow = [
        row | {"possible_product": 100, "sums": {"dtype": "int8", "lowest": -100, "highest": 127}} for row in BLOCKS
    ]
    for claim, given in {
        "quantized_convolution": (changed(BLOCKS, 1, different=1), POOLING, OPERATORS, layers),
        "stored_in_8_bits": (changed(BLOCKS, 1, levels=wide), POOLING, OPERATORS, layers),
        "memory_reduced": (changed(BLOCKS, 0, levels=wide), POOLING, OPERATORS, layers),
        "calculated_in_8_bits": (narrow, POOLING, OPERATORS, layers),
        "max_pooling_in_8_bits": (BLOCKS, changed(POOLING, 0, different=1), OPERATORS, layers),
        "one_shape": (changed(BLOCKS, 0, features=[1, 96, 96, 3]), POOLING, OPERATORS, layers),
    }.items():
        found = values(*given)
        assert found[claim] == 1 - true[claim], claim
        assert found.drop(["stored_in_8_bits", "memory_reduced", claim], errors="ignore").equals(
            true.drop(["stored_in_8_bits", "memory_reduced", claim], errors="ignore")
        )
    for fields in (
        {"inputs": ["int8", "float32", "int32"]},
        {"inputs": ["float32", "int8", "int32"]},
        {"outputs": ["float32"]},
        {"operator": "FULLY_CONNECTED"},
    ):
        assert values(BLOCKS, POOLING, changed(OPERATORS, 1, **fields), layers)["expensive_operations"] == 0


def test_the_papers_network_is_a_chain_and_another_is_not(layers):
    branched = layers.copy()
    branched.at["conv3", "inputs"] = ["pool1"]
    assert values(BLOCKS, POOLING, OPERATORS, branched)["linear_topology"] == 0
    pointwise = layers.copy()
    pointwise.at["conv1", "kernel"] = [1, 1, 3, 16]
    assert values(BLOCKS, POOLING, OPERATORS, pointwise)["convolution_keeps_size"] == 1


def test_blocks_stand_beside_what_float32_and_int32_hold(stored):
    found = fig_4.blocks("smoke", 0).set_index("layer")
    assert found.loc["conv2", ["products", "largest", "possible"]].tolist() == [18, 40_000, 900_000]
    assert found.loc["conv2", "paper_possible"] == 9 * 16 * 128 * 255
    assert found.loc["conv2", "of_float32"] == 40_000 / 2**24
    assert found.loc["conv1", "paper_of_int32"] == 9 * 3 * 128 * 255 / 2**31
    assert found.loc["conv1", "paper_of_float32"] == 9 * 3 * 128 * 255 / 2**24
    assert found.loc["conv1", "weights"] == "int8, −128 to 127"
    assert found.loc["conv1", "levels"] == "uint8, 3 to 250; 20 is zero"
    assert list(found.reset_index().columns) == list(fig_4.BLOCK_HEADINGS)


def test_the_cell_is_written_out(stored):
    cell = fig_4.cell("smoke", 0)
    assert fig_4.products(cell).iloc[0, :4].tolist() == ["1, 2, 1", -3, 25, -15]
    assert fig_4.weight_shift(cell) == 0
    moved = cell | {"products": [cell["products"][0] | {"weight_float": 0.6}, cell["products"][1]]}
    assert fig_4.weight_shift(moved) == pytest.approx((0.5 - 0.6) / 0.25 / 2)
    found = fig_4.steps(cell)
    assert found["what"].tolist() == [
        "Eq. 3: sum of 18 products",
        "batch normalisation: × 1,500,000,000 ≫ 24, −65,536",
        "LeakyReLU: negative ones × 107,374,182 ≫ 30",
        "to a level: ≫ 16, +30, cut off at 0 and 255",
        "max-pooling: the largest of 1, 2, 7, 5",
    ]
    assert found["float"].isna().tolist() == [False, False, False, True, False]


def test_maps_have_a_row_a_place_and_differences_in_levels(stored, tmp_path):
    exact = np.array([[1.0, 2.0], [3.0, -4.0]], "float32")
    np.savez(tmp_path / "maps.npz", scene=np.zeros((4, 4, 3), "uint8"), float=exact, values=exact + 0.25)
    scene, found = fig_4.maps("smoke", 0)
    assert scene.shape == (4, 4, 3)
    assert found[["row", "column", "float"]].to_numpy().tolist() == [[1, 1, 1], [1, 2, 2], [2, 1, 3], [2, 2, -4]]
    assert found["difference"].tolist() == [0.5] * 4


def test_operators_are_counted_and_shares_are_per_cent(stored):
    found = fig_4.operators("smoke", 0).set_index("operator")
    assert found["count"].to_dict() == {"QUANTIZE": 1, "CONV_2D": 2, "MAX_POOL_2D": 1}
    assert found.loc["CONV_2D", "inputs"] == "int8, int8, int32"
    assert fig_4.agreement("smoke", 0).loc[0, "share"] == pytest.approx(0.2)
    pd.testing.assert_series_equal(pd.Series(fig_4.outputs("smoke", 0)), pd.Series(FLOW["outputs"]))


def test_runs_start_from_the_detector_that_fig_7_trains_on_with_q_yolo():
    (runs,) = fig_4.runs("small", 0).values()
    assert fig_4.USES == ("deepeye2018_fig_7",)
    trained = [run for group in fig_7.runs("small", 0).values() for run in group]
    assert runs[0].tuning == runs[1].tuning == grid.tuned("small", 0, "Q-YOLO")
    assert runs[0].tuning in trained
