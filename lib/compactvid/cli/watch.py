"""`compactvid watch`: objects and actions in video clips, while they are decoded."""

import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from compactvid.pipeline import Frame, Watcher

ENDINGS = (".avi", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".webm")
"""Of the files in a folder that are watched."""


def watch(
    clip: Annotated[Path, typer.Argument(metavar="CLIP_OR_FOLDER", help="A video file, or a folder of such.")],
    draw: Annotated[
        Path | None, typer.Option(help="Video to write (.mp4), or folder for one of each clip of a folder.")
    ] = None,
    every: Annotated[
        int, typer.Option(help="One frame of so many is looked at. Trained on six of clips of 24 to 48.")
    ] = 6,
    least_score: Annotated[float, typer.Option(help="Of boxes, from 0 to 1.")] = 0.24,
    profile: Annotated[str, typer.Option(help="How long the networks were trained: smoke, small or full.")] = "small",
    seed: Annotated[int, typer.Option(min=0, help="Of the simulated world that they were trained on.")] = 0,
) -> None:
    """Detect objects and recognise the action in clips, frame by frame: Fig. 6 of Cheng et al. 2018.

    One line a look: time, the most probable action, boxes. At the end the clip's action, and what each stage took.
    Frames of any size are scaled to the detector's input. Networks that are not trained yet are trained first. They
    know simulated shapes and how these move; what they say of other clips means nothing.
    """
    from compactvid.cli.run_process import one_thread

    one_thread()  # before NumPy is imported, whose linear algebra asks once
    from compactvid.pipeline import StageError, Watcher
    from compactvid.runs import StoreError

    try:
        clips = _clips(clip, draw)
        if every < 1:
            raise ValueError(f"--every must be at least 1, not {every}")
        if not 0 <= least_score <= 1:
            raise ValueError(f"--least-score must lie in [0, 1], not {least_score}")
        watcher = Watcher(*_networks(profile, seed), every=every, least_score=least_score)
    except (ValueError, OSError, FloatingPointError, StoreError) as error:
        sys.exit(f"compactvid watch: {error}")
    failed = 0
    for path, drawn in clips.items():
        try:
            _watch(watcher, path, drawn)
        except (ValueError, OSError, StageError) as error:
            print(f"compactvid watch: {error}", file=sys.stderr)
            failed += 1
        except KeyboardInterrupt:
            sys.exit(f"compactvid watch: {path}: interrupted")
    _print_times(watcher)
    if failed:
        sys.exit(f"compactvid watch: {failed} of {len(clips)} clips could not be watched to their end")


def _clips(clip: Path, draw: Path | None) -> dict[Path, Path | None]:
    """The clips, and the video to write of each."""
    if not clip.is_dir():
        if draw is not None and draw.is_dir():
            raise ValueError(f"--draw {draw}: this is a folder; expected a name for the video")
        return {clip: draw}
    found = [path for path in sorted(clip.rglob("*")) if path.suffix.lower() in ENDINGS and path.is_file()]
    found = [path for path in found if not path.name.startswith(".")]
    if not found:
        raise ValueError(f"{clip}: no video in this folder; expected files that end in {', '.join(ENDINGS)}")
    if draw is not None and draw.exists() and not draw.is_dir():
        raise ValueError(f"--draw {draw}: this is a file; expected a folder, for {clip} is one")
    # With its ending, so that two clips never share a video.
    return {path: draw and draw / f"{path.relative_to(clip)}.mp4" for path in found}


def _networks(profile: str, seed: int) -> tuple:
    from compactvid.cli.run_process import fast_convolutions
    from compactvid.experiments import online_program

    if runs := online_program.missing(profile, seed):
        print(f"the networks of profile {profile}, seed {seed} are not trained yet; that is done first:", flush=True)
        print(*(f"  {run.partition('  ')[0]}" for run in runs), sep="\n", flush=True)
        logging.basicConfig(format="%(message)s", stream=sys.stdout)
        logging.getLogger("compactvid").setLevel(logging.INFO)
        fast_convolutions([online_program.recurrent(profile, seed)])
    return online_program.networks(profile, seed)


def _watch(watcher: "Watcher", path: Path, drawn: Path | None) -> None:
    from compactvid.pipeline import ClipAction

    action, looks = ClipAction(), 0
    print(path, flush=True)
    try:
        for frame in watcher.watch(path, drawn):
            action.add(frame)
            if frame.looked_at:
                looks += 1
                print(_line(frame, watcher.recogniser.class_names), flush=True)
    finally:
        if looks:
            best = action.probabilities.argmax()
            name = watcher.recogniser.class_names[best]
            print(f"{path}: {name} {action.probabilities[best]:.2f}, by {looks} frames", flush=True)
    if drawn is not None:
        print(f"drawn: {drawn}")


def _line(frame: "Frame", actions: tuple[str, ...]) -> str:
    assert frame.probabilities is not None
    assert frame.boxes is not None
    best = frame.probabilities.argmax()
    boxes = ", ".join(f"{box.label} {box.score:.2f}" for box in frame.boxes.itertuples())
    return f"{frame.seconds:9.2f} s  {actions[best]:12} {frame.probabilities[best]:.2f}  {boxes or '-'}"


def _print_times(watcher: "Watcher") -> None:
    elapsed, table = watcher.times.elapsed, watcher.times.table()
    if not len(table):
        return
    print(f"{'stage':12}{'frames':>8}{'median ms':>11}{'frames/s':>10}{'total s':>9}")
    for row in table.itertuples():
        rate = 1e3 / row.median_ms if row.median_ms else float("inf")
        print(f"{row.stage:12}{row.times:8}{row.median_ms:11.2f}{rate:10.1f}{row.total_s:9.2f}")
    looks = table["times"][table["stage"] == "recognise"].sum()
    print(f"{looks} frames looked at in {elapsed:.1f} s: {looks / elapsed:.1f} a second")
