"""The whole system on a clip, frame by frame, while it is decoded."""

import os
from collections.abc import Callable, Generator
from contextlib import ExitStack, closing
from fractions import Fraction
from functools import partial
from pathlib import Path
from time import thread_time

import numpy as np

from compactvid.datasets.batches import integer_at_least
from compactvid.pipeline.decoding import decoded
from compactvid.pipeline.detector import OnlineDetector
from compactvid.pipeline.drawing import Drawer
from compactvid.pipeline.encoding import video_writer
from compactvid.pipeline.frame import Frame
from compactvid.pipeline.recogniser import OnlineRecogniser
from compactvid.pipeline.stages import STAGES, StageTimes
from compactvid.pipeline.threads import in_threads

EVERY = 6
"""Frames from one look to the next. The recurrent network was trained on six frames drawn from clips of 24 to 48, which
lie some six apart."""
LEAST_SCORE = 0.24
"""What Darknet drew boxes from when YOLOv2 was published (-thresh in examples/detector.c); the paper names none."""
AHEAD = 2
"""Frames that may wait between two stages."""


class StageError(RuntimeError):
    """A stage failed; the message names clip, frame and stage."""


class Watcher:
    """An online program: clip, frames, Q-YOLO in 8 bits, features, T-RNN, probabilities of actions; and boxes.

    Reference: Cheng et al. 2018, section 4, step 4, and Fig. 6. The paper does not say which frames are looked at, nor
    how many the recurrent network has behind it: here every sixth, and the latest six, as it was trained.

    Each stage of `STAGES` has a thread; a slow one holds back those before it (`compactvid.pipeline.threads`). So
    memory does not depend on the length of a clip.

    Parameters
    ----------
    detector, recogniser
        The networks. A `Watcher` is for one clip at a time.
    every
        One frame of so many is looked at, the first one first.
    least_score
        Of boxes, in [0, 1].
    ahead
        Frames that may wait between two stages.

    Raises
    ------
    ValueError
        A parameter is out of its range; it is named.

    Attributes
    ----------
    times : StageTimes
        Of all clips that were watched.
    """

    def __init__(
        self,
        detector: OnlineDetector,
        recogniser: OnlineRecogniser,
        *,
        every: int = EVERY,
        least_score: float = LEAST_SCORE,
        ahead: int = AHEAD,
    ):
        if not 0 <= least_score <= 1:
            raise ValueError(f"least_score must lie in [0, 1], not {least_score}")
        self.detector, self.recogniser = detector, recogniser
        self.every = integer_at_least("every", every, minimum=1)
        self.ahead = integer_at_least("ahead", ahead, minimum=1)
        self.least_score = least_score
        # What is compiled at its first use is, before the clock runs.
        height, width = inputs = detector.model.input_size
        features = detector.features(np.zeros((height, width, 3), np.uint8))
        detector.boxes(features, inputs, least_score=least_score)
        recogniser.look(features)
        self.times = StageTimes(stage.name for stage in STAGES)

    def watch(self, clip: str | os.PathLike, drawn: str | os.PathLike | None = None) -> Generator[Frame, None, None]:
        """Frames of a clip with what was found, as soon as it is found.

        Parameters
        ----------
        clip
            A video file.
        drawn
            A video to write, of all frames, with boxes and probabilities; see `video_writer`. Then all frames are
            given, else only those that are looked at. Where the clip is damaged there will be no video.

        Raises
        ------
        OSError, RecordError
            As in `decoded`, behind the frames before.
        ValueError
            As in `video_writer`; the video is the clip itself.
        StageError
            A later stage failed.
        """
        if drawn is not None and Path(drawn).resolve() == Path(clip).resolve():
            raise ValueError(f"{drawn}: the video to write is the clip to watch")
        self.recogniser.forget()
        works = {"detect": self._detect, "locate": self._locate, "recognise": self._recognise}
        with ExitStack() as stack:
            if drawn is not None:
                drawer = Drawer(self.detector.class_names, self.recogniser.class_names)
                works["draw"] = partial(_draw, drawer, stack.enter_context(video_writer(drawn)))
            frames = decoded(clip, self.detector.model.input_size, every=self.every, pictures=drawn is not None)
            names = [stage.name for stage in STAGES if stage.name in works]
            stages = [partial(self._timed, clip, name, works[name]) for name in names]
            # However this ends, the threads have ended before the video does.
            yield from in_threads(self._decode(frames), stages, ahead=self.ahead)

    def _timed(self, clip: str | os.PathLike, name: str, work: Callable[[Frame], None], frame: Frame) -> Frame:
        if frame.looked_at or name == "draw":
            start = thread_time()
            try:
                work(frame)
            except Exception as error:
                place = f"{os.fspath(clip)}, frame {frame.number} (counted from 0)"
                raise StageError(f"{place}: {name}: {error}") from error
            self.times.add(name, thread_time() - start)
        return frame

    def _decode(self, frames: Generator[Frame, None, None]) -> Generator[Frame, None, None]:
        with closing(frames):
            while True:
                start = thread_time()
                if (frame := next(frames, None)) is None:
                    return
                self.times.add("decode", thread_time() - start)
                yield frame

    def _detect(self, frame: Frame) -> None:
        assert frame.scaled is not None
        frame.features = self.detector.features(frame.scaled)

    def _locate(self, frame: Frame) -> None:
        assert frame.features is not None  # the same that the recurrent network takes
        frame.boxes = self.detector.boxes(frame.features, frame.size, least_score=self.least_score)

    def _recognise(self, frame: Frame) -> None:
        assert frame.features is not None
        frame.probabilities, frame.full = self.recogniser.look(frame.features), self.recogniser.full


def _draw(drawer: Drawer, add: Callable[[np.ndarray, Fraction], None], frame: Frame) -> None:
    frame.drawn = drawer.draw(frame)
    add(frame.drawn, frame.frames_per_second)
