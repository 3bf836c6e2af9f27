"""The spectrum of vectors against closed forms."""

import numpy as np
import pytest

from compactvid.datasets.statistics.features import FeatureStatistics, feature_statistics


def test_a_known_spectrum_comes_back():
    signs = np.array([[a, b, c] for a in (-1, 1) for b in (-1, 1) for c in (-1, 1)])
    vectors = 3 + signs * np.arange(1, 4) ** -0.5
    found = feature_statistics([vectors[:5].astype(np.float32), vectors[5:].astype(np.float32)])
    assert found["vectors"] == 8
    assert found["standard_deviations"] == pytest.approx([1, 2**-0.5, 3**-0.5])
    assert found["spectrum_exponent"] == pytest.approx(1, abs=1e-6)
    assert (found["minimum"], found["maximum"]) == (2, 4)


def test_components_that_never_vary_have_no_place_in_the_fit():
    vectors = np.array([[0.0, 1, 1], [2, 1, 0]])
    assert feature_statistics([vectors])["spectrum_exponent"] == pytest.approx(2)  # variances 1, 1/4: 2^-2


def test_one_vector_is_refused():
    with pytest.raises(ValueError, match="at least 2 vectors, got 1"):
        feature_statistics([np.ones((1, 3))])


def test_configuration_reads_its_feature(tmp_path):
    class Source:
        def prepare(self, folder):
            return {"test": folder}

        def read(self, files, split):
            assert files[split] == tmp_path
            return [({"mean_rgb": np.array([[0.0, 0], [2, 4]])}, None)]

    found = FeatureStatistics(Source(), "mean_rgb", "test").execute(tmp_path, tmp_path)
    assert found["standard_deviations"] == [1, 2]
