"""What a trained detector detects in fewer bits, without further training."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from compactvid.compression.quantization_aware_training import QuantizationAwareTraining
from compactvid.metrics import detection_average_precision
from compactvid.training import DetectionTraining
from compactvid.training.detection import detect
from compactvid.training.detection_training import EVALUATION_BATCH
from compactvid.training.weights import load_weights


@dataclass(frozen=True)
class DetectionAtBits:
    """Put a training's best checkpoint into few bits, in several ways, and detect on the test split with each.

    Cheng et al. 2018 call this direct quantisation (section 1). The model computes as `simulate_quantization` has it.

    Parameters
    ----------
    base
        The training.
    methods
        The ways. An "affine" range of feature maps spans what the float network gives on `calibration`.
    calibration
        Pictures of the validation split, the first ones.

    Raises
    ------
    ValueError
        No methods, or no pictures to calibrate with.
    """

    base: DetectionTraining
    methods: tuple[QuantizationAwareTraining, ...]
    calibration: int = 128

    def __post_init__(self) -> None:
        if not self.methods or self.calibration < 1:
            raise ValueError("DetectionAtBits: there must be at least one method, and one picture of calibration")

    @property
    def requires(self) -> tuple[DetectionTraining]:
        """The run that this one starts from."""
        return (self.base,)

    @property
    def dataset(self) -> Any:
        """The training's data set."""
        return self.base.dataset

    def execute(self, folder: Path, data_folder: Path | None, required: list[Path]) -> Mapping[str, Any]:
        """Return `average_precision`: for each method, in their order, that of each class by name.

        It is Pascal VOC's at IoU 0.5, all-point, as `DetectionTraining` reports it.
        """
        from compactvid.compression.simulated_quantization import activation_ranges, simulate_quantization

        (base,) = required
        config = self.base.training.model
        model = config.build(initialize=False)
        load_weights(model, base / "best.weights.h5")
        files, size = self.dataset.prepare(data_folder), config.input_size
        images = self.dataset.read(files, "validate", size=size, batch_size=self.calibration).batch(0)[0]["image"]
        calibration = activation_ranges(model, [{"image": images.astype("float32") / 255}])
        test = self.dataset.read(files, "test", size=size, batch_size=EVALUATION_BATCH)
        found = []
        for method in self.methods:
            quantized = simulate_quantization(model, calibration=calibration, **asdict(method))
            # A few batches: tracing the model for them would take longer than they do.
            objects, detections = detect(
                partial(quantized, training=False),
                test,
                anchors=config.anchors,
                class_names=self.dataset.class_names,
            )
            scores = detection_average_precision(objects, detections).set_index("label")["average_precision"]
            found.append({label: float(score) for label, score in scores.items()})
        return {"average_precision": found}
