"""The online program of Cheng et al. 2018, Fig. 6, stage by stage: at the paper's size, and scaled down.

python benchmarks/pipeline.py --output results/measured/pipeline.json

At the paper's size: Tiny YOLOv2 with 80 classes for 608 x 608, in 8 bits, whose last convolution gives the 19 x 19 x
425 of sections 4 and 5; the T-RNN on these, 256 units, 11 actions; clips of 320 x 240 pixels as UCF11 has them. Scaled
down: the networks of `compactvid.experiments.recurrent_grid`. Weights are drawn from a fixed seed. Each round watches
one simulated clip twice, every frame of it: without and with a drawn video; each stage's median processor time is kept,
and the frames a second on the clock. The first round is not kept. The least score of boxes is one that lets about three
a frame through. Last, how much the peak of memory grows while a clip of ten minutes is watched, in a process of its
own. The load is recorded. See README.md.
"""

import argparse
import os
import subprocess
import sys
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import numpy as np
from timing import warn_of_load, write

from compactvid.cli.run_process import set_up
from compactvid.compression.litert import export_litert
from compactvid.datasets import clips
from compactvid.datasets.simulated import ClipWorld
from compactvid.experiments import detection_grid, recurrent_grid
from compactvid.experiments.recurrent_counts import DEEPEYE
from compactvid.models import TinyYOLOv2, VideoRNN
from compactvid.pipeline import STAGES, Frame, OnlineDetector, OnlineRecogniser, Watcher
from compactvid.pipeline.decoding import decoded
from compactvid.runs.provenance import Provenance, peak_memory_mib

SEED = 0
BOXES = 3
"""About as many a frame are let through."""
LONG = 15_000
"""Frames of ten minutes."""


@dataclass(frozen=True)
class Program:
    """Both networks, and the clips: their size, and how many of their frames are watched."""

    detector: TinyYOLOv2
    recurrent: VideoRNN
    height: int
    width: int
    frames: int


PROGRAMS = {
    "paper": Program(TinyYOLOv2(num_classes=80, input_size=(608, 608)), DEEPEYE, 240, 320, 24),
    "scaled down": Program(
        detection_grid.MODEL, recurrent_grid.ON_FEATURES, recurrent_grid.HEIGHT, recurrent_grid.WIDTH, 96
    ),
}


def pictures(program: Program) -> np.ndarray:
    """A simulated clip, uint8 (frames, height, width, 3)."""
    world = ClipWorld(height=program.height, width=program.width, seed=SEED, min_frames=48, max_frames=48)
    return next(world.clips("test", 1)).frames


def networks(program: Program, clip: Path, folder: Path) -> tuple[OnlineDetector, OnlineRecogniser]:
    """With drawn weights; ranges of feature maps are those of some frames of the clip."""
    import keras

    keras.utils.set_random_seed(SEED)
    names = [f"object {number}" for number in range(program.detector.num_classes)]
    frames = list(islice(decoded(clip, program.detector.input_size, every=6), 8))
    seen = [{"image": frame.scaled[None].astype("float32") / 255} for frame in frames]
    model = program.detector.build()
    file = export_litert(model, folder / "detector.tflite", precision="int8", representative=seen)
    actions = [f"action {number}" for number in range(program.recurrent.num_classes)]
    return OnlineDetector(file, program.detector, names), OnlineRecogniser(program.recurrent, None, actions)


def least_score(detector: OnlineDetector, clip: Path) -> float:
    """The score that lets some boxes a frame through."""
    (frame, *_) = decoded(clip, detector.model.input_size, every=24)
    scores = detector.boxes(detector.features(frame.scaled), frame.size, least_score=0.0)["score"]
    return float(scores.nlargest(BOXES + 1).iloc[-1])


def measure(program: Program, rounds: int) -> dict[str, Any]:
    """Of each round: frames a second on the clock, without and with drawing, and milliseconds of each stage."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        clips.write(folder / "clip.avi", islice(cycle(pictures(program)), program.frames))
        both = networks(program, folder / "clip.avi", folder)
        least = least_score(both[0], folder / "clip.avi")
        milliseconds: dict[str, list[float]] = {stage.name: [] for stage in STAGES}
        rates: dict[str, list[float]] = {"watched": [], "drawn": []}
        for number in range(rounds + 1):
            for kind, video in {"watched": None, "drawn": folder / "drawn.mp4"}.items():
                watcher = Watcher(*both, every=1, least_score=least)
                start = perf_counter()
                *_, last = watcher.watch(folder / "clip.avi", video)
                rate = program.frames / (perf_counter() - start)
                medians = watcher.times.table().set_index("stage")["median_ms"]
                if number:
                    rates[kind].append(rate)
                    for stage in medians.index if kind == "watched" else ["draw"]:
                        milliseconds[stage].append(float(medians[stage]))
    return {
        "frame_size": [program.height, program.width],
        "frames": program.frames,
        "least_score": least,
        "milliseconds": milliseconds,
        "frames_per_second": rates,
        "passed": {field: passed(last, field) for stage in STAGES for field in stage.gives},
    }


def passed(frame: Frame, field: str) -> dict[str, Any]:
    """Bytes and shape of what a stage gave for a frame."""
    shape = getattr(frame, field).shape if field != "boxes" else (len(frame.boxes), 5)
    return {"bytes": frame.bytes_of(field), "shape": list(map(int, shape))}


def long_clip() -> float:
    """How many MiB the peak of memory grows by while ten minutes are watched, after one second was."""
    program = PROGRAMS["scaled down"]
    with TemporaryDirectory() as name:
        folder = Path(name)
        frames = pictures(program)
        clips.write(folder / "warm.avi", frames)
        clips.write(folder / "long.avi", islice(cycle(frames), LONG))
        watcher = Watcher(*networks(program, folder / "warm.avi", folder))
        for _ in watcher.watch(folder / "warm.avi"):
            pass
        before = peak_memory_mib()
        for _ in watcher.watch(folder / "long.avi"):
            pass
        return peak_memory_mib() - before


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=10, help="rounds that are kept (default: 10)")
    parser.add_argument("--output", type=Path, help="JSON file to write, besides printing")
    parser.add_argument("--long", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    set_up()
    if options.long:
        print(long_clip())
        return
    load = [warn_of_load()]
    clock = Provenance()
    programs = {}
    for name, program in PROGRAMS.items():
        programs[name] = found = measure(program, options.rounds)
        for stage, milliseconds in found["milliseconds"].items():
            print(f"{name:12} {stage:10} {np.median(milliseconds):8.2f} ms", flush=True)
        for kind, rates in found["frames_per_second"].items():
            print(f"{name:12} {kind:10} {np.median(rates):8.2f} frames/s", flush=True)
    process = subprocess.run([sys.executable, __file__, "--long"], stdout=subprocess.PIPE, text=True, check=True)
    grown = float(process.stdout.split()[-1])
    print(f"ten minutes: the peak of memory grows by {grown:.1f} MiB")
    load.append(os.getloadavg()[0])
    write(
        {
            "provenance": clock.record(),
            "load": load,
            "programs": programs,
            "long_clip": {"frames": LONG, "grown_mib": grown},
        },
        options.output,
    )


if __name__ == "__main__":
    main()
