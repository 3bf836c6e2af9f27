"""Prune a model little by little while it trains."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from compactvid.compression.pruning import chosen_weights, num_pruned, require_sparsity
from compactvid.models.gated_netvlad import BIG_FOUR


@dataclass(frozen=True)
class GradualPruning:
    r"""A schedule of growing sparsity, for `FineTuning`.

    .. math:: s_t = s_f + (s_i - s_f) \left(1 - \frac{t - t_0}{n \Delta t}\right)^3,
              \quad t \in \{t_0, t_0 + \Delta t, \dots, t_0 + n \Delta t\}

    Step t is the t-th update of the weights, from 1. After the steps of the schedule each tensor's mask is computed
    anew from its magnitudes, exactly as `prune` does with :math:`s_t`. Between them masked weights stay zero.

    Reference: Zhu & Gupta 2017, https://arxiv.org/abs/1710.01878, section 3, Eq. 1; it is what Liu & Liu 2018
    (section 2.2, "Gradual Binary Mask Pruning") tried.

    Parameters
    ----------
    sparsity
        Final share of zeros :math:`s_f`, in [0, 1].
    frequency
        Steps :math:`\Delta t` between two updates of the masks.
    updates
        Number :math:`n` of updates after the first.
    begin
        Step :math:`t_0` of the first update.
    initial_sparsity
        Share of zeros :math:`s_i` that the first update prunes to.
    tensors
        Paths of the tensors to prune; by default the four big ones of a `GatedNetVLAD`.

    Raises
    ------
    ValueError
        A field has no valid value; the message names it.
    """

    sparsity: float
    frequency: int
    updates: int
    begin: int = 1
    initial_sparsity: float = 0.0
    tensors: tuple[str, ...] = BIG_FOUR

    def __post_init__(self) -> None:
        require_sparsity("GradualPruning", self.sparsity)
        require_sparsity("GradualPruning: initial_sparsity, as", self.initial_sparsity)
        if self.initial_sparsity > self.sparsity:
            raise ValueError(f"GradualPruning: initial_sparsity {self.initial_sparsity} is above {self.sparsity}")
        for name in ("frequency", "updates", "begin"):
            if getattr(self, name) < 1:
                raise ValueError(f"GradualPruning: {name} must be at least 1, not {getattr(self, name)}")

    @property
    def sparsities(self) -> list[float]:
        """The share of zeros after each update of the masks, from the first to the last."""
        span = self.initial_sparsity - self.sparsity
        return [self.sparsity + span * (1 - update / self.updates) ** 3 for update in range(self.updates + 1)]

    def optimizer(self, learning_rate: Any, *, clipnorm: float) -> Any:
        """Adam that keeps to this schedule; see `PruningAdam`."""
        from compactvid.compression.pruning_adam import PruningAdam

        return PruningAdam(self, learning_rate, clipnorm=clipnorm)

    def check(self, model: Any) -> None:
        """Raise ValueError unless the model has the final share of zeros, or more, in each tensor."""
        for weight in chosen_weights("GradualPruning", model.weights, self.tensors):
            zeros, wanted = int(np.sum(np.asarray(weight) == 0)), num_pruned(np.size(weight), self.sparsity)
            if zeros < wanted:
                raise ValueError(
                    f"GradualPruning: {weight.path} has {zeros} zeros, not {wanted}: the schedule ends with step "
                    f"{self.begin + self.updates * self.frequency}, after the reported checkpoint"
                )
