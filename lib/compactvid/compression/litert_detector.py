"""A detector as an 8-bit LiteRT file: what it computes, and how near."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from compactvid.compression.detection_fine_tuning import DetectionFineTuning
from compactvid.training.compiled import release
from compactvid.training.weights import load_weights


@dataclass(frozen=True)
class LiteRTDetector:
    """Export a fine-tuned detector's float network in 8 bits, and run it with LiteRT's interpreter.

    The converter folds batch normalisation into the kernels, and quantises these by its own rule, a scale a filter:
    what is exported has the detector's weights, and not its levels.

    Parameters
    ----------
    tuning
        The detector.
    calibration
        Pictures of the validation split, the first ones, on which feature maps find their ranges.
    compared
        Pictures of the test split, the first ones, on which outputs are compared.
    """

    tuning: DetectionFineTuning
    calibration: int = 128
    compared: int = 16

    @property
    def requires(self) -> tuple[DetectionFineTuning]:
        """The run of the detector."""
        return (self.tuning,)

    @property
    def dataset(self) -> Any:
        """The detector's data set."""
        return self.tuning.dataset

    def execute(self, folder: Path, data_folder: Path | None, required: list[Path]) -> Mapping[str, Any]:
        """Return `file_bytes`; `values`, how many the float network has; `operators`, rows of `litert_operators`; and
        `signal_to_noise`, of the float network's outputs, in decibels. `detector.tflite` is the file."""
        from compactvid.compression.litert import LiteRTModel, export_litert
        from compactvid.compression.litert_operators import litert_operators
        from compactvid.ops.quantize import signal_to_noise

        release(None)  # the file holds automatic names, which count what the process has built before
        (tuned,) = required
        config = self.tuning.base.training.model
        model = config.build(initialize=False)
        load_weights(model, tuned / "fine_tuned.weights.h5")
        files = self.dataset.prepare(data_folder)
        calibration, images = (
            self.dataset.read(files, split, size=config.input_size, batch_size=count)
            .batch(0)[0]["image"]
            .astype("float32")
            / 255
            for split, count in (("validate", self.calibration), ("test", self.compared))
        )
        file = export_litert(
            model, folder / "detector.tflite", precision="int8", representative=[{"image": calibration}]
        )
        exact, found = np.asarray(model({"image": images}, training=False)), LiteRTModel(file)({"image": images})
        return {
            "file_bytes": file.stat().st_size,
            "values": model.count_params(),
            "operators": litert_operators(file).to_dict("records"),
            "signal_to_noise": float(signal_to_noise(exact, found)),
        }
