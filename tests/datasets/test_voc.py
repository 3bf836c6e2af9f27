"""Pascal VOC as batches, as a table, and written."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from compactvid.datasets import voc
from compactvid.datasets.tfrecord import RecordError
from compactvid.datasets.voc import AnnotatedObject
from compactvid.datasets.voc_images import encode_jpeg, letterbox, read_jpeg

SHAPES = ["disc", "ring", "star"]
RING = AnnotatedObject("ring", 2, 3, 20, 12, difficult=True)
STAR = AnnotatedObject("star", 1, 1, 30, 24, truncated=True)
DISC = AnnotatedObject("disc", 5.5, 6, 5.5, 24)
SCENES = {"a": [RING], "b": [], "c": [STAR, DISC], "d": [DISC]}


def example(name: str, **changes) -> dict:
    image = np.random.default_rng(list(name.encode())).integers(0, 256, (3, 5, 3), np.uint8)
    image = np.asarray(Image.fromarray(image).resize((30, 24)))
    return {"id": name, "image": image, "objects": SCENES.get(name, [])} | changes


@pytest.fixture
def root(tmp_path):
    voc.write(tmp_path, "train", [example(name) for name in "cab"])
    voc.write(tmp_path, "test", [example("d")])
    return tmp_path


def read(root, **options) -> voc.Batches:
    return voc.read(root, **{"split": "train", "class_names": SHAPES, "size": (24, 30), "batch_size": 8} | options)


def test_the_list_is_written_once_all_it_lists_is_on_disk(tmp_path, monkeypatch):
    flushed = []
    monkeypatch.setattr(voc.os, "sync", lambda: flushed.append(sorted(path.name for path in tmp_path.rglob("*.*"))))
    voc.write(tmp_path, "train", [example(name) for name in "ab"])
    assert flushed == [["a.jpg", "a.xml", "b.jpg", "b.xml"]]
    assert (tmp_path / "ImageSets" / "Main" / "train.txt").read_text() == "a\nb\n"


def test_batches(root):
    inputs, objects = read(root).batch(0)
    assert {name: (values.shape, values.dtype) for name, values in inputs.items()} == {
        "image": ((3, 24, 30, 3), np.uint8),
        "image_size": ((3, 2), np.int32),
    }
    expected = [
        [[2, 1, 1, 30, 24, 0], [0, 5.5, 6, 5.5, 24, 0]],
        [[1, 2, 3, 20, 12, 1], [-1] * 6],
        [[-1] * 6, [-1] * 6],
    ]
    assert objects.dtype == np.float32
    np.testing.assert_array_equal(objects, expected)
    np.testing.assert_array_equal(inputs["image_size"], [[24, 30]] * 3)
    for name, image in zip("cab", inputs["image"], strict=True):
        assert np.abs(image.astype(int) - example(name)["image"]).max() < 12  # JPEG
    assert read(root).ids(0) == ["c", "a", "b"]
    assert read(root, split=None).ids(0) == ["a", "b", "c", "d"]
    assert read(root, max_objects=5).batch(0)[1].shape == (3, 5, 6)
    assert read(root, size=(32, 16)).batch(0)[0]["image"].shape == (3, 32, 16, 3)


def test_real_images(real_voc):
    batches = voc.read(real_voc, batch_size=30, seed=5)
    assert (batches.num_examples, len(batches)) == (100, 4)
    table, names = voc.read_annotations(real_voc), []
    for step, (inputs, objects) in enumerate(batches):
        names += batches.ids(step)
        for row, name in enumerate(batches.ids(step)):
            image = read_jpeg(real_voc / "JPEGImages" / f"{name}.jpg")
            assert inputs["image_size"][row].tolist() == list(image.shape[:2])
            np.testing.assert_array_equal(inputs["image"][row], letterbox(image, (416, 416)))
            found = objects[row][objects[row, :, 0] >= 0]
            expected = table[table.image == name]
            assert [voc.CLASS_NAMES[int(number)] for number in found[:, 0]] == expected.label.tolist()
            columns = ["x_min", "y_min", "x_max", "y_max", "difficult"]
            np.testing.assert_array_equal(found[:, 1:], expected[columns].to_numpy(float))
    assert sorted(names) == sorted(path.stem for path in real_voc.glob("JPEGImages/*"))


def test_the_table_of_real_annotations(real_voc):
    table = voc.read_annotations(real_voc)
    assert (len(table), table.difficult.sum(), table.truncated.sum()) == (273, 38, 137)
    assert table.image.nunique() == 100
    assert set(table.label) == set(voc.CLASS_NAMES)
    first = table[table.image == "2007_000033"].drop(columns="image").to_numpy().tolist()
    assert first == [
        ["aeroplane", 9, 107, 499, 263, False, False],
        ["aeroplane", 421, 200, 482, 226, False, False],
        ["aeroplane", 325, 188, 411, 223, False, True],
    ]


def test_the_table(root):
    expected = pd.DataFrame(
        {
            "image": ["c", "c", "a"],
            "label": ["star", "disc", "ring"],
            "x_min": [1, 5.5, 2],
            "y_min": [1.0, 6, 3],
            "x_max": [30, 5.5, 20],
            "y_max": [24.0, 24, 12],
            "difficult": [False, False, True],
            "truncated": [True, False, False],
        }
    )
    pd.testing.assert_frame_equal(voc.read_annotations(root, "train", SHAPES), expected)


def test_a_table_without_objects_has_its_columns(tmp_path):
    voc.write(tmp_path, "train", [example("b")])
    table = voc.read_annotations(tmp_path, "train", SHAPES)
    assert len(table) == 0
    assert table.dtypes[["x_min", "difficult"]].tolist() == [float, bool]
    assert read(tmp_path).batch(0)[1].shape == (1, 0, 6)


def test_tensorflow_and_keras_get_the_same_batches(tf, root):
    batches = read(root, batch_size=2, seed=3)
    for (inputs, objects), from_tf, from_keras in zip(batches, batches.as_tf(), batches.as_keras(), strict=True):
        for other_inputs, other_objects in (from_tf, from_keras):
            np.testing.assert_array_equal(other_inputs["image"], inputs["image"])
            np.testing.assert_array_equal(other_objects, objects)


def test_writing_again_gives_the_same_files(root, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    voc.write(other, "train", (example(name) for name in "cab"))
    voc.write(other, "test", [example("d")])
    files = sorted(path.relative_to(root) for path in root.rglob("*") if path.is_file())
    assert [path.as_posix() for path in files if path.suffix != ".xml"] == [
        *(f"ImageSets/Main/{split}.txt" for split in ("test", "train")),
        *(f"JPEGImages/{name}.jpg" for name in "abcd"),
    ]
    assert [(other / path).read_bytes() for path in files] == [(root / path).read_bytes() for path in files]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"id": "../a"}, "example 1: id must be a plain file name, got '../a'"),
        ({"id": 7}, "example 1: id must be a plain file name, got 7"),
        ({"id": "a"}, "example 1: the id 'a' comes twice"),
        (
            {"image": np.zeros((4, 4, 3))},
            "example 1: image must be uint8 (height, width, 3), got float64 of ",
        ),
        ({"image": np.zeros((4, 4), np.uint8)}, "example 1: image must be uint8 (height, width, 3), got uint8 of "),
        (
            {"objects": [RING, AnnotatedObject("ring", 9, 3, 8, 4)]},
            "example 1, object 1: swapped corners: x from 9 to 8",
        ),
        ({"objects": [AnnotatedObject("ring", 9, 3, 31, 4)]}, "example 1, object 0: the box leaves the image: x from"),
        ({"objects": [AnnotatedObject("ring", 9, 3, float("nan"), 4)]}, "example 1, object 0: the box leaves the"),
        ({"objects": [AnnotatedObject(" ", 9, 3, 10, 4)]}, "example 1, object 0: label must be a name, got ' '"),
    ],
)
def test_what_is_not_to_be_written_leaves_no_list(tmp_path, changes, problem):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 (the message is compared)
        voc.write(tmp_path, "train", [example("a"), example("b", **changes)])
    assert str(caught.value).startswith(problem)
    assert not (tmp_path / "ImageSets").exists()
    assert not list(tmp_path.rglob("*partial*"))


def test_incomplete_examples_and_splits(tmp_path):
    with pytest.raises(ValueError, match=r"example 0: no image and no objects; it has \['id'\]"):
        voc.write(tmp_path, "train", [{"id": "a"}])
    with pytest.raises(ValueError, match="split train: no example to write"):
        voc.write(tmp_path, "train", [])
    with pytest.raises(ValueError, match=r"split must be the plain name of a list in ImageSets/Main, got '\.\./x'"):
        voc.write(tmp_path, "../x", [example("a")])


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"split": "a/b"}, "split must be the plain name"),
        ({"class_names": "disc"}, "class_names must be a sequence of different names, got 'disc'"),
        ({"class_names": [*SHAPES, "disc"]}, "class_names must be a sequence of different names"),
        ({"size": (0, 8)}, "height must be at least 1, got 0"),
        ({"max_objects": 1}, r"Annotations/c\.xml: 2 objects, but max_objects is 1"),
        ({"batch_size": 0}, "batch_size must be at least 1"),
        ({"on_error": "ignore"}, "on_error must be one of"),
    ],
)
def test_wrong_parameters(root, options, problem):
    with pytest.raises(ValueError, match=problem):
        read(root, **options)


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ("a\nb\na\n", "line 3 is 'a', expected an id that has not come before"),
        ("a\n\nb 1\n", "line 3 is 'b 1', expected one id a line"),
        ("a\n../b\n", "line 2 is '../b', expected one id a line"),
        ("\n \n", "the list is empty; expected one id a line"),
    ],
)
def test_lists_that_are_wrong(root, lines, problem):
    path = root / "ImageSets" / "Main" / "train.txt"
    path.write_text(lines)
    with pytest.raises(RecordError) as caught:
        read(root)
    assert str(caught.value) == f"{path}: {problem}"


def test_files_that_are_missing(root):
    with pytest.raises(FileNotFoundError, match=r"expected a list of image ids: '.*/ImageSets/Main/other\.txt'"):
        read(root, split="other")
    with pytest.raises(FileNotFoundError, match=r"/gone/Annotations: no \*\.xml; expected Pascal VOC annotations"):
        read(root / "gone", split=None)
    (root / "JPEGImages" / "a.jpg").unlink()
    with pytest.raises(FileNotFoundError, match=r"no such file; expected a JPEG image: '.*/a\.jpg'"):
        read(root).batch(0)
    (root / "Annotations" / "a.xml").unlink()
    with pytest.raises(FileNotFoundError, match=r"no such file; expected a Pascal VOC annotation: '.*/a\.xml'"):
        read(root)


def test_an_image_of_another_size_than_annotated(root):
    path = root / "JPEGImages" / "a.jpg"
    path.write_bytes(encode_jpeg(np.zeros((24, 31, 3), np.uint8)))
    with pytest.raises(RecordError) as caught:
        read(root).batch(0)
    assert str(caught.value) == f"{path}: the image is 31 x 24, expected 30 x 24 as annotated"


def test_damaged_images_and_annotations_are_skipped_where_asked(root):
    (root / "Annotations" / "a.xml").write_text("<annotation>")
    (root / "JPEGImages" / "c.jpg").write_bytes(b"")
    with pytest.raises(RecordError, match=r"a\.xml: this is not XML"):
        read(root)
    batches = read(root, on_error="skip")
    with pytest.warns(UserWarning, match=r"2 examples skipped: .*c\.jpg: this is not a JPEG image; .*a\.xml: this is"):
        inputs, objects = batches.batch(0)
    assert batches.ids(0) == ["b"]
    assert (inputs["image"].shape[0], objects.shape) == (1, (1, 2, 6))
    assert len(batches.skipped) == 2


def test_reading_imports_no_framework():
    code = "import sys, compactvid.datasets.voc, compactvid.datasets.clips, compactvid.datasets.darknet;"
    code += "print([name for name in ('tensorflow', 'keras', 'jax', 'matplotlib') if name in sys.modules])"
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert process.stdout == "[]\n"
