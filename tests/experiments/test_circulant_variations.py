"""What a variation changes of a training, and nothing else."""

from dataclasses import replace

import pytest

from compactvid.experiments import circulant_grid as grid
from compactvid.experiments.circulant_variations import PARTS, VARIATIONS, WORLDS, about, draws, varied
from compactvid.models import Circulant

MODELS = ("table_2.Dense-Model", "table_2.Compact-DBoF", "table_2.Compact-FC", "table_2.Compact-MoE", "table_3.6")


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize(
    ("variation", "rate", "epochs"),
    [("half_rate", 0.5, 1), ("double_rate", 2, 1), ("longer", 1, 2), ("as_tested", 1, 1)],
)
def test_rates_and_epochs_change_alone(name, variation, rate, epochs):
    base = grid.training(name, "full", 3)
    found = varied(base, variation)
    assert found == replace(base, learning_rate=rate * base.learning_rate, epochs=epochs * base.epochs)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("start", ["ones", "signs"])
def test_only_learned_diagonals_start_elsewhere(name, start):
    base = grid.training(name, "full", 3)
    found = varied(base, start)
    for part in PARTS:
        before, after = getattr(base.model, part), getattr(found.model, part)
        learned = before is not None and before.diagonal == "learned"
        assert after == (replace(before, diagonal_initializer=start) if learned else before)
    assert replace(found, model=base.model) == base


def test_fixed_signs_have_no_start():
    model = replace(grid.config("table_4.DBoF-FC-Circulant"), fully_connected=Circulant(order="CD", diagonal="signs"))
    base = grid.training(model, "full", 0)
    assert varied(base, "ones") == varied(base, None) == base


def test_two_worlds_are_varied_and_all_of_them_tested():
    assert list(draws("full", 10, None)) == [10, 11, 12, 13, 14]
    assert {tuple(draws("full", 10, name)) for name in VARIATIONS} == {tuple(range(10, 10 + WORLDS))}
    with pytest.raises(KeyError, match="triple"):
        varied(grid.training("table_3.6", "full", 0), "triple")


def test_varied_results_say_how_many_worlds_they_are_of():
    assert about("full") == {"seeds": 2, "data": "simulated frames, 2 worlds"}
    assert grid.data("full", 0) == "simulated frames, 5 worlds"
