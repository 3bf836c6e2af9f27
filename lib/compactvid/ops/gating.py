"""Context gating."""

from keras import ops


def context_gate(x, gate_logits):
    r"""Scale each activation by a gate that saw all of them, :math:`Y = \sigma(W X + b) \circ X`.

    Reference: Liu & Liu 2018, Eq. 3, section 2.1.

    Parameters
    ----------
    x
        Activations :math:`X` of shape (..., features).
    gate_logits
        :math:`W X + b`, of the same shape.

    Returns
    -------
    tensor
        :math:`Y`, of the same shape.
    """
    return ops.sigmoid(gate_logits) * x
