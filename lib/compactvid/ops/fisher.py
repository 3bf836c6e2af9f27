"""Fisher vectors with soft assignment."""

from keras import ops

from compactvid.ops.normalization import l2_normalize
from compactvid.ops.vlad import normalized_vlad


def fisher_sums(frames, assignments, centres, deviations):
    r"""Sum what the frames say about each cluster's mean and about its variance.

    .. math:: F_1(j, k) = \sum_i a_k(x_i) \frac{x_i(j) - c_k(j)}{\sigma_k(j)}, \qquad
              F_2(j, k) = \sum_i a_k(x_i) \left[\left(\frac{x_i(j) - c_k(j)}{\sigma_k(j)}\right)^2 - 1\right]

    Reference: Miech, Laptev & Sivic 2017 (arXiv:1706.06905), NetFV, after Perronnin & Dance 2007. Both are computed
    from :math:`\sum_i a_k(x_i)`, :math:`\sum_i a_k(x_i) x_i(j)` and :math:`\sum_i a_k(x_i) x_i(j)^2`: two matrix
    products, and no residual is ever stored.

    Parameters
    ----------
    frames
        Descriptors :math:`x_i(j)` of shape (batch, frames, features).
    assignments
        Soft assignment :math:`a_k(x_i)` of shape (batch, frames, clusters); zero for padding.
    centres, deviations
        :math:`c_k(j)` and :math:`\sigma_k(j) > 0`, each of shape (features, clusters).

    Returns
    -------
    tuple of tensors
        :math:`F_1` and :math:`F_2`, each of shape (batch, features, clusters).
    """
    by_feature = ops.transpose(frames, (0, 2, 1))
    count = ops.sum(assignments, axis=1, keepdims=True)  # (batch, 1, clusters)
    total = ops.matmul(by_feature, assignments)  # (batch, features, clusters)
    squares = ops.matmul(ops.square(by_feature), assignments)
    first = (total - count * centres) / deviations
    second = (squares - 2 * centres * total + count * ops.square(centres)) / ops.square(deviations) - count
    return first, second


def normalized_fisher_vector(first, second):
    """Normalise both orders as the released code does, flatten and join them.

    The first order is normalised over each cluster's features, then as a whole. The released code flattens the second
    order before it asks for the same, so that it is normalised as a whole only, twice.

    Parameters
    ----------
    first, second
        Tensors of shape (batch, features, clusters).

    Returns
    -------
    tensor
        Shape (batch, 2 * features * clusters): first order, then second, each with the cluster index fastest and of
        norm 1, or zero where it was zero.
    """
    _, features, clusters = second.shape
    flat = l2_normalize(ops.reshape(second, (-1, features * clusters)), axis=1)
    return ops.concatenate([normalized_vlad(first), flat], axis=1)
