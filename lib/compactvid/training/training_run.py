"""One trained model, from its configuration alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from compactvid.atomic import copied
from compactvid.metrics import global_average_precision
from compactvid.training.evaluation import evaluate, scores_and_labels
from compactvid.training.history import by_epoch

PRECISIONS = ("float32", "mixed_float16", "mixed_bfloat16")


@dataclass(frozen=True)
class Trained:
    """A model after its last epoch, with one checkpoint file (`.weights.h5`) and one line of history an epoch."""

    model: Any
    dataset: Any
    files: Mapping[str, list[Path]]
    checkpoints: list[Path]
    history: list[dict[str, float]]

    def gap(self, split: str) -> float:
        """GAP@20 of the model, with the weights that it holds now, on a split."""
        return global_average_precision(*self._predict(split))

    def report(self, weights: Path) -> dict[str, Any]:
        """All metrics on the test split with the weights of a file."""
        self.model.load_weights(weights)
        return evaluate(*self._predict("test"))

    def best_epoch(self) -> int:
        """The index of the checkpoint with the largest validation GAP, the first of equals."""
        return max(range(len(self.history)), key=lambda epoch: self.history[epoch]["validation_gap"])

    def _predict(self, split: str):
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
        """Train in `folder`; return the history, and the chosen epoch with its test metrics."""
        trained = self.fit(folder, data_folder)
        best = trained.best_epoch()
        kept = copied(trained.checkpoints[best], folder / "best_single.weights.h5")
        return {"history": trained.history, "best_single": {"epoch": best + 1, "test": trained.report(kept)}}

    def fit(self, folder: Path, data_folder: Path | None) -> Trained:
        """Train in `folder`, or go on where a killed call stopped; see `compactvid.training.loop.train`.

        Raises
        ------
        FloatingPointError
            A loss is not finite; the step and the ids of its batch are named.
        """
        import keras

        from compactvid.training.devices import Devices
        from compactvid.training.loop import epoch_weights, train
        from compactvid.training.loss import multi_label_cross_entropy

        keras.utils.clear_session()  # what earlier runs of this process built is not needed any more
        devices = Devices(self.batch_size)
        keras.utils.set_random_seed(self.seed)
        files = self.dataset.prepare(data_folder)
        rate = keras.optimizers.schedules.ExponentialDecay(
            self.learning_rate, self._decay_steps, self.learning_rate_decay, staircase=True
        )
        usual = keras.config.dtype_policy()
        keras.config.set_dtype_policy(self.precision)
        try:
            model = self.model.build()
        finally:
            keras.config.set_dtype_policy(usual)
        model.compile(
            keras.optimizers.Adam(rate, clipnorm=self.clip_gradient_norm),
            multi_label_cross_entropy,
            # On TensorFlow, compiling costs more than short trainings gain; on JAX, not compiling is op by op.
            jit_compile=keras.backend.backend() == "jax",
        )
        trained = Trained(model, self.dataset, files, [], [])
        lines = train(
            model,
            self.dataset.read(files, "train", batch_size=self.batch_size, seed=self.seed),
            folder,
            devices=devices,
            epochs=self.epochs,
            checkpoint_steps=self.checkpoint_steps,
            learning_rate=lambda step: self.learning_rate * self.learning_rate_decay ** (step // self._decay_steps),
            validate=lambda: trained.gap("validate"),
        )
        trained.checkpoints.extend(epoch_weights(folder, epoch + 1) for epoch in range(self.epochs))
        trained.history.extend(by_epoch(lines))
        return trained

    @property
    def _decay_steps(self) -> int:
        return max(1, self.decay_examples // self.batch_size)
