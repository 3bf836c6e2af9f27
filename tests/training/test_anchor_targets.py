"""What answers for the objects of a picture, found again by loops over cells and anchors."""

import numpy as np
import pytest

from compactvid.datasets.simulated import SceneWorld
from compactvid.datasets.simulated_splits import SimulatedScenes
from compactvid.datasets.voc_images import read_jpeg
from compactvid.models import TinyYOLOv2
from compactvid.training.anchor_targets import AnchorTargets, in_cells, read_picture

ANCHORS = ((1.2, 1.3), (2.0, 2.7), (3.2, 3.3))
MODEL = TinyYOLOv2(num_classes=6, anchors=ANCHORS, input_size=(96, 96), halvings=4)
DATASET = SimulatedScenes(SceneWorld(seed=4), train=1, validate=1, test=30)


def iou(box, other):
    sides = [max(0, min(box[axis + 2], other[axis + 2]) - max(box[axis], other[axis])) for axis in (0, 1)]
    areas = [(each[2] - each[0]) * (each[3] - each[1]) for each in (box, other)]
    return sides[0] * sides[1] / (sum(areas) - sides[0] * sides[1])


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    folder, data = tmp_path_factory.mktemp("run"), tmp_path_factory.mktemp("data") / "scenes"
    return AnchorTargets(MODEL, DATASET, "test").execute(folder, data), folder, data


def test_cell_anchor_and_overlap_of_each_object(executed):
    found, _, data = executed
    files = DATASET.prepare(data)
    (annotation,) = (each for each in DATASET.read_annotations(files, "test") if each.image == found["image"])
    assert len(found["objects"]) == len(annotation.objects) >= 3
    for row, said in zip(found["objects"], annotation.objects, strict=True):
        # Pixels count from 1 and belong to the box: it begins at the left edge of one and ends at the right of another.
        box = [(said.x_min - 1) / 16, (said.y_min - 1) / 16, said.x_max / 16, said.y_max / 16]
        assert [row[name] for name in ("x_min", "y_min", "x_max", "y_max")] == pytest.approx(box, abs=1e-5)
        x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        assert (row["label"], row["row"], row["column"]) == (said.label, 1 + int(y), 1 + int(x))
        centred = [x - box[0], y - box[1]]
        shapes = [iou([-centred[0], -centred[1], *centred], [-w / 2, -h / 2, w / 2, h / 2]) for w, h in ANCHORS]
        assert row["anchor"] == 1 + int(np.argmax(shapes))
        width, height = ANCHORS[row["anchor"] - 1]
        x, y = int(x) + 0.5, int(y) + 0.5
        anchor = [x - width / 2, y - height / 2, x + width / 2, y + height / 2]
        names = [f"anchor_{name}" for name in ("x_min", "y_min", "x_max", "y_max")]
        assert [row[name] for name in names] == pytest.approx(anchor, abs=1e-5)
        assert row["overlap"] == pytest.approx(iou(box, anchor), abs=1e-5)


def test_the_picture_is_kept_as_the_detector_gets_it(executed):
    found, folder, data = executed
    np.testing.assert_array_equal(read_picture(folder), read_jpeg(data / "JPEGImages" / f"{found['image']}.jpg"))


def test_boxes_move_with_the_picture_into_the_input():
    """100 x 50 pixels in 64 x 64: scaled by 0.64 to 64 x 32, 16 pixels below the upper edge; cells of 32 pixels."""
    placed = in_cells([(1, 1, 100, 50), (51, 26, 75, 50)], (50, 100), (64, 64), (2, 2))
    np.testing.assert_allclose(placed, [[0, 0.5, 2, 1.5], [1, 1, 1.5, 1.5]], atol=1e-6)
    assert in_cells([], (50, 100), (64, 64), (2, 2)).shape == (0, 4)
