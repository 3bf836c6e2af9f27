"""The initial weights of the released code."""

FAN_IN_NORMAL = {
    "class_name": "VarianceScaling",
    "config": {"scale": 1.0, "mode": "fan_in", "distribution": "untruncated_normal"},
}
"""Normal with standard deviation 1 / sqrt(inputs), not truncated.

A description, not an object: a Keras initialiser draws the same numbers each time it is asked, so two tensors that
shared one would start out equal. Each `keras.initializers.get(FAN_IN_NORMAL)` is a new one, with its own seed.
"""

SMALL_NORMAL = {"class_name": "RandomNormal", "config": {"stddev": 0.01}}
"""Normal with standard deviation 0.01, for biases."""
