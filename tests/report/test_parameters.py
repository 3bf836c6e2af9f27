"""The table of parameters against a docstring written for the test, and against the real worlds."""

from dataclasses import dataclass

import pytest

from compactvid.datasets.simulated import VideoWorld
from compactvid.report.parameters import parameter_table


@dataclass
class World:
    """A world.

    Parameters
    ----------
    height, width : int
        96 x 96: ``three`` cells
        either way.

        And a second paragraph.
    seed
        A new *seed* is a new world.

    A paragraph about all of them.

    Raises
    ------
    ValueError
        never : not a parameter
    """

    height: int = 96
    width: int = 64
    seed: int = 0


def test_names_values_and_reasons():
    assert parameter_table(World(seed=3)).to_numpy().tolist() == [
        ["height, width", "96, 64", "96 x 96: three cells either way. And a second paragraph."],
        ["seed", "3", "A new seed is a new world."],
    ]


def test_a_field_without_a_reason_is_refused():
    @dataclass
    class Taller(World):
        __doc__ = World.__doc__
        depth: int = 1

    with pytest.raises(ValueError, match=r"Taller: the docstring describes \['height', 'width', 'seed'\]"):
        parameter_table(Taller())


def test_every_parameter_of_the_video_world_has_a_reason():
    table = parameter_table(VideoWorld(seed=7))
    assert table.reason.str.len().min() > 10
    assert dict(zip(table.parameter, table.value, strict=True))["background_share, offset_share"] == "0.2, 0.2"
