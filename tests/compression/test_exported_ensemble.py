"""An exported ensemble of two small models, against what the models themselves say."""

import json

import keras
import numpy as np
import pytest
import tensorflow as tf

from compactvid.compression import BestCheckpoints, exported_ensemble
from compactvid.compression.exported_ensemble import ExportedEnsemble
from compactvid.compression.fresh_process import Reloaded
from compactvid.compression.tuned_ensemble import TunedEnsemble
from compactvid.datasets.simulated import VideoWorld
from compactvid.datasets.simulated_splits import SimulatedFrameLevel
from compactvid.metrics import global_average_precision
from compactvid.models import GatedNetVLAD
from compactvid.training import TrainingRun
from compactvid.training.predictions import save_predictions
from compactvid.training.weights import save_weights

WORLD = VideoWorld(num_classes=6, num_topics=2, rgb_size=8, audio_size=4)
DATASET = SimulatedFrameLevel(WORLD, train=8, validate=8, test=40)
WEIGHTS = [0.7, 0.3]


def member(cluster_size, hidden_size):
    model = GatedNetVLAD(
        cluster_size=cluster_size, hidden_size=hidden_size, num_classes=6, num_mixtures=2, rgb_size=8, audio_size=4
    )
    return BestCheckpoints(TrainingRun(model, DATASET, seed=0, epochs=2, batch_size=8, learning_rate=0.01))


MEMBERS = (member(4, 10), member(2, 5))


def in_this_process(folder, inputs):
    loaded = tf.saved_model.load(folder)
    found = loaded.serve({name: tf.constant(value) for name, value in inputs.items()})
    return Reloaded(found.numpy(), {"float16": 1}, 0.0, 0.0)


@pytest.fixture
def trained(tmp_path, monkeypatch):
    """Folders as the runs leave them that the configuration requires, and the scores of the stored models."""
    monkeypatch.setattr(exported_ensemble, "outputs_in_fresh_process", in_this_process)
    files = DATASET.prepare(tmp_path / "data")
    ((features, labels),) = DATASET.read(files, "test")
    folders, scores = [tmp_path / "tuned"], []
    folders[0].mkdir()
    (folders[0] / "result.json").write_text(json.dumps({"weights": WEIGHTS}))
    for number, config in enumerate(MEMBERS):
        keras.utils.set_random_seed(number)
        model = config.training.model.build()
        model.get_layer("hidden1").kernel.assign(5 * model.get_layer("hidden1").kernel)
        folders.append(tmp_path / f"model_{number}")
        folders[-1].mkdir()
        save_weights(model, folders[-1] / "best_averaged.weights.h5")
        scores.append(keras.ops.convert_to_numpy(model(features, training=False)))
        save_predictions(folders[-1] / "best_averaged.test.npz", labels, scores[-1])
    return folders, labels, np.stack(scores)


def test_graph_scores_as_its_members_do(trained, tmp_path):
    folders, labels, scores = trained
    config = ExportedEnsemble(TunedEnsemble(MEMBERS))
    assert config.requires == (config.ensemble, *MEMBERS)
    (tmp_path / "run").mkdir()
    result = config.execute(tmp_path / "run", tmp_path / "data", folders)
    assert json.loads(json.dumps(result)) == result
    assert (result["weights"], result["overwritten"], result["tensors"]) == (WEIGHTS, 64, 64)
    expected = 0.7 * scores[0] + 0.3 * scores[1]
    assert result["graph_difference"] < 1e-6
    # Rounding to 11 bits shows, and is small.
    assert 1e-6 < result["float16_difference"] < 1e-3
    assert result["stored_gap"] == pytest.approx(global_average_precision(labels, expected), abs=1e-6)
    assert result["gap"] == pytest.approx(result["stored_gap"], abs=0.02)
    sizes = [member["float32_bytes"] for member in result["members"]]
    assert sizes == [4 * config.training.model.build(initialize=False).count_params() for config in MEMBERS]
    assert result["layers"][-1]["operations"] == ["Multiply", "Multiply", "Add"]
    assert list(result["files"]) == sorted(result["files"])
    saved = tmp_path / "run" / "checkpoints" / "saved_model"
    on_disk = {path.relative_to(saved).as_posix(): path.stat().st_size for path in saved.rglob("*") if path.is_file()}
    # A run's result is the same whenever it is made, and this file's length is random.
    assert on_disk.pop("fingerprint.pb") > 0
    assert result["files"] == on_disk
    assert sum(result["files"].values()) > sum(member["float16_bytes"] for member in result["members"])
