"""What batch normalisation leaves of trained diagonals."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from compactvid.training import TrainingRun
from compactvid.training.weights import load_weights


@dataclass(frozen=True)
class AbsorbedDiagonals:
    r"""How far normalised outputs move when a trained layer's diagonals give way to their signs.

    With one factor and order "DC" the diagonal comes last: output i is :math:`d_i u_i`. Batch normalisation divides it
    by its standard deviation over the batch,

    .. math:: \frac{d u - \mathrm{E}[d u]}{\sqrt{d^2 \mathrm{Var}[u] + \epsilon}}
        = \mathrm{sign}(d) \, \frac{u - \mathrm{E}[u]}{\sqrt{\mathrm{Var}[u] + \epsilon / d^2}}

    so that for :math:`\epsilon = 0` nothing is left of d but its sign, and the size of d has no gradient. With order
    "CD" the diagonal weighs the inputs, and no normalisation of outputs takes that back.

    Parameters
    ----------
    training
        Of a `CirculantNetwork` whose fully connected layers are circulant, with one factor and a diagonal.

    Raises
    ------
    ValueError
        They are not.
    """

    training: TrainingRun

    def __post_init__(self) -> None:
        circulant = self.training.model.fully_connected
        if circulant is None or circulant.factors != 1 or circulant.diagonal == "none":
            raise ValueError(
                "AbsorbedDiagonals: training.model.fully_connected must be a Circulant with one factor and a diagonal, "
                f"not {circulant!r}"
            )

    @property
    def requires(self) -> tuple[TrainingRun]:
        """The run that this one starts from."""
        return (self.training,)

    @property
    def dataset(self) -> Any:
        """The training's data set."""
        return self.training.dataset

    def execute(self, folder: Path, data_folder: Path | None, required: list[Path]) -> Mapping[str, Any]:
        """Return `difference` with the model's epsilon (`trained`) and with 0 (`zero`).

        It is the root of the mean squared difference between the normalised outputs with the trained diagonals and with
        their signs, relative to that of the former, by the statistics of all test videos; the largest over the layers.
        """
        import keras

        (base,) = required
        model = self.training.model.build()
        load_weights(model, base / "best_single.weights.h5")
        files = self.dataset.prepare(data_folder)
        layers = [layer for layer in model.layers if layer.name.endswith("_hidden")]
        pooled_of = keras.Model(model.inputs, [layer.input for layer in layers])
        batches = [
            keras.tree.flatten(pooled_of.predict_on_batch(inputs)) for inputs, _ in self.dataset.read(files, "test")
        ]
        differences: dict[str, list[float]] = {"trained": [], "zero": []}
        for layer, pooled in zip(layers, map(np.concatenate, zip(*batches, strict=True)), strict=True):
            normalization = model.get_layer(f"{layer.name}_bn")
            trained = layer.diagonals.numpy()
            for name, epsilon in (("trained", normalization.epsilon), ("zero", 0.0)):
                normalization.epsilon = epsilon
                found = []
                for diagonals in (trained, np.sign(trained)):
                    layer.diagonals.assign(diagonals)
                    found.append(keras.ops.convert_to_numpy(normalization(layer(pooled), training=True)))
                differences[name].append(_relative(*found))
        return {"difference": {name: max(values) for name, values in differences.items()}}


def _relative(first: np.ndarray, second: np.ndarray) -> float:
    return float(np.sqrt(np.mean((first - second) ** 2) / np.mean((first - first.mean(0)) ** 2)))
