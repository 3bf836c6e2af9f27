"""Classifiers that differ from Gated NetVLAD in how they pool the frames, and in nothing else."""

from dataclasses import dataclass
from typing import Any

from compactvid.models.fields import require_bool, require_in_interval, require_positive_integers

POOLINGS = ("lstm", "deep_bag_of_frames", "net_fv")


@dataclass(frozen=True)
class FrameLevelClassifier:
    """LSTM, deep bag of frames or Fisher vector over the frames, then the layers of Gated NetVLAD.

    Inputs and outputs are those of `GatedNetVLAD`, so that they go into one ensemble with it. The poolings, each as in
    the released code that made it known on YouTube-8M:

    - "lstm": two layers of LSTM cells over the joined features of both modalities; the second's last output is the
      descriptor. Reference: `LstmModel`, https://github.com/google/youtube-8m.
    - "deep_bag_of_frames": `DeepBagOfFrames` with max pooling, for each modality. Reference: Araujo et al. 2018,
      section 4.1; `DbofModel` of the same starter code, which projects the joined features.
    - "net_fv": `NetFV` for each modality. Reference: Miech, Laptev & Sivic 2017.

    Parameters
    ----------
    pooling
        One of the above.
    pooling_size
        LSTM cells of each layer; or dimensions of the projection, or clusters, of the video frames (audio has half as
        many, as in Araujo et al. 2018).
    hidden_size
        Width H of the first fully connected layer; the second has 2 H.
    num_classes, num_mixtures, rgb_size, audio_size, normalize_inputs, l2_penalty, batch_norm_momentum
        As in `GatedNetVLAD`.

    Raises
    ------
    ValueError
        A field has no valid value; the message names it.
    """

    pooling: str
    pooling_size: int
    hidden_size: int
    num_classes: int = 3862
    num_mixtures: int = 5
    rgb_size: int = 1024
    audio_size: int = 128
    normalize_inputs: bool = True
    l2_penalty: float = 1e-6
    batch_norm_momentum: float = 0.999

    def __post_init__(self) -> None:
        if self.pooling not in POOLINGS:
            raise ValueError(
                f"FrameLevelClassifier: pooling must be one of {', '.join(POOLINGS)}, not {self.pooling!r}"
            )
        sizes = ("pooling_size", "hidden_size", "num_classes", "num_mixtures", "rgb_size", "audio_size")
        require_positive_integers(self, *sizes)
        if self.pooling != "lstm" and self.pooling_size < 4:
            raise ValueError("FrameLevelClassifier: pooling_size must be at least 4, for audio has half of it")
        require_bool(self, "normalize_inputs")
        require_in_interval(self, "l2_penalty", 0.0, float("inf"))
        require_in_interval(self, "batch_norm_momentum", 0.0, 1.0)

    def build(self, *, initialize: bool = True) -> Any:
        """Build the Keras model.

        Parameters
        ----------
        initialize
            False fills matrices and biases with zeros: all that counting bytes needs, in a fraction of the time.

        Returns
        -------
        keras.Model
            Functional model, named for its pooling; inputs and output as those of `GatedNetVLAD.build`.
        """
        import keras
        from keras import ops

        from compactvid.models.gated_classifier import gated_classifier
        from compactvid.ops import frame_mask, l2_normalize

        rgb = keras.Input((None, self.rgb_size), name="rgb")
        audio = keras.Input((None, self.audio_size), name="audio")
        num_frames = keras.Input((), dtype="int32", name="num_frames")
        mask = frame_mask(rgb, num_frames)
        frames = ops.concatenate([rgb, audio], axis=-1)
        if self.normalize_inputs:
            frames = l2_normalize(frames)
        # Whatever padding holds, NaN included, neither a state nor a gradient sees it.
        frames = ops.where(ops.expand_dims(mask, -1), frames, ops.zeros_like(frames))
        pool = self._recurrent if self.pooling == "lstm" else self._by_modality
        probabilities = gated_classifier(pool(frames, mask, initialize), self, initialize=initialize)
        return keras.Model({"rgb": rgb, "audio": audio, "num_frames": num_frames}, probabilities, name=self.pooling)

    def _recurrent(self, x: Any, mask: Any, initialize: bool) -> Any:
        import keras

        kernels = {} if initialize else {"kernel_initializer": "zeros", "recurrent_initializer": "zeros"}
        first = keras.layers.LSTM(self.pooling_size, return_sequences=True, name="lstm1", **kernels)
        return keras.layers.LSTM(self.pooling_size, name="lstm2", **kernels)(first(x, mask=mask), mask=mask)

    def _by_modality(self, x: Any, mask: Any, initialize: bool) -> Any:
        import keras
        from keras import ops

        from compactvid.layers import DeepBagOfFrames, NetFV

        layer: Any = DeepBagOfFrames if self.pooling == "deep_bag_of_frames" else NetFV
        names = ("kernel",) if layer is DeepBagOfFrames else ("weights", "centres", "deviations")
        zeros = {} if initialize else {f"{name}_initializer": "zeros" for name in names}
        descriptors = [
            layer(size, batch_norm_momentum=self.batch_norm_momentum, name=f"{modality}_pooling", **zeros)(
                part, mask=mask
            )
            for part, size, modality in zip(
                ops.split(x, [self.rgb_size], axis=-1),
                (self.pooling_size, self.pooling_size // 2),
                ("video", "audio"),
                strict=True,
            )
        ]
        return keras.layers.Concatenate(name="pooled")(descriptors)
