"""A simulated world of videos as a folder of YouTube-8M's shards."""

import itertools
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from compactvid.datasets import youtube8m
from compactvid.datasets.simulated.splits import Split
from compactvid.datasets.simulated.video import SimulatedVideo
from compactvid.datasets.simulated.video_world import VideoWorld
from compactvid.datasets.simulated.world_folder import check_counts, complete_folder


def write_frame_level(
    folder: str | os.PathLike, world: VideoWorld, counts: Mapping[Split, int], *, videos_per_shard: int = 500
) -> dict[Split, list[Path]]:
    """Write the first videos of a world's splits as frame-level shards, unless they are there already.

    The shards are named as the official ones: ``train0000.tfrecord``, ``validate0000.tfrecord``, and so on. Beside them
    ``world.json`` says what they hold. They are written to a hidden folder beside `folder`, which takes its name when
    all is on disk. A second writer of the same folder, in whatever process, waits for the first and then finds it done.

    Parameters
    ----------
    folder : path-like
        Where the shards are to be: absent or empty, or written by an earlier call with the same arguments and then left
        as it is.
    world : VideoWorld
    counts : mapping of split to int
        Number of videos of each split wanted, 1 to 1,000,000.
    videos_per_shard : int, optional
        The last shard of a split may hold fewer.

    Returns
    -------
    dict of split to list of Path
        The shards in order.

    Raises
    ------
    ValueError
        `counts` or `videos_per_shard` is not as described, or `folder` holds something else than these videos.
    """
    write, example = youtube8m.write_frame_level, SimulatedVideo.frame_level_example
    return _write("frame level", write, example, folder, world, counts, videos_per_shard)


def write_video_level(
    folder: str | os.PathLike, world: VideoWorld, counts: Mapping[Split, int], *, videos_per_shard: int = 500
) -> dict[Split, list[Path]]:
    """Write the same videos as `write_frame_level`, averaged over frames, as video-level shards; all else as there."""
    write, example = youtube8m.write_video_level, SimulatedVideo.video_level_example
    return _write("video level", write, example, folder, world, counts, videos_per_shard)


def _write(
    level: str,
    write_shard: Callable[[Path, Iterable[dict[str, Any]]], None],
    example: Callable[[SimulatedVideo], dict[str, Any]],
    folder: str | os.PathLike,
    world: VideoWorld,
    counts: Mapping[Split, int],
    videos_per_shard: int,
) -> dict[Split, list[Path]]:
    if type(videos_per_shard) is not int or videos_per_shard < 1:
        raise ValueError(f"videos_per_shard must be an integer >= 1, got {videos_per_shard!r}")
    check_counts(counts)
    shards = {
        split: [f"{split}{shard:04d}.tfrecord" for shard in range(-(-count // videos_per_shard))]
        for split, count in counts.items()
    }

    def write(partial: Path, split: Split) -> None:
        examples = map(example, world.videos(split, counts[split]))
        for shard in shards[split]:
            write_shard(partial / shard, itertools.islice(examples, videos_per_shard))

    def first_item(split: Split) -> bytes:
        first = example(next(world.videos(split, 1)))
        return b"".join(np.asarray(first[name]).tobytes() for name in sorted(first))

    return complete_folder(
        folder, world, counts, shards, write, first_item, level=level, videos_per_shard=videos_per_shard
    )
