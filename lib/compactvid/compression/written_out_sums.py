"""Eq. 3 of Cheng et al. 2018, written out: the sums that any faster convolution of integers must equal."""

from operator import mul

import numpy as np


def written_out_sums(kernel: np.ndarray, features: np.ndarray) -> np.ndarray:
    r"""Convolve whole numbers as Python's integers, which have no largest one; slow.

    .. math:: s(x, y, z) = \sum_{i = 1}^{W_k} \sum_{j = 1}^{H_k} \sum_{l = 1}^{D_k} w(i, j, l, z) \,
              a(i + x - 1, j + y - 1, l)

    Reference: Cheng et al. 2018, section 2.2, Eq. 3. It has no padding and no strides; here x and y take all values
    with which the sum stays inside of the feature map. To pad, pad the features.

    Parameters
    ----------
    kernel
        Integers, (W_k, H_k, D_k, filters).
    features
        Integers, (W, H, D_k): levels, counted from the one that stands for 0.

    Returns
    -------
    array
        int64, (W - W_k + 1, H - H_k + 1, filters).

    Raises
    ------
    TypeError
        One of them has another dtype than an integer one.
    ValueError
        Their shapes do not fit.
    OverflowError
        A sum exceeds 64 bits.
    """
    for name, array in (("kernel", kernel), ("features", features)):
        if not np.issubdtype(array.dtype, np.integer):
            raise TypeError(f"written_out_sums: {name} must hold integers, not {array.dtype}")
    if (kernel.ndim, features.ndim) != (4, 3) or kernel.shape[2] != features.shape[2]:
        raise ValueError(f"written_out_sums: a kernel of {kernel.shape} does not fit a feature map of {features.shape}")
    (rows, columns, _, filters), (height, width, _) = kernel.shape, features.shape
    if rows > height or columns > width:
        raise ValueError(f"written_out_sums: a kernel of {kernel.shape} exceeds a feature map of {features.shape}")
    weights = [kernel[..., z].reshape(-1).tolist() for z in range(filters)]
    found = []
    for x in range(height - rows + 1):
        for y in range(width - columns + 1):
            window = features[x : x + rows, y : y + columns].reshape(-1).tolist()
            found.append([sum(map(mul, of_filter, window)) for of_filter in weights])
    return np.array(found, "int64").reshape(height - rows + 1, width - columns + 1, filters)
