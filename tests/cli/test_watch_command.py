"""`compactvid watch` with small networks whose weights are drawn: what it says, what it draws, what it refuses."""

import inspect
import logging
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import av
import keras
import numpy as np
import pytest
from typer.testing import CliRunner

from compactvid.cli import app
from compactvid.cli.watch import watch
from compactvid.compression import export_litert
from compactvid.datasets.clips_video import write
from compactvid.experiments import online_program
from compactvid.models import TensorTrain, TinyYOLOv2, VideoRNN
from compactvid.pipeline import OnlineDetector, OnlineRecogniser
from compactvid.pipeline.watcher import EVERY, LEAST_SCORE

runner = CliRunner()


@pytest.fixture(autouse=True)
def _logging_as_before():
    """The command says what is trained through the loggers of this process, which other tests share."""
    root, ours = logging.getLogger(), logging.getLogger("compactvid")
    handlers, level = root.handlers[:], ours.level
    yield
    root.handlers[:] = handlers
    ours.setLevel(level)


DETECTOR = TinyYOLOv2(
    num_classes=2, anchors=((1.0, 1.0), (2.0, 1.0)), input_size=(32, 32), filters=(4, 8, 8, 16, 16, 16, 16, 16)
)
RECURRENT = VideoRNN(
    frame_shape=(1, 1, 14), channel_blocks=2, units=4, input_map=TensorTrain((2, 7), (2, 2), 2), num_classes=3
)


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    keras.utils.set_random_seed(3)
    seen = np.random.default_rng(3).uniform(size=(8, 32, 32, 3)).astype("float32")
    path = tmp_path_factory.mktemp("detector") / "detector.tflite"
    return export_litert(DETECTOR.build(), path, precision="int8", representative=[{"image": seen}])


@pytest.fixture
def small(file, monkeypatch):
    """The networks are there, and small."""
    networks = (
        OnlineDetector(file, DETECTOR, ("box", "disc")),
        OnlineRecogniser(RECURRENT, None, ("left", "right", "up")),
    )
    monkeypatch.setattr(online_program, "missing", lambda profile, seed: [])
    monkeypatch.setattr(online_program, "networks", lambda profile, seed: networks)


@pytest.fixture
def clips(tmp_path):
    folder = tmp_path / "clips"
    frames = np.random.default_rng(0).integers(0, 256, (20, 24, 40, 3), np.uint8)
    for name, count in (("a", 20), ("b/c", 13)):
        write(folder / f"{name}.avi", frames[:count])
    (folder / "notes.txt").write_text("not a clip")
    return folder


def say(*arguments):
    done = runner.invoke(app, ["watch", *map(str, arguments)])
    return done.exit_code, done.output + (str(done.exception) if done.exit_code else "")


LOOK = re.compile(r"^ +([\d.]+) s  (left|right|up) +(0\.\d\d)  (-|(?:(?:box|disc) 0\.\d\d(?:, )?)+)$", re.MULTILINE)


def test_one_line_a_look_then_the_action_and_what_the_stages_took(small, clips):
    code, output = say(clips / "a.avi", "--every", 4, "--least-score", 0.1)
    assert code == 0
    looks = LOOK.findall(output)
    assert [float(seconds) for seconds, *_ in looks] == [0.0, 0.16, 0.32, 0.48, 0.64]
    assert any(boxes != "-" for *_, boxes in looks)
    # Of five looks none has six frames: the clip's action is the last one's.
    assert f"{clips / 'a.avi'}: {looks[-1][1]} {looks[-1][2]}, by 5 frames\n" in output
    table = dict(re.findall(r"^(\w+) +(\d+) +[\d.]+ +[\d.]+ +[\d.]+$", output, re.MULTILINE))
    assert table == dict.fromkeys(("decode", "detect", "locate", "recognise"), "5")
    assert re.search(r"^5 frames looked at in [\d.]+ s: [\d.]+ a second$", output, re.MULTILINE)


def test_a_folder_is_watched_clip_by_clip_and_drawn_into_another(small, clips, tmp_path):
    code, output = say(clips, "--draw", tmp_path / "drawn", "--every", 6)
    assert code == 0
    assert len(LOOK.findall(output)) == 4 + 3
    videos = sorted(path.relative_to(tmp_path).as_posix() for path in (tmp_path / "drawn").rglob("*") if path.is_file())
    assert videos == ["drawn/a.avi.mp4", "drawn/b/c.avi.mp4"]
    for path, count in zip(videos, (20, 13), strict=True):
        with av.open(str(tmp_path / path)) as container:
            assert sum(1 for _ in container.decode(video=0)) == count
        assert f"drawn: {tmp_path / path}" in output


SAMPLES = {"ApplyEyeMakeup": (164, 25), "BaseballPitch": (107, 30000 / 1001)}
"""Frames of the real clips, and frames a second."""


@pytest.fixture
def samples():
    root = Path(os.environ.get("COMPACTVID_DATA", "")) / "clips"
    found = {root / name / f"v_{name}_g01" / f"v_{name}_g01_c01.avi": about for name, about in SAMPLES.items()}
    if not all(path.is_file() for path in found):
        pytest.skip(
            f"no real clips of UCF101: {', '.join(map(str, found))} (set COMPACTVID_DATA to a folder with them)"
        )
    return found


def rgb(path):
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def test_real_clips_are_watched_to_their_end_and_drawn(small, samples, tmp_path):
    for path, (count, rate) in samples.items():
        drawn = tmp_path / f"{path.stem}.mp4"
        code, output = say(path, "--draw", drawn)
        assert code == 0
        looks = list(range(0, count, 6))
        assert [float(seconds) for seconds, *_ in LOOK.findall(output)] == [round(place / rate, 2) for place in looks]
        assert re.search(rf"^{path}: (left|right|up) 0\.\d\d, by {len(looks)} frames$", output, re.MULTILINE)
        table = dict(re.findall(r"^(\w+) +(\d+) +[\d.]+ +[\d.]+ +[\d.]+$", output, re.MULTILINE))
        every_look = dict.fromkeys(("detect", "locate", "recognise"), str(len(looks)))
        assert table == {"decode": str(count), **every_look, "draw": str(count)}
        pictures, frames = rgb(drawn), rgb(path)
        assert (len(pictures), len(frames)) == (count, count)
        # Each drawing has its own frame on it, twice as large (pictures narrower than 480 are enlarged), also the last.
        shown = np.array([picture[:480:2, :640:2].mean(axis=2) for picture in pictures])
        for place in (0, count // 2, count - 1):
            distances = np.abs(shown - frames[place].mean(axis=2)).mean(axis=(1, 2))
            assert abs(distances.argmin() - place) <= 1
            assert distances[place] < 8


def test_a_damaged_clip_is_named_and_the_others_are_watched(small, clips):
    content = (clips / "a.avi").read_bytes()
    (clips / "a.avi").write_bytes(content[: len(content) * 3 // 4])
    code, output = say(clips, "--every", 2)
    assert code == 1
    assert re.search(r"a\.avi: frame 1\d \(counted from 0\) cannot be decoded: .*; the 1\d before it were", output)
    assert len(LOOK.findall(output)) >= 5 + 7  # what was before, and the other clip
    assert re.search(r"a\.avi: \w+ 0\.\d\d, by [5-9] frames", output)
    assert "1 of 2 clips could not be watched to their end" in output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nothing.avi"], "no such file; expected a video clip: 'nothing.avi'"),
        (["empty"], "empty: no video in this folder; expected files that end in .avi, .m4v, .mkv"),
        (["empty.avi"], "empty.avi: the file is empty; expected a video clip"),
        (["notes.txt"], "notes.txt: cannot be decoded as a video in avi, matroska, mov, mpeg or mpegts: Invalid data"),
        (["a.avi", "--every", "0"], "--every must be at least 1, not 0"),
        (["a.avi", "--least-score", "2"], "--least-score must lie in [0, 1], not 2"),
        (["a.avi", "--draw", "b"], "--draw b: this is a folder; expected a name for the video"),
        ([".", "--draw", "a.avi"], "--draw a.avi: this is a file; expected a folder, for . is one"),
        (["a.avi", "--draw", "a.gif"], "a.gif: expected a name for a video that ends in .mp4 or .mkv"),
        (["a.avi", "--draw", "a.avi"], "a.avi: the video to write is the clip to watch"),
    ],
)
def test_what_cannot_be_watched_is_named(small, clips, monkeypatch, arguments, message):
    monkeypatch.chdir(clips)
    (clips / "empty").mkdir()
    (clips / "empty.avi").write_bytes(b"")
    code, output = say(*arguments)
    assert code == 1
    assert message in output


def test_an_unknown_profile_is_named(clips):
    code, output = say(clips, "--profile", "x")
    assert code == 1
    assert "compactvid watch: unknown profile 'x'; valid profiles are smoke, small, full" in output


def test_networks_that_are_missing_are_said_to_be_trained_first(small, clips, monkeypatch):
    monkeypatch.setattr(online_program, "missing", lambda profile, seed: ["Training-1  of much", "Training-2  of more"])
    code, output = say(clips / "a.avi", "--profile", "smoke", "--seed", 3)
    assert code == 0
    start = (
        "the networks of profile smoke, seed 3 are not trained yet; that is done first:\n  Training-1\n  Training-2\n"
    )
    assert output.startswith(start)


def test_the_runs_that_are_missing_are_all_that_the_networks_need(monkeypatch, tmp_path):
    """In the order in which they run; none trains anything else."""
    monkeypatch.setenv("COMPACTVID_RUNS", str(tmp_path))
    kinds = [line.partition("-")[0] for line in online_program.missing("smoke", 0)]
    assert kinds == ["DetectionTraining", "DetectionFineTuning", "ClipTensors", "ActionTraining", "EightBitDetector"]


def test_defaults_are_those_of_the_program():
    defaults = {name: parameter.default for name, parameter in inspect.signature(watch).parameters.items()}
    assert (defaults["every"], defaults["least_score"]) == (EVERY, LEAST_SCORE)


INTERRUPTED = """
import signal, sys, time
from compactvid.cli import app
from compactvid.experiments import online_program
from compactvid.models import TinyYOLOv2
import numpy as np

class Detector:
    model, class_names = TinyYOLOv2(num_classes=2, input_size=(32, 32)), ("box", "disc")
    def features(self, scaled):
        time.sleep(0.05)
        return np.zeros((1, 1, 35), "float32")
    def boxes(self, features, size, *, least_score):
        import pandas
        return pandas.DataFrame({"label": [], "score": []})

class Recogniser:
    class_names, full = ("left", "right"), True
    def look(self, features):
        return np.array([0.25, 0.75])
    def forget(self):
        pass

online_program.missing = lambda profile, seed: []
online_program.networks = lambda profile, seed: (Detector(), Recogniser())
signal.signal(signal.SIGINT, signal.default_int_handler)  # what a shell starts in the background ignores it
app(["watch", sys.argv[1], "--draw", sys.argv[2], "--every", "1"])
"""


def test_control_c_ends_all_at_once_and_leaves_no_video(tmp_path):
    frames = np.random.default_rng(0).integers(0, 256, (200, 24, 40, 3), np.uint8)
    write(tmp_path / "a.avi", frames)
    process = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, tmp_path / "a.avi", tmp_path / "drawn" / "a.mp4"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(4)]  # the clip's name, and looks
    assert LOOK.match(lines[-1])
    os.kill(process.pid, signal.SIGINT)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert len(LOOK.findall(output)) < 100
    assert errors.splitlines()[-1] == f"compactvid watch: {tmp_path / 'a.avi'}: interrupted"
    assert "Traceback" not in errors
    assert not list((tmp_path / "drawn").iterdir())
