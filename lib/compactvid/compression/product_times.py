"""How the time of a product with a circulant matrix grows with its order."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class ProductTimes:
    """Times of products with a dense and with a circulant matrix, in one process and in turns, float32.

    NumPy's product with the matrix in full, and SciPy's real Fourier transforms of vectors and first column: of both
    libraries the plain call, so that what grows is the algorithm's work. Time is the processor's, of all threads: what
    else the machine does counts little.

    Parameters
    ----------
    orders
        Orders n of the matrices.
    vectors
        Columns that are multiplied at once.
    repetitions
        How often everything is timed.
    calls
        The fastest of so many calls counts, each time.
    """

    orders: tuple[int, ...]
    vectors: int = 128
    repetitions: int = 5
    calls: int = 5

    def execute(self, folder: Path, data_folder: Path | None) -> Mapping[str, Any]:
        """Return processor seconds of `dense` and `circulant`, (repetitions, orders), and their largest difference."""
        import numpy as np
        from scipy import fft
        from scipy.linalg import circulant

        rng = np.random.default_rng(0)
        seconds: dict[str, list] = {"dense": [[] for _ in range(self.repetitions)]}
        seconds["circulant"] = [[] for _ in range(self.repetitions)]
        difference = 0.0
        for order in self.orders:  # one matrix at a time: the largest takes most of the memory
            column = rng.normal(size=order).astype("float32")
            x = rng.normal(size=(self.vectors, order)).astype("float32")
            transposed = np.ascontiguousarray(circulant(column).T)

            def dense(x: Any = x, transposed: Any = transposed) -> Any:
                return x @ transposed

            def fourier(x: Any = x, column: Any = column, order: int = order) -> Any:
                return fft.irfft(fft.rfft(x) * fft.rfft(column), order)

            expected = dense()
            difference = max(difference, float(np.abs(fourier() - expected).max() / np.abs(expected).max()))
            for repetition in range(self.repetitions):
                seconds["dense"][repetition].append(self._fastest(dense))
                seconds["circulant"][repetition].append(self._fastest(fourier))
        return {"seconds": seconds, "difference": difference}

    def _fastest(self, call: Callable[[], Any]) -> float:
        found = []
        for _ in range(self.calls):
            start = time.process_time()
            call()
            found.append(time.process_time() - start)
        return min(found)
