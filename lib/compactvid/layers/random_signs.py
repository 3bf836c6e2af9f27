"""Initial values of -1 and 1."""

import keras
from keras import ops


@keras.saving.register_keras_serializable("compactvid")
class RandomSigns(keras.initializers.RandomUniform):
    """Draw -1 or 1, each with probability 1/2.

    Parameters
    ----------
    seed
        As of Keras's random initialisers.
    """

    def __init__(self, seed=None):
        super().__init__(minval=-1.0, maxval=1.0, seed=seed)

    def __call__(self, shape, dtype=None):
        """Values of a shape."""
        uniform = super().__call__(shape, dtype)
        return ops.where(uniform < 0, -ops.ones_like(uniform), ops.ones_like(uniform))

    def get_config(self):
        """The constructor's arguments."""
        return {"seed": super().get_config()["seed"]}
