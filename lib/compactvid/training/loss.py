"""The loss of the YouTube-8M challenges."""

from keras import ops

EPSILON = 1e-5
"""Added inside the logarithms, as in the challenge's starter code: it bounds the loss of a confident mistake."""


def multi_label_cross_entropy(y_true, y_pred):
    """Binary cross entropy summed over the classes of a video.

    The challenge sums over classes and averages over videos. Keras's own `BinaryCrossentropy` averages over both, which
    would shrink the gradient by the number of classes and change what a learning rate or a clipping norm means.

    Parameters
    ----------
    y_true
        Labels of shape (batch, classes), 0 or 1.
    y_pred
        Probabilities of shape (batch, classes).

    Returns
    -------
    tensor
        Loss of each video, of shape (batch,).
    """
    y_pred = ops.cast(y_pred, "float32")
    y_true = ops.cast(y_true, "float32")
    per_class = y_true * ops.log(y_pred + EPSILON) + (1.0 - y_true) * ops.log(1.0 - y_pred + EPSILON)
    return -ops.sum(per_class, axis=-1)
