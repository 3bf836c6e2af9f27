"""A detector trained in few bits, converted to integers, and one picture's way through it with all numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from compactvid.atomic import replaced
from compactvid.compression.cell_numbers import cell_numbers
from compactvid.compression.detection_fine_tuning import DetectionFineTuning
from compactvid.compression.float_steps import float_steps
from compactvid.compression.integer_agreement import integer_agreement
from compactvid.compression.integer_conversion import convert_to_integers
from compactvid.compression.integer_convolution import IntegerConvolution, Levels
from compactvid.compression.integer_network import IntegerNetwork
from compactvid.compression.integer_sizes import integer_sizes
from compactvid.compression.simulated_quantization import without_simulated_quantization
from compactvid.training.weights import load_weights

Steps = Mapping[str, np.ndarray]
_STORED = {"weights": "kernel", "features": "features"}


@dataclass(frozen=True)
class IntegerFlow:
    """Convert a fine-tuned detector to integers, and follow the first picture of the test split through it.

    Reference: Cheng et al. 2018, section 2.2, Eq. 3 and Fig. 4.

    Parameters
    ----------
    tuning
        Its method is a `QuantizationAwareTraining` of kernels and feature maps.
    layer
        The convolution of which a cell and a feature map are kept: not the first or last, and with pooling behind it
        whose windows begin at multiples of their stride. The cell lies in the middle of the picture's first object.
    filter
        Its filter, from 1.
    compared
        Pictures of the test split, the first ones, on which the integers are compared with the graph that simulates
        them.

    Raises
    ------
    ValueError
        `filter` or `compared` is less than 1.
    """

    tuning: DetectionFineTuning
    layer: str = "conv2"
    filter: int = 1
    compared: int = 16

    def __post_init__(self) -> None:
        for name in ("filter", "compared"):
            if getattr(self, name) < 1:
                raise ValueError(f"IntegerFlow: {name} must be at least 1, not {getattr(self, name)}")

    @property
    def requires(self) -> tuple[DetectionFineTuning]:
        """The run of the detector."""
        return (self.tuning,)

    @property
    def dataset(self) -> Any:
        """The detector's data set."""
        return self.tuning.dataset

    def execute(self, folder: Path, data_folder: Path | None, required: list[Path]) -> Mapping[str, Any]:
        """Return what was found.

        Returns
        -------
        dict
            `blocks`, one a convolution: see `integer_sizes`; also `float_bytes` of its `weights` and `features`.
            `pooling`, one a max-pooling: `layer`, the convolution before it; `values`, how many it gives; `different`,
            how many of these get another level than pooling the levels gives. `agreement`: rows of
            `integer_agreement`. `outputs`: their largest `difference` to those of the graph that simulates the
            integers, and the `largest` of these in size. `cell`: see `cell_numbers`; also its `place` (row, column,
            filter, from 1), `xi`, what the levels of its `input` and `output` are, and the block's `multiplier`,
            `shift`, `bias` and `slope` there.

            `maps.npz` keeps the `scene` (uint8), and of the layer's filter, behind its pooling, `float` (of the float
            network with the same weights), `levels`, and `values`, what these stand for.
        """
        (tuned,) = required
        config = self.tuning.base.training.model
        model = self.tuning.method.prepare(config.build(initialize=False))
        load_weights(model, tuned / "fine_tuned.weights.h5")
        network = convert_to_integers(model)
        block, given = self.shown(network)
        assert block.output is not None
        files = self.dataset.prepare(data_folder)
        inputs, objects = self.dataset.read(files, "test", size=config.input_size, batch_size=self.compared).batch(0)
        images = inputs["image"].astype("float32") / 255
        flow = _integer_steps(network, network.quantize(images[:1]))
        floats = float_steps(without_simulated_quantization(model), images[:1])
        outputs = np.asarray(model({"image": images}, training=False))
        blocks = [
            integer_sizes(block, flow[block.name]["features"], flow[block.name]["accumulate"])
            | {"float_bytes": {name: floats[block.name][array].nbytes for name, array in _STORED.items()}}
            for block in network.convolutions
        ]
        place = _middle_of_first_object(objects[0], config.input_size, flow[self.layer]["accumulate"].shape[1:3])
        xi = _kernel_scale(model.get_layer(self.layer), self.filter - 1)
        numbers = cell_numbers(block, given, xi, flow[self.layer], floats[self.layer], (*place, self.filter - 1))
        maps = {
            kind: found[self.layer]["pool"][0, ..., self.filter - 1]
            for kind, found in (("float", floats), ("levels", flow))
        }
        maps["values"] = block.output.dequantize(maps["levels"])
        with replaced(folder / "maps.npz") as temporary, temporary.open("wb") as file:
            np.savez(file, allow_pickle=False, scene=inputs["image"][0], **maps)
        return {
            "blocks": blocks,
            "pooling": _pooling(model, network, float_steps(model, images[:1])),
            "agreement": integer_agreement(model, network, images).to_dict("records"),
            "outputs": {
                "difference": float(np.abs(network(images) - outputs).max()),
                "largest": float(np.abs(outputs).max()),
            },
            "cell": numbers
            | self._constants(block, given)
            | {"place": [place[0] + 1, place[1] + 1, self.filter], "xi": xi},
        }

    def shown(self, network: IntegerNetwork) -> tuple[IntegerConvolution, Levels]:
        """The block of `layer`, and what the levels of its input stand for.

        Raises
        ------
        ValueError
            There is no such block, or one without the filter.
        """
        names = [block.name for block in network.convolutions]
        number = names.index(self.layer) if self.layer in names else 0
        block, given = network.convolutions[number], network.convolutions[number - 1].output
        if given is None or block.output is None or block.pooling is None or self.filter > len(block.bias):
            raise ValueError(
                f"IntegerFlow: {self.layer} is no convolution of {self.filter} filters or more between others, pooled"
            )
        return block, given

    def _constants(self, block: IntegerConvolution, given: Levels) -> dict[str, Any]:
        assert block.output is not None
        z = self.filter - 1
        return {
            "input": asdict(given),
            "output": asdict(block.output),
            "multiplier": int(block.multiplier[z]),
            "shift": int(block.shift[z]),
            "bias": int(block.bias[z]),
            "slope": block.slope,
        }


def _integer_steps(network: IntegerNetwork, levels: np.ndarray) -> Mapping[str, Steps]:
    """The integers of each step, and `features`, what the block is given, by the name of its convolution."""
    found: dict[str, dict[str, np.ndarray]] = {}
    for name, step, integers in network.steps(levels):
        found.setdefault(name, {"features": levels})[step] = integers
        levels = integers
    return found


def _pooling(model: Any, network: IntegerNetwork, simulated: Mapping[str, Steps]) -> list[dict]:
    """Of each max-pooling: the levels of the pooled values against the pooled levels of the values."""
    from keras import ops

    found = []
    for block, following in pairwise(network.convolutions):
        if block.pooling is not None:
            to_levels, steps = model.get_layer(following.name).input_quantizer.levels, simulated[block.name]
            before, after = (np.asarray(ops.convert_to_numpy(to_levels(steps[s]))) for s in ("activate", "pool"))
            different = int(np.sum(block.pool(before) != after))
            found.append({"layer": block.name, "values": after.size, "different": different})
    return found


def _kernel_scale(layer: Any, z: int) -> float:
    """xi of a filter: its kernel is this times its levels."""
    from compactvid.ops.quantize import weight_levels

    scheme = {"bits": layer.bits, "per_channel": layer.per_channel, "beyond": "clip"}
    scales = np.asarray(weight_levels(layer.kernel, layer.scheme, **scheme)[1]).reshape(-1)
    return float(scales[z if layer.per_channel else 0])


def _middle_of_first_object(objects: np.ndarray, size: Sequence[int], grid: Sequence[int]) -> tuple[int, int]:
    """Where the middle of a picture's first object lies in a grid over the picture, away from the border."""
    _, left, top, right, bottom, _ = objects[0]
    places = zip(((top + bottom) / 2 - 1, (left + right) / 2 - 1), size, grid, strict=True)
    row, column = (min(max(int(place * cells / pixels), 1), cells - 2) for place, pixels, cells in places)
    return row, column
