"""What tests of several equations need."""

import keras
import numpy as np
import pytest
from keras import ops


def vector_jacobian_product(function, arguments, upstream):
    """Gradients of sum(upstream * function(*arguments)), by the backend's own differentiation."""
    arguments = [ops.convert_to_tensor(each) for each in arguments]
    if keras.backend.backend() == "jax":
        import jax

        _, backward = jax.vjp(function, *arguments)
        return [np.asarray(each) for each in backward(ops.convert_to_tensor(upstream))]
    import tensorflow as tf

    with tf.GradientTape() as tape:
        tape.watch(arguments)
        result = function(*arguments)
    return [each.numpy() for each in tape.gradient(result, arguments, tf.convert_to_tensor(upstream))]


@pytest.fixture(name="vector_jacobian_product", scope="session")
def _vector_jacobian_product():
    return vector_jacobian_product
