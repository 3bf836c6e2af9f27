"""Which detection claims and finds which object, by hand and against average precision's own counts."""

import numpy as np
import pandas as pd
import pytest

from compactvid.metrics import detection_average_precision
from compactvid.metrics.claimed_objects import claimed_objects

COLUMNS = ["image", "label", "x_min", "y_min", "x_max", "y_max"]
OBJECTS = pd.DataFrame(
    [("a", "ring", 1, 1, 10, 10), ("a", "ring", 21, 1, 30, 10), ("b", "disc", 1, 1, 10, 10)], columns=COLUMNS
)


def detections(*rows):
    return pd.DataFrame(rows, columns=[*COLUMNS, "score"])


def test_the_surest_detection_finds_an_object_and_no_other_class_or_image_does():
    claimed, finds = claimed_objects(
        OBJECTS,
        detections(
            ("a", "ring", 2, 1, 11, 10, 0.5),  # overlaps the first by 9 / 11
            ("a", "ring", 1, 1, 10, 10, 0.7),  # exactly, and surer
            ("a", "disc", 21, 1, 30, 10, 0.9),  # another class
            ("b", "ring", 21, 1, 30, 10, 0.9),  # another image
            ("b", "disc", 1, 1, 10, 20, 0.1),  # overlaps by a half
            ("a", "ring", 21, 1, 30, 21, 0.9),  # and by less
        ),
    )
    assert claimed.tolist() == [0, 0, -1, -1, 2, -1]
    assert finds.tolist() == [False, True, False, False, True, False]


def test_what_overlaps_most_is_claimed_though_it_is_taken():
    same = ("a", "ring", 1, 1, 10, 10, 0.9)
    claimed, finds = claimed_objects(OBJECTS, detections(same, same))
    assert (claimed.tolist(), finds.tolist()) == ([0, 0], [True, False])
    assert [len(found) for found in claimed_objects(OBJECTS, detections())] == [0, 0]


@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.75])
def test_as_many_are_found_as_average_precision_counts(threshold):
    random = np.random.default_rng(4)

    def table(count):
        corner, size = random.integers(1, 60, (count, 2)), random.integers(5, 40, (count, 2))
        names = {"image": random.integers(20, size=count), "label": random.choice(["disc", "ring"], count)}
        return pd.DataFrame({**names, **dict(zip(COLUMNS[2:], np.hstack([corner, corner + size]).T, strict=True))})

    objects = table(80).assign(difficult=random.random(80) < 0.2)
    moved = objects.loc[random.integers(80, size=500), COLUMNS].reset_index(drop=True)
    moved[COLUMNS[2:]] += random.integers(-2, 3, (500, 4))
    found = pd.concat([table(500), moved], ignore_index=True).assign(score=random.random(1000).round(2))
    claimed, finds = claimed_objects(objects, found, iou_threshold=threshold)
    counts = ~((claimed >= 0) & objects["difficult"].to_numpy()[claimed])
    for row in detection_average_precision(objects, found, iou_threshold=threshold).itertuples():
        of_class = (found["label"] == row.label).to_numpy()
        assert len(row.recall) == (of_class & counts).sum()
        assert round(row.recall[-1] * row.num_ground_truth) == (of_class & counts & finds).sum() > 5
    assert len(set(claimed[finds])) == finds.sum() == len(set(claimed) - {-1})
