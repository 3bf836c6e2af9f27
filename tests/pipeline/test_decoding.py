"""Frames of a clip as they come: the same as those of training, and damage where it is."""

import os
import shutil
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from compactvid.datasets.clips_video import read_frames
from compactvid.datasets.tfrecord import RecordError
from compactvid.pipeline.decoding import decoded

NO_VIDEO = "cannot be decoded as a video in avi, matroska, mov, mpeg or mpegts"


def numbers(frames):
    return [frame.number for frame in frames]


def until_error(path):
    """Numbers of the frames before the error, and its text."""
    found, frames = [], decoded(path, (32, 32), every=1)
    with pytest.raises(RecordError) as caught:
        found.extend(frame.number for frame in frames)
    return found, str(caught.value)


def chunks(content):
    """Where each frame's chunk of an AVI begins."""
    return [place for place in range(content.index(b"movi"), len(content)) if content.startswith(b"00dc", place)]


def test_scaled_frames_are_those_that_training_read(clip):
    exact = read_frames(clip, range(32), (32, 32))
    found = list(decoded(clip, (32, 32), every=5))
    assert numbers(found) == list(range(0, 32, 5))
    assert all(frame.picture is None and frame.size == (48, 80) for frame in found)
    np.testing.assert_array_equal([frame.scaled for frame in found], exact[::5])
    assert [frame.seconds for frame in found] == [number / 25 for number in range(0, 32, 5)]


def test_with_pictures_all_frames_come(clip, pictures):
    found = list(decoded(clip, (32, 32), every=7, pictures=True))
    assert numbers(found) == list(range(32))
    assert [frame.number for frame in found if frame.looked_at] == list(range(0, 32, 7))
    np.testing.assert_array_equal([frame.picture for frame in found], read_frames(clip, range(32), (48, 80)))
    error = np.array([frame.picture for frame in found]).astype(float) - pictures
    assert np.sqrt((error**2).mean()) < 10


def test_frames_come_before_the_rest_is_read(clip, tmp_path):
    """The first frame is there although the file behind it is not."""
    path = tmp_path / "a.avi"
    path.write_bytes(clip.read_bytes()[: clip.stat().st_size * 2 // 3])
    frames = decoded(path, (32, 32), every=1)
    assert next(frames).number == 0
    frames.close()


@pytest.mark.parametrize(("ending", "codec"), [("mp4", "libx264"), ("mkv", "libx264"), ("mov", "mpeg4")])
def test_other_containers_are_read_by_their_content(pictures, tmp_path, ending, codec):
    path = tmp_path / f"a.{ending}"
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=Fraction(30000, 1001))
        stream.height, stream.width, stream.pix_fmt = 48, 80, "yuv420p"
        for picture in pictures:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    path = path.rename(tmp_path / "no_ending")
    found = list(decoded(path, (24, 40), every=1))
    assert numbers(found) == list(range(32))
    assert found[3].seconds == pytest.approx(3 * 1001 / 30000, rel=1e-3)
    halves = pictures.reshape(32, 24, 2, 40, 2, 3).mean(axis=(2, 4))
    distances = np.array([np.abs(halves - frame.scaled).mean(axis=(1, 2, 3)) for frame in found])
    assert distances.argmin(axis=1).tolist() == list(range(32))


@pytest.fixture
def real_clips():
    root = Path(os.environ.get("COMPACTVID_DATA", "")) / "clips"
    if not root.is_dir():
        pytest.skip("there are no real clips in the data folder")
    return root


def test_real_clips_are_decoded_to_their_end(real_clips):
    for path in real_clips.rglob("*.avi"):
        found = list(decoded(path, (96, 96), every=6))
        places = range(0, {"ApplyEyeMakeup": 164, "BaseballPitch": 107}[path.parts[-3]], 6)
        assert numbers(found) == list(places)
        np.testing.assert_array_equal([frame.scaled for frame in found], read_frames(path, places, (96, 96)))


def test_damage_is_named_behind_the_frames_before_it(clip, tmp_path):
    content, path = clip.read_bytes(), tmp_path / "damaged.avi"
    middle = chunks(content)[16]  # what is behind the header of frame 16's chunk is zeros
    path.write_bytes(content[: middle + 8] + bytes(2000) + content[middle + 2008 :])
    found, text = until_error(path)
    assert found == list(range(16))
    assert text == (
        f"{path}: frame {len(found)} (counted from 0) cannot be decoded: Invalid data found when processing input; "
        f"the {len(found)} before it were"
    )


def test_errors_within_the_stream_are_not_painted_over(real_clips, tmp_path):
    content, path = bytearray(sorted(real_clips.rglob("*.avi"))[1].read_bytes()), tmp_path / "damaged.avi"
    frame = content.index(b"00dc", len(content) // 2)
    content[frame + 40 : frame + 400] = b"\xff" * 360
    path.write_bytes(content)
    found, text = until_error(path)
    assert 40 < len(found) < 107
    assert text.startswith(f"{path}: frame {len(found)} (counted from 0) cannot be decoded: ")


def test_a_clip_that_is_cut_off_is_told_from_one_that_ends(clip, tmp_path):
    content, path = clip.read_bytes(), tmp_path / "cut.avi"
    end = chunks(content)[10]  # between two frames: nothing in the stream is wrong
    path.write_bytes(content[:end])
    found, text = until_error(path)
    assert found == list(range(10))
    assert text == (f"{path}: cut off behind 10 frames: its header promises {len(content)} bytes, the file has {end}")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "the file is empty; expected a video clip"),
        (b"no video at all " * 99, f"{NO_VIDEO}: Invalid data found when processing input"),
        (b"ffconcat version 1.0\nfile other.avi\n", f"{NO_VIDEO}: Invalid argument"),
    ],
)
def test_what_is_no_video_is_said_to_be_none(clip, tmp_path, content, expected):
    path = tmp_path / "a.avi"
    path.write_bytes(content)
    shutil.copy(clip, tmp_path / "other.avi")  # which a list of files would open
    assert until_error(path) == ([], f"{path}: {expected}")


def test_sound_alone_is_no_video(tmp_path):
    path = tmp_path / "a.avi"
    with av.open(str(path), "w", format="avi") as container:
        stream = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.int16), format="s16", layout="mono")
        sound.sample_rate = 8000
        container.mux(stream.encode(sound))
        container.mux(stream.encode())
    assert until_error(path) == ([], f"{path}: there is no video stream")


def test_a_header_without_frames_is_no_clip(clip, tmp_path):
    content, path = clip.read_bytes(), tmp_path / "a.avi"
    start = content.index(b"movi") + 4
    head = content[:4] + (start - 8).to_bytes(4, "little") + content[8:start]  # as long as it says
    path.write_bytes(head)
    found, text = until_error(path)
    assert found == []
    assert text.startswith(f"{path}: ")
    assert "frame" in text or "cannot be decoded" in text


def test_what_is_no_file_is_said_to_be_none(tmp_path):
    with pytest.raises(FileNotFoundError, match="no such file; expected a video clip"):
        next(decoded(tmp_path / "nothing.avi", (32, 32), every=1))
    with pytest.raises(IsADirectoryError, match="this is a directory; expected a video clip"):
        next(decoded(tmp_path, (32, 32), every=1))


def test_another_number_of_frames_than_the_headers_is_a_warning(clip, tmp_path):
    content, path = bytearray(clip.read_bytes()), tmp_path / "a.avi"
    for mark, offset in ((b"avih", 24), (b"strh", 40)):
        place = content.index(mark) + offset
        assert int.from_bytes(content[place : place + 4], "little") == 32
        content[place : place + 4] = (40).to_bytes(4, "little")
    path.write_bytes(content)
    with pytest.warns(UserWarning, match="32 frames can be decoded, its header says 40"):
        assert numbers(decoded(path, (32, 32), every=1)) == list(range(32))
