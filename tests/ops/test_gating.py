import math

import numpy as np
from keras import ops

from compactvid.ops import context_gate


def test_context_gate_is_equation_3():
    random = np.random.default_rng(0)
    x, logits = random.normal(size=(2, 4, 7)).astype("float32")
    pairs = np.stack([x, logits], axis=-1).tolist()
    expected = [[value / (1 + math.exp(-logit)) for value, logit in row] for row in pairs]
    np.testing.assert_allclose(ops.convert_to_numpy(context_gate(x, logits)), expected, rtol=1e-6)


def test_gates_open_close_and_halve():
    x = np.array([2.0, 2.0, 2.0], dtype="float32")
    logits = np.array([200.0, -200.0, 0.0], dtype="float32")
    np.testing.assert_array_equal(ops.convert_to_numpy(context_gate(x, logits)), [2.0, 0.0, 1.0])
