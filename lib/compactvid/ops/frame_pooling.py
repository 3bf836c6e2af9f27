"""Pooling over the real frames of a video."""

from keras import ops


def max_pooling(frames, mask):
    """The largest value of each feature among the real frames.

    Reference: Araujo et al. 2018, section 4.1, `max {W v_i}`.

    Parameters
    ----------
    frames
        Tensor of shape (..., frames, features).
    mask
        Booleans of shape (..., frames), true for real frames.

    Returns
    -------
    tensor
        Shape (..., features); zeros where no frame is real.
    """
    mask = ops.expand_dims(mask, -1)
    largest = ops.max(ops.where(mask, frames, ops.full_like(frames, -float("inf"))), axis=-2)
    return ops.where(ops.any(mask, axis=-2), largest, ops.zeros_like(largest))


def mean_pooling(frames, mask):
    """The mean of each feature over the real frames; parameters and result as those of `max_pooling`."""
    weights = ops.cast(ops.expand_dims(mask, -1), frames.dtype)
    count = ops.maximum(ops.sum(weights, axis=-2), 1)
    return ops.sum(ops.where(weights > 0, frames, ops.zeros_like(frames)), axis=-2) / count


def robust_max_pooling(frames, mask, ranks, sample_size):
    r"""The mean over samples of frames of each sample's largest values.

    .. math:: \frac{1}{n} \sum_{i=1}^{n} \max \{v W : v \in S_i\}

    Reference: Araujo et al. 2018, section 4.2. A sample is drawn without replacement; of a video with fewer real frames
    than `sample_size` it holds them all.

    Parameters
    ----------
    frames
        Tensor of shape (batch, frames, features).
    mask
        Booleans of shape (batch, frames), true for real frames.
    ranks
        Random numbers in [0, 1) of shape (batch or 1, samples, frames): the real frames with the smallest of a row are
        its sample.
    sample_size
        Frames k of a sample.

    Returns
    -------
    tensor
        Shape (batch, features); zeros where no frame is real.
    """
    batch, length, features = ops.shape(frames)
    ranks = ops.where(ops.expand_dims(mask, 1), ranks, ops.ones_like(ranks) + 1)  # padding comes last
    chosen = ops.argsort(ranks, axis=-1)[..., :sample_size]  # (batch, samples, at most sample_size)
    chosen += ops.reshape(ops.arange(batch, dtype=chosen.dtype) * length, (-1, 1, 1))  # rows of all videos' frames
    values = ops.take(ops.reshape(frames, (-1, features)), chosen, axis=0)
    real = ops.take(ops.reshape(mask, (-1,)), chosen, axis=0)
    return ops.mean(max_pooling(values, real), axis=1)
