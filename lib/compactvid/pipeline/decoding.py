"""A clip decoded frame by frame, for as long as there are any: the first stage.

Source: PyAV, the binding of FFmpeg's libraries, https://pyav.basswood-io.com.
"""

import os
import warnings
from collections.abc import Generator
from fractions import Fraction
from pathlib import Path

import av
from av.video.reformatter import Interpolation

from compactvid.datasets.tfrecord import RecordError, open_records
from compactvid.pipeline.frame import Frame

# As frames were scaled for training, in `compactvid.datasets.clips_video`: a test holds both against each other.
_SCALING = (
    Interpolation.AREA | Interpolation.ACCURATE_RND | Interpolation.BITEXACT | Interpolation.FULL_CHR_H_INT
)  # fmt: skip
# Errors in the stream end decoding instead of being painted over; a damaged header cannot ask for all memory.
_DECODING = {"err_detect": "explode", "max_pixels": str(1 << 25)}
CONTAINERS = ("avi", "matroska", "mov", "mpeg", "mpegts")
"""FFmpeg's names of the containers that are read (matroska is WebM's too, mov MP4's). Some of its others, such as lists
of files, would open what they name."""
_NO_RATE = Fraction(25)


def decoded(
    path: str | os.PathLike, size: tuple[int, int], *, every: int, pictures: bool = False
) -> Generator[Frame, None, None]:
    """Decode a clip and scale every so-many-th frame for the detector. One frame is in memory at a time.

    Unlike `compactvid.datasets.clips.read` this takes each of `CONTAINERS`, by the content of the file, not its name,
    with any codec that FFmpeg can decode. What is wrong with a clip is said where decoding comes to it, behind the
    frames before.

    Parameters
    ----------
    path : path-like
        A video file.
    size : tuple of int
        Height and width that frames are scaled to, whatever theirs are, each pixel the mean of the area that falls into
        it: as the recurrent network's clips were for training, which had 96 x 128 pixels for a detector of 96 x 96.
    every : int
        Frames 0, `every`, 2 `every` and so on are scaled.
    pictures : bool
        True gives all frames, with their picture; False only those that are scaled, without.

    Yields
    ------
    Frame
        In the order of decoding.

    Raises
    ------
    OSError
        The file is missing, a dangling link, a directory, or not readable.
    RecordError
        It is empty, no video, without a video stream, in a codec that FFmpeg cannot decode, or damaged: with errors in
        its stream, or (AVI) shorter than its header says; or no frame can be decoded. The message names the frame.
    """
    path, (height, width) = Path(path), size
    with open_records(path, "a video clip") as file:
        start, length = file.read(8), path.stat().st_size
        if not length:
            raise RecordError(path, None, "the file is empty; expected a video clip")
        file.seek(0)
        count = 0
        try:
            with av.open(file, "r", options={"format_whitelist": ",".join(CONTAINERS)}) as container:
                if not container.streams.video:
                    raise RecordError(path, None, "there is no video stream")
                stream = container.streams.video[0]
                if stream.codec_context is None:
                    raise RecordError(path, None, "the video is in an unknown codec")
                stream.codec_context.options = _DECODING
                stream.codec_context.thread_count = 1
                rate = stream.average_rate or stream.guessed_rate or _NO_RATE
                for picture in container.decode(stream):
                    if picture.is_corrupt:
                        raise RecordError(path, None, f"frame {count} (counted from 0) is damaged")
                    frame = Frame(count, Fraction(rate), (picture.height, picture.width))
                    if count % every == 0:
                        frame.scaled = picture.reformat(
                            width, height, "rgb24", interpolation=_SCALING, threads=1
                        ).to_ndarray()
                    if pictures:
                        frame.picture = picture.reformat(format="rgb24", interpolation=_SCALING, threads=1).to_ndarray()
                    if pictures or frame.looked_at:
                        yield frame
                    count += 1
        except av.FFmpegError as error:
            raise RecordError(path, None, _cannot_be_decoded(count, error)) from None
        if start[:4] == b"RIFF" and (promised := int.from_bytes(start[4:], "little") + 8) > length:
            raise RecordError(
                path,
                None,
                f"cut off behind {count} frames: its header promises {promised} bytes, the file has {length}",
            )
        if not count:
            raise RecordError(path, None, "no frame can be decoded")
        if stream.frames not in (0, count):
            warnings.warn(f"{path}: {count} frames can be decoded, its header says {stream.frames}", stacklevel=2)


def _cannot_be_decoded(count: int, error: av.FFmpegError) -> str:
    if not count:
        return f"cannot be decoded as a video in {', '.join(CONTAINERS[:-1])} or {CONTAINERS[-1]}: {error.strerror}"
    return f"frame {count} (counted from 0) cannot be decoded: {error.strerror}; the {count} before it were"
