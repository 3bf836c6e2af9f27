"""Measured files of drawn and of trained tensors, against files written here."""

from dataclasses import replace

import numpy as np
import pytest

from compactvid.compression import BestCheckpoints, FineTuning, sparse_files
from compactvid.compression.sparse_files import DrawnSparseFiles, TunedSparseFiles
from compactvid.compression.sparse_positions import IndexRangeError
from compactvid.compression.sparse_storage import SparseFormat, save_sparse
from compactvid.compression.tensorflow_storage import TensorFlowStorage
from compactvid.datasets.simulated import VideoWorld
from compactvid.datasets.simulated_splits import SimulatedFrameLevel
from compactvid.metrics import global_average_precision
from compactvid.models import GatedNetVLAD
from compactvid.models.gated_netvlad import BIG_FOUR
from compactvid.training import TrainingRun
from compactvid.training.weights import save_weights

FORMATS = (SparseFormat("dense"), SparseFormat("bitmask"), SparseFormat("csr_16", "int8"))
DRAWN = DrawnSparseFiles(((40, 50), (7,)), (0.0, 0.5, 0.9), FORMATS, seed=3)

WORLD = VideoWorld(num_classes=10, num_topics=3, rgb_size=12, audio_size=6)
MODEL = GatedNetVLAD(cluster_size=4, hidden_size=6, num_classes=10, num_mixtures=2, rgb_size=12, audio_size=6)
TRAINING = TrainingRun(
    MODEL, SimulatedFrameLevel(WORLD, train=40, validate=40, test=60), 0, epochs=2, batch_size=20, learning_rate=0.01
)


def test_drawn_tensors_have_their_share_of_zeros_and_files_their_size(tmp_path):
    result = DRAWN.execute(tmp_path, None)
    assert result["elements"] == 2007
    assert result["zeros"] == [0, 1000 + round(3.5), 1800 + 6]
    kept = [2007 - zeros for zeros in result["zeros"]]
    for (dense, bitmask, csr), n in zip(result["bytes"], kept, strict=True):
        assert dense == 4 * 2007 + (49 + 16) + (49 + 8)
        assert bitmask == 4 * n + 250 + 1 + (49 + 16) + (49 + 8)
        assert csr == (1 + 2) * n + 4 * 41 + 4 * 2 + (49 + 16) + (49 + 8)
    assert not list(tmp_path.iterdir())
    assert replace(DRAWN, seed=4).execute(tmp_path, None)["zeros"] == result["zeros"]


def test_a_format_whose_indices_do_not_fit_has_no_bytes(tmp_path, monkeypatch):
    def save(path, tensor, sparse_format):
        if sparse_format.positions == "csr_16" and tensor.ndim == 2:
            raise IndexRangeError("too many")
        return save_sparse(path, tensor, sparse_format)

    monkeypatch.setattr(sparse_files, "save_sparse", save)
    assert [sizes[2] for sizes in DRAWN.execute(tmp_path, None)["bytes"]] == [None] * 3


def test_what_comes_back_wrong_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr(sparse_files, "load_sparse", lambda path: np.zeros((40, 50), "float32"))
    with pytest.raises(ArithmeticError, match="dense, float32: what was read back differs"):
        DRAWN.execute(tmp_path, None)


@pytest.mark.parametrize(
    ("sparsities", "message"),
    [((0.5, 1.5), r"sparsity must lie in \[0, 1\], not 1.5"), ((0.5, 0.4), "sparsities must grow")],
)
def test_sparsities_that_make_no_sense_are_refused(sparsities, message):
    with pytest.raises(ValueError, match=message):
        replace(DRAWN, sparsities=sparsities)


def test_files_of_fine_tuned_models_and_gap_of_the_values_read_back(tmp_path):
    model = MODEL.build()
    random = np.random.default_rng(0)
    for weight in model.weights:
        if weight.path in BIG_FOUR:
            value = random.normal(size=weight.shape)
            weight.assign(np.where(np.abs(value) > 1, value, 0.0))
    save_weights(model, tmp_path / "fine_tuned.weights.h5")
    tuning = FineTuning(BestCheckpoints(TRAINING), epochs=1, learning_rate=0.01)
    config = TunedSparseFiles((tuning, tuning), FORMATS)
    assert config.requires == (tuning, tuning)
    first, second = config.execute(tmp_path, tmp_path / "data", [tmp_path, tmp_path])["tuned"]
    assert first == second
    big = [np.asarray(weight.value) for weight in model.weights if weight.path in BIG_FOUR]
    assert first["elements"] == sum(tensor.size for tensor in big)
    assert first["zeros"] == sum(int((tensor == 0).sum()) for tensor in big)
    for place, sparse_format in enumerate(FORMATS):
        assert first["bytes"][place] == sum(save_sparse(tmp_path / "one", tensor, sparse_format) for tensor in big)
    for weight in model.weights:
        if weight.path in BIG_FOUR:
            value = np.asarray(weight.value)
            step = np.abs(value).max() / 127
            weight.assign(np.round(value / step) * step)
    files = TRAINING.dataset.prepare(tmp_path / "data")
    scores, labels = [], []
    for features, targets in TRAINING.dataset.read(files, "test"):
        scores.append(np.asarray(model(features, training=False)))
        labels.append(targets)
    gap = global_average_precision(np.concatenate(labels), np.concatenate(scores))
    assert first["gap"]["int8"] == pytest.approx(gap, abs=1e-4)
    assert first["gap"].keys() == {"float16", "int8"}


def test_tensorflow_takes_a_byte_for_a_boolean_and_twenty_for_a_value(tmp_path):
    result = TensorFlowStorage(30, 40, 0.75).execute(tmp_path, None)
    assert result["values"] == 300
    assert result["bytes"] == {"mask": 1200, "dense": 4800, "sparse_tensor": 20 * 300 + 16}
