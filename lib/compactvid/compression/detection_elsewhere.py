"""What a detector that was trained on detects in other pictures than those that it is tested on."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from compactvid.compression.detection_fine_tuning import DetectionFineTuning
from compactvid.training.detection import detect
from compactvid.training.detection_file import save_detections
from compactvid.training.detection_training import EVALUATION_BATCH
from compactvid.training.weights import load_weights


@dataclass(frozen=True)
class DetectionElsewhere:
    """Detect with a fine-tuned detector's best checkpoint, its compression method at work, on another data set.

    Parameters
    ----------
    base
        The fine-tuning.
    dataset
        The pictures: it reads as `compactvid.datasets.voc.read`. What objects there are, are of the detector's classes.
    split
        Of the pictures.
    """

    base: DetectionFineTuning
    dataset: Any
    split: str = "test"

    @property
    def requires(self) -> tuple[DetectionFineTuning]:
        """The run whose weights are used."""
        return (self.base,)

    def execute(self, folder: Path, data_folder: Path | None, required: list[Path]) -> Mapping[str, Any]:
        """Return the numbers of `objects` and `detections`; `detections.npz` keeps both tables.

        See `compactvid.training.detection_file`.
        """
        (base,) = required
        config = self.base.training.training.model
        model = config.build(initialize=False)
        if self.base.method is not None:
            model = self.base.method.prepare(model)
        load_weights(model, base / "fine_tuned.weights.h5")
        files = self.dataset.prepare(data_folder)
        # A few batches: tracing the model for them would take longer than they do.
        objects, detections = detect(
            lambda inputs: model(inputs, training=False),
            self.dataset.read(files, self.split, size=config.input_size, batch_size=EVALUATION_BATCH),
            anchors=config.anchors,
            class_names=self.base.dataset.class_names,
        )
        save_detections(folder / "detections.npz", objects, detections)
        return {"objects": len(objects), "detections": len(detections)}
