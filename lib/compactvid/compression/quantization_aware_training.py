"""Training of a convolutional model under the constraint of few bits, as a method of `FineTuning`."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class QuantizationAwareTraining:
    """Train convolutions as if kernels and feature maps were stored in few bits; see `simulate_quantization`.

    Reference: Cheng et al. 2018, section 2.2: "quantized constraints during the training process".

    Parameters
    ----------
    scheme, bits, per_channel
        Of the kernels: see `compactvid.ops.quantize.weight_levels`.
    activations, activation_bits, momentum
        Of the feature maps: see `compactvid.layers.ActivationQuantizer`; None for `activations` leaves them in float32.
    layers
        Names of the convolutions; None: all.
    """

    scheme: str = "symmetric"
    bits: int = 8
    per_channel: bool = False
    activations: str | None = "affine"
    activation_bits: int = 8
    momentum: float = 0.99
    layers: tuple[str, ...] | None = None

    def prepare(self, model: Any) -> Any:
        """The model to train. A `.weights.h5` file of either model can be loaded into the other."""
        from compactvid.compression.simulated_quantization import simulate_quantization

        return simulate_quantization(model, **asdict(self))
