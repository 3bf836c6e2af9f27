"""Scene statistics against two images counted by hand."""

import pytest

from compactvid.datasets.statistics.scenes import SceneStatistics, scene_statistics
from compactvid.datasets.voc_annotations import AnnotatedObject, Annotation, encode_annotation
from compactvid.datasets.voc_folder import VocFolder

IMAGES = [
    Annotation(
        "a",
        height=10,
        width=20,
        objects=(
            AnnotatedObject("dog", 1, 1, 20, 10, difficult=True),  # the whole image
            AnnotatedObject("cat", 3, 4, 3, 4, truncated=True),  # one pixel
            AnnotatedObject("dog", 1, 1, 4, 2),
        ),
    ),
    Annotation("b", height=5, width=5, objects=()),
    Annotation("c", height=4, width=4, objects=(AnnotatedObject("cow", 2, 1, 3, 4, difficult=True),)),
]


def test_two_images_by_hand():
    assert scene_statistics(IMAGES) == {
        "images": 3,
        "objects": 4,
        "objects_per_image": [1, 1, 0, 1],
        "difficult": 0.5,
        "truncated": 0.25,
        "by_class": [["dog", 2], ["cat", 1], ["cow", 1]],
        "area_shares": pytest.approx([1 / 200, 8 / 200, 8 / 16, 1]),
        "aspect_ratios": [0.5, 1, 2, 2],
    }


def test_no_object_is_refused():
    with pytest.raises(ValueError, match="1 images hold none"):
        scene_statistics(IMAGES[1:2])


def test_configuration_reads_its_files(tmp_path, monkeypatch):
    monkeypatch.setenv("COMPACTVID_DATA", str(tmp_path))
    (tmp_path / "voc100" / "Annotations").mkdir(parents=True)
    for image in IMAGES:
        (tmp_path / "voc100" / "Annotations" / f"{image.image}.xml").write_bytes(encode_annotation(image))
    assert SceneStatistics(VocFolder(), "all").execute(tmp_path, None) == scene_statistics(IMAGES)
