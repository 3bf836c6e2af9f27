import keras
import numpy as np
import pytest

from compactvid.compression.batch_norm_folding import fold_batch_normalization
from compactvid.compression.simulated_quantization import simulate_quantization


@pytest.mark.parametrize("sequential", [False, True])
def test_folded_network_computes_the_same_with_the_kernel_of_the_equation(small_yolo, images, sequential):
    model = small_yolo(sequential=sequential)
    folded = fold_batch_normalization(model)
    given = images if sequential else {"image": images}
    # Outputs of order 1, summed in another order.
    np.testing.assert_allclose(folded(given), model(given, training=False), atol=1e-5)
    assert folded.name == "small_yolo"
    assert folded.count_params() == model.count_params() - 3 * (6 + 8 + 8)
    assert not any(isinstance(layer, keras.layers.BatchNormalization) for layer in folded.layers)
    gamma, beta, mean, variance = model.get_layer("norm2").get_weights()
    kernel, bias = folded.get_layer("conv2").get_weights()
    gain = gamma / np.sqrt(variance + 1e-3)
    np.testing.assert_allclose(kernel, model.get_layer("conv2").get_weights()[0] * gain, rtol=1e-5)
    np.testing.assert_allclose(bias, beta - mean * gain, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(folded.get_layer("last").get_weights()[0], model.get_layer("last").get_weights()[0])


def test_quantised_convolutions_are_refused_by_name(small_yolo):
    with pytest.raises(ValueError, match="conv1 is quantised: fold batch normalisation before it is"):
        fold_batch_normalization(simulate_quantization(small_yolo()))
