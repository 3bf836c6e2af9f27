"""A published detector in few bits on clips, against the network that is put into few bits here."""

import numpy as np
import pytest

from compactvid.compression import QuantizationAwareTraining
from compactvid.compression.clip_tensors import ClipTensors
from compactvid.compression.darknet_detector import DarknetDetector
from compactvid.compression.simulated_quantization import simulate_quantization
from compactvid.datasets import clips
from compactvid.datasets.clip_splits import ClipSplits
from compactvid.datasets.detector_on_clips import DetectorOnClips
from compactvid.datasets.frame_choice import RandomFrames
from compactvid.datasets.tfrecord import RecordError
from compactvid.models import TinyYOLOv2
from compactvid.runs import identify, load_or_run
from compactvid.training.darknet_weights import save_darknet_weights

MODEL = TinyYOLOv2(num_classes=3, anchors=((1.5, 1.5), (2.0, 1.0)), input_size=(32, 32), filters=(4,) * 8, halvings=3)
METHOD = QuantizationAwareTraining("deepeye_floor_scaled", bits=4, activation_bits=4)
SPLITS = ClipSplits(0.6, 0.2, 0.2, seed=1)


@pytest.fixture
def data(tmp_path, monkeypatch):
    """Two actions of five groups of one clip each, and weights: the folder of the data."""
    monkeypatch.setenv("COMPACTVID_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("COMPACTVID_RUNS", str(tmp_path / "runs"))
    random = np.random.default_rng(0)
    for action in ("dive", "ride"):
        for group in range(5):
            path = tmp_path / "data" / "clips" / action / f"g{group}" / f"v_{action}_{group}.avi"
            path.parent.mkdir(parents=True)
            clips.write(path, list(random.integers(0, 256, (7, 32, 32, 3), np.uint8)))
    weights = tmp_path / "data" / DetectorOnClips.pattern
    weights.parent.mkdir()
    save_darknet_weights(network(), weights)
    return tmp_path / "data"


def network():
    """Weights and statistics of batch normalisation that are not the initial ones."""
    model, random = MODEL.build(), np.random.default_rng(3)
    for layer in model.layers:
        drawn = [
            random.normal(size=each.shape) if each.ndim == 4 else random.uniform(0.2, 1.0, each.shape)
            for each in layer.get_weights()
        ]
        layer.set_weights(drawn)
    return model


def frames_of(split, num_frames):
    files = SPLITS.prepare()
    batches = SPLITS.read(files, split, size=(32, 32), num_frames=num_frames, batch_size=len(files[split]))
    return batches.batch(0)[0]["frames"].astype("float32") / 255


@pytest.mark.parametrize(("calibration", "chosen"), [(64, slice(None)), (3, slice(None, None, 2)), (1, slice(1))])
def test_features_are_of_the_network_in_few_bits_calibrated_on_training_clips(data, calibration, chosen):
    detector = DarknetDetector(MODEL, DetectorOnClips(SPLITS), METHOD, calibration)
    run = ClipTensors(SPLITS, detector=detector, num_frames=6)
    stored = load_or_run(run)
    frames = frames_of("train", 1)[chosen][:, 0]
    assert len(frames) == min(calibration, 6)
    expected = simulate_quantization(
        network(),
        calibration=[{"image": frames}],
        scheme=METHOD.scheme,
        activations="affine",
        bits=4,
        activation_bits=4,
    )
    result = stored.result
    assert result["shape"] == [4, 4, 16]
    ranges = load_or_run(detector).result["ranges"]
    assert ranges[0]["high"] == frames.max()
    with np.load(stored.folder / "test.npz") as file:
        kept = file["frames"] * result["deviation"] + result["mean"]
        ids = file["ids"].tolist()
    choice = run.dataset.read(
        SPLITS.prepare(), "test", size=(32, 32), num_frames=6, frame_choice=RandomFrames(0, replace=False), batch_size=2
    )
    pictures = choice.batch(0)[0]["frames"].reshape(-1, 32, 32, 3).astype("float32") / 255
    outputs = expected.predict_on_batch({"image": pictures}).reshape(kept.shape)
    np.testing.assert_allclose(kept, outputs, atol=1e-4 * np.abs(outputs).max())
    assert len(ids) == 2


def test_other_weights_make_another_run(data):
    detector = DarknetDetector(MODEL, DetectorOnClips(SPLITS), METHOD)
    before = identify(detector).name
    assert identify(detector).name == before
    model = network()
    model.layers[-1].set_weights([each + 1 for each in model.layers[-1].get_weights()])
    save_darknet_weights(model, data / DetectorOnClips.pattern)
    assert identify(detector).name != before


def test_bad_weights_and_configurations_are_named(data):
    with pytest.raises(ValueError, match="calibration must be at least 1, not 0"):
        DarknetDetector(MODEL, DetectorOnClips(SPLITS), METHOD, calibration=0)
    weights = data / DetectorOnClips.pattern
    weights.write_bytes(weights.read_bytes()[:-4])
    with pytest.raises(RecordError, match=r"tiny-yolo-voc\.weights"):
        load_or_run(DarknetDetector(MODEL, DetectorOnClips(SPLITS), METHOD))
    weights.unlink()
    assert not DetectorOnClips.present()
    with pytest.raises(FileNotFoundError, match=r"tiny-yolo-voc.weights: 0 files, but 1 are needed"):
        DetectorOnClips(SPLITS).prepare()
