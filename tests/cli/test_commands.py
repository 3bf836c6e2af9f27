"""The small commands: size, run's refusals, accept."""

import json
import os
import re
import subprocess
import sys
from importlib import import_module

import pytest
from typer.testing import CliRunner

from compactvid.cli import app
from compactvid.compression.action_training import ActionTraining
from compactvid.experiments import experiment

runner = CliRunner()


@pytest.mark.parametrize(
    ("precision", "printed"),
    [("float32", "158.65 MiB in 32 tensors"), ("float16", "80.21 MiB in 32 tensors")],
)
def test_size_is_the_printed_one(precision, printed):
    """Liu & Liu 2018, Table 1, K16-H256 (P)."""
    done = runner.invoke(app, ["size", "--clusters", "16", "--hidden", "256", "--precision", precision, "--tensors"])
    assert done.exit_code == 0, done.output
    *tensors, last = done.output.strip().splitlines()
    assert last == f"K16-H256 {precision}: {printed}"
    assert len(tensors) == 32
    sizes = [float(line.split()[0]) for line in tensors]
    assert sizes == sorted(sizes, reverse=True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["size", "--clusters", "0"], "cluster_size"),
        (["size", "--precision", "float8"], "precision must be one of float32, float16, not 'float8'"),
        (["run", "nowhere"], "unknown experiment 'nowhere'; there are araujo2018_fig_1, "),
        (["run", "liu2018_table_1", "--group", "x"], "unknown group 'x'; there are sizes, models_0"),
        (["run", "liu2018_table_1", "--profile", "x"], "unknown profile 'x'; valid profiles are smoke, small"),
        (["run", "liu2018_table_1", "--profile", "paper"], "profile 'paper' is predicted, not run"),
        (["predict", "liu2018_table_1", "--profile", "paper"], "book/cluster.md has what it costs"),
        (["book", "--profile", "x"], "unknown profile 'x'; valid profiles are smoke, small"),
        (
            ["book", "--workflow-profile", "nowhere"],
            "nowhere: expected a folder with a file config.yaml",
        ),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    done = runner.invoke(app, arguments)
    assert done.exit_code != 0
    assert message in done.output + str(done.exception)


def test_predict_says_what_it_cannot_predict(monkeypatch):
    """A minute for each training, whatever its work, but those on features, of which nothing can be measured."""
    from compactvid.runs.predict import Measured

    def measured(config, store):
        if not config.training.model.pixels:
            raise ValueError("of no use")
        return [Measured(100.0, 60.0, 500.0), Measured(200.0, 60.0, 600.0)]

    monkeypatch.setattr(import_module("compactvid.cli.predict"), "_measured", measured)
    monkeypatch.setattr("compactvid.cli.run_process.set_up", lambda: None)
    monkeypatch.setattr("compactvid.cli.run_process.fast_convolutions", lambda configs: None)
    done = runner.invoke(app, ["predict", "deepeye2018_fig_9", "--profile", "smoke"])
    assert done.exit_code == 0, done.output
    lines = done.output.splitlines()
    predicted = [line for line in lines if " min " in line and "ActionTraining of VideoRNN(" in line]
    left_out = re.search(r"not predicted, of no use: (\d+) ActionTraining", done.output)
    assert len(predicted) > 0
    assert all("1.0 min" in line and "600 MiB memory" in line for line in predicted)
    assert f"deepeye2018_fig_9 (smoke): {len(predicted)}.0 min of training, one after the other" in lines
    configs = [config for group in experiment("deepeye2018_fig_9").runs("smoke", 0).values() for config in group]
    assert len(predicted) + int(left_out[1]) == sum(isinstance(config, ActionTraining) for config in configs)
    assert "not predicted, for they train nothing: 4 ClipTensors" in lines


@pytest.mark.parametrize("arguments", [["run", "nowhere"], ["runs", "rerun", "nothing"]])
def test_one_thread_is_asked_for_before_numpy_is_loaded(arguments):
    """Its linear algebra reads the environment once, when it is loaded."""
    code = (
        "import sys; from compactvid.cli import app, run_process\n"
        "run_process.one_thread = lambda: print('numpy' in sys.modules)\n"
        f"app({arguments!r})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[0] == "False", done.stderr


def test_onednn_is_for_groups_with_a_convolutional_model(monkeypatch):
    """Wherever the model is in a configuration; what the user has set stays."""
    from compactvid.cli.run_process import fast_convolutions
    from compactvid.compression import DetectionFineTuning
    from compactvid.datasets.simulated import SceneWorld
    from compactvid.datasets.simulated_splits import SimulatedScenes
    from compactvid.models import TinyYOLOv2, VideoLevelMixture
    from compactvid.models.architecture import Architecture
    from compactvid.training import DetectionTraining, TrainingRun

    scenes = SimulatedScenes(SceneWorld(), 1, 1, 1)
    training = TrainingRun(TinyYOLOv2(num_classes=6), scenes, seed=0, epochs=1, batch_size=1, learning_rate=1e-3)
    tuning = DetectionFineTuning(DetectionTraining(training), epochs=1, learning_rate=1e-3)
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "")  # so that it is gone afterwards
    monkeypatch.delenv("TF_ENABLE_ONEDNN_OPTS")
    fast_convolutions([Architecture(VideoLevelMixture())])
    assert "TF_ENABLE_ONEDNN_OPTS" not in os.environ
    fast_convolutions([Architecture(VideoLevelMixture()), tuning])
    assert os.environ["TF_ENABLE_ONEDNN_OPTS"] == "1"
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "0")
    fast_convolutions([tuning])
    assert os.environ["TF_ENABLE_ONEDNN_OPTS"] == "0"


def test_freed_memory_is_kept_for_the_next_tensor():
    """Blocks of 8 and 64 MiB that are filled and freed again and again: their pages are asked for once."""
    code = (
        "import resource, sys\n"
        "from compactvid.cli.run_process import keep_memory\n"
        "if sys.argv[1] == 'kept': assert keep_memory()\n"
        "def fill():\n"
        "    blocks = [bytearray(2**size) for size in (23, 26)]\n"
        "    for block in blocks: block[::4096] = bytes(len(block) // 4096)\n"
        "fill()\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt\n"
        "for _ in range(10): fill()\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)"
    )
    faults = {
        kind: int(subprocess.run([sys.executable, "-c", code, kind], capture_output=True, text=True, check=True).stdout)
        for kind in ("kept", "given back")
    }
    assert faults["kept"] < 8192  # of the 184,320 pages that the ten fillings touch
    assert faults["given back"] > 10 * faults["kept"]


@pytest.fixture
def results(tmp_path, monkeypatch):
    """A project folder with the results of one notebook."""
    monkeypatch.setattr("compactvid.root.project_root", lambda: tmp_path)
    path = tmp_path / "_build" / "results" / "smoke" / "nb.json"
    path.parent.mkdir(parents=True)

    def write(figures=None, **values):
        entries = {key: {"value": value, "tolerance": 0.5, "reason": "noise"} for key, value in values.items()}
        path.write_text(json.dumps({"stem": "nb", "results": entries, "figures": figures or {}}))

    return write


def test_accept_records_what_matches_and_nothing_else(results, tmp_path):
    golden = tmp_path / "tests" / "goldens" / "smoke" / "nb.json"
    results(a_x=1.0, a_y=2.0, b=3.0)
    assert runner.invoke(app, ["accept", "a_*", "--reason", "first"]).exit_code == 0
    results(a_x=1.0, a_y=2.5, b=3.0)
    done = runner.invoke(app, ["accept", "a_*", "--reason", "second"])
    assert "a_y: 2.0 -> 2.5 (± 0.5)" in done.output
    assert json.loads(golden.read_text()) == {
        "a_x": {"value": 1.0, "tolerance": 0.5, "accepted": "first"},
        "a_y": {"value": 2.5, "tolerance": 0.5, "accepted": "second"},
    }


def test_accept_keeps_five_values_of_what_a_figure_plots(tmp_path, results):
    golden = tmp_path / "tests" / "goldens" / "smoke" / "nb.json"
    results(a=1.0, figures={"curve": {"x": list(range(101)), "y": [0.5, None]}})
    assert runner.invoke(app, ["accept", "nb.figures.*", "--reason", "first"]).exit_code == 0
    assert json.loads(golden.read_text()) == {
        "nb.figures.curve.x": {"value": [101, 0, 25, 50, 75, 100], "tolerance": 0.5, "accepted": "first"},
        "nb.figures.curve.y": {"value": [2, 0.5, None], "tolerance": 0.5, "accepted": "first"},
    }


def test_accept_names_a_pattern_that_matches_nothing(results):
    results(a=1.0)
    done = runner.invoke(app, ["accept", "a", "c*", "--reason", "r"])
    assert done.exit_code != 0
    assert "no result of profile smoke matches c*" in done.output + str(done.exception)


def test_accept_needs_a_reason(results):
    results(a=1.0)
    assert runner.invoke(app, ["accept", "a", "--reason", " "]).exit_code != 0
