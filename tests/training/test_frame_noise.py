"""Frames of other videos among a video's own: what is replaced, and what it does to scores that are known."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compactvid.training import frame_noise
from compactvid.training.frame_noise import FrameNoise, with_foreign_frames


def videos(counts):
    """Every real frame of a video says whose it is and where in it, in both features; padding says -1."""
    longest = max(counts)
    own = np.full((len(counts), longest, 1), -1.0)
    for video, count in enumerate(counts):
        own[video, :count, 0] = 100 * video + np.arange(count)
    return {"rgb": own, "audio": np.concatenate([own, -own], axis=2), "num_frames": np.array(counts)}


@given(
    counts=st.lists(st.integers(1, 30), min_size=2, max_size=6),
    share=st.floats(0.01, 1),
    seed=st.integers(0, 1000),
)
def test_replaced_frames_are_real_ones_of_other_videos(counts, share, seed):
    features = videos(counts)
    noisy = with_foreign_frames(features, share, np.random.default_rng(seed))
    assert np.array_equal(noisy["num_frames"], counts)
    assert np.array_equal(noisy["audio"][..., 0], noisy["rgb"][..., 0])
    for video, count in enumerate(counts):
        before, after = features["rgb"][video, :, 0], noisy["rgb"][video, :, 0]
        changed = before != after
        assert changed.sum() == max(1, round(share * count))
        assert not changed[count:].any()
        donors, places = np.divmod(after[changed].astype(int), 100)
        assert (donors != video).all()
        assert (places < np.array(counts)[donors]).all()


def test_the_features_given_are_left_alone():
    features = videos([3, 4])
    with_foreign_frames(features, 1.0, np.random.default_rng(0))
    assert np.array_equal(features["rgb"], videos([3, 4])["rgb"])


def test_gaps_of_a_model_whose_scores_are_known(monkeypatch, tmp_path):
    """Each frame shows its video's class, and the model averages over the frames.

    One frame in ten leaves the right class first in every video: GAP 1. With all frames of other videos it is chance.
    """
    labels = np.eye(30, dtype=bool)
    batches = [
        ({"rgb": np.repeat(part[:, None].astype("float32"), 10, axis=1), "num_frames": np.full(len(part), 10)}, part)
        for part in (labels[:20], labels[20:])
    ]
    loaded = []
    monkeypatch.setattr(frame_noise, "load_weights", lambda model, path: loaded.append(path))
    base = SimpleNamespace(
        model=SimpleNamespace(build=lambda: lambda batch, training: batch["rgb"].mean(axis=1)),
        dataset=SimpleNamespace(prepare=lambda folder: {}, read=lambda files, split, batch_size: batches),
    )
    tenth, all_frames = FrameNoise(base, (0.1, 1.0)).execute(tmp_path, None, [tmp_path])["gaps"]
    assert tenth == pytest.approx(1, abs=1e-12)
    assert all_frames < 0.2
    assert loaded == [tmp_path / "best_single.weights.h5"]
    assert FrameNoise(base, (1.0,)).execute(tmp_path, None, [tmp_path])["gaps"] == [all_frames], "the seed draws"
    assert FrameNoise(base, (1.0,), seed=1).execute(tmp_path, None, [tmp_path])["gaps"] != [all_frames]


@pytest.mark.parametrize("shares", [(), (0.0,), (0.1, 1.5)])
def test_bad_shares_are_refused(shares):
    with pytest.raises(ValueError, match=r"FrameNoise: shares must lie in \(0, 1\], not \("):
        FrameNoise(SimpleNamespace(), shares)
