"""What is made of the benchmark's record of circulant products: of times that follow a power of n exactly."""

import numpy as np
import pytest

from compactvid.experiments import circulant_times

ORDERS = np.array([256, 512, 1024])


@pytest.fixture
def record():
    noise = np.array([[1.0], [1.1]])
    seconds = {"dense": noise * ORDERS**2.0 * 1e-6, "circulant": noise**2 * ORDERS * 1e-5}
    layers = [
        {"features": features, "units": 512, "mode": mode, "work": work, "median_ratio": {"dense": ratio}}
        for ratio, (features, mode, work) in enumerate(
            [(8192, "graph", "forward"), (8192, "graph", "forward and gradients"), (65536, "xla", "forward")]
        )
    ]
    products = {"orders": ORDERS.tolist(), "seconds": {name: found.tolist() for name, found in seconds.items()}}
    one = {"load": 0.2, "layers": layers, "products": products}
    return {"threads": {"1": one}, "provenance": {"device": "a processor"}}


def test_exponents_are_slopes_of_paired_repetitions(record):
    found = circulant_times.exponents(record).set_index("product")
    assert found.loc["dense", "exponent"] == pytest.approx(2)
    assert found.loc["circulant", "exponent"] == pytest.approx(1)
    assert found.loc["difference", "exponent"] == pytest.approx(1)
    assert found.loc["difference", "exponent_spread"] == pytest.approx(0, abs=1e-9)
    assert circulant_times.repetitions(record) == 2


def test_times_are_medians_in_milliseconds(record):
    found = circulant_times.products(record)
    np.testing.assert_allclose(found["dense"], 1.05 * ORDERS**2.0 * 1e-3)
    np.testing.assert_allclose(found["ratio"], 1.05 / 1.105 * ORDERS / 10)


def test_the_layer_is_the_one_with_gradients_on_one_thread(record):
    assert circulant_times.layer(record).to_dict("records") == [
        {"device": "a processor", "threads": 1, "load": 0.2, "ratio": 1}
    ]


def test_what_is_recorded_is_whole():
    record = circulant_times.recorded()
    assert record["threads"]["1"]["products"]["difference"] < 1e-4  # of float32 products
    assert len(circulant_times.layer(record)) == 1
    assert (circulant_times.products(record)[["dense", "circulant"]] > 0).all(axis=None)
