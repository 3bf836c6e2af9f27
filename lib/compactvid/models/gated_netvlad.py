"""Gated NetVLAD, the architecture of all single models of Liu & Liu 2018."""

from dataclasses import dataclass
from typing import Any

from compactvid.models.fields import require_bool, require_in_interval, require_positive_integers

BIG_FOUR = ("mixture/experts_kernel", "mixture/gates_kernel", "probability_gating/kernel", "hidden1/kernel")
"""The four tensors that the paper casts to float16, in its order (section 2.2)."""


def _batch_norm(keras_path: str, released_name: str) -> dict[str, str]:
    tensors = ("gamma", "beta", "moving_mean", "moving_variance")
    return {f"{keras_path}/{tensor}": f"{released_name}/{tensor}" for tensor in tensors}


RELEASED_NAMES = {
    "video_vlad/cluster_weights": "tower/video_VLAD/conv2/cluster_weights",
    "video_vlad/cluster_centres": "tower/video_VLAD/cluster_weights2/cluster_weights2",
    **_batch_norm("video_vlad/cluster_bn", "tower/video_VLAD/cluster_bn"),
    "audio_vlad/cluster_weights": "tower/audio_VLAD/conv2/cluster_weights",
    "audio_vlad/cluster_centres": "tower/audio_VLAD/cluster_weights2/cluster_weights2",
    **_batch_norm("audio_vlad/cluster_bn", "tower/audio_VLAD/cluster_bn"),
    "hidden1/kernel": "tower/hidden1_weights/hidden1_weights",
    **_batch_norm("hidden1_bn", "tower/hidden1_bn"),
    "hidden2/kernel": "tower/hidden2_weights/hidden2_weights",
    "hidden2/bias": "tower/hidden2_biases",
    "hidden_gating/kernel": "tower/gating_weights/gating_weights",
    **_batch_norm("hidden_gating/gating_bn", "tower/gating_bn"),
    "mixture/gates_kernel": "tower/gates/weights",
    "mixture/experts_kernel": "tower/experts/weights",
    "mixture/experts_bias": "tower/experts/biases",
    "probability_gating/kernel": "tower/gating_prob_weights",
    **_batch_norm("probability_gating/gating_bn", "tower/gating_prob_bn"),
}
"""Path of each of the 32 tensors here -> its name in the released code's checkpoints.

Shapes and order of values agree, but for the centres: (1, features, clusters) there, (features, clusters) here.
"""


@dataclass(frozen=True)
class GatedNetVLAD:
    """NetVLAD over video and audio frames, two fully connected layers, context gating, mixture of experts.

    Reference: Liu & Liu 2018, section 2.1 and Fig. 1; https://github.com/boliu61/youtube-8m (`NetVLADModelLF`,
    `MoeModel`). Where the released code does what the paper does not say, or says otherwise, the default is the code:
    it made the printed sizes and scores. The differences:

    - the first fully connected layer ends in relu6; the paper says ReLU (the command line passes `netvlad_relu=False`,
      which this model never reads);
    - each frame's 1,152 values are divided by their L2 norm before anything else; the paper does not mention it;
    - audio has half as many clusters as video; the paper gives one K;
    - batch normalisation stands in for the biases of Eqs. 2 and 3;
    - 300 frames were drawn with replacement at each step; here every real frame counts once.

    Parameters
    ----------
    cluster_size
        Number of video clusters K.
    hidden_size
        Width H of the first fully connected layer; the second has 2 H.
    num_classes
        Number of classes; the challenge's vocabulary has 3,862.
    num_mixtures
        Experts of each class, without the dummy expert.
    rgb_size, audio_size
        Features of a frame. Without `rgb_size` (None) there is audio alone: no input `rgb` and no video clusters, all
        else as it is. The paper has no such model; it is for data sets without pictures.
    audio_cluster_size
        Number of audio clusters; None: K // 2.
    activation
        After the first fully connected layer: "relu6" (released) or "relu" (as printed).
    normalize_inputs
        L2-normalise each frame's concatenated features (released).
    l2_penalty
        Weight of the experts' and gates' penalty, half the sum of squares as TF-slim reckons; 1e-6 in the released
        command, 0 for none.
    batch_norm_momentum
        Decay of the moving statistics, in [0, 1). TF-slim's 0.999 needs some thousand steps; shorter trainings need
        less. The epsilon is TF-slim's, 0.001.

    Raises
    ------
    ValueError
        A field has no valid value; the message names it.
    """

    cluster_size: int = 24
    hidden_size: int = 1440
    num_classes: int = 3862
    num_mixtures: int = 5
    rgb_size: int | None = 1024
    audio_size: int = 128
    audio_cluster_size: int | None = None
    activation: str = "relu6"
    normalize_inputs: bool = True
    l2_penalty: float = 1e-6
    batch_norm_momentum: float = 0.999

    def __post_init__(self) -> None:
        require_positive_integers(self, "cluster_size", "hidden_size", "num_classes", "num_mixtures", "audio_size")
        if self.rgb_size is not None:
            require_positive_integers(self, "rgb_size")
        if self.audio_cluster_size is not None:
            require_positive_integers(self, "audio_cluster_size")
        elif self.cluster_size < 2:
            raise ValueError("GatedNetVLAD: cluster_size // 2 leaves no audio cluster; give audio_cluster_size")
        if self.activation not in ("relu6", "relu"):
            raise ValueError(f"GatedNetVLAD: activation must be 'relu6' or 'relu', not {self.activation!r}")
        require_bool(self, "normalize_inputs")
        require_in_interval(self, "l2_penalty", 0.0, float("inf"))
        require_in_interval(self, "batch_norm_momentum", 0.0, 1.0)

    def build(self, *, initialize: bool = True) -> Any:
        """Build the Keras model.

        Parameters
        ----------
        initialize
            False fills matrices and biases with zeros (and batch normalisation as ever): all that counting bytes needs,
            in a fraction of the time.

        Returns
        -------
        keras.Model
            Functional model `gated_netvlad`. Inputs: a dict of `rgb` (batch, frames, rgb_size) unless that is None,
            `audio` (batch, frames, audio_size) and `num_frames` (batch,), the integer number of real frames, which come
            first; what follows them never changes a prediction. Output: probabilities of shape (batch, num_classes), in
            float32 even under a 16-bit dtype policy.
        """
        import keras
        from keras import ops

        from compactvid.layers import NetVLAD
        from compactvid.layers.initializer import FAN_IN_NORMAL
        from compactvid.models.gated_classifier import gated_classifier
        from compactvid.ops import frame_mask, l2_normalize

        normal: Any = FAN_IN_NORMAL if initialize else "zeros"

        audio = keras.Input((None, self.audio_size), name="audio")
        rgb = None if self.rgb_size is None else keras.Input((None, self.rgb_size), name="rgb")
        num_frames = keras.Input((), dtype="int32", name="num_frames")
        inputs = ({} if rgb is None else {"rgb": rgb}) | {"audio": audio, "num_frames": num_frames}
        mask = frame_mask(audio, num_frames)
        if self.normalize_inputs and rgb is None:
            audio = l2_normalize(audio)
        elif self.normalize_inputs:
            rgb, audio = ops.split(l2_normalize(ops.concatenate([rgb, audio], axis=-1)), [self.rgb_size], axis=-1)

        def vlad(frames, cluster_size, name):
            layer = NetVLAD(
                cluster_size,
                batch_norm_momentum=self.batch_norm_momentum,
                weights_initializer=normal,
                centres_initializer=normal,
                name=name,
            )
            return layer(frames, mask=mask)

        descriptors = [] if rgb is None else [vlad(rgb, self.cluster_size, "video_vlad")]
        descriptors.append(vlad(audio, self.audio_cluster_size or self.cluster_size // 2, "audio_vlad"))
        x = keras.layers.Concatenate(name="vlad")(descriptors)
        probabilities = gated_classifier(x, self, activation=self.activation, initialize=initialize)
        return keras.Model(inputs, probabilities, name="gated_netvlad")
