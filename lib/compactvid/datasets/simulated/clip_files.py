"""A simulated world of clips as folders of video files, as UCF11 has them."""

import os
from collections.abc import Mapping
from pathlib import Path

from compactvid.datasets.simulated.clip_world import ClipWorld
from compactvid.datasets.simulated.splits import Split
from compactvid.datasets.simulated.world_folder import check_counts, complete_folder


def write_clips(folder: str | os.PathLike, world: ClipWorld, counts: Mapping[Split, int]) -> dict[Split, list[Path]]:
    """Write the first clips of a world's splits in UCF11's layout, unless they are there already.

    Each split has a folder of its own, so that no group of clips is in two of them: clips are
    ``train/left/v_left_01/v_left_01_01.avi`` and so on. Beside these, ``world.json`` says what the folder holds. The
    folder is complete or absent, also for other processes that write it at the same time.

    Parameters
    ----------
    folder : path-like
        Where the folders are to be: absent or empty, or written by an earlier call with the same arguments and then
        left as it is.
    world : ClipWorld
    counts : mapping of split to int
        Number of clips of each split wanted, 1 to 1,000,000.

    Returns
    -------
    dict of split to list of Path
        The clips, clip i of class i modulo 7.

    Raises
    ------
    ValueError
        `counts` is not as described, or `folder` holds something else than these clips.
    """
    from compactvid.datasets import clips  # PyAV takes long to import, and most worlds have no clips

    check_counts(counts)
    files = {
        split: [f"{split}/{world.clip_id(index)}.avi" for index in range(count)] for split, count in counts.items()
    }

    def write(partial: Path, split: Split) -> None:
        for file, clip in zip(files[split], world.clips(split, counts[split]), strict=True):
            clips.write(partial / file, clip.frames, world.frames_per_second)

    def first_item(split: Split) -> bytes:
        return next(world.clips(split, 1)).frames.tobytes()

    return complete_folder(folder, world, counts, files, write, first_item)
