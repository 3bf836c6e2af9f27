"""Clips in folders of actions and groups, as UCF11 has them: ``ACTION/GROUP/CLIP.avi`` (or ``.mpg``).

Source: UCF YouTube Action data set, https://www.crcv.ucf.edu/data/UCF_YouTube_Action.php: the clips of a group share
actor, background or camera.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from compactvid.datasets.batches import integer_at_least

FORMATS = {".avi": "avi", ".mpg": "mpeg"}
"""Endings of clips, and FFmpeg's names of the containers."""
_NO_GROUP = "Annotation"


@dataclass(frozen=True)
class Clip:
    """One video file.

    Parameters
    ----------
    path
        The file.
    action, group
        Names of its folders.
    """

    path: Path
    action: str
    group: str

    @property
    def name(self) -> str:
        """``ACTION/GROUP/CLIP``."""
        return f"{self.action}/{self.group}/{self.path.stem}"


def find(root: str | os.PathLike) -> list[Clip]:
    """All clips below a folder, by action, group and name. None is opened.

    Folders called ``Annotation`` and files with other endings are passed over.

    Raises
    ------
    OSError
        `root` is missing, no directory, or not readable; or it holds no clip.
    ValueError
        An action has no clip in any of its groups, or a clip outside of them.
    """
    root, clips = Path(root), []
    for action in _folders(root):
        if stray := [entry.name for entry in sorted(action.iterdir()) if entry.suffix.lower() in FORMATS]:
            raise ValueError(f"{action / stray[0]}: a clip outside of a group; expected {root}/ACTION/GROUP/CLIP.avi")
        of_action = [
            Clip(path, action.name, group.name)
            for group in _folders(action)
            if group.name != _NO_GROUP
            for path in sorted(group.iterdir())
            if path.suffix.lower() in FORMATS and not path.name.startswith(".")
        ]
        if not of_action:
            raise ValueError(f"{action}: no clip; expected GROUP/CLIP with an ending of {', '.join(FORMATS)}")
        clips += of_action
    if not clips:
        raise FileNotFoundError(f"{root}: no clip; expected ACTION/GROUP/CLIP.avi")
    return clips


def split_by_group(root: str | os.PathLike, shares: Mapping[str, float], *, seed: int) -> dict[str, list[Clip]]:
    """Deal the groups of each action into splits, so that no group has clips in two of them.

    Parameters
    ----------
    root : path-like
        As for `find`.
    shares : mapping of str to float
        Share of each action's groups that each split gets, > 0, together 1. Numbers of groups are rounded so that their
        running sums are.
    seed : int
        Draws the groups.

    Returns
    -------
    dict of str to list of Clip
        Each split's clips in the order of `find`.

    Raises
    ------
    OSError
        As in `find`.
    ValueError
        As in `find`; `shares` are not as described; or an action has too few groups to give each split one.
    """
    if not shares or not all(share > 0 for share in shares.values()) or abs(sum(shares.values()) - 1) > 1e-9:
        raise ValueError(f"shares must be > 0 and add up to 1, got {dict(shares)}")
    clips = find(root)
    splits: dict[tuple[str, str], str] = {}
    for number, action in enumerate(sorted({clip.action for clip in clips})):
        groups = sorted({clip.group for clip in clips if clip.action == action})
        order = np.random.default_rng([integer_at_least("seed", seed, minimum=0), number]).permutation(len(groups))
        ends = np.rint(np.cumsum(list(shares.values())) * len(groups)).astype(int)
        for split, start, end in zip(shares, [0, *ends], ends, strict=False):
            if start == end:
                raise ValueError(f"{root}: {action} has {len(groups)} groups, too few for the split {split!r}")
            splits |= {(action, groups[place]): split for place in order[start:end]}
    return {split: [clip for clip in clips if splits[clip.action, clip.group] == split] for split in shares}


def _folders(folder: Path) -> list[Path]:
    return sorted(entry for entry in folder.iterdir() if entry.is_dir() and not entry.name.startswith("."))
