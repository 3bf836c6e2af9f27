"""Circulant network: all models of Araujo et al. 2018."""

from dataclasses import asdict, dataclass
from typing import Any

from compactvid.models.circulant import Circulant, linear_layer
from compactvid.models.fields import require_bool, require_in_interval, require_positive_integers

SMALLEST_SIZES = {
    "deep_bag_of_frames": ("projection_size", 4),
    "net_vlad": ("netvlad_cluster_size", 2),
    "net_fv": ("net_fv_cluster_size", 4),
}
"""Each embedding's field for its size, and the smallest of which audio can have half."""
CHOICES = {"pooling": ("max", "mean", "robust"), "join": ("concatenate", "average")}


@dataclass(frozen=True)
class CirculantNetwork:
    r"""Embeddings of the frames, a fully connected layer each, mixture of experts, context gating: dense or circulant.

    Reference: Araujo et al. 2018, section 4, Table 1 and Figs. 1 and 2;
    https://github.com/araujoalexandre/youtube8m-circulant (`CirulantDiagonalNetwork`, `MoeModel`,
    `Circulant_MoeModel`). Video and audio are embedded apart, audio with half of each size. Batch normalisation and
    relu6 follow each projection and each fully connected layer, as released; none of these has a bias.

    Weights, moving statistics included, for f features of a frame, V classes and M mixtures:

    - deep bag of frames of size n: :math:`f n + 4 n`; compact :math:`\lceil n / f \rceil \, 2 m f + 4 n`
    - NetVLAD of k clusters, n = f k: :math:`2 f k + 4 k`; NetFV, n = 2 f k: :math:`3 f k + 4 k`
    - a fully connected layer of F units: :math:`n F + 4 F`; compact :math:`\lceil F / n \rceil \, 2 m n + 4 F`
    - gates, of the X values that all these give: :math:`X V (M + 1)`; compact
      :math:`\lceil V (M + 1) / X \rceil \, 2 m X`
    - experts: :math:`X V M + V M`; compact :math:`\lceil V M / X \rceil \, 2 m X + V M`
    - context gating: :math:`V^2 + 4 V`

    A compact part without diagonal has m in place of 2 m.

    What the paper says otherwise, or not at all:

    - the released code divides each frame's joined features by their L2 norm, also where audio is left out;
    - it draws 15 frames with replacement, ten times, and averages the embeddings, NetVLAD and NetFV too; here these
      see every real frame, and robust pooling draws without replacement (`FramePooling`);
    - dense kernels are initialised after Glorot, so that dense and compact layers start with outputs of one variance;
      the released ones have standard deviation 1 / sqrt(F);
    - Table 2's compact mixture of experts has no diagonal, and its released class has no context gating after it:
      ``mixture=Circulant(diagonal="none"), context_gating=False``;
    - the fully connected layers' outputs are "averaged, concatenated" in section 4.4; the released code concatenates
      them all, and the printed counts are of that.

    Parameters
    ----------
    embeddings
        One or several of "deep_bag_of_frames", "net_vlad" and "net_fv".
    projection_size, netvlad_cluster_size, net_fv_cluster_size
        Their sizes for video frames; only those of `embeddings` are used.
    pooling, num_samples, sample_size
        Of deep bag of frames: "max", "mean" or "robust", with n samples of k frames.
    hidden_size
        Units F of each fully connected layer.
    projection, fully_connected, mixture
        How the matrices of deep bag of frames, of the fully connected layers and of the mixture of experts are made of
        circulant factors; None: dense.
    join
        "concatenate" the fully connected layers' outputs, or "average" them over each modality's embeddings first.
    context_gating
        Whether the probabilities are gated.
    num_classes, num_mixtures
        Classes V, and experts M of each class without the dummy expert.
    rgb_size, audio_size
        Features of a frame. Without `rgb_size` (None) there is no input `rgb`, for data sets without pictures.
    embed_audio
        False: audio counts in the frame's norm, and no further (Table 2).
    normalize_inputs
        L2-normalise each frame's joined features (released).
    l2_penalty
        Weight of the penalty on dense gates' and experts' kernels, half the sum of squares as TF-slim reckons; 1e-8 in
        the released code, 0 for none.
    batch_norm_momentum
        Decay of the moving statistics, in [0, 1).

    Raises
    ------
    ValueError
        A field has no valid value; the message names it.
    """

    embeddings: tuple[str, ...] = ("deep_bag_of_frames",)
    projection_size: int = 8192
    netvlad_cluster_size: int = 64
    net_fv_cluster_size: int = 64
    pooling: str = "robust"
    num_samples: int = 10
    sample_size: int = 15
    hidden_size: int = 512
    projection: Circulant | None = None
    fully_connected: Circulant | None = None
    mixture: Circulant | None = None
    join: str = "concatenate"
    context_gating: bool = True
    num_classes: int = 3862
    num_mixtures: int = 4
    rgb_size: int | None = 1024
    audio_size: int = 128
    embed_audio: bool = True
    normalize_inputs: bool = True
    l2_penalty: float = 1e-8
    batch_norm_momentum: float = 0.999

    def __post_init__(self) -> None:
        known = ", ".join(SMALLEST_SIZES)
        if not self.embeddings or not set(self.embeddings) <= SMALLEST_SIZES.keys():
            raise ValueError(f"CirculantNetwork: embeddings must be some of {known}, not {self.embeddings!r}")
        if len(set(self.embeddings)) < len(self.embeddings):
            raise ValueError(f"CirculantNetwork: embeddings must differ, not {self.embeddings!r}")
        require_positive_integers(self, "num_samples", "sample_size", "hidden_size", "num_classes", "num_mixtures")
        require_positive_integers(self, "audio_size", *(() if self.rgb_size is None else ("rgb_size",)))
        for name, smallest in SMALLEST_SIZES.values():
            require_positive_integers(self, name)
            if getattr(self, name) < smallest:
                raise ValueError(f"CirculantNetwork: {name} must be at least {smallest}, for audio has half of it")
        for name, choices in CHOICES.items():
            if getattr(self, name) not in choices:
                raise ValueError(
                    f"CirculantNetwork: {name} must be one of {', '.join(choices)}, not {getattr(self, name)!r}"
                )
        for name in ("projection", "fully_connected", "mixture"):
            if not isinstance(getattr(self, name), Circulant | None):
                raise ValueError(f"CirculantNetwork: {name} must be a Circulant or None, not {getattr(self, name)!r}")
        require_bool(self, "context_gating", "embed_audio", "normalize_inputs")
        if self.rgb_size is None and not self.embed_audio:
            raise ValueError("CirculantNetwork: embed_audio must be True where rgb_size is None")
        require_in_interval(self, "l2_penalty", 0.0, float("inf"))
        require_in_interval(self, "batch_norm_momentum", 0.0, 1.0)

    def build(self, *, initialize: bool = True) -> Any:
        """Build the Keras model.

        Parameters
        ----------
        initialize
            False fills dense matrices with zeros: all that counting needs, in a fraction of the time.

        Returns
        -------
        keras.Model
            Functional model `circulant_network`; inputs and output as those of `GatedNetVLAD.build`.
        """
        import keras
        from keras import ops

        from compactvid.ops import frame_mask, l2_normalize

        audio = keras.Input((None, self.audio_size), name="audio")
        rgb = None if self.rgb_size is None else keras.Input((None, self.rgb_size), name="rgb")
        num_frames = keras.Input((), dtype="int32", name="num_frames")
        inputs = ({} if rgb is None else {"rgb": rgb}) | {"audio": audio, "num_frames": num_frames}
        mask = frame_mask(audio, num_frames)
        frames = audio if rgb is None else ops.concatenate([rgb, audio], axis=-1)
        if self.normalize_inputs:
            frames = l2_normalize(frames)
        # Whatever padding holds, NaN included, no gradient sees it.
        frames = ops.where(ops.expand_dims(mask, -1), frames, ops.zeros_like(frames))
        parts = {"audio": frames}
        if rgb is not None:
            parts = dict(zip(("video", "audio"), ops.split(frames, [self.rgb_size], axis=-1), strict=True))
        outputs = []
        for modality, part in parts.items():
            if modality == "video" or self.embed_audio:
                hidden = [self._hidden(part, mask, modality, embedding, initialize) for embedding in self.embeddings]
                average = self.join == "average" and len(hidden) > 1
                outputs += [keras.layers.Average(name=f"{modality}_average")(hidden)] if average else hidden
        x = keras.layers.Concatenate(name="joined")(outputs) if len(outputs) > 1 else outputs[0]
        return keras.Model(inputs, self._classified(x, initialize), name="circulant_network")

    def _hidden(self, frames: Any, mask: Any, modality: str, embedding: str, initialize: bool) -> Any:
        import keras

        x = self._embedded(frames, mask, modality, embedding, initialize)
        name = f"{modality}_{embedding}_hidden"
        x = linear_layer(self.hidden_size, self.fully_connected, name, initialize=initialize)(x)
        x = keras.layers.BatchNormalization(momentum=self.batch_norm_momentum, epsilon=1e-3, name=f"{name}_bn")(x)
        return keras.layers.Activation("relu6", name=f"{name}_activation")(x)

    def _embedded(self, x: Any, mask: Any, modality: str, embedding: str, initialize: bool) -> Any:
        import keras

        from compactvid.layers import FramePooling, NetFV, NetVLAD

        momentum = self.batch_norm_momentum
        size = getattr(self, SMALLEST_SIZES[embedding][0]) // (1 if modality == "video" else 2)
        if embedding == "deep_bag_of_frames":
            name = f"{modality}_projection"
            x = linear_layer(size, self.projection, name, initialize=initialize)(x)
            x = keras.layers.BatchNormalization(momentum=momentum, epsilon=1e-3, name=f"{name}_bn")(x, mask=mask)
            x = keras.layers.Activation("relu6", name=f"{name}_activation")(x)
            pooling = FramePooling(
                self.pooling, num_samples=self.num_samples, sample_size=self.sample_size, name=f"{modality}_pooling"
            )
            return pooling(x, mask=mask)
        layer: Any = NetVLAD if embedding == "net_vlad" else NetFV
        names = ("weights", "centres") if layer is NetVLAD else ("weights", "centres", "deviations")
        zeros = {} if initialize else {f"{name}_initializer": "zeros" for name in names}
        return layer(size, batch_norm_momentum=momentum, name=f"{modality}_{embedding}", **zeros)(x, mask=mask)

    def _classified(self, x: Any, initialize: bool) -> Any:
        import keras

        from compactvid.layers import CirculantMixtureOfExperts, ContextGating, MixtureOfExperts
        from compactvid.layers.initializer import FAN_IN_NORMAL

        mixture: Any
        if self.mixture is None:
            mixture = MixtureOfExperts(
                self.num_classes,
                num_mixtures=self.num_mixtures,
                kernel_initializer="glorot_uniform" if initialize else "zeros",
                # TF-slim's penalty is half the sum of squares, Keras's the whole.
                kernel_regularizer=keras.regularizers.L2(self.l2_penalty / 2) if self.l2_penalty else None,
                name="mixture",
            )
        else:
            mixture = CirculantMixtureOfExperts(
                self.num_classes, num_mixtures=self.num_mixtures, name="mixture", **asdict(self.mixture)
            )
        x = mixture(x)
        if not self.context_gating:
            return x
        normal: Any = FAN_IN_NORMAL if initialize else "zeros"
        gating = ContextGating(
            batch_norm_momentum=self.batch_norm_momentum,
            kernel_initializer=normal,
            dtype=x.dtype,
            name="probability_gating",
        )
        return gating(x)
