"""A detector that was trained in few bits, as an 8-bit LiteRT file: what it computes, and how near."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from compactvid.compression.detection_fine_tuning import DetectionFineTuning
from compactvid.training.compiled import release
from compactvid.training.weights import load_weights

FILE = "detector.tflite"
"""What `EightBitDetector` keeps."""


@dataclass(frozen=True)
class EightBitDetector:
    """Export what a fine-tuned detector computes with, its levels of kernels, and run it with LiteRT's interpreter.

    The weights that training moves are another network (see `compactvid.compression.stored_kernels`). The converter
    folds batch normalisation into the kernels and quantises these anew, a scale a filter; feature maps get 8 bits, over
    the range that they have on pictures of the validation split. So the file's levels are near the trained ones, and
    not the same.

    Parameters
    ----------
    tuning
        The detector. Its method is a `QuantizationAwareTraining`.
    calibration
        Pictures of the validation split, the first ones.
    compared
        Pictures of the test split, the first ones.
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
        """Write `FILE`, and say what is in it.

        Returns
        -------
        dict
            `file_bytes`; `values`, how many the float network has; `operators`, rows of `litert_operators`; and
            `signal_to_noise`, in decibels: the trained network's outputs, its levels simulated, over their difference
            to the file's.
        """
        from compactvid.compression.litert import LiteRTModel, export_litert
        from compactvid.compression.litert_operators import litert_operators
        from compactvid.compression.stored_kernels import with_stored_kernels
        from compactvid.ops.quantize import signal_to_noise

        release(None)  # the file holds automatic names, which count what the process has built before
        (tuned,) = required
        config = self.tuning.base.training.model
        network = config.build(initialize=False)
        values = network.count_params()
        model = self.tuning.method.prepare(network)
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
            with_stored_kernels(model), folder / FILE, precision="int8", representative=[{"image": calibration}]
        )
        trained, found = np.asarray(model({"image": images}, training=False)), LiteRTModel(file)({"image": images})
        return {
            "file_bytes": file.stat().st_size,
            "values": values,
            "operators": litert_operators(file).to_dict("records"),
            "signal_to_noise": float(signal_to_noise(trained, found)),
        }
