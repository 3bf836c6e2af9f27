"""Ensembles of stored predictions, against brute force over itertools and the metric itself."""

import json
from itertools import combinations

import numpy as np
import pytest

from compactvid.compression.ensemble_weights import tune_weights
from compactvid.compression.subset_search import SubsetSearch, read_subsets
from compactvid.compression.tuned_ensemble import TunedEnsemble
from compactvid.metrics import global_average_precision
from compactvid.training.predictions import save_predictions

SIZES = (30, 50, 40, 20)


@pytest.fixture
def members(tmp_path):
    """Folders as trainings leave them: scores of four models of unlike quality, on two splits."""
    rng = np.random.default_rng(0)
    folders = [tmp_path / f"model_{number}" for number in range(len(SIZES))]
    for folder in folders:
        folder.mkdir()
    for split, videos, noises in (("validate", 80, (1.0, 1.5, 0.8, 3.0)), ("test", 120, (3.0, 1.2, 2.0, 1.0))):
        labels = rng.random((videos, 30)) < 0.1
        for folder, noise in zip(folders, noises, strict=True):
            scores = labels + noise * rng.random(labels.shape)
            save_predictions(folder / f"best_averaged.{split}.npz", labels, scores)
    return folders


def predictions(folders, split):
    archives = [np.load(folder / f"best_averaged.{split}.npz") for folder in folders]
    labels = np.unpackbits(archives[0]["labels"], axis=1, count=30)
    return labels, [archive["scores"].astype("float64") for archive in archives]


def test_tuned_ensemble_reports_what_it_tuned(members, tmp_path):
    result = TunedEnsemble(()).execute(tmp_path, None, members)
    labels, scores = predictions(members, "validate")
    assert result["weights"] == tune_weights(labels, np.array(scores, "float32")).tolist()
    for name, weights in (("uniform", [0.25] * 4), ("tuned", result["weights"])):
        for split, key in (("validate", "validation_gap"), ("test", "test_gap")):
            labels, scores = predictions(members, split)
            mixed = sum(weight * score for weight, score in zip(weights, scores, strict=True))
            assert result[name][key] == pytest.approx(global_average_precision(labels, mixed), abs=1e-6)


def test_members_of_other_data_are_refused(members, tmp_path):
    labels, scores = predictions(members[:1], "validate")
    save_predictions(members[2] / "best_averaged.validate.npz", 1 - labels, scores[0])
    with pytest.raises(ValueError, match=r"model_2: its validate labels are not those of .*model_0: expected one data"):
        TunedEnsemble(()).execute(tmp_path, None, members)


def test_search_is_brute_force(members, tmp_path):
    sizes = []
    for number, size in enumerate(SIZES):
        sizes.append(tmp_path / f"size_{number}")
        sizes[-1].mkdir()
        tensors = {"float16": [{"bytes": size - 1}, {"bytes": 1}], "float32": [{"bytes": 9999}]}
        (sizes[-1] / "result.json").write_text(json.dumps(tensors))
    labels, scores = predictions(members, "validate")
    expected = {
        chosen: global_average_precision(labels, np.mean([scores[model] for model in chosen], axis=0))
        for count in range(1, 5)
        for chosen in combinations(range(4), count)
        if sum(SIZES[model] for model in chosen) <= 100
    }
    search = SubsetSearch(members=(0, 1, 2, 3), sizes=(0, 1, 2, 3), budget_bytes=100)
    assert search.requires == (0, 1, 2, 3, 0, 1, 2, 3)
    result = search.execute(tmp_path, None, [*members, *sizes])
    subsets, gaps = read_subsets(tmp_path)
    found = {tuple(np.flatnonzero(subset)): gap for subset, gap in zip(subsets, gaps, strict=True)}
    assert found == pytest.approx(expected, abs=1e-6)
    assert tuple(result["best"]) == max(expected, key=expected.get)
    best = [members[model] for model in result["best"]]
    alone = TunedEnsemble(()).execute(tmp_path, None, best)
    assert {name: result[name] for name in alone} == alone


def test_a_size_for_each_member():
    with pytest.raises(ValueError, match="expected one size a member, got 1 for 2"):
        SubsetSearch(members=(0, 1), sizes=(0,), budget_bytes=1)
