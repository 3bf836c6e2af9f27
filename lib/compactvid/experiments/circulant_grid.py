"""The models of Araujo et al. 2018 by the table rows that they answer, at the paper's size and scaled down.

Each table varies one part of one base model: Table 1's, with deep bag of frames over video and audio. Table 2 leaves
the audio out. Its compact mixture of experts stands for three changes at once, so the cells that tell them apart are
here too.

What is trained is the same architectures on simulated frames, with every width divided by 16: video features,
projections, clusters and hidden units, so that as many circulant blocks take a matrix's place as in the paper (but for
the classes', and audio's 16 features, which are an eighth). Videos and epochs are about those of Liu & Liu's grid
(`gated_netvlad_grid`). In the paper a training sees millions of videos. `small` trains on two worlds, which decide
little; `full` on five, with all that is varied beside the claims, in half an hour on two cores if nothing else runs
there (``make record STEM=araujo2018_table_2 PROFILE=full``, and so on). `real` trains on AudioSet's audio alone:
`compactvid.experiments.circulant_audio` has its sizes and learning rates, and why it gives no verdict. Where the data
folder holds frame-level shards of YouTube-8M, it trains on these instead, on both modalities: see
`compactvid.experiments.circulant_youtube8m`.

Learning rates go by family, for their best ones are far apart: a model compared with another has its own. Each is the
one with the largest validation GAP of the best checkpoint on world 1000, which no profile reports, among
0.0025, 0.005, 0.01, 0.02, 0.04 and 0.08, as far as it takes to find one that is better than both of its neighbours. On
simulated frames:

| family | model | 0.0025 | 0.005 | 0.01 | 0.02 | 0.04 | 0.08 |
|---|---|---|---|---|---|---|---|
| deep_bag_of_frames | table_2.Dense-Model | 0.5255 | 0.5618 | 0.5846 | 0.6007 | 0.6077 | 0.5653 |
| deep_bag_of_frames, circulant | table_2.Compact-FC | | | | 0.5693 | 0.5702 | 0.5614 |
| net_vlad | table_4.NetVLAD-FC-Dense | | | 0.5545 | 0.5579 | 0.5155 | |
| net_vlad, circulant | table_4.NetVLAD-FC-Circulant | | 0.4631 | 0.5060 | 0.4715 | 0.4118 | |
| net_fv | table_4.NetFisher-FC-Dense | 0.4917 | 0.5380 | 0.5328 | 0.5054 | 0.4560 | |
| net_fv, circulant | table_4.NetFisher-FC-Circulant | | 0.4520 | 0.4645 | 0.4611 | 0.3793 | |
| projection | table_2.Compact-DBoF | | 0.4904 | 0.4994 | 0.4894 | 0.4795 | |
| mixture | table_2.Compact-MoE | 0.4057 | 0.4585 | 0.5025 | 0.5487 | 0.5584 | 0.5433 |
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from compactvid.datasets import audioset
from compactvid.datasets.audioset_splits import AudioSetSplits
from compactvid.datasets.frame_level_shards import FrameLevelShards
from compactvid.datasets.simulated import VideoWorld
from compactvid.datasets.simulated_splits import SimulatedFrameLevel
from compactvid.experiments import circulant_audio, circulant_youtube8m
from compactvid.models import Circulant, CirculantNetwork
from compactvid.runs import load_or_run
from compactvid.training import TrainingRun
from compactvid.training.predictions import read_predictions

DIVISOR, PAPER_FRAMES = 16, 150
WIDTHS = ("projection_size", "netvlad_cluster_size", "net_fv_cluster_size", "hidden_size")
WITHOUT_DIAGONAL = Circulant(diagonal="none")
EMBEDDINGS = {"DBoF": "deep_bag_of_frames", "NetVLAD": "net_vlad", "NetFisher": "net_fv"}
LEARNING_RATES = {
    "deep_bag_of_frames": 0.04,
    "deep_bag_of_frames, circulant": 0.04,
    "net_vlad": 0.02,
    "net_vlad, circulant": 0.01,
    "net_fv": 0.005,
    "net_fv, circulant": 0.01,
    "projection": 0.01,
    "mixture": 0.04,
}
"""By `family`, on simulated frames."""


@dataclass(frozen=True)
class Scale:
    """How much is trained: on how many worlds or divisions into splits, of how many videos or files, for how long."""

    draws: int
    train: int
    validate: int
    test: int
    epochs: int


SCALES = {
    "smoke": Scale(draws=2, train=256, validate=128, test=256, epochs=3),
    "small": Scale(draws=2, train=512, validate=256, test=512, epochs=5),
    "full": Scale(draws=5, train=2048, validate=1024, test=2048, epochs=8),
    "real": Scale(draws=5, train=800, validate=200, test=800, epochs=6),
}


def draws(profile: str, seed: int) -> range:
    """The seeds that a profile repeats everything with: each is a world, or a division into splits, of its own."""
    return range(seed, seed + SCALES[profile].draws)


def data(profile: str, seed: int) -> str:
    """What the trained numbers are trained on."""
    return drawn_data(profile, len(draws(profile, seed)))


def drawn_data(profile: str, count: int) -> str:
    """What is drawn at a profile, and how many times."""
    return {
        "simulated": f"simulated frames, {count} worlds",
        "audioset": f"AudioSet audio, {count} draws of splits",
        "youtube8m": f"YouTube-8M frames, {count} draws of splits",
    }[source(profile)]


def source(profile: str) -> str:
    """Whose frames a profile trains on: `simulated`; at `real` `youtube8m` where shards lie, else `audioset`."""
    if profile != "real":
        return "simulated"
    return "youtube8m" if FrameLevelShards.present() else "audioset"


def config(name: str) -> CirculantNetwork:
    """One of `paper_models`, at the paper's size."""
    return paper_models()[name]


def training(
    model: str | CirculantNetwork, profile: str, draw: int, *, learning_rate: float | None = None
) -> TrainingRun:
    """The training that stands for a model of the paper's size (or its name), on the data that are drawn with `draw`.

    Parameters
    ----------
    model
        Its widths are divided by 16 (by 8 at `real`); k of robust pooling is made the same share of a video's frames,
        15 of 150 for 2 of about 20, or for 1 of 10; on YouTube-8M it stays.
    learning_rate
        Its family's by default.
    """
    model = config(model) if isinstance(model, str) else model
    scale, world = SCALES[profile], VideoWorld(seed=draw)
    counts = {"train": scale.train, "validate": scale.validate, "test": scale.test}
    dataset: AudioSetSplits | FrameLevelShards | SimulatedFrameLevel
    of = source(profile)
    if of == "youtube8m":
        dataset, frames = circulant_youtube8m.dataset(draw), float(PAPER_FRAMES)
        small = scaled_down(model, circulant_youtube8m.DIVISOR)
    elif of == "audioset":
        dataset, frames = AudioSetSplits(**counts, seed=draw), float(circulant_audio.FRAMES)
        small = circulant_audio.in_place_of_video(
            scaled_down(model, circulant_audio.DIVISOR, num_classes=audioset.NUM_CLASSES)
        )
    else:
        dataset, frames = SimulatedFrameLevel(world, **counts), (world.min_frames + world.max_frames) / 2
        sizes = {"rgb_size": world.rgb_size, "audio_size": world.audio_size, "num_classes": world.num_classes}
        small = scaled_down(model, DIVISOR, **sizes)
    small = replace(
        small,
        sample_size=max(1, round(model.sample_size * frames / PAPER_FRAMES)),
        batch_norm_momentum=0.9,  # the moving statistics forget the first epoch within the training
    )
    return TrainingRun(
        model=small,
        dataset=dataset,
        seed=draw,
        epochs=scale.epochs,
        batch_size=128,
        learning_rate=family_rate(model, profile) if learning_rate is None else learning_rate,
    )


def family(model: CirculantNetwork, embedding: str) -> str:
    """What a model's learning rate goes by: its compact part, or how the frames are embedded."""
    for part in ("mixture", "projection"):
        if getattr(model, part):
            return part
    return f"{embedding}, circulant" if model.fully_connected else embedding


def family_rate(model: CirculantNetwork, profile: str = "small") -> float:
    """The learning rate of a model at a profile; of one with several embeddings, the smallest of theirs."""
    rates = circulant_audio.LEARNING_RATES if profile == "real" else LEARNING_RATES
    return min(rates[family(model, embedding)] for embedding in model.embeddings)


def gap(training: TrainingRun) -> float:
    """Test GAP of the checkpoint with the largest validation GAP."""
    return load_or_run(training).result["best_single"]["test"]["gap"]


def history(training: TrainingRun) -> list[float]:
    """Validation GAP after each epoch."""
    return [line["validation_gap"] for line in load_or_run(training).result["history"]]


def predictions(training: TrainingRun, split: str) -> tuple[np.ndarray, np.ndarray]:
    """Labels and scores, each (videos, classes), of that checkpoint on `validate` or `test`."""
    return read_predictions(load_or_run(training).folder / f"best_single.{split}.npz")


def paper_models() -> dict[str, CirculantNetwork]:
    """Each model at the paper's size, by table and row (`table_2.Compact-FC`), or by figure.

    In addition to the printed rows: the cells that are missing from Table 2, Table 3's m = 1 with its diagonal
    (`table_3.1-with-diagonal`), and the diversity model of section 4.4 with the outputs of its fully connected layers
    concatenated, of which the printed counts are, and averaged over the embeddings of each modality, as the text says.
    """
    base = CirculantNetwork()
    video = replace(base, embed_audio=False)
    diversity = replace(
        base,
        embeddings=("net_vlad", "net_fv"),
        netvlad_cluster_size=256,
        net_fv_cluster_size=128,
        hidden_size=1024,  # 512 in the text, with which the printed counts do not come out
    )
    compact = Circulant()
    return {
        "table_1": base,
        "table_2.Dense-Model": video,
        "table_2.Compact-DBoF": replace(video, projection=compact),
        "table_2.Compact-FC": replace(video, fully_connected=compact),
        "table_2.Compact-MoE": replace(video, mixture=WITHOUT_DIAGONAL, context_gating=False),
        "table_2.Dense-MoE-without-gating": replace(video, context_gating=False),
        "table_2.Compact-MoE-with-gating": replace(video, mixture=WITHOUT_DIAGONAL),
        "table_2.Compact-MoE-with-diagonal": replace(video, mixture=compact, context_gating=False),
        "table_2.Compact-MoE-with-diagonal-and-gating": replace(video, mixture=compact),
        "table_3.1": replace(base, fully_connected=WITHOUT_DIAGONAL),
        "table_3.1-with-diagonal": replace(base, fully_connected=compact),
        "table_3.3": replace(base, fully_connected=Circulant(factors=3)),
        "table_3.6": replace(base, fully_connected=Circulant(factors=6)),
        "table_3.Dense-FC": base,
        **{
            f"table_4.{name}-FC-{kind}": replace(base, embeddings=(embedding,), fully_connected=circulant)
            for name, embedding in EMBEDDINGS.items()
            for kind, circulant in (("Dense", None), ("Circulant", compact))
        },
        **{
            f"fig_2.{kind}-{join}d": replace(diversity, fully_connected=circulant, join=join)
            for kind, circulant in (("dense", None), ("compact", compact))
            for join in ("concatenate", "average")
        },
    }


def scaled_down(model: CirculantNetwork, divisor: int, **fields: Any) -> CirculantNetwork:
    """The same model with every width divided, and what the data ask for (`num_classes`, `rgb_size`, ...) set.

    With features divided alike, as many blocks take each dense matrix's place as in the paper (but for the classes').

    Raises
    ------
    ValueError
        `divisor` does not divide a width.
    """
    for name in WIDTHS:
        if getattr(model, name) % divisor:
            raise ValueError(f"divisor must divide {name} = {getattr(model, name)}, not {divisor}")
    return replace(model, **{name: getattr(model, name) // divisor for name in WIDTHS}, **fields)
