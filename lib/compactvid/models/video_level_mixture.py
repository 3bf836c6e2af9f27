"""The challenge's mixture-of-experts classifier on video-level features."""

from dataclasses import dataclass
from typing import Any

from compactvid.models.fields import require_bool, require_in_interval, require_positive_integers


@dataclass(frozen=True)
class VideoLevelMixture:
    """A mixture of logistic experts on a video's mean features.

    Reference: `MoeModel` of the challenge's starter code, https://github.com/google/youtube-8m. Its training graph
    divides the concatenated features by their L2 norm before any model sees them; so does this one. Its experts have a
    bias, its gates have none.

    Parameters
    ----------
    num_classes
        Number of classes; the challenge's vocabulary has 3,862.
    num_mixtures
        Experts of each class, without the dummy expert; 2 in the starter code.
    rgb_size, audio_size
        Features of a video.
    normalize_inputs
        L2-normalise the concatenated features.
    l2_penalty
        Weight of the penalty on the experts' and gates' kernels, half the sum of squares as TF-slim reckons; 1e-8 in
        the starter code, 0 for none.

    Raises
    ------
    ValueError
        A field has no valid value; the message names it.
    """

    num_classes: int = 3862
    num_mixtures: int = 2
    rgb_size: int = 1024
    audio_size: int = 128
    normalize_inputs: bool = True
    l2_penalty: float = 1e-8

    def __post_init__(self) -> None:
        require_positive_integers(self, "num_classes", "num_mixtures", "rgb_size", "audio_size")
        require_bool(self, "normalize_inputs")
        require_in_interval(self, "l2_penalty", 0.0, float("inf"))

    def build(self, *, initialize: bool = True) -> Any:
        """Build the Keras model.

        Parameters
        ----------
        initialize
            False fills every weight with zeros: all that counting bytes needs, in a fraction of the time.

        Returns
        -------
        keras.Model
            Functional model `video_level_mixture`. Inputs: a dict of `mean_rgb` (batch, rgb_size) and `mean_audio`
            (batch, audio_size). Output: probabilities of shape (batch, num_classes).
        """
        import keras
        from keras import ops

        from compactvid.layers import MixtureOfExperts
        from compactvid.ops import l2_normalize

        inputs = {
            "mean_rgb": keras.Input((self.rgb_size,), name="mean_rgb"),
            "mean_audio": keras.Input((self.audio_size,), name="mean_audio"),
        }
        x = ops.concatenate([inputs["mean_rgb"], inputs["mean_audio"]], axis=-1)
        if self.normalize_inputs:
            x = l2_normalize(x)
        # TF-slim's penalty is half the sum of squares, Keras's the whole.
        probabilities = MixtureOfExperts(
            self.num_classes,
            num_mixtures=self.num_mixtures,
            kernel_initializer="glorot_uniform" if initialize else "zeros",
            kernel_regularizer=keras.regularizers.L2(self.l2_penalty / 2) if self.l2_penalty else None,
            name="mixture",
        )(x)
        return keras.Model(inputs, probabilities, name="video_level_mixture")
