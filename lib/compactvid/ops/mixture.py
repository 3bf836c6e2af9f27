"""Mixture of experts with one dummy expert."""

import keras
from keras import ops


def mixture_probability(gate_logits, expert_logits):
    r"""Probability of each class as a weighted vote of its experts.

    .. math:: p = \sum_{m=1}^{M} \mathrm{softmax}(g)_m \, \sigma(e_m)

    The softmax runs over M + 1 gates; the last one belongs to a dummy expert that always says "absent".

    Reference: Liu & Liu 2018, section 2.1, "Mixture of Experts"; the dummy expert is in the released code.

    Parameters
    ----------
    gate_logits
        :math:`g`, of shape (batch, classes, mixtures + 1).
    expert_logits
        :math:`e`, of shape (batch, classes, mixtures).

    Returns
    -------
    tensor
        Probabilities of shape (batch, classes), computed in float32 at least: thousands of rare classes have
        probabilities below what float16 can tell from zero.
    """
    dtype = keras.backend.result_type(gate_logits.dtype, "float32")
    gates = ops.softmax(ops.cast(gate_logits, dtype), axis=-1)
    experts = ops.sigmoid(ops.cast(expert_logits, dtype))
    return ops.sum(gates[..., :-1] * experts, axis=-1)
