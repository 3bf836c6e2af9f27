"""Runs on a trained model: in float16, in 8 bits, fine-tuned in 8 bits, and in the forms that others read."""

from dataclasses import replace
from types import SimpleNamespace

import keras
import numpy as np
import pytest

from compactvid.compression import BestCheckpoints, FineTuning, int8_deployment, quantize_int8
from compactvid.compression.float16_evaluation import Float16Evaluation, redrawn
from compactvid.compression.int8_deployment import Int8Deployment
from compactvid.compression.int8_file_size import Int8FileSize
from compactvid.compression.int8_training import Int8Training
from compactvid.compression.quantized_checkpoint import QuantizedCheckpoint
from compactvid.datasets.frame_choice import RandomFrames
from compactvid.datasets.simulated import VideoWorld
from compactvid.datasets.simulated_splits import SimulatedFrameLevel
from compactvid.metrics import global_average_precision
from compactvid.models import GatedNetVLAD
from compactvid.models.gated_netvlad import BIG_FOUR
from compactvid.runs import load_or_run
from compactvid.runs.identity import data_folder
from compactvid.runs.store import prepare_data
from compactvid.training import TrainingRun
from compactvid.training.predictions import read_predictions
from compactvid.training.weights import load_weights

WORLD = VideoWorld(seed=7, num_classes=12, num_topics=4, rgb_size=12, audio_size=4, min_frames=4, max_frames=6)
BASE = BestCheckpoints(
    TrainingRun(
        model=GatedNetVLAD(8, 32, num_classes=12, num_mixtures=2, rgb_size=12, audio_size=4, batch_norm_momentum=0.9),
        dataset=SimulatedFrameLevel(WORLD, train=128, validate=64, test=96),
        seed=7,
        epochs=2,
        batch_size=32,
        learning_rate=0.01,
    )
)


@pytest.fixture(scope="module", autouse=True)
def store(tmp_path_factory):
    """A run store of this module's own, in which the base is trained once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COMPACTVID_RUNS", str(tmp_path_factory.mktemp("runs")))
        yield


def built(folder, name="best_averaged"):
    model = BASE.training.model.build()
    load_weights(model, folder / f"{name}.weights.h5")
    return model


def videos():
    return list(BASE.dataset.read(prepare_data(BASE.dataset), "test", batch_size=512))


def scores(model):
    return np.concatenate([keras.ops.convert_to_numpy(model(x, training=False)) for x, _ in videos()])


def test_drawn_frames_are_the_videos_own_as_many_as_there_is_room_for():
    rgb = np.arange(2 * 5 * 3, dtype="float32").reshape(2, 5, 3)
    features = {"rgb": rgb, "audio": -rgb, "num_frames": np.array([2, 0], "int32")}
    choice = RandomFrames(3)
    found = redrawn(features, choice, first=10)
    assert found["num_frames"].tolist() == [5, 0]
    assert found["num_frames"].dtype == np.int32
    for frame, place in enumerate(choice(2, 5, 0, 10)):
        assert place < 2
        np.testing.assert_array_equal(found["rgb"][0, frame], rgb[0, place])
        np.testing.assert_array_equal(found["audio"][0, frame], -rgb[0, place])


def test_bytes_of_a_deployment_do_not_depend_on_what_the_process_built_before(tmp_path, monkeypatch):
    """A `.keras` file holds automatic names, such as that of an operation that is no layer."""
    quantized = QuantizedCheckpoint(BASE)
    required = [load_or_run(quantized).folder, load_or_run(BASE).folder]
    nothing = np.zeros((64, 12), "float32")
    monkeypatch.setattr(int8_deployment, "outputs_in_fresh_process", lambda *_, **__: SimpleNamespace(outputs=nothing))
    monkeypatch.setattr(int8_deployment, "_trained_on", lambda place: np.save(place / "reloaded.npy", nothing) or {})
    monkeypatch.setattr(Int8Deployment, "_litert", lambda *_: {})
    found = []
    for attempt in ("first", "second"):
        (tmp_path / attempt).mkdir()
        execute = Int8Deployment(quantized).execute
        found.append(execute(tmp_path / attempt, data_folder(BASE.dataset), required)["keras_file"]["file_bytes"])
        for _ in range(3):
            built(required[1])
    assert found[0] == found[1]


def test_float16_evaluation_compares_with_the_trainings_own_score():
    with pytest.raises(ValueError, match="at least 2 evaluations, not 1"):
        Float16Evaluation(BASE, evaluations=1)
    result = load_or_run(Float16Evaluation(BASE, evaluations=2)).result
    trained = load_or_run(BASE).result["best_averaged"]["test"]["gap"]
    variants = result["variants"]
    assert variants["float32"]["gap"] == pytest.approx(trained, abs=1e-6)
    assert all(gap == pytest.approx(trained, abs=1e-6) for gap in result["batch_sizes"].values())
    assert len(set(result["random_frames"])) == 2
    big = sum(w.value.numpy().nbytes for w in BASE.training.model.build().weights if w.path in BIG_FOUR)
    sizes = {name: variant["tensor_bytes"] for name, variant in variants.items()}
    assert sizes["float32"] - sizes["four"] == big // 2
    assert sizes["all"] == sizes["float32"] // 2
    assert variants["all"]["file_bytes"] < variants["four"]["file_bytes"] < variants["float32"]["file_bytes"]
    computing = {name for name, variant in variants.items() if variant["float16_layers"]}
    assert computing == {"four_computed", "all_computed"}


@pytest.mark.parametrize("per_channel", [False, True])
def test_an_8_bit_checkpoint_is_the_bases_in_8_bits_and_can_stand_in_for_it(per_channel):
    run = load_or_run(QuantizedCheckpoint(BASE, per_channel))
    expected = scores(quantize_int8(built(load_or_run(BASE).folder), per_channel=per_channel))
    labels, stored = read_predictions(run.folder / "best_averaged.test.npz")
    np.testing.assert_allclose(stored, expected, atol=1e-6)
    np.testing.assert_array_equal(labels, np.concatenate([y for _, y in videos()]).astype(bool))
    assert run.result["test"]["gap"] == pytest.approx(global_average_precision(labels, expected), abs=1e-6)
    np.testing.assert_allclose(scores(built(run.folder)), stored, atol=1e-6)
    for sizes in (run.result["file_bytes"], run.result["tensor_bytes"]):
        assert sizes["int8"] < sizes["float32"]
    assert len(read_predictions(run.folder / "best_averaged.validate.npz")[0]) == 64


def test_fine_tuning_in_8_bits_starts_from_the_8_bit_file_and_reports_what_is_stored():
    quantized = QuantizedCheckpoint(BASE)
    run = load_or_run(FineTuning(quantized, 1, 0.005, method=Int8Training()))
    tuned = built(run.folder, "fine_tuned")
    start = built(load_or_run(quantized).folder)
    assert all((new != old).any() for new, old in zip(tuned.get_weights(), start.get_weights(), strict=True))
    labels, stored = read_predictions(run.folder / "fine_tuned.test.npz")
    np.testing.assert_allclose(scores(quantize_int8(tuned)), stored, atol=1e-6)
    assert np.abs(scores(tuned) - stored).max() > 1e-5
    assert run.result["test"]["gap"] == pytest.approx(global_average_precision(labels, stored), abs=1e-9)


def test_other_processes_load_and_train_the_8_bit_model_and_litert_runs_it():
    result = load_or_run(Int8Deployment(QuantizedCheckpoint(BASE, per_channel=True), calibration=32)).result
    trained, metagraph, litert = result["keras_file"], result["metagraph"], result["litert"]
    assert trained["moved"] == trained["tensors"] == len(BASE.training.model.build().trainable_weights)
    assert trained["losses"][-1] < trained["losses"][0]
    assert max(trained["difference"], metagraph["difference"]) < 1e-5
    assert metagraph["dtypes"]["uint8"] == 2 * 10  # levels and zero points of ten matrices
    for form in (trained, metagraph):
        assert form["file_bytes"]["int8"] < form["file_bytes"]["float32"]
    base = load_or_run(BASE).result["best_averaged"]["test"]["gap"]
    assert litert["float32"]["gap"] == pytest.approx(base, abs=1e-5)
    assert litert["float32"]["difference"] < 1e-5 < litert["int8_weights"]["difference"] < 0.02
    assert "int8" not in litert["float32"]["dtypes"]
    assert litert["int8"]["dtypes"]["int8"] > litert["int8_weights"]["dtypes"]["int8"] > 0


def test_files_at_full_size_are_weighed(tmp_path):
    model = replace(BASE.training.model, cluster_size=16, hidden_size=64)
    result = Int8FileSize(model).execute(tmp_path, None)
    big_four = {weight.path: weight.value.numpy().nbytes for weight in model.build().weights if weight.path in BIG_FOUR}
    assert result["big_four"] == sum(big_four.values())
    files = result["file_bytes"]
    saved = files["float32"] - files["int8_big_four"]
    assert 0.70 * result["big_four"] < saved < 0.75 * result["big_four"]
    assert files["int8"] < files["int8_big_four"]
    assert not list(tmp_path.iterdir())
