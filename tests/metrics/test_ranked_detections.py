"""The order in which detections claim objects, against NumPy's stable sort."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compactvid.metrics.ranked_detections import RankedDetections, claiming_order

CLOSE = [0.5, np.nextafter(0.5, 1), np.nextafter(0.5, 0)]  # one float32, three float64
SCORES = st.one_of(
    st.sampled_from([0.0, -0.0, 1.0, -1.0, 1e-60, -1e-60, 5e-324, 1e39, 1e308, -1e308, *CLOSE]),
    st.floats(allow_nan=False, allow_infinity=False),
)


@given(st.lists(st.tuples(st.sampled_from("abc"), SCORES), max_size=30))
def test_hits_come_by_class_falling_score_and_row(rows):
    """Each detection finds an object of its own, but for every other one: what comes out is the order."""
    labels, scores = [label for label, _ in rows], np.array([score for _, score in rows])
    misses = np.arange(len(rows)) % 2
    boxes = {"x_min": 1.0, "y_min": 1.0, "x_max": 9.0, "y_max": 9.0}
    images = np.arange(len(rows) + 3)
    truth = pd.DataFrame({"image": images, "label": [*labels, *"abc"]}).assign(**boxes)
    detected = pd.DataFrame({"image": images[: len(rows)], "label": labels, "score": scores}).assign(**boxes)
    detected["x_min"] -= 100.0 * misses
    ranked = RankedDetections(truth, detected)
    for label, hits in zip("abc", ranked.hits(0.5), strict=True):
        mine = np.flatnonzero(np.array(labels) == label)
        expected = mine[np.argsort(0.0 - scores[mine], kind="stable")]
        assert hits.tolist() == (misses[expected] == 0).tolist()


@pytest.mark.parametrize("decimals", [2, 17])
def test_many_scores(decimals):
    """As above with one class of 20,000 detections, of which many or none have equal scores."""
    rng = np.random.default_rng(0)
    scores = rng.normal(size=20_000).round(decimals)
    box = {"label": "a", "x_min": 1, "y_min": 1, "x_max": 9}
    truth = pd.DataFrame({"image": np.arange(len(scores))}).assign(**box, y_max=9)
    detected = truth.assign(score=scores, y_max=np.where(rng.random(len(scores)) < 0.5, 9, 4))
    hits = next(RankedDetections(truth, detected).hits(0.5))
    np.testing.assert_array_equal(hits, detected.y_max.to_numpy()[np.argsort(-scores, kind="stable")] == 9)


@pytest.mark.parametrize("classes", [20, 60_000])
@pytest.mark.parametrize("decimals", [2, 17])
def test_order_is_that_of_numpys_sort(classes, decimals):
    """20 classes fit into one integer with score and row; 60,000 do not."""
    rng = np.random.default_rng(0)
    labels, scores = rng.integers(classes, size=70_000), rng.random(70_000).round(decimals)
    np.testing.assert_array_equal(claiming_order(labels, scores), np.lexsort((-scores, labels)))
