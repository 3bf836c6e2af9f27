"""Video files: the frames that other libraries decode, the same bytes for the same frames, named errors."""

import re
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from compactvid.datasets.clips_video import count_frames, read_frames, write
from compactvid.datasets.tfrecord import RecordError

ROWS, COLUMNS = np.mgrid[:48, :64]
NUMBERS = np.arange(20)[:, None, None]
FRAMES = np.stack(
    [40 + 9 * NUMBERS + 0 * ROWS, 60 + 2 * ROWS + 0 * NUMBERS, 60 + 2 * COLUMNS + 0 * NUMBERS], axis=-1
).astype(np.uint8)
SIZE = (48, 64)


@pytest.fixture(scope="module")
def clip(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("clips") / "a.avi"
    write(path, FRAMES, 25)
    return path


def problem(path: Path, places=(0,)) -> str:
    with pytest.raises(RecordError) as caught:
        read_frames(path, places, SIZE)
    where, _, text = str(caught.value).partition(": ")
    assert where == str(path)
    return text


def damaged(clip: Path, folder: Path, content: bytes) -> Path:
    path = folder / clip.name
    path.write_bytes(content)
    return path


def test_what_is_written_is_close_to_what_is_read(clip):
    assert count_frames(clip) == 20
    frames = read_frames(clip, range(20), SIZE)
    assert (frames.shape, frames.dtype) == (FRAMES.shape, np.uint8)
    error = frames.astype(float) - FRAMES
    assert np.abs(error).max() <= 12
    assert np.sqrt((error**2).mean()) < 2.5
    for number, frame in enumerate(frames):  # each frame is nearest to its own
        assert np.abs(FRAMES.astype(int) - frame).mean(axis=(1, 2, 3)).argmin() == number


@pytest.mark.parametrize("colour", [(200, 40, 60), (0, 0, 255), (255, 255, 255), (10, 90, 30)])
def test_colours_are_those_of_bt_601(tmp_path, colour):
    write(tmp_path / "a.avi", np.full((2, 32, 32, 3), colour, np.uint8))
    with av.open(str(tmp_path / "a.avi")) as container:
        planes = next(container.decode(video=0)).to_ndarray()[[0, 32, 40], 0]  # Y, U, V
    red, green, blue = np.array(colour) / 255
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    expected = [16 + 219 * luma, 128 + 112 * (blue - luma) / 0.886, 128 + 112 * (red - luma) / 0.701]
    np.testing.assert_allclose(planes, expected, atol=2.5)
    assert np.abs(read_frames(tmp_path / "a.avi", [0, 1], (8, 8)).astype(int) - colour).max() <= 5


def test_the_file_is_as_the_official_ones(clip, real_clips):
    def described(path):
        with av.open(str(path)) as container:
            stream, context = container.streams.video[0], container.streams.video[0].codec_context
            return container.format.name, context.name, context.codec_tag.upper(), context.pix_fmt, stream.frames

    assert described(clip) == ("avi", "mpeg4", "XVID", "yuv420p", 20)
    for path in real_clips.rglob("*.avi"):
        assert described(path)[:4] == described(clip)[:4]


def test_the_same_frames_give_the_same_bytes(clip, tmp_path):
    np.save(tmp_path / "frames.npy", FRAMES)
    code = "import sys, numpy; from compactvid.datasets.clips_video import write;"
    code += "write(sys.argv[2], iter(numpy.load(sys.argv[1])), 25.0)"
    subprocess.run([sys.executable, "-c", code, tmp_path / "frames.npy", tmp_path / "b.avi"], check=True)
    assert (tmp_path / "b.avi").read_bytes() == clip.read_bytes()
    assert [path.name for path in tmp_path.glob("*b.avi*")] == ["b.avi"]
    assert not re.search(rb"Lav[cf]\d", clip.read_bytes())  # nor do they tell the library's version


def test_real_clips_have_the_frames_that_can_be_decoded(real_clips):
    counts = {path.parts[-3]: count_frames(path) for path in real_clips.rglob("*.avi")}
    assert counts == {"ApplyEyeMakeup": 164, "BaseballPitch": 107}


def test_real_frames_are_those_of_sequential_decoding(real_clips):
    """Beside the whole clip by PyAV's default path, scaled by Pillow. The time stamps of one clip begin 1, 2, 4, 3."""
    random = np.random.default_rng(0)
    for path in sorted(real_clips.rglob("*.avi")):
        with av.open(str(path)) as container:
            whole = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
        small = [np.asarray(Image.fromarray(frame).resize((160, 120), Image.Resampling.BOX)) for frame in whole]
        for _ in range(4):
            places = np.sort(random.permutation(len(whole))[:6])
            frames = read_frames(path, places, (120, 160))
            for place, frame in zip(places, frames, strict=True):
                distances = np.abs(np.stack(small) - frame.astype(float)).mean(axis=(1, 2, 3))
                assert distances[place] < distances.min() + 0.01  # one clip shows some frames twice
                assert distances[place] < 1.2


def test_frames_may_repeat_and_ones_after_the_last_are_not_decoded(clip):
    frames = read_frames(clip, [3, 3, 7], SIZE)
    np.testing.assert_array_equal(frames, read_frames(clip, range(20), SIZE)[[3, 3, 7]])
    assert read_frames(clip, [5], (10, 8)).shape == (1, 10, 8, 3)


def test_mpeg_program_streams_are_read(tmp_path):
    path = tmp_path / "a.mpg"
    with av.open(str(path), "w", format="mpeg") as container:
        stream = container.add_stream("mpeg1video", rate=25)
        stream.height, stream.width, stream.pix_fmt = *SIZE, "yuv420p"
        stream.bit_rate = 4_000_000
        for frame in FRAMES:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode())
    assert count_frames(path) == 20
    levels = read_frames(path, range(20), SIZE)[..., 0].mean(axis=(1, 2))
    np.testing.assert_allclose(levels, 40 + 9 * np.arange(20), atol=9 / 2)


@pytest.mark.parametrize(
    ("frames", "options", "expected"),
    [
        ([], {}, "no frame to write"),
        (FRAMES[0], {}, "frame 0 (counted from 0): expected uint8 (height, width, 3), height and width even and those"),
        ([FRAMES[0], FRAMES[0][:-2]], {}, "frame 1 (counted from 0): expected uint8 (height, width, 3), height"),
        (FRAMES[:, :-1], {}, "frame 0 (counted from 0): expected uint8 (height, width, 3), height and width even and"),
        (FRAMES.astype(float), {}, "frame 0 (counted from 0): expected uint8 (height, width, 3), height and width eve"),
        (FRAMES, {"frames_per_second": 0}, "frames_per_second must be in (0, 1000], got 0"),
        (FRAMES, {"frames_per_second": float("nan")}, "frames_per_second must be in (0, 1000], got nan"),
    ],
)
def test_what_cannot_be_written_leaves_no_file(tmp_path, frames, options, expected):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 (the message is compared)
        write(tmp_path / "a.avi", frames, **options)
    assert expected in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_other_endings_are_refused(tmp_path, clip):
    with pytest.raises(ValueError, match=r"a\.mp4: expected a name that ends in \.avi"):
        write(tmp_path / "a.mp4", FRAMES)
    shutil.copy(clip, tmp_path / "a.mp4")
    with pytest.raises(ValueError, match=r"a\.mp4: expected a clip with an ending of \.avi, \.mpg"):
        count_frames(tmp_path / "a.mp4")


def test_what_is_wrong_is_named(clip, tmp_path):
    good = clip.read_bytes()
    assert problem(clip, [4, 20]) == "the clip has 20 frames, expected at least 21"
    assert problem(damaged(clip, tmp_path, b"")) == "the file is empty; expected a video clip"
    half = damaged(clip, tmp_path, good[: len(good) // 2])
    assert problem(half) == f"cut off: its header promises {len(good)} bytes, the file has {len(good) // 2}"
    assert problem(damaged(clip, tmp_path, b"no video" * 999)).startswith("cannot be decoded after 0 frames: ")
    playlist = b"#EXTM3U\n#EXTINF:9,\nhttp://127.0.0.1/a.ts\n"
    assert problem(damaged(clip, tmp_path, playlist)).startswith("cannot be decoded after 0 frames: ")
    other_codec = damaged(clip, tmp_path, good.replace(b"XVID", b"QQQQ"))
    assert problem(other_codec) == "the video is in an unknown codec"


def test_a_file_with_sound_alone(tmp_path):
    path = tmp_path / "a.avi"
    with av.open(str(path), "w", format="avi") as container:
        stream = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.int16), format="s16", layout="mono")
        sound.sample_rate = 8000
        container.mux(stream.encode(sound))
        container.mux(stream.encode())
    assert problem(path) == "there is no video stream"


def test_a_container_of_another_kind(tmp_path):
    path = tmp_path / "a.avi"
    with av.open(str(path), "w", format="matroska") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.height, stream.width, stream.pix_fmt = *SIZE, "yuv420p"
        container.mux(stream.encode(av.VideoFrame.from_ndarray(FRAMES[0], format="rgb24")))
        container.mux(stream.encode())
    assert problem(path) == "cannot be decoded after 0 frames: Invalid data found when processing input"


def test_a_file_without_frames(clip, tmp_path):
    """An AVI file whose list of frames is empty."""
    good = clip.read_bytes()
    head = good[: good.index(b"movi") + 4]
    start = head.rindex(b"LIST")
    content = bytearray(head[:start] + b"LIST" + struct.pack("<I", 4) + b"movi")
    content[4:8] = struct.pack("<I", len(content) - 8)
    assert problem(damaged(clip, tmp_path, bytes(content))) in (
        "no frame can be decoded",
        "cannot be decoded after 0 frames: Invalid data found when processing input",
    )


def test_errors_within_the_stream_are_not_painted_over(real_clips, tmp_path):
    clip = sorted(real_clips.rglob("*.avi"))[1]
    content = bytearray(clip.read_bytes())
    frame = content.index(b"00dc", len(content) // 2)
    content[frame + 40 : frame + 400] = b"\xff" * 360
    assert problem(damaged(clip, tmp_path, bytes(content)), [106]).startswith("cannot be decoded after ")


def test_a_header_that_says_another_number_of_frames_is_reported(clip, tmp_path):
    content = bytearray(clip.read_bytes())
    header = content.index(b"strh")
    assert struct.unpack_from("<I", content, header + 40) == (20,)
    content[header + 40 : header + 44] = struct.pack("<I", 21)
    path = damaged(clip, tmp_path, bytes(content))
    with pytest.warns(UserWarning, match=r"a\.avi: 20 frames can be decoded, its header says 21"):
        assert count_frames(path) == 20


def test_places_that_cannot_be_read(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no such file; expected a video clip: '.*a\.avi'"):
        count_frames(tmp_path / "a.avi")
    (tmp_path / "b.avi").mkdir()
    with pytest.raises(IsADirectoryError, match="this is a directory; expected a video clip"):
        count_frames(tmp_path / "b.avi")


DECODE_DAMAGED = """
import random, sys, warnings
from pathlib import Path
from compactvid.datasets.clips_video import count_frames, read_frames
from compactvid.datasets.tfrecord import RecordError

warnings.simplefilter("ignore")
clip, path, number = Path(sys.argv[1]).read_bytes(), Path(sys.argv[2]), int(sys.argv[3])
outcomes = {"error": 0, "read": 0}
for seed in range(number):
    draw = random.Random(seed)
    content = bytearray(clip)
    start = draw.randrange(len(clip) if seed % 2 else 500)  # every second time the header
    stop = start + draw.randrange(1, 300)
    kind = draw.choice(["flip", "cut", "cut off", "overwrite", "repeat", "insert", "splice"])
    if kind == "flip":
        for place in [start, *(draw.randrange(len(clip)) for _ in range(draw.randrange(5)))]:
            content[place] ^= 1 << draw.randrange(8)
    elif kind == "cut off":
        del content[start:]
    elif kind == "splice":
        content[start:] = clip[draw.randrange(len(clip)):]
    else:
        piece = clip[start:stop]
        content[start:stop] = {
            "cut": b"",
            "overwrite": draw.choice([b"\\0", b"\\xff"]) * len(piece),
            "repeat": piece + piece,
            "insert": draw.randbytes(20) + piece,
        }[kind]
    path.write_bytes(content)
    try:
        count = count_frames(path)
        frames = read_frames(path, range(count), (12, 16))
        assert frames.shape == (count, 12, 16, 3) and count > 0
        outcomes["read"] += 1
    except RecordError as error:
        assert str(error).startswith(f"{path}: "), error
        outcomes["error"] += 1
print(outcomes["error"] + outcomes["read"], min(outcomes.values()) > number // 20)
"""


def test_damaged_clips_neither_hang_nor_kill_the_interpreter(clip, real_clips, tmp_path):
    """In a process of its own, so that the death of the decoder would be seen."""
    for source, number in ((clip, 300), (max(real_clips.rglob("*.avi")), 60)):
        arguments = [sys.executable, "-c", DECODE_DAMAGED, str(source), str(tmp_path / "damaged.avi"), str(number)]
        process = subprocess.run(arguments, capture_output=True, text=True, timeout=120, check=False)
        assert (process.returncode, process.stdout) == (0, f"{number} True\n"), process.stderr
