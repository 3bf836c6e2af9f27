from types import SimpleNamespace

import h5py
import ml_dtypes
import numpy as np
import pytest

from compactvid.metrics import model_size
from compactvid.metrics.model_size import ITEM_BYTES

# Keras copies a variable in a way that NumPy 2 will refuse one day; nothing here calls it directly.
keras_copies = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")


def weight(path, shape, dtype):
    return SimpleNamespace(path=path, shape=shape, dtype=dtype)


def test_lists_each_tensor_with_its_shape_type_and_bytes():
    model = SimpleNamespace(
        weights=[
            weight("dense/kernel", (1024, 100), "float32"),
            weight("dense/bias", [100], np.dtype("float16")),
            weight("step", (), SimpleNamespace(name="int64")),  # TensorFlow's DType has a name
            weight("empty", (0, 7), "float32"),
        ]
    )
    size = model_size(model)
    assert size.columns.tolist() == ["tensor", "shape", "dtype", "bytes"]
    assert size["tensor"].tolist() == ["dense/kernel", "dense/bias", "step", "empty"]
    assert size["shape"].tolist() == [(1024, 100), (100,), (), (0, 7)]
    assert size["dtype"].tolist() == ["float32", "float16", "int64", "float32"]
    assert size["bytes"].tolist() == [409600, 200, 8, 0]


def test_a_model_without_weights_has_size_zero():
    size = model_size(SimpleNamespace(weights=[]))
    assert size.columns.tolist() == ["tensor", "shape", "dtype", "bytes"]
    assert size["bytes"].sum() == 0


@pytest.mark.parametrize("dtype", ["string", "int4", "float4_e2m1fn"])
def test_refuses_types_without_a_known_stored_size(dtype):
    with pytest.raises(ValueError, match=f"^words/table has dtype {dtype}: expected one of bool, "):
        model_size(SimpleNamespace(weights=[weight("words/table", (3,), dtype)]))


def test_item_sizes_are_those_of_numpy_and_ml_dtypes():
    for dtype, item_bytes in ITEM_BYTES.items():
        assert np.dtype(getattr(ml_dtypes, dtype, dtype)).itemsize == item_bytes, dtype


def test_every_type_that_keras_accepts_is_known():
    import keras

    names = [name for name in dir(ml_dtypes) if "float" in name] + [np.dtype(code).name for code in "?bBhHiIlLefdFD"]
    for name in names:
        try:
            keras.backend.standardize_dtype(name)
        except ValueError:
            assert name not in ITEM_BYTES
        else:
            assert name in ITEM_BYTES


def small_model(dtype="float32"):
    """Dense, batch normalisation (4 tensors), dropout with its seed state, dense: 8 stored tensors."""
    import keras

    model = keras.Sequential(
        [
            keras.Input((16,)),
            keras.layers.Dense(8, name="hidden"),
            keras.layers.BatchNormalization(name="normalization"),
            keras.layers.Dropout(0.5, seed=0),
            keras.layers.Dense(3, name="output"),
        ]
    )
    if dtype != "float32":
        config = model.get_config()
        for layer in config["layers"]:
            layer["config"]["dtype"] = dtype
        model = keras.Sequential.from_config(config)
    return model


@keras_copies
@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_counts_what_keras_writes_to_a_weights_file(tmp_path, dtype):
    model = small_model(dtype)
    model.save_weights(tmp_path / "model.weights.h5")
    stored = []
    with h5py.File(tmp_path / "model.weights.h5") as file:
        # Below "layers"; a seed generator's state would stand there too, if it were stored.
        file.visititems(lambda _, item: stored.append(item.nbytes) if isinstance(item, h5py.Dataset) else None)
    size = model_size(model)
    assert len(size) == 8
    assert sorted(size["bytes"]) == sorted(stored)
    assert size["bytes"].sum() == (16 * 8 + 8 + 4 * 8 + 8 * 3 + 3) * ITEM_BYTES[dtype]
    assert size["tensor"].str.contains("moving_").sum() == 2


def test_neither_optimizer_nor_seed_states_count():
    model = small_model()
    before = model_size(model)
    model.compile(optimizer="adam", loss="mse", metrics=["mae"])
    model.fit(np.ones((2, 16)), np.ones((2, 3)), verbose=0)
    assert len(model.variables) > len(before)
    assert model_size(model).equals(before)


@keras_copies
@pytest.mark.parametrize(("mode", "kernel_bytes"), [("int8", 16 * 8), ("int4", 16 * 8 // 2)])
def test_quantised_weights_count_as_they_are_stored(mode, kernel_bytes):
    import keras

    layer = keras.layers.Dense(8)
    layer.build((None, 16))
    assert model_size(layer)["bytes"].sum() == (16 * 8 + 8) * 4
    layer.quantize(mode)
    size = model_size(layer)
    kernel = size[size["tensor"].str.endswith("/kernel")]
    assert kernel["dtype"].tolist() == ["int8"]
    assert kernel["bytes"].tolist() == [kernel_bytes]


def test_refuses_a_model_that_is_not_built():
    import keras

    with pytest.raises(ValueError, match="'unbuilt' has no weights yet: expected a built model"):
        model_size(keras.Sequential([keras.layers.Dense(3)], name="unbuilt"))
