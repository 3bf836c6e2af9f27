"""Trades at equal bytes against the closed form of the sizes, and the paper's line against another least squares."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.optimize import brentq, curve_fit

from compactvid import papers
from compactvid.experiments import equal_bytes
from compactvid.experiments import gated_netvlad_grid as grid


def float16_bytes(k, h, audio_k, *, classes=3862, rgb=1024, audio=128):
    """Every tensor of a Gated NetVLAD with 5 mixtures, counted by hand: four in two bytes, the others in four."""
    four = (rgb * k + audio * audio_k) * h + 2 * h * 5 * classes + 2 * h * 6 * classes + classes**2
    vlad = 2 * rgb * k + 4 * k + 2 * audio * audio_k + 4 * audio_k
    hidden = 4 * h + 2 * h * h + 2 * h + (2 * h) ** 2 + 4 * 2 * h
    return 2 * four + 4 * (vlad + hidden + 5 * classes + 4 * classes)


@pytest.mark.parametrize("profile", equal_bytes.TRADES)
def test_the_partner_has_the_largest_hidden_size_that_the_bytes_allow(profile):
    for reference, partners in equal_bytes.TRADES[profile].items():
        models = [grid.training(name, profile, 0).training.model for name in (reference, *partners)]
        sizes = [
            [float16_bytes(m.cluster_size, m.hidden_size + more, m.cluster_size // 2, classes=60, rgb=64, audio=16)
             for m in models]
            for more in (0, 1)
        ]  # fmt: skip
        assert max(sizes[0][1:]) <= sizes[0][0] < min(sizes[1][1:])
        shares = [m.cluster_size / models[0].cluster_size for m in models[1:]]
        assert shares == pytest.approx([1 / 4, 1 / 8][: len(partners)], abs=0.011)
        assert reference in grid.trained_models(profile)


def test_line_finds_planted_gains():
    names = ["K8-H512", "K16-H256", "K64-H512", "K24-H1440"]
    k, h = np.log2([[8, 512], [16, 256], [64, 512], [24, 1440]]).T
    gaps = np.stack([0.1 + 0.002 * k + 0.03 * h, 0.2 - 0.01 * k + 0.04 * h], axis=1)  # (models, worlds)
    np.testing.assert_allclose(equal_bytes.gain_per_doubling(names, gaps), [[0.002, -0.01], [0.03, 0.04]], atol=1e-12)


@pytest.fixture
def paper_sizes():
    table = papers.table("liu2018", "table_1")
    names = [*table.row_ids, *table.eliminated]
    return pd.DataFrame(
        {
            "model": names,
            "float16_mib": [
                float16_bytes(k, h, k // 2) / 2**20 for k, h in (grid.cluster_and_hidden(name) for name in names)
            ],
        }
    )


def test_paper_trades_by_another_route(paper_sizes):
    found = equal_bytes.paper_trades(paper_sizes).set_index("model")
    printed = papers.table("liu2018", "table_1").frame().set_index("row")["best_averaged_gap"].astype(float)
    k, h = np.array([grid.cluster_and_hidden(name) for name in printed.index], dtype=float).T

    def line(where, constant, clusters, hidden):
        return constant + clusters * np.log2(where[0]) + hidden * np.log2(where[1])

    (_, clusters, hidden), covariance = curve_fit(line, (k, h), printed)
    quantile = stats.t.ppf(0.975, 15)
    for name, row in found.iterrows():
        before, after = (k[list(printed.index).index(name)], h[list(printed.index).index(name)]), row["hidden"]
        size = float16_bytes(before[0], before[1], before[0] / 2)
        same = brentq(lambda wide, k=before[0] / 2, size=size: float16_bytes(k, wide, k / 2) - size, 1, 1e4)
        assert after == pytest.approx(same, rel=1e-6)
        step = np.array([0, -1, np.log2(same / before[1])])
        assert row["gain"] == pytest.approx(hidden * step[2] - clusters, abs=1e-9)
        assert row["gain_spread"] == pytest.approx(quantile * np.sqrt(step @ covariance @ step), rel=1e-4)
    doubling = equal_bytes.paper_doubling().set_index("of")["gain"]
    assert doubling.to_dict() == pytest.approx({"clusters": clusters, "hidden": hidden}, abs=1e-9)
    # What the ledger's note says: the trade pays from 64 clusters on, and nowhere else.
    assert ((found["gain"] > 0) == (found["clusters"] >= 64)).all()


def test_pairs_of_the_paper_within_a_tolerance():
    # Read off Table 1 by eye.
    found = equal_bytes.paper_pairs(0.05).set_index(["more_clusters", "larger_hidden"])["difference"]
    assert found.to_dict() == pytest.approx(
        {("K100-H400", "K64-H512"): 0.0017, ("K100-H400", "K32-H600"): -0.0001, ("K32-H256", "K10-H300"): -0.0011}
    )
    assert len(equal_bytes.paper_pairs(0.07)) > 3
