"""Training: the loss against the challenge's formula, and whole runs on a tiny world."""

from dataclasses import replace

import numpy as np
import pytest

from compactvid.compression import BestCheckpoints
from compactvid.datasets.batches import Batches
from compactvid.datasets.simulated import VideoWorld
from compactvid.datasets.simulated_splits import SimulatedVideoLevel
from compactvid.metrics import global_average_precision
from compactvid.models import VideoLevelMixture
from compactvid.training import PriorBaseline, TrainingRun
from compactvid.training.predictions import read_predictions

WORLD = VideoWorld(num_classes=12, num_topics=3, rgb_size=16, audio_size=8)
DATASET = SimulatedVideoLevel(WORLD, train=300, validate=100, test=100)
MODEL = VideoLevelMixture(num_classes=12, rgb_size=16, audio_size=8)
RUN = TrainingRun(MODEL, DATASET, seed=3, epochs=4, batch_size=32, learning_rate=0.02)


def test_loss_is_summed_over_classes():
    """The challenge: labels * log(p + 1e-5) + (1 - labels) * log(1 - p + 1e-5), summed over classes, negated."""
    from compactvid.training.loss import multi_label_cross_entropy

    y_true = np.array([[1, 0, 0], [0, 1, 1]])
    y_pred = np.array([[0.9, 0.2, 0.0], [1.0, 0.5, 0.0]], dtype="float32")
    slow = [
        -sum(np.log((p if y else 1 - p) + 1e-5) for y, p in zip(*rows, strict=True))
        for rows in zip(y_true, y_pred, strict=True)
    ]
    np.testing.assert_allclose(np.asarray(multi_label_cross_entropy(y_true, y_pred)), slow, rtol=1e-5)


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    return folder, RUN.execute(folder, tmp_path_factory.mktemp("data"))


def test_a_run_learns_and_reports_its_best_epoch(executed):
    folder, result = executed
    gaps = [line["validation_gap"] for line in result["history"]]
    assert [line["epoch"] for line in result["history"]] == [1, 2, 3, 4]
    assert result["best_single"]["epoch"] == 1 + int(np.argmax(gaps))
    assert result["history"][-1]["loss"] < result["history"][0]["loss"]
    assert sorted(path.name for path in folder.iterdir()) == [
        "best_single.test.npz",
        "best_single.validate.npz",
        "best_single.weights.h5",
        "checkpoints",
        "history.jsonl",
    ]


def test_equals_a_loop_over_the_batches_by_hand(tmp_path):
    """Adam, the decayed rate and gradient clipping, batch after batch: epoch 1 goes on where epoch 0 stopped."""
    import keras

    from compactvid.training.loss import multi_label_cross_entropy

    run = replace(RUN, epochs=2, decay_examples=160, clip_gradient_norm=0.05)
    (tmp_path / "run").mkdir()
    trained = run.fit(tmp_path / "run", tmp_path / "data")
    keras.utils.set_random_seed(run.seed)
    model = MODEL.build()
    optimizer = keras.optimizers.Adam(run.learning_rate, clipnorm=0.05)
    model.compile(optimizer, multi_label_cross_entropy, jit_compile=False)
    batches = DATASET.read(trained.files, "train", batch_size=32, seed=3)
    for step in range(2 * len(batches)):
        optimizer.learning_rate = run.learning_rate * 0.8 ** (step // 5)  # 160 examples are 5 batches of 32
        model.train_on_batch(*batches.batch(step))
    for by_hand, fitted in zip(model.get_weights(), trained.model.get_weights(), strict=True):
        # Two graphs may order float32 sums differently, and Adam divides small differences by small roots.
        np.testing.assert_allclose(fitted, by_hand, atol=1e-4)


def test_reported_gap_is_that_of_the_stored_weights(executed, tmp_path):
    folder, result = executed
    model = MODEL.build()
    model.load_weights(folder / "best_single.weights.h5")
    files = DATASET.prepare(tmp_path)
    labels, scores = zip(
        *((labels, model.predict_on_batch(features)) for features, labels in DATASET.read(files, "test")), strict=True
    )
    gap = global_average_precision(np.concatenate(labels), np.concatenate(scores))
    assert result["best_single"]["test"]["gap"] == pytest.approx(gap, abs=1e-12)
    kept_labels, kept_scores = read_predictions(folder / "best_single.test.npz")
    np.testing.assert_array_equal(kept_labels, np.concatenate(labels))
    np.testing.assert_allclose(kept_scores, np.concatenate(scores), atol=1e-6)
    validation = global_average_precision(*read_predictions(folder / "best_single.validate.npz"))
    assert validation == pytest.approx(max(line["validation_gap"] for line in result["history"]), abs=1e-12)


def test_the_same_configuration_gives_the_same_numbers(executed, tmp_path):
    (tmp_path / "run").mkdir()
    assert RUN.execute(tmp_path / "run", tmp_path / "data") == executed[1]


def test_prior_baseline_scores_what_frequencies_score(tmp_path):
    result = PriorBaseline(DATASET).execute(tmp_path, tmp_path / "data")
    files = DATASET.prepare(tmp_path / "data")
    train = np.concatenate([labels for _, labels in DATASET.read(files, "train")])
    test = np.concatenate([labels for _, labels in DATASET.read(files, "test")])
    prior = np.broadcast_to(train.mean(axis=0, dtype="float64").astype("float32"), test.shape)
    assert result["test"]["gap"] == pytest.approx(global_average_precision(test, prior), abs=1e-12)
    assert result["test"]["hit_at_one"] == pytest.approx(test[:, train.sum(axis=0).argmax()].mean())
    assert result["label_counts"]["train"] == train.sum(axis=0).tolist()
    assert result["videos"] == {"train": 300, "validate": 100, "test": 100}


def test_best_checkpoints_averages_every_late_range(tmp_path):
    both = BestCheckpoints(RUN, averaged_share=0.75)
    assert [list(chosen) for chosen in both.ranges()] == [[1, 2], [1, 2, 3], [2, 3]]
    (tmp_path / "run").mkdir()
    result = both.execute(tmp_path / "run", tmp_path / "data")
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == [
        "best_averaged.test.npz",
        "best_averaged.validate.npz",
        "best_averaged.weights.h5",
        "best_single.test.npz",
        "best_single.validate.npz",
        "best_single.weights.h5",
        "checkpoints",
        "history.jsonl",
    ]
    first, last = result["best_averaged"]["epochs"]
    assert range(first - 1, last) in list(both.ranges())
    assert result["best_single"]["epochs"][0] == result["best_single"]["epochs"][1]


def test_a_loss_that_is_not_finite_names_step_and_batch(tmp_path, monkeypatch):
    """Batch 13, the fourth of the second epoch, holds one value that is not a number."""
    read = Batches.batch

    def batch(self, step, **options):
        features, labels = read(self, step, **options)
        if self.seed is not None and step == 13:
            features["mean_rgb"][5, 3] = np.nan
        return features, labels

    monkeypatch.setattr(Batches, "batch", batch)
    (tmp_path / "run").mkdir()
    with pytest.raises(FloatingPointError, match=r"the loss is nan at step 13 \(epoch 2\), a batch of ") as raised:
        RUN.execute(tmp_path / "run", tmp_path / "data")
    ids = DATASET.read(DATASET.prepare(tmp_path / "data"), "train", batch_size=32, seed=3).ids(13)
    assert str(raised.value).endswith(", ".join(ids))
    assert [path.name for path in (tmp_path / "run" / "checkpoints").glob("state-*")] == ["state-000000010.npz"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("epochs", 0),
        ("batch_size", 0),
        ("learning_rate", 0.0),
        ("clip_gradient_norm", -1.0),
        ("precision", "float16"),
        ("checkpoint_steps", 0),
    ],
)
def test_impossible_settings_are_named(field, value):
    with pytest.raises(ValueError, match=f"TrainingRun: {field} must be"):
        replace(RUN, **{field: value})


def test_averaging_needs_two_epochs():
    with pytest.raises(ValueError, match="at least 2 epochs, not 1"):
        BestCheckpoints(replace(RUN, epochs=1))
