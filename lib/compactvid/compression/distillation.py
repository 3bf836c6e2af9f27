"""Distillation: a student that learns from labels and from a teacher's probabilities."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from compactvid.compression.at_precision import built
from compactvid.compression.best_checkpoints import BestCheckpoints
from compactvid.compression.ensemble_weights import tune_weights
from compactvid.compression.tuned_ensemble import member_scores, mixed
from compactvid.datasets.batches import Batch, Batches, Source
from compactvid.training import TrainingRun
from compactvid.training.evaluation import scores_and_labels
from compactvid.training.weights import load_weights


@dataclass(frozen=True)
class DistillationLoss:
    r"""Cross entropy with the labels, mixed with cross entropy with the teacher's softened probabilities.

    .. math:: (1 - s) \, H(y, p) + s \, T^2 \, H(q_T, p_T), \qquad p_T = \sigma(\mathrm{logit}(p) / T)

    Reference: Hinton, Vinyals & Dean 2015 (arXiv:1503.02531), section 2, with a sigmoid for each class in place of the
    softmax, since a video has several labels; :math:`H` is the challenge's loss
    (`compactvid.training.loss.multi_label_cross_entropy`). The factor :math:`T^2` keeps the size of the soft part's
    gradient as T changes.

    Parameters
    ----------
    teacher_share
        Weight s of the soft part, in [0, 1].
    temperature
        T > 0. With 1, the loss is cross entropy with targets mixed of labels and probabilities.

    Raises
    ------
    ValueError
        A field has no valid value; the message names it.
    """

    teacher_share: float = 0.5
    temperature: float = 2.0

    def __post_init__(self) -> None:
        if not 0 <= self.teacher_share <= 1:
            raise ValueError(f"DistillationLoss: teacher_share must lie in [0, 1], not {self.teacher_share}")
        if not 0 < self.temperature < float("inf"):
            raise ValueError(f"DistillationLoss: temperature must be positive, not {self.temperature}")

    def loss(self, y_true, y_pred):
        """The loss of each video, (batch,).

        Parameters
        ----------
        y_true
            Labels and the teacher's probabilities, (batch, 2, classes).
        y_pred
            The student's probabilities, (batch, classes).
        """
        from keras import ops

        from compactvid.training.loss import multi_label_cross_entropy

        labels, teacher = ops.unstack(ops.cast(y_true, "float32"), axis=1)
        hard = multi_label_cross_entropy(labels, y_pred)
        soft = multi_label_cross_entropy(self._softened(teacher), self._softened(ops.cast(y_pred, "float32")))
        return (1 - self.teacher_share) * hard + self.teacher_share * self.temperature**2 * soft

    def _softened(self, probabilities):
        from keras import ops

        from compactvid.training.loss import EPSILON

        logits = ops.log(probabilities + EPSILON) - ops.log(1.0 - probabilities + EPSILON)
        return ops.sigmoid(logits / self.temperature)


class TaughtSource:
    """A source as `compactvid.datasets.batches.Source` whose targets are its labels and a teacher's scores.

    Parameters
    ----------
    source
        Examples with labels (classes,).
    scores
        The teacher's probabilities, (examples, classes), in the order of the source.
    """

    def __init__(self, source: Source, scores: np.ndarray):
        if len(scores) != len(source):
            raise ValueError(f"distillation: the teacher scored {len(scores)} examples, the student has {len(source)}")
        self.source = source
        self.scores = np.asarray(scores, dtype="float32")

    def __len__(self) -> int:
        return len(self.source)

    def load(self, indices: np.ndarray, epoch: int) -> Batch:
        """Inputs by name, and targets (examples, 2, classes)."""
        inputs, labels = self.source.load(indices, epoch)
        return inputs, np.stack([labels.astype("float32"), self.scores[indices]], axis=1)

    def ids(self, indices: np.ndarray) -> list[str]:
        """Names of the examples."""
        return self.source.ids(indices)


def taught(batches: Batches, teacher: Any) -> Batches:
    """The same batches with a teacher's probabilities beside the labels: targets of shape (batch, 2, classes).

    The teacher scores every example once, as epoch 0 has it, and its scores (4 bytes a class) are held in memory.

    Parameters
    ----------
    batches
        Inputs by name and labels (batch, classes).
    teacher
        A `keras.Model` on these inputs with probabilities (batch, classes), such as `ensemble_graph` makes, or its
        scores (examples, classes) in the order of the source.

    Raises
    ------
    ValueError
        The teacher scored another number of examples.
    """
    if not isinstance(teacher, np.ndarray):
        in_order = Batches(batches.source, batch_size=batches.batch_size)
        _, teacher = scores_and_labels(teacher.predict_on_batch, in_order)
    source = TaughtSource(batches.source, teacher)
    return Batches(source, batch_size=batches.batch_size, seed=batches.seed, on_error=batches.on_error)


def distill(
    student: Any,
    teacher: Any,
    batches: Batches,
    *,
    epochs: int = 1,
    optimizer: Any = "adam",
    teacher_share: float = 0.5,
    temperature: float = 2.0,
) -> Any:
    """Train a model on labels and on a teacher's probabilities.

    Reference: Liu & Liu 2018, section 4, names it as what they would have tried; see `DistillationLoss`. For a training
    that can be resumed and is stored, see `Distillation`.

    Parameters
    ----------
    student
        A `keras.Model` with probabilities (batch, classes). It is compiled anew and trained.
    teacher, batches
        As in `taught`.
    epochs, optimizer
        As in `keras.Model.fit` and `keras.Model.compile`.
    teacher_share, temperature
        As in `DistillationLoss`.

    Returns
    -------
    keras.Model
        The student, with its training's `history`.

    Raises
    ------
    ValueError
        A parameter has no valid value.
    """
    loss = DistillationLoss(teacher_share, temperature)
    targets = taught(batches, teacher)
    student.compile(optimizer, loss.loss)
    # One long epoch for Keras: the batches know where theirs begin, each in an order of its own.
    student.fit(targets.as_keras(steps=epochs * len(targets)), shuffle=False, verbose=0)
    return student


@dataclass(frozen=True)
class Distillation:
    """A training like another, whose student also learns from an ensemble of trained models.

    The teacher is the weighted sum of the teachers' best averaged checkpoints, with weights tuned on validation.
    Everything else, number of steps included, is as in the student's own training, so that the difference between the
    two is what the teacher gives.

    Parameters
    ----------
    student
        The training without a teacher.
    teachers
        Trainings on the same data set.
    teacher_share, temperature
        As in `DistillationLoss`.

    Raises
    ------
    ValueError
        There is no teacher, one was trained on other data, or a parameter of the loss has no valid value.
    """

    student: BestCheckpoints
    teachers: tuple[BestCheckpoints, ...]
    teacher_share: float = 0.5
    temperature: float = 2.0

    def __post_init__(self) -> None:
        if not self.teachers or any(teacher.dataset != self.dataset for teacher in self.teachers):
            raise ValueError("Distillation: teachers must be trainings on the student's data set, at least one")
        DistillationLoss(self.teacher_share, self.temperature)

    @property
    def requires(self) -> tuple[BestCheckpoints, ...]:
        """The teachers' runs."""
        return self.teachers

    @property
    def dataset(self) -> Any:
        """The student's data set."""
        return self.student.dataset

    def execute(self, folder: Path, data_folder: Path | None, required: list[Path]) -> Mapping[str, Any]:
        """Return the teacher's `weights`, and of the student what `BestCheckpoints` returns and keeps."""
        weights = tune_weights(*member_scores(required, "validate"))
        files = self.dataset.prepare(data_folder)
        scores = []
        for teacher, run in zip(self.teachers, required, strict=True):
            model = built(teacher.training.model)
            load_weights(model, run / "best_averaged.weights.h5")
            scores.append(scores_and_labels(model.predict_on_batch, self.dataset.read(files, "train"))[1])
        loss = DistillationLoss(self.teacher_share, self.temperature)
        training = _TaughtRun(**vars(self.student.training), teacher=mixed(np.stack(scores), weights), taught_loss=loss)
        return {"weights": weights.tolist(), **replace(self.student, training=training).execute(folder, data_folder)}


@dataclass(frozen=True)
class _TaughtRun(TrainingRun):
    """A training with a teacher's scores of its training split."""

    teacher: np.ndarray | None = None
    taught_loss: DistillationLoss = DistillationLoss()

    def fit(self, folder: Path, data_folder: Path | None, **others: Any) -> Any:
        def read(*arguments: Any, **parameters: Any) -> Batches:
            return taught(self.dataset.read(*arguments, **parameters), self.teacher)

        return super().fit(folder, data_folder, read=read, loss=self.taught_loss.loss, **others)
