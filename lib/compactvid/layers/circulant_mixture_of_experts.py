"""Mixture-of-experts classifier layer of circulant matrices."""

from typing import Any

import keras
from keras import ops

from compactvid.layers.circulant_dense import CirculantDense
from compactvid.layers.mixture_of_experts import MixtureOfExperts
from compactvid.ops import mixture_probability


@keras.saving.register_keras_serializable("compactvid")
class CirculantMixtureOfExperts(keras.layers.Layer):
    r"""`MixtureOfExperts` whose two kernels are made of circulant and diagonal blocks.

    .. math:: p_v = \sum_{m=1}^{M} \mathrm{softmax}(A^g x)_{v m} \, \sigma(A^e x + b^e)_{v m}

    Reference: Araujo et al. 2018, section 5.3, "Compact MoE". For n features the gates have ceil(V (M + 1) / n) blocks
    and the experts ceil(V M / n), each of n values, or 2 n with the diagonal, times the number of factors. With
    n = 512, V = 3862 and M = 4 these are 38 and 31 blocks. The released layer (`Circulant_MoeModel`), whose weights are
    those that Table 2 counts, has no diagonal: `diagonal="none"`.

    Input `(batch, features)`, output `(batch, num_classes)`: probabilities, in float32 even where the layer computes in
    16 bits. Weights: those of two `CirculantDense`, `gates` without bias and `experts` with one. Their outputs are
    ordered as in `MixtureOfExperts`, class by class.

    Parameters
    ----------
    num_classes
        Number of classes V.
    num_mixtures
        Number of experts M of a class, without the dummy.
    factors, order, diagonal, diagonal_initializer
        As of `CirculantDense`.

    Raises
    ------
    ValueError
        `num_classes` or `num_mixtures` is not positive, `CirculantDense` refuses an argument, or the input is not of
        shape (batch, features).
    """

    def __init__(
        self,
        num_classes: int,
        *,
        num_mixtures: int = 4,
        factors: int = 1,
        order: str = "DC",
        diagonal: str = "learned",
        diagonal_initializer="normal",
        **kwargs,
    ):
        super().__init__(**kwargs)
        if num_classes < 1 or num_mixtures < 1:
            raise ValueError(
                f"{self.name}: num_classes and num_mixtures must be positive, not {num_classes} and {num_mixtures}"
            )
        self.num_classes = num_classes
        self.num_mixtures = num_mixtures
        circulant: dict[str, Any] = {
            "factors": factors,
            "order": order,
            "diagonal": diagonal,
            "diagonal_initializer": diagonal_initializer,
            "dtype": self.dtype_policy,
        }
        self.gates = CirculantDense(num_classes * (num_mixtures + 1), use_bias=False, name="gates", **circulant)
        self.experts = CirculantDense(num_classes * num_mixtures, name="experts", **circulant)

    def build(self, input_shape):
        """Create the weights for inputs of shape (batch, features)."""
        if len(input_shape) != 2:
            raise ValueError(
                f"{self.name}: CirculantMixtureOfExperts takes (batch, features), not shape {tuple(input_shape)}"
            )
        self.gates.build(input_shape)
        self.experts.build(input_shape)

    def call(self, inputs):
        """Return the probability of each class."""
        return mixture_probability(
            ops.reshape(self.gates(inputs), (-1, self.num_classes, self.num_mixtures + 1)),
            ops.reshape(self.experts(inputs), (-1, self.num_classes, self.num_mixtures)),
        )

    def as_dense(self):
        """A built `MixtureOfExperts` of the same name that computes the same, for inference and export.

        As `CirculantDense.as_dense`, it takes this layer's place in `keras.models.clone_model`.
        """
        kernel, _ = self.gates.to_dense()
        dense = MixtureOfExperts(
            self.num_classes, num_mixtures=self.num_mixtures, name=self.name, dtype=self.dtype_policy
        )
        dense.build((None, kernel.shape[0]))
        dense.set_weights([kernel, *self.experts.to_dense()])
        return dense

    def compute_output_spec(self, inputs):
        """Shape and dtype of the outputs; the dtype is not always the compute dtype."""
        dtype = keras.backend.result_type(self.compute_dtype, "float32")
        return keras.KerasTensor((inputs.shape[0], self.num_classes), dtype=dtype)

    def get_config(self):
        """The constructor's arguments."""
        circulant = self.gates.get_config()
        return {
            **super().get_config(),
            "num_classes": self.num_classes,
            "num_mixtures": self.num_mixtures,
            **{name: circulant[name] for name in ("factors", "order", "diagonal", "diagonal_initializer")},
        }
