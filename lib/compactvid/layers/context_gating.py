"""Context gating layer."""

import keras
from keras import ops

from compactvid.layers.initializer import FAN_IN_NORMAL, SMALL_NORMAL
from compactvid.ops import context_gate


@keras.saving.register_keras_serializable("compactvid")
class ContextGating(keras.layers.Layer):
    r"""Gate each activation by all activations, :math:`Y = \sigma(\mathrm{BN}(W X)) \circ X`.

    Reference: Liu & Liu 2018, Eq. 3, section 2.1. The equation prints :math:`\sigma(W X + b)`; the released code has
    batch normalisation in place of :math:`b`, and so has this layer unless `use_batch_norm` is false. (The paper's X in
    R^p and W in R^(n x n) are meant to agree: p = n.)

    Input and output: `(batch, features)`. Weights: `kernel` (features, features), and `gating_bn/gamma`, `beta`,
    `moving_mean`, `moving_variance` or `bias`, each (features,).

    Parameters
    ----------
    use_batch_norm
        Batch normalisation of :math:`W X` (released code), else a bias (as printed).
    batch_norm_momentum, batch_norm_epsilon
        Decay of the moving statistics and what is added to the variance; the defaults are TF-slim's.
    kernel_initializer
        Initial :math:`W`; by default normal with standard deviation 1 / sqrt(features), as released.
    kernel_dtype
        Dtype in which the kernel is stored, such as "float16"; it is cast to the compute dtype where it is used. None:
        the layer's variable dtype, like the other tensors.
    """

    def __init__(
        self,
        *,
        use_batch_norm: bool = True,
        batch_norm_momentum: float = 0.999,
        batch_norm_epsilon: float = 1e-3,
        kernel_initializer=FAN_IN_NORMAL,
        kernel_dtype: str | None = None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.use_batch_norm = use_batch_norm
        self.batch_norm_momentum = batch_norm_momentum
        self.batch_norm_epsilon = batch_norm_epsilon
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.kernel_dtype = None if kernel_dtype is None else keras.backend.standardize_dtype(kernel_dtype)
        self.batch_norm = None
        if use_batch_norm:
            self.batch_norm = keras.layers.BatchNormalization(
                momentum=batch_norm_momentum, epsilon=batch_norm_epsilon, dtype=self.dtype_policy, name="gating_bn"
            )

    def build(self, input_shape):
        """Create the weights for inputs of shape (batch, features)."""
        if len(input_shape) != 2:
            raise ValueError(f"{self.name}: ContextGating takes (batch, features), not shape {tuple(input_shape)}")
        features = input_shape[-1]
        self.kernel = self.add_weight(
            shape=(features, features),
            initializer=self.kernel_initializer,
            dtype=self.kernel_dtype,
            name="kernel",
        )
        if self.batch_norm is None:
            self.bias = self.add_weight(shape=(features,), initializer=SMALL_NORMAL, name="bias")
        else:
            self.batch_norm.build(input_shape)

    def call(self, inputs, training=None):
        """Return the gated activations."""
        logits = ops.matmul(inputs, ops.cast(self.kernel, self.compute_dtype))
        if self.batch_norm is None:
            return context_gate(inputs, logits + self.bias)
        return context_gate(inputs, self.batch_norm(logits, training=training))

    def compute_output_shape(self, input_shape):
        """Shape of the outputs: that of the inputs."""
        return input_shape

    def get_config(self):
        """The constructor's arguments."""
        return {
            **super().get_config(),
            "use_batch_norm": self.use_batch_norm,
            "batch_norm_momentum": self.batch_norm_momentum,
            "batch_norm_epsilon": self.batch_norm_epsilon,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
            "kernel_dtype": self.kernel_dtype,
        }
