"""The picture that a page shows is the first that fits, and real ones are identified by their pixels too."""

import numpy as np
import pytest

from compactvid.datasets.example_picture import example_picture
from compactvid.datasets.simulated import SceneWorld
from compactvid.datasets.simulated_splits import SimulatedScenes
from compactvid.datasets.voc import write
from compactvid.datasets.voc_annotations import AnnotatedObject
from compactvid.datasets.voc_folder import VocPictures
from compactvid.datasets.voc_images import read_jpeg

CAT, DOG = AnnotatedObject("cat", 1, 1, 5, 5), AnnotatedObject("dog", 2, 2, 6, 6)
HIDDEN = AnnotatedObject("dog", 2, 2, 6, 6, difficult=True)


def test_the_first_scene_with_three_objects_of_two_classes_and_none_difficult(tmp_path):
    world = SceneWorld(seed=3)
    dataset = SimulatedScenes(world, train=1, validate=1, test=30)
    files = dataset.prepare(tmp_path / "scenes")
    annotation, image = example_picture(dataset, files, "test")
    fitting = [
        scene
        for scene in world.scenes("test", 30)
        if len(scene.classes) >= 3 and len(set(scene.classes)) >= 2 and not scene.difficult.any()
    ]
    assert annotation.image == fitting[0].id
    assert [list(found.box) for found in annotation.objects] == fitting[0].boxes.tolist()
    np.testing.assert_array_equal(image, read_jpeg(tmp_path / "scenes" / "JPEGImages" / f"{fitting[0].id}.jpg"))


def written(root, *pictures):
    image = np.zeros((8, 9, 3), np.uint8)
    write(root, "all", [{"id": f"p{n}", "image": image, "objects": found} for n, found in enumerate(pictures)])


def test_pictures_with_too_little_in_them_are_passed_over(tmp_path, monkeypatch):
    monkeypatch.setenv("COMPACTVID_DATA", str(tmp_path))
    dataset = VocPictures()
    written(tmp_path / "voc100", [CAT, CAT, CAT], [CAT, DOG], [CAT, CAT, DOG, HIDDEN])
    with pytest.raises(ValueError, match="Annotations: of 3 pictures of split all none has 3 objects of 2 classes"):
        example_picture(dataset, dataset.prepare(), "all")
    written(tmp_path / "voc100", [CAT], [CAT, DOG, DOG])
    assert example_picture(dataset, dataset.prepare(), "all")[0].image == "p1"


def test_real_pictures_are_identified_by_their_pixels(tmp_path, monkeypatch):
    monkeypatch.setenv("COMPACTVID_DATA", str(tmp_path))
    assert not VocPictures.present()
    written(tmp_path / "voc100", [CAT, DOG, DOG])
    assert VocPictures.present()
    assert {name: [path.name for path in paths] for name, paths in VocPictures().prepare().items()} == {
        "all": ["p0.xml"],
        "images": ["p0.jpg"],
    }
    before = VocPictures().fingerprint()
    write(tmp_path / "voc100", "all", [{"id": "p0", "image": np.full((8, 9, 3), 200, np.uint8),
                                        "objects": [CAT, DOG, DOG]}])  # fmt: skip
    assert VocPictures().fingerprint() != before
