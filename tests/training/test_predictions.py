"""Predictions come back as they were, and a damaged file is named."""

import numpy as np
import pytest

from compactvid.training.predictions import read_predictions, save_predictions


@pytest.mark.parametrize("classes", [1, 8, 13])
def test_come_back_exactly(tmp_path, classes):
    random = np.random.default_rng(classes)
    labels, scores = random.random((7, classes)) < 0.3, random.random((7, classes), dtype="float32")
    save_predictions(tmp_path / "a.npz", labels.astype("uint8"), scores)
    read_labels, read_scores = read_predictions(tmp_path / "a.npz")
    np.testing.assert_array_equal(read_labels, labels)
    np.testing.assert_array_equal(read_scores, scores)
    assert (read_labels.dtype, read_scores.dtype) == (np.bool_, np.float32)


@pytest.mark.parametrize("keep", [0, 10, 300])
def test_a_damaged_file_is_named(tmp_path, keep):
    path = tmp_path / "a.npz"
    save_predictions(path, np.ones((5, 9)), np.ones((5, 9)))
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(ValueError, match=r"a\.npz: not readable predictions"):
        read_predictions(path)
    with pytest.raises(ValueError, match=r"absent\.npz"):
        read_predictions(tmp_path / "absent.npz")
