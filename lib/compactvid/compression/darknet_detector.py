"""A published detector in few bits, without further training."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from compactvid.compression.quantization_aware_training import QuantizationAwareTraining
from compactvid.datasets.detector_on_clips import DetectorOnClips
from compactvid.models import TinyYOLOv2
from compactvid.training.weights import save_weights

FILE = "quantized.weights.h5"
"""What `DarknetDetector` keeps."""


@dataclass(frozen=True)
class DarknetDetector:
    """Read a detector from Darknet's file and put it into few bits, for the clips that it is to look at.

    Cheng et al. 2018 train Q-YOLO under the constraint of 8 bits. That asks for the data that the detector was trained
    on; this is what they call direct quantisation (section 1), with ranges of the feature maps that are measured.

    Parameters
    ----------
    model
        The detector that the file holds.
    dataset
        The file, and the clips.
    method
        How it is put into few bits. "affine" feature maps get the range that they have on the pictures of
        `calibration`.
    calibration
        The middle frames of so many clips of the training split, or of all where there are fewer; the clips are spread
        evenly over the split.

    Raises
    ------
    ValueError
        `calibration` is less than 1.
    """

    model: TinyYOLOv2
    dataset: DetectorOnClips
    method: QuantizationAwareTraining
    calibration: int = 64

    def __post_init__(self) -> None:
        if self.calibration < 1:
            raise ValueError(f"DarknetDetector: calibration must be at least 1, not {self.calibration}")

    def execute(self, folder: Path, data_folder: Path | None) -> Mapping[str, Any]:
        """Keep `FILE`, for the model that `method` prepares.

        Returns
        -------
        dict
            `ranges`: rows of `compactvid.compression.simulated_quantization.activation_ranges`.

        Raises
        ------
        RecordError
            The weights' file is damaged, or of another network.
        """
        from compactvid.compression.simulated_quantization import activation_ranges, simulate_quantization
        from compactvid.training.darknet_weights import load_darknet_weights

        files = self.dataset.prepare(data_folder)
        network = self.model.build(initialize=False)
        load_darknet_weights(network, files["weights"][0])
        step = -(-len(files["train"]) // self.calibration)
        batches = self.dataset.read(
            {"train": files["train"][::step]}, "train", size=self.model.input_size, num_frames=1, batch_size=1
        )
        ranges = activation_ranges(
            network, ({"image": inputs["frames"][:, 0].astype("float32") / 255} for inputs, _ in batches)
        )
        save_weights(simulate_quantization(network, calibration=ranges, **asdict(self.method)), folder / FILE)
        return {"ranges": ranges.to_dict("records")}
