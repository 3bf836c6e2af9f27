import numpy as np
import pytest
from scipy.signal import correlate

from compactvid.compression.written_out_sums import written_out_sums


@pytest.mark.parametrize("shape", [(3, 3, 2, 4), (1, 1, 2, 1), (2, 3, 2, 3)])
def test_it_is_correlation_of_each_filter(shape):
    random = np.random.default_rng(1)
    kernel = random.integers(-128, 128, shape).astype("int8")
    features = random.integers(0, 256, (7, 5, 2)).astype("uint8")
    found = written_out_sums(kernel, features)
    assert found.dtype == np.int64
    assert found.shape == (8 - shape[0], 6 - shape[1], shape[3])
    for z in range(shape[3]):
        expected = correlate(features.astype("int64"), kernel[..., z].astype("int64"), mode="valid")
        np.testing.assert_array_equal(found[..., z], expected[..., 0])


def test_no_sum_is_rounded_or_wraps():
    """2^24 + 1 is no float32, and 2^40 no int32."""
    kernel = np.array([1, 1, 2**20]).reshape(1, 1, 3, 1)
    assert written_out_sums(kernel, np.array([[[2**24, 1, 0]]])).item() == 2**24 + 1
    assert written_out_sums(kernel, np.array([[[3, 0, 2**20]]])).item() == 2**40 + 3


def test_bad_input():
    kernel, features = np.ones((3, 3, 2, 1), "int8"), np.ones((4, 4, 2), "uint8")
    with pytest.raises(TypeError, match="features must hold integers, not float32"):
        written_out_sums(kernel, features.astype("float32"))
    with pytest.raises(ValueError, match=r"a kernel of \(3, 3, 2, 1\) does not fit a feature map of \(4, 4, 3\)"):
        written_out_sums(kernel, np.ones((4, 4, 3), "uint8"))
    with pytest.raises(ValueError, match="exceeds a feature map"):
        written_out_sums(kernel, features[:2])
    with pytest.raises(OverflowError):
        written_out_sums(np.full((1, 1, 1, 1), 2**40), np.full((1, 1, 1), 2**40))
