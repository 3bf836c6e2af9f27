"""What the page of section 3 computes from its runs, which are executed here or made up."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from compactvid.compression.circulant_identities import CirculantIdentities
from compactvid.compression.matrix_sources import DrawnMatrix
from compactvid.experiments import circulant_approximation
from compactvid.experiments.araujo2018 import theory

IDENTITY = {"rows_are_shifted": True, "convolution": 1e-16, "fourier": 1e-16, "eigenvalues": 1e-16, "off_diagonal": 0.0}


@pytest.fixture
def executed(tmp_path, monkeypatch):
    """Runs in a folder of the test's own; identities, which take TensorFlow, are made up."""

    def load_or_run(config):
        if isinstance(config, CirculantIdentities):
            n = config.order
            return SimpleNamespace(result={**IDENTITY, "weights": n, "weights_of_n_pairs": 2 * n * n})
        folder = tmp_path / str(abs(hash(config)))
        folder.mkdir(exist_ok=True)
        return SimpleNamespace(folder=folder, result=config.execute(folder, None, []))

    monkeypatch.setattr(theory, "load_or_run", load_or_run)
    monkeypatch.setattr(circulant_approximation, "load_or_run", load_or_run)
    monkeypatch.setattr(circulant_approximation, "TrainedBlock", lambda _, order: DrawnMatrix(order, 99))
    monkeypatch.setattr(circulant_approximation, "SEARCH", {"smoke": (1, 20)})
    for function in (theory.factorisations, circulant_approximation.errors, circulant_approximation._errors):
        function.cache_clear()
    yield
    for function in (theory.factorisations, circulant_approximation.errors, circulant_approximation._errors):
        function.cache_clear()


def test_pairs_are_counted_and_found(executed):
    found = theory.factorisations("smoke", 0).set_index(["family", "order"])
    assert len(found) == 8
    assert list(found.loc["complex", "counted"]) == [2, 2]
    assert list(found.loc["complex", "fewest"]) == [2, 2]
    # A swap of two values is a shift, of three it is not.
    assert list(found.loc["transposition", "fewest"]) == [1, 3]
    assert (found["error"] < 1e-6).all()
    entries = theory.factors("smoke", 0)
    by_name = {name: of["value"].to_numpy().reshape(3, 3) for name, of in entries.groupby("picture")}
    assert list(entries["picture"].unique()[:4]) == ["A", "their product", "D1", "C1"]
    pairs = [by_name[f"D{number}"] @ by_name[f"C{number}"] for number in range(1, len(by_name) // 2)]
    np.testing.assert_allclose(np.linalg.multi_dot([np.eye(3), *pairs]), by_name["A"], atol=1e-5)


def test_statements_and_their_opposites(executed, monkeypatch):
    table = theory.factorisations("smoke", 0)
    assert theory.statements(table)["value"].tolist() == [1.0] * 5
    worse = table.assign(error=1e-3)
    values = theory.statements(worse).set_index("claim")["value"]
    assert values[values == 0].index.tolist() == ["n_factors_suffice"]
    n = theory.identities()["order"]
    for column, value, claim in (
        ("convolution", 1e-3, "circular_convolution"),
        ("rows_are_shifted", False, "rows_are_shifted"),
        ("weights", n + 1, "vector_determines_matrix"),
        ("weights_of_n_pairs", n**2, "any_transformation_weights"),
    ):
        changed = theory.identities().assign(**{column: value})
        with monkeypatch.context() as patch:
            patch.setattr(theory, "identities", lambda changed=changed: changed)
            values = theory.statements(table).set_index("claim")["value"]
        assert values[values == 0].index.tolist() == [claim]


def test_real_matrices_are_summed_up_at_the_largest_order():
    table = pd.DataFrame(
        [("complex", 4, 2, 0.5), ("real", 2, 2, 1e-9), ("real", 4, 3, 1e-8), ("triangle", 4, 4, 1e-7)],
        columns=["family", "order", "fewest", "error"],
    )
    assert theory.of_real_matrices(table) == (1e-7, 0.75)


def test_errors_are_at_equal_bytes_and_paired(executed):
    errors = circulant_approximation.errors("smoke", 0)
    assert set(errors.groupby("pairs")["bytes"].unique().map(tuple)) == {(128,), (256,), (512,), (1024,)}
    by = errors.set_index(["matrices", "method", "pairs"])["error"]
    assert by["drawn, of rank 4", "low rank", 4] == pytest.approx(0, abs=1e-12)
    matrix = DrawnMatrix(16, 99).values([])
    squares = np.linalg.svd(matrix, compute_uv=False) ** 2
    assert by["trained", "low rank", 2] == pytest.approx(np.sqrt(squares[2:].sum() / squares.sum()))
    gain, _ = circulant_approximation.capability("smoke", 0)
    drawn = by["drawn at random", "circulant and diagonal"]
    assert gain == pytest.approx((drawn[1] - drawn[8]) / 3)
    advantage = circulant_approximation.advantage("smoke", 0).set_index("kind")["advantage"]
    assert advantage["random"] == pytest.approx((by["drawn at random", "low rank"] - drawn).mean())
    assert "drawn, of rank 4: circulant and diagonal" in circulant_approximation.described(errors)
    pictures = circulant_approximation.approximations("smoke", 0)
    shown = pictures[pictures["picture"] == "trained block"]["value"].to_numpy().reshape(16, 16)
    np.testing.assert_array_equal(shown, matrix)
