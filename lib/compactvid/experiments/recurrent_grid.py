"""The action classifiers of Cheng et al. 2018, sections 5.2 and 5.3, scaled down: what is trained, and on what.

The clips are those of `ClipWorld`: an object that moves, and a class that is how it moves, so that no single frame
tells it. The detector is that of `compactvid.experiments.detection_grid`, of the same world: it was trained on still
scenes with the same kinds of objects, and takes 8 bits (Q-YOLO). What it gives for a frame are 6 x 6 cells of 55
channels, 1,980 values; the paper's are 19 x 19 x 425. A frame that goes to a recurrent network itself has 24 x 32 x 3 =
2,304 values; the paper's 160 x 120 x 3. Hidden sizes are scaled likewise: 64 units, 256 in the paper. Tensor trains
have four cores and ranks 1, 4, 4, 4, 1 as in the paper, and their modes split a frame as its do.

`CELLS` are the paper's three networks, the cell that it leaves out (a dense map on features), and what tells dropout
from the tensor train: the paper gives its T-RNN a dropout of 0.25 and says nothing of the plain RNN's.

`FEW_WEIGHTS` ask whether it is the tensor train, or having few weights: on features, maps of as many weights or the
nearest number above.

How far the objects move was fixed on world 1000, which no profile reports: by the first step of a ladder at which a
network on frames, plain or tensor train, has more than half of the validation clips right, with the better learning
rate of those tried. The plain one's share, and the T-RNN's: paths of 0.25 and growth of 1.5, the defaults of
`ClipWorld`, 480 clips 26 and 23 % (there the T-RNN on features was tried too, 36 %; on no later step); 0.5 and 2.25,
480 clips 29 and 43 %, and 960 clips 29 and 68 %. So it is these. **The rule was loosened on the way**: at first it
asked for half of the clips of the plain network, which learnt none of these worlds, nor one with 0.75, 3 and no clutter
(960 clips, one learning rate: 33 %), while it fitted the training clips of each. So the world is one that the tensor
train is known to learn and the plain network is not, and how far they lie apart on frames says little of other worlds.

The learning rates are those of 0.0001, 0.0003, 0.001, 0.003, 0.01 and 0.03 with the best validation accuracy on world
1000, 960 clips, with features of a detector that 600 scenes trained for 8 epochs (in %; a dash was not tried, being
beyond a worse neighbour):

======================== ====== ====== ===== ===== ==== ====
T-RNN on features        -      -      63.3  65.8  66.2 17.9
T-RNN on frames          -      -      54.2  64.6  66.7 21.7
RNN on frames            -      26.3   28.7  34.2  14.6 -
the same with dropout    25.8   32.5   28.3  25.8  14.6 -
RNN on features, dropout 52.5   50.8   41.2  30.0  14.6 -
T-RNN of rank 1          -      -      -     -     -    72.5
T-RNN of rank 2          -      -      -     67.5  -    -
T-RNN of rank 8          -      -      67.9  68.8  -    -
T-RNN of rank 16         -      -      63.3  63.3  -    -
low rank on features     -      -      47.9  50.0  44.6 -
circulant on features    -      35.8   59.6  54.6  16.7 -
======================== ====== ====== ===== ===== ==== ====

The ranks came last, with a detector trained anew, with which rank 4 has 65.8 % at 0.01. Table 2 sweeps them at the rate
of rank 4, and has rank 1 at 0.03 and rank 16 at 0.003 beside. The dense map on features has 29.2 % at 0.00003, so that
its rate is not at an end of those tried; it was still improving after 40 epochs (`recurrent_variations` has more).

Whether the plain network learns such clips if it has more of them was tried last, too, on that world with 0.75, 3 and
no clutter: of 3,840 clips, for 20 epochs, it had 42 % at 0.001 and 29 % at 0.003.

What `real` trains is in `compactvid.experiments.recurrent_real`.
"""

from dataclasses import dataclass, replace
from typing import Any

from compactvid.compression.action_training import ActionTraining
from compactvid.compression.clip_tensors import ClipTensors
from compactvid.datasets.clip_splits import ClipSplits
from compactvid.datasets.simulated import ClipWorld
from compactvid.datasets.simulated_splits import SimulatedClips
from compactvid.experiments import detection_grid, recurrent_real
from compactvid.models import Circulant, LowRank, TensorTrain, VideoRNN
from compactvid.training import TrainingRun

FRAME_SIZE = (24, 32)
HEIGHT, WIDTH = 96, 128
"""Of the clips as they are drawn: the detector's size in one direction."""
DISPLACEMENT, GROWTH = 0.5, 2.25
"""Of the objects' paths."""
CLASSES = len(ClipWorld.class_names)
HIDDEN_MODES, UNITS = (4, 4, 2, 2), 64
FRAME_MODES, FEATURE_MODES = (4, 8, 8, 9), (5, 6, 6, 11)
RANKS = 4
DROPOUT = 0.25
BATCH_SIZE = 16
OTHER_INITIALISATION = 100
"""What the seed of a training is further for another initialisation in the same world."""

ON_FRAMES = VideoRNN(
    frame_shape=(*FRAME_SIZE, 3),
    channel_blocks=1,
    pixels=True,
    units=UNITS,
    input_map=TensorTrain(FRAME_MODES, HIDDEN_MODES, RANKS),
    dropout=DROPOUT,
    recurrent_dropout=DROPOUT,
    num_classes=CLASSES,
)
ON_FEATURES = replace(
    ON_FRAMES,
    frame_shape=(*detection_grid.MODEL.grid, detection_grid.MODEL.output_channels),
    channel_blocks=FEATURE_MODES[0],
    pixels=False,
    input_map=TensorTrain(FEATURE_MODES, HIDDEN_MODES, RANKS),
)
CELLS = {
    "T-RNN on features": ON_FEATURES,
    "T-RNN on frames": ON_FRAMES,
    "RNN on frames": replace(ON_FRAMES, input_map=None, dropout=0.0, recurrent_dropout=0.0),
    "RNN on frames, with dropout": replace(ON_FRAMES, input_map=None),
    "RNN on features, with dropout": replace(ON_FEATURES, input_map=None),
}
FEW_WEIGHTS = {
    "low rank on features": replace(ON_FEATURES, input_map=LowRank(1)),
    "circulant on features": replace(ON_FEATURES, input_map=Circulant(diagonal="none")),
}
LEARNING_RATES = {
    "T-RNN on features": 0.01,
    "T-RNN on frames": 0.01,
    "RNN on frames": 0.003,
    "RNN on frames, with dropout": 0.0003,
    "RNN on features, with dropout": 0.0001,
    "low rank on features": 0.003,
    "circulant on features": 0.001,
}


@dataclass(frozen=True)
class Scale:
    """How much is trained: worlds, clips of each, epochs; and whether the controls are.

    At `real`, draws of the splits, and the share of each action's groups that each split gets.
    """

    worlds: int
    train: int | float
    validate: int | float
    test: int | float
    epochs: int
    controls: bool = False


SCALES = {
    "smoke": Scale(2, train=56, validate=28, test=28, epochs=2),
    "small": Scale(2, train=240, validate=60, test=120, epochs=10),
    "full": Scale(5, train=960, validate=240, test=480, epochs=40, controls=True),
    "real": Scale(3, train=0.6, validate=0.2, test=0.2, epochs=40),
}
SIMULATED = {name: scale for name, scale in SCALES.items() if name != "real"}


def worlds(profile: str, seed: int) -> range:
    """The seeds of a profile's worlds, which are the detectors' too."""
    return range(seed, seed + SCALES[profile].worlds)


def data(profile: str, seed: int) -> str:
    """What the trained numbers are trained on."""
    count = len(worlds(profile, seed))
    return (
        f"clips of the data folder, {count} draws of groups"
        if profile == "real"
        else f"simulated clips, {count} worlds"
    )


def cells(profile: str) -> dict[str, VideoRNN]:
    """Those of `CELLS` that a profile trains: all, or at `real` what `recurrent_real.cells` makes of them."""
    clips = dataset(profile, 0)
    return recurrent_real.cells(CELLS, clips.class_names) if isinstance(clips, ClipSplits) else CELLS


def dataset(profile: str, world: int, train: int | None = None) -> SimulatedClips | ClipSplits:
    """The clips of a world; at `real` those of the data folder, in splits that are drawn with it.

    With `train`, as many training clips of a simulated world in place of the profile's; the other splits stay.

    Raises
    ------
    FileNotFoundError
        The data folder holds no clips, at `real`.
    """
    scale = SCALES[profile]
    if profile == "real":
        return ClipSplits(scale.train, scale.validate, scale.test, seed=world)
    clips = ClipWorld(height=HEIGHT, width=WIDTH, displacement=DISPLACEMENT, growth=GROWTH, seed=world)
    return SimulatedClips(clips, train or int(scale.train), int(scale.validate), int(scale.test))


def tensors(
    profile: str, world: int, model: VideoRNN, *, detector: str = "Q-YOLO", train: int | None = None
) -> ClipTensors:
    """What a network sees of a world's clips: parameters as of `training`."""
    clips = dataset(profile, world, train)
    if model.pixels:
        height, width, _ = model.frame_shape
        return ClipTensors(clips, size=(height, width), frame_seed=world)
    if isinstance(clips, ClipSplits):
        return ClipTensors(clips, detector=recurrent_real.detector(clips), frame_seed=world)
    return ClipTensors(clips, detector=detection_grid.tuned(profile, world, detector), frame_seed=world)


def training(
    name: str,
    profile: str,
    world: int,
    *,
    detector: str = "Q-YOLO",
    rank: int | None = None,
    learning_rate: float | None = None,
    train: int | None = None,
    epochs: int | None = None,
    initialisation: int = 0,
    cell: str | None = None,
    **options: Any,
) -> ActionTraining:
    """One of `CELLS` or `FEW_WEIGHTS` in a world.

    Parameters
    ----------
    name, profile, world
        Which.
    detector
        Of whose features; a method of `detection_grid.TUNED`.
    rank
        Of the tensor train, in place of `RANKS`.
    learning_rate
        In place of that of `LEARNING_RATES`.
    train, epochs
        Training clips, and epochs, in place of the profile's.
    initialisation
        From 0: others start from other weights, and take clips and dropout in another order, in the same world.
    cell
        In place of "lstm".
    options
        Of `ActionTraining`.
    """
    model = (cells(profile) | FEW_WEIGHTS)[name]
    if rank is not None:
        model = replace(model, input_map=TensorTrain(FEATURE_MODES, HIDDEN_MODES, rank))
    if cell is not None:
        model = replace(model, cell=cell)
    run = TrainingRun(
        model,
        dataset(profile, world, train),
        seed=world + OTHER_INITIALISATION * initialisation,
        epochs=epochs or SCALES[profile].epochs,
        batch_size=BATCH_SIZE,
        learning_rate=learning_rate or LEARNING_RATES[name],
    )
    return ActionTraining(run, tensors(profile, world, model, detector=detector, train=train), **options)
