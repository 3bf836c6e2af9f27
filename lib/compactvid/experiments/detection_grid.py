"""The detectors of Cheng et al. 2018, section 5.1, scaled down: what is trained, on what, and put into which bits.

Fixed before any of it was run. The network is Tiny YOLOv2 with every width divided by 8, 254,413 values, on simulated
scenes of 96 x 96 pixels with six classes. A cell is 16 pixels wide in place of 32 (four halvings of five): a grid of 6
x 6 for objects of 17 to 67 pixels, where 3 x 3 cells would hold several. Anchors are the clusters of world 1000's boxes
(`compactvid.datasets.anchor_clusters`); no profile reports that world. On it, with 3,000 images, 12 epochs and the
augmentation below, the validation mAP was 0.42 at a learning rate of 0.0015 and 0.47 at 0.003; the rate falls to a
tenth for the last quarter.

How much is trained was fixed by its cost: `small` by what a build of the book affords, `full`, which is recorded
(``make record STEM=deepeye2018_fig_7 PROFILE=full``) and what the ledger takes, by half an hour.

Each world trains one detector. From its best checkpoint go on, for as long and at the rate at which it ended: the
float network, and networks under the constraint of few bits. What 8 bits cost is the difference between two such
networks of a world (`TUNED`). Direct quantisation takes the first checkpoint as it is (`direct`).

The paper's equations leave open how weights and feature maps come to lie in [-1, 1] and [0, 1]. *Q-YOLO* here is Eq. 1
with the floor for INT ("the smaller nearest integer") on weights that are divided by their largest magnitude (its
undefined factor xi), and feature maps on levels that span their range, negative values included. With truncation, the
other reading of INT, it stands beside it without training on. *As printed* there is no factor:
weights are clipped to [-1, 1] and feature maps to [0, 1], which makes LeakyReLU's negative values 0.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from compactvid.compression import DetectionAtBits, DetectionFineTuning, QuantizationAwareTraining
from compactvid.datasets.augmentation import Augmentation
from compactvid.datasets.simulated import SceneWorld
from compactvid.datasets.simulated_splits import SimulatedScenes
from compactvid.models import TinyYOLOv2
from compactvid.training import DetectionTraining, TrainingRun

ANCHORS = ((1.22, 1.27), (1.81, 1.68), (2.05, 2.66), (2.82, 2.13), (3.22, 3.29))
MODEL = TinyYOLOv2(
    num_classes=len(SceneWorld.class_names),
    anchors=ANCHORS,
    input_size=(96, 96),
    filters=(2, 4, 8, 16, 32, 64, 128, 128),
    halvings=4,
    batch_norm_momentum=0.95,  # of 20 batches: the statistics follow a short fine-tuning
)
AUGMENTATION = Augmentation(mirror=0.5, upside_down=0.5, zoom=1.2, shift=0.1)
BATCH_SIZE, LEARNING_RATE, DECAY = 16, 0.003, 0.1

Q_YOLO = QuantizationAwareTraining("deepeye_floor_scaled", activations="affine")
AS_PRINTED = QuantizationAwareTraining("deepeye_floor", activations="deepeye")
STANDARD = QuantizationAwareTraining("symmetric", per_channel=True, activations="affine")
SCHEMES = {
    "Q-YOLO": Q_YOLO,
    "Q-YOLO, truncated": replace(Q_YOLO, scheme="deepeye_truncation_scaled"),
    "as printed": AS_PRINTED,
    "symmetric per channel": STANDARD,
}
BITS = (8, 6, 5, 4, 3, 2)
DIRECT = tuple((scheme, bits) for scheme in SCHEMES for bits in BITS)
"""Schemes and bits of direct quantisation."""
TUNED = {
    "float": None,
    "Q-YOLO": Q_YOLO,
    "as printed": AS_PRINTED,
    "symmetric per channel": STANDARD,
    "Q-YOLO, 4 bits": replace(Q_YOLO, bits=4, activation_bits=4),
}
"""Methods that a detector is trained on with."""
LAYER_BITS = 4
"""In which one convolution at a time, its kernel and its input, is put to see how much it minds."""


@dataclass(frozen=True)
class Scale:
    """How much is trained: worlds, images of each, epochs, which of `TUNED` go on, and what of `DIRECT`."""

    worlds: int
    train: int
    validate: int
    test: int
    epochs: int
    tuning_epochs: int
    tuned: tuple[str, ...]
    direct: tuple[tuple[str, int], ...] = DIRECT


def _of_direct(scheme: str, bits: tuple[int, ...]) -> tuple[tuple[str, int], ...]:
    """One scheme in these bits, the others in 8."""
    return tuple((name, number) for name, number in DIRECT if number in (bits if name == scheme else (8,)))


_PAIR = ("float", "Q-YOLO")
SCALES = {
    "smoke": Scale(
        2, train=128, validate=32, test=64, epochs=2, tuning_epochs=1, tuned=_PAIR, direct=_of_direct("Q-YOLO", (8, 2))
    ),
    "small": Scale(
        3, train=320, validate=64, test=128, epochs=6, tuning_epochs=1, tuned=_PAIR, direct=_of_direct("Q-YOLO", BITS)
    ),
    "full": Scale(5, train=3000, validate=400, test=1500, epochs=12, tuning_epochs=2, tuned=tuple(TUNED)),
}


def worlds(profile: str, seed: int) -> range:
    """The seeds of a profile's worlds."""
    return range(seed, seed + SCALES[profile].worlds)


def data(profile: str, seed: int) -> str:
    """What the trained numbers are trained on."""
    return f"simulated scenes, {len(worlds(profile, seed))} worlds"


def training(profile: str, world: int) -> DetectionTraining:
    """The detector of a world."""
    scale = SCALES[profile]
    dataset = SimulatedScenes(SceneWorld(seed=world), scale.train, scale.validate, scale.test)
    run = TrainingRun(
        MODEL,
        dataset,
        seed=world,
        epochs=scale.epochs,
        batch_size=BATCH_SIZE,
        learning_rate=LEARNING_RATE,
        learning_rate_decay=DECAY,
        decay_examples=scale.train * scale.epochs * 3 // 4,
    )
    return DetectionTraining(run, AUGMENTATION)


def tuned(profile: str, world: int, method: str) -> DetectionFineTuning:
    """That detector trained on, with one of the profile's `TUNED` methods."""
    epochs = SCALES[profile].tuning_epochs
    return DetectionFineTuning(training(profile, world), epochs, LEARNING_RATE * DECAY, TUNED[method])


def direct(profile: str, world: int) -> DetectionAtBits:
    """That detector in the bits of `direct_methods`."""
    return DetectionAtBits(training(profile, world), tuple(method for _, _, method in direct_methods(profile)))


def by_layer(profile: str, world: int) -> DetectionAtBits:
    """That detector with one convolution at a time in `LAYER_BITS` bits, from the first to the last."""
    few = replace(STANDARD, bits=LAYER_BITS, activation_bits=LAYER_BITS)
    return DetectionAtBits(
        training(profile, world), tuple(replace(few, layers=(name,)) for name in convolution_names())
    )


def direct_methods(profile: str) -> Iterator[tuple[str, int, QuantizationAwareTraining]]:
    """Scheme, bits of weights and feature maps, and the method of both."""
    for scheme, bits in SCALES[profile].direct:
        yield scheme, bits, replace(SCHEMES[scheme], bits=bits, activation_bits=bits)


def convolution_names() -> tuple[str, ...]:
    """Of the network's convolutions, in their order."""
    return tuple(f"conv{number}" for number in range(1, len(MODEL.filters) + 2))
