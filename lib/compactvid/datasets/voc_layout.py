"""Where the development kit of Pascal VOC keeps its files, and which images a split lists."""

import os
from pathlib import Path

from compactvid.datasets.tfrecord import RecordError, read_file


def annotation_path(root: Path, image: str) -> Path:
    """``Annotations/IMAGE.xml``."""
    return root / "Annotations" / f"{image}.xml"


def image_path(root: Path, image: str) -> Path:
    """``JPEGImages/IMAGE.jpg``."""
    return root / "JPEGImages" / f"{image}.jpg"


def list_path(root: Path, split: str) -> Path:
    """``ImageSets/Main/SPLIT.txt``; a ValueError if `split` is not a plain name."""
    if not is_plain(split):
        raise ValueError(f"split must be the plain name of a list in ImageSets/Main, got {split!r}")
    return root / "ImageSets" / "Main" / f"{split}.txt"


def is_plain(name: str) -> bool:
    """Whether a name consists of ASCII letters, digits, ``_`` and ``-``, so that it leads to no other folder."""
    return name.isascii() and name.replace("_", "").replace("-", "").isalnum()


def listed_images(root: str | os.PathLike, split: str | None) -> list[str]:
    """Ids of the images of a split in the order of its list, or of all annotations by name.

    Raises
    ------
    OSError
        The list, or any annotation, is missing or not readable.
    RecordError
        The list is empty, or a line is not one id that has not come before.
    """
    root = Path(root)
    if split is None:
        if not (paths := sorted((root / "Annotations").glob("*.xml"))):
            raise FileNotFoundError(f"{root / 'Annotations'}: no *.xml; expected Pascal VOC annotations")
        return [path.stem for path in paths]
    path, ids = list_path(root, split), dict[str, None]()
    lines = read_file(path, "a list of image ids").decode("ascii", "backslashreplace").split("\n")
    for number, line in enumerate(lines, start=1):
        image = line.strip()
        if not image:
            continue
        if not is_plain(image) or image in ids:
            expected = "an id that has not come before" if image in ids else "one id a line"
            raise RecordError(path, None, f"line {number} is {line[:60]!r}, expected {expected}")
        ids[image] = None
    if not ids:
        raise RecordError(path, None, "the list is empty; expected one id a line")
    return list(ids)
