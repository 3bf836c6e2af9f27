"""Store a layer's tensors in float16, compute in another dtype."""

import keras


@keras.saving.register_keras_serializable("compactvid")
class Float16Storage(keras.DTypePolicy):
    """Dtype policy of a layer whose variables are float16, whatever it computes in.

    The reverse of Keras's `mixed_float16`: half the bytes, with the arithmetic of the compute dtype. Any Keras layer
    takes it as `dtype`.

    Reference: Liu & Liu 2018, section 2.2, "Float16 Compression".

    Parameters
    ----------
    compute_dtype
        Dtype of the layer's arithmetic and outputs; its variables are cast to it where they are used.
    """

    def __init__(self, compute_dtype: str = "float32"):
        super().__init__(compute_dtype)

    @property
    def variable_dtype(self) -> str:
        """Always float16."""
        return "float16"

    def get_config(self) -> dict:
        """The constructor's argument."""
        return {"compute_dtype": self.compute_dtype}
