"""A trained ensemble as one SavedModel, compared with what its members said."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from compactvid.compression.best_checkpoints import BestCheckpoints
from compactvid.compression.ensemble import ensemble_graph, overwrite_member
from compactvid.compression.float16 import cast_float16
from compactvid.compression.fresh_process import outputs_in_fresh_process
from compactvid.compression.saved_model import export_saved_model
from compactvid.compression.tuned_ensemble import TunedEnsemble, member_scores, mixed
from compactvid.metrics import global_average_precision, model_size
from compactvid.models.architecture import describe_layers
from compactvid.training.weights import load_weights

FINGERPRINT = "fingerprint.pb"
"""TensorFlow writes random numbers to it, so that its length (98 or 99 bytes) is no result of a run."""


@dataclass(frozen=True)
class ExportedEnsemble:
    """Build an ensemble's graph in float16, fill it, export it, load it in a fresh process, predict the test videos.

    Reference: Liu & Liu 2018, section 2.3, steps 2 and 3: the graph is built "in float16 precision without training",
    then its tensors are overwritten with the trained float32 ones.

    Parameters
    ----------
    ensemble
        Its members and tuned weights.
    """

    ensemble: TunedEnsemble

    @property
    def requires(self) -> tuple[TunedEnsemble | BestCheckpoints, ...]:
        """The run that tuned the weights, and the members' runs."""
        return (self.ensemble, *self.ensemble.members)

    @property
    def dataset(self) -> Any:
        """The members' data set."""
        return self.ensemble.members[0].dataset

    def execute(self, folder: Path, data_folder: Path | None, required: list[Path]) -> Mapping[str, Any]:
        """Return what was built, and how far its outputs are from its members' stored scores.

        `weights`; `layers` of the graph (see `describe_layers`); `members` (float32_bytes, float16_bytes, of each);
        `tensors`, and how many hold the trained values (`overwritten`); `files` (name -> bytes, but for `FINGERPRINT`);
        `variables` (bytes by dtype, as loaded); the largest difference of the loaded model's scores to the weighted sum
        of the members as float16 models (`graph_difference`) and to that of their stored float32 scores
        (`float16_difference`); test `gap` of the loaded model, and `stored_gap` of the stored scores' weighted sum.
        """
        import keras

        tuned, *members = required
        weights = json.loads((tuned / "result.json").read_text(encoding="utf-8"))["weights"]
        labels, scores = member_scores(members, "test")
        files = self.dataset.prepare(data_folder)
        ((features, _),) = self.dataset.read(files, "test", batch_size=len(labels))
        configs = [member.training.model for member in self.ensemble.members]
        graph = ensemble_graph([cast_float16(config.build(initialize=False)) for config in configs], weights)
        overwritten, sizes, singles = 0, [], []
        for number, config in enumerate(configs):
            trained = config.build(initialize=False)
            load_weights(trained, members[number] / "best_averaged.weights.h5")
            overwritten += overwrite_member(graph, number, trained)
            cast = cast_float16(trained)
            singles.append(keras.ops.convert_to_numpy(cast(features, training=False)))
            stored = {"float32_bytes": trained, "float16_bytes": cast}
            sizes.append({name: int(model_size(model)["bytes"].sum()) for name, model in stored.items()})
        exported = export_saved_model(graph, folder / "checkpoints" / "saved_model")
        reloaded = outputs_in_fresh_process(exported, features)
        stored_scores = mixed(scores, np.array(weights))
        return {
            "weights": weights,
            "layers": describe_layers(graph),
            "members": sizes,
            "tensors": len(graph.weights),
            "overwritten": overwritten,
            "files": {
                path.relative_to(exported).as_posix(): path.stat().st_size
                for path in sorted(exported.rglob("*"))
                if path.is_file() and path.name != FINGERPRINT
            },
            "variables": reloaded.variables,
            "graph_difference": _largest(reloaded.outputs - mixed(np.stack(singles), np.array(weights))),
            "float16_difference": _largest(reloaded.outputs - stored_scores),
            "gap": global_average_precision(labels, reloaded.outputs),
            "stored_gap": global_average_precision(labels, stored_scores),
        }


def _largest(difference: np.ndarray) -> float:
    return float(np.abs(difference).max())
