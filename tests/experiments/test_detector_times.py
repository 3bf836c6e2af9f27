"""What is made of the benchmark's record of the full-size detector."""

import numpy as np
import pytest

from compactvid.experiments import detector_times


@pytest.fixture
def record():
    def network(size, precision, milliseconds, file_bytes):
        return {
            "input_size": size,
            "precision": precision,
            "file_bytes": file_bytes,
            "multiplications": size**2,
            "error": 0.01,
            "milliseconds": milliseconds,
        }

    return {
        "networks": [
            network(608, "float32", [400.0, 440.0, 500.0], 63_000_000),
            network(608, "int8", [100.0, 100.0, 250.0], 16_000_000),
            network(416, "float32", [200.0, 210.0, 205.0], 63_000_000),
            network(416, "int8", [100.0, 105.0, 102.5], 15_750_000),
        ],
        "load": [0.25, 0.5],
        "provenance": {"device": "a processor"},
    }


def test_times_are_medians_with_quartiles(record):
    found = detector_times.networks(record).set_index(["input_size", "precision"])
    assert found.loc[(608, "float32"), "milliseconds"] == 440
    assert found.loc[(608, "float32"), "first_quartile"] == 420
    assert found.loc[(608, "float32"), "third_quartile"] == 470
    assert found.loc[(608, "int8"), "frames_per_second"] == 10
    assert found.loc[(416, "int8"), "file_mb"] == 15.75
    assert found["file_bytes"].tolist() == [63_000_000, 16_000_000, 63_000_000, 15_750_000]


def test_ratios_are_paired_by_round(record):
    found = detector_times.ratios(record).set_index("input_size")
    paired = np.array([4.0, 4.4, 2.0])
    assert found.loc[608, "milliseconds"] == pytest.approx(paired.mean())
    # 4.3027 is the 97.5 % point of Student's t with two degrees of freedom.
    assert found.loc[608, "milliseconds_spread"] == pytest.approx(4.3027 * paired.std(ddof=1) / 3**0.5, rel=1e-4)
    assert found.loc[608, "file_bytes"] == 63 / 16
    assert found.loc[416, "milliseconds"] == pytest.approx(2)
    assert found.loc[416, "milliseconds_spread"] == pytest.approx(0, abs=1e-9)
    assert found["multiplications"].tolist() == [1, 1]
    assert detector_times.rounds(record) == 3


def test_claims_are_of_the_paper_s_size(record):
    (found,) = detector_times.of_the_paper(record).to_dict("records")
    assert found["frames_per_second"] == 10
    assert (found["multiplications"], found["time"]) == (1, pytest.approx((4.0 + 4.4 + 2.0) / 3))
    assert found["time_spread"] > 0
    assert detector_times.described(record).endswith(
        "one thread of a processor (load 0.2 to 0.5): processor time of a frame, median of 3 rounds and its quartiles"
    )


def test_what_is_recorded_is_whole():
    """The network's own multiplications, convolution by convolution, and about as many bytes as values."""
    record = detector_times.recorded()
    for found in record["networks"]:
        side, channels, expected = found["input_size"], 3, 0
        for number, filters in enumerate((16, 32, 64, 128, 256, 512, 1024, 1024), start=1):
            expected += side**2 * filters * 9 * channels
            side, channels = side // 2 if number <= 5 else side, filters
        assert found["multiplications"] == expected + side**2 * 125 * channels
        assert found["file_bytes"] == pytest.approx(
            15_867_885 * {"float32": 4, "int8": 1}[found["precision"]], rel=0.01
        )
        assert min(found["milliseconds"]) > 0
    sizes = [(found["input_size"], found["precision"]) for found in record["networks"]]
    assert sizes == [(608, "float32"), (608, "int8"), (416, "float32"), (416, "int8")]
