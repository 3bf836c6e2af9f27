"""What is asked of the library's own tensor trains."""

import numpy as np
import pytest

import compactvid.ops
from compactvid.compression.tensor_train_costs import TensorTrainCosts
from compactvid.compression.tensor_train_identities import TensorTrainIdentities

SMALL = TensorTrainIdentities(modes=(3, 2, 2), output_modes=(2, 2, 2), rank=2)
DIFFERENCES = ("elements", "decomposed", "double_index", "layer", "reshaped")


def test_tensor_trains_are_what_section_3_says(tmp_path):
    found = SMALL.execute(tmp_path, None)
    assert [len(found[name]) for name in ("elements", "decomposed")] == [3, 3]
    for name in DIFFERENCES:
        assert 0 <= np.max(found[name]) < 1e-13, name


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("elements", ("tensor_train_matrix", lambda cores: np.asarray(_matrix(cores)) + 0.1)),
        ("decomposed", ("tensor_train_svd", lambda matrix, *modes, **options: _svd(2 * matrix, *modes, **options))),
    ],
)
def test_another_result_is_told(name, wrong, tmp_path, monkeypatch):
    monkeypatch.setattr(compactvid.ops, *wrong)
    assert np.min(SMALL.execute(tmp_path, None)[name]) > 0.01


_matrix, _svd = compactvid.ops.tensor_train_matrix, compactvid.ops.tensor_train_svd


def test_costs_of_the_papers_map(tmp_path):
    found = TensorTrainCosts((8, 20, 20, 18), (16, 4, 4, 4), (1, 4, 4, 4, 1)).execute(tmp_path, None)
    assert (found["values"], found["dense_values"]) == (3_360, 58_982_400)
    assert found["shapes"] == [[1, 8, 16, 4], [4, 20, 4, 4], [4, 20, 4, 4], [4, 18, 4, 1]]
    assert [step["multiplications"] for step in found["steps"]] == [921_600, 819_200, 163_840, 32_768]
    # The last core's 16 columns of 3,200 rows, then fewer and fewer numbers, 1,024 at the end.
    assert [step["numbers"] for step in found["steps"]] == [51_200, 10_240, 2_048, 1_024]
    assert [step["cores"] for step in found["steps"]] == [[3, 4], [2, 3], [1, 2], [0, 1]]
