from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from compactvid.compression import cast_float16, ensemble_graph, export_saved_model
from compactvid.compression.fresh_process import LOADERS, outputs_in_fresh_process
from compactvid.metrics import model_size
from compactvid.models import GatedNetVLAD
from compactvid.models.gated_netvlad import BIG_FOUR

SMALL = GatedNetVLAD(cluster_size=4, hidden_size=6, num_classes=5, num_mixtures=2, rgb_size=7, audio_size=3)


def dense(width):
    return keras.Sequential([keras.Input((width,)), keras.layers.Dense(width)])


@pytest.fixture(scope="module")
def ensemble():
    random = np.random.default_rng(0)
    models = [SMALL.build(), SMALL.build()]
    for weight in (weight for model in models for weight in model.weights):
        weight.assign(np.abs(random.normal(size=weight.shape)) + 0.1)
    return ensemble_graph([cast_float16(models[0]), models[1]], [0.75, 0.25])


@pytest.fixture(scope="module")
def features():
    random = np.random.default_rng(1)
    return {
        "rgb": random.normal(size=(3, 6, 7)).astype("float32"),
        "audio": random.normal(size=(3, 6, 3)).astype("float32"),
        "num_frames": np.array([6, 2, 0], dtype="int32"),
    }


def test_a_fresh_process_without_this_library_gets_the_same_outputs(ensemble, features, tmp_path):
    folder = export_saved_model(ensemble, tmp_path / "deep" / "ensemble")
    expected = keras.ops.convert_to_numpy(ensemble(features, training=False))
    assert expected.std(axis=0).min() > 1e-4
    for loader in LOADERS:
        # The same float32 operations, compiled with other fusions.
        np.testing.assert_allclose(
            outputs_in_fresh_process(folder, features, loader=loader).outputs, expected, atol=1e-6
        )


def test_a_loaded_model_lists_its_variables_in_their_dtypes(ensemble, tmp_path):
    loaded = tf.saved_model.load(export_saved_model(ensemble, tmp_path / "ensemble"))
    cast = {f"tower_{path}" for path in BIG_FOUR}
    assert {variable.name.removesuffix(":0"): variable.dtype.name for variable in loaded.variables} == {
        weight.path: "float16" if weight.path in cast else "float32" for weight in ensemble.weights
    }


def test_a_fresh_process_that_fails_says_why(tmp_path):
    with pytest.raises(RuntimeError, match="SavedModel file does not exist"):
        outputs_in_fresh_process(tmp_path, {"rgb": np.zeros(1)})
    with pytest.raises(ValueError, match="one of saved_model, meta_graph, not 'keras'"):
        outputs_in_fresh_process(tmp_path, {}, loader="keras")


def test_the_files_hold_each_variable_once_in_its_own_dtype(tmp_path):
    model = cast_float16(dense(1000), "all")
    data = export_saved_model(model, tmp_path / "model") / "variables" / "variables.data-00000-of-00001"
    assert model_size(model)["bytes"].sum() == 2 * (1000 * 1000 + 1000)
    # Beside them, names and places of two tensors.
    assert 0 < data.stat().st_size - 2 * (1000 * 1000 + 1000) < 4096


def test_replaces_an_older_saved_model_and_leaves_nothing_beside(tmp_path):
    folder = tmp_path / "model"
    for width in (3, 2):
        export_saved_model(dense(width), folder)
    assert tf.saved_model.load(folder).serve(np.zeros((1, 2), "float32")).shape == (1, 2)
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_a_failed_export_changes_nothing(tmp_path, monkeypatch):
    folder = export_saved_model(dense(2), tmp_path / "model")
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    def half_written(_, path, **__):
        Path(path).mkdir()
        (Path(path) / "saved_model.pb").touch()
        raise OSError("No space left on device")

    monkeypatch.setattr(tf.saved_model, "save", half_written)
    with pytest.raises(OSError, match="No space left"):
        export_saved_model(dense(3), folder)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_errors(ensemble, tmp_path, monkeypatch):
    (tmp_path / "notes.txt").write_text("mine")
    for place in (tmp_path, tmp_path / "notes.txt"):
        with pytest.raises(FileExistsError, match="no SavedModel"):
            export_saved_model(ensemble, place)
    assert (tmp_path / "notes.txt").read_text() == "mine"
    for model in (np.zeros(3), keras.Sequential([keras.layers.Dense(3)])):
        with pytest.raises(TypeError, match="export_saved_model takes a built functional or sequential"):
            export_saved_model(model, tmp_path / "model")
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(RuntimeError, match="needs KERAS_BACKEND=tensorflow, not jax"):
        export_saved_model(ensemble, tmp_path / "model")
