"""Cheng et al. 2018 (DeepEye): what its tables and text print, judged by values counted from the layers' shapes."""

from collections.abc import Callable, Sequence
from functools import partial
from math import prod

import pytest

Judge = Callable[..., dict[str, str]]
# Tiny YOLOv2 for the 20 classes of VOC: filters of its nine convolutions, five boxes of 5 + 20 values for each cell.
FILTERS = (16, 32, 64, 128, 256, 512, 1024, 1024, 125)
KERNELS = [
    (1 if filters == 125 else 9) * channels * filters for channels, filters in zip((3, *FILTERS), FILTERS, strict=False)
]
REST = 4 * sum(FILTERS[:-1]) + 125  # batch normalisation of eight convolutions, and the bias of the last
FRAMES, FEATURES, VOC_FEATURES, HIDDEN = (8, 20, 20, 18), (17, 19, 19, 25), (5, 19, 19, 25), (4, 4, 4, 4)
GATES_FIRST = (16, 4, 4, 4)


def tensor_train(inputs: Sequence[int], outputs: Sequence[int], ranks: Sequence[int] = (1, 4, 4, 4, 1)) -> int:
    """The values of the cores of a matrix from `inputs` to `outputs`."""
    modes = zip(inputs, outputs, strict=True)
    return sum(m * n * before * after for (m, n), before, after in zip(modes, ranks[:-1], ranks[1:], strict=True))


@pytest.fixture
def verdict(judge: Judge) -> Judge:
    """The verdicts of some results, by id without the paper's name."""
    return partial(judge, "deepeye2018")


def test_table_1_is_counted(verdict: Judge) -> None:
    """Weights and the sizes in 8 bits come out, but for one; the float column is the 8-bit one times 3.994."""
    rows = {"CONV_1": KERNELS[0], "CONV_2": KERNELS[1], "CONV_3": KERNELS[2], "CONV_final": KERNELS[-1]}
    values: dict[str, float] = {}
    for row, count in rows.items():
        values[f"table_1.{row}.parameters"] = count
        values[f"table_1.{row}.float_kib"] = 4 * count / 1024
        values[f"table_1.{row}.eight_bit_kib"] = count / 1024
        values[f"claims.{row.lower()}_from_rate"] = 3.994 * count / 1024
    values["claims.conv_3_from_printed_size"] = 3.994 * 18.1
    found = verdict(values)
    assert {key: said for key, said in found.items() if said != "reproduced"} == {
        "table_1.CONV_2.float_kib": "contradicted",
        "table_1.CONV_3.float_kib": "contradicted",
        "table_1.CONV_final.float_kib": "contradicted",
        "table_1.CONV_3.eight_bit_kib": "contradicted",
        "claims.conv_2_from_rate": "truncated in print",
        "claims.conv_3_from_printed_size": "contradicted",
    }
    assert len(found) == 17


def test_the_networks_sizes_are_counted(verdict: Judge) -> None:
    """Both sizes come out in 10^6 bytes. Their quotient is neither that of the bytes nor 4."""
    values = sum(KERNELS) + REST
    assert values == 15_867_885
    counted = sum(KERNELS) + 4 * REST
    assert verdict(
        {
            "claims.float_size": 4 * values / 1e6,
            "claims.eight_bit_size": counted / 1e6,
            "claims.float_size_binary": 4 * values / 2**20,
            "claims.batch_norm_in_8_bits": values / 1e6,
            "claims.compression_in_print": 63.5 / 15.9,
            "claims.compression_counted": 4 * values / counted,
            "claims.compression_all_in_8_bits": 4.0,
        }
    ) == {
        "claims.float_size": "reproduced",
        "claims.eight_bit_size": "reproduced",
        "claims.float_size_binary": "contradicted",
        "claims.batch_norm_in_8_bits": "undecidable from the paper",
        "claims.compression_in_print": "reproduced",
        "claims.compression_counted": "contradicted",
        "claims.compression_all_in_8_bits": "contradicted",
    }


def test_table_2_is_counted(verdict: Judge) -> None:
    """Counts and quotients come out. Like for like, for other features and for whole networks they are others."""
    dense, on_features = prod(FRAMES) * 4 * prod(HIDDEN), prod(FEATURES) * 4 * prod(HIDDEN)
    frames, features = tensor_train(FRAMES, GATES_FIRST), tensor_train(FEATURES, GATES_FIRST)
    assert (prod(FRAMES), prod(FEATURES)) == (160 * 120 * 3, 19 * 19 * 425)
    behind = 4 * 256 * 256 + 4 * 256 + 256 * 11 + 11  # from hidden to hidden, biases, classifier of 11 actions
    printed = {
        "table_2.RNN.parameters": dense,
        "table_2.T-RNN-with-frame-inputs.parameters": frames,
        "table_2.T-RNN-with-frame-inputs.compression": dense / frames,
        "table_2.T-RNN-with-frame-inputs.speed_up": 1369 / 431,
        "table_2.DEEPEYE.parameters": features,
        "table_2.DEEPEYE.compression": dense / features,
        "table_2.DEEPEYE.speed_up": 1369 / 477,
        "claims.accuracy_gain": 86.09 - 69.51,
        "claims.gain_over_frames": 86.09 - 79.98,
        "claims.map_loss": 100 * (0.5397 - 0.5350),
    }
    against = {
        "claims.gates_apart": 4 * tensor_train(FEATURES, HIDDEN),
        "claims.parameters_of_both_maps": features + tensor_train(HIDDEN, GATES_FIRST),
        "claims.parameters_on_voc_features": tensor_train(VOC_FEATURES, GATES_FIRST),
        "claims.dense_parameters_on_features": on_features,
        "claims.reduction_on_features": on_features / features,
        "claims.reduction_of_the_network": (dense + behind) / (features + behind),
        "claims.accuracy_gain_relative": 100 * (86.09 / 69.51 - 1),
        "claims.gain_over_frames_relative": 100 * (86.09 / 79.98 - 1),
        "claims.map_loss_relative": 100 * (1 - 0.5350 / 0.5397),
    }
    assert list(against.values())[:4] == [12_416, 4_752, 3_152, 157_107_200]
    assert [round(against[f"claims.reduction_{of}"]) for of in ("on_features", "of_the_network")] == [40_078, 220]
    assert round(against["claims.map_loss_relative"], 2) == 0.87
    assert verdict(printed | against) == dict.fromkeys(printed, "reproduced") | dict.fromkeys(against, "contradicted")


def test_what_else_follows_from_the_print(verdict: Judge) -> None:
    values = {
        "claims.channels_of_yolov2": 2 * (5 + 20),
        "claims.coco_channels": 5 * (5 + 80),
        "claims.channels_of_yolo": 2 * 5 + 20,
        "claims.feature_channels": FILTERS[-1],
        "claims.grid_side": 608 / 32,
        "claims.boxes_per_cell": FILTERS[-1] / 25,
        "claims.training_sequence": 3 * 25,
        "claims.multiplications_saved": 1,
    }
    found = verdict(values)
    assert list(found.values()) == ["reproduced"] * 2 + ["contradicted"] * 6


def test_one_result_answers_what_is_printed_several_times(verdict: Judge) -> None:
    """The headline numbers stand in abstract, introduction and conclusion; all have the verdict of the first place."""
    places = ("abstract", "intro", "conclusion")
    asked = [f"claims.{place}_{name}" for place in places for name in ("reduction", "speed_up", "accuracy_gain")]
    values = {"table_2.DEEPEYE.compression": 15046.5, "table_2.DEEPEYE.speed_up": 2.5, "claims.accuracy_gain": 16.58}
    found = verdict(values, asked)
    assert list(found.values()) == ["reproduced", "contradicted", "reproduced"] * 3
