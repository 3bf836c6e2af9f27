"""Video files of action clips: AVI and MPEG, decoded to RGB frames and written again.

Source: PyAV, the binding of FFmpeg's libraries, https://pyav.basswood-io.com.
"""

import os
from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import chain
from pathlib import Path

import av
import numpy as np
from av.video.reformatter import Interpolation

from compactvid.atomic import replaced
from compactvid.datasets.tfrecord import RecordError, open_records

FORMATS = {".avi": "avi", ".mpg": "mpeg"}
"""Endings of clips, and FFmpeg's name of the container, which is not guessed from the content."""
# AREA averages the pixels that fall into one; the rest makes the result the same on every processor.
_SCALING = (
    Interpolation.AREA | Interpolation.ACCURATE_RND | Interpolation.BITEXACT | Interpolation.FULL_CHR_H_INT
)  # fmt: skip
_QUANTIZER = 2
_LAMBDA = 118  # FFmpeg's FF_QP2LAMBDA


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
        for frame in chain([first], checked):
            picture = av.VideoFrame.from_ndarray(frame, format="rgb24")
            container.mux(stream.encode(picture.reformat(format="yuv420p", interpolation=_SCALING)))
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
