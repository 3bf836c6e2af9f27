"""What follows the pooling of the frames: two fully connected layers, context gating, mixture of experts."""

from typing import Any


def gated_classifier(x: Any, config: Any, *, activation: str = "relu6", initialize: bool = True) -> Any:
    """From a video's descriptor to the probabilities of its classes, by the layers of Gated NetVLAD.

    Reference: Liu & Liu 2018, section 2.1 and Fig. 1; see `compactvid.models.GatedNetVLAD` for where the released code
    says more than the paper.

    Parameters
    ----------
    x
        Symbolic tensor of shape (batch, features).
    config
        A model configuration with the fields `hidden_size`, `num_classes`, `num_mixtures`, `l2_penalty` and
        `batch_norm_momentum`.
    activation
        After the first fully connected layer.
    initialize
        False fills matrices and biases with zeros.

    Returns
    -------
    tensor
        Probabilities of shape (batch, num_classes). Its layers have the names that they have in `GatedNetVLAD`.
    """
    import keras

    from compactvid.layers import ContextGating, MixtureOfExperts
    from compactvid.layers.initializer import FAN_IN_NORMAL, SMALL_NORMAL

    normal: Any = FAN_IN_NORMAL if initialize else "zeros"
    momentum = config.batch_norm_momentum
    x = keras.layers.Dense(config.hidden_size, use_bias=False, kernel_initializer=normal, name="hidden1")(x)
    x = keras.layers.BatchNormalization(momentum=momentum, epsilon=1e-3, name="hidden1_bn")(x)
    x = keras.layers.Activation(activation, name="hidden1_activation")(x)
    x = keras.layers.Dense(
        2 * config.hidden_size,
        kernel_initializer=normal,
        bias_initializer=SMALL_NORMAL if initialize else "zeros",
        name="hidden2",
    )(x)
    x = ContextGating(batch_norm_momentum=momentum, kernel_initializer=normal, name="hidden_gating")(x)
    x = MixtureOfExperts(
        config.num_classes,
        num_mixtures=config.num_mixtures,
        kernel_initializer="glorot_uniform" if initialize else "zeros",
        # TF-slim's penalty is half the sum of squares, Keras's the whole.
        kernel_regularizer=keras.regularizers.L2(config.l2_penalty / 2) if config.l2_penalty else None,
        name="mixture",
    )(x)
    gating = ContextGating(
        batch_norm_momentum=momentum, kernel_initializer=normal, dtype=x.dtype, name="probability_gating"
    )
    return gating(x)
