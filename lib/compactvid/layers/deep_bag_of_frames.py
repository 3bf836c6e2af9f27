"""Deep bag of frames layer."""

import keras
from keras import ops

from compactvid.layers.frame_pooling import FramePooling
from compactvid.layers.initializer import FAN_IN_NORMAL


@keras.saving.register_keras_serializable("compactvid")
class DeepBagOfFrames(keras.layers.Layer):
    r"""Project each frame into a space of many dimensions, and pool each dimension over the frames.

    .. math:: v' = \max \{\phi(\mathrm{BN}(W v_i)) : v_i \in V\}

    Reference: Araujo et al. 2018, sections 4.1 and 4.2; `DbofModel` of the challenge's starter code,
    https://github.com/google/youtube-8m. The paper prints :math:`\max \{W v_i\}`; both released codes normalise the
    batch and apply relu6 before they pool, and so does this layer. The starter code draws 30 frames at random before;
    here all real frames count.

    `FramePooling` pools. Robust pooling takes the maximum over each of several random samples of frames and averages
    these maxima. In training, samples are drawn anew for each video at each step. Otherwise they are drawn once and for
    all, so that a prediction depends on its video alone: neither on the others of the batch nor on the padding.

    Masked frames have no part in the pooling, nor in the statistics of the batch normalisation; whatever they hold, NaN
    included, changes nothing. A video without any real frame gives zeros.

    Input `(batch, frames, features)` with an optional `mask` of shape `(batch, frames)`, true for real frames; output
    `(batch, units)`. Weights: `kernel` (features, units), `projection_bn/gamma`, `beta`, `moving_mean`,
    `moving_variance` (units,).

    Parameters
    ----------
    units
        Dimensions of the projection, at least 2; 8,192 for video frames and 4,096 for audio frames in the paper.
    pooling
        "max", "mean" or "robust".
    num_samples, sample_size
        Samples n, and frames k of each, of robust pooling; 10 and 15 in the paper's Fig. 3.
    activation
        Of the normalised projection.
    batch_norm_momentum, batch_norm_epsilon
        Decay of the moving statistics and what is added to the variance; the defaults are TF-slim's.
    kernel_initializer
        Initial :math:`W`; by default normal with standard deviation 1 / sqrt(features), as released.
    seed
        Of robust pooling's samples; None: drawn from Keras's global seed.

    Raises
    ------
    ValueError
        `units` is below 2, `pooling` is unknown, a number of samples or frames is not positive, or the input is not of
        shape (batch, frames, features).
    """

    def __init__(
        self,
        units: int,
        *,
        pooling: str = "max",
        num_samples: int = 10,
        sample_size: int = 15,
        activation="relu6",
        batch_norm_momentum: float = 0.999,
        batch_norm_epsilon: float = 1e-3,
        kernel_initializer=FAN_IN_NORMAL,
        seed: int | None = None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if units < 2:
            raise ValueError(f"{self.name}: units must be at least 2, not {units}")
        self.units = units
        self.activation = keras.activations.get(activation)
        self.batch_norm_momentum = batch_norm_momentum
        self.batch_norm_epsilon = batch_norm_epsilon
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.supports_masking = True
        # Of the layer's own name, by which its errors name it.
        self.frame_pooling = FramePooling(
            pooling,
            num_samples=num_samples,
            sample_size=sample_size,
            seed=seed,
            dtype=self.dtype_policy,
            name=self.name,
        )
        self.batch_norm = keras.layers.BatchNormalization(
            momentum=batch_norm_momentum, epsilon=batch_norm_epsilon, dtype=self.dtype_policy, name="projection_bn"
        )

    def build(self, input_shape):
        """Create the weights for inputs of shape (batch, frames, features)."""
        if len(input_shape) != 3:
            raise ValueError(
                f"{self.name}: DeepBagOfFrames takes (batch, frames, features), not shape {tuple(input_shape)}"
            )
        shape = (input_shape[-1], self.units)
        self.kernel = self.add_weight(shape=shape, initializer=self.kernel_initializer, name="kernel")
        self.batch_norm.build((*input_shape[:-1], self.units))
        self.frame_pooling.build((*input_shape[:-1], self.units))

    def call(self, inputs, mask=None, training=None):
        """Return the pooled projection of each video."""
        if mask is None:
            real = ops.ones_like(inputs[..., 0], dtype="bool")
        else:
            real = ops.cast(mask, "bool")
            inputs = ops.where(ops.expand_dims(real, -1), inputs, ops.zeros_like(inputs))
        projected = self.batch_norm(
            ops.matmul(inputs, self.kernel), training=training, mask=None if mask is None else real
        )
        return self.frame_pooling(self.activation(projected), mask=real, training=training)

    def compute_mask(self, inputs, previous_mask):
        """No mask: the frames are pooled."""
        return None

    def compute_output_shape(self, input_shape):
        """Shape of the outputs: (batch, units)."""
        return (input_shape[0], self.units)

    def get_config(self):
        """The constructor's arguments."""
        pooling = self.frame_pooling.get_config()
        return {
            **super().get_config(),
            "units": self.units,
            **{name: pooling[name] for name in ("pooling", "num_samples", "sample_size", "seed")},
            "activation": keras.activations.serialize(self.activation),
            "batch_norm_momentum": self.batch_norm_momentum,
            "batch_norm_epsilon": self.batch_norm_epsilon,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
        }
