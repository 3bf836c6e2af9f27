"""What 8 bits do to a trained detector, kernel by kernel and block by block: one of ours, and the published one."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from compactvid.compression.feature_map_errors import input_errors, output_errors
from compactvid.compression.kernel_errors import kernel_errors
from compactvid.compression.quantization_aware_training import QuantizationAwareTraining
from compactvid.compression.simulated_quantization import activation_ranges
from compactvid.training import DetectionTraining
from compactvid.training.weights import load_weights


@dataclass(frozen=True)
class DetectorQuantizationErrors:
    """Of a training's best checkpoint; nothing is trained.

    Parameters
    ----------
    base
        The training.
    methods
        See `output_errors`.
    calibration, images
        Pictures of the validation split that "affine" levels are calibrated on, and of the test split that feature maps
        are measured on: the first ones.

    Raises
    ------
    ValueError
        No methods, or no pictures.
    """

    base: DetectionTraining
    methods: tuple[QuantizationAwareTraining, ...]
    calibration: int = 128
    images: int = 64

    def __post_init__(self) -> None:
        if not self.methods or min(self.calibration, self.images) < 1:
            raise ValueError(
                "DetectorQuantizationErrors: there must be at least one method, and one picture of each kind"
            )

    @property
    def requires(self) -> tuple[DetectionTraining]:
        """The run that this one starts from."""
        return (self.base,)

    @property
    def dataset(self) -> Any:
        """The training's data set."""
        return self.base.dataset

    def execute(self, folder: Path, data_folder: Path | None, required: list[Path]) -> Mapping[str, Any]:
        """Return `kernels`, `inputs` and `outputs`; nothing is written to `folder`.

        `kernels` are a list of what `kernel_errors` finds, with the `layer` and `folded_largest`, the largest magnitude
        that the kernel has with batch normalisation folded in; for the others see `input_errors` and `output_errors`.
        """
        from compactvid.compression.batch_norm_folding import fold_batch_normalization

        (base,) = required
        config = self.base.training.model
        model = config.build(initialize=False)
        load_weights(model, base / "best.weights.h5")
        files = self.dataset.prepare(data_folder)
        calibration, images = (
            [{"image": read.batch(0)[0]["image"].astype("float32") / 255}]
            for split, count in (("validate", self.calibration), ("test", self.images))
            for read in [self.dataset.read(files, split, size=config.input_size, batch_size=count)]
        )
        ranges = activation_ranges(model, calibration)
        folded = _kernels(fold_batch_normalization(model))
        return {
            "kernels": [
                {"layer": name, "folded_largest": float(np.abs(folded[name]).max()), **kernel_errors(kernel)}
                for name, kernel in _kernels(model).items()
            ],
            "inputs": input_errors(model, ranges, images),
            "outputs": output_errors(model, self.methods, ranges, images),
        }


@dataclass(frozen=True)
class PublishedQuantizationErrors:
    """Of tiny-YOLOv2's published kernels, and of the network of as many first blocks as are complete.

    Batch normalisation is folded into them, where Cheng et al. 2018, section 2.2, quantise raw weights and keep batch
    normalisation as a layer. So the numbers are of real weights and real pictures, and not of Q-YOLO's own weights.

    Parameters
    ----------
    dataset
        Weights and pictures: a `compactvid.datasets.published_detector.PublishedDetector`.
    methods
        See `output_errors`.
    input_size
        Height and width that pictures are brought to.
    batch_size
        Pictures at a time.
    """

    dataset: Any
    methods: tuple[QuantizationAwareTraining, ...]
    input_size: tuple[int, int] = (416, 416)
    batch_size: int = 4

    def execute(self, folder: Path, data_folder: Path | None) -> Mapping[str, Any]:
        """Return what `DetectorQuantizationErrors` does: `folded_largest` is `largest`; and the number of `images`."""
        files = self.dataset.prepare(data_folder)
        layers = self.dataset.weights(files)
        model = folded_network(layers, self.input_size)
        calibration, images = (
            _Pictures(self.dataset, files, split, self.input_size, self.batch_size)
            for split in ("calibration", "images")
        )
        ranges = activation_ranges(model, calibration)
        errors = {name: kernel_errors(arrays["kernel"]) for name, arrays in layers.items() if "kernel" in arrays}
        return {
            "images": len(files["images"]),
            "kernels": [{"layer": name, "folded_largest": found["largest"], **found} for name, found in errors.items()],
            "inputs": input_errors(model, ranges, images),
            "outputs": output_errors(model, self.methods, ranges, images),
        }


def folded_network(layers: Mapping[str, Mapping[str, np.ndarray]], input_size: tuple[int, int]) -> Any:
    """The first blocks of tiny-YOLOv2 as a Keras model, batch normalisation folded in.

    Parameters
    ----------
    layers
        Of `compactvid.datasets.darknet_folded.read_folded`. The blocks are those of `conv1` and on whose kernel and
        bias are there, without a gap, at most the five that are followed by maximum pooling of stride 2.
    input_size
        Height and width of the pictures.

    Returns
    -------
    keras.Model
        Takes a dict of `image`, (batch, height, width, 3) in [0, 1]; gives what the last block's pooling does.

    Raises
    ------
    ValueError
        `conv1` is not complete.
    """
    import keras

    image = x = keras.Input((*input_size, 3), name="image")
    complete = []
    for name in (f"conv{number}" for number in range(1, 6)):
        if not {"kernel", "bias"} <= set(layers.get(name, ())):
            break
        complete.append(name)
        bias = layers[name]["bias"]
        x = keras.layers.Conv2D(len(bias), layers[name]["kernel"].shape[0], padding="same", name=name)(x)
        x = keras.layers.LeakyReLU(negative_slope=0.1, name=f"{name}_leaky_relu")(x)
        x = keras.layers.MaxPooling2D(2, padding="same", name=name.replace("conv", "pool"))(x)
    if not complete:
        raise ValueError("folded_network: layers must have kernel and bias of conv1")
    model = keras.Model({"image": image}, x, name="folded_tiny_yolov2")
    for name in complete:
        model.get_layer(name).set_weights([layers[name]["kernel"], layers[name]["bias"]])
    return model


@dataclass(frozen=True)
class _Pictures:
    """Batches of a split, read anew each time that they are asked for."""

    dataset: Any
    files: Mapping[str, list[Path]]
    split: str
    size: tuple[int, int]
    batch_size: int

    def __iter__(self) -> Any:
        return self.dataset.read(self.files, self.split, size=self.size, batch_size=self.batch_size)


def _kernels(model: Any) -> dict[str, np.ndarray]:
    import keras

    return {
        layer.name: np.asarray(keras.ops.convert_to_numpy(layer.kernel))
        for layer in model.layers
        if isinstance(layer, keras.layers.Conv2D)
    }
