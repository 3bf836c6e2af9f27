"""Dense layer of circulant and diagonal factors."""

import math

import keras
from keras import ops

from compactvid.layers.random_signs import RandomSigns
from compactvid.ops import circulant_product

ORDERS = ("DC", "CD")
DIAGONALS = ("learned", "signs", "none")


@keras.saving.register_keras_serializable("compactvid")
class CirculantDense(keras.layers.Layer):
    r"""A dense layer whose matrix is a product of circulant and diagonal matrices.

    .. math:: h(x) = \phi\left(\left[\prod_{i=1}^{m} D^{(i)} C^{(i)}\right] x + b\right)

    Reference: Araujo et al. 2018, section 4.3.

    All matrices are square, of the input's size n. For more than n units, ceil(units / n) blocks, each with m factors
    of its own, are concatenated; what exceeds `units` is sliced off. The input is padded with zeros exactly when
    `block_size` exceeds n. The parameters are those of the square matrices, whatever is sliced off: with order "DC" and
    fewer units than n, the first diagonal's further values reach no output, and are never trained.

    With x as a column, "DC" applies the circulant matrix first, as printed. The released code multiplies rows, x D C:
    its learned diagonal comes first, which is "CD" here, and its fixed signs come last, "DC". Its circulant matrices
    are the transposes of ours, that is circulant matrices of another first column.

    The initial scale makes the variance of the outputs that of a dense layer with Glorot's. For a given x, a first
    column drawn with mean 0 and variance :math:`s^2`, and a diagonal with second moment :math:`r^2`, each of the N
    outputs of D C x has variance :math:`r^2 s^2 \|x\|^2`, so that :math:`\|D C x\|^2` is expected to be
    :math:`N r^2 s^2 \|x\|^2`; after m factors the variance is :math:`(N r^2 s^2)^m \|x\|^2 / N`. Glorot's matrix gives
    :math:`2 \|x\|^2 / (n + units)`, hence

    .. math:: r^2 s^2 = \frac{1}{N} \left(\frac{2 N}{n + units}\right)^{1/m}

    with N the size of the square matrices. Signs and ones have r = 1; "normal" has r = s.

    Input `(batch, features)` or `(batch, frames, features)`; output the same with `units` for `features`. A mask is
    passed on. Weights: `first_columns` and, unless `diagonal` is "none", `diagonals`, each (factors, blocks, N), the
    leftmost factor first; `bias` (units,). All factors are computed in float32 at least.

    Parameters
    ----------
    units
        Outputs.
    factors
        Factors m of each block.
    order
        "DC": the circulant matrix is applied before the diagonal one; "CD": after it.
    diagonal
        "learned"; "signs": random, fixed and saved with the weights (Cheng et al. 2015); "none": circulant matrices
        only, as in the m = 1 row of Table 3 and in the compact mixture of experts of Table 2.
    use_bias, activation, bias_initializer
        As of `keras.layers.Dense`.
    diagonal_initializer
        Start of learned diagonals: "normal", with the first columns' standard deviation, as released; "ones"; "signs";
        or an initialiser, whose second moment is taken to be 1.
    circulant_initializer
        Start of the first columns; None: normal with mean 0 and the standard deviation s above. (The released code has
        1 / sqrt(units) for both.)
    block_size
        Size N of the square matrices, at least n; None: n.

    Raises
    ------
    ValueError
        `units` or `factors` is not positive, `order` or `diagonal` is unknown, the input is of another rank, its last
        dimension is unknown, exceeds `block_size`, or is not that of the first input.
    """

    def __init__(
        self,
        units: int,
        factors: int = 1,
        order: str = "DC",
        diagonal: str = "learned",
        *,
        use_bias: bool = True,
        activation=None,
        diagonal_initializer="normal",
        circulant_initializer=None,
        bias_initializer="zeros",
        block_size: int | None = None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if units < 1 or factors < 1:
            raise ValueError(f"{self.name}: units and factors must be positive, not {units} and {factors}")
        if order not in ORDERS:
            raise ValueError(f"{self.name}: order must be one of {', '.join(ORDERS)}, not {order!r}")
        if diagonal not in DIAGONALS:
            raise ValueError(f"{self.name}: diagonal must be one of {', '.join(DIAGONALS)}, not {diagonal!r}")
        self.units = units
        self.factors = factors
        self.order = order
        self.diagonal = diagonal
        self.use_bias = use_bias
        self.activation = keras.activations.get(activation)
        self.diagonal_initializer = diagonal_initializer
        if diagonal_initializer not in ("normal", "signs"):
            self.diagonal_initializer = keras.initializers.get(diagonal_initializer)
        self.circulant_initializer = keras.initializers.get(circulant_initializer)
        self.bias_initializer = keras.initializers.get(bias_initializer)
        self.block_size = block_size
        self.supports_masking = True

    def build(self, input_shape):
        """Create the weights for inputs of shape (batch, features) or (batch, frames, features)."""
        if len(input_shape) not in (2, 3) or input_shape[-1] is None:
            raise ValueError(
                f"{self.name}: CirculantDense takes (batch, features) or (batch, frames, features) with a known number "
                f"of features, not shape {tuple(input_shape)}"
            )
        features = input_shape[-1]
        size = self.block_size or features
        if size < features:
            raise ValueError(f"{self.name}: block_size must be at least the {features} features, not {size}")
        self.input_spec = keras.layers.InputSpec(min_ndim=2, max_ndim=3, axes={-1: features})
        shape = (self.factors, math.ceil(self.units / size), size)
        deviation = ((2 * size / (features + self.units)) ** (1 / self.factors) / size) ** 0.5
        diagonal_initializer = self.diagonal_initializer
        if self.diagonal == "signs" or diagonal_initializer == "signs":
            diagonal_initializer = RandomSigns()
        elif self.diagonal == "learned" and diagonal_initializer == "normal":
            deviation = deviation**0.5
            diagonal_initializer = keras.initializers.RandomNormal(stddev=deviation)
        # Not cast to 16 bits, which Fourier transforms don't take.
        self.first_columns = self.add_weight(
            shape=shape,
            initializer=self.circulant_initializer or keras.initializers.RandomNormal(stddev=deviation),
            autocast=False,
            name="first_columns",
        )
        self.diagonals = None
        if self.diagonal != "none":
            self.diagonals = self.add_weight(
                shape=shape,
                initializer=diagonal_initializer,
                trainable=self.diagonal == "learned",
                autocast=False,
                name="diagonals",
            )
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(shape=(self.units,), initializer=self.bias_initializer, name="bias")

    def call(self, inputs):
        """Return the layer's outputs."""
        *outer, features = ops.shape(inputs)
        _, blocks, size = self.first_columns.shape
        x = ops.pad(inputs, [[0, 0]] * len(outer) + [[0, size - features]]) if size > features else inputs
        x = ops.expand_dims(x, -2)  # (..., 1, size)
        for factor in reversed(range(self.factors)):
            rows = size if factor else min(self.units, size)
            x = self._times_factor(x, factor, rows)  # (..., blocks, rows)
        outputs = ops.reshape(x, (*outer, blocks * rows))[..., : self.units]
        outputs = ops.cast(outputs, self.compute_dtype)
        return self.activation(outputs if self.bias is None else outputs + self.bias)

    def _times_factor(self, x, factor, rows, transposed=False):
        """A factor of each block, or its transpose, times x; the first rows of it."""
        dtype = keras.backend.result_type(self.variable_dtype, "float32")
        x, columns = ops.cast(x, dtype), ops.cast(self.first_columns[factor], dtype)
        if transposed:
            columns = ops.roll(ops.flip(columns, axis=-1), 1, axis=-1)
        if self.diagonals is None:
            return circulant_product(columns, x, rows)
        diagonal = ops.cast(self.diagonals[factor], dtype)
        if (self.order == "CD") != transposed:
            return circulant_product(columns, x * diagonal, rows)
        return circulant_product(columns, x, rows) * diagonal[:, :rows]

    def to_dense(self):
        """The kernel and the bias of the dense layer that computes the same.

        Returns
        -------
        tuple of tensors
            Kernel (features, units) and bias (units,), zeros where the layer has none.
        """
        (features,) = self.input_spec.axes.values()
        size = self.first_columns.shape[-1]
        # A row of the product is its transpose times a unit vector: few rows are cheap, however long they are.
        rows = ops.expand_dims(ops.eye(min(self.units, size), size), 1)
        for factor in range(self.factors):
            rows = self._times_factor(rows, factor, size, transposed=True)
        rows = ops.reshape(ops.transpose(rows, (1, 0, 2)), (-1, size))[: self.units, :features]
        bias = ops.zeros(self.units, dtype=self.variable_dtype) if self.bias is None else ops.copy(self.bias.value)
        return ops.transpose(rows), bias

    def as_dense(self):
        """A built `keras.layers.Dense` of the same name that computes the same, for inference and export.

        `keras.models.clone_model(model, clone_function=...)` puts it in this layer's place.
        """
        kernel, bias = self.to_dense()
        dense = keras.layers.Dense(
            self.units, use_bias=self.use_bias, activation=self.activation, name=self.name, dtype=self.dtype_policy
        )
        dense.build((None, kernel.shape[0]))
        dense.set_weights([kernel, bias][: 1 + self.use_bias])
        return dense

    def compute_output_shape(self, input_shape):
        """Shape of the outputs: (batch, units) or (batch, frames, units)."""
        return (*input_shape[:-1], self.units)

    def get_config(self):
        """The constructor's arguments."""
        initializer = self.diagonal_initializer
        return {
            **super().get_config(),
            "units": self.units,
            "factors": self.factors,
            "order": self.order,
            "diagonal": self.diagonal,
            "use_bias": self.use_bias,
            "activation": keras.activations.serialize(self.activation),
            "diagonal_initializer": (
                initializer if isinstance(initializer, str) else keras.initializers.serialize(initializer)
            ),
            "circulant_initializer": keras.initializers.serialize(self.circulant_initializer),
            "bias_initializer": keras.initializers.serialize(self.bias_initializer),
            "block_size": self.block_size,
        }
