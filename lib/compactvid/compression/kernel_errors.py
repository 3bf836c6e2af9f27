"""What quantisers make of a kernel: how far its values are from what they were, and which levels they get."""

from typing import Any

import numpy as np

READINGS = ("floor", "truncation")
"""Of INT in Eq. 1 of Cheng et al. 2018."""
KERNEL_SCHEMES: dict[str, dict[str, Any]] = {
    **{f"deepeye_{integer}": {"beyond": "clip"} for integer in READINGS},
    **{f"deepeye_{integer}_scaled": {} for integer in READINGS},
    "affine": {},
    "symmetric": {},
    "symmetric_per_channel": {"scheme": "symmetric", "per_channel": True},
}
"""Quantisers by name, and what `weight_levels` is asked for: the scheme of that name where none is given."""
FITTED = {f"deepeye_{integer}_fitted": f"deepeye_{integer}" for integer in READINGS}
"""Eq. 1 as printed, with the factor that fits the kernel best: the name of this, and of what its levels are."""
DRAWN = ("deepeye_floor", "deepeye_truncation", "symmetric")
"""Schemes whose levels are counted."""
LEVELS = range(-128, 128)


def kernel_errors(kernel: np.ndarray) -> dict[str, Any]:
    """Put a kernel into 8 bits by every scheme.

    Parameters
    ----------
    kernel
        Of shape (..., channels), not all zeros.

    Returns
    -------
    dict
        ``values``, their number, and ``largest``, the largest magnitude. Numbers of values: ``beyond_one``, outside of
        [-1, 1]; ``to_one_level``, not 0 and at most 2^-7 in size, which Eq. 1 makes 1 or -1; ``nearer_to_zero``, those
        of them that are nearer to 0; ``int_differs``, whose level depends on the reading of INT. ``fit``, by reading,
        the sums of w w^q and of w^q w^q: their ratio is the factor of least squared error. ``signal_to_noise``, by
        scheme, in decibels, of `KERNEL_SCHEMES` and `FITTED`; ``levels``, by scheme, how many different ones occur;
        ``histogram``, for `DRAWN`, the numbers of values at each of `LEVELS`.
    """
    from keras import ops

    from compactvid.ops.quantize import affine_dequantize, least_squares_xi, signal_to_noise, weight_levels

    noise, used, found = {}, {}, {}
    for name, options in KERNEL_SCHEMES.items():
        levels, scale, zero_point = weight_levels(kernel, **{"scheme": name, **options})
        noise[name] = float(signal_to_noise(kernel, affine_dequantize(levels, scale, zero_point)))
        found[name] = ops.convert_to_numpy(levels).astype("int64")
        used[name] = len(np.unique(found[name]))
    for name, printed in FITTED.items():
        fitted = affine_dequantize(found[printed], least_squares_xi(kernel, found[printed]))
        noise[name] = float(signal_to_noise(kernel, fitted))
    magnitude = np.abs(kernel)
    floor, truncation = (found[f"deepeye_{integer}"] for integer in READINGS)
    return {
        "values": kernel.size,
        "largest": float(magnitude.max()),
        "beyond_one": int((magnitude > 1).sum()),
        "to_one_level": int(((magnitude > 0) & (magnitude <= 2**-7)).sum()),
        "nearer_to_zero": int(((magnitude > 0) & (magnitude < 2**-8)).sum()),
        "int_differs": int((floor != truncation).sum()),
        "fit": {
            name: [float(np.sum(kernel.astype("float64") * levels)), float(np.sum(levels**2))]
            for name, levels in zip(READINGS, (floor, truncation), strict=True)
        },
        "signal_to_noise": noise,
        "levels": used,
        "histogram": {
            name: np.bincount(found[name].ravel() - LEVELS[0], minlength=len(LEVELS)).tolist() for name in DRAWN
        },
    }
