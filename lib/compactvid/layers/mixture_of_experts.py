"""Mixture-of-experts classifier layer."""

import keras
from keras import ops

from compactvid.ops import mixture_probability


@keras.saving.register_keras_serializable("compactvid")
class MixtureOfExperts(keras.layers.Layer):
    r"""Classify with a softmax-weighted vote of logistic experts, separately for each class.

    .. math:: p_v = \sum_{m=1}^{M} \mathrm{softmax}(x W^g_v)_m \, \sigma(x W^e_{v m} + b^e_{v m})

    The softmax runs over M + 1 gates; the last belongs to a dummy expert that always says "absent".

    Reference: Liu & Liu 2018, section 2.1, "Mixture of Experts". The dummy expert, the gates without bias and the order
    of the columns (class by class, its mixtures together) are those of the released code.

    Input `(batch, features)`, output `(batch, num_classes)`: probabilities, in float32 even where the layer computes in
    16 bits. Weights: `gates_kernel` (features, num_classes * (num_mixtures + 1)), `experts_kernel`
    (features, num_classes * num_mixtures), `experts_bias` (num_classes * num_mixtures,).

    Parameters
    ----------
    num_classes
        Number of classes V.
    num_mixtures
        Number of experts M of a class, without the dummy.
    kernel_initializer
        Initial kernels; by default Glorot's uniform, as released.
    kernel_regularizer
        Penalty on both kernels (not on the bias).
    kernel_dtype
        Dtype in which both kernels are stored, such as "float16"; they are cast to the compute dtype where they are
        used. None: the layer's variable dtype.

    Raises
    ------
    ValueError
        `num_classes` or `num_mixtures` is not positive, or the input is not of shape (batch, features).
    """

    def __init__(
        self,
        num_classes: int,
        *,
        num_mixtures: int = 5,
        kernel_initializer="glorot_uniform",
        kernel_regularizer=None,
        kernel_dtype: str | None = None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if num_classes < 1 or num_mixtures < 1:
            raise ValueError(
                f"{self.name}: num_classes and num_mixtures must be positive, not {num_classes} and {num_mixtures}"
            )
        self.num_classes = num_classes
        self.num_mixtures = num_mixtures
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.kernel_regularizer = keras.regularizers.get(kernel_regularizer)
        self.kernel_dtype = None if kernel_dtype is None else keras.backend.standardize_dtype(kernel_dtype)

    def build(self, input_shape):
        """Create the weights for inputs of shape (batch, features)."""
        if len(input_shape) != 2:
            raise ValueError(f"{self.name}: MixtureOfExperts takes (batch, features), not shape {tuple(input_shape)}")
        features = input_shape[-1]
        kernel = {
            "initializer": self.kernel_initializer,
            "regularizer": self.kernel_regularizer,
            "dtype": self.kernel_dtype,
        }
        gates = self.num_classes * (self.num_mixtures + 1)
        experts = self.num_classes * self.num_mixtures
        self.gates_kernel = self.add_weight(shape=(features, gates), name="gates_kernel", **kernel)
        self.experts_kernel = self.add_weight(shape=(features, experts), name="experts_kernel", **kernel)
        self.experts_bias = self.add_weight(shape=(experts,), initializer="zeros", name="experts_bias")

    def call(self, inputs):
        """Return the probability of each class."""
        gates = ops.matmul(inputs, ops.cast(self.gates_kernel, self.compute_dtype))
        experts = ops.matmul(inputs, ops.cast(self.experts_kernel, self.compute_dtype)) + self.experts_bias
        return mixture_probability(
            ops.reshape(gates, (-1, self.num_classes, self.num_mixtures + 1)),
            ops.reshape(experts, (-1, self.num_classes, self.num_mixtures)),
        )

    def compute_output_spec(self, inputs):
        """Shape and dtype of the outputs; the dtype is not always the compute dtype."""
        dtype = keras.backend.result_type(self.compute_dtype, "float32")
        return keras.KerasTensor((inputs.shape[0], self.num_classes), dtype=dtype)

    def get_config(self):
        """The constructor's arguments."""
        return {
            **super().get_config(),
            "num_classes": self.num_classes,
            "num_mixtures": self.num_mixtures,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
            "kernel_regularizer": keras.regularizers.serialize(self.kernel_regularizer),
            "kernel_dtype": self.kernel_dtype,
        }
