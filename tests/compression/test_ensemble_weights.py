import itertools
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from compactvid.compression import tune_weights
from compactvid.compression.ensemble_weights import _gap_of_weights
from compactvid.metrics import global_average_precision


def world(models, videos=200, classes=30, seed=0):
    """Labels, and scores of models that see them through more and more noise, of their own and common."""
    random = np.random.default_rng(seed)
    labels = random.random((videos, classes)) < 0.08
    common = np.where(labels, 0.0, -3.0) + random.normal(size=labels.shape)
    noise = random.normal(size=(models, *labels.shape)) * (1 + 0.2 * np.arange(models)[:, None, None])
    return labels, (1 / (1 + np.exp(-common - noise))).astype("float32")


def gap(labels, scores, weights):
    mixed = sum(np.float32(weight) * member for weight, member in zip(weights, scores, strict=True))
    return global_average_precision(labels, mixed)


@pytest.mark.parametrize("models", [1, 2, 3, 4, 7])
def test_two_decimals_that_sum_to_one_and_beat_uniform(models):
    labels, scores = world(models)
    weights = tune_weights(labels, scores)
    assert weights.shape == (models,)
    assert (weights >= 0).all()
    hundredths = np.round(100 * weights)
    np.testing.assert_allclose(100 * weights, hundredths, atol=1e-9)
    assert hundredths.sum() == 100
    best = gap(labels, scores, weights)
    if models > 1:
        assert best > gap(labels, scores, np.full(models, 1 / models))
        assert best > max(global_average_precision(labels, member) for member in scores)
    np.testing.assert_array_equal(weights, tune_weights(labels, scores))


@pytest.mark.parametrize("seed", [0, 1])
def test_against_brute_force_over_the_simplex(seed):
    """Two and three models, by the metric itself; what a local optimum may lose is far below the gain over uniform."""
    labels, scores = world(2, seed=seed)
    values = [gap(labels, scores, (part / 100, 1 - part / 100)) for part in range(101)]
    assert gap(labels, scores, tune_weights(labels, scores)) == pytest.approx(max(values), abs=2e-4)
    labels, scores = world(3, seed=seed)
    points = [(a / 100, b / 100, (100 - a - b) / 100) for a in range(0, 101, 4) for b in range(0, 101 - a, 4)]
    best = max(gap(labels, scores, point) for point in points)
    assert gap(labels, scores, tune_weights(labels, scores)) >= best - 2e-4


def test_no_single_hundredth_from_one_to_another_helps():
    labels, scores = world(4)
    weights = tune_weights(labels, scores)
    best = gap(labels, scores, weights)
    for giver, taker in itertools.permutations(range(4), 2):
        moved = weights.copy()
        moved[giver] -= 0.01
        moved[taker] += 0.01
        if moved[giver] > -1e-9:
            assert gap(labels, scores, moved) <= best + 1e-6  # float32 sums in another order


def test_a_useless_member_gets_nothing_and_equal_members_share_evenly():
    labels, scores = world(2)
    perfect = labels.astype("float32")
    assert tune_weights(labels, np.stack([scores[1], perfect])).tolist()[1] > 0
    assert global_average_precision(labels, perfect) == 1.0
    np.testing.assert_array_equal(tune_weights(labels, np.stack([scores[0]] * 3)), [0.34, 0.33, 0.33])
    wrong = 1 - perfect
    np.testing.assert_allclose(gap(labels, [perfect, wrong], tune_weights(labels, np.stack([perfect, wrong]))), 1.0)


@settings(max_examples=60, deadline=None)
@given(st.data(), st.integers(1, 25), st.integers(0, 2**32 - 1))
def test_the_candidates_lose_nothing(data, top_k, seed):
    """The restriction to candidates is exact: same GAP as the metric over all classes, for any weights and ties."""
    shape = data.draw(hnp.array_shapes(min_dims=3, max_dims=3, min_side=1, max_side=30))
    random = np.random.default_rng(seed)
    # Eighths: every weighted sum below is exact in float32.
    scores = (random.integers(0, 9, size=shape) / 8).astype("float32")
    labels = random.random(shape[1:]) < 0.3
    labels.flat[0] = True
    parts = random.integers(0, 8, size=shape[0]) + (np.arange(shape[0]) == 0)
    weights = parts / 256
    expected = global_average_precision(labels, np.tensordot(weights, scores, 1).astype("float32"), top_k=top_k)
    assert _gap_of_weights(labels, scores, top_k)(weights) == pytest.approx(expected, abs=1e-12)


def test_fast_enough_for_many_ensembles():
    """Four models, 1,000 videos, 60 classes: 0.1 s where nothing else runs; ten times that is another algorithm."""
    labels, scores = world(4, videos=1000, classes=60)
    start = time.process_time()
    tune_weights(labels, scores)
    assert time.process_time() - start < 1.5


@pytest.mark.parametrize(
    ("labels", "scores", "message"),
    [
        (np.ones((3, 2)), np.ones((4, 3, 5)), r"got \(3, 2\) and \(4, 3, 5\)"),
        (np.ones((3, 2)), np.ones((3, 2)), r"got \(3, 2\) and \(3, 2\)"),
        (np.ones((3, 2)), np.ones((0, 3, 2)), "none of them empty"),
        (np.ones((3, 2)), np.full((1, 3, 2), np.nan), "a score is not finite"),
        (np.zeros((3, 2)), np.ones((1, 3, 2)), "no positive label"),
    ],
)
def test_errors(labels, scores, message):
    with pytest.raises(ValueError, match=message):
        tune_weights(labels, scores)
