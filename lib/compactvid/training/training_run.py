"""One trained model, from its configuration alone."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from compactvid.metrics import global_average_precision
from compactvid.training.evaluation import evaluate, scores_and_labels


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

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size", "decay_examples"):
            if getattr(self, name) < 1:
                raise ValueError(f"TrainingRun: {name} must be at least 1, not {getattr(self, name)}")
        for name in ("learning_rate", "learning_rate_decay", "clip_gradient_norm"):
            if not getattr(self, name) > 0:
                raise ValueError(f"TrainingRun: {name} must be above 0, not {getattr(self, name)}")

    def execute(self, folder: Path, data_folder: Path | None) -> Mapping[str, Any]:
        """Train in `folder`; return the history, and the chosen epoch with its test metrics."""
        trained = self.fit(folder, data_folder)
        best = trained.best_epoch()
        trained.checkpoints[best].rename(folder / "best_single.weights.h5")
        shutil.rmtree(folder / "checkpoints")
        test = trained.report(folder / "best_single.weights.h5")
        return {"history": trained.history, "best_single": {"epoch": best + 1, "test": test}}

    def fit(self, folder: Path, data_folder: Path | None) -> Trained:
        """Train, and write a checkpoint an epoch into `folder/checkpoints`.

        Raises
        ------
        FloatingPointError
            The loss of an epoch is not finite.
        """
        import keras

        from compactvid.training.loss import multi_label_cross_entropy

        keras.utils.clear_session()  # what earlier runs of this process built is not needed any more
        keras.utils.set_random_seed(self.seed)
        files = self.dataset.prepare(data_folder)
        train = self.dataset.read(files, "train", batch_size=self.batch_size, seed=self.seed)
        rate = keras.optimizers.schedules.ExponentialDecay(
            self.learning_rate,
            decay_steps=max(1, self.decay_examples // self.batch_size),
            decay_rate=self.learning_rate_decay,
            staircase=True,
        )
        model = self.model.build()
        # Compiling with XLA costs more than these short trainings gain from it.
        optimizer = keras.optimizers.Adam(rate, clipnorm=self.clip_gradient_norm)
        model.compile(optimizer, multi_label_cross_entropy, jit_compile=False)
        trained = Trained(model, self.dataset, files, [], [])
        (folder / "checkpoints").mkdir()
        for epoch in range(self.epochs):
            # The batches know their order; Keras would deal them in another, from its own random state.
            batches = train.as_keras(first_step=epoch * len(train))
            fitted = model.fit(batches, initial_epoch=epoch, epochs=epoch + 1, shuffle=False, verbose=0)
            loss = float(fitted.history["loss"][0])
            if not abs(loss) < float("inf"):
                raise FloatingPointError(f"{self.model}: loss is {loss} in epoch {epoch + 1} (seed {self.seed})")
            trained.checkpoints.append(folder / "checkpoints" / f"epoch-{epoch + 1:03d}.weights.h5")
            model.save_weights(trained.checkpoints[-1])
            trained.history.append({"epoch": epoch + 1, "loss": loss, "validation_gap": trained.gap("validate")})
        return trained
