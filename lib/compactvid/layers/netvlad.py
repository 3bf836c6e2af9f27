"""NetVLAD layer."""

import keras
from keras import ops

from compactvid.layers.initializer import FAN_IN_NORMAL
from compactvid.ops import normalized_vlad, residual_sum, soft_assignment


@keras.saving.register_keras_serializable("compactvid")
class NetVLAD(keras.layers.Layer):
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

    def __init__(
        self,
        cluster_size: int,
        *,
        batch_norm_momentum: float = 0.999,
        batch_norm_epsilon: float = 1e-3,
        weights_initializer=FAN_IN_NORMAL,
        centres_initializer=FAN_IN_NORMAL,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if cluster_size < 1:
            raise ValueError(f"{self.name}: cluster_size must be positive, not {cluster_size}")
        self.cluster_size = cluster_size
        self.batch_norm_momentum = batch_norm_momentum
        self.batch_norm_epsilon = batch_norm_epsilon
        self.weights_initializer = keras.initializers.get(weights_initializer)
        self.centres_initializer = keras.initializers.get(centres_initializer)
        self.supports_masking = True
        self.batch_norm = keras.layers.BatchNormalization(
            momentum=batch_norm_momentum, epsilon=batch_norm_epsilon, dtype=self.dtype_policy, name="cluster_bn"
        )

    def build(self, input_shape):
        """Create the weights for inputs of shape (batch, frames, features)."""
        if len(input_shape) != 3:
            raise ValueError(f"{self.name}: NetVLAD takes (batch, frames, features), not shape {tuple(input_shape)}")
        shape = (input_shape[-1], self.cluster_size)
        self.cluster_weights = self.add_weight(
            shape=shape, initializer=self.weights_initializer, name="cluster_weights"
        )
        # Not cast to 16 bits: the centres are subtracted in float32.
        self.cluster_centres = self.add_weight(
            shape=shape, initializer=self.centres_initializer, autocast=False, name="cluster_centres"
        )
        self.batch_norm.build((*input_shape[:-1], self.cluster_size))

    def call(self, inputs, mask=None, training=None):
        """Return the normalised VLAD descriptor of each video."""
        if mask is not None:
            mask = ops.cast(mask, "bool")
            inputs = ops.where(ops.expand_dims(mask, -1), inputs, ops.zeros_like(inputs))
        logits = ops.matmul(inputs, self.cluster_weights)  # (batch, frames, clusters)
        # Keras can't squeeze the masked moments of a single cluster; its assignment is 1 whatever they are.
        logits = self.batch_norm(logits, training=training, mask=mask if self.cluster_size > 1 else None)
        dtype = keras.backend.result_type(self.compute_dtype, "float32")
        assignments = soft_assignment(ops.cast(logits, dtype), mask)
        residuals = residual_sum(ops.cast(inputs, dtype), assignments, ops.cast(self.cluster_centres, dtype))
        return ops.cast(normalized_vlad(residuals), self.compute_dtype)

    def compute_mask(self, inputs, previous_mask):
        """No mask: the frames are summed."""
        return None

    def compute_output_shape(self, input_shape):
        """Shape of the outputs: (batch, features * cluster_size)."""
        return (input_shape[0], input_shape[-1] * self.cluster_size)

    def get_config(self):
        """The constructor's arguments."""
        return {
            **super().get_config(),
            "cluster_size": self.cluster_size,
            "batch_norm_momentum": self.batch_norm_momentum,
            "batch_norm_epsilon": self.batch_norm_epsilon,
            "weights_initializer": keras.initializers.serialize(self.weights_initializer),
            "centres_initializer": keras.initializers.serialize(self.centres_initializer),
        }
