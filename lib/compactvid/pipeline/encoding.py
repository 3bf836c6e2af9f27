"""A video file that is written frame by frame.

Source: PyAV, the binding of FFmpeg's libraries, https://pyav.basswood-io.com.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from compactvid.atomic import replaced

FORMATS = {".mp4": "mp4", ".mkv": "matroska"}
"""Endings of written files, and FFmpeg's names of the containers."""


@contextmanager
def video_writer(path: str | os.PathLike) -> Iterator[Callable[[np.ndarray, Fraction], None]]:
    """Yield a function that adds a frame: uint8 (height, width, 3), RGB, both even; and the frames a second.

    The video is H.264 in 4:2:0, which browsers and players show. It has its name when all is written, and is not there
    if anything went wrong, or no frame was added.

    Parameters
    ----------
    path
        The file, ending in .mp4 or .mkv.

    Raises
    ------
    ValueError
        Another ending; a frame of another size than the first.
    OSError
        The file cannot be written.
    """
    path = Path(path)
    if path.suffix.lower() not in FORMATS:
        raise ValueError(f"{path}: expected a name for a video that ends in {' or '.join(FORMATS)}")
    with (
        replaced(path) as temporary,
        av.open(str(temporary), "w", format=FORMATS[path.suffix.lower()]) as container,
    ):
        stream: Any = None

        def add(pixels: np.ndarray, frames_per_second: Fraction) -> None:
            nonlocal stream
            if stream is None:
                stream = container.add_stream("libx264", rate=frames_per_second.limit_denominator(1001))
                stream.height, stream.width = pixels.shape[:2]
                stream.pix_fmt, stream.codec_context.thread_count = "yuv420p", 1
                stream.options = {"preset": "veryfast", "crf": "20"}
            if pixels.shape[:2] != (stream.height, stream.width):
                raise ValueError(
                    f"{path}: a frame of {pixels.shape[0]} x {pixels.shape[1]} pixels among those of "
                    f"{stream.height} x {stream.width}"
                )
            picture = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            container.mux(stream.encode(picture.reformat(format="yuv420p")))

        yield add
        if stream is None:
            raise ValueError(f"{path}: no frame to write")
        container.mux(stream.encode())
