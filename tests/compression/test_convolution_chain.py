import keras
import numpy as np
import pytest

from compactvid.compression.convolution_chain import convolution_blocks

L = keras.layers


@pytest.mark.parametrize("sequential", [False, True])
def test_blocks_of_a_chain(small_yolo, sequential):
    blocks = convolution_blocks(small_yolo(sequential=sequential))
    names = [[layer and layer.name for layer in (b.convolution, b.batch_norm, b.activation, b.pooling)] for b in blocks]
    assert names == [[f"{kind}{n}" for kind in ("conv", "norm", "leaky", "pool")] for n in (1, 2, 3)] + [
        ["last", None, None, None]
    ]


@pytest.mark.parametrize("arguments", [{}, {"scale": False}, {"center": False}, {"epsilon": 0.1}])
@pytest.mark.parametrize("use_bias", [False, True])
def test_gain_and_shift_are_those_of_keras(arguments, use_bias):
    model = keras.Sequential(
        [keras.Input((4, 4, 2)), L.Conv2D(3, 1, use_bias=use_bias), L.BatchNormalization(**arguments)]
    )
    random = np.random.default_rng(0)
    for weight in model.weights:
        weight.assign(random.uniform(0.5, 2, size=weight.shape))
    (block,) = convolution_blocks(model)
    gain, shift = block.gain_and_shift
    images = random.normal(size=(2, 4, 4, 2)).astype("float32")
    sums = images @ keras.ops.convert_to_numpy(block.convolution.kernel)[0, 0]
    np.testing.assert_allclose(sums * gain + shift, model(images), atol=1e-5)


def test_dropout_and_missing_layers_are_passed_over():
    model = keras.Sequential(
        [keras.Input((8, 8, 2)), L.Conv2D(3, 3), L.MaxPooling2D(), L.Dropout(0.5), L.Conv2D(3, 3), L.LeakyReLU()]
    )
    first, second = convolution_blocks(model)
    assert (first.batch_norm, first.activation, second.pooling) == (None, None, None)
    gain, shift = second.gain_and_shift
    assert gain.tolist() == [1, 1, 1]
    assert shift.tolist() == [0, 0, 0]


def network(*layers):
    return keras.Sequential([keras.Input((8, 8, 4)), *layers], name="network")


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ([L.Conv2D(2, 3), L.ReLU(name="relu")], r"network: relu \(ReLU\) has no place in a chain of Conv2D, Batch"),
        ([L.LeakyReLU(name="early"), L.Conv2D(2, 3)], r"network: early \(LeakyReLU\) has no place"),
        (
            [L.Conv2D(2, 3), L.LeakyReLU(), L.BatchNormalization(name="late")],
            r"late \(BatchNormalization\) has no place",
        ),
        ([L.Conv2D(2, 3), L.MaxPooling2D(), L.MaxPooling2D(name="again")], r"again \(MaxPooling2D\) has no place"),
        ([L.Dropout(0.1)], "network has no convolution"),
        ([L.Conv2D(4, 3, groups=2, name="c")], "c: groups must be 1, not 2"),
        ([L.Conv2D(4, 3, dilation_rate=2, name="c")], r"c: dilation_rate must be \(1, 1\), not \(2, 2\)"),
        ([L.Conv2D(4, 3), L.BatchNormalization(axis=1, name="norm")], "norm: axis must be -1, not 1"),
        (
            [L.Conv2D(4, 3), L.MaxPooling2D(data_format="channels_first", name="p")],
            "p: data_format must be 'channels_l",
        ),
        ([L.Conv2D(4, 3, activation="relu", name="c")], "c: activation must be 'linear', not 'relu'"),
        ([L.Conv2D(4, 3, data_format="channels_first", name="c")], "c: data_format must be 'channels_last', not"),
    ],
)
def test_other_layers_and_orders_are_refused_by_name(layers, message):
    with pytest.raises(ValueError, match=message):
        convolution_blocks(network(*layers))


def test_what_is_no_chain_is_refused():
    image = keras.Input((8, 8, 4))
    tensor = L.Conv2D(4, 3, padding="same")(image)
    with pytest.raises(ValueError, match="branched: sum has 2 inputs, not one"):
        convolution_blocks(keras.Model(image, L.Add(name="sum")([image, tensor]), name="branched"))
    with pytest.raises(ValueError, match="split has 1 inputs and 2 outputs, not one each"):
        convolution_blocks(keras.Model(image, [tensor, image], name="split"))
    with pytest.raises(TypeError, match=r"convolution_blocks takes a built functional or sequential keras\.Model"):
        convolution_blocks("model.keras")
