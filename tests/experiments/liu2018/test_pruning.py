"""Numbers of the pruning page, from runs whose results are made up or recomputed at a smaller size."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

from compactvid.compression import BestCheckpoints
from compactvid.compression.gradual_pruning import GradualPruning
from compactvid.compression.sparse_files import DrawnSparseFiles, TunedSparseFiles
from compactvid.experiments import gated_netvlad_grid as grid
from compactvid.experiments import sparse_formats as sparse
from compactvid.experiments.liu2018 import pruning
from compactvid.models import GatedNetVLAD
from compactvid.models.gated_netvlad import BIG_FOUR

GAPS = {0.0: [0.60, 0.64], 0.75: [0.59, 0.65], 0.95: [0.50, 0.56]}


def made_up(config):
    """Bytes of drawn tensors of a thousandth of the size, and GAPs that are told by seed and sparsity."""
    if isinstance(config, DrawnSparseFiles):
        return SimpleNamespace(result=replace(config, shapes=((100, 400),)).execute(None, None))
    if isinstance(config, TunedSparseFiles):
        sizes = replace(sparse.curve(), shapes=((100, 400),), sparsities=tuple(GAPS)).execute(None, None)["bytes"]
        tuned = [
            {"bytes": row, "gap": {"float16": gaps[config.dataset.world.seed] - 0.001, "int8": 0.5}}
            for row, gaps in zip(sizes, GAPS.values(), strict=True)
        ]
        return SimpleNamespace(result={"tuned": tuned})
    if isinstance(config, BestCheckpoints):
        return SimpleNamespace(result={"best_averaged": {"test": {"gap": [0.61, 0.65][config.training.seed]}}})
    if hasattr(config, "method"):
        sparsity = config.method.sparsity if config.method else 0.0
        return SimpleNamespace(result={"test": {"gap": GAPS[sparsity][config.training.seed]}})
    return SimpleNamespace(result=config.execute(*([None] * 2)))


@pytest.fixture
def runs(monkeypatch):
    for module in (pruning, sparse):
        monkeypatch.setattr(module, "load_or_run", made_up)


def test_formats_pay_from_the_shares_that_the_formulas_give(runs):
    formats = pruning.formats("smoke", 0).set_index("format")
    # (1 - s) (4 + p) = 4, or 2; masks: 4 (1 - s) + m = 4, or 2
    for name, float32, float16 in [
        ("sparse_tensor_64", 0.8, 0.9),
        ("sparse_tensor_32", 2 / 3, 5 / 6),
        ("csr_32", 0.5, 0.75),
        ("csr_16", 1 / 3, 2 / 3),
        ("byte_mask", 0.25, 0.75),
        ("bitmask", 1 / 32, 17 / 32),
    ]:
        # 101 row starts are 0.25 % of the dense bytes.
        assert formats.beats_float32[name] == pytest.approx(100 * float32, abs=0.6), name
        assert formats.beats_float16[name] == pytest.approx(100 * float16, abs=0.6), name
    assert np.isnan(formats.beats_float32["dense"])
    assert formats.saved["sparse_tensor_64"] == pytest.approx(-25, abs=0.1)
    assert formats.trained_factor["bitmask"] == pytest.approx(formats.factor["bitmask"], rel=1e-3)
    assert formats.factor["lossless"] > 4
    assert formats.factor["float16"] > 7.5
    assert formats.factor["int8"] > 12


def test_claims_about_bytes(runs, monkeypatch):
    monkeypatch.setattr(
        sparse, "tensorflow", lambda: SimpleNamespace(execute=lambda *_: {"bytes": {"mask": 9}, "elements": 9})
    )
    saved = pruning.formats("smoke", 0).set_index("format")["saved"]
    found = sparse.claims("smoke", saved).set_index("claim")["value"]
    assert found["sparse_example_saving"] == pytest.approx(25, abs=0.1)
    assert found["sparse_tensor_saving"] == pytest.approx(-25, abs=0.1)
    assert found["sparsity_as_defined"] == pytest.approx(-125, abs=0.1)
    assert found["sparse_example_lost"] == 75
    truths = found.drop([name for name in found.index if name.startswith("sparse_example") or "tensor_saving" in name])
    assert truths.drop("sparsity_as_defined").to_dict() == {
        "sparsity_is_not_compression": 1,
        "boolean_takes_one_byte": 1,
        "boolean_mask_saves_less": 1,
        "indices_need_32_bits": 0,
        "sparse_worse_than_float16": 0,
    }
    worse = sparse.claims("smoke", saved.clip(upper=49).where(saved.index != "dense_float16", 50))
    assert worse.set_index("claim")["value"]["sparse_worse_than_float16"] == 1


def test_differences_are_paired_with_the_same_worlds_unpruned_model(runs):
    gaps = pruning.gaps("smoke", 0).set_index("sparsity")
    assert gaps.loc[75, "gap"] == pytest.approx(0.62)
    assert gaps.loc[75, "difference"] == pytest.approx(0.0)
    assert gaps.loc[75, "difference_spread"] == pytest.approx(stats.t.ppf(0.975, 1) * 0.01)  # -0.01 and 0.01
    assert gaps.loc[95, "difference"] == pytest.approx(-0.09)
    assert gaps.loc[95, "float16"] == pytest.approx(-0.091)
    assert gaps.loc[95, "int8"] == pytest.approx(-0.12)
    assert gaps.loc[0, "difference"] == 0
    every = pruning.every_sparsity(gaps.reset_index()).set_index("sparsity")
    assert every.index.tolist() == [0, 50, 75, 90, 95]
    assert every.loc[95, "difference"] == gaps.loc[95, "difference"]
    assert every.loc[[50, 90]].isna().all(axis=None)
    assert pruning.before_fine_tuning("smoke", 0) == (pytest.approx(0.01), pytest.approx(0, abs=1e-12))
    plotted = pruning.size_and_gap("smoke", 0, gaps.reset_index()).set_index(["format", "sparsity"])
    assert plotted.loc[("sparse_tensor_64", 75), "share"] == pytest.approx(125, abs=0.1)
    assert plotted.loc[("sparse_tensor_64", 75), "difference"] == pytest.approx(0.0)
    assert plotted.loc[("int8", 95), "difference"] == pytest.approx(-0.12)
    assert 0 not in plotted.index.get_level_values("sparsity")


@pytest.mark.parametrize("profile", ["smoke", "small"])
def test_every_schedule_ends_before_the_reported_epoch_and_each_is_paired(profile):
    tuned, *_ = [pruning.tuning(profile, 0, sparsity) for sparsity in pruning.SPARSITIES[profile]]
    assert tuned.method is None
    steps = grid.SCALES[profile].train // tuned.training.batch_size
    for sparsity in pruning.SPARSITIES[profile][1:]:
        pruned = pruning.tuning(profile, 0, sparsity)
        assert isinstance(pruned.method, GradualPruning)
        assert pruned.method.begin + pruned.method.updates * pruned.method.frequency == pruning.PRUNED_EPOCHS * steps
        assert (pruned.base, pruned.epochs) == (tuned.base, tuned.epochs)
    listed = pruning.runs(profile, 0)["fine_tunings"]
    draws = len(grid.draws(profile, 0))
    assert len(listed) == draws * (len(pruning.SPARSITIES[profile]) + 1)


def test_the_shapes_at_paper_size_are_those_of_the_built_model(monkeypatch):
    monkeypatch.setattr(sparse, "LARGEST", "K5-H12")
    built = {weight.path: tuple(weight.shape) for weight in GatedNetVLAD(5, 12).build(initialize=False).weights}
    assert sparse.big_four("small").shapes == tuple(built[path] for path in BIG_FOUR)
    assert [rows for rows, _ in sparse.big_four("smoke").shapes] == [built[path][0] // 16 for path in BIG_FOUR]


def test_the_example_has_the_papers_shape():
    shapes = sparse.example("small").shapes
    assert (sum(rows for rows, _ in shapes), {columns for _, columns in shapes}) == (1024, {100_000})
    assert sparse.example("smoke").shapes == ((64, 100_000),)
