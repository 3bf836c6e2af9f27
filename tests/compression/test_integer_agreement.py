import numpy as np
import pytest

from compactvid.compression.batch_norm_folding import fold_batch_normalization
from compactvid.compression.integer_agreement import integer_agreement
from compactvid.compression.integer_conversion import convert_to_integers
from compactvid.compression.simulated_quantization import simulate_quantization


def compared(model, images, **arguments):
    simulated = simulate_quantization(model, calibration=[{"image": images}], **arguments)
    return simulated, convert_to_integers(simulated)


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"per_channel": True},
        {"scheme": "deepeye_floor", "activations": "deepeye"},
        {"bits": 4, "activation_bits": 5},
    ],
)
@pytest.mark.parametrize("folded", [False, True])
def test_a_block_differs_by_a_level_in_few_values(small_yolo, arguments, folded):
    """What the docstring of `convert_to_integers` says, on 32 x 32 images of four blocks of 16 to 32 filters."""
    images = np.random.default_rng(3).uniform(size=(4, 32, 32, 3)).astype("float32")
    model = small_yolo(3, filters=(16, 32, 32), size=32)
    if folded:
        model = fold_batch_normalization(model)
    found = integer_agreement(*compared(model, images, **arguments), images)
    assert found["layer"].tolist() == ["conv2", "conv3", "last"]
    assert (found["largest_alone"] <= 1).all()
    assert (found["share_alone"] < 3e-4).all()
    assert (found["largest"] <= 2).all()
    assert (found["share"] < 0.02).all()


def test_differences_are_found(small_yolo, images):
    simulated, network = compared(small_yolo(), images)
    bias = network.convolutions[0].bias
    before = integer_agreement(simulated, network, images)
    bias += 3 * 2**16  # three levels
    after = integer_agreement(simulated, network, images)
    assert before["largest"].max() <= 1
    assert after.loc[0, ["largest", "largest_alone"]].tolist() == [3, 3]
    assert after.loc[0, "share"] > 0.8
    np.testing.assert_array_equal(after.loc[1:, "share_alone"], before.loc[1:, "share_alone"])
    assert (after.loc[1:, "share"] > 0.1).all()
