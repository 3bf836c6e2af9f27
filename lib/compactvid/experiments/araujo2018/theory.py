"""Araujo et al. 2018, section 3: what circulant matrices are, and what products of them with diagonal ones can be.

The plan. Starts and steps of the fits were set in a trial on other draws of matrices, and nothing was tuned after it.

`product_grows_slowly`
    The slope of log time over log n of the dense product minus that of the circulant one, one value a repetition: see
    `compactvid.experiments.circulant_times`.
`any_transformation`, `n_factors_suffice`, `reasonable_number_of_factors`
    Every matrix of order n is fitted with m = 1, ..., n pairs: drawn ones, real and complex, and two real ones that no
    draw gives. A matrix counts as reached where the relative error is below 1e-6, and what is found is an upper bound:
    16 random starts may miss a solution. Counting tells the fewest pairs that can reach an open set of matrices: of
    2 m n values 2 m - 1 only move a scalar from one factor to the next, and n^2 are needed, hence m >= (n + 1) / 2.
    `reasonable_number_of_factors` is of the largest order, since small ones are mostly rounding up.
`factors_add_capability`
    See `compactvid.experiments.circulant_approximation`.
"""

from functools import cache

import numpy as np
import pandas as pd
from scipy.linalg import circulant

from compactvid.compression.circulant_factors import CirculantFit, read_fit
from compactvid.compression.circulant_identities import CirculantIdentities
from compactvid.compression.matrix_sources import DrawnMatrix, SpecialMatrix
from compactvid.experiments import circulant_approximation
from compactvid.experiments import gated_netvlad_grid as grid
from compactvid.report.matrix_entries import matrix_entries
from compactvid.runs import load_or_run

USES = ("liu2018_table_1",)
PROFILES = {"smoke": (2, 3), "small": (2, 3, 4, 5, 6)}
"""Orders of the matrices that are factorised exactly."""
IDENTITY_ORDERS = (8, 64, 15, 81, 7, 101)
"""Powers of two, odd numbers, primes."""
REACHED, ROUNDING = 1e-6, 1e-12
"""Relative errors below which a matrix counts as reached, and two products as the same, in double precision."""
STARTS, ITERATIONS = 16, 200
"""Of the exact factorisations."""

FAMILIES = {
    "complex": "complex, drawn",
    "real": "real, drawn",
    "transposition": "swap of two values",
    "triangle": "triangle of ones",
}

IDENTITY_HEADINGS = {
    "order": "n",
    "weights": "weights",
    "convolution": "convolution",
    "fourier": "Fourier product",
    "off_diagonal": "off the diagonal",
}
FACTOR_HEADINGS = {
    "matrices": "matrices",
    "order": "n",
    "dense_values": "values, n²",
    "counted": "pairs, by counting",
    "reached": "reached with these",
    "fewest": "fewest that reach all",
    "error": "largest error, n pairs",
}
FORMATS = dict.fromkeys(("convolution", "fourier", "off_diagonal", "error"), ".1e")


def data(profile: str, seed: int) -> str:
    """What the numbers are of."""
    return f"{len(grid.draws(profile, seed))} draws of matrices, and as many trained ones"


def runs(profile: str, seed: int) -> dict[str, list]:
    """All fits, which need no framework, and what is asked of the library's layers."""
    draws = grid.draws(profile, seed)
    exact = [fit for order in PROFILES[profile] for fits in exact_fits(order, draws).values() for fit in fits]
    return {
        "fits": [*exact, *circulant_approximation.runs(profile, seed)],
        "products": [CirculantIdentities(order) for order in IDENTITY_ORDERS],
    }


def exact_fits(order: int, draws: range) -> dict[str, list[CirculantFit]]:
    """The fits of up to n pairs to matrices of order n, by their family."""
    drawn = {field: [DrawnMatrix(order, draw, field) for draw in draws] for field in ("complex", "real")}
    special = {name: [SpecialMatrix(name, order)] for name in ("transposition", "triangle")}
    pairs = tuple(range(1, order + 1))
    return {
        family: [CirculantFit(matrix, pairs, STARTS, ITERATIONS) for matrix in matrices]
        for family, matrices in (drawn | special).items()
    }


def identities() -> pd.DataFrame:
    """One row an order: weights of the circulant layer, and how far the products are from each other."""
    results = [load_or_run(CirculantIdentities(order)).result for order in IDENTITY_ORDERS]
    return pd.DataFrame([{"order": order, **result} for order, result in zip(IDENTITY_ORDERS, results, strict=True)])


def example(order: int = 8) -> pd.DataFrame:
    """A circulant matrix and the same in the Fourier basis, an entry a row: picture, row, column, value (magnitudes
    in the Fourier basis)."""
    matrix = circulant(np.random.default_rng(0).normal(size=order))
    transform = np.fft.fft(np.eye(order))
    spectrum = np.abs(transform @ matrix @ np.linalg.inv(transform))
    return matrix_entries({"circulant matrix C": matrix, "|F C F⁻¹|": spectrum.round(12)})


@cache
def factorisations(profile: str, seed: int) -> pd.DataFrame:
    """One row a family and order: fewest pairs that can do by counting, what they reached, fewest that reach all."""
    rows = []
    for family, label in FAMILIES.items():
        for order in PROFILES[profile]:
            fits = exact_fits(order, grid.draws(profile, seed))[family]
            errors = pd.DataFrame([load_or_run(fit).result["errors"] for fit in fits]).set_axis(fits[0].pairs, axis=1)
            reached = errors < REACHED
            counted = -(-(order + 1) // 2)
            fewest = reached.all().idxmax() if reached.all().any() else None
            rows.append(
                {
                    "family": family,
                    "matrices": label,
                    "order": order,
                    "dense_values": order**2,
                    "counted": counted,
                    "reached": f"{reached[counted].sum()} of {len(fits)}",
                    "fewest": fewest,
                    "error": errors[order].max(),
                }
            )
    return pd.DataFrame(rows).astype({"fewest": "Int64"})


def factors(profile: str, seed: int) -> pd.DataFrame:
    """The first drawn real matrix of the largest order, its factors with the fewest pairs that reach it, and their
    product: an entry a row, as in `example`."""
    order = PROFILES[profile][-1]
    fit = exact_fits(order, grid.draws(profile, seed))["real"][0]
    run = load_or_run(fit)
    matrix, found = read_fit(run.folder)
    fewest = min(pairs for pairs in fit.pairs if run.result["errors"][str(pairs)] < REACHED)
    pictures = {"A": matrix, "their product": found[fewest].product()}
    for number, (diagonal, column) in enumerate(zip(*found[fewest], strict=True), 1):
        pictures |= {f"D{number}": np.diag(diagonal), f"C{number}": circulant(column)}
    return matrix_entries(pictures)


def statements(factorisations: pd.DataFrame) -> pd.DataFrame:
    """One row a claim that is true (1) or not (0): columns claim, value."""
    found = identities()
    agree = found[["convolution", "fourier", "eigenvalues"]].to_numpy().max() < ROUNDING
    complex_ones = factorisations[factorisations["family"] == "complex"]
    rows = {
        "any_transformation_weights": (found["weights_of_n_pairs"] > found["order"] ** 2).all(),
        "rows_are_shifted": found["rows_are_shifted"].all(),
        "vector_determines_matrix": (found["weights"] == found["order"]).all(),
        "circular_convolution": agree,
        "n_factors_suffice": (complex_ones["error"] < REACHED).all(),
    }
    return pd.DataFrame({"claim": list(rows), "value": [float(value) for value in rows.values()]})


def of_real_matrices(factorisations: pd.DataFrame) -> tuple[float, float]:
    """The largest error of n pairs on any real matrix, and the fewest pairs a row that reach all drawn ones of the
    largest order."""
    real = factorisations[factorisations["family"] != "complex"]
    largest = real[real["family"] == "real"].iloc[-1]
    return float(real["error"].max()), float(largest["fewest"] / largest["order"])
