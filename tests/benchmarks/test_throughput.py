"""The throughput benchmark runs where only NumPy, JAX and Keras are, and counts the arithmetic that there is."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "throughput.py"
# Hides the packages that a GPU machine with JAX and Keras may lack, however they are asked for.
WITHOUT = """
import runpy, sys
ABSENT = {"tensorflow", "h5py", "pandas", "filelock", "pydantic", "yaml", "requests"}
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ABSENT:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Absent())
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
assert not ABSENT & set(sys.modules)
"""
K, H, CLASSES, RGB, AUDIO, FRAMES, BATCH, MIXTURES = 4, 32, 50, 64, 16, 20, 8, 5


@pytest.fixture(scope="module")
def record(tmp_path_factory):
    output = tmp_path_factory.mktemp("throughput") / "throughput.json"
    sizes = {"cluster-size": K, "hidden-size": H, "num-classes": CLASSES, "rgb-size": RGB, "audio-size": AUDIO}
    options = [f"--{name}={size}" for name, size in sizes.items()]
    options += [f"--frames={FRAMES}", f"--batch-size={BATCH}", "--steps=2", "--peak", "float32=0.5"]
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "KERAS_BACKEND")}
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, str(SCRIPT), *options, f"--output={output}"],
        env=kept | {"JAX_PLATFORMS": "cpu", "JAX_DISABLE_MOST_OPTIMIZATIONS": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(output.read_text())


def test_a_row_for_training_and_inference_in_both_precisions(record):
    rows = record["measured"]
    assert [(row["work"], row["dtype"]) for row in rows] == [
        ("inference", "float32"),
        ("training", "float32"),
        ("inference", "bfloat16"),
        ("training", "bfloat16"),
    ]
    for row in rows:
        assert row["examples_per_second"] == pytest.approx(BATCH / row["seconds"])
        share = row["flops"] / row["seconds"] / 0.5e12 if row["dtype"] == "float32" else None
        assert row["utilisation"] == (share if share is None else pytest.approx(share))
        assert row["memory_mib"] > 0


def test_flops_are_those_of_the_matrix_products(record):
    """Two for each multiplication; NetVLAD has two products a frame, of the width of its features and clusters.

    What is elementwise comes on top: at these widths less than half as much again. Training takes three times a
    forward pass, less what the first layers need not hand on, and Adam's dozen operations a weight.
    """
    vlad = 2 * FRAMES * (RGB * K + AUDIO * (K // 2))
    dense = (RGB * K + AUDIO * (K // 2)) * H + H * 2 * H + (2 * H) ** 2
    mixture = 2 * H * CLASSES * (2 * MIXTURES + 1) + CLASSES**2
    expected = 2 * BATCH * (vlad + dense + mixture)
    inference, training = (row["flops"] for row in record["measured"][:2])
    assert expected < inference < 1.5 * expected
    assert 2.2 * inference < training < 3 * inference + 20 * (dense + mixture)
