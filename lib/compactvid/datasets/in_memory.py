"""Examples that are read once and then held in memory."""

from functools import cached_property

import numpy as np

from compactvid.datasets.batches import Batch, Source

_READ_AT_ONCE = 1024


class InMemory:
    """A source as `compactvid.datasets.batches.Source`, all of it read at the first load.

    For data sets that fit, and whose examples are the same in every epoch: what the epoch would draw is drawn for epoch
    0 and kept.

    Parameters
    ----------
    source : Source
        Where the examples come from.
    """

    def __init__(self, source: Source):
        self.source = source

    def __len__(self) -> int:
        return len(self.source)

    def load(self, indices: np.ndarray, epoch: int) -> Batch:
        """Copies of some examples."""
        inputs, labels = self._all
        return {name: values[indices] for name, values in inputs.items()}, labels[indices]

    def ids(self, indices: np.ndarray) -> list[str]:
        """Their names, read from the source."""
        return self.source.ids(indices)

    @cached_property
    def _all(self) -> Batch:
        parts = [
            self.source.load(np.arange(start, min(start + _READ_AT_ONCE, len(self))), 0)
            for start in range(0, len(self), _READ_AT_ONCE)
        ]
        names = parts[0][0]
        inputs = {name: np.concatenate([part[name] for part, _ in parts]) for name in names}
        return inputs, np.concatenate([labels for _, labels in parts])
