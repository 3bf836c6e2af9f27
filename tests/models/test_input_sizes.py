"""One network's weights on two sizes: the same in the middle, another thing near the edge."""

from dataclasses import replace

import pytest

from compactvid.models import TinyYOLOv2
from compactvid.models.input_sizes import InputSizes

SMALL = InputSizes(
    TinyYOLOv2(num_classes=3, anchors=((1.0, 1.5), (2.0, 1.0)), input_size=(32, 32), filters=(2,) * 8),
    larger=(416, 512),
    smaller=(352, 384),
)


def test_what_lies_five_cells_inside_does_not_know_the_size_of_the_picture():
    found = SMALL.execute(None, None)
    assert found["inputs"] == [[416, 512, 3], [352, 384, 3]]
    assert found["outputs"] == [[13, 16, 16], [11, 12, 16]]
    assert found["compared"] == 1 * 2
    assert found["difference"] < 1e-6
    assert (found["decoded"]["boxes"], found["decoded"]["classes"]) == ([13, 16, 2, 4], [13, 16, 2, 3])
    assert found["decoded"]["confidence"] == [13, 16, 2]
    assert found["decoded"]["total"] == pytest.approx(1, abs=1e-6)


def test_nearer_to_the_edge_the_pictures_differ():
    """Five cells are needed, not four: a comparison that could not fail would say nothing."""
    assert replace(SMALL, margin=4).execute(None, None)["difference"] > 1e-5


@pytest.mark.parametrize(
    ("fields", "sizes"),
    [
        ({"smaller": (320, 384)}, r"\(416, 512\) and \(320, 384\)"),
        ({"larger": (384, 512)}, r"\(384, 512\) and \(352, 384\)"),
        ({"larger": (352, 384)}, r"\(352, 384\) and \(352, 384\)"),
    ],
)
def test_sizes_that_leave_nothing_to_compare_are_refused(fields, sizes):
    with pytest.raises(ValueError, match=f"differ by an even number of cells of 32.*more than 10 cells.*{sizes}"):
        replace(SMALL, **fields)
