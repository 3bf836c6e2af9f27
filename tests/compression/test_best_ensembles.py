"""The exact search, against brute force over itertools; the score model, against refits and a closed form."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compactvid.compression import affordable_subsets as module
from compactvid.compression.affordable_subsets import affordable_subsets
from compactvid.compression.best_ensembles import best_ensembles
from compactvid.compression.ensemble_score import fit_ensemble_score

FRAME = pd.DataFrame({"name": ["a", "b", "c"], "bytes": [3, 4, 5], "gap": [0.5, 0.6, 0.7]})


def brute_force(sizes, budget):
    models = range(len(sizes))
    subsets = [chosen for n in range(1, len(sizes) + 1) for chosen in combinations(models, n)]
    return {chosen for chosen in subsets if sum(sizes[model] for model in chosen) <= budget}


@given(sizes=st.lists(st.integers(1, 20), min_size=1, max_size=9), budget=st.integers(1, 100))
def test_subsets_are_those_of_brute_force(sizes, budget):
    expected = brute_force(sizes, budget)
    if expected:
        found = [tuple(np.flatnonzero(subset)) for subset in affordable_subsets(sizes, budget)]
        assert len(found) == len(expected)
        assert set(found) == expected
    else:
        with pytest.raises(ValueError, match=f"no model fits into {budget} bytes: the smallest has {min(sizes)}"):
            affordable_subsets(sizes, budget)


@given(
    rows=st.lists(st.tuples(st.integers(1, 20), st.integers(-5, 5)), min_size=1, max_size=8),
    budget=st.integers(20, 80),
    top=st.integers(1, 300),
)
def test_best_are_those_of_brute_force(rows, budget, top):
    """The score is a sum plus a bonus for pairs: no order of single models gives its best."""
    sizes, values = zip(*rows, strict=True)

    def score(members, candidates):
        return members @ candidates["value"].to_numpy() + 3 * (members.sum(axis=1) == 2)

    expected = sorted(
        (
            -(sum(values[model] for model in chosen) + 3 * (len(chosen) == 2)),
            sum(sizes[model] for model in chosen),
            len(chosen),
        )
        for chosen in brute_force(sizes, budget)
    )
    frame = pd.DataFrame({"name": [f"m{i}" for i in range(len(rows))], "bytes": sizes, "value": values})
    found = best_ensembles(frame, budget, score=score, top=top)
    assert list(zip(-found["score"], found["bytes"], found["models"], strict=True)) == expected[:top]
    for row in found.itertuples():
        assert len(row.members) == row.models
        assert frame.set_index("name").loc[list(row.members), "bytes"].sum() == row.bytes <= budget


def test_a_budget_is_met_exactly():
    found = best_ensembles([("a", 3), ("b", 4), ("c", 5)], 7, score=lambda members, _: members.sum(axis=1), top=1)
    assert found.to_dict("records") == [{"members": ("a", "b"), "models": 2, "bytes": 7, "score": 2.0}]


@pytest.mark.parametrize(
    ("candidates", "budget", "message"),
    [
        ([], 9, "there are no candidates"),
        (FRAME, 2, "no model fits into 2 bytes: the smallest has 3"),
        (FRAME.assign(name=["a", "b", "a"]), 9, "candidate 'a' is there twice"),
        (FRAME.assign(bytes=[3, 0, 5]), 9, "bytes of 'b' must be a whole number > 0, not 0"),
        (FRAME.assign(bytes=[3, -4, 5]), 9, "bytes of 'b' must be a whole number > 0, not -4"),
        (FRAME.assign(bytes=[3, 4.5, 5]), 9, "bytes of 'b' must be a whole number > 0, not 4.5"),
        (FRAME.assign(bytes=[3, 4, np.nan]), 9, "bytes of 'c' must be a whole number > 0, not nan"),
        (FRAME.drop(columns="gap"), 9, "candidates have no gap; they have"),
        ([("a", 3)], 9, "candidates have no gap; they have"),
    ],
)
def test_bad_candidates(candidates, budget, message):
    with pytest.raises(ValueError, match=message):
        best_ensembles(candidates, budget)


def test_bad_scores_and_numbers():
    for score, message in (
        (lambda members, _: np.where(members[:, 0] & ~members[:, 1], np.nan, 1.0), r"score is NaN for \('a',\)"),
        (lambda members, _: np.ones(3), r"score must return 6 numbers, got shape \(3,\)"),
    ):
        with pytest.raises(ValueError, match=message):
            best_ensembles(FRAME, 9, score=score)
    with pytest.raises(ValueError, match="top must be at least 1, not 0"):
        best_ensembles(FRAME, 9, score=lambda members, _: members.sum(axis=1), top=0)


@pytest.mark.parametrize("sizes", [[], [3, 0], [2.5]])
def test_bad_sizes(sizes):
    with pytest.raises(ValueError, match="whole numbers of bytes > 0"):
        affordable_subsets(sizes, 9)


def test_more_subsets_than_memory_holds(monkeypatch):
    monkeypatch.setattr(module, "MOST_SUBSETS", 100)
    with pytest.raises(ValueError, match="more than 100 subsets fit into 1000 bytes"):
        affordable_subsets([1] * 60, 1000)


def ensembles(rng, count=11):
    members = rng.random((count, 8)) < 0.5
    members[:, 0] |= ~members.any(axis=1)
    return members, rng.uniform(0.8, 0.9, 8)


def test_score_model_finds_its_own_coefficients():
    members, gaps = ensembles(np.random.default_rng(1))
    observed = [
        0.3 + 0.6 * gaps[chosen].mean() + 0.02 * (1 - 1 / chosen.sum()) for chosen in members
    ]  # the formula, a row at a time
    fitted = fit_ensemble_score(members, gaps, observed)
    assert fitted.coefficients == pytest.approx((0.3, 0.6, 0.02), abs=1e-9)
    assert fitted.error < 1e-9
    candidates = pd.DataFrame({"gap": gaps})
    assert fitted(members, candidates) == pytest.approx(observed)


def test_left_out_errors_are_those_of_refits():
    rng = np.random.default_rng(2)
    members, gaps = ensembles(rng)
    observed = rng.normal(0.88, 0.001, len(members))
    refits = []
    for left_out in range(len(members)):
        kept = np.arange(len(members)) != left_out
        prediction = fit_ensemble_score(members[kept], gaps, observed[kept])(members, pd.DataFrame({"gap": gaps}))
        refits.append(observed[left_out] - prediction[left_out])
    fitted = fit_ensemble_score(members, gaps, observed)
    assert fitted.left_out_errors == pytest.approx(refits, rel=1e-6)
    assert fitted.error == pytest.approx(np.sqrt(np.mean(np.square(refits))))


def test_score_model_refuses_what_tells_nothing():
    members, gaps = ensembles(np.random.default_rng(3))
    observed = np.full(len(members), 0.88)
    pairs = np.array([[i in pair for i in range(8)] for pair in combinations(range(8), 2)])
    for bad in (
        (members[:4], gaps, observed[:4]),
        (pairs, gaps, np.full(len(pairs), 0.88)),
        (members, np.full(8, 0.85), observed),
    ):
        with pytest.raises(ValueError, match="at least 5 ensembles that differ"):
            fit_ensemble_score(*bad)
    with pytest.raises(ValueError, match="must be finite"):
        fit_ensemble_score(members, gaps, observed * np.nan)
