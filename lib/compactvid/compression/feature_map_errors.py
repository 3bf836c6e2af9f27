"""What few bits do to what flows through a convolutional network, block by block."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from compactvid.compression.convolution_chain import convolution_blocks
from compactvid.compression.quantization_aware_training import QuantizationAwareTraining
from compactvid.compression.rebuilt import symbolic_inputs
from compactvid.compression.simulated_quantization import (
    activation_ranges,
    inputs_of_convolutions,
    simulate_quantization,
)

FLOAT32_NOISE = 1e-12
"""Noise over signal of values that differ by float32's rounding and no more: 120 dB."""


@dataclass
class SignalToNoise:
    """Sums of squares, in float64, of values and of their errors, batch by batch."""

    signal: float = 0.0
    noise: float = 0.0

    def add(self, x: np.ndarray, approximation: np.ndarray) -> None:
        """Count the values of a batch, and what they became."""
        self.signal += float(np.sum(np.square(x, dtype="float64")))
        self.noise += float(np.sum(np.square(x - approximation, dtype="float64")))

    def decibels(self) -> float | None:
        """The ratio of both; None where there is no signal, or no more noise than float32 makes itself."""
        if self.signal == 0 or self.noise <= self.signal * FLOAT32_NOISE:
            return None
        return 10 * float(np.log10(self.signal / self.noise))


def input_errors(model: Any, ranges: pd.DataFrame, batches: Iterable[Any]) -> list[dict[str, Any]]:
    """What 8 bits, and the interval [0, 1] alone, do to the inputs of the convolutions of a float network.

    Parameters
    ----------
    model
        As in `activation_ranges`.
    ranges
        What the "affine" levels span: what `activation_ranges` found on other batches.
    batches
        Batches of inputs; they are read twice.

    Returns
    -------
    list of dict
        One a convolution, in the model's order: `layer`, `low`, `high`, `negative` and `above_one` as
        `activation_ranges` has them of `batches`, and in decibels, None where nothing changes, ``negative_to_zero``
        (max(a, 0)), ``one_at_most`` (min(a, 1)), ``unit_interval`` (both), ``eq_2`` (Cheng et al. 2018, on what both
        leave) and ``affine``.
    """
    import keras

    from compactvid.ops.quantize import fake_quantize_activations

    spans = ranges.set_index("layer")
    tensors = inputs_of_convolutions(model)
    seen = keras.Model(symbolic_inputs(model), list(tensors.values()))
    ratios: defaultdict[tuple[str, str], SignalToNoise] = defaultdict(SignalToNoise)
    for batch in batches:
        for name, tensor in zip(tensors, seen(batch, training=False), strict=True):
            a = keras.ops.convert_to_numpy(tensor)
            low, high = spans.loc[name, ["low", "high"]]
            for form, changed in {
                "negative_to_zero": np.maximum(a, 0),
                "one_at_most": np.minimum(a, 1),
                "unit_interval": np.clip(a, 0, 1),
                "eq_2": fake_quantize_activations(a, "deepeye"),
                "affine": fake_quantize_activations(a, low=low, high=high),
            }.items():
                ratios[name, form].add(a, keras.ops.convert_to_numpy(changed))
    measured = activation_ranges(model, batches).to_dict("records")
    return [
        row | {form: ratio.decibels() for (name, form), ratio in ratios.items() if name == row["layer"]}
        for row in measured
    ]


def output_errors(
    model: Any,
    methods: Sequence[QuantizationAwareTraining],
    ranges: pd.DataFrame,
    batches: Iterable[Any],
) -> list[dict[str, Any]]:
    """How far what each block gives is from what it gives in float32, with all convolutions up to there in few bits.

    Parameters
    ----------
    model
        As in `convolution_blocks`.
    methods
        Ways of putting it into few bits.
    ranges, batches
        As in `input_errors`.

    Returns
    -------
    list of dict
        One a block, in the model's order: `layer`, the name of its convolution, and `decibels`, a number for each
        method, of what the block's activation gives, before pooling.
    """
    blocks = convolution_blocks(model)
    ends = [(block.activation or block.batch_norm or block.convolution).name for block in blocks]
    exact = _outputs(model, ends)
    quantized = [
        _outputs(simulate_quantization(model, calibration=ranges, **asdict(method)), ends) for method in methods
    ]
    ratios = [[SignalToNoise() for _ in methods] for _ in blocks]
    for batch in batches:
        expected = exact(batch)
        for number, network in enumerate(quantized):
            for block, (x, approximation) in enumerate(zip(expected, network(batch), strict=True)):
                ratios[block][number].add(x, approximation)
    return [
        {"layer": block.convolution.name, "decibels": [ratio.decibels() for ratio in found]}
        for block, found in zip(blocks, ratios, strict=True)
    ]


def _outputs(model: Any, names: Sequence[str]) -> Callable[[Mapping[str, Any]], list[np.ndarray]]:
    """What layers of a model give for a batch."""
    import keras

    part = keras.Model(symbolic_inputs(model), [model.get_layer(name).output for name in names])
    return lambda batch: [keras.ops.convert_to_numpy(values) for values in part(batch, training=False)]
