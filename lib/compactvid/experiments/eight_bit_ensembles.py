"""Ensembles within 1 GiB, in float16 and in 8 bits: the winner of Liu & Liu 2018, and what else the bytes would hold.

Which models an ensemble has depends on sizes alone. Learning rates are those with the largest validation GAP of the
best averaged checkpoint at what is now called `full`, on world 1000, which no profile reports, of 0.0025, 0.005, 0.01
and 0.02: LSTM 0.446, 0.464, 0.442, 0.368; deep bag of frames 0.583, 0.628, 0.661, 0.673 (and 0.642 at 0.04); Fisher
vector 0.532, 0.566, 0.604, 0.596.
"""

from dataclasses import replace
from typing import Any

from compactvid import papers
from compactvid.compression import BestCheckpoints
from compactvid.compression.at_precision import AtPrecision
from compactvid.compression.tuned_ensemble import TunedEnsemble
from compactvid.experiments import gated_netvlad_grid as grid
from compactvid.models import FrameLevelClassifier

WINNER = "YHLS"
BUDGET = 2**30
ARCHITECTURES = {
    "LSTM": FrameLevelClassifier("lstm", 1024, 800),
    "deep bag of frames": FrameLevelClassifier("deep_bag_of_frames", 8192, 800),
    "Fisher vector": FrameLevelClassifier("net_fv", 64, 800),
}
"""The other architectures at the paper's scale."""
TRAINED = dict.fromkeys(("smoke", "small"), ("deep bag of frames",)) | {"full": tuple(ARCHITECTURES)}
"""Which of them a profile trains."""
LEARNING_RATES = {"LSTM": 0.005, "deep bag of frames": 0.02, "Fisher vector": 0.01}

WINNER_FLOAT16 = "YHLS, float16"
WINNER_INT8 = "YHLS, 8 bits"
MORE_MODELS = "YHLS and more Gated NetVLADs, 8 bits"
OTHERS = "YHLS and other architectures, 8 bits"


def added(profile: str) -> str:
    """The letters of the Gated NetVLADs that fit beside YHLS in 8 bits: down Table 1, each that still fits."""
    printed = papers.table("liu2018", "table_1").frame().set_index("row")["float32_mib"]
    names = {letter: name for letter, name in grid.names_by_letter().items() if name in printed.index}
    free = BUDGET / 2**20 - sum(printed[names[letter]] / 4 for letter in WINNER)
    found = ""
    for letter, name in names.items():
        if letter not in WINNER and name in grid.trained_models(profile) and printed[name] / 4 <= free:
            free -= printed[name] / 4
            found += letter
    return found


def members(profile: str) -> dict[str, list[tuple[str, str]]]:
    """Ensemble -> its members: each a model's name and its precision."""
    names = grid.names_by_letter()
    winner = [names[letter] for letter in WINNER]
    more = [names[letter] for letter in added(profile)]
    return {
        WINNER_FLOAT16: [(name, "float16") for name in winner],
        WINNER_INT8: [(name, "int8") for name in winner],
        MORE_MODELS: [(name, "int8") for name in [*winner, *more]],
        OTHERS: [(name, "int8") for name in [*winner, *TRAINED[profile]]],
    }


def training(name: str, profile: str, draw: int) -> BestCheckpoints:
    """The training that stands for a model of the grid, or for one of `ARCHITECTURES`, on the data of a draw."""
    if name not in ARCHITECTURES:
        return grid.training(name, profile, draw)
    paper = ARCHITECTURES[name]
    like = grid.training(grid.trained_models(profile)[0], profile, draw)
    gated = like.training.model
    model = replace(
        paper,
        pooling_size=paper.pooling_size // (grid.CLUSTER_DIVISOR if paper.pooling == "net_fv" else grid.HIDDEN_DIVISOR),
        hidden_size=paper.hidden_size // grid.HIDDEN_DIVISOR,
        num_classes=gated.num_classes,
        rgb_size=gated.rgb_size,
        audio_size=gated.audio_size,
        batch_norm_momentum=gated.batch_norm_momentum,
    )
    return replace(like, training=replace(like.training, model=model, learning_rate=LEARNING_RATES[name]))


def ensemble(name: str, profile: str, draw: int) -> TunedEnsemble:
    """An ensemble of `members`, its weights tuned on validation."""
    found: Any = [AtPrecision(training(model, profile, draw), kind) for model, kind in members(profile)[name]]
    return TunedEnsemble(tuple(found))
