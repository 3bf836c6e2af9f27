"""Pooling of frames, as a layer."""

import keras
import numpy as np
from keras import ops

from compactvid.ops import max_pooling, mean_pooling, robust_max_pooling

POOLINGS = ("max", "mean", "robust")
RANKED_FRAMES = 1024
"""Frames for which ranks are drawn; a longer video meets them again."""


@keras.saving.register_keras_serializable("compactvid")
class FramePooling(keras.layers.Layer):
    r"""Pool each feature over the real frames of a video: the maximum, the mean, or a mean of maxima over samples.

    .. math:: \frac{1}{n} \sum_{i=1}^{n} \max \{v : v \in S_i\}, \qquad S_i \text{ of } k \text{ frames}

    Reference: Araujo et al. 2018, sections 4.1 and 4.2. Robust pooling lies between the maximum (k = all frames) and
    the mean (k = 1 and n large). In training its samples are drawn anew for each video at each step. Otherwise they are
    drawn once and for all from `seed`, by the place of a frame in its video: a prediction depends neither on the other
    videos of the batch nor on the amount of padding, and is the same on both backends. Frames are drawn without
    replacement, as the paper's sets say; the released code draws with replacement. A video of fewer than k real frames
    gives them all to each sample, and so its maximum.

    Input `(batch, frames, features)` with an optional `mask` of shape `(batch, frames)`, true for real frames; output
    `(batch, features)`, zeros for a video without any real frame. Whatever masked frames hold changes nothing. No
    weights.

    Parameters
    ----------
    pooling
        "max", "mean" or "robust".
    num_samples, sample_size
        Samples n, and frames k of each, of robust pooling; 10 and 15 in the paper's Fig. 3.
    seed
        Of robust pooling's samples; None: drawn from Keras's global seed in training, 0 otherwise.

    Raises
    ------
    ValueError
        `pooling` is unknown, or a number of samples or frames is not positive.
    """

    def __init__(
        self, pooling: str = "max", *, num_samples: int = 10, sample_size: int = 15, seed: int | None = None, **kwargs
    ):
        super().__init__(**kwargs)
        if pooling not in POOLINGS:
            raise ValueError(f"{self.name}: pooling must be one of {', '.join(POOLINGS)}, not {pooling!r}")
        if num_samples < 1 or sample_size < 1:
            raise ValueError(
                f"{self.name}: num_samples and sample_size must be positive, not {num_samples} and {sample_size}"
            )
        self.pooling = pooling
        self.num_samples = num_samples
        self.sample_size = sample_size
        self.seed = seed
        self.supports_masking = True
        if pooling == "robust":
            self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, inputs, mask=None, training=None):
        """Return the pooled features of each video."""
        frames = ops.cast(inputs, keras.backend.result_type(self.compute_dtype, "float32"))
        mask = ops.ones_like(frames[..., 0], dtype="bool") if mask is None else ops.cast(mask, "bool")
        if self.pooling == "max":
            pooled = max_pooling(frames, mask)
        elif self.pooling == "mean":
            pooled = mean_pooling(frames, mask)
        else:
            pooled = robust_max_pooling(frames, mask, self._ranks(frames, training), self.sample_size)
        return ops.cast(pooled, self.compute_dtype)

    def _ranks(self, frames, training):
        batch, length, _ = ops.shape(frames)
        if training:
            return keras.random.uniform((batch, self.num_samples, length), dtype="float32", seed=self.seed_generator)
        ranks = np.random.default_rng(self.seed or 0).random((1, self.num_samples, RANKED_FRAMES), dtype="float32")
        return ops.take(ranks, ops.arange(length) % RANKED_FRAMES, axis=-1)

    def compute_mask(self, inputs, previous_mask):
        """No mask: the frames are pooled."""
        return None

    def compute_output_shape(self, input_shape):
        """Shape of the outputs: (batch, features)."""
        return (input_shape[0], input_shape[-1])

    def get_config(self):
        """The constructor's arguments."""
        return {
            **super().get_config(),
            "pooling": self.pooling,
            "num_samples": self.num_samples,
            "sample_size": self.sample_size,
            "seed": self.seed,
        }
