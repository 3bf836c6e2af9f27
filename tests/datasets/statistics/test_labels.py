"""Label statistics against counting by hand and closed forms."""

import itertools
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compactvid.datasets.statistics.labels import LabelStatistics, label_statistics
from compactvid.datasets.statistics.power_law import power_law_exponent


@pytest.mark.parametrize("exponent", [0.0, 0.35, 1.0, 2.5])
def test_power_law_finds_the_exponent_that_was_put_in(exponent):
    assert power_law_exponent(7 * np.arange(1, 50) ** -exponent) == pytest.approx(exponent, abs=1e-12)


def test_power_law_is_the_least_squares_line():
    values = np.random.default_rng(0).uniform(0.1, 1, 9)
    x, y = np.log(np.arange(1, 10)), np.log(values)
    slope = ((x - x.mean()) * (y - y.mean())).sum() / ((x - x.mean()) ** 2).sum()
    assert power_law_exponent(values) == pytest.approx(-slope)


@pytest.mark.parametrize("values", [[1.0], [1.0, 0.0], [1.0, -1.0], [1.0, np.nan], [[1.0, 2.0]]])
def test_power_law_needs_positive_values(values):
    with pytest.raises(ValueError, match="at least 2 positive values"):
        power_law_exponent(values)


def by_hand(videos, classes, ranks, commonest):
    """Videos as sets of labels, counted one by one."""
    counts = {label: sum(label in video for video in videos) for label in range(classes)}
    order = sorted((label for label in counts if counts[label]), key=lambda label: (-counts[label], label))
    ratios = [
        sum(a in video and b in video for video in videos) / (counts[a] * counts[b] / len(videos))
        for a, b in itertools.combinations(order[:commonest], 2)
    ]
    sizes = [len(video) for video in videos]
    return {
        "videos": len(videos),
        "classes": classes,
        "classes_present": len(order),
        "counts": [counts[label] for label in order],
        "histogram": [sizes.count(size) for size in range(max(sizes) + 1)],
        "mean": sum(sizes) / len(videos),
        "variance": sum((size - sum(sizes) / len(videos)) ** 2 for size in sizes) / len(videos),
        "pair_ratios": sorted(ratios, reverse=True),
        "zipf_exponent": power_law_exponent([counts[label] for label in order[:ranks]]),
    }


@given(
    st.lists(st.sets(st.integers(0, 6)), min_size=1, max_size=30).filter(lambda videos: len(set().union(*videos)) > 1),
    st.integers(1, 7),
    st.integers(2, 7),
    st.integers(2, 8),
)
def test_counts_are_those_by_hand(videos, batch_size, ranks, commonest):
    labels = np.zeros((len(videos), 7), np.uint8)
    for row, video in enumerate(videos):
        labels[row, sorted(video)] = 1
    batches = [labels[start : start + batch_size] for start in range(0, len(labels), batch_size)]
    found = label_statistics(batches, ranks=ranks, commonest=commonest)
    found |= found.pop("labels_per_video")
    expected = by_hand(videos, 7, ranks, commonest)
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        assert found[name] == pytest.approx(value), name


def test_independent_labels_occur_together_as_often_as_chance_says():
    labels = np.array(list(itertools.product((0, 1), repeat=3)))
    assert label_statistics([labels])["pair_ratios"] == [1, 1, 1]


def test_no_video_is_refused():
    with pytest.raises(ValueError, match="at least one video"):
        label_statistics([])


@dataclass(frozen=True)
class TwoVideos:
    def prepare(self, folder):
        return {"train": [folder / "file"]}

    def read(self, files, split):
        assert files[split][0].name == "file"
        return [({}, np.array([[1, 1, 0]])), ({}, np.array([[1, 0, 0]]))]


def test_configuration_reads_its_split(tmp_path):
    assert LabelStatistics(TwoVideos()).execute(tmp_path, tmp_path)["counts"] == [2, 1]
