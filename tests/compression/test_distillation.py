"""A student learns from its teacher as Hinton et al. say, stays exactly resumable, and bad input is named."""

from dataclasses import dataclass, replace

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keras import ops

from compactvid.compression import BestCheckpoints
from compactvid.compression.distillation import Distillation, DistillationLoss, TaughtSource, distill, taught
from compactvid.compression.ensemble_weights import tune_weights
from compactvid.datasets.simulated import VideoWorld
from compactvid.datasets.simulated_splits import SimulatedVideoLevel
from compactvid.models import VideoLevelMixture
from compactvid.training import TrainingRun
from compactvid.training.loss import EPSILON, multi_label_cross_entropy
from compactvid.training.predictions import read_predictions

WORLD = VideoWorld(num_classes=12, num_topics=3, rgb_size=16, audio_size=8)
DATASET = SimulatedVideoLevel(WORLD, train=200, validate=100, test=100)
MODEL = VideoLevelMixture(num_classes=12, rgb_size=16, audio_size=8)
RUN = BestCheckpoints(TrainingRun(MODEL, DATASET, seed=3, epochs=3, batch_size=64, learning_rate=0.02))
PROBABILITIES = st.lists(st.floats(0.001, 0.999), min_size=3, max_size=3)


def loss(settings, labels, teacher, student):
    targets = np.stack([labels, teacher], axis=1).astype("float32")
    return ops.convert_to_numpy(settings.loss(targets, np.asarray(student, "float32")))


def loss_class_by_class(share, temperature, labels, teacher, student):
    """The docstring's formula with Python's logarithms."""

    def soften(p):
        odds = (p + EPSILON) / (1 - p + EPSILON)
        return 1 / (1 + odds ** (-1 / temperature))

    def entropy(target, p):
        return -(target * np.log(p + EPSILON) + (1 - target) * np.log(1 - p + EPSILON))

    return [
        sum(
            (1 - share) * entropy(y, p) + share * temperature**2 * entropy(soften(q), soften(p))
            for y, q, p in zip(*rows, strict=True)
        )
        for rows in zip(labels, teacher, student, strict=True)
    ]


@given(
    rows=st.lists(st.tuples(PROBABILITIES, PROBABILITIES), min_size=2, max_size=2),
    share=st.floats(0, 1),
    temperature=st.floats(0.5, 20),
)
def test_the_loss_is_the_formula(rows, share, temperature):
    teacher, student = (np.array(values) for values in zip(*rows, strict=True))
    labels = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 1.0]])
    found = loss(DistillationLoss(share, temperature), labels, teacher, student)
    # float32: logits of order 10 carry 1e-6, softened and times T^2 = 400 at most.
    expected = loss_class_by_class(share, temperature, labels, teacher, student)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-3)


def test_without_a_teacher_it_is_the_challenges_loss_and_at_temperature_1_that_of_mixed_targets():
    random = np.random.default_rng(0)
    labels, teacher, student = (random.random((3, 4, 5)) * 0.98 + 0.01).astype("float32")
    np.testing.assert_array_equal(
        loss(DistillationLoss(0.0, 3.0), labels, teacher, student),
        ops.convert_to_numpy(multi_label_cross_entropy(labels, student)),
    )
    mixed = 0.7 * labels + 0.3 * teacher
    np.testing.assert_allclose(
        loss(DistillationLoss(0.3, 1.0), labels, teacher, student),
        ops.convert_to_numpy(multi_label_cross_entropy(mixed, student)),
        rtol=2e-4,  # the soft part adds epsilon inside its logarithms twice
    )


def test_hot_gradients_match_logits_and_a_perfect_student_has_none():
    """Hinton et al. 2015, section 2.1: at high temperature the gradient is the difference of logits, here over 4."""
    import tensorflow as tf

    teacher_logits, logits = np.random.default_rng(1).normal(size=(2, 4, 5)).astype("float32")
    sigmoid = 1 / (1 + np.exp(-teacher_logits))
    targets = np.stack([np.zeros_like(sigmoid), sigmoid], axis=1)
    for temperature, values, expected, tolerance in (
        (30.0, logits, (logits - teacher_logits) / 4, 0.01),
        (2.0, teacher_logits, np.zeros_like(logits), 1e-3),
    ):
        variable = tf.Variable(values)
        with tf.GradientTape() as tape:
            total = tf.reduce_sum(DistillationLoss(1.0, temperature).loss(targets, tf.sigmoid(variable)))
        np.testing.assert_allclose(tape.gradient(total, variable), expected, atol=tolerance)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return tmp_path_factory.mktemp("data") / "shards"


@pytest.fixture(scope="module")
def runs(data, tmp_path_factory):
    """Two teachers' folders."""
    folders = [tmp_path_factory.mktemp(f"teacher{seed}") for seed in (3, 4)]
    for folder, config in zip(folders, teachers(), strict=True):
        config.execute(folder, data)
    return folders


def teachers():
    return RUN, replace(RUN, training=replace(RUN.training, seed=4, learning_rate=0.05))


def batches(data, seed=1):
    return DATASET.read(DATASET.prepare(data), "train", batch_size=64, seed=seed)


def test_taught_batches_are_the_same_with_scores_beside_the_labels(data):
    usual = batches(data)
    scores = np.random.default_rng(0).random((200, 12), dtype="float32")
    others = taught(usual, scores)
    order = np.concatenate([usual._examples(step)[0] for step in range(4, 8)])
    for step in (0, 5):
        (inputs, labels), (same, targets) = usual.batch(step), others.batch(step)
        for name in inputs:
            np.testing.assert_array_equal(inputs[name], same[name])
        np.testing.assert_array_equal(targets[:, 0], labels)
        assert others.ids(step) == usual.ids(step)
    np.testing.assert_array_equal(np.concatenate([others.batch(step)[1][:, 1] for step in range(4, 8)]), scores[order])


def test_a_model_teaches_what_it_predicts_in_the_order_of_the_source(data):
    keras.utils.set_random_seed(0)
    model = MODEL.build()
    in_order = DATASET.read(DATASET.prepare(data), "train", batch_size=200)
    np.testing.assert_array_equal(
        taught(batches(data), model).source.scores,
        taught(in_order, model.predict_on_batch(in_order.batch(0)[0])).source.scores,
    )


def test_distil_makes_a_student_like_its_teacher(data):
    """All of the loss from a teacher of random weights, which labels know nothing of."""
    keras.utils.set_random_seed(5)
    teacher, student, other = (MODEL.build() for _ in range(3))
    for weight in teacher.weights:
        weight.assign(5 * weight)
    settings = {"epochs": 30, "teacher_share": 1.0}
    assert distill(student, teacher, batches(data), optimizer=keras.optimizers.Adam(0.05), **settings) is student
    features = batches(data).batch(0)[0]
    expected = teacher.predict_on_batch(features)
    distances = [np.abs(model.predict_on_batch(features) - expected).mean() for model in (student, other)]
    assert distances[0] < 0.2 * distances[1]


def test_the_run_is_the_students_own_training_but_for_the_targets(data, runs, tmp_path):
    """With no share for the teacher it is the same training, bit for bit; with a share it is another."""
    config = Distillation(RUN, teachers(), teacher_share=0.0)
    plain = replace(RUN).execute(tmp_path, data)
    results = []
    for name, share in (("none", 0.0), ("half", 0.5)):
        (tmp_path / name).mkdir()
        results.append(replace(config, teacher_share=share).execute(tmp_path / name, data, runs))
    np.testing.assert_allclose(
        [line["loss"] for line in results[0]["history"]], [line["loss"] for line in plain["history"]], rtol=1e-6
    )
    assert results[0]["best_averaged"] == plain["best_averaged"]
    assert results[1]["best_averaged"]["test"] != plain["best_averaged"]["test"]
    found = [read_predictions(folder / "best_averaged.validate.npz") for folder in runs]
    assert results[1]["weights"] == tune_weights(found[0][0], [scores for _, scores in found]).tolist()


class Stopped(BaseException):
    """What no handler in the library catches."""


def test_a_killed_distillation_ends_with_the_same_bits(data, runs, tmp_path, monkeypatch):
    import compactvid.atomic

    config = Distillation(RUN, teachers())
    whole, resumed = tmp_path / "whole", tmp_path / "resumed"
    whole.mkdir()
    resumed.mkdir()
    expected = config.execute(whole, data, runs)
    sync, flushes = compactvid.atomic.sync, iter(range(100))

    def stopping(path):
        if next(flushes) == 6:
            raise Stopped
        sync(path)

    with monkeypatch.context() as patch:
        patch.setattr("compactvid.atomic.sync", stopping)
        with pytest.raises(Stopped):
            config.execute(resumed, data, runs)
    assert config.execute(resumed, data, runs) == expected
    for name in ("best_averaged.test.npz", "best_single.validate.npz"):
        assert (resumed / name).read_bytes() == (whole / name).read_bytes()


@dataclass(frozen=True)
class Elsewhere:
    dataset: str = "another"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: DistillationLoss(teacher_share=1.5), r"teacher_share must lie in \[0, 1\], not 1.5"),
        (lambda: DistillationLoss(temperature=0.0), "temperature must be positive, not 0.0"),
        (lambda: DistillationLoss(temperature=float("nan")), "temperature must be positive, not nan"),
        (lambda: Distillation(RUN, ()), "teachers must be trainings on the student's data set, at least one"),
        (lambda: Distillation(RUN, (Elsewhere(),)), "teachers must be trainings on the student's data set"),
        (lambda: Distillation(RUN, (RUN,), temperature=-1.0), "temperature must be positive, not -1.0"),
    ],
)
def test_bad_settings_are_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_scores_of_another_split_are_refused(data):
    with pytest.raises(ValueError, match="the teacher scored 7 examples, the student has 200"):
        TaughtSource(batches(data).source, np.zeros((7, 12)))
