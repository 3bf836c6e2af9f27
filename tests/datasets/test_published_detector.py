"""Published weights with pictures: which are where, and how pictures come to a network."""

import numpy as np
import pytest
from PIL import Image

from compactvid.datasets.published_detector import PublishedDetector

PLACES = ("tiny_yolov2_partial/conv1_W.bin", "voc100/JPEGImages/{}.jpg", "darknet_images/{}.jpg")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("COMPACTVID_DATA", str(tmp_path))
    weights, voc, darknet = (tmp_path / place for place in PLACES)
    for path in (weights, voc, darknet):
        path.parent.mkdir(parents=True)
    np.arange(16 * 27, dtype="<f4").tofile(weights)
    for place, names, grey in ((voc, "cab", 200), (darknet, "zy", 100)):
        for name in names:
            Image.new("RGB", (40, 20), (grey,) * 3).save(str(place).format(name))
    return tmp_path


def test_the_first_pictures_of_voc_calibrate_and_the_others_are_measured(folder):
    dataset = PublishedDetector(calibration=2)
    assert dataset.present()
    files = dataset.prepare()
    assert [path.stem for path in files["calibration"]] == ["a", "b"]
    assert [path.stem for path in files["images"]] == ["c", "y", "z"]
    assert dataset.weights(files)["conv1"]["kernel"].max() == 431


def test_pictures_are_letterboxed_and_in_the_unit_interval(folder):
    dataset = PublishedDetector(calibration=1)
    files = dataset.prepare()
    batches = [batch["image"] for batch in dataset.read(files, "images", size=(16, 16), batch_size=3)]
    assert [batch.shape for batch in batches] == [(3, 16, 16, 3), (1, 16, 16, 3)]
    assert batches[0].dtype == "float32"
    picture = batches[0][0]
    np.testing.assert_allclose(picture[[0, 3, 4, 11, 12]].mean(axis=(1, 2)) * 255, [128, 128, 200, 200, 128], atol=1)
    assert batches[1].max() * 255 == pytest.approx(128, abs=1)


@pytest.mark.parametrize("missing", PLACES)
def test_what_is_missing_is_named(folder, missing):
    before = PublishedDetector(calibration=1).fingerprint()
    for path in folder.glob(missing.format("*")):
        path.unlink()
    assert not PublishedDetector.present()
    with pytest.raises(FileNotFoundError, match=missing.split("/")[0]):
        PublishedDetector(calibration=1).prepare()
    assert before.startswith("tiny_yolov2_partial/conv*.bin, voc100/JPEGImages/*.jpg, darknet_images/*.jpg, SHA-256 ")


def test_other_pictures_are_other_data(folder):
    before = PublishedDetector(calibration=1).fingerprint()
    Image.new("RGB", (40, 20)).save(folder / PLACES[2].format("y"))
    assert PublishedDetector(calibration=1).fingerprint() != before
    assert PublishedDetector(calibration=2).fingerprint() != before
