"""One trained detector, from its configuration alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from compactvid.datasets.augmentation import Augmentation
from compactvid.datasets.batches import Batches
from compactvid.datasets.detector_input import NO_AUGMENTATION, DetectorInput
from compactvid.metrics import detection_average_precision, mean_detection_average_precision
from compactvid.training.detection import detect
from compactvid.training.detection_file import save_detections
from compactvid.training.training_run import Trained, TrainingRun
from compactvid.training.weights import save_weights

EVALUATION_BATCH = 64


@dataclass(frozen=True)
class DetectionTraining:
    """Train a detector on the loss of YOLOv2; report the best checkpoint.

    There is one checkpoint an epoch; the one with the largest mAP on the validation split is reported on the test
    split, which chose nothing. mAP is Pascal VOC's at IoU 0.5, all-point; difficult objects count neither way.

    Parameters
    ----------
    training
        The optimisation: its model is a `compactvid.models.TinyYOLOv2`, its data set has `class_names` and reads as
        `compactvid.datasets.voc.read`. Its seed also draws the augmentation.
    augmentation
        Of the training split.

    Raises
    ------
    ValueError
        The model's classes are not as many as the data set's.
    """

    training: TrainingRun
    augmentation: Augmentation = NO_AUGMENTATION

    def __post_init__(self) -> None:
        expected, found = len(self.dataset.class_names), self.training.model.num_classes
        if found != expected:
            raise ValueError(f"DetectionTraining: the model has {found} classes, the data set {expected}")

    @property
    def dataset(self) -> Any:
        """The training's data set."""
        return self.training.dataset

    def execute(self, folder: Path, data_folder: Path | None) -> Mapping[str, Any]:
        """Train in `folder`; return what `report` does. Weights and detections are kept under the name `best`."""
        return self.report(self.fit(folder, data_folder), folder / "best")

    def fit(self, folder: Path, data_folder: Path | None, **options: Any) -> Trained:
        """Train in `folder`, or go on where a killed call stopped; `options` are of `TrainingRun.fit`."""
        from compactvid.training.yolov2_loss import YOLOv2Loss

        return self.training.fit(
            folder,
            data_folder,
            shared=True,
            read=self._read,
            loss=YOLOv2Loss(self.training.model.anchors),
            validate=lambda trained: mean_detection_average_precision(*self.detections(trained, "validate")),
            metric="map",
            **options,
        )

    def report(self, trained: Trained, name: Path) -> dict[str, Any]:
        """What came of a training, of its best checkpoint on the test split.

        `NAME.weights.h5` keeps its weights, `NAME.test.npz` the test split's objects and detections (see
        `compactvid.training.detection_file`).

        Returns
        -------
        dict
            `history`, a line an epoch; `epoch`, the best one's number from 1; `test` with the numbers of `objects` and
            `detections`, `map`, and `average_precision` by class.
        """
        best = trained.best_epoch()
        trained.model.set_weights(trained.weights(best))
        save_weights(trained.model, name.with_name(f"{name.name}.weights.h5"))
        objects, detections = self.detections(trained, "test")
        save_detections(name.with_name(f"{name.name}.test.npz"), objects, detections)
        return {
            "history": trained.history,
            "epoch": best + 1,
            "test": {
                "objects": len(objects),
                "detections": len(detections),
                "map": mean_detection_average_precision(objects, detections),
                "average_precision": _by_class(detection_average_precision(objects, detections)),
            },
        }

    def detections(self, trained: Trained, split: str) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Objects and detections of a split with the weights that the model holds now."""
        model = self.training.model
        batches = self.dataset.read(trained.files, split, size=model.input_size, batch_size=EVALUATION_BATCH)
        return detect(
            trained.model.predict_on_batch, batches, anchors=model.anchors, class_names=self.dataset.class_names
        )

    def _read(self, files: Mapping[str, list[Path]], split: str, *, batch_size: int, seed: int) -> Batches:
        source = self.dataset.read(files, split, size=self.training.model.input_size).source
        return Batches(DetectorInput(source, self.augmentation, seed), batch_size=batch_size, seed=seed)


def _by_class(scores: pd.DataFrame) -> dict[str, float]:
    return dict(zip(scores["label"], map(float, scores["average_precision"]), strict=True))
