"""Which models stand in which ensemble is a matter of bytes, and bytes are those of built models."""

import math

import keras
import pandas as pd
import pytest

from compactvid import papers
from compactvid.experiments import eight_bit_ensembles as ensembles
from compactvid.experiments import gated_netvlad_grid as grid
from compactvid.experiments.liu2018 import future_work
from compactvid.metrics import model_size
from compactvid.models import GatedNetVLAD


def int8_bytes(model):
    """A byte for each value of a matrix, with a float32 scale and a byte of zero point; 4 bytes for all others."""
    with keras.StatelessScope(initialize_variables=False):
        weights = model.build().weights
    return sum(math.prod(w.shape) + 4 + 1 if len(w.shape) == 2 else 4 * math.prod(w.shape) for w in weights)


@pytest.fixture(scope="module")
def paper_models():
    names = {name for found in ensembles.members("full").values() for name, _ in found}
    return {name: ensembles.ARCHITECTURES.get(name) or GatedNetVLAD(*grid.cluster_and_hidden(name)) for name in names}


def test_twice_the_models_fit_and_nothing_more_of_the_table_does(paper_models):
    found = [name for name, _ in ensembles.members("full")[ensembles.MORE_MODELS]]
    assert len(found) == 2 * len(ensembles.WINNER)
    used = sum(int8_bytes(paper_models[name]) for name in found)
    assert used <= ensembles.BUDGET
    table = papers.table("liu2018", "table_1").frame().set_index("row")["float32_mib"]
    others = [name for name in grid.trained_models("full") if name in table.index and name not in found]
    assert others
    assert all(used / 2**20 + table[name] / 4 > 1024 for name in others)


def test_the_other_architectures_fit_beside_the_winner(paper_models):
    found = ensembles.members("full")[ensembles.OTHERS]
    assert [name for name, _ in found][4:] == list(ensembles.ARCHITECTURES)
    assert sum(int8_bytes(paper_models[name]) for name, _ in found) <= ensembles.BUDGET


def test_the_pages_frames_have_what_full_trains_first_and_keep_what_it_does_not():
    own = pd.DataFrame({"model": ["K16-H256", "K24-H1440"], "gap": [0.5, 0.6]})
    every = future_work.every(own, "model")
    of_full = ["K24-H1440", "K32-H1024", "K16-H800", "K32-H512", "K32-H1280", "K100-H800", "K16-H1280", "K32-H256"]
    assert every["model"].tolist() == [*of_full, "LSTM", "deep bag of frames", "Fisher vector", "K16-H256"]
    assert every.dropna().to_dict("records") == [
        {"model": "K24-H1440", "gap": 0.6, "key": "K24-H1440"},
        {"model": "K16-H256", "gap": 0.5, "key": "K16-H256"},
    ]
    named = future_work.every(pd.DataFrame({"ensemble": [ensembles.OTHERS]}), "ensemble")
    assert named["key"].tolist()[-1] == "YHLS_and_other_architectures_8_bits"
    assert named["ensemble"].tolist() == list(ensembles.members("full"))


def test_what_is_trained_is_the_architecture_scaled_as_the_grid_is():
    config = ensembles.training("Fisher vector", "full", 3)
    like = grid.training("K32-H512", "full", 3)
    assert config.dataset == like.dataset
    assert (config.training.seed, config.training.epochs) == (3, like.training.epochs)
    assert (config.training.model.pooling_size, config.training.model.hidden_size) == (32, 50)
    assert ensembles.training("LSTM", "full", 3).training.model.pooling_size == 64
    assert ensembles.training("K32-H512", "full", 3) == like


def test_the_page_counts_the_bytes_of_built_models(monkeypatch, tmp_path):
    monkeypatch.setenv("COMPACTVID_RUNS", str(tmp_path))
    monkeypatch.setattr(future_work, "members", lambda profile: {"two": [("LSTM", "int8"), ("K16-H256", "int8")]})
    sizes = future_work.sizes("smoke").set_index("model")
    assert f"{sizes.loc['K16-H256', 'float32_mib']:.2f} {sizes.loc['K16-H256', 'float16_mib']:.2f}" == "158.65 80.21"
    for name, model in (("LSTM", ensembles.ARCHITECTURES["LSTM"]), ("K16-H256", GatedNetVLAD(16, 256))):
        assert sizes.loc[name, "int8_mib"] * 2**20 == int8_bytes(model)
        with keras.StatelessScope(initialize_variables=False):
            assert sizes.loc[name, "float32_mib"] * 2**20 == model_size(model.build())["bytes"].sum()


def test_a_summary_is_the_mean_and_its_t_interval():
    frame = pd.DataFrame({"key": "a", "comparison": "A over B", "world": [0, 1, 2], "difference": [0.1, 0.2, 0.6]})
    (row,) = future_work.summary(frame).to_dict("records")
    # t(0.975, 2) = 4.3027, standard deviation 0.26458 over the root of 3.
    assert (row["key"], round(row["value"], 9), round(row["value_spread"], 4)) == ("a", 0.3, 0.6572)
    assert "A over B: +0.3000 ± 0.6572" in future_work.described(future_work.summary(frame))
