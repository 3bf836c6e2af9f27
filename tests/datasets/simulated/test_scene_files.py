"""Folders of simulated scenes: what the world drew, in VOC's layout, complete or absent."""

import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from PIL import Image

from compactvid.datasets import voc
from compactvid.datasets.simulated import SceneWorld, write_scenes

WORLD = SceneWorld(seed=3, height=48, width=64, min_size=0.25)
COUNTS = {"train": 12, "validate": 5, "test": 3}
LISTS = {"train": "train", "validate": "val", "test": "test"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scenes") / "world"
    write_scenes(folder, WORLD, COUNTS)
    return folder


def _contents(folder) -> dict:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_layout_is_voc_s(folder):
    names = [f"{split}_{index:06d}" for split, count in COUNTS.items() for index in range(count)]
    assert set(_contents(folder)) == {
        "world.json",
        *(f"ImageSets/Main/{name}.txt" for name in LISTS.values()),
        *(f"Annotations/{name}.xml" for name in names),
        *(f"JPEGImages/{name}.jpg" for name in names),
    }
    paths = write_scenes(folder, WORLD, COUNTS)  # found, not written again
    for split, count in COUNTS.items():
        listed = (folder / "ImageSets" / "Main" / f"{LISTS[split]}.txt").read_text().split()
        assert listed == [path.stem for path in paths[split]] == [f"{split}_{index:06d}" for index in range(count)]


def test_plain_xml_and_jpeg_hold_what_the_world_drew(folder):
    for split, count in COUNTS.items():
        for scene in WORLD.scenes(split, count):
            root = ElementTree.parse(folder / "Annotations" / f"{scene.id}.xml").getroot()
            assert [root.findtext(f"size/{side}") for side in ("width", "height", "depth")] == ["64", "48", "3"]
            found = [
                (
                    element.findtext("name"),
                    [int(element.findtext(f"bndbox/{corner}")) for corner in ("xmin", "ymin", "xmax", "ymax")],
                    element.findtext("difficult") == "1",
                    element.findtext("truncated") == "1",
                )
                for element in root.findall("object")
            ]
            assert found == [
                (WORLD.class_names[label], box.tolist(), difficult, truncated)
                for label, box, difficult, truncated in zip(
                    scene.classes, scene.boxes, scene.difficult, scene.truncated, strict=True
                )
            ]
            with Image.open(folder / "JPEGImages" / f"{scene.id}.jpg") as image:
                assert image.size == (64, 48)
                # Noise of up to 8 costs JPEG a few grey values, nothing else.
                assert np.abs(np.asarray(image).astype(int) - scene.image).mean() < 4


def test_the_official_reader_reads_them(folder):
    frame = voc.read_annotations(folder, "val", WORLD.class_names)
    scenes = list(WORLD.scenes("validate", 5))
    assert len(frame) == sum(len(scene.classes) for scene in scenes)
    corners = frame[["x_min", "y_min", "x_max", "y_max"]].to_numpy()
    np.testing.assert_array_equal(corners, np.concatenate([scene.boxes for scene in scenes]))
    assert frame["difficult"].tolist() == [bool(flag) for scene in scenes for flag in scene.difficult]
    assert set(voc.read_annotations(folder, None, WORLD.class_names)["label"]) <= set(WORLD.class_names)


def test_bytes_are_the_same_anywhere_and_whatever_the_counts(folder, tmp_path):
    write_scenes(tmp_path / "fewer", WORLD, {"train": 4})
    there, here = _contents(folder), _contents(tmp_path / "fewer")
    same = [name for name in here if name.startswith(("JPEGImages", "Annotations"))]
    assert len(same) == 8
    assert {name: here[name] for name in same} == {name: there[name] for name in same}


@pytest.mark.parametrize(
    ("world", "counts", "message"),
    [
        (SceneWorld(seed=4, height=48, width=64, min_size=0.25), COUNTS, "seed is 3, wanted 4"),
        (WORLD, COUNTS | {"test": 4}, "counts is .*'test': 3}, wanted .*'test': 4}"),
    ],
)
def test_a_folder_of_other_scenes_is_refused(folder, world, counts, message):
    with pytest.raises(ValueError, match=f"world holds another simulated world: {message}"):
        write_scenes(folder, world, counts)


@pytest.mark.parametrize("missing", ["JPEGImages/train_000002.jpg", "ImageSets/Main/train.txt"])
def test_a_missing_file_is_named(tmp_path, missing):
    write_scenes(tmp_path / "world", WORLD, {"train": 3})
    (tmp_path / "world" / missing).unlink()
    with pytest.raises(ValueError, match=f"world is incomplete: {missing} is missing"):
        write_scenes(tmp_path / "world", WORLD, {"train": 3})


def test_scenes_drawn_by_other_code_are_refused(folder, monkeypatch):
    draw = SceneWorld._scene
    monkeypatch.setattr(
        SceneWorld, "_scene", lambda world, split, index: draw(world, split, index)._replace(image=np.zeros(1))
    )
    with pytest.raises(ValueError, match="first_items is"):
        write_scenes(folder, WORLD, COUNTS)


def test_a_write_that_fails_leaves_no_folder(tmp_path, monkeypatch):
    write = voc.write

    def fails_at_val(root, split, examples):
        if split == "val":
            raise OSError("disk full")
        write(root, split, examples)

    with monkeypatch.context() as patch:
        patch.setattr(voc, "write", fails_at_val)
        with pytest.raises(OSError, match="disk full"):
            write_scenes(tmp_path / "world", WORLD, COUNTS)
    assert not (tmp_path / "world").exists()
    assert len(write_scenes(tmp_path / "world", WORLD, COUNTS)["validate"]) == 5


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ({}, "counts must name at least one split"),
        ({"train": 0}, r"counts\['train'\] must be an integer from 1 to 1000000, got 0"),
        ({"val": 5}, "split must be one of train, validate, test, got 'val'"),
    ],
)
def test_bad_counts_are_refused_and_nothing_is_written(tmp_path, counts, message):
    with pytest.raises(ValueError, match=message):
        write_scenes(tmp_path / "world", WORLD, counts)
    assert list(tmp_path.iterdir()) == []
