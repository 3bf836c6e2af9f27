"""Label draws against the distribution that they are said to follow."""

import numpy as np
import pytest
from scipy import stats

from compactvid.datasets.simulated.labels import LabelModel

NUM_VIDEOS = 20_000
HOME = np.arange(24) % 5  # five topics of five or four classes


def _draw(model: LabelModel, count: int = NUM_VIDEOS) -> tuple[np.ndarray, np.ndarray]:
    """Topics (videos,) and a table of labels (videos, classes)."""
    rng = np.random.default_rng(3)
    topics, table = np.zeros(count, int), np.zeros((count, model.home.size), bool)
    for video in range(count):
        topics[video], classes = model.draw(rng)
        table[video, classes] = True
    return topics, table


def _expected_frequencies(model: LabelModel) -> np.ndarray:
    """(topics, classes): the joint probability of topic and label, summed over topics' and draw counts' cases."""
    zipf = np.array([(rank + 1.0) ** -model.exponent for rank in range(model.home.size)])
    zipf /= zipf.sum()
    joint = np.zeros((model.home.max() + 1, model.home.size))
    for topic in range(len(joint)):
        members = model.home == topic
        share = zipf[members].sum()
        for label in range(model.home.size):
            one_draw = (1 - model.coherence) * zipf[label] + model.coherence * members[label] * zipf[label] / share
            for extra in range(80):
                probability = stats.poisson.pmf(extra, model.mean_extra_draws)
                joint[topic, label] += share * probability * (1 - (1 - one_draw) ** (1 + extra))
    return joint


@pytest.mark.parametrize(
    ("exponent", "coherence", "labels_per_video"), [(1.0, 0.5, 3.0), (0.5, 0.9, 2.0), (1.3, 0.0, 1.5)]
)
def test_labels_and_topics_have_the_frequencies_of_the_model(exponent, coherence, labels_per_video):
    model = LabelModel(HOME, exponent, coherence, labels_per_video)
    expected = _expected_frequencies(model)
    assert expected.sum() == pytest.approx(labels_per_video, abs=1e-6)

    topics, table = _draw(model)
    counted = np.array([table[topics == topic].sum(axis=0) for topic in range(5)])
    deviation = (counted - NUM_VIDEOS * expected) / np.sqrt(NUM_VIDEOS * expected * (1 - expected))
    # 120 binomial counts: beyond 4.5 standard deviations once in about 1,200 tables.
    assert np.abs(deviation).max() < 4.5
    assert stats.kstest(deviation.ravel(), "norm").pvalue > 0.001


def test_one_label_a_video_is_exactly_zipf():
    _, table = _draw(LabelModel(HOME, 1.0, 0.7, 1.0))
    assert (table.sum(axis=1) == 1).all()
    zipf = 1 / np.arange(1, 25) / sum(1 / rank for rank in range(1, 25))
    assert stats.chisquare(table.sum(axis=0), NUM_VIDEOS * zipf).pvalue > 0.001


def test_full_coherence_keeps_labels_at_home():
    topics, table = _draw(LabelModel(HOME, 1.0, 1.0, 2.5), count=2000)
    assert (HOME[np.nonzero(table)[1]] == topics[np.nonzero(table)[0]]).all()
    assert len(np.unique(topics)) == 5


def test_every_video_has_a_label():
    _, table = _draw(LabelModel(HOME, 1.0, 0.5, 1.2), count=2000)
    assert table.any(axis=1).all()


def test_more_labels_than_a_topic_has_are_refused():
    with pytest.raises(
        ValueError, match=r"labels_per_video must be at most 4\.\d+ in a world of 24 classes and 5 topics"
    ):
        _ = LabelModel(HOME, 1.0, 1.0, 5.0).mean_extra_draws
