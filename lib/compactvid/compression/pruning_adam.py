"""Adam under the masks of gradual pruning."""

import math
from typing import TYPE_CHECKING, Any

import keras
from keras import ops

from compactvid.compression.pruning import chosen_weights, num_pruned

if TYPE_CHECKING:
    from compactvid.compression.gradual_pruning import GradualPruning


class PruningAdam(keras.optimizers.Adam):
    """Adam whose masked weights have no gradient and stay zero.

    Reference: Zhu & Gupta 2017, section 3: masks are variables beside the weights, and masked weights get no gradient.
    There the forward pass multiplies by the mask; here each update sets masked weights to zero, which is the same to
    the model. The masks are variables of the optimizer: a training is resumed with them, and weight files hold the
    weights alone.

    Parameters
    ----------
    schedule
        When the masks are updated, to which sparsities, and of which tensors.
    **arguments
        As `keras.optimizers.Adam` takes them. A norm is clipped without the gradients of masked weights.

    Raises
    ------
    ValueError
        At the first use: the model has no tensor that the schedule names.
    """

    def __init__(self, schedule: "GradualPruning", learning_rate: Any = 0.001, **arguments: Any):
        super().__init__(learning_rate, **arguments)
        self.schedule = schedule
        self._masks: dict[str, Any] = {}

    def build(self, variables: Any) -> None:
        """Create Adam's variables and the masks, all ones."""
        if self.built:
            return
        super().build(variables)
        for weight in chosen_weights("GradualPruning", variables, self.schedule.tensors):
            self._masks[weight.path] = self.add_variable_from_reference(weight, name="mask", initializer="ones")

    def apply(self, grads: Any, trainable_variables: Any = None) -> None:
        """One step of Adam on the weights that are not masked, and the masks of this step."""
        weights = self._trainable_variables if trainable_variables is None else list(trainable_variables)
        if not self.built:
            self.build(weights)
        masks = [self._masks.get(weight.path) for weight in weights]
        masked = [g if mask is None or g is None else g * mask for g, mask in zip(grads, masks, strict=True)]
        super().apply(masked, trainable_variables)
        since = ops.cast(self.iterations, "int32") - self.schedule.begin
        due = (since >= 0) & (since % self.schedule.frequency == 0)
        update = since // self.schedule.frequency
        due = due & (update <= self.schedule.updates)
        for weight, mask in zip(weights, masks, strict=True):
            if mask is not None:
                values = ops.where(mask.value > 0, weight.value, 0.0)
                mask.assign(ops.cond(due, lambda: self._mask(values, update), lambda: mask.value))  # noqa: B023
                weight.assign(ops.where(mask.value > 0, values, 0.0))  # a product would leave -0.0

    def _mask(self, values: Any, update: Any) -> Any:
        """As `magnitude_mask` has it, in the weights' dtype."""
        size = math.prod(values.shape)
        counts = [num_pruned(size, sparsity) for sparsity in self.schedule.sparsities]
        pruned = ops.take(ops.convert_to_tensor(counts, "int32"), ops.clip(update, 0, self.schedule.updates))
        order = ops.argsort(ops.abs(ops.reshape(values, (-1,))))  # stable on every backend: the first of equals leads
        ranks = ops.scatter(order[:, None], ops.arange(size, dtype="int32"), (size,))
        return ops.reshape(ops.cast(ranks >= pruned, values.dtype), values.shape)
