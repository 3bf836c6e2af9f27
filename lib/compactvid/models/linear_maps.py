"""How a weight matrix with few parameters is made: a tensor train, or two thin matrices."""

from dataclasses import dataclass
from typing import Any

from compactvid.models.circulant import Circulant, linear_layer
from compactvid.models.fields import require_positive_integers


@dataclass(frozen=True)
class TensorTrain:
    r"""A weight matrix as a tensor train.

    Reference: Cheng et al. 2018 (DeepEye), section 3; see `compactvid.layers.TensorTrainDense`. Takes
    :math:`\sum_k r_{k-1} m_k n_k r_k` values in place of :math:`\prod_k m_k n_k`.

    Parameters
    ----------
    input_modes, hidden_modes
        Factors of the inputs and of the recurrent network's units; its gates are folded into the first hidden mode.
    ranks
        One number for all inner ranks, or all d + 1 ranks of d cores, with 1 first and last.
    """

    input_modes: tuple[int, ...] = (17, 19, 19, 25)
    hidden_modes: tuple[int, ...] = (4, 4, 4, 4)
    ranks: int | tuple[int, ...] = 4


@dataclass(frozen=True)
class LowRank:
    """A weight matrix as the product of two thin ones: rank (inputs + outputs) values.

    Parameters
    ----------
    rank
        The inner size.

    Raises
    ------
    ValueError
        The rank is not a positive integer.
    """

    rank: int

    def __post_init__(self) -> None:
        require_positive_integers(self, "rank")


LinearMap = TensorTrain | LowRank | Circulant | None
"""None: a dense matrix."""


def map_layer(inputs: int, gates: int, units: int, kind: LinearMap, name: str, *, initialize: bool = True) -> Any:
    """A layer without bias from `inputs` to `gates` times `units`; all start with outputs of Glorot's variance.

    Two thin matrices are a tensor train of two cores, one with all inputs and the other with all outputs.
    """
    from compactvid.layers import TensorTrainDense

    if isinstance(kind, TensorTrain):
        first, *rest = kind.hidden_modes
        return TensorTrainDense(kind.input_modes, (gates * first, *rest), kind.ranks, use_bias=False, name=name)
    if isinstance(kind, LowRank):
        return TensorTrainDense((inputs, 1), (1, gates * units), kind.rank, use_bias=False, name=name)
    return linear_layer(gates * units, kind, name, initialize=initialize)
