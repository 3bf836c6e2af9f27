"""A trained detector put into few bits, against the quantisation written out in NumPy."""

import keras
import numpy as np
import pytest

from compactvid.compression import DetectionAtBits, QuantizationAwareTraining, detection_at_bits
from compactvid.datasets.simulated import SceneWorld
from compactvid.datasets.simulated_splits import SimulatedScenes
from compactvid.metrics import detection_average_precision
from compactvid.models import TinyYOLOv2
from compactvid.training import DetectionTraining, TrainingRun
from compactvid.training.weights import load_weights, save_weights

WORLD = SceneWorld(seed=5, height=32, width=32, min_size=0.3, max_objects=2)
DATASET = SimulatedScenes(WORLD, train=8, validate=12, test=24)
MODEL = TinyYOLOv2(num_classes=6, anchors=((1.5, 1.5),), input_size=(32, 32), filters=(4,) * 8, halvings=3)
BASE = DetectionTraining(TrainingRun(MODEL, DATASET, seed=1, epochs=1, batch_size=8, learning_rate=0.01))
WEIGHTS_ONLY = QuantizationAwareTraining(bits=3, activations=None)
INPUT_OF_THE_FIRST = QuantizationAwareTraining(bits=8, activation_bits=2, layers=("conv1",))


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return tmp_path_factory.mktemp("data") / "scenes"


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """A folder as that of a training, with drawn weights: what few bits do to a trained one they do to these."""
    keras.utils.set_random_seed(3)
    folder, model = tmp_path_factory.mktemp("base"), MODEL.build()
    save_weights(model, folder / "best.weights.h5")
    return folder


@pytest.fixture
def executed(base, data, tmp_path, monkeypatch):
    """Execute with methods; returns the result, what each predicted of the first pictures, and its two tables."""
    predicted, tables = [], []
    detect = detection_at_bits.detect

    def watched(predict, batches, **options):
        images = batches.batch(0)[0]["image"].astype("float32") / 255
        predicted.append(np.asarray(predict({"image": images})))
        tables.append(detect(predict, batches, **options))
        return tables[-1]

    monkeypatch.setattr(detection_at_bits, "detect", watched)

    def execute(*methods, **options):
        result = DetectionAtBits(BASE, methods, **options).execute(tmp_path, data, [base])
        return result, predicted, tables

    return execute


def rounded(kernel, bits):
    scale = np.abs(kernel).max() / (2 ** (bits - 1) - 1)
    return np.rint(kernel / scale) * scale


def first_pictures(data, split):
    return DATASET.read(DATASET.prepare(data), split, size=(32, 32)).batch(0)[0]["image"].astype("float32") / 255


def test_it_detects_as_the_network_with_rounded_kernels(executed, base, data):
    result, (found,), (tables,) = executed(WEIGHTS_ONLY)
    model = MODEL.build()
    load_weights(model, base / "best.weights.h5")
    before = model.predict_on_batch({"image": first_pictures(data, "test")})
    for layer in model.layers:
        if isinstance(layer, keras.layers.Conv2D):
            layer.kernel.assign(rounded(np.asarray(layer.kernel.value), 3))
    expected = model.predict_on_batch({"image": first_pictures(data, "test")})
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
    assert np.abs(found - before).max() > 0.01
    scores = detection_average_precision(*tables).set_index("label")["average_precision"]
    assert result["average_precision"] == [scores.to_dict()]


@pytest.mark.parametrize("calibration", [1, 12])
def test_levels_of_feature_maps_span_what_the_calibration_pictures_give(executed, base, data, calibration):
    _, (found,), _ = executed(INPUT_OF_THE_FIRST, calibration=calibration)
    model = MODEL.build()
    load_weights(model, base / "best.weights.h5")
    model.get_layer("conv1").kernel.assign(rounded(np.asarray(model.get_layer("conv1").kernel.value), 8))
    step = first_pictures(data, "validate")[:calibration].max() / 3  # from zero, in four levels
    images = np.clip(np.rint(first_pictures(data, "test") / step), 0, 3) * step
    np.testing.assert_allclose(found, model.predict_on_batch({"image": images}), rtol=1e-3, atol=1e-4)


def test_each_method_has_its_own_line(executed):
    result, predicted, _ = executed(WEIGHTS_ONLY, INPUT_OF_THE_FIRST, WEIGHTS_ONLY)
    assert len(result["average_precision"]) == 3
    np.testing.assert_array_equal(predicted[0], predicted[2])
    assert np.abs(predicted[0] - predicted[1]).max() > 0.01


@pytest.mark.parametrize(("methods", "options"), [((), {}), ((WEIGHTS_ONLY,), {"calibration": 0})])
def test_nothing_to_do_is_refused(methods, options):
    with pytest.raises(ValueError, match="at least one method, and one picture of calibration"):
        DetectionAtBits(BASE, methods, **options)
