"""Vector of locally aggregated descriptors (VLAD) with soft assignment."""

from keras import ops

from compactvid.ops.normalization import l2_normalize


def soft_assignment(logits, mask=None):
    r"""Share each frame among the clusters, :math:`a_k(x_i) = e^{z_k} / \sum_{k'} e^{z_{k'}}`; padding gets nothing.

    Reference: Liu & Liu 2018, the fraction in Eq. 2, section 2.1.

    Parameters
    ----------
    logits
        :math:`z_k = w_k^T x_i + b_k` of shape (batch, frames, clusters).
    mask
        Booleans of shape (batch, frames), true for real frames; None: all are real.

    Returns
    -------
    tensor
        Assignments of shape (batch, frames, clusters): the sum over clusters is 1 for a real frame, 0 for padding.
    """
    # Not `ops.softmax`: it warns about a single cluster, which is a valid, if dull, model.
    assignments = ops.exp(ops.log_softmax(logits, axis=-1))
    if mask is None:
        return assignments
    return assignments * ops.cast(ops.expand_dims(mask, axis=-1), assignments.dtype)


def residual_sum(frames, assignments, centres):
    r"""Sum the frames' residuals to each cluster centre, weighted by how much a frame belongs to the cluster.

    .. math:: V(j, k) = \sum_{i=1}^{N} a_k(x_i) \, (x_i(j) - c_k(j))

    Reference: Liu & Liu 2018, Eq. 2, section 2.1. It is computed as
    :math:`\sum_i a_k(x_i) x_i(j) - c_k(j) \sum_i a_k(x_i)`: one matrix product, and no residual is ever stored.

    Parameters
    ----------
    frames
        Descriptors :math:`x_i(j)` of shape (batch, frames, features).
    assignments
        Soft assignment :math:`a_k(x_i)` of shape (batch, frames, clusters); zero for padding.
    centres
        Cluster centres :math:`c_k(j)` of shape (features, clusters).

    Returns
    -------
    tensor
        :math:`V(j, k)`, of shape (batch, features, clusters).
    """
    weighted_sum = ops.matmul(ops.transpose(frames, (0, 2, 1)), assignments)
    total_assignment = ops.sum(assignments, axis=1, keepdims=True)  # (batch, 1, clusters)
    return weighted_sum - total_assignment * centres


def normalized_vlad(residuals):
    """Normalise each cluster's residual over the features, then the whole descriptor; flatten it.

    Eq. 2 does not print these two steps (intra-normalisation and L2); the released code has both.

    Parameters
    ----------
    residuals
        Tensor of shape (batch, features, clusters).

    Returns
    -------
    tensor
        Shape (batch, features * clusters), cluster index fastest, as in the released checkpoints. Of norm 1, or zero
        where all residuals are.
    """
    _, features, clusters = residuals.shape
    by_cluster = l2_normalize(residuals, axis=1)
    return l2_normalize(ops.reshape(by_cluster, (-1, features * clusters)), axis=1)
