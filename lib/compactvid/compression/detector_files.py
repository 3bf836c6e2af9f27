"""The bytes of a detector's files at full size: in float32, and as a network of integers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any


@dataclass(frozen=True)
class DetectorFiles:
    """Write a detector as a Darknet file, as a Keras file and as an `IntegerNetwork`; weigh the files and their arrays.

    The model is built at full size, with zeros for kernels: bytes do not depend on values. The integers are those of
    Cheng et al. 2018, Eqs. 1 and 2 as printed, which need no pictures to find a range. The files are read back, and
    deleted again.

    Parameters
    ----------
    model
        A model configuration with `build(initialize=False)`: a chain of convolutions, such as `TinyYOLOv2`.
    """

    model: Any

    def execute(self, folder: Path, data_folder: Path | None) -> Mapping[str, Any]:
        """Return `file_bytes`, by file, and `arrays`: lists of `convolution`, `array`, `dtype` and `bytes`.

        Files are "darknet", "keras" and "integers"; arrays are those of the first and the last of them.
        """
        import keras

        from compactvid.compression.integer_conversion import convert_to_integers
        from compactvid.compression.integer_network import IntegerNetwork
        from compactvid.compression.simulated_quantization import simulate_quantization
        from compactvid.training.darknet_weights import load_darknet_weights, save_darknet_weights
        from compactvid.training.weights import load_weights, save_weights

        model = self.model.build(initialize=False)
        with TemporaryDirectory(dir=folder) as name:
            files = {form: Path(name) / f"{form}{suffix}" for form, suffix in _SUFFIXES.items()}
            save_darknet_weights(model, files["darknet"])
            darknet = load_darknet_weights(model, files["darknet"]).layers
            save_weights(model, files["keras"])
            load_weights(model, files["keras"])
            simulated = simulate_quantization(model, scheme="deepeye_floor", activations="deepeye")
            network = IntegerNetwork.load(convert_to_integers(simulated).save(files["integers"]))
            file_bytes = {form: file.stat().st_size for form, file in files.items()}
        integers = {block.name: {part: getattr(block, part) for part in _PARTS} for block in network.convolutions}
        # A Keras model is a web of references: without this, one process would hold every model that it measured.
        del model, simulated
        keras.utils.clear_session()
        return {
            "file_bytes": file_bytes,
            "arrays": {"darknet": list(_weighed(darknet)), "integers": list(_weighed(integers))},
        }


_SUFFIXES = {"darknet": ".weights", "keras": ".weights.h5", "integers": ".npz"}
_PARTS = ("kernel", "multiplier", "shift", "bias")


def _weighed(layers: Mapping[str, Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    for convolution, arrays in layers.items():
        for name, array in arrays.items():
            yield {"convolution": convolution, "array": name, "dtype": array.dtype.name, "bytes": array.nbytes}
