"""Times of training steps, of records made up for the purpose."""

import numpy as np
import pytest
from scipy import stats

from compactvid.experiments import circulant_training_times as times
from compactvid.report.palette import PAPER
from compactvid.report.speed_ratios import draw_speed_ratios

SECONDS = {"1": [2.0, 2.2, 1.8], "3": [2.5, 2.5, 2.5], "6": [4.0, 4.1, 3.9], "Dense-FC": [2.4, 2.4, 2.4]}
LAYERS = {"part": "fully connected layers", "batch_size": 32, "seconds": SECONDS | {"1-with-diagonal": [1.0, 1.0, 1.0]}}
RECORD = {
    "measured": [
        LAYERS,
        LAYERS | {"batch_size": 128, "seconds": SECONDS},
        {"part": "whole model", "batch_size": 32, "seconds": SECONDS},
    ]
}


def test_times_are_those_of_the_record():
    speeds = times.speeds(RECORD, "whole model").set_index("row")
    assert speeds["examples_per_second"].to_dict() == pytest.approx({"1": 16, "3": 12.8, "6": 8, "Dense-FC": 32 / 2.4})
    assert speeds.loc["1", "ratio"] == pytest.approx(np.mean([1.2, 2.4 / 2.2, 2.4 / 1.8]))
    assert speeds.loc[["3", "Dense-FC"], "ratio_spread"].tolist() == pytest.approx([0, 0], abs=1e-12)
    assert speeds["paper_ratio"].tolist() == pytest.approx([1052 / 1007, 858 / 1007, 568 / 1007, 1])
    alone = times.speeds(RECORD, "fully connected layers")
    assert alone["batch_size"].tolist() == [32] * 5 + [128] * 4
    assert np.isnan(alone.loc[4, "paper_ratio"])
    slowdown = times.slowdown(RECORD)
    each = 32 / np.array(SECONDS["1"]) - 32 / np.array(SECONDS["6"])
    low, high = stats.ttest_1samp(each, 0).confidence_interval()
    assert (slowdown["value"] - slowdown["spread"], slowdown["value"] + slowdown["spread"]) == pytest.approx(
        (low, high)
    )
    assert slowdown["seeds"] == 3


def test_the_layers_alone_predict_what_the_whole_model_loses():
    assert times.predicted_slowdown(RECORD) == pytest.approx(100 * (4 - 2) / 2)
    other = {"measured": [RECORD["measured"][1], RECORD["measured"][2]]}
    with pytest.raises(ValueError, match="record: expected the layers alone with batches of 32 first"):
        times.predicted_slowdown(other)


def test_the_stored_record_has_every_row_and_round():
    measured = times.recorded()["measured"]
    assert [(each["part"], each["batch_size"]) for each in measured] == [
        ("fully connected layers", 32),
        ("fully connected layers", 128),
        ("whole model", 32),
    ]
    for each in measured:
        assert {"1", "3", "6", "Dense-FC"} <= each["seconds"].keys()
        assert len({len(rounds) for rounds in each["seconds"].values()}) == 1


def test_the_figure_has_all_sources_and_says_so():
    ratios = times.ratios(RECORD)
    assert ratios["source"].unique().tolist() == [
        "paper, whole model",
        "ours, whole model",
        "ours, layers alone, batch 32",
        "ours, layers alone, batch 128",
    ]
    assert ratios["factors"].tolist() == [1, 3, 6] * 4  # one with its diagonal is left out
    assert ratios.loc[[0, 2], "ratio"].tolist() == pytest.approx([1052 / 1007, 568 / 1007])
    assert "paper, whole model: 1.04 with 1, 0.85 with 3, 0.56 with 6; ours" in times.described(ratios)
    axes = draw_speed_ratios(ratios).axes[0]
    assert {text.get_text() for text in axes.get_legend().get_texts()} == {"dense", *ratios["source"]}
    drawn = [container.lines[0] for container in axes.containers]
    assert [line.get_ydata().tolist() for line in drawn] == [
        found["ratio"].tolist() for _, found in ratios.groupby("source", sort=False)
    ]
    assert [line.get_color() == PAPER["color"] for line in drawn] == [True, False, False, False]
    assert [line.get_fillstyle() for line in drawn] == ["full", "full", "none", "none"]
