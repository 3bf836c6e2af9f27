"""What a training needs to go on exactly where it stopped."""

import logging
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from compactvid.atomic import replaced

_KEPT = 2
logger = logging.getLogger(__name__)


class Checkpoints:
    """The states of one training in a folder, each complete or absent.

    A state is one uncompressed `.npz` file (never pickle; the archive's CRC-32 sums are checked on reading): every
    variable of the model, among them the moving statistics and the seed generators that `.weights.h5` leaves out, and
    every variable of its optimizer. Data need no state, for a batch is a function of the seed and its step.

    Parameters
    ----------
    folder
        Where the states lie; made where it does not exist.
    model
        A compiled `keras.Model`.

    Notes
    -----
    The newest two states are kept, so that a damaged one costs an interval.
    """

    def __init__(self, folder: Path, model: Any):
        self.folder = folder
        self.model = model
        folder.mkdir(parents=True, exist_ok=True)
        model.optimizer.build(model.trainable_variables)

    def save(self, step: int) -> None:
        """Store the model and its optimizer as they are after `step` steps; drop all but the newest states."""
        from keras import ops

        arrays = {name: ops.convert_to_numpy(variable.value) for name, variable in self._variables().items()}
        with replaced(self._path(step)) as temporary, temporary.open("wb") as file:
            np.savez(file, **arrays)
        for path in self._paths()[_KEPT:]:
            path.unlink()

    def restore(self) -> int:
        """Load the newest state that is readable; return its step, 0 where there is none.

        A damaged state, or one of another backend or Keras version whose variables differ, is named in a warning and
        passed over.
        """
        for path in self._paths():
            try:
                arrays = self._read(path)
            except (ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
                logger.warning("%s: not a usable checkpoint (%s); going back to the one before it", path, error)
                continue
            for name, variable in self._variables().items():
                variable.assign(arrays[name])
            return _step(path)
        return 0

    def _variables(self) -> dict[str, Any]:
        import keras

        # The number keeps names apart (two layers may share a path), and the backend the bits of two backends.
        variables = {"model": self.model.variables, "optimizer": self.model.optimizer.variables}
        return {
            f"{keras.backend.backend()}/{owner}/{number}/{variable.path}": variable
            for owner, owned in variables.items()
            for number, variable in enumerate(owned)
        }

    def _read(self, path: Path) -> dict[str, np.ndarray]:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            arrays = dict(archive.items())
        expected = {name: (variable.shape, variable.dtype) for name, variable in self._variables().items()}
        found = {name: (array.shape, array.dtype.name) for name, array in arrays.items()}
        if found != expected:
            differing = sorted(name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name))
            named = ", ".join(differing[:3]) + (f" and {len(differing) - 3} more" if len(differing) > 3 else "")
            raise ValueError(f"expected the variables of this model, and these differ: {named}")
        return arrays

    def _path(self, step: int) -> Path:
        return self.folder / f"state-{step:09d}.npz"

    def _paths(self) -> list[Path]:
        """The states, the newest first."""
        return sorted(self.folder.glob("state-*.npz"), reverse=True)


def _step(path: Path) -> int:
    return int(path.stem.removeprefix("state-"))
