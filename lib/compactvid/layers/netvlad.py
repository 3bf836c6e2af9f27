"""NetVLAD layer."""

import keras
from keras import ops

from compactvid.layers.cluster_pooling import ClusterPooling
from compactvid.ops import normalized_vlad, residual_sum


@keras.saving.register_keras_serializable("compactvid")
class NetVLAD(ClusterPooling):
    r"""Aggregate a video's frames into the residuals to learned cluster centres.

    .. math:: V(j, k) = \sum_{i=1}^{N} a_k(x_i) \, (x_i(j) - c_k(j)), \qquad
              a(x_i) = \mathrm{softmax}(\mathrm{BN}(W^\top x_i))

    Reference: Liu & Liu 2018, Eq. 2, section 2.1. As in the released code, and unlike the printed equation:

    - batch normalisation of :math:`W^\top x_i` takes the place of the bias :math:`b_k`;
    - each cluster's residual is normalised over the features (intra-normalisation), then the whole descriptor.

    Assignment weights :math:`w_k` and centres :math:`c_k` are separate parameters, in the equation as in the code.

    The released code has no mask: it draws 300 frames with replacement from the real ones. Here all real frames are
    summed once, and padding is left out. Masked frames have no weight in the sum, nor in the statistics of the batch
    normalisation; whatever they hold, NaN included, changes nothing. A video without any real frame gives zeros.

    Input `(batch, frames, features)` with an optional `mask` of shape `(batch, frames)`, true for real frames; output
    `(batch, features * cluster_size)`, cluster index fastest. Weights: `cluster_weights` and `cluster_centres`
    (features, cluster_size), `cluster_bn/gamma`, `beta`, `moving_mean`, `moving_variance` (cluster_size,). With 16-bit
    compute dtypes, what follows the assignment's matrix product is computed in float32: sums over frames overflow.

    Parameters
    ----------
    cluster_size
        Number of clusters K.
    batch_norm_momentum, batch_norm_epsilon
        Decay of the moving statistics and what is added to the variance; the defaults are TF-slim's.
    weights_initializer, centres_initializer
        Initial assignment weights and centres; by default normal with standard deviation 1 / sqrt(features), as
        released. One seeded initialiser given for both starts them out equal.

    Raises
    ------
    ValueError
        `cluster_size` is not positive, or the input is not of shape (batch, frames, features).
    """

    def call(self, inputs, mask=None, training=None):
        """Return the normalised VLAD descriptor of each video."""
        residuals = residual_sum(*self.assigned(inputs, mask, training))
        return ops.cast(normalized_vlad(residuals), self.compute_dtype)

    def compute_output_shape(self, input_shape):
        """Shape of the outputs: (batch, features * cluster_size)."""
        return (input_shape[0], input_shape[-1] * self.cluster_size)
