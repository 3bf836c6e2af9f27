"""The simulated world against the distributions that its docstring promises."""

import dataclasses
from itertools import pairwise

import numpy as np
import pytest
from scipy import stats

from compactvid.datasets.simulated import VideoWorld
from compactvid.metrics import global_average_precision

# Nothing but noise and offset, and small enough that no value is clipped: what the closed forms below speak of.
PLAIN = VideoWorld(
    evidence_strength=0.0, outlier_share=0.0, background_share=0.0, feature_std=0.4, min_frames=20, max_frames=20
)


def _dequantise(bytes_: np.ndarray) -> np.ndarray:
    """The challenge's formula."""
    return bytes_.astype(np.float64) * (4 / 255) + (4 / 512) - 2


def _components(video) -> np.ndarray:
    """(frames, rgb_size + audio_size), dequantised, each component divided by its standard deviation in the world."""
    spectrum = np.concatenate([np.arange(1, values.shape[1] + 1) ** -0.175 for values in (video.rgb, video.audio)])
    return _dequantise(np.concatenate([video.rgb, video.audio], axis=1)) / spectrum


def _same(first, second) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


@pytest.fixture(scope="module")
def videos():
    return list(VideoWorld(seed=5).videos("train", 2000))


def test_a_video_is_a_function_of_fields_split_and_index(videos):
    again = list(VideoWorld(seed=5).videos("train", 30))
    assert all(_same(*pair) for pair in zip(again, videos[:30], strict=True))


def test_seeds_and_splits_are_different_draws():
    draws = {
        (seed, split): list(VideoWorld(seed=seed).videos(split, 40))
        for seed in (0, 1)
        for split in ("train", "validate", "test")
    }
    contents = {video.rgb.tobytes() for drawn in draws.values() for video in drawn}
    assert len(contents) == 240
    assert len({video.id for split in ("train", "validate", "test") for video in draws[0, split]}) == 120


def test_splits_share_their_world_and_seeds_do_not():
    def topic_means(seed, split):
        world = dataclasses.replace(PLAIN, background_share=0.5, num_topics=3, seed=seed)
        videos = list(world.videos(split, 400))
        return np.array([np.mean([_components(v).mean(0) for v in videos if v.topic == t], axis=0) for t in range(3)])

    first = topic_means(0, "train")
    # Over 240 means, independent geometries correlate with a standard deviation of 1 / sqrt(240) = 0.065.
    assert np.corrcoef(first.ravel(), topic_means(0, "test").ravel())[0, 1] > 0.95
    assert abs(np.corrcoef(first.ravel(), topic_means(1, "train").ravel())[0, 1]) < 0.3


def test_examples_are_what_the_official_files_hold(videos):
    for video in videos[:50]:
        frames, means = video.frame_level_example(), video.video_level_example()
        assert list(frames) == ["id", "labels", "rgb", "audio"]
        assert list(means) == ["id", "labels", "mean_rgb", "mean_audio"]
        assert frames["id"] == means["id"] == video.id
        assert frames["rgb"].dtype == frames["audio"].dtype == np.uint8
        assert frames["rgb"].shape == (len(frames["audio"]), 64)
        assert frames["audio"].shape[1] == 16
        for name in ("rgb", "audio"):
            assert means[f"mean_{name}"].dtype == np.float32
            np.testing.assert_allclose(
                means[f"mean_{name}"],
                _dequantise(frames[name]).mean(axis=0),
                atol=3e-7,
                rtol=0,  # float32 near 2
            )
        for labels in (frames["labels"], means["labels"]):
            assert labels.dtype == np.int64
            np.testing.assert_array_equal(labels, video.labels)


def test_official_sizes():
    world = VideoWorld(num_classes=3862, num_topics=200, rgb_size=1024, audio_size=128, min_frames=1, max_frames=300)
    videos = list(world.videos("validate", 60))
    assert {(video.rgb.shape[1], video.audio.shape[1]) for video in videos} == {(1024, 128)}
    assert 5 < min(len(video.rgb) for video in videos) + 5 < max(len(video.rgb) for video in videos) <= 300
    assert max(video.labels.max() for video in videos) < 3862


def test_lengths_and_labels_are_in_range(videos):
    lengths = np.array([len(video.rgb) for video in videos])
    assert stats.chisquare(np.bincount(lengths, minlength=25)[16:]).pvalue > 0.001
    for video in videos:
        assert video.labels.size >= 1
        assert (np.diff(video.labels) > 0).all()
        assert 0 <= video.labels.min() <= video.labels.max() < 60
        assert np.isin(video.labels, video.shown_classes).all()
    # A number of labels varies by about 1.7 between videos.
    assert np.mean([video.shown_classes.size for video in videos]) == pytest.approx(3.0, abs=4 * 1.7 / np.sqrt(2000))


def test_labels_are_zipf():
    world = VideoWorld(labels_per_video=1, rgb_size=1, audio_size=1)
    counts = np.bincount(np.concatenate([video.labels for video in world.videos("train", 4000)]), minlength=60)
    zipf = 1 / np.arange(1, 61) / sum(1 / rank for rank in range(1, 61))
    assert stats.chisquare(counts, 4000 * zipf).pvalue > 0.001


def test_topics_have_classes_of_their_own():
    homes = []
    for seed in (0, 1):
        world = VideoWorld(
            topic_coherence=1.0, labels_per_video=2.5, label_exponent=0.0, rgb_size=1, audio_size=1, seed=seed
        )
        pairs = {(int(label), video.topic) for video in world.videos("train", 1500) for label in video.labels}
        assert len(pairs) == 60  # each class with one topic
        assert np.bincount([topic for _, topic in pairs]).tolist() == [5] * 12
        homes.append(pairs)
    assert len(homes[0] & homes[1]) < 20  # 5 of 60 by chance


@pytest.mark.parametrize("share", [0.1, 0.5, 1.0])
def test_dropped_labels(share):
    videos = list(VideoWorld(dropped_label_share=share, rgb_size=1, audio_size=1).videos("train", 3000))
    shown = np.array([video.shown_classes.size for video in videos])
    dropped = shown - [video.labels.size for video in videos]
    # All k are dropped with probability share^k, and then none is.
    expected = shown * (share - share**shown)
    second_moment = shown * share * (1 - share) + (shown * share) ** 2 - shown**2 * share**shown
    assert abs(dropped.sum() - expected.sum()) <= 4 * np.sqrt((second_moment - expected**2).sum())
    if share == 0.1:
        assert 0.08 < dropped.sum() / shown.sum() < 0.1


def test_evidence_is_one_run_of_the_given_share(videos):
    for video in videos:
        frames, run = len(video.rgb), max(1, round(0.2 * len(video.rgb)))
        assert video.evidence.shape == (frames, video.shown_classes.size)
        assert not video.evidence[video.outliers].any()
        for seen in video.evidence.T:
            if seen.any():  # outliers can hide a whole run
                first, last = np.flatnonzero(seen)[[0, -1]]
                assert last - first < run
                assert (seen | video.outliers)[first : last + 1].all()
    seen = np.concatenate([video.evidence.mean(axis=0) for video in videos])
    assert seen.mean() == pytest.approx(0.2 * 0.95, abs=0.005)  # rounding 0.2 * 16..24 frames, minus the outliers


def test_evidence_starts_anywhere():
    world = VideoWorld(outlier_share=0.0, min_frames=20, max_frames=20, rgb_size=1, audio_size=1)
    starts = np.concatenate([video.evidence.argmax(axis=0) for video in world.videos("train", 2000)])
    assert stats.chisquare(np.bincount(starts, minlength=17)).pvalue > 0.001


def test_outliers(videos):
    outliers = np.concatenate([video.outliers for video in videos])
    assert outliers.mean() == pytest.approx(0.05, abs=4 * np.sqrt(0.05 * 0.95 / outliers.size))
    world = dataclasses.replace(PLAIN, outlier_share=0.2, background_share=0.3, feature_std=0.2)
    values = np.concatenate([_components(video)[video.outliers] for video in world.videos("train", 300)])
    assert values.std() == pytest.approx(2 * 0.2, rel=0.01)
    assert np.abs(values.mean(axis=0)).max() < 5 * 0.4 / np.sqrt(len(values))  # no trace of topic or video


def test_spectrum():
    for modality in ("rgb", "audio"):
        world = dataclasses.replace(PLAIN, offset_share=0.0, noise_autocorrelation=0.0, rgb_size=64, audio_size=32)
        values = _dequantise(np.concatenate([getattr(video, modality) for video in world.videos("train", 500)]))
        order = np.arange(1, values.shape[1] + 1)
        slope, level = np.polyfit(np.log(order), np.log(values.var(axis=0)), 1)
        # 10,000 frames give a log-variance with a standard deviation of 0.014.
        assert slope == pytest.approx(-0.35, abs=0.01)
        assert np.exp(level) == pytest.approx(0.4**2, rel=0.03)


def test_noise_is_a_first_order_autoregression():
    world = dataclasses.replace(PLAIN, offset_share=0.0)
    values = np.array([_components(video) for video in world.videos("train", 300)]) / 0.4
    for lag in (0, 1, 2, 3):
        correlation = (values[:, : 20 - lag] * values[:, lag:]).mean()
        assert correlation == pytest.approx(0.3**lag, abs=0.01)
    assert values[:, 0].var() == pytest.approx(1.0, abs=0.03)  # stationary from the first frame


def test_shares_of_variance():
    world = dataclasses.replace(PLAIN, background_share=0.2)
    videos = list(world.videos("train", 1500))
    values = np.array([_components(video) for video in videos]) / 0.4
    topics = np.array([video.topic for video in videos])
    far_apart = (values[:, :5] * values[:, 15:]).mean()  # noise is forgotten: 0.3^11 < 1e-5
    backgrounds = np.array([values[topics == topic].mean(axis=(0, 1)) for topic in range(12)])
    within = values - backgrounds[topics][:, np.newaxis]
    # 12 x 80 values of geometry: their mean square is known to sqrt(2 / 960) = 4.6 %.
    assert far_apart == pytest.approx(0.4, abs=0.035)
    assert (within[:, :5] * within[:, 15:]).mean() == pytest.approx(0.2, abs=0.01)
    assert (values**2).mean() == pytest.approx(1.0, abs=0.035)


def test_frames_of_the_default_world_are_autocorrelated(videos):
    mean = np.concatenate([_components(video) for video in videos]).mean(axis=0)
    products = {lag: [] for lag in (0, 1, 2, 3, 8)}
    for video in videos:
        centred = _components(video) - mean
        for lag, found in products.items():
            found.append((centred[lag:] * centred[: len(centred) - lag]).mean())
    correlations = [np.mean(products[lag]) / np.mean(products[0]) for lag in products]
    assert all(earlier > later for earlier, later in pairwise(correlations))
    assert correlations[1:4] == pytest.approx([0.50, 0.38, 0.32], abs=0.03)  # as the docstring says of several worlds
    assert correlations[-1] > 0.2


def test_bytes_are_the_challenges_quantisation_and_clip_as_a_gaussian_does():
    world = dataclasses.replace(PLAIN, feature_std=1.0, min_frames=1, max_frames=1)
    frames = np.concatenate([video.rgb for video in world.videos("train", 4000)])  # independent standard normals
    std = np.arange(1, 65) ** -0.175
    for byte in (0, 1, 100, 127, 128, 254, 255):
        # A byte's values lie half a step around what the challenge makes of it; the last ones reach to infinity.
        middle = byte * (4 / 255) + (4 / 512) - 2
        low = -np.inf if byte == 0 else middle - 2 / 255
        high = np.inf if byte == 255 else middle + 2 / 255
        expected = stats.norm.cdf(high / std) - stats.norm.cdf(low / std)
        deviation = ((frames == byte).sum(axis=0) - 4000 * expected).sum() / np.sqrt(
            4000 * (expected * (1 - expected)).sum()
        )
        assert abs(deviation) < 4, byte
    dequantised = _dequantise(frames)
    assert dequantised.min() == -1.9921875
    assert dequantised.max() == 2.0078125
    assert abs(dequantised.mean()) < 4 / np.sqrt(frames.size)


def test_some_values_of_the_default_world_are_clipped(videos):
    frames = np.concatenate([video.rgb for video in videos])
    clipped = (frames == 0) | (frames == 255)
    assert 0.005 < clipped.mean() < 0.02
    assert 0.06 < clipped[:, 0].mean() < 0.12


@pytest.fixture(scope="module")
def showing():
    """Of a world without clipping: (videos, 20, 80) features, topics, shown (videos, classes), evidence by frame."""
    world = VideoWorld(seed=2, feature_std=0.3, outlier_share=0.0, min_frames=20, max_frames=20)
    videos = list(world.videos("train", 2500))
    evidence = np.zeros((2500, 20, 60), bool)
    for place, video in enumerate(videos):
        evidence[place][:, video.shown_classes] = video.evidence
    return np.array([_components(v) for v in videos]) / 0.3, np.array([v.topic for v in videos]), evidence


def _direction(values, seen):
    """Mean of frames with the class minus mean of the same videos' other frames: topic and offset cancel."""
    with_class = seen.any(axis=1)
    values, seen = values[with_class], seen[with_class]
    return values[seen].mean(axis=0) - values[~seen].mean(axis=0)


def _auc(positive, negative) -> float:
    return stats.mannwhitneyu(positive, negative).statistic / (len(positive) * len(negative))


def test_evidence_has_the_given_strength(showing):
    values, _, evidence = showing
    squared = []
    for label in range(20):
        halves = [_direction(values[half::2], evidence[half::2, :, label]) for half in (0, 1)]
        squared.append(halves[0] @ halves[1])  # independent noise in both halves: unbiased
    # 20 classes x 80 components: the mean square is known to sqrt(2 / 1600) = 3.5 %.
    assert np.sqrt(np.mean(squared)) == pytest.approx(5.0, rel=0.05)


@pytest.mark.parametrize(("components", "at_least"), [(slice(0, 64), 0.99), (slice(64, 80), 0.9)], ids=["rgb", "audio"])
def test_a_class_shows_in_its_evidence_frames_and_nowhere_else(showing, components, at_least):
    values, topics, evidence = showing
    values = values[:, :, components]
    inside, outside, permuted = [], [], []
    shuffle = np.random.default_rng(0)
    for label in range(8):
        seen = evidence[:, :, label]
        scores = values[1::2] @ _direction(values[::2], seen[::2])  # (videos, 20) of the other half
        seen, topic = seen[1::2], topics[1::2]
        shown = seen.any(axis=1)
        for one in np.unique(topic):  # within a topic, so that what topic and label share does not count
            here, others = (topic == one) & shown, (topic == one) & ~shown
            if min(here.sum(), others.sum()) < 20:
                continue
            inside.append(_auc(scores[here][seen[here]], scores[others].ravel()))
            outside.append(_auc(scores[here][~seen[here]], scores[others].ravel()))
            moved = shuffle.permuted(seen[here], axis=1)
            permuted.append(_auc(scores[here][moved], scores[here][~moved]))
    assert len(inside) >= 10
    assert np.mean(inside) > at_least
    # About 10 pairs of class and topic of 50 videos each, whose offset is shared by all frames.
    assert np.mean(outside) == pytest.approx(0.5, abs=0.04)
    assert np.mean(permuted) == pytest.approx(0.5, abs=0.04)


def test_the_default_world_is_neither_trivial_nor_hopeless():
    """Ridge regression on mean features, beside knowing only the labels' frequencies and knowing the truth."""

    def split(world, name, count):
        labels, shown = np.zeros((2, count, world.num_classes))
        means = []
        for place, video in enumerate(world.videos(name, count)):
            labels[place, video.labels] = shown[place, video.shown_classes] = 1
            means.append(_components(video).mean(axis=0))
        return np.column_stack([means, np.ones(count)]), labels, shown

    world = VideoWorld(seed=4)
    means, labels, _ = split(world, "train", 2000)
    test_means, test_labels, test_shown = split(world, "test", 500)
    weights = np.linalg.solve(means.T @ means + 2 * np.eye(81), means.T @ labels)
    by_frequency = global_average_precision(test_labels, np.tile(labels.mean(axis=0), (500, 1)))
    by_means = global_average_precision(test_labels, test_means @ weights)
    by_truth = global_average_precision(test_labels, test_shown)
    assert by_frequency < 0.25
    assert 0.45 < by_means < 0.65
    assert by_truth > 0.85


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("num_classes", 0, "num_classes must be an integer >= 1, got 0"),
        ("num_topics", True, "num_topics must be an integer >= 1, got True"),
        ("rgb_size", 64.0, "rgb_size must be an integer >= 1, got 64.0"),
        ("audio_size", -1, "audio_size must be an integer >= 1, got -1"),
        ("min_frames", 0, "min_frames must be an integer >= 1, got 0"),
        ("max_frames", 15, "min_frames must be at most max_frames, got 16 > 15"),
        ("num_topics", 61, "num_topics must be at most num_classes, got 61 > 60"),
        ("labels_per_video", 0.5, "labels_per_video must be a number from 1 to 1000, got 0.5"),
        (
            "labels_per_video",
            61,
            "labels_per_video must be at most 60.00 in a world of 60 classes and 12 topics, got 61",
        ),
        ("label_exponent", float("nan"), "label_exponent must be a number from 0 to 10, got nan"),
        ("topic_coherence", 1.1, "topic_coherence must be a number from 0 to 1, got 1.1"),
        ("dropped_label_share", -0.1, "dropped_label_share must be a number from 0 to 1, got -0.1"),
        ("evidence_share", 2, "evidence_share must be a number from 0 to 1, got 2"),
        ("evidence_strength", float("inf"), "evidence_strength must be a number from 0 to 1000, got inf"),
        ("background_share", 0.9, r"background_share \+ offset_share must be at most 1, got 0.9 \+ 0.2"),
        ("offset_share", "0.2", "offset_share must be a number from 0 to 1, got '0.2'"),
        ("noise_autocorrelation", 1.01, "noise_autocorrelation must be a number from 0 to 1, got 1.01"),
        ("outlier_share", None, "outlier_share must be a number from 0 to 1, got None"),
        ("outlier_scale", -2.0, "outlier_scale must be a number from 0 to 1000, got -2.0"),
        ("spectrum_exponent", 11, "spectrum_exponent must be a number from 0 to 10, got 11"),
        ("feature_std", -1.0, "feature_std must be a number from 0 to 1000, got -1.0"),
        ("seed", -1, "seed must be an integer >= 0, got -1"),
    ],
)
def test_fields_out_of_range_are_refused(field, value, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        dataclasses.replace(VideoWorld(), **{field: value})


def test_unknown_split_and_negative_count_are_refused_at_the_call():
    with pytest.raises(ValueError, match="split must be one of train, validate, test, got 'valid'"):
        VideoWorld().videos("valid", 3)
    with pytest.raises(ValueError, match="count must be at least 0, got -1"):
        VideoWorld().videos("train", -1)
    assert list(VideoWorld().videos("train", 0)) == []


@pytest.mark.parametrize(
    "extreme",
    [
        {"evidence_share": 0.0},
        {"evidence_share": 1.0},
        {"outlier_share": 1.0},
        {"noise_autocorrelation": 1.0},
        {"background_share": 0.5, "offset_share": 0.5},
        {"feature_std": 0.0},
        {"feature_std": 1000, "evidence_strength": 1000},
        {"min_frames": 1, "max_frames": 1},
        {"label_exponent": 10, "labels_per_video": 2.0},
        {"labels_per_video": 50.0},
        {"num_classes": 1, "num_topics": 1, "labels_per_video": 1},
        {"num_topics": 60, "topic_coherence": 1, "labels_per_video": 1},
    ],
    ids=str,
)
def test_the_ends_of_the_ranges_are_worlds_too(extreme):
    for video in VideoWorld(**extreme).videos("test", 20):
        assert video.labels.size >= 1
        assert len(video.rgb) == len(video.audio) == len(video.evidence) == len(video.outliers)
