import keras
import numpy as np
import pytest
from keras import ops

from compactvid.layers import TensorTrainDense
from compactvid.ops import tensor_train_svd

INPUTS, OUTPUTS = (3, 4, 2), (2, 3, 2)


def example(shape=(4, 24)):
    return np.random.default_rng(0).normal(size=shape).astype("float32")


@pytest.mark.parametrize(
    ("outer", "options"),
    [((4,), {"ranks": 3, "activation": "relu"}), ((4, 5), {"ranks": [1, 2, 4, 1], "use_bias": False})],
)
def test_contract(check_contract, outer, options):
    after = [1, *([3, 3] if options["ranks"] == 3 else [2, 4]), 1]
    weights = {f"core_{k + 1}": (after[k], INPUTS[k], OUTPUTS[k], after[k + 1]) for k in range(3)} | {"bias": (12,)}
    if not options.get("use_bias", True):
        del weights["bias"]
    check_contract(
        lambda **kwargs: TensorTrainDense(INPUTS, OUTPUTS, **options, **kwargs),
        # Small inputs: in the contract's mixed precision an output may be rounded to 2^-11 of itself, 5e-3 in all.
        example((*outer, 24)) / 4,
        output_shape=(*outer, 12),
        weights=weights,
        output_dtype_in_mixed_precision="float16",
    )


def test_is_the_dense_layer_of_its_matrix(randomize):
    layer = TensorTrainDense(INPUTS, OUTPUTS, 3, activation="tanh")
    layer.build((None, 5, 24))
    randomize(layer)
    dense = keras.layers.Dense(12, activation="tanh")
    dense.build((None, 24))
    dense.set_weights(layer.to_dense())
    x = example((2, 5, 24))
    np.testing.assert_allclose(ops.convert_to_numpy(layer(x)), ops.convert_to_numpy(dense(x)), atol=1e-5)


def test_full_rank_is_any_dense_layer():
    dense = keras.layers.Dense(12, kernel_initializer="glorot_normal")
    dense.build((None, 24))
    kernel = ops.convert_to_numpy(dense.kernel)
    layer = TensorTrainDense(INPUTS, OUTPUTS, (1, 6, 4, 1), use_bias=False)
    layer.build((None, 24))
    layer.set_weights(tensor_train_svd(kernel, INPUTS, OUTPUTS, ranks=layer.ranks))
    x = example()
    np.testing.assert_allclose(ops.convert_to_numpy(layer(x)), ops.convert_to_numpy(dense(x)), atol=1e-5)


@pytest.mark.parametrize("ranks", [1, 4])
def test_kernel_starts_with_the_variance_of_glorots(ranks):
    modes, outputs = (8, 10, 9), (4, 4, 4)
    variances = []
    for seed in range(30):
        keras.utils.set_random_seed(seed)
        layer = TensorTrainDense(modes, outputs, ranks)
        layer.build((None, 720))
        variances.append(ops.convert_to_numpy(layer.to_dense()[0]).var())
    # The mean over kernels of the variance; one kernel's strays since its cores are small. 5 standard errors of 30.
    error = float(5 * np.std(variances) / 30**0.5)
    assert np.mean(variances) == pytest.approx(2 / (720 + 64), abs=error)
    assert error < 0.4 * 2 / (720 + 64)


def test_cores_of_one_shape_start_differently():
    for initializer in (None, "glorot_uniform"):
        layer = TensorTrainDense((4, 4, 4, 4), (2, 2, 2, 2), 3, core_initializer=initializer)
        layer.build((None, 256))
        assert (ops.convert_to_numpy(layer.cores[1]) != ops.convert_to_numpy(layer.cores[2])).any()


def test_a_mask_is_passed_on():
    masked = keras.layers.Masking()(keras.Input((5, 24)))
    assert keras.src.backend.get_keras_mask(TensorTrainDense(INPUTS, OUTPUTS, 2)(masked)) is not None


def test_ranks_above_the_modes_are_cut_with_a_warning_that_names_the_layer():
    with pytest.warns(UserWarning, match=r"map: ranks \(1, 9, 9, 1\) are cut to \(1, 6, 4, 1\)"):
        layer = TensorTrainDense(INPUTS, OUTPUTS, 9, name="map")
    assert layer.get_config()["ranks"] == [1, 6, 4, 1]


@pytest.mark.parametrize("shape", [(None, 23), (None, None), (24,), (None, 2, 3, 24)])
def test_inputs_of_another_shape_are_refused(shape):
    with pytest.raises(ValueError, match=r"map: TensorTrainDense with input modes \(3, 4, 2\) takes \(batch, 24\)"):
        TensorTrainDense(INPUTS, OUTPUTS, name="map").build(shape)


def test_modes_that_are_not_as_many_are_refused():
    with pytest.raises(ValueError, match=r"map: input_modes \(3, 4, 2\) and output_modes \(4, 3\)"):
        TensorTrainDense(INPUTS, (4, 3), name="map")
