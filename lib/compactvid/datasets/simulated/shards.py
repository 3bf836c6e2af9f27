"""A simulated world of videos as a folder of YouTube-8M's shards."""

import dataclasses
import hashlib
import itertools
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from compactvid.datasets import youtube8m
from compactvid.datasets.simulated.splits import Split
from compactvid.datasets.simulated.video_world import VideoWorld
from compactvid.datasets.simulated.world_folder import check_counts, complete_folder

_MAX_SHARDS = 10_000


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
        Number of videos of each split wanted, at least 1.
    videos_per_shard : int, optional
        The last shard of a split may hold fewer.

    Returns
    -------
    dict of split to list of Path
        The shards in order.

    Raises
    ------
    ValueError
        `counts` or `videos_per_shard` is not as described or asks for more than 10,000 shards of a split; or `folder`
        holds something else than these videos, because it is not such a folder, was written for another world, or a
        shard is missing from it.
    """
    return _write(
        "frame level", youtube8m.write_frame_level, VideoWorld.examples, folder, world, counts, videos_per_shard
    )


def write_video_level(
    folder: str | os.PathLike, world: VideoWorld, counts: Mapping[Split, int], *, videos_per_shard: int = 500
) -> dict[Split, list[Path]]:
    """Write the same videos as `write_frame_level`, averaged over frames, as video-level shards; all else as there."""
    return _write(
        "video level",
        youtube8m.write_video_level,
        VideoWorld.video_level_examples,
        folder,
        world,
        counts,
        videos_per_shard,
    )


def _write(
    level: str,
    write_shard: Callable[[Path, Iterable[dict[str, Any]]], None],
    examples: Callable[[VideoWorld, Split, int], Iterable[dict[str, Any]]],
    folder: str | os.PathLike,
    world: VideoWorld,
    counts: Mapping[Split, int],
    videos_per_shard: int,
) -> dict[Split, list[Path]]:
    names = _shard_names(counts, videos_per_shard)
    holds = dataclasses.asdict(world) | {
        "level": level,
        "counts": dict(counts),
        "videos_per_shard": videos_per_shard,
        # The arguments are not all: other code or another NumPy may draw other videos from them.
        "first_videos": {split: _digest(next(iter(examples(world, split, 1)))) for split in counts},
    }

    def write(partial: Path) -> None:
        for split, shards in names.items():
            rest = iter(examples(world, split, counts[split]))
            for shard in shards:
                write_shard(partial / shard, itertools.islice(rest, videos_per_shard))

    folder = complete_folder(folder, holds, list(itertools.chain.from_iterable(names.values())), write)
    return {split: [folder / shard for shard in shards] for split, shards in names.items()}


def _shard_names(counts: Mapping[Split, int], videos_per_shard: int) -> dict[Split, list[str]]:
    if type(videos_per_shard) is not int or videos_per_shard < 1:
        raise ValueError(f"videos_per_shard must be an integer >= 1, got {videos_per_shard!r}")
    check_counts(counts, _MAX_SHARDS * videos_per_shard, f"{_MAX_SHARDS} shards of {videos_per_shard} videos")
    return {
        split: [f"{split}{shard:04d}.tfrecord" for shard in range(-(-count // videos_per_shard))]
        for split, count in counts.items()
    }


def _digest(example: dict[str, Any]) -> str:
    parts = (str(example["id"]).encode(), *(example[name].tobytes() for name in sorted(example) if name != "id"))
    return hashlib.sha256(b"".join(parts)).hexdigest()
