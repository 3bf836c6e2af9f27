"""The whole program on small clips, against its parts taken one after the other on the whole clip."""

import subprocess
import sys
import threading
from dataclasses import replace
from itertools import cycle, islice

import av
import numpy as np
import pandas as pd
import pytest

from compactvid.compression.litert import LiteRTModel
from compactvid.datasets.clips_video import read_frames, write
from compactvid.datasets.tfrecord import RecordError
from compactvid.pipeline import STAGES, ClipAction, Frame, StageError, Watcher, watcher
from compactvid.pipeline.drawing import Drawer
from compactvid.pipeline.stages import StageTimes
from compactvid.training.detection import detections
from compactvid.training.weights import load_weights


@pytest.fixture
def program(detector, recogniser):
    return Watcher(detector, recogniser, every=3, least_score=0.1)


@pytest.fixture
def no_thread_left():
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) == before


def test_online_is_what_the_parts_give_for_the_whole_clip(
    program, clip, detector_file, detector_config, recurrent_config, weights
):
    found = list(program.watch(clip))
    places = list(range(0, 32, 3))
    assert [frame.number for frame in found] == places
    scaled = read_frames(clip, places, (32, 32))
    features = LiteRTModel(detector_file)({"image": scaled.astype("float32") / 255})
    np.testing.assert_array_equal([frame.features for frame in found], features)
    exact = recurrent_model_on((features - 0.3) / 1.7, recurrent_config, weights)
    np.testing.assert_allclose([frame.probabilities for frame in found], exact, atol=2e-6)
    assert [frame.full for frame in found] == [number >= 5 for number in range(len(places))]
    # In pixels of the input; stretched, the clip's 48 x 80 are 1.5 and 2.5 times as many.
    boxes = detections(
        features,
        [str(place) for place in places],
        np.full((len(places), 2), 32),
        input_size=(32, 32),
        anchors=detector_config.anchors,
        class_names=("box", "disc"),
        score_threshold=0.1,
    )
    assert len(boxes) > 20
    together = pd.concat([frame.boxes for frame in found], ignore_index=True)
    pd.testing.assert_frame_equal(together[["label", "score"]], boxes[["label", "score"]])
    np.testing.assert_allclose(together[["x_max", "y_max"]], boxes[["x_max", "y_max"]] * [2.5, 1.5], rtol=1e-6)


def recurrent_model_on(features, config, weights):
    """All windows of six frames in one batch; before, as many as there are."""
    rows = []
    for length in range(1, 7):
        model = replace(config, num_frames=length).build()
        load_weights(model, weights)
        starts = [0] if length < 6 else range(len(features) - 5)
        windows = np.array([features[start : start + length] for start in starts], "float32")
        rows += list(model.predict_on_batch({"frames": windows}))
    return rows


def test_a_second_clip_begins_anew(program, clip):
    first, second = ([frame.probabilities for frame in program.watch(clip)] for _ in range(2))
    np.testing.assert_array_equal(first, second)
    table = program.times.table().set_index("stage")
    assert table["times"].to_dict() == dict.fromkeys(("decode", "detect", "locate", "recognise"), 22)
    assert (table["median_ms"] > 0).all()


def test_stages_are_those_that_are_at_work_in_this_order(program, clip, tmp_path, monkeypatch):
    seen = []

    def in_threads(source, stages, *, ahead):
        seen.extend(stage.args[1] for stage in stages)
        return (stage for stage in ())

    monkeypatch.setattr(watcher, "in_threads", in_threads)
    list(program.watch(clip))
    assert ["decode", *seen] == [stage.name for stage in STAGES[:-1]]


def test_a_stage_needs_what_it_takes_and_fills_what_it_gives(program, clip, tmp_path, monkeypatch):
    """Given a frame with these fields alone, and asked which others it has filled."""
    monkeypatch.setattr(watcher, "in_threads", lambda source, stages, *, ahead: (x for x in [next(source), *stages]))
    frames = program.watch(clip, tmp_path / "drawn.mp4")
    first, *stages = (next(frames) for _ in STAGES)
    given = {field for stage in STAGES for field in stage.gives}
    assert {field for field in given if getattr(first, field) is not None} == set(STAGES[0].gives)
    frame = first
    for about, stage in zip(STAGES[1:], stages, strict=True):
        kept = {field: getattr(frame, field) for field in about.takes}
        alone = Frame(0, first.frames_per_second, first.size, **{"scaled": first.scaled} | kept)
        stage(alone)
        filled = {field for field in given if getattr(alone, field) is not None}
        assert filled == {"scaled", *about.takes, *about.gives}
        frame = replace(frame, **{field: getattr(alone, field) for field in about.gives})
        for field in about.gives:
            expected = 20 * len(alone.boxes) if field == "boxes" else getattr(alone, field).nbytes
            assert alone.bytes_of(field) == expected
    frames.close()


def test_what_is_drawn_is_a_video_of_all_frames(program, clip, pictures, tmp_path):
    path = tmp_path / "drawn.mp4"
    frames = list(program.watch(clip, path))
    assert [frame.number for frame in frames] == list(range(32))
    assert [file.name for file in tmp_path.iterdir()] == ["drawn.mp4"]
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.average_rate) == ("h264", 25)
        found = np.array([frame.to_ndarray(format="rgb24") for frame in container.decode(stream)])
    size = Drawer(("box", "disc"), ("left", "right", "up")).size((48, 80))
    assert found.shape == (32, *size, 3)
    np.testing.assert_array_equal([frame.drawn.shape for frame in frames], np.tile([*size, 3], (32, 1)))
    # The codec loses little of what was drawn, and each frame is nearest to its own.
    drawn = np.array([frame.drawn for frame in frames]).astype(float)
    assert np.median(np.abs(found - drawn)) <= 3
    distances = [np.abs(drawn - frame).mean(axis=(1, 2, 3)).argmin() for frame in found]
    assert distances == list(range(32))


def test_a_drawing_has_picture_boxes_and_bars(pictures):
    boxes = pd.DataFrame(
        {"label": ["disc"], "x_min": [11.0], "y_min": [9.0], "x_max": [40.0], "y_max": [32.0], "score": [0.5]}
    )
    drawer = Drawer(("box", "disc"), ("left", "right"))
    plain = Frame(0, 25, (48, 80), picture=pictures[0])
    looked = Frame(1, 25, (48, 80), picture=pictures[0], scaled=pictures[0], boxes=boxes)
    looked.probabilities = np.array([0.25, 0.75], "float32")
    before, drawn = drawer.draw(plain).astype(int), drawer.draw(looked).astype(int)
    assert (before.shape[:2], before.shape[1]) == (drawer.size((48, 80)), 480)
    changed = np.abs(drawn - before).sum(axis=2) > 0
    picture = changed[: 6 * 48]
    rows, columns = np.nonzero(picture)
    # Enlarged six times; the outline lies on pixels 11 to 40 and 9 to 32, from 1.
    assert (columns.min(), columns.max(), rows.min(), rows.max()) == (60, 239, 48, 191)
    assert picture[48:192, 60].all()
    assert picture[48:192, 239].all()
    assert not picture[100:180, 70:230].any()
    bars = [
        np.flatnonzero((drawn[6 * 48 + 8 + 22 * place + 10] == colour).all(axis=1)).size
        for place, colour in ((1, (0x5A,) * 3), (2, (0x01, 0x73, 0xB2)))
    ]
    assert bars[1] == pytest.approx(3 * bars[0], rel=0.02)
    later = Frame(2, 25, (48, 80), picture=pictures[0])
    np.testing.assert_array_equal(drawer.draw(later)[: 6 * 48], drawn[: 6 * 48])
    with pytest.raises(ValueError, match=r"frame 3 \(counted from 0\) has no picture"):
        drawer.draw(Frame(3, 25, (48, 80)))


def test_a_damaged_clip_gives_what_was_before_and_no_video(program, clip, tmp_path, no_thread_left):
    path, drawn = tmp_path / "cut.avi", tmp_path / "drawn.mp4"
    path.write_bytes(clip.read_bytes()[: clip.stat().st_size * 3 // 4])
    for video in (None, drawn):
        found, frames = [], program.watch(path, video)
        with pytest.raises(RecordError, match=r"cut\.avi: .*frame"):
            found.extend(frame.number for frame in frames)
        assert found[:3] == ([0, 3, 6] if video is None else [0, 1, 2])
        assert [file.name for file in tmp_path.iterdir()] == ["cut.avi"]


@pytest.mark.parametrize(
    ("part", "method", "stage"),
    [("detector", "features", "detect"), ("detector", "boxes", "locate"), ("recogniser", "look", "recognise")],
)
def test_a_failing_stage_names_clip_frame_and_stage(
    program, clip, tmp_path, monkeypatch, no_thread_left, part, method, stage
):
    calls = []

    def failing(*args, **options):
        calls.append(1)
        if len(calls) == 3:
            raise ValueError("something is wrong")
        return whole(*args, **options)

    whole = getattr(getattr(program, part), method)
    monkeypatch.setattr(getattr(program, part), method, failing)
    found, frames = [], program.watch(clip, tmp_path / "drawn.mp4")
    with pytest.raises(StageError, match=rf"a\.avi, frame 6 \(counted from 0\): {stage}: something is wrong"):
        found.extend(frame.number for frame in frames)
    assert found == list(range(6))
    assert not list(tmp_path.iterdir())


def test_who_stops_watching_leaves_neither_threads_nor_a_video(program, clip, tmp_path, no_thread_left):
    frames = program.watch(clip, tmp_path / "drawn.mp4")
    next(frames)
    with pytest.raises(KeyboardInterrupt):
        frames.throw(KeyboardInterrupt())
    assert not list(tmp_path.iterdir())


def test_what_makes_no_sense_is_refused(detector, recogniser, program, clip, tmp_path):
    with pytest.raises(ValueError, match="every must be"):
        Watcher(detector, recogniser, every=0)
    with pytest.raises(ValueError, match="ahead must be"):
        Watcher(detector, recogniser, ahead=0)
    with pytest.raises(ValueError, match=r"least_score must lie in \[0, 1\], not 1.5"):
        Watcher(detector, recogniser, least_score=1.5)
    with pytest.raises(ValueError, match=r"expected a name for a video that ends in \.mp4 or \.mkv"):
        list(program.watch(clip, tmp_path / "drawn.gif"))
    content = clip.read_bytes()
    with pytest.raises(ValueError, match="the video to write is the clip to watch"):
        list(program.watch(clip, clip))
    assert clip.read_bytes() == content


def test_a_clips_action_is_the_mean_of_full_looks_or_the_last_one():
    def look(full, *probabilities):
        return Frame(0, 25, (1, 1), probabilities=np.array(probabilities), full=full)

    action = ClipAction()
    with pytest.raises(ValueError, match="no frame was looked at yet"):
        _ = action.probabilities
    for frame in (look(False, 1.0, 0.0), look(False, 0.75, 0.25), Frame(2, 25, (1, 1))):
        action.add(frame)
    assert action.probabilities.tolist() == [0.75, 0.25]
    for frame in (look(True, 0.5, 0.5), look(True, 0.0, 1.0)):
        action.add(frame)
    assert action.probabilities.tolist() == [0.25, 0.75]


def test_times_are_counted_and_no_more_than_some_are_kept(monkeypatch):
    monkeypatch.setattr("compactvid.pipeline.stages.LATEST", 3)
    times = StageTimes(["a", "b", "c"])
    for seconds in (9.0, 1.0, 2.0, 4.0):
        times.add("a", seconds)
    times.add("c", 0.5)
    assert times.table().to_dict("records") == [
        {"stage": "a", "times": 4, "median_ms": 2000.0, "total_s": 16.0},
        {"stage": "c", "times": 1, "median_ms": 500.0, "total_s": 0.5},
    ]


MEMORY = """
import sys
import numpy as np
from compactvid.cli.run_process import one_thread
one_thread()
from compactvid.models import TensorTrain, TinyYOLOv2, VideoRNN
from compactvid.pipeline import OnlineDetector, OnlineRecogniser, Watcher

def peak():
    # Not ru_maxrss, which a process begins with what its parent had.
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM")) / 1024

objects = TinyYOLOv2(num_classes=2, anchors=((1.0, 1.0), (2.0, 1.0)), input_size=(32, 32),
                     filters=(4, 8, 8, 16, 16, 16, 16, 16), halvings=3)
actions = VideoRNN((4, 4, 14), 2, units=8, input_map=TensorTrain((2, 4, 4, 7), (2, 2, 2, 1), 2), num_classes=3)
program = Watcher(OnlineDetector(sys.argv[1], objects, "ab"), OnlineRecogniser(actions, None, "abc"), every=25)
list(program.watch(sys.argv[2]))
before, looks = peak(), 0
for frame in program.watch(sys.argv[3]):
    looks += 1
print(looks, peak() - before)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads the peak of memory from /proc")
def test_memory_does_not_grow_with_the_clip(pictures, clip, detector_file, tmp_path):
    """One minute of 144 x 240 pixels, 1,500 frames: whole it would be 78 MB as they are decoded, 156 as RGB."""
    large = pictures.repeat(3, axis=1).repeat(3, axis=2)
    write(tmp_path / "warm.avi", large[:30])
    write(tmp_path / "long.avi", islice(cycle(large), 1500))
    command = [sys.executable, "-c", MEMORY, detector_file, tmp_path / "warm.avi", tmp_path / "long.avi"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    looks, grown = done.stdout.split()
    assert int(looks) == 60
    assert float(grown) < 12  # MiB
