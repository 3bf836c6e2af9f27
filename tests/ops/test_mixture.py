import math

import keras
import numpy as np
import pytest
from keras import ops

from compactvid.ops import mixture_probability


def probability_of_one_class(gates, experts):
    """The released code's classifier for one video and one class, in plain floats."""
    weights = [math.exp(gate) for gate in gates]
    return sum(
        weight / sum(weights) / (1 + math.exp(-expert)) for weight, expert in zip(weights, experts, strict=False)
    )


# float16 inputs are exact in float32, in which all is computed: the result differs by float32's rounding only.
@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_mixture_probability_is_the_released_classifier(dtype):
    random = np.random.default_rng(0)
    gates = (3 * random.normal(size=(4, 6, 3))).astype(dtype)
    experts = (3 * random.normal(size=(4, 6, 2))).astype(dtype)
    result = mixture_probability(gates, experts)
    expected = [
        [probability_of_one_class(g.tolist(), e.tolist()) for g, e in zip(gates[video], experts[video], strict=True)]
        for video in range(4)
    ]
    assert keras.backend.standardize_dtype(result.dtype) == "float32"
    np.testing.assert_allclose(ops.convert_to_numpy(result), expected, rtol=1e-6)


def test_the_last_gate_is_the_dummy_expert():
    certain = np.full((1, 1, 2), 100.0, dtype="float32")  # both experts say "present"
    to_dummy = np.array([[[0.0, 0.0, 100.0]]], dtype="float32")
    to_experts = np.array([[[100.0, 100.0, 0.0]]], dtype="float32")
    assert ops.convert_to_numpy(mixture_probability(to_dummy, certain)).item() < 1e-30
    assert ops.convert_to_numpy(mixture_probability(to_experts, certain)).item() == 1.0
