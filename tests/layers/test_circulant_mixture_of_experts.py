import numpy as np
import pytest
import scipy.linalg
from keras import ops

from compactvid.layers import CirculantMixtureOfExperts, MixtureOfExperts

FEATURES, CLASSES, MIXTURES = 5, 4, 3


def kernel(weights, part, units, order="DC"):
    """Blocks of D C, or C D, below each other and sliced; the leftmost factor comes first."""
    columns = weights[f"{part}/first_columns"].astype("float64")
    diagonals = weights.get(f"{part}/diagonals", np.ones_like(columns)).astype("float64")
    blocks = []
    for block in range(columns.shape[1]):
        product = np.eye(columns.shape[2])
        for column, diagonal in zip(columns[:, block], diagonals[:, block], strict=True):
            pair = (np.diag(diagonal), scipy.linalg.circulant(column))
            product = product @ (pair[0] @ pair[1] if order == "DC" else pair[1] @ pair[0])
        blocks.append(product)
    return np.concatenate(blocks)[:units]


def mixture_class_by_class(inputs, weights, order="DC"):
    """A softmax over each class's own rows and a sum over its experts."""
    gates_matrix = kernel(weights, "gates", CLASSES * (MIXTURES + 1), order)
    experts_matrix = kernel(weights, "experts", CLASSES * MIXTURES, order)
    result = np.zeros((len(inputs), CLASSES))
    for video, x in enumerate(inputs.astype("float64")):
        for v in range(CLASSES):
            gates = [np.exp(gates_matrix[v * (MIXTURES + 1) + m] @ x) for m in range(MIXTURES + 1)]
            for m in range(MIXTURES):
                row = v * MIXTURES + m
                logit = experts_matrix[row] @ x + weights["experts/bias"][row]
                result[video, v] += gates[m] / sum(gates) / (1 + np.exp(-logit))
    return result


def example(videos=6):
    return np.random.default_rng(0).normal(size=(videos, FEATURES)).astype("float32")


def test_is_built_trained_and_saved_as_layers_are(check_contract):
    blocks = {"gates": 4, "experts": 3}  # 16 and 12 columns, five a block
    check_contract(
        lambda **kwargs: CirculantMixtureOfExperts(CLASSES, num_mixtures=MIXTURES, **kwargs),
        example(),
        output_shape=(6, CLASSES),
        weights={
            **{f"{part}/first_columns": (1, number, FEATURES) for part, number in blocks.items()},
            **{f"{part}/diagonals": (1, number, FEATURES) for part, number in blocks.items()},
            "experts/bias": (CLASSES * MIXTURES,),
        },
        output_dtype_in_mixed_precision="float32",
    )


@pytest.mark.parametrize(
    "arguments",
    [{}, {"order": "CD", "factors": 2}, {"diagonal": "none"}, {"diagonal": "signs", "order": "CD"}],
    ids=str,
)
def test_is_the_equation_with_circulant_matrices(randomize, arguments):
    layer = CirculantMixtureOfExperts(CLASSES, num_mixtures=MIXTURES, **arguments)
    layer.build((None, FEATURES))
    weights = randomize(layer)
    assert ("gates/diagonals" in weights) == (arguments.get("diagonal") != "none")
    expected = mixture_class_by_class(example(), weights, arguments.get("order", "DC"))
    np.testing.assert_allclose(ops.convert_to_numpy(layer(example())), expected, atol=2e-5)


@pytest.mark.parametrize(
    "arguments",
    [{}, {"order": "CD", "factors": 2}, {"diagonal": "none"}, {"diagonal": "signs"}, {"dtype": "float64"}],
    ids=str,
)
def test_is_the_same_with_its_matrices_written_out(randomize, arguments):
    layer = CirculantMixtureOfExperts(CLASSES, num_mixtures=MIXTURES, name="moe", **arguments)
    layer.build((None, FEATURES))
    weights = randomize(layer)
    dense = layer.as_dense()
    assert (type(dense), dense.name, dense.dtype_policy.name) == (MixtureOfExperts, "moe", layer.dtype_policy.name)
    order = arguments.get("order", "DC")
    for part, units in (("gates", CLASSES * (MIXTURES + 1)), ("experts", CLASSES * MIXTURES)):
        matrix = ops.convert_to_numpy(getattr(dense, f"{part}_kernel").value)
        np.testing.assert_allclose(matrix, kernel(weights, part, units, order).T, atol=1e-5)
    result, expected = (ops.convert_to_numpy(each(example())) for each in (dense, layer))
    np.testing.assert_allclose(result, expected, atol=1e-12 if "dtype" in arguments else 2e-6)


def test_has_the_blocks_that_araujo_et_al_count():
    """Table 2, compact MoE: 38 and 31 circulant blocks of 512 values, and a bias an expert."""
    for diagonal, values in (("none", 1), ("learned", 2)):
        layer = CirculantMixtureOfExperts(3862, diagonal=diagonal)
        layer.build((None, 512))
        assert layer.count_params() == values * (38 + 31) * 512 + 4 * 3862


def test_probabilities_below_float16_survive_mixed_precision():
    layer = CirculantMixtureOfExperts(CLASSES, num_mixtures=MIXTURES, dtype="mixed_float16")
    layer.build((None, FEATURES))
    layer.experts.bias.assign(np.full(CLASSES * MIXTURES, -40.0))
    result = ops.convert_to_numpy(layer(example()))
    assert result.dtype == np.float32
    assert (result > 0).all()
    assert (result < 1e-12).all()


def test_a_spoilt_video_spoils_no_other():
    layer = CirculantMixtureOfExperts(CLASSES, num_mixtures=MIXTURES)
    inputs = example()
    expected = ops.convert_to_numpy(layer(inputs))
    inputs[2, 1] = np.nan
    result = ops.convert_to_numpy(layer(inputs))
    assert np.isnan(result[2]).all()
    np.testing.assert_array_equal(np.delete(result, 2, axis=0), np.delete(expected, 2, axis=0))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"num_classes": 0}, "moe: num_classes and num_mixtures must be positive, not 0 and 4"),
        ({"num_mixtures": 0}, "moe: num_classes and num_mixtures must be positive, not 3 and 0"),
        ({"factors": 0}, "gates: units and factors must be positive, not 15 and 0"),
        ({"order": "CC"}, "gates: order must be one of DC, CD, not 'CC'"),
        ({"diagonal": "random"}, "gates: diagonal must be one of learned, signs, none, not 'random'"),
    ],
)
def test_arguments_are_checked(arguments, message):
    with pytest.raises(ValueError, match=message):
        CirculantMixtureOfExperts(**{"num_classes": 3, **arguments}, name="moe")


def test_frames_are_refused():
    with pytest.raises(ValueError, match=r"CirculantMixtureOfExperts takes \(batch, features\), not shape \(2, 3, 4\)"):
        CirculantMixtureOfExperts(3)(np.zeros((2, 3, 4), dtype="float32"))
