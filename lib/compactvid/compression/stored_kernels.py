"""The kernels that a network in few bits computes with, in a network of float32."""

from typing import Any


def with_stored_kernels(model: Any) -> Any:
    """Copy a model of `simulate_quantization` to the float model whose kernels are what their levels stand for.

    `without_simulated_quantization` keeps the kernels that training moves, between the levels. Those of Eq. 1 of Cheng
    et al. 2018 are up to a level above these, on average half of one, and batch normalisation has learnt its means and
    scales from the levels: a network with the others is another one. Feature maps are in float32 in either copy.

    Raises
    ------
    TypeError
        The model is neither functional nor sequential.
    """
    from compactvid.compression.simulated_quantization import without_simulated_quantization
    from compactvid.layers import QuantizedConv2D
    from compactvid.ops.quantize import fake_quantize_weights

    copy = without_simulated_quantization(model)
    for layer in model.layers:
        if isinstance(layer, QuantizedConv2D):
            options = {"bits": layer.bits, "per_channel": layer.per_channel}
            copy.get_layer(layer.name).kernel.assign(fake_quantize_weights(layer.kernel, layer.scheme, **options))
    return copy
