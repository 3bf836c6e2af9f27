"""Layers whose matrices are stored in 8 bits, or trained as if they were."""

from typing import Any

import keras
from keras import ops

from compactvid.layers.context_gating import ContextGating
from compactvid.layers.deep_bag_of_frames import DeepBagOfFrames
from compactvid.layers.mixture_of_experts import MixtureOfExperts
from compactvid.layers.net_fv import NetFV
from compactvid.layers.netvlad import NetVLAD
from compactvid.ops import affine_dequantize, fake_quantize_weights


class Int8Matrix:
    """A layer's attribute: the values of a matrix that its `add_weight` stored under the same name."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, layer: Any, owner: type) -> Any:
        return self if layer is None else layer.matrix(self.name)

    def __set__(self, layer: Any, stored: Any) -> None:
        setattr(layer, f"_{self.name}", stored)


class Int8Storage(keras.layers.Layer):
    """What a layer stores instead of some float matrices, each an `Int8Matrix` of its class.

    Of a matrix `NAME` (inputs, outputs) these are `NAME`, uint8 of that shape, `NAME_scale`, float32, and
    `NAME_zero_point`, uint8, both (1, outputs) or (1, 1). Its values are computed from them (see
    `compactvid.ops.quantize`) where they are used, and are not trainable.

    Parameters
    ----------
    quantized
        Names of the matrices.
    per_channel
        One scale and zero point for each output, else one for a matrix.
    trainable_values
        Store float32 matrices instead, which are trained: forwards the layer sees them quantised and read back,
        backwards the gradient passes straight through.
    kwargs
        Those of the layer.
    """

    def __init__(self, *args, quantized=(), per_channel=False, trainable_values=False, **kwargs):
        super().__init__(*args, **kwargs)
        self.quantized = tuple(quantized)
        self.per_channel = per_channel
        self.trainable_values = trainable_values

    def add_weight(self, shape=None, *, name=None, **kwargs):
        """Add a variable; of a quantised matrix, its levels, scale and zero point."""
        add = super().add_weight
        if name not in self.quantized or self.trainable_values:
            return add(shape=shape, name=name, **kwargs)
        fixed = {"trainable": False, "autocast": False}
        levels = add(shape=shape, initializer="zeros", dtype="uint8", name=name, **fixed)
        shape = (*(1 for _ in shape[:-1]), shape[-1] if self.per_channel else 1)
        for part, dtype in (("scale", "float32"), ("zero_point", "uint8")):
            variable = add(shape=shape, initializer="ones", dtype=dtype, name=f"{name}_{part}", **fixed)
            setattr(self, f"_{name}_{part}", variable)
        return levels

    def matrix(self, name: str) -> Any:
        """The values of a matrix, in the compute dtype where it is quantised."""
        stored = getattr(self, f"_{name}")
        if name not in self.quantized:
            return stored
        if self.trainable_values:
            seen = fake_quantize_weights(ops.convert_to_tensor(stored), "affine", per_channel=self.per_channel)
            return ops.cast(seen, self.compute_dtype)
        parameters = getattr(self, f"_{name}_scale"), getattr(self, f"_{name}_zero_point")
        return ops.cast(affine_dequantize(stored, *parameters), self.compute_dtype)

    def save_own_variables(self, store):
        """Write all variables as they are stored."""
        keras.layers.Layer.save_own_variables(self, store)

    def load_own_variables(self, store):
        """Read all variables.

        Raises
        ------
        ValueError
            The file has float values where 8-bit ones are expected, or the reverse.
        """
        for number, variable in enumerate(self._trainable_variables + self._non_trainable_variables):
            found = store[str(number)].dtype.name if str(number) in store else "nothing"
            if (found == "uint8") != (variable.dtype == "uint8"):
                raise ValueError(f"{variable.path}: expected {variable.dtype}, the file has {found}")
        keras.layers.Layer.load_own_variables(self, store)

    @property
    def stores_levels(self) -> bool:
        """Whether there are 8-bit levels in it."""
        return bool(self.quantized) and not self.trainable_values

    def storage(self) -> dict[str, Any]:
        """The arguments that the layer without `Int8Storage` has not."""
        stored = {"quantized": list(self.quantized), "per_channel": self.per_channel}
        return {**stored, "trainable_values": self.trainable_values}

    def get_config(self) -> dict:
        """The constructor's arguments."""
        return {**super().get_config(), **self.storage()}


# A file of weights names the classes of layers: with these names a float file and an 8-bit one are laid out alike.
def _named(name: str, layer: type, matrices: tuple[str, ...]) -> type:
    attributes = {matrix: Int8Matrix() for matrix in matrices}
    made = type(name, (Int8Storage, layer), attributes | {"__module__": __name__, "__doc__": Int8Storage.__doc__})
    return keras.saving.register_keras_serializable("compactvid.int8")(made)


INT8_LAYERS: dict[type, type] = {
    layer: _named(layer.__name__, layer, matrices)
    for layer, matrices in {
        keras.layers.Dense: ("kernel",),
        ContextGating: ("kernel",),
        MixtureOfExperts: ("gates_kernel", "experts_kernel"),
        NetVLAD: ("cluster_weights", "cluster_centres"),
        NetFV: ("cluster_weights", "cluster_centres", "cluster_deviations"),
        DeepBagOfFrames: ("kernel",),
    }.items()
}
"""Layer class -> the same with `Int8Storage`."""
