"""Dense layer whose kernel is a tensor train."""

import math
from collections.abc import Sequence

import keras
from keras import ops

from compactvid.ops import tensor_train_matrix, tensor_train_product
from compactvid.ops.tensor_train_ranks import require_ranks


@keras.saving.register_keras_serializable("compactvid")
class TensorTrainDense(keras.layers.Layer):
    r"""A dense layer whose kernel is stored as a tensor train.

    .. math:: y(j_1, \dots, j_d) = \phi\left(\sum_{i_1, \dots, i_d} G_1(i_1, j_1) \cdots G_d(i_d, j_d)
        \, x(i_1, \dots, i_d) + b(j_1, \dots, j_d)\right)

    Reference: Cheng et al. 2018 (DeepEye), Eqs. 6 to 8; Novikov et al. 2015.

    The cores are drawn so that the kernel's values have the variance of Glorot's, 2 / (M + N) for M features and N
    units. A value of the kernel is a sum of :math:`\prod_k r_k` products of d core values. With mean 0 and variance
    :math:`s^2`, all of them independent, the products are uncorrelated and each has variance :math:`s^{2d}`, hence

    .. math:: s = \left(\frac{2}{(M + N) \prod_k r_k}\right)^{1 / 2d}

    (The values of the kernel are uncorrelated too, but not normal: those that share a core value are large together.)

    Input `(batch, features)` or `(batch, frames, features)`; output the same with N for `features`. A mask is passed
    on. Weights: `core_1`, ..., `core_d` of shape (rank before, input mode, output mode, rank after), together
    :math:`\sum_k r_{k-1} m_k n_k r_k` values; `bias` (N,).

    Parameters
    ----------
    input_modes, output_modes
        Factors :math:`m_k` of the features and :math:`n_k` of the units, the slowest first.
    ranks
        One number for all inner ranks, or all d + 1 ranks, with 1 first and last as the paper prints them. What exceeds
        the most that the modes allow is cut, with a warning.
    use_bias, activation, bias_initializer
        As of `keras.layers.Dense`.
    core_initializer
        Start of the cores; None: normal with the standard deviation s above.

    Raises
    ------
    ValueError
        Modes or ranks are not positive integers or not equally many, the input is of another rank, its last dimension
        is unknown, or is not the product of the input modes.
    """

    def __init__(
        self,
        input_modes: Sequence[int],
        output_modes: Sequence[int],
        ranks: int | Sequence[int] = 4,
        *,
        use_bias: bool = True,
        activation=None,
        core_initializer=None,
        bias_initializer="zeros",
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.input_modes = tuple(input_modes)
        self.output_modes = tuple(output_modes)
        self.ranks = require_ranks(self.name, self.input_modes, self.output_modes, ranks)
        self.use_bias = use_bias
        self.activation = keras.activations.get(activation)
        self.core_initializer = keras.initializers.get(core_initializer)
        self.bias_initializer = keras.initializers.get(bias_initializer)
        self.supports_masking = True

    @property
    def units(self) -> int:
        """Outputs."""
        return math.prod(self.output_modes)

    def build(self, input_shape):
        """Create the cores for inputs of shape (batch, features) or (batch, frames, features)."""
        features = math.prod(self.input_modes)
        if len(input_shape) not in (2, 3) or input_shape[-1] != features:
            raise ValueError(
                f"{self.name}: TensorTrainDense with input modes {self.input_modes} takes (batch, {features}) or "
                f"(batch, frames, {features}), not shape {tuple(input_shape)}"
            )
        self.input_spec = keras.layers.InputSpec(min_ndim=2, max_ndim=3, axes={-1: features})
        count = len(self.input_modes)
        deviation = (2 / ((features + self.units) * math.prod(self.ranks))) ** (1 / (2 * count))
        shapes = zip(self.ranks[:-1], self.input_modes, self.output_modes, self.ranks[1:], strict=True)
        self.cores = [
            self.add_weight(
                shape=shape,
                # One each: an initialiser draws the same numbers each time it is asked.
                initializer=(
                    keras.initializers.RandomNormal(stddev=deviation)
                    if self.core_initializer is None
                    else self.core_initializer.clone()
                ),
                name=f"core_{number}",
            )
            for number, shape in enumerate(shapes, 1)
        ]
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(shape=(self.units,), initializer=self.bias_initializer, name="bias")

    def call(self, inputs):
        """Return the layer's outputs."""
        outputs = tensor_train_product([ops.convert_to_tensor(core) for core in self.cores], inputs)
        return self.activation(outputs if self.bias is None else outputs + self.bias)

    def to_dense(self):
        """The kernel and the bias of the dense layer that computes the same.

        Returns
        -------
        tuple of tensors
            Kernel (features, units) and bias (units,), zeros where the layer has none.
        """
        bias = ops.zeros(self.units, dtype=self.variable_dtype) if self.bias is None else ops.copy(self.bias.value)
        return tensor_train_matrix([core.value for core in self.cores]), bias

    def compute_output_shape(self, input_shape):
        """Shape of the outputs: (batch, units) or (batch, frames, units)."""
        return (*input_shape[:-1], self.units)

    def get_config(self):
        """The constructor's arguments."""
        return {
            **super().get_config(),
            "input_modes": list(self.input_modes),
            "output_modes": list(self.output_modes),
            "ranks": list(self.ranks),
            "use_bias": self.use_bias,
            "activation": keras.activations.serialize(self.activation),
            "core_initializer": keras.initializers.serialize(self.core_initializer),
            "bias_initializer": keras.initializers.serialize(self.bias_initializer),
        }
