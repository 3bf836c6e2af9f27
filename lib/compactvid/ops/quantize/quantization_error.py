"""How far values that were quantised and read back are from what they were."""

from keras import ops

from compactvid.ops.quantize.validity import require_finite


def largest_error(x, approximation):
    """The largest absolute difference, scalar, float32."""
    return ops.max(ops.abs(_difference(x, approximation, "largest_error")))


def mean_squared_error(x, approximation):
    """The mean squared difference, scalar, float32."""
    return ops.mean(ops.square(_difference(x, approximation, "mean_squared_error")))


def signal_to_noise(x, approximation):
    r"""Signal-to-quantisation-noise ratio in decibels: :math:`10 \log_{10} \sum x^2 / \sum (x - \hat x)^2`.

    Infinite where there is no difference; minus infinity where all values are 0 and some of their approximations not.

    Parameters
    ----------
    x, approximation
        Values, and what they became, of one shape.

    Returns
    -------
    tensor
        Scalar, float32. A bit more is about 6 dB more.

    Raises
    ------
    ValueError
        The shapes differ; no values, or some that are not finite.
    """
    noise = ops.mean(ops.square(_difference(x, approximation, "signal_to_noise")))
    signal = ops.mean(ops.square(ops.cast(x, "float32")))
    exact = noise == 0
    ratio = ops.where(exact, 1.0, signal) / ops.where(exact, 1.0, noise)
    return ops.where(exact, float("inf"), 10.0 * ops.log10(ratio))


def _difference(x, approximation, caller):
    if tuple(ops.shape(x)) != tuple(ops.shape(approximation)):
        raise ValueError(f"{caller}: shapes {list(ops.shape(x))} and {list(ops.shape(approximation))} differ")
    require_finite(caller, x)
    require_finite(caller, approximation)
    return ops.cast(x, "float32") - ops.cast(approximation, "float32")
