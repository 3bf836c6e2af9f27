"""Table 1's frames: the built network against printed cells, and against networks that have other shapes."""

from functools import cache
from math import prod
from types import SimpleNamespace

import pandas as pd
import pytest

from compactvid import papers
from compactvid.compression.detector_files import DetectorFiles
from compactvid.experiments import detector_bytes
from compactvid.experiments.deepeye2018 import table_1
from compactvid.models import TinyYOLOv2

KERNELS = [432, 4608, 18_432, 73_728, 294_912, 1_179_648, 4_718_592, 9_437_184, 128_000]
VALUES = 15_867_885
READINGS = pd.DataFrame(
    {"key": ["float", "kernels", "all"], "mb": [4.0, 2.0, 1.0], "mib": [3.5, 1.5, 0.5], "rate": [None, 2.0, 4.0]}
)


def arrays(form):
    """What the files of the paper's network hold; all values but kernels in one array."""
    size = {"darknet": 4, "integers": 1}[form]
    rows = [(f"conv{number}", "kernel", size * count) for number, count in enumerate(KERNELS, start=1)]
    rows.append(("conv1", "bias", size * (VALUES - sum(KERNELS))))
    return pd.DataFrame(rows, columns=["convolution", "array", "bytes"])


@cache
def executed(config):
    return SimpleNamespace(result=config.execute(None, None))


@pytest.fixture(autouse=True)
def _runs(monkeypatch):
    monkeypatch.setattr(table_1, "load_or_run", executed)
    monkeypatch.setattr(table_1, "arrays", arrays)
    table_1.layers.cache_clear()
    yield
    table_1.layers.cache_clear()


def statements():
    return table_1.statements(READINGS).set_index("claim")


def test_the_nine_layers():
    layers = table_1.layers()
    assert layers["parameters"].tolist() == KERNELS
    assert layers["float_kib"].tolist() == [count / 256 for count in KERNELS]
    assert layers["eight_bit_kib"].tolist() == [count / 1024 for count in KERNELS]
    assert layers["share"].sum() == pytest.approx(100)
    assert layers["output_shape"].tolist()[3:] == ["76×76×128", "38×38×256", "19×19×512"] + ["19×19×1024"] * 2 + [
        "19×19×125"
    ]
    assert layers["row"].notna().tolist() == [True] * 3 + [False] * 5 + [True]
    assert layers.loc[1, "multiplications"] == 304 * 304 * 4608


def test_printed_cells():
    rows = table_1.printed_layers()
    assert rows["row"].tolist() == papers.table("deepeye2018", "table_1").row_ids
    assert rows["filters"].tolist() == [1, 0, 1, 1]
    assert rows.loc[1, ["input", "paper_filters"]].tolist() == ["304×304×16", "608×608×16"]
    assert rows["output"].tolist() == [1, 1, 1, 1]
    assert rows["parameters"].tolist() == rows["paper_parameters"].tolist()
    assert (rows["eight_bit_kib"].round(1) == rows["paper_eight_bit_kib"]).tolist() == [True, True, False, True]
    assert (rows["float_kib"].round(1) == rows["paper_float_kib"]).tolist() == [True, False, False, False]
    assert rows["from_rate"].tolist() == pytest.approx([1.6849688, 17.973, 71.892, 499.25])
    assert rows["from_printed_size"].tolist() == pytest.approx([1.5976, 17.973, 72.2914, 499.25])


@pytest.mark.parametrize(("large", "small"), [(1.7, 0.4), (17.9, 4.5), (71.9, 18.1), (499.3, 125.0), (2.0, 0.5)])
def test_weights_that_print_as_both_sizes(large, small):
    """By trying; sizes are in thousandths of a KiB, so that halves count either way."""
    fits = [
        n
        for n in range(140_000)
        if abs(4_000 * n - 1024 * round(1000 * large)) <= 50 * 1024
        and abs(1_000 * n - 1024 * round(1000 * small)) <= 50 * 1024
    ]
    assert list(table_1._fitting(large, small)) == fits


def test_another_network_has_other_cells(monkeypatch):
    """For COCO at 416 x 416: neither the shapes nor the last layer's weights are the printed ones."""
    monkeypatch.setattr(table_1, "PAPER", TinyYOLOv2(num_classes=80))
    rows = table_1.printed_layers()
    assert rows[["filters", "output"]].sum(axis=None) == 0
    assert rows["parameters"].tolist() == [432, 4608, 18_432, 1024 * 425]
    assert statements().loc["original_size", "value"] == 1


def test_where_the_bytes_are():
    found = table_1.concentration().set_index("what")
    printed = [432, 4608, 18_432, 128_000]
    assert found.loc["largest", "layers"] == "conv8"
    assert found["share"].tolist() == pytest.approx([100 * sum(part) / sum(KERNELS) for part in (printed, [9_437_184])])
    assert found["rate"].tolist() == pytest.approx(
        [4 * VALUES / (4 * VALUES - 3 * sum(part)) for part in (printed, [9_437_184])]
    )


def test_claims_have_the_ledgers_keys_and_units():
    claims = table_1.claims(READINGS).set_index("claim")
    about = {entry.id.removeprefix("deepeye2018.claims."): entry.about for entry in papers.entries("deepeye2018")}
    assert claims["unit"].to_dict() == {claim: about[claim].unit for claim in claims.index}
    assert claims["value"].iloc[:7].tolist() == [4.0, 2.0, 1.0, 3.5, 63.5 / 15.9, 2.0, 4.0]
    assert claims.loc["conv_final_from_rate", "value"] == 499.25
    assert claims.loc["conv_3_from_printed_size", "value"] == pytest.approx(72.2914)
    assert {about[claim].kind for claim in statements().index} == {"statement"}


def test_statements_follow_the_network(monkeypatch):
    found = statements()
    assert found["value"].tolist() == [0] * 5
    assert found["answer"].to_dict() == {
        "detailed_layers": "4 of 9, 1.0 % of weights",
        "filters_column": "inputs, of CONV_1, CONV_3, CONV_final",
        "four_to_one": "no number of weights fits CONV_3, CONV_final",
        "all_layers_in_8_bits": "then the rate is 4.000",
        "original_size": "13×13 cells; 19×19 take 2.14 times the multiplications",
    }
    assert round((608 / 416) ** 2, 2) == 2.14
    monkeypatch.setattr(table_1, "_fitting", lambda *sizes: range(1))
    monkeypatch.setattr(table_1, "_texts_of_filters", lambda kernel: table_1.layers()["paper_filters"].tolist())
    readings = READINGS.assign(rate=3.9942)
    found = table_1.statements(readings).set_index("claim")["value"]
    assert found[["filters_column", "four_to_one", "all_layers_in_8_bits"]].tolist() == [1, 1, 1]


def test_what_may_be_printed_of_filters():
    kernel = table_1.layers().set_index("layer").loc["conv2", "kernel"]
    assert prod(kernel) == 4608
    assert table_1._texts_of_filters(kernel) == {"3×3×16×32", "3×3×16", "32"}


def test_runs_are_of_the_papers_size():
    (runs,) = table_1.runs("small", 0).values()
    assert DetectorFiles(TinyYOLOv2(input_size=(608, 608))) in runs
    assert detector_bytes.FILES in runs
    assert table_1.runs("smoke", 1) == table_1.runs("small", 0)
