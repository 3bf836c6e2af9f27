"""Video files of action clips: decoded to RGB frames, and written.

Source: PyAV, the binding of FFmpeg's libraries, https://pyav.basswood-io.com.
"""

import os
import warnings
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import chain
from pathlib import Path

import av
import numpy as np
from av.video.reformatter import Interpolation, VideoReformatter

from compactvid.atomic import replaced
from compactvid.datasets.clips_folders import FORMATS
from compactvid.datasets.tfrecord import RecordError, open_records

# AREA averages the pixels that fall into one; the rest makes the result the same on every processor.
_SCALING = (
    Interpolation.AREA | Interpolation.ACCURATE_RND | Interpolation.BITEXACT | Interpolation.FULL_CHR_H_INT
)  # fmt: skip
_QUANTIZER = 2
_LAMBDA = 118  # FFmpeg's FF_QP2LAMBDA


# Errors in the stream end decoding instead of being painted over; a damaged header cannot ask for all memory.
_DECODING = {"err_detect": "explode", "max_pixels": str(1 << 25)}


def count_frames(path: str | os.PathLike) -> int:
    """Number of frames that can be decoded; a warning if the file's header says another.

    Raises
    ------
    OSError, RecordError
        As in `read_frames`.
    """
    return sum(1 for _ in _decoded(path))


def read_frames(path: str | os.PathLike, places: Sequence[int] | np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Decode some frames of a clip.

    Frames are counted as they are decoded from the start on, none is sought: real clips have few key frames and time
    stamps out of order, by which no frame is found exactly.

    Parameters
    ----------
    path : path-like
        ``*.avi`` or ``*.mpg``.
    places : sequence of int
        Numbers of the frames, from 0, ascending; one may come several times.
    size : tuple of int
        Height and width that frames are scaled to, each pixel the mean of the area that falls into it.

    Returns
    -------
    numpy.ndarray
        uint8 (len(places), height, width, 3), RGB by BT.601, as FFmpeg takes untagged video to be.

    Raises
    ------
    OSError
        The file is missing, a dangling link, a directory, or not readable.
    RecordError
        It is empty, no such container, without a video stream, in a codec that FFmpeg cannot decode, or damaged: cut
        off (AVI: shorter than its header says), or with errors in its stream; or it has too few frames.
    """
    height, width = size
    frames = np.empty((len(places), height, width, 3), np.uint8)
    filled = count = 0
    for number, picture in enumerate(_decoded(path)):
        count = number + 1
        if filled < len(places) and places[filled] == number:
            scaled = picture.reformat(width, height, "rgb24", interpolation=_SCALING, threads=1).to_ndarray()
        while filled < len(places) and places[filled] == number:
            frames[filled] = scaled
            filled += 1
        if filled == len(places):
            return frames
    raise RecordError(path, None, f"the clip has {count} frames, expected at least {int(places[-1]) + 1}")


def _decoded(path: str | os.PathLike) -> Iterator[av.VideoFrame]:
    path = Path(path)
    if (container_format := FORMATS.get(path.suffix.lower())) is None:
        raise ValueError(f"{path}: expected a clip with an ending of {', '.join(FORMATS)}")
    with open_records(path, "a video clip") as file:
        _check_length(path, file.read(12), path.stat().st_size)
        file.seek(0)
        count = 0
        try:
            with av.open(file, "r", format=container_format) as container:
                if not container.streams.video:
                    raise RecordError(path, None, "there is no video stream")
                stream = container.streams.video[0]
                if stream.codec_context is None:
                    raise RecordError(path, None, "the video is in an unknown codec")
                stream.codec_context.options = _DECODING
                for picture in container.decode(stream):
                    if picture.is_corrupt:
                        raise RecordError(path, None, f"frame {count} (counted from 0) is damaged")
                    yield picture
                    count += 1
        except av.FFmpegError as error:
            raise RecordError(path, None, f"cannot be decoded after {count} frames: {error.strerror}") from None
        if not count:
            raise RecordError(path, None, "no frame can be decoded")
        if stream.frames not in (0, count):
            warnings.warn(f"{path}: {count} frames can be decoded, its header says {stream.frames}", stacklevel=3)


def _check_length(path: Path, start: bytes, size: int) -> None:
    if not size:
        raise RecordError(path, None, "the file is empty; expected a video clip")
    promised = int.from_bytes(start[4:8], "little") + 8
    if start[:4] == b"RIFF" and promised > size:
        raise RecordError(path, None, f"cut off: its header promises {promised} bytes, the file has {size}")


def write(
    path: str | os.PathLike, frames: Iterable[np.ndarray], frames_per_second: float | Fraction = Fraction(25)
) -> None:
    """Write a clip as MPEG-4 part 2 in AVI, the format of UCF11's own: the same frames give the same bytes.

    The codec loses detail: a constant quantiser of 2, the finest in use, and colour at half the resolution.

    Parameters
    ----------
    path : path-like
        The file, ``*.avi``; complete and synced to disk under its name, or not at all.
    frames : iterable of numpy.ndarray
        uint8 (height, width, 3) RGB, all of one size, height and width even. Consumed as a stream.
    frames_per_second : float or Fraction
        Finite, > 0.

    Raises
    ------
    ValueError
        A frame is not as described, or there is none; the message gives its number (from 0).
    """
    path, checked = Path(path), _checked(path, frames)
    if path.suffix != ".avi":
        raise ValueError(f"{path}: expected a name that ends in .avi")
    if not 0 < frames_per_second <= 1000:
        raise ValueError(f"frames_per_second must be in (0, 1000], got {frames_per_second}")
    first = next(checked, None)
    if first is None:
        raise ValueError(f"{path}: no frame to write")
    with (
        replaced(path) as temporary,
        av.open(str(temporary), "w", format="avi", options={"fflags": "+bitexact"}) as container,
    ):
        stream = container.add_stream("mpeg4", rate=Fraction(frames_per_second).limit_denominator(1001))
        stream.height, stream.width = first.shape[:2]
        stream.pix_fmt, stream.codec_context.codec_tag, stream.codec_context.thread_count = "yuv420p", "XVID", 1
        stream.options = {"flags": "+bitexact+qscale", "global_quality": str(_QUANTIZER * _LAMBDA)}
        converter = VideoReformatter()  # one for all frames: a frame's own is set up anew for each
        for frame in chain([first], checked):
            picture = av.VideoFrame.from_ndarray(frame, format="rgb24")
            picture = converter.reformat(picture, format="yuv420p", interpolation=_SCALING)
            container.mux(stream.encode(picture))
        container.mux(stream.encode())


def _checked(path: str | os.PathLike, frames: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
    shape = None
    for number, frame in enumerate(frames):
        pixels = np.ascontiguousarray(frame)
        shape = pixels.shape if shape is None else shape
        even = pixels.ndim == 3 and pixels.shape[2] == 3 and all(size and not size % 2 for size in pixels.shape[:2])
        if pixels.dtype != np.uint8 or not even or pixels.shape != shape:
            raise ValueError(
                f"{path}, frame {number} (counted from 0): expected uint8 (height, width, 3), height and width even "
                f"and those of the first frame; got {pixels.dtype} of shape {pixels.shape}"
            )
        yield pixels
