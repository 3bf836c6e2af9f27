"""What quantisers refuse."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from keras import ops

BITS = range(2, 9)


def require_bits(caller: str, bits: Any) -> None:
    """Raise ValueError, in the name of a function, unless `bits` is an integer from 2 to 8."""
    if isinstance(bits, bool) or not isinstance(bits, int | np.integer) or bits not in BITS:
        raise ValueError(f"{caller}: bits must be an integer from {BITS[0]} to {BITS[-1]}, not {bits!r}")


def require_choice(caller: str, name: str, value: Any, choices: Sequence[str]) -> None:
    """Raise ValueError, in the name of a function, unless an argument is one of the choices."""
    if value not in choices:
        raise ValueError(f"{caller}: {name} must be one of {', '.join(choices)}, not {value!r}")


def require_finite(caller: str, x: Any) -> None:
    """Raise ValueError, in the name of a function, if a tensor has no values or one that is not finite.

    While a function is traced there are no values, and nothing is refused.
    """
    values = known(x)
    if values is None:
        return
    if values.size == 0:
        raise ValueError(f"{caller}: a tensor of shape {list(values.shape)} has no values")
    if not np.isfinite(values).all():
        raise ValueError(f"{caller}: there are {np.sum(~np.isfinite(values))} values that are not finite")


def known(x: Any) -> np.ndarray | None:
    """The values of a tensor as an array; None while a function is traced, when it has none."""
    try:
        return np.asarray(ops.convert_to_numpy(x))
    except (NotImplementedError, TypeError, ValueError):  # as TensorFlow, JAX and Keras's symbolic tensors say it
        return None
