import keras
import numpy as np
import pytest

from compactvid.compression.litert import LiteRTModel, export_litert


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(0)
    inputs = {"x": keras.Input((32,), name="x"), "count": keras.Input((), dtype="int32", name="count")}
    hidden = keras.layers.Dense(64, activation="relu")(inputs["x"])
    scaled = hidden * keras.ops.expand_dims(keras.ops.cast(inputs["count"], "float32"), -1)
    return keras.Model(inputs, keras.layers.Dense(5, activation="sigmoid")(scaled))


def batch(size, seed=0):
    random = np.random.default_rng(seed)
    return {
        "x": random.normal(size=(size, 32)).astype("float32"),
        "count": random.integers(1, 3, size=size).astype("int32"),
    }


@pytest.mark.parametrize(("precision", "largest"), [("float32", 1e-6), ("int8_weights", 0.02), ("int8", 0.05)])
def test_the_interpreter_gives_what_the_model_gives(model, precision, largest, tmp_path):
    file = export_litert(
        model,
        tmp_path / "model.tflite",
        precision=precision,
        representative=[batch(64, 1)] if precision == "int8" else None,
    )
    lite = LiteRTModel(file)
    for size in (7, 3):
        found = lite(batch(size))
        assert found.shape == (size, 5)
        difference = np.abs(found - keras.ops.convert_to_numpy(model(batch(size)))).max()
        assert difference < largest
        assert (difference > 1e-6) == (precision != "float32")
    # 2,432 weights: 9.5 KiB in float32, and 8 bits are a quarter of it.
    kernels = {"float32": 0, "int8_weights": 1, "int8": 2}[precision]
    assert lite.dtypes.get("int8", 0) >= kernels
    assert (file.stat().st_size > 9500) == (precision == "float32")


def test_bad_input(model, tmp_path):
    path = tmp_path / "model.tflite"
    with pytest.raises(ValueError, match="precision must be one of float32, int8_weights, int8, not 'int4'"):
        export_litert(model, path, precision="int4")
    with pytest.raises(ValueError, match="0 representative batches for int8; only int8 needs some"):
        export_litert(model, path, precision="int8")
    with pytest.raises(ValueError, match="1 representative batches for float32"):
        export_litert(model, path, representative=[batch(2)])
    with pytest.raises(ValueError, match="representative batch 1 lacks count"):
        export_litert(model, path, precision="int8", representative=[batch(2), {"x": batch(2)["x"]}])
    assert not list(tmp_path.iterdir())
    path.write_bytes(b"no model")
    for wrong in (path, tmp_path / "nothing.tflite"):
        with pytest.raises(ValueError, match=rf"{wrong.name}: not a readable LiteRT file of export_litert"):
            LiteRTModel(wrong)
