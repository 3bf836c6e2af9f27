"""NetFV layer: Fisher vectors with learned clusters."""

import math

import keras
from keras import ops

from compactvid.layers.cluster_pooling import ClusterPooling
from compactvid.ops import fisher_sums, normalized_fisher_vector

SMALLEST_DEVIATION = 1e-6
"""Added to the squared weights that are the deviations, as released."""


@keras.saving.register_keras_serializable("compactvid")
class NetFV(ClusterPooling):
    r"""Aggregate a video's frames into first- and second-order statistics about learned clusters.

    .. math:: F_1(j, k) = \sum_i a_k(x_i) \frac{x_i(j) - c_k(j)}{\sigma_k(j)}, \quad
              F_2(j, k) = \sum_i a_k(x_i) \left[\left(\frac{x_i(j) - c_k(j)}{\sigma_k(j)}\right)^2 - 1\right], \quad
              a(x_i) = \mathrm{softmax}(\mathrm{BN}(W^\top x_i))

    Reference: Miech, Laptev & Sivic 2017 (arXiv:1706.06905), whose code (`NetFV`,
    https://github.com/antoine77340/Youtube-8M-WILLOW) Araujo et al. 2018 use too. As there,
    :math:`\sigma_k(j) = s_k(j)^2 + 10^{-6}` with trained :math:`s`, batch normalisation takes the place of an
    assignment bias, and only the first order is normalised cluster by cluster. Centres are parameters of their own
    ("uncoupled" from :math:`W`; the code can couple them, but the sizes that Araujo et al. print are of these).

    Padding is treated as `NetVLAD` does: whatever masked frames hold changes nothing, and a video without any real
    frame gives zeros.

    Input `(batch, frames, features)` with an optional `mask` of shape `(batch, frames)`, true for real frames; output
    `(batch, 2 * features * cluster_size)`, first order before second, cluster index fastest. Weights:
    `cluster_weights`, `cluster_centres` and `cluster_deviations` (features, cluster_size), `cluster_bn/gamma`, `beta`,
    `moving_mean`, `moving_variance` (cluster_size,). With 16-bit compute dtypes, what follows the assignment's matrix
    product is computed in float32.

    Parameters
    ----------
    cluster_size
        Number of clusters K, at least 2.
    batch_norm_momentum, batch_norm_epsilon
        Decay of the moving statistics and what is added to the variance; the defaults are TF-slim's.
    weights_initializer, centres_initializer
        Initial assignment weights and centres; by default normal with standard deviation 1 / sqrt(features), as
        released.
    deviations_initializer
        Initial :math:`s`; None: normal with mean 1 and standard deviation 1 / sqrt(features), as released.

    Raises
    ------
    ValueError
        `cluster_size` is below 2, or the input is not of shape (batch, frames, features).
    """

    SMALLEST_CLUSTER_SIZE = 2

    def __init__(self, cluster_size: int, *, deviations_initializer=None, **kwargs):
        super().__init__(cluster_size, **kwargs)
        self.deviations_initializer = keras.initializers.get(deviations_initializer)

    def build(self, input_shape):
        """Create the weights for inputs of shape (batch, frames, features)."""
        super().build(input_shape)
        around_one = keras.initializers.RandomNormal(mean=1.0, stddev=1 / math.sqrt(input_shape[-1]))
        self.cluster_deviations = self.add_weight(
            shape=(input_shape[-1], self.cluster_size),
            initializer=self.deviations_initializer or around_one,
            autocast=False,
            name="cluster_deviations",
        )

    def call(self, inputs, mask=None, training=None):
        """Return the normalised Fisher vector of each video."""
        frames, assignments, centres = self.assigned(inputs, mask, training)
        deviations = ops.square(ops.cast(self.cluster_deviations, self.wide_dtype)) + SMALLEST_DEVIATION
        sums = fisher_sums(frames, assignments, centres, deviations)
        return ops.cast(normalized_fisher_vector(*sums), self.compute_dtype)

    def compute_output_shape(self, input_shape):
        """Shape of the outputs: (batch, 2 * features * cluster_size)."""
        return (input_shape[0], 2 * input_shape[-1] * self.cluster_size)

    def get_config(self):
        """The constructor's arguments."""
        initializer = keras.initializers.serialize(self.deviations_initializer)
        return {**super().get_config(), "deviations_initializer": initializer}
