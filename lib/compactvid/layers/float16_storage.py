"""Store a layer's tensors in float16, compute in another dtype."""

import keras


@keras.saving.register_keras_serializable("compactvid")
class Float16Variables(keras.DTypePolicy):
    """Dtype policy with float16 variables and another compute dtype, the reverse of Keras's `mixed_float16`."""

    def __init__(self, compute_dtype: str = "float32"):
        super().__init__(compute_dtype)

    @property
    def variable_dtype(self) -> str:
        """Always float16."""
        return "float16"

    def get_config(self) -> dict:
        """The constructor's argument."""
        return {"compute_dtype": self.compute_dtype}


def float16_storage(compute_dtype: str = "float32") -> keras.dtype_policies.DTypePolicyMap:
    """Give what any Keras layer takes as `dtype` to hold its variables in float16: half the bytes.

    Reference: Liu & Liu 2018, section 2.2, "Float16 Compression".

    Parameters
    ----------
    compute_dtype
        Dtype of the layer's arithmetic and outputs; its variables are cast to it where they are used.

    Returns
    -------
    keras.dtype_policies.DTypePolicyMap
        A map whose default is `Float16Variables`. A loaded layer would keep only the name of a bare policy, which says
        nothing about variables; a map is loaded whole.
    """
    return keras.dtype_policies.DTypePolicyMap(Float16Variables(compute_dtype))
