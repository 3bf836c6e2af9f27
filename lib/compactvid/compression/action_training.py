"""One trained action classifier, on what a run has kept of clips."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from compactvid.compression.clip_tensors import ClipTensors
from compactvid.datasets.batches import Batches
from compactvid.datasets.stored_clips import StoredClips
from compactvid.training import TrainingRun
from compactvid.training.training_run import Trained
from compactvid.training.weights import save_weights

EVALUATION_BATCH = 64


@dataclass(frozen=True)
class ActionTraining:
    """Train a `VideoRNN` on the cross entropy of the actions; report the best checkpoint, and all others.

    There is one checkpoint an epoch; the one with the largest validation accuracy, the first of equals, is reported on
    the test split, which chose nothing. The paper reports "the peak accuracy" over the epochs, presumably of the split
    that it prints: so the test accuracy of every epoch is returned too.

    Parameters
    ----------
    training
        The optimisation: its model is a `compactvid.models.VideoRNN`, its data set that of `tensors`.
    tensors
        Frames or features.
    shuffled
        Control: the frames of each clip, in all splits, in an order drawn once for it.

    Raises
    ------
    ValueError
        The data sets differ.
    """

    training: TrainingRun
    tensors: ClipTensors
    shuffled: bool = False

    def __post_init__(self) -> None:
        if self.training.dataset != self.tensors.dataset:
            raise ValueError("ActionTraining: training and tensors must have the same dataset")

    @property
    def dataset(self) -> Any:
        """The clips."""
        return self.training.dataset

    @property
    def requires(self) -> tuple[ClipTensors]:
        """The run that keeps the clips."""
        return (self.tensors,)

    def execute(self, folder: Path, data_folder: Path | None, required: list[Path]) -> Mapping[str, Any]:
        """Train in `folder`. The best checkpoint's weights are kept as `best.weights.h5`.

        Returns
        -------
        dict
            `history`, a line an epoch with `loss`, `validation_accuracy` and `test_accuracy`; `epoch`, the best one's
            number from 1; `accuracy` of it on the test split; `weights` of the map from the input and of all.
        """
        import keras

        (stored,) = required
        splits = {
            "train": self._clips(stored / "train.npz"),
            "validate": self._clips(stored / "validate.npz"),
            "test": self._clips(stored / "test.npz"),
        }
        trained = self.training.fit(
            folder,
            data_folder,
            shared=True,
            read=lambda files, split, **options: Batches(splits[split], **options),
            loss=keras.losses.categorical_crossentropy,
            validate=lambda trained: accuracy(trained, splits["validate"]),
            metric="accuracy",
        )
        history = []
        for epoch, line in enumerate(trained.history):
            trained.model.set_weights(trained.weights(epoch))
            history.append({**line, "test_accuracy": accuracy(trained, splits["test"])})
        best = trained.best_epoch()
        trained.model.set_weights(trained.weights(best))
        save_weights(trained.model, folder / "best.weights.h5")
        rnn = trained.model.get_layer("rnn")
        return {
            "history": history,
            "epoch": best + 1,
            "accuracy": history[best]["test_accuracy"],
            "weights": {"input_map": int(rnn.input_map.count_params()), "all": int(trained.model.count_params())},
        }

    def _clips(self, path: Path) -> StoredClips:
        return StoredClips(path, shuffled=self.training.seed if self.shuffled else None)


def accuracy(trained: Trained, clips: StoredClips) -> float:
    """Share of clips whose action is the most probable one, in [0, 1]."""
    right = [
        np.argmax(trained.model.predict_on_batch(inputs), axis=1) == np.argmax(labels, axis=1)
        for inputs, labels in Batches(clips, batch_size=EVALUATION_BATCH)
    ]
    return float(np.concatenate(right).mean())
