"""Frames of clips, or features of them, that a run has kept."""

from pathlib import Path

import numpy as np

from compactvid.datasets.batches import Batch


def save_clips(path: Path, frames: np.ndarray, labels: np.ndarray, ids: list[str]) -> None:
    """Keep clips for `StoredClips`.

    Parameters
    ----------
    path
        The file, ending in `.npz`.
    frames
        (clips, frames, height, width, channels).
    labels
        (clips, classes), 1 at the clip's action.
    ids
        The clips' names.
    """
    np.savez(path, frames=frames, labels=labels, ids=np.array(ids))


class StoredClips:
    """A source as `compactvid.datasets.batches.Source`, read whole from a file of `save_clips`.

    Parameters
    ----------
    path
        The file.
    shuffled
        Order of the frames of each clip: None as they are, or the seed of an order drawn once for each clip.

    Raises
    ------
    ValueError
        Values are not finite; the file is named.
    """

    def __init__(self, path: Path, *, shuffled: int | None = None):
        with np.load(path) as stored:
            frames, labels, ids = (stored[name] for name in ("frames", "labels", "ids"))
        if not np.isfinite(frames).all():
            raise ValueError(f"{path}: frames hold values that are not finite")
        if shuffled is not None:
            orders = [
                np.random.default_rng([shuffled, clip]).permutation(frames.shape[1]) for clip in range(len(frames))
            ]
            frames = np.take_along_axis(frames, np.array(orders)[:, :, None, None, None], axis=1)
        self.frames, self.labels, self._ids = frames, labels, ids.tolist()

    def __len__(self) -> int:
        return len(self.frames)

    def load(self, indices: np.ndarray, epoch: int) -> Batch:
        """Some clips: `frames` in float32, and labels."""
        return {"frames": self.frames[indices].astype(np.float32)}, self.labels[indices]

    def ids(self, indices: np.ndarray) -> list[str]:
        """Their names."""
        return [self._ids[index] for index in indices]
