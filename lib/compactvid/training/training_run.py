"""One trained model, from its configuration alone."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from compactvid.metrics import global_average_precision
from compactvid.training.evaluation import evaluate, scores_and_labels
from compactvid.training.history import by_epoch
from compactvid.training.predictions import save_predictions
from compactvid.training.weights import load_weights, read_arrays, save_weights

PRECISIONS = ("float32", "mixed_float16", "mixed_bfloat16")


@dataclass(frozen=True)
class Trained:
    """A model after its last epoch, with one checkpoint file (`epoch_weights`) and one line of history an epoch."""

    model: Any
    dataset: Any
    files: Mapping[str, list[Path]]
    checkpoints: list[Path]
    history: list[dict[str, float]]
    metric: str = "gap"

    def weights(self, epoch: int) -> list[np.ndarray]:
        """The weights of a checkpoint, counted from 0, as `model.get_weights` gives them."""
        return read_arrays(self.checkpoints[epoch])

    def gap(self, split: str) -> float:
        """GAP@20 of the model, with the weights that it holds now, on a split."""
        return global_average_precision(*self.predict(split))

    def report(self, weights: Sequence[np.ndarray], name: Path, *, predictions: bool = False) -> dict[str, Any]:
        """All metrics on the test split with some weights, which are kept as `NAME.weights.h5`.

        With `predictions`, those of the test split are kept as `NAME.test.npz`, and those of the validation split as
        `NAME.validate.npz` (see `compactvid.training.predictions`).
        """
        self.model.set_weights(weights)
        save_weights(self.model, name.with_name(f"{name.name}.weights.h5"))
        labels, scores = self.predict("test")
        if predictions:
            save_predictions(name.with_name(f"{name.name}.test.npz"), labels, scores)
            save_predictions(name.with_name(f"{name.name}.validate.npz"), *self.predict("validate"))
        return evaluate(labels, scores)

    def best_epoch(self) -> int:
        """The index of the checkpoint with the largest validation score (GAP, or `metric`), the first of equals."""
        return max(range(len(self.history)), key=lambda epoch: self.history[epoch][f"validation_{self.metric}"])

    def predict(self, split: str) -> tuple[np.ndarray, np.ndarray]:
        """Labels and scores of a split, each of shape (videos, classes)."""
        return scores_and_labels(self.model.predict_on_batch, self.dataset.read(self.files, split))


@dataclass(frozen=True)
class TrainingRun:
    """Train a model with Adam on the challenge's loss; report the best checkpoint.

    There is one checkpoint an epoch; the one with the largest validation GAP is reported on the test split, which
    chose nothing.

    Parameters
    ----------
    model
        A model configuration with `build()`.
    dataset
        A data set configuration with `fingerprint`, `prepare` and `read`.
    seed
        Seeds the initial weights, dropout and the order of the batches.
    epochs, batch_size
        Passes over the training split; videos a step.
    learning_rate, learning_rate_decay, decay_examples
        Adam's rate, multiplied by the decay after each `decay_examples` examples, in steps (the challenge's schedule).
    clip_gradient_norm
        Largest norm of each tensor's gradient, as in the challenge's starter code.
    precision
        Keras's dtype policy of the model: `float32`, or `mixed_float16` (with loss scaling) or `mixed_bfloat16`, which
        keep the weights in float32.
    checkpoint_steps
        Steps between checkpoints, each with a line of history; an epoch where None.
    """

    model: Any
    dataset: Any
    seed: int
    epochs: int
    batch_size: int
    learning_rate: float
    learning_rate_decay: float = 0.8
    decay_examples: int = 4_000_000
    clip_gradient_norm: float = 1.0
    precision: str = "float32"
    checkpoint_steps: int | None = None

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size", "decay_examples"):
            if getattr(self, name) < 1:
                raise ValueError(f"TrainingRun: {name} must be at least 1, not {getattr(self, name)}")
        for name in ("learning_rate", "learning_rate_decay", "clip_gradient_norm"):
            if not getattr(self, name) > 0:
                raise ValueError(f"TrainingRun: {name} must be above 0, not {getattr(self, name)}")
        if self.precision not in PRECISIONS:
            raise ValueError(f"TrainingRun: precision must be one of {', '.join(PRECISIONS)}, not {self.precision!r}")
        if self.checkpoint_steps is not None and self.checkpoint_steps < 1:
            raise ValueError(f"TrainingRun: checkpoint_steps must be at least 1 or None, not {self.checkpoint_steps}")

    def execute(self, folder: Path, data_folder: Path | None) -> Mapping[str, Any]:
        """Train in `folder`; return the history, and the chosen epoch with its test metrics.

        Its weights and predictions are kept: see `Trained.report`.
        """
        trained = self.fit(folder, data_folder, shared=True)
        best = trained.best_epoch()
        test = trained.report(trained.weights(best), folder / "best_single", predictions=True)
        return {"history": trained.history, "best_single": {"epoch": best + 1, "test": test}}

    def fit(
        self,
        folder: Path,
        data_folder: Path | None,
        *,
        shared: bool = False,
        prepare: Callable[[Any], Any] | None = None,
        start: Path | None = None,
        read: Callable[..., Any] | None = None,
        loss: Callable[..., Any] | None = None,
        optimizer: Callable[..., Any] | None = None,
        validate: Callable[[Trained], float] | None = None,
        metric: str = "gap",
    ) -> Trained:
        """Train in `folder`, or go on where a killed call stopped; see `compactvid.training.loop.train`.

        Parameters
        ----------
        folder, data_folder
            As `execute` gets them.
        shared
            Let the next shared call have the `keras.Model` if its own would be compiled alike, with new weights: see
            `compactvid.training.compiled`. For a run, which is done with its model by then. What `prepare`, `loss` and
            `optimizer` do must then be told by their `repr`, as of methods of frozen dataclasses.
        prepare
            Given the built model, returns the one to train: another architecture, say, or the same with constraints.
        start
            A `.weights.h5` file of the model to begin with, in place of random weights.
        read
            In place of the data set's `read` for the training split: batches with other targets, say.
        loss
            In place of the challenge's loss.
        optimizer
            Called in place of `keras.optimizers.Adam`, with a schedule of learning rates and `clipnorm`.
        validate, metric
            In place of GAP: the score of a model after an epoch, and its name in the history (`validation_METRIC`).

        Raises
        ------
        FloatingPointError
            A loss is not finite; the step and the ids of its batch are named.
        """
        import keras

        from compactvid.training.compiled import compiled, release
        from compactvid.training.devices import Devices
        from compactvid.training.loop import epoch_weights, train
        from compactvid.training.loss import multi_label_cross_entropy

        key = repr((self._compiled_key(), prepare, loss, optimizer)) if shared else None
        release(key)
        devices = Devices(self.batch_size)
        keras.utils.set_random_seed(self.seed)
        files = self.dataset.prepare(data_folder)
        model = compiled(
            key if devices.count == 1 else None,
            lambda: self._build(prepare),
            lambda built: self._compile(built, loss or multi_label_cross_entropy, optimizer or keras.optimizers.Adam),
        )
        if start is not None:
            load_weights(model, start)
        trained = Trained(model, self.dataset, files, [], [], metric)
        lines = train(
            model,
            (read or self.dataset.read)(files, "train", batch_size=self.batch_size, seed=self.seed),
            folder,
            devices=devices,
            epochs=self.epochs,
            checkpoint_steps=self.checkpoint_steps,
            learning_rate=lambda step: self.learning_rate * self.learning_rate_decay ** (step // self._decay_steps),
            validate=lambda: validate(trained) if validate else trained.gap("validate"),
            metric=metric,
        )
        trained.checkpoints.extend(epoch_weights(folder, epoch + 1) for epoch in range(self.epochs))
        trained.history.extend(by_epoch(lines, metric))
        return trained

    def _build(self, prepare: Callable[[Any], Any] | None) -> Any:
        import keras

        usual = keras.config.dtype_policy()
        keras.config.set_dtype_policy(self.precision)
        try:
            model = self.model.build()
            return model if prepare is None else prepare(model)
        finally:
            keras.config.set_dtype_policy(usual)

    def _compile(self, model: Any, loss: Callable[..., Any], optimizer: Callable[..., Any]) -> None:
        import keras

        rate = keras.optimizers.schedules.ExponentialDecay(
            self.learning_rate, self._decay_steps, self.learning_rate_decay, staircase=True
        )
        model.compile(
            optimizer(rate, clipnorm=self.clip_gradient_norm),
            loss,
            # On TensorFlow, compiling costs more than short trainings gain; on JAX, not compiling is op by op.
            jit_compile=keras.backend.backend() == "jax",
        )

    def _compiled_key(self) -> str:
        """What the compiled model is a function of: all but the data, their order, the seed and the number of steps."""
        optimizer = (self.learning_rate, self._decay_steps, self.learning_rate_decay, self.clip_gradient_norm)
        return repr((self.model, optimizer, self.precision))

    @property
    def _decay_steps(self) -> int:
        return max(1, self.decay_examples // self.batch_size)
