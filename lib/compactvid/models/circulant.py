"""How a weight matrix is made of circulant and diagonal factors."""

from dataclasses import asdict, dataclass
from typing import Any

from compactvid.models.fields import require_positive_integers

CHOICES = {
    "order": ("DC", "CD"),
    "diagonal": ("learned", "signs", "none"),
    "diagonal_initializer": ("normal", "ones", "signs"),
}


@dataclass(frozen=True)
class Circulant:
    r"""A weight matrix as blocks, each a product of m circulant and diagonal matrices of the input's size n.

    Reference: Araujo et al. 2018, section 4.3; see `compactvid.layers.CirculantDense`. For n inputs and p outputs

    .. math:: \lceil p / n \rceil \cdot 2 \, m \, n

    values take the place of the dense matrix's n p; half as many where `diagonal` is "none". Signs are stored too, and
    count.

    Parameters
    ----------
    factors
        Number of factors m.
    order
        "DC", as printed: the circulant matrix is applied first; or "CD".
    diagonal
        "learned", "signs" (random, fixed) or "none".
    diagonal_initializer
        Where learned diagonals start: "normal" (released), "ones" or "signs".

    Raises
    ------
    ValueError
        A field has no valid value; the message names it.
    """

    factors: int = 1
    order: str = "DC"
    diagonal: str = "learned"
    diagonal_initializer: str = "normal"

    def __post_init__(self) -> None:
        require_positive_integers(self, "factors")
        for name, choices in CHOICES.items():
            if getattr(self, name) not in choices:
                raise ValueError(f"Circulant: {name} must be one of {', '.join(choices)}, not {getattr(self, name)!r}")


def linear_layer(units: int, circulant: Circulant | None, name: str, *, initialize: bool = True) -> Any:
    """A layer that multiplies by a matrix and adds no bias: dense where `circulant` is None.

    Both kinds start with outputs of the variance that Glorot's initialisation gives. `initialize` False fills a dense
    kernel with zeros.
    """
    import keras

    from compactvid.layers import CirculantDense

    if circulant is not None:
        return CirculantDense(units, use_bias=False, name=name, **asdict(circulant))
    kernel = "glorot_uniform" if initialize else "zeros"
    return keras.layers.Dense(units, use_bias=False, kernel_initializer=kernel, name=name)
