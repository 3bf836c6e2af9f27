"""The ensembles of Liu & Liu 2018, Table 2: as printed, and of the scaled-down models that stand for their members."""

from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from compactvid import papers
from compactvid.compression import StoredSize
from compactvid.compression.tuned_ensemble import TunedEnsemble, mixed
from compactvid.experiments import gated_netvlad_grid as grid
from compactvid.models import GatedNetVLAD
from compactvid.runs import load_or_run

WINNER = "YHLS"
BUDGET_BYTES = 2**30
"""The challenge's limit of 1 GB, as the paper counts: YHLS of 1019.7 MiB keeps it, and would not keep 10^9 bytes."""


def printed() -> pd.DataFrame:
    """Table 2 as printed, a row an ensemble: ensemble, size_mib, local_gap, public_gap, private_gap and both deltas."""
    return papers.table("liu2018", "table_2").frame().rename(columns={"row": "ensemble"})


@cache
def member_names(ensemble: str) -> tuple[str, ...]:
    """The models (`K24-H1440`) of an ensemble (`YHLS`); B is taken for K32-H400."""
    return tuple(grid.names_by_letter()[letter] for letter in ensemble)


@cache
def trained(profile: str) -> tuple[str, ...]:
    """The printed ensembles all of whose members a profile trains, in print order."""
    models = set(grid.trained_models(profile))
    return tuple(ensemble for ensemble in printed()["ensemble"] if models.issuperset(member_names(ensemble)))


def stored_size(name: str) -> StoredSize:
    """The run that builds the paper-size model `name` and counts its bytes."""
    return StoredSize(GatedNetVLAD(*grid.cluster_and_hidden(name)))


def float16_bytes(name: str) -> int:
    """Bytes of the paper-size model `name`, its four big tensors in float16, counted on the built model."""
    return counted_bytes(stored_size(name))


def counted_bytes(run: StoredSize) -> int:
    """Bytes of the model that a run built, its four big tensors in float16."""
    return sum(tensor["bytes"] for tensor in load_or_run(run).result["float16"])


def tuned(ensemble: str, profile: str, draw: int) -> TunedEnsemble:
    """The run that evaluates an ensemble with uniform and with tuned weights."""
    return TunedEnsemble(tuple(grid.training(name, profile, draw) for name in member_names(ensemble)))


@cache
def evaluation(ensemble: str, profile: str, draw: int) -> dict[str, Any]:
    """What `tuned` found: `weights`, and the GAPs of `uniform` and of `tuned` weights."""
    return load_or_run(tuned(ensemble, profile, draw)).result


def gaps_on_test(profile: str, seed: int, weights: str) -> pd.DataFrame:
    """Test GAP with `tuned` or `uniform` weights, a row a draw and a column a printed ensemble, in print order."""
    return pd.DataFrame(
        {
            name: [evaluation(name, profile, draw)[weights]["test_gap"] for draw in grid.draws(profile, seed)]
            for name in trained(profile)
        }
    )


def scores_on_test(ensemble: str, profile: str, draw: int) -> tuple[np.ndarray, np.ndarray]:
    """Labels and tuned weighted scores of an ensemble on the test videos, each (videos, classes)."""
    found = [_predictions(name, profile, draw) for name in member_names(ensemble)]
    weights = np.array(evaluation(ensemble, profile, draw)["weights"])
    return found[0][0], mixed(np.stack([scores for _, scores in found]), weights)


@cache
def _predictions(name: str, profile: str, draw: int) -> tuple[np.ndarray, np.ndarray]:
    return grid.predictions(name, profile, draw, "test")
