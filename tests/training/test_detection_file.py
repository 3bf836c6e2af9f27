"""Objects and detections as a file: what was saved comes back, without any framework."""

import subprocess
import sys

import pandas as pd
import pytest

from compactvid.training.detection_file import DETECTION_TYPES, OBJECT_TYPES, read_detections, save_detections

OBJECTS = pd.DataFrame(
    {"image": ["b", "a"], "label": ["ring", "star"], "x_min": [1.5, 2], "y_min": [1, 2], "x_max": [9, 8.25]}
    | {"y_max": [7, 6], "difficult": [False, True]}
).astype(OBJECT_TYPES)
DETECTIONS = pd.DataFrame(
    {"image": ["c", "a", "c"], "label": ["disc", "star", "ring"], "x_min": [1, 1.1, 1], "y_min": [1, 2, 3]}
    | {"x_max": [4, 5, 6], "y_max": [7, 8, 9], "score": [0.25, 0.1, 0.05]}
).astype(DETECTION_TYPES)


@pytest.mark.parametrize("rows", [(2, 3), (2, 0), (0, 3)])
def test_what_is_saved_is_read(tmp_path, rows):
    objects, detections = OBJECTS[: rows[0]], DETECTIONS[: rows[1]]
    save_detections(tmp_path / "a.npz", objects, detections)
    for read, saved in zip(read_detections(tmp_path / "a.npz"), (objects, detections), strict=True):
        pd.testing.assert_frame_equal(read, saved)


def test_the_same_tables_are_the_same_bytes_and_26_a_row(tmp_path):
    many = pd.concat([DETECTIONS] * 1000, ignore_index=True)
    for name in ("a", "b"):
        save_detections(tmp_path / f"{name}.npz", OBJECTS, many)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    assert (tmp_path / "a.npz").stat().st_size < 26 * len(many) + 5000


@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04 and then something else"])
def test_a_missing_or_damaged_file_is_named(tmp_path, content):
    if content is not None:
        (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(ValueError, match=r"a\.npz: not readable detections .*delete its run"):
        read_detections(tmp_path / "a.npz")


def test_reading_needs_no_framework():
    code = "import sys, compactvid.training.detection_file; print({'keras', 'tensorflow', 'jax'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
