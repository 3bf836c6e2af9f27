"""What the layers that aggregate frames about learned clusters have in common."""

import keras
from keras import ops

from compactvid.layers.initializer import FAN_IN_NORMAL
from compactvid.ops import soft_assignment


class ClusterPooling(keras.layers.Layer):
    r"""Soft assignment of frames to clusters with centres; a subclass makes the video's descriptor of it.

    .. math:: a(x_i) = \mathrm{softmax}(\mathrm{BN}(W^\top x_i))

    Weights: `cluster_weights` and `cluster_centres` (features, cluster_size), `cluster_bn/gamma`, `beta`,
    `moving_mean`, `moving_variance` (cluster_size,).

    Parameters
    ----------
    cluster_size
        Number of clusters K.
    batch_norm_momentum, batch_norm_epsilon
        Decay of the moving statistics and what is added to the variance; the defaults are TF-slim's.
    weights_initializer, centres_initializer
        Initial assignment weights and centres; by default normal with standard deviation 1 / sqrt(features).

    Raises
    ------
    ValueError
        `cluster_size` is below `SMALLEST_CLUSTER_SIZE`, or the input is not of shape (batch, frames, features).
    """

    SMALLEST_CLUSTER_SIZE = 1

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
        if cluster_size < self.SMALLEST_CLUSTER_SIZE:
            raise ValueError(
                f"{self.name}: cluster_size must be at least {self.SMALLEST_CLUSTER_SIZE}, not {cluster_size}"
            )
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
            kind = type(self).__name__
            raise ValueError(f"{self.name}: {kind} takes (batch, frames, features), not shape {tuple(input_shape)}")
        shape = (input_shape[-1], self.cluster_size)
        self.cluster_weights = self.add_weight(
            shape=shape, initializer=self.weights_initializer, name="cluster_weights"
        )
        # Not cast to 16 bits: the centres are subtracted in float32.
        self.cluster_centres = self.add_weight(
            shape=shape, initializer=self.centres_initializer, autocast=False, name="cluster_centres"
        )
        self.batch_norm.build((*input_shape[:-1], self.cluster_size))

    def assigned(self, inputs, mask, training):
        """Frames (batch, frames, features), assignments (batch, frames, clusters) and centres, in float32 or wider.

        Masked frames are zeros and have no assignment.
        """
        if mask is not None:
            mask = ops.cast(mask, "bool")
            inputs = ops.where(ops.expand_dims(mask, -1), inputs, ops.zeros_like(inputs))
        logits = ops.matmul(inputs, self.cluster_weights)  # (batch, frames, clusters)
        # Keras can't squeeze the masked moments of a single cluster; its assignment is 1 whatever they are.
        logits = self.batch_norm(logits, training=training, mask=mask if self.cluster_size > 1 else None)
        assignments = soft_assignment(ops.cast(logits, self.wide_dtype), mask)
        return ops.cast(inputs, self.wide_dtype), assignments, ops.cast(self.cluster_centres, self.wide_dtype)

    @property
    def wide_dtype(self) -> str:
        """The dtype of sums over frames."""
        return keras.backend.result_type(self.compute_dtype, "float32")

    def compute_mask(self, inputs, previous_mask):
        """No mask: the frames are summed."""
        return None

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
