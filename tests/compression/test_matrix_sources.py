import h5py
import numpy as np
import pytest

from compactvid.compression.matrix_sources import DrawnMatrix, SpecialMatrix, TrainedBlock


def test_drawn_matrices_have_their_field_rank_and_seed():
    assert DrawnMatrix(5, 0).values([]).dtype == float
    assert DrawnMatrix(5, 0, "complex").values([]).imag.any()
    assert np.linalg.matrix_rank(DrawnMatrix(6, 0, rank=2).values([])) == 2
    np.testing.assert_array_equal(DrawnMatrix(5, 1).values([]), DrawnMatrix(5, 1).values([]))
    assert (DrawnMatrix(5, 0).values([]) != DrawnMatrix(5, 1).values([])).all()
    with pytest.raises(ValueError, match="field must be real or complex, not 'quaternion'"):
        DrawnMatrix(5, 0, "quaternion")


def test_special_matrices():
    np.testing.assert_array_equal(SpecialMatrix("transposition", 3).values([]) @ [1, 2, 3], [2, 1, 3])
    np.testing.assert_array_equal(SpecialMatrix("triangle", 3).values([]) @ [1, 2, 3], [1, 3, 6])
    with pytest.raises(ValueError, match="must be transposition or triangle, not 'circle'"):
        SpecialMatrix("circle", 3).values([])


def test_a_trained_block_multiplies_columns(tmp_path):
    kernel = np.arange(12, dtype="float32").reshape(4, 3)
    with h5py.File(tmp_path / "best_averaged.weights.h5", "w") as file:
        file["layers/dense/vars/0"] = kernel
    block = TrainedBlock("the training", 2).values([tmp_path])
    np.testing.assert_array_equal(block @ [1, 10], np.array([1, 10]) @ kernel[:2, :2])
    assert TrainedBlock("the training", 2).requires == ("the training",)
    with pytest.raises(ValueError, match="no layer layers/other; there are dense"):
        TrainedBlock("the training", 2, "layers/other").values([tmp_path])
    with pytest.raises(ValueError, match=r"shape \(4, 3\), expected at least 4"):
        TrainedBlock("the training", 4).values([tmp_path])
