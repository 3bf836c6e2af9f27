import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]


@pytest.mark.skipif(os.environ.get("KERAS_BACKEND") == "jax", reason="these tests run on JAX already")
def test_ops_and_layers_work_on_jax_too():
    """The equations, the contracts and what padding does, once more on the other backend; and two whole networks."""
    # Not float64: on JAX, Keras computes batch normalisation in float32 at most.
    chosen = "not float64 and (contract or equation or released or moments or without_frames or padding or gradient)"
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist", "-k", chosen]
    # These tests compile hundreds of tiny programs once each; optimising them costs more than it gains.
    variables = {"KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu", "JAX_DISABLE_MOST_OPTIMIZATIONS": "1"}
    network = f"{TESTS}/models/test_circulant_network.py::test_predicts_what_the_equations_say[compact-audio]"
    integers = f"{TESTS}/compression/test_integer_network.py::test_equation_3_and_the_whole_flow_bit_for_bit[printed]"
    run = subprocess.run(
        [*command, TESTS / "ops", TESTS / "layers", network, integers],
        env={**os.environ, **variables},
        cwd=TESTS.parent,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-2000:]
    passed = int(run.stdout.rsplit(" passed", 1)[0].rsplit(maxsplit=1)[-1])
    assert passed > 20, run.stdout[-500:]
