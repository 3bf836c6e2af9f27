"""What is made of the benchmark's record of training steps."""

import numpy as np
import pandas as pd
import pytest

from compactvid import papers
from compactvid.experiments import recurrent_times as times

PRINTED = pd.DataFrame(
    {
        "row": ["RNN", "T-RNN-with-frame-inputs", "DEEPEYE"],
        "runtime": [1369.0, 431.0, 477.0],
        "speed_up": [None, 3.18, 2.87],
    }
)


@pytest.fixture
def record():
    return {
        "batch_size": 16,
        "frames": 6,
        "milliseconds": {
            "RNN": [1000.0, 1100.0, 1200.0],
            "T-RNN with frame inputs": [200.0, 210.0, 250.0],
            "DEEPEYE": [300.0, 310.0, 280.0],
            "RNN on features": [3000.0, 3000.0, 3300.0],
        },
        "frame_milliseconds": 200.0,
    }


def test_epochs_are_of_1600_clips(record):
    found = times.epochs(record, PRINTED).set_index("row")
    assert found["epoch"].tolist() == pytest.approx([110, 21, 30, 300])  # 100 steps of the median
    # 9,600 frames at 200 ms.
    assert found["with_features"].tolist() == pytest.approx([110, 21, 1950, 2220])
    assert found["speed_up"].tolist() == pytest.approx([1, 110 / 21, 110 / 30, 110 / 300])
    assert found["speed_up_with_features"].tolist() == pytest.approx([1, 110 / 21, 110 / 1950, 110 / 2220])
    assert found.loc["T-RNN-with-frame-inputs", "printed"] == 431
    assert found["printed_speed_up"].round(2).tolist()[1:3] == [3.18, 2.87]
    assert np.isnan(found.loc["RNN-on-features", "printed"])


def test_shorter_epochs_are_paired_by_step(record):
    found = times.shorter_epochs(record).set_index("claim")
    saved = np.array([80.0, 89.0, 95.0])
    assert found.loc["frames_train_faster", "value"] == pytest.approx(saved.mean())
    # 4.3027 is the 97.5 % point of Student's t with two degrees of freedom.
    half = 4.3027 * saved.std(ddof=1) / 3**0.5
    assert found.loc["frames_train_faster", "value_spread"] == pytest.approx(half, rel=1e-4)
    assert found.loc["features_train_faster", "value"] == pytest.approx(np.mean([70, 79, 92]))
    assert found["rounds"].tolist() == [3, 3]


def test_speed_ups_are_ratios_within_a_round(record):
    found = times.speed_ups(record, PRINTED).set_index("claim")
    on_features = np.array([1000 / 300, 1100 / 310, 1200 / 280])
    assert found.loc["speed_up_measured", "value"] == pytest.approx(on_features.mean())
    half = 4.3027 * on_features.std(ddof=1) / 3**0.5
    assert found.loc["speed_up_measured", "value_spread"] == pytest.approx(half, rel=1e-4)
    assert found.loc["speed_up_on_frames_measured", "value"] == pytest.approx((5 + 1100 / 210 + 4.8) / 3)
    # 1,920 s for the features of 9,600 frames.
    assert found.loc["speed_up_with_detector", "value"] == pytest.approx((100 / 1950 + 110 / 1951 + 120 / 1948) / 3)
    assert found["printed"].to_dict() == {
        "speed_up_measured": 2.87,
        "speed_up_with_detector": 2.87,
        "speed_up_on_frames_measured": 3.18,
    }
    assert found["rounds"].tolist() == [3, 3, 3]


def test_the_ledger_has_a_row_for_each_speed_up():
    entries = {entry.id: entry for entry in papers.entries("deepeye2018")}
    for claim in times.SPEED_UPS:
        entry = entries[f"deepeye2018.claims.{claim}"]
        assert (entry.about.unit, entry.about.stated.verdict) == ("ratio", "different hardware")
