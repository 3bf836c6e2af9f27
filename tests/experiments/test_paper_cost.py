"""The table of what paper-size trainings cost, from a record that is made up."""

import json
import re

import pytest

from compactvid.datasets.simulated import VideoWorld
from compactvid.datasets.simulated_splits import SimulatedVideoLevel
from compactvid.datasets.video_level_shards import VideoLevelShards
from compactvid.experiments import paper_cost
from compactvid.experiments.real import video_level
from compactvid.models import VideoLevelMixture
from compactvid.runs.accelerators import ACCELERATORS
from compactvid.runs.trainings import smaller
from compactvid.training import TrainingRun

RECORD = {
    "provenance": {"device": "a processor", "started": "2026-01-02T03:04:05+00:00"},
    "load": 0.1,
    "cores": 2,
    "paper": {
        "epochs": 5,
        "batch_size": 80,
        "videos": {"train": 4_983_913},
        "weights_mib": 1024.0,
        "multiply_adds": {"K24-H1440": 200_000_000, "K16-H512": 100_000_000},
        "measured": [{"peak_memory_mib": 4096.0}, {"peak_memory_mib": 6144.0}],
        "predicted": {"seconds": 3600 * 1000.0, "peak_memory_mib": 6144.0, "storage_mib": 2048.0},
    },
    "small": {
        "provenance": {"device": "another processor", "started": "2026-02-03T04:05:06+00:00"},
        "load": 0.2,
        "shares": [1 / 8, 1 / 2],
        "trainings": [
            {
                "training": name,
                "predicted_seconds": predicted,
                "measured_seconds": measured,
                "predicted_memory_mib": 900.0,
                "measured_memory_mib": 1900.0,
            }
            for name, predicted, measured in (("one", 40.0, 50.0), ("other", 70.0, 50.0))
        ],
        "predicted_seconds": 110.0,
        "measured_seconds": 100.0,
        "error": 0.1,
    },
}


def test_training_videos_are_all_but_the_papers_validation_files():
    assert paper_cost.paper_examples() == {"train": 3_888_919 + 1_112_356 - 17_362, "validate": 17_362, "test": 0}


def test_a_paper_training_takes_the_steps_it_is_asked_for():
    training = paper_cost.paper_training("K24-H1440", steps=3)
    assert (training.model.cluster_size, training.model.hidden_size) == (24, 1440)
    assert training.dataset.train == 3 * training.batch_size
    assert training.dataset.world.min_frames == training.dataset.world.max_frames == 300


def test_hours_are_arithmetic_over_the_assumed_speed():
    costs = paper_cost.paper_costs(RECORD).set_index("device")
    assert list(costs.columns) == list(paper_cost.HEADINGS)[1:]
    # Six operations for each product of each of 200,000 x 120 videos.
    flops = 6 * 200e6 * 200_000 * 120
    h200 = costs.loc["NVIDIA H200, bfloat16"]
    assert h200["hours"] == pytest.approx(flops / (0.3 * ACCELERATORS[0].peak["bfloat16"]) / 3600)
    assert h200["all_days"] == pytest.approx(h200["hours"] * 1.5 / 24)
    assert h200["memory_gib"] == pytest.approx(4 + 2 * 160 * 300 * 1152 * 4 / 2**30)
    here = costs.loc["a processor"]
    assert (here["hours"], here["memory_gib"], here["storage_gib"]) == (1000, 6, 2)
    printed = costs[costs["basis"] == "printed"].iloc[0]
    assert printed["hours"] == 60
    assert printed["share"] / 100 * ACCELERATORS[1].peak["float32"] * 60 * 3600 == pytest.approx(flops)


def test_the_page_says_what_is_measured_assumed_and_checked(tmp_path, monkeypatch):
    monkeypatch.setattr(paper_cost, "project_root", lambda: tmp_path)
    assert "make measure-cost" in paper_cost.paper_cost_page()
    path = tmp_path / "results" / "measured" / "cost.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(RECORD))
    page = paper_cost.paper_cost_page()
    assert "predicted 110 s from shares of 1/8 and 1/2 of their data, measured 100 s (+10%)" in page
    assert "measured 100 s (+10%); another processor, 2026-02-03, load 0.2." in page
    assert "Single trainings scatter, from -20 to +40 %" in page
    assert "the larger of the two measured, 4,096 and 6,144 MiB" in page
    cells = re.findall(r"<t[dh][^>]*>([^<]*)</t[dh]>", page[page.index("Trainings of profile small") :])
    assert cells[6:] == [
        *("one", "40.0", "50.0", "−20", "900", "1,900"),
        *("other", "70.0", "50.0", "+40", "900", "1,900"),
        *("all, one after the other", "110.0", "100.0", "+10", "–", "–"),
    ]
    assert "5 epochs of 4,983,913 videos" in page
    assert "\n\n" not in page


@pytest.mark.parametrize(
    "dataset",
    [
        VideoLevelShards(*video_level.PROFILES["small"].shards),
        SimulatedVideoLevel(VideoWorld(), *video_level.PROFILES["small"].videos),
    ],
    ids=["real shards", "simulated"],
)
def test_shares_of_small_are_two_amounts_of_data_and_less_than_all(dataset):
    training = TrainingRun(VideoLevelMixture(), dataset, seed=0, epochs=1, batch_size=2, learning_rate=0.1)
    parts = [smaller(training, share).dataset.train for share in paper_cost.SHARES]
    assert 0 < parts[0] < parts[1] < dataset.train


def test_the_project_s_own_record_has_all_that_the_page_needs():
    assert "Checked on profile small" in paper_cost.paper_cost_page()
