"""Every count of weights that Araujo et al. 2018 print, of built models and by the closed form."""

import gc
import math

import keras
import pytest

from compactvid.models import Circulant, CirculantNetwork

CLASSES, MIXTURES, RGB, AUDIO = 3862, 4, 1024, 128
COMPACT = Circulant()
WITHOUT_DIAGONAL = Circulant(diagonal="none")
DIVERSITY = {
    "embeddings": ("net_vlad", "net_fv"),
    "netvlad_cluster_size": 256,
    "net_fv_cluster_size": 128,
    "hidden_size": 1024,
}


def built(**fields):
    """The model at the paper's size, without values: shapes are all that counts depend on."""
    with keras.StatelessScope(initialize_variables=False):
        return CirculantNetwork(**fields).build()


def matrix(inputs, outputs, circulant):
    if circulant is None:
        return inputs * outputs
    vectors = 1 if circulant.diagonal == "none" else 2
    return math.ceil(outputs / inputs) * vectors * circulant.factors * inputs


def closed_form(
    *,
    embeddings=("deep_bag_of_frames",),
    projection_size=8192,
    netvlad_cluster_size=64,
    net_fv_cluster_size=64,
    hidden_size=512,
    projection=None,
    fully_connected=None,
    mixture=None,
    join="concatenate",
    context_gating=True,
    embed_audio=True,
):
    modalities = [(RGB, 1), (AUDIO, 2)][: 1 + embed_audio]
    total = 0
    for features, divisor in modalities:
        for embedding in embeddings:
            if embedding == "deep_bag_of_frames":
                width = projection_size // divisor
                total += matrix(features, width, projection) + 4 * width
            elif embedding == "net_vlad":
                clusters = netvlad_cluster_size // divisor
                width = features * clusters
                total += 2 * features * clusters + 4 * clusters
            else:
                clusters = net_fv_cluster_size // divisor
                width = 2 * features * clusters
                total += 3 * features * clusters + 4 * clusters
            total += matrix(width, hidden_size, fully_connected) + 4 * hidden_size
    inputs = hidden_size * len(modalities) * (len(embeddings) if join == "concatenate" else 1)
    total += matrix(inputs, CLASSES * (MIXTURES + 1), mixture)
    total += matrix(inputs, CLASSES * MIXTURES, mixture) + CLASSES * MIXTURES
    return total + (CLASSES**2 + 4 * CLASSES if context_gating else 0)


# As printed; the last of Table 2 and those of the diversity model's averages are not, but follow from the closed form.
COUNTS = {
    "table 2, dense": ({"embed_audio": False}, 45_359_764),
    "table 2, compact DBoF": ({"embed_audio": False, "projection": COMPACT}, 36_987_540),
    "table 2, compact FC": ({"embed_audio": False, "fully_connected": COMPACT}, 41_181_844),
    "table 2, compact MoE": (
        {"embed_audio": False, "mixture": WITHOUT_DIAGONAL, "context_gating": False},
        12_668_504,
    ),
    "table 2, compact MoE, gating restored": ({"embed_audio": False, "mixture": WITHOUT_DIAGONAL}, 27_598_996),
    "table 2, compact MoE, diagonal restored": (
        {"embed_audio": False, "mixture": COMPACT, "context_gating": False},
        12_668_504 + (38 + 31) * 512,
    ),
    "table 2, compact MoE, both restored": ({"embed_audio": False, "mixture": COMPACT}, 27_598_996 + (38 + 31) * 512),
    "table 2, dense MoE, no gating": (
        {"embed_audio": False, "context_gating": False},
        45_359_764 - 3862**2 - 4 * 3862,
    ),
    "table 4, DBoF, dense": ({}, 65_795_732),
    "table 4, DBoF, circulant": ({"fully_connected": COMPACT}, 59_528_852),
    "table 4, NetVLAD, dense": ({"embeddings": ("net_vlad",)}, 86_333_460),
    "table 4, NetVLAD, circulant": ({"embeddings": ("net_vlad",), "fully_connected": COMPACT}, 50_821_140),
    "table 4, NetFV, dense": ({"embeddings": ("net_fv",)}, 122_054_676),
    "table 4, NetFV, circulant": ({"embeddings": ("net_fv",), "fully_connected": COMPACT}, 51_030_036),
    "diversity, dense": (DIVERSITY, 728_733_588),
    "diversity, compact": (DIVERSITY | {"fully_connected": COMPACT}, 159_422_356),
    "diversity, dense, averaged": (DIVERSITY | {"join": "average"}, 728_733_588 - 2048 * 3862 * 9),
    "diversity, compact, averaged": (
        DIVERSITY | {"fully_connected": COMPACT, "join": "average"},
        159_422_356 - 2048 * 3862 * 9,
    ),
}


@pytest.mark.parametrize("name", COUNTS)
def test_the_count_of_the_built_model_is_the_printed_one_and_the_closed_forms(name):
    fields, printed = COUNTS[name]
    assert built(**fields).count_params() == closed_form(**fields) == printed


def test_the_matrices_are_those_of_table_1():
    """Printed without batch normalisation and, unsaid, without the experts' bias: 84,144 values less than Table 4."""
    model = built()
    matrices = {weight.path: (tuple(weight.shape), math.prod(weight.shape)) for weight in model.weights}
    matrices = {path: found for path, found in matrices.items() if len(found[0]) == 2}
    assert matrices == {
        "video_projection/kernel": ((1024, 8192), 8_388_608),
        "audio_projection/kernel": ((128, 4096), 524_288),
        "video_deep_bag_of_frames_hidden/kernel": ((8192, 512), 4_194_304),
        "audio_deep_bag_of_frames_hidden/kernel": ((4096, 512), 2_097_152),
        "mixture/gates_kernel": ((1024, 19310), 19_773_440),
        "mixture/experts_kernel": ((1024, 15448), 15_818_752),
        "probability_gating/kernel": ((3862, 3862), 14_915_044),
    }
    assert sum(count for _, count in matrices.values()) == 65_711_588
    assert model.count_params() - 65_711_588 == 84_144 == 4 * (8192 + 4096 + 2 * 512 + 3862) + 4 * 3862


@pytest.mark.parametrize(
    ("fully_connected", "printed"),
    [
        (WITHOUT_DIAGONAL, 12_288),
        (Circulant(1), 24_576),  # what Table 4 counts; Table 3 leaves the diagonal of m = 1 out
        (Circulant(3), 73_728),
        (Circulant(6), 147_456),
        (None, 6_291_456),
    ],
    ids=str,
)
def test_the_fully_connected_layers_are_those_of_table_3(fully_connected, printed):
    model = built(fully_connected=fully_connected)
    names = [f"{modality}_deep_bag_of_frames_hidden" for modality in ("video", "audio")]
    assert sum(model.get_layer(name).count_params() for name in names) == printed
    assert matrix(8192, 512, fully_connected) + matrix(4096, 512, fully_connected) == printed


def test_a_model_with_values_has_the_same_count():
    model = CirculantNetwork(embed_audio=False, mixture=WITHOUT_DIAGONAL, context_gating=False).build(initialize=False)
    assert sum(weight.numpy().size for weight in model.weights) == 12_668_504
    assert not model.get_layer("video_projection").get_weights()[0].any()
    del model
    keras.utils.clear_session()
    gc.collect()  # models are cycles: without this they would wait in memory for a later collection
