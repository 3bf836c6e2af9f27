import keras
import numpy as np
import pytest

from compactvid.ops.quantize import (
    ACTIVATION_SCHEMES,
    WEIGHT_SCHEMES,
    activation_levels,
    activation_parameters,
    affine_dequantize,
    affine_parameters,
    affine_quantize,
    quantize_a,
    quantize_w,
    symmetric_quantize,
    symmetric_scale,
    weight_levels,
)

KERNEL = np.random.default_rng(0).uniform(-0.9, 0.8, size=(3, 3, 4, 6)).astype("float32") * np.float32(
    [1, 0.5, 0.1, 1, 0.01, 0.9]
)


def numpy(*tensors):
    return [keras.ops.convert_to_numpy(tensor) for tensor in tensors]


def by_itself(scheme, bits, per_channel):
    """The quantiser that a name stands for."""
    if scheme == "affine":
        parameters = affine_parameters(KERNEL, bits=bits, per_channel=per_channel)
        return affine_quantize(KERNEL, *parameters, bits=bits)
    if scheme == "symmetric":
        return symmetric_quantize(KERNEL, symmetric_scale(KERNEL, bits=bits, per_channel=per_channel), bits=bits)
    largest = np.abs(KERNEL).max(axis=(0, 1, 2) if per_channel else None) if scheme.endswith("scaled") else 1.0
    return quantize_w(KERNEL, bits=bits, integer=scheme.split("_")[1], scale=largest)


@pytest.mark.parametrize("scheme", WEIGHT_SCHEMES)
@pytest.mark.parametrize("bits", [2, 5, 8])
@pytest.mark.parametrize("per_channel", [False, True])
def test_each_scheme_is_its_quantiser_and_values_are_near(scheme, bits, per_channel):
    if per_channel and scheme in ("deepeye_floor", "deepeye_truncation"):
        with pytest.raises(ValueError, match=f"per_channel needs a scale, which {scheme} has not; {scheme}_scaled has"):
            weight_levels(KERNEL, scheme, bits=bits, per_channel=True)
        return
    levels, scale, zero_point = numpy(*weight_levels(KERNEL, scheme, bits=bits, per_channel=per_channel))
    np.testing.assert_array_equal(levels, numpy(by_itself(scheme, bits, per_channel))[0])
    assert scale.shape == zero_point.shape == (1, 1, 1, 6 if per_channel else 1)
    assert scale.dtype == np.float32
    assert levels.dtype == (np.uint8 if scheme == "affine" else np.int8)
    back = numpy(affine_dequantize(levels, scale, zero_point))[0]
    furthest = 1.0001 if scheme.startswith("deepeye") else 0.5001
    assert (np.abs(back - KERNEL) <= furthest * scale).all()


def test_eq_1_as_printed_refuses_weights_beyond_its_range_and_scaled_ones_are_within():
    for integer in ("floor", "truncation"):
        with pytest.raises(ValueError, match=r"lie outside of \[-1, 1\]"):
            weight_levels(KERNEL * 2, f"deepeye_{integer}")
        clipped = weight_levels(KERNEL * 2, f"deepeye_{integer}", beyond="clip")[0]
        np.testing.assert_array_equal(*numpy(clipped, quantize_w(np.clip(KERNEL * 2, -1, 1), integer=integer)))
        once, twice = (weight_levels(w, f"deepeye_{integer}_scaled")[0] for w in (KERNEL, KERNEL * 2))
        np.testing.assert_array_equal(*numpy(once, twice))


def test_levels_of_feature_maps():
    a = np.linspace(-0.3, 1.2, 400, dtype="float32")
    scale, zero_point = numpy(*activation_parameters("affine", bits=6, low=-0.3, high=1.2))
    assert (float(scale), int(zero_point)) == (pytest.approx(1.5 / 63), 13)  # 0.3 / (1.5 / 63) = 12.6
    np.testing.assert_array_equal(
        *numpy(activation_levels(a, bits=6, low=-0.3, high=1.2), affine_quantize(a, scale, zero_point, bits=6))
    )
    scale, zero_point = numpy(*activation_parameters("deepeye", bits=6))
    assert (float(scale), int(zero_point)) == (1 / 64, 0)
    np.testing.assert_array_equal(*numpy(activation_levels(a, "deepeye", bits=6), quantize_a(np.clip(a, 0, 1), bits=6)))


def test_unknown_schemes_and_bits_are_refused():
    with pytest.raises(
        ValueError, match=f"weight_levels: scheme must be one of {', '.join(WEIGHT_SCHEMES)}, not 'log'"
    ):
        weight_levels(KERNEL, "log")
    with pytest.raises(ValueError, match="weight_levels: bits must be an integer from 2 to 8, not 1"):
        weight_levels(KERNEL, bits=1)
    for function in (activation_parameters, lambda *a, **k: activation_levels(KERNEL, *a, **k)):
        choices = ", ".join(ACTIVATION_SCHEMES)
        with pytest.raises(ValueError, match=f"activation_parameters: scheme must be one of {choices}, not 'log'"):
            function("log")
        with pytest.raises(ValueError, match="activation_parameters: bits must be an integer from 2 to 8, not 16"):
            function("deepeye", bits=16)
