"""One-shot magnitude pruning against a slow transcription."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from compactvid.compression import prune
from compactvid.compression.pruning import magnitude_mask, num_pruned
from compactvid.models import GatedNetVLAD, VideoLevelMixture
from compactvid.models.gated_netvlad import BIG_FOUR

TINY = GatedNetVLAD(cluster_size=4, hidden_size=6, num_classes=5, num_mixtures=2, rgb_size=7, audio_size=3)


def values(model):
    return {weight.path: keras.ops.convert_to_numpy(weight.value) for weight in model.weights}


@settings(max_examples=200)
@given(
    hnp.arrays(
        "float32", hnp.array_shapes(max_dims=3, max_side=6), elements=st.sampled_from([0, -0.0, 1, -1, 2, 3, -9])
    ),
    st.floats(0, 1),
)
def test_the_mask_is_that_of_a_stable_sort(tensor, sparsity):
    pruned = num_pruned(tensor.size, sparsity)
    order = sorted(range(tensor.size), key=lambda place: abs(tensor.flat[place]))
    mask = magnitude_mask(tensor, pruned)
    assert mask.shape == tensor.shape
    assert set(np.flatnonzero(~mask)) == set(order[:pruned])
    assert abs(pruned - sparsity * tensor.size) <= 0.5


def test_the_four_big_tensors_of_a_copy_lose_exactly_their_share():
    model = TINY.build()
    before = values(model)
    pruned = prune(model, 0.75)
    for path, value in values(pruned).items():
        if path not in BIG_FOUR:
            np.testing.assert_array_equal(value, before[path])
            continue
        assert np.sum(value == 0) == round(0.75 * value.size)
        assert not np.signbit(value[value == 0]).any()
        np.testing.assert_array_equal(value[value != 0], before[path][value != 0])
        assert np.abs(before[path][value == 0]).max() <= np.abs(value[value != 0]).min()
    for path, value in values(model).items():
        np.testing.assert_array_equal(value, before[path])
    again = values(prune(pruned, 0.75))
    assert all((again[path] == value).all() for path, value in values(pruned).items())


def test_no_sparsity_and_all_of_it():
    model = TINY.build()
    for path, value in values(prune(model, 0.0)).items():
        np.testing.assert_array_equal(value, values(model)[path])
    empty = prune(model, 1.0, ["hidden1/kernel", "hidden2/bias"])
    assert {path for path, value in values(empty).items() if not value.any()} >= {"hidden1/kernel", "hidden2/bias"}
    inputs = {"rgb": np.ones((2, 3, 7)), "audio": np.ones((2, 3, 3)), "num_frames": np.array([3, 1], "int32")}
    assert np.isfinite(keras.ops.convert_to_numpy(empty(inputs))).all()


def test_tensors_of_zeros_stay_zero_and_the_model_predicts():
    model = TINY.build(initialize=False)
    for value in values(prune(model, 0.5)).values():
        assert np.isfinite(value).all()
    assert not values(prune(model, 0.5))["hidden1/kernel"].any()


def test_compiled_and_sequential_models():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, name="dense")])
    model.compile("adam", "mse")
    pruned = prune(model, 0.5, [model.weights[0].path])
    assert not pruned.compiled
    assert np.sum(np.asarray(pruned.weights[0].value) == 0) == 6


@pytest.mark.parametrize("sparsity", [-0.01, 1.01, float("nan"), float("inf")])
def test_sparsities_that_make_no_sense_are_refused(sparsity):
    with pytest.raises(ValueError, match=rf"prune: sparsity must lie in \[0, 1\], not {sparsity}"):
        prune(TINY.build(), sparsity)


def test_unknown_tensors_nan_and_other_models_are_refused():
    model = TINY.build()
    with pytest.raises(ValueError, match=r"prune: there is no tensor hidden9/kernel; there are .*hidden1/kernel"):
        prune(model, 0.5, ["hidden9/kernel", "hidden1/kernel"])
    with pytest.raises(ValueError, match="tensors must be None or a sequence of paths, not 'hidden1/kernel'"):
        prune(model, 0.5, "hidden1/kernel")
    with pytest.raises(ValueError, match="there is no tensor hidden1/kernel, probability_gating/kernel"):
        prune(VideoLevelMixture(num_classes=4, rgb_size=8, audio_size=2).build(), 0.5)
    kernel = model.get_layer("hidden1").kernel
    kernel.assign(np.where(np.arange(kernel.shape[1]) == 2, np.nan, np.asarray(kernel.value)))
    with pytest.raises(ValueError, match="prune: hidden1/kernel has values that are NaN"):
        prune(model, 0.5)
    with pytest.raises(TypeError, match=r"takes a built functional or sequential keras\.Model, not Dense"):
        prune(keras.layers.Dense(2), 0.5)
