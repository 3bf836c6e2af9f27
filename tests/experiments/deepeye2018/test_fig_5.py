"""Fig. 5's frames: counts by hand, and sentences that turn false where they should."""

import math
from functools import cache
from types import SimpleNamespace

import pytest

from compactvid.experiments.deepeye2018 import fig_5

RECORD = {
    "provenance": {"device": "a processor"},
    "threads": {
        "1": {
            "load": 0.25,
            "layers": [
                {
                    "inputs": "frames",
                    "work": "forward",
                    "median_milliseconds": {"tensor train": 20.0, "dense": 300.0, "t3f": 40.0},
                    "median_ratio": {"tensor train": 1.0, "dense": 15.0, "t3f": 2.0},
                }
            ],
            "growth": [
                {
                    "size": size,
                    "multiplications": {"dense": size * 1024, "tensor train": size * 30},
                    "milliseconds": {"dense": [4.0, 5.0, 9.0], "tensor train": [1.0, 1.0, 3.0]},
                }
                for size in (900, 57_600)
            ],
        }
    },
}


@cache
def executed(config):
    return SimpleNamespace(result=config.execute(None, None))


@pytest.fixture(autouse=True)
def _runs(monkeypatch):
    monkeypatch.setattr(fig_5, "load_or_run", executed)
    monkeypatch.setattr(fig_5, "measured_record", lambda name: {"tensor_train": RECORD}[name])


def test_costs_at_the_papers_size():
    found = fig_5.costs().set_index("inputs")
    assert found["values"].tolist() == [3_360, 3_920]
    assert found["dense_values"].tolist() == [58_982_400, 157_107_200]
    assert found["printed"].tolist() == [4 * 16 * 128, 4 * 16 * 272]
    # 921,600 + 819,200 + 163,840 + 32,768: tests/ops/test_tensor_train.py counts them by hand.
    assert found.loc["frames", "multiplications"] == 1_937_408


def test_steps_and_cores_in_words():
    steps = fig_5.steps("frames")
    assert steps["cores"].tolist() == ["4", "3", "2", "1"]
    assert steps["product"].iloc[0] == "(16 × 18) (18 × 1)"
    assert steps["times"].tolist() == [3_200, 160, 8, 1]
    assert fig_5.cores("features")["input_mode"].tolist() == [17, 19, 19, 25]


@pytest.mark.parametrize("inputs", ["frames", "features"])
def test_what_stands_between_the_steps_has_as_many_numbers_as_the_layer_counts(inputs):
    held = fig_5.contraction(inputs).groupby("step")["size"].prod()
    counted = [step["numbers"] for step in executed(fig_5.layer(inputs)).result["steps"]]
    assert held.tolist() == [math.prod(fig_5.INPUT_MODES[inputs]), *counted]


def test_the_frames_last_core_goes_first():
    found = fig_5.contraction("frames").groupby("step")["name"].agg(" ".join)
    assert found.tolist() == [
        "m_1 m_2 m_3 m_4",
        "m_1 m_2 m_3 r_3 n_4",
        "m_1 m_2 r_2 n_3 n_4",
        "m_1 r_1 n_2 n_3 n_4",
        "n_1 n_2 n_3 n_4",
    ]


def test_which_sentences_are_true():
    found = fig_5.statements().set_index("claim")["value"]
    assert set(found.index[found == 0]) == {"core_indices", "matrix_product", "multiplications"}


def test_a_difference_beyond_rounding_makes_its_sentence_false(monkeypatch):
    wrong = dict(executed(fig_5.IDENTITIES).result) | {"elements": [0.0, 0.1], "reshaped": 1e-6}
    monkeypatch.setattr(
        fig_5,
        "load_or_run",
        lambda config: SimpleNamespace(result=wrong) if config == fig_5.IDENTITIES else executed(config),
    )
    found = fig_5.statements().set_index("claim")["value"]
    assert not found[["arbitrary_dimensions", "reshaped_product"]].any()
    assert found[["can_be_decomposed", "double_index"]].all()


def test_times_are_those_of_the_record():
    assert fig_5.times()[["milliseconds", "dense", "t3f"]].iloc[0].tolist() == [20, 15, 2]
    growth = fig_5.growth()
    assert growth["map"].tolist() == ["dense", "tensor train"] * 2
    assert growth["milliseconds"].tolist() == [5, 1, 5, 1]
    saved, spread, rounds = fig_5.saved_time()
    assert (saved, rounds) == (pytest.approx((3 + 4 + 6) / 3), 3)
    assert spread > 0
    assert fig_5.machine() == "a processor, one thread, load 0.2"
