"""Ensembles within the limit, and replacements, against a slow search; GAP against a mean by hand."""

from itertools import combinations
from types import SimpleNamespace

import numpy as np
import pytest

from compactvid.experiments import ensembles
from compactvid.experiments import full_ensembles as full
from compactvid.metrics import global_average_precision

PRINTED = {"Y": 381.40, "G": 358.85, "F": 339.76, "H": 286.85, "L": 199.61, "J": 186.11, "S": 151.85, "P": 80.21}
"""Float16 MiB of Table 1."""


@pytest.fixture
def scores(monkeypatch):
    generator = np.random.default_rng(3)
    labels = generator.random((40, 30)) < 0.1
    found = {letter: generator.random((40, 30)).astype("float32") for letter in PRINTED}
    monkeypatch.setattr(
        full, "sizes", lambda profile, counted="paper": {name: round(mib * 2**20) for name, mib in PRINTED.items()}
    )
    monkeypatch.setattr(full, "_predictions", lambda *_: (labels, found))
    full.weighted_gap.cache_clear()
    yield labels, found
    full.weighted_gap.cache_clear()


def every(count):
    return ["".join(members) for members in combinations(PRINTED, count)]


def mib(members):
    return sum(PRINTED[letter] for letter in members)


def test_full_ensembles_by_trying_all(scores):
    expected = set()
    for count in range(1, len(PRINTED) + 1):
        fitting = [members for members in every(count) if mib(members) <= 1024]
        expected |= {members for members in fitting if mib(members) >= 0.95 * max(map(mib, fitting))}
    found = full.full_ensembles("full")
    assert set(found["members"]) == expected
    assert len(found) == len(expected)
    assert (found["models"] == found["members"].str.len()).all()
    assert found["mib"].tolist() == pytest.approx([mib(members) for members in found["members"]], abs=1e-3)
    assert {"YHLS", "YFH", "GHLS"} <= expected  # of the paper's twelve


def test_replacements_by_trying_all(scores):
    expected = {
        (larger, smaller, others)
        for larger in PRINTED
        for smaller in every(2)
        for others in every(2)
        if len({larger, *smaller, *others}) == 5
        and 0.95 <= mib(smaller) / mib(larger) <= 1.05
        and 0.95 * 1024 <= mib(larger + others) <= 1024
        and 0.95 * 1024 <= mib(smaller + others) <= 1024
    }
    found = {tuple(row) for row in full.swaps("full").to_numpy()}
    assert found == expected
    assert ("F", "LS", "YH") in found  # which turns the paper's YFH into its YHLS


def test_members_weigh_as_much_as_they_take(scores):
    labels, found = scores
    by_hand = sum(PRINTED[letter] * found[letter].astype("float64") for letter in "YHLS") / mib("YHLS")
    expected = global_average_precision(labels, by_hand)
    assert full.weighted_gap("YHLS", "full", 0, "test") == pytest.approx(expected, abs=1e-6)
    assert full.gaps(["SLYH"], "full", 0, "test").tolist() == pytest.approx([expected], abs=1e-6)
    assert full.weighted_gap("L", "full", 0, "test") == global_average_precision(labels, found["L"])
    uniform = sum(found[letter] for letter in "YHLS")
    assert abs(global_average_precision(labels, uniform) - expected) > 1e-4


def test_margins_of_one_replacement(scores):
    labels, found = scores
    swaps, margins = full.swaps("full"), full.margins("full", 0, "test")
    row = swaps.index[(swaps == ["F", "LS", "YH"]).all(axis=1)].item()

    def gap(members):
        return global_average_precision(labels, sum(PRINTED[name] / mib(members) * found[name] for name in members))

    alone, inside = gap("LS") - gap("F"), gap("LSYH") - gap("FYH")
    assert margins.loc[row].tolist() == pytest.approx([alone, inside, min(alone, -inside)], abs=1e-6)


def test_bytes_as_trained_have_a_limit_of_their_own(scores, monkeypatch):
    trained = {name: round((mib - 40) * 1000) for name, mib in PRINTED.items()}
    paper = full.sizes("full")
    monkeypatch.setattr(full, "sizes", lambda profile, counted="paper": trained if counted == "trained" else paper)
    limit = full.budget("full", "trained")
    assert limit / sum(trained[name] for name in "YHLS") == pytest.approx(
        2**30 / sum(paper[name] for name in "YHLS"), 1e-5
    )
    found = full.full_ensembles("full", "trained")
    fitting = [members for members in every(5) if sum(trained[name] for name in members) <= limit]
    most = max(sum(trained[name] for name in members) for members in fitting)
    assert set(found.loc[found["models"] == 5, "members"]) == {
        members for members in fitting if sum(trained[name] for name in members) >= 0.95 * most
    }
    assert not any(mib(members) > 1024 for members in full.full_ensembles("full")["members"])
    assert any(mib(members) > 1024 for members in found["members"])


def test_sizes_are_those_of_the_models(monkeypatch):
    measured = []

    run = SimpleNamespace(result={"float16": [{"bytes": 3}, {"bytes": 4}]})
    monkeypatch.setattr(ensembles, "load_or_run", lambda config: measured.append(config.model) or run)
    full.sizes.cache_clear()
    assert full.sizes("smoke") == dict.fromkeys("YGFHLS", 7)
    assert [(model.cluster_size, model.hidden_size) for model in measured[:2]] == [(24, 1440), (32, 1280)]
    assert full.sizes("smoke", "trained") == dict.fromkeys("YGFHLS", 7)
    assert [(model.cluster_size, model.hidden_size, model.num_classes) for model in measured[6:8]] == [
        (12, 90, 60),
        (16, 80, 60),
    ]
    full.sizes.cache_clear()
