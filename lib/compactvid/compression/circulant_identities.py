"""What section 3 of Araujo et al. 2018 says of circulant matrices, asked of this library's own."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class CirculantIdentities:
    """One circulant matrix of `compactvid.ops`, in double precision, and layers of its size.

    Parameters
    ----------
    order
        Rows and columns n.
    seed
        Of the first column and of the vector x that is multiplied.
    """

    order: int
    seed: int = 0

    def execute(self, folder: Path, data_folder: Path | None) -> Mapping[str, Any]:
        """Return facts and differences, the latter relative to the largest value that they are differences of.

        `rows_are_shifted`: whether each row is the row above, shifted by one to the right. `weights`: of the layer
        n -> n without diagonal and bias; `weights_of_n_pairs`: of that with n pairs. Differences to C x: `convolution`
        (the sum of its definition), `fourier` (`circulant_product`), `eigenvalues` (the Fourier transform of c, times
        that of x, back). `off_diagonal`: the largest off-diagonal entry of F C F^-1.
        """
        import numpy as np
        from keras import ops

        from compactvid.layers import CirculantDense
        from compactvid.ops import circulant_matrix, circulant_product

        n = self.order
        rng = np.random.default_rng(self.seed)
        column, x = rng.normal(size=n), rng.normal(size=n)
        matrix = ops.convert_to_numpy(circulant_matrix(ops.convert_to_tensor(column, dtype="float64")))
        fourier = ops.convert_to_numpy(
            circulant_product(*(ops.convert_to_tensor(each, dtype="float64") for each in (column, x)))
        )
        expected = matrix @ x
        convolution = [sum(column[(row - place) % n] * x[place] for place in range(n)) for row in range(n)]
        transform = np.fft.fft(np.eye(n))
        spectrum = transform @ matrix @ np.linalg.inv(transform)
        layers = {
            "weights": CirculantDense(n, diagonal="none", use_bias=False),
            "weights_of_n_pairs": CirculantDense(n, factors=n, use_bias=False),
        }
        for layer in layers.values():
            layer.build((None, n))
        differences = {
            "convolution": convolution - expected,
            "fourier": fourier - expected,
            "eigenvalues": np.fft.ifft(np.fft.fft(column) * np.fft.fft(x)) - expected,
        }
        return {
            "rows_are_shifted": bool((matrix[1:] == np.roll(matrix[:-1], 1, axis=1)).all()),
            **{name: int(layer.count_params()) for name, layer in layers.items()},
            **{name: float(np.abs(found).max() / np.abs(expected).max()) for name, found in differences.items()},
            "off_diagonal": float(np.abs(spectrum - np.diag(np.diag(spectrum))).max() / np.abs(spectrum).max()),
        }
