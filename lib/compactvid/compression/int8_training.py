"""Quantisation-aware training, as a method of `FineTuning`."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Int8Training:
    """Train matrices as if they were stored in 8 bits; see `compactvid.compression.quantization.simulate_int8`.

    Parameters
    ----------
    per_channel
        As there.
    """

    per_channel: bool = False

    def prepare(self, model: Any) -> Any:
        """The model to train: all its matrices are seen quantised."""
        from compactvid.compression.quantization import simulate_int8

        return simulate_int8(model, per_channel=self.per_channel)
