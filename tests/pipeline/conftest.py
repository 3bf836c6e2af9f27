"""Small networks with weights that are drawn, not trained, and small clips."""

import keras
import numpy as np
import pytest

from compactvid.compression import export_litert
from compactvid.datasets.clips_video import write
from compactvid.models import TensorTrain, TinyYOLOv2, VideoRNN
from compactvid.pipeline import OnlineDetector, OnlineRecogniser
from compactvid.training.weights import save_weights

OBJECTS, ACTIONS = ("box", "disc"), ("left", "right", "up")
DETECTOR = TinyYOLOv2(
    num_classes=2,
    anchors=((1.0, 1.0), (2.0, 1.0)),
    input_size=(32, 32),
    filters=(4, 8, 8, 16, 16, 16, 16, 16),
    halvings=3,
)
RECURRENT = VideoRNN(
    frame_shape=(4, 4, 14),
    channel_blocks=2,
    units=8,
    input_map=TensorTrain((2, 4, 4, 7), (2, 2, 2, 1), 2),
    num_classes=3,
)
SIZE = (48, 80)


@pytest.fixture(scope="session")
def pictures():
    """uint8 (32, 48, 80, 3): a light square on its way over stripes."""
    rows, columns = np.mgrid[: SIZE[0], : SIZE[1]]
    found = np.empty((32, *SIZE, 3), np.uint8)
    found[:] = np.stack([40 + rows, 60 + columns, 90 + 40 * (columns // 8 % 2)], axis=-1)
    for number, picture in enumerate(found):
        picture[12:28, 2 * number : 2 * number + 16] = (230, 220 - 3 * number, 40)
    return found


@pytest.fixture(scope="session")
def clip(pictures, tmp_path_factory):
    path = tmp_path_factory.mktemp("clips") / "a.avi"
    write(path, pictures, 25)
    return path


@pytest.fixture(scope="session")
def recurrent_model():
    """The network on six frames, all its weights drawn, biases too."""
    keras.utils.set_random_seed(4)
    model = RECURRENT.build()
    for weight in model.weights:
        weight.assign(weight + keras.random.normal(weight.shape, stddev=0.1, seed=len(weight.shape)))
    return model


@pytest.fixture(scope="session")
def weights(recurrent_model, tmp_path_factory):
    path = tmp_path_factory.mktemp("recurrent") / "best.weights.h5"
    save_weights(recurrent_model, path)
    return path


@pytest.fixture(scope="session")
def detector_file(pictures, tmp_path_factory):
    keras.utils.set_random_seed(3)
    seen = pictures[:, :32, :32].astype("float32") / 255
    file = tmp_path_factory.mktemp("detector") / "detector.tflite"
    return export_litert(DETECTOR.build(), file, precision="int8", representative=[{"image": seen}])


@pytest.fixture(scope="session")
def detector(detector_file):
    return OnlineDetector(detector_file, DETECTOR, OBJECTS)


@pytest.fixture
def recogniser(weights):
    return OnlineRecogniser(RECURRENT, weights, ACTIONS, mean=0.3, deviation=1.7)


@pytest.fixture(scope="session")
def recurrent_config():
    return RECURRENT


@pytest.fixture(scope="session")
def detector_config():
    return DETECTOR
