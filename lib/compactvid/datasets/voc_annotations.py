"""Pascal VOC annotations: one XML file an image, the corners 1-based and inclusive.

Source: the development kit of the VOC challenges, http://host.robots.ox.ac.uk/pascal/VOC/voc2012/htmldoc/.
"""

import os
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from compactvid.datasets.tfrecord import RecordError, read_file

CLASS_NAMES = (
    "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow",
    "diningtable", "dog", "horse", "motorbike", "person", "pottedplant", "sheep", "sofa", "train", "tvmonitor",
)  # fmt: skip
"""The classes of VOC 2007 to 2012 in the official, alphabetical order."""

_NUMBER = re.compile(r"\d{1,7}(\.\d{1,20})?", re.ASCII)


@dataclass(frozen=True)
class AnnotatedObject:
    """One object in an image.

    Parameters
    ----------
    label
        Name of its class.
    x_min, y_min, x_max, y_max
        Corners in pixels, 1-based and inclusive: a box over the whole image has ``x_min`` 1 and ``x_max`` its width.
    difficult
        Not to be counted by the official evaluation.
    truncated
        The object goes on outside of the box.
    """

    label: str
    x_min: float
    y_min: float
    x_max: float
    y_max: float
    difficult: bool = False
    truncated: bool = False

    @property
    def box(self) -> tuple[float, float, float, float]:
        """``(x_min, y_min, x_max, y_max)``."""
        return self.x_min, self.y_min, self.x_max, self.y_max


@dataclass(frozen=True)
class Annotation:
    """What is known about one image.

    Parameters
    ----------
    image
        The image's id, its file name without the ending.
    height, width
        Of the image, in pixels.
    objects
        In the order of the file.
    """

    image: str
    height: int
    width: int
    objects: tuple[AnnotatedObject, ...]


def read_annotation(path: str | os.PathLike, class_names: Sequence[str] = CLASS_NAMES) -> Annotation:
    """Read one XML file.

    Corners may have decimals, as a few of the official ones do. Fields that are not used (pose, parts, actions) are
    passed over.

    Raises
    ------
    OSError
        The file is missing, a dangling link, a directory, or not readable.
    RecordError
        It is no XML or holds a document type or entities; a field is missing, double or not a number; a box has swapped
        corners or leaves the image; or a class is not one of `class_names`. Objects are counted from 0.
    """
    content = read_file(path, "a Pascal VOC annotation")
    try:
        root = fromstring(content, forbid_dtd=True)
    except DefusedXmlException as error:
        problem = f"document types and entities are not accepted ({type(error).__name__})"
        raise RecordError(path, None, problem) from None
    except (ElementTree.ParseError, ValueError, LookupError) as error:  # the latter two: an unknown encoding
        raise RecordError(path, None, f"this is not XML: {error}") from None
    if root.tag != "annotation":
        raise RecordError(path, None, f"the document is <{root.tag[:40]}>, expected <annotation>")
    size = _only(path, root, "size")
    height, width = (_number(path, size, name) for name in ("height", "width"))
    if not (height >= 1 <= width and height == int(height) and width == int(width)):
        raise RecordError(path, None, f"the image's size is {width:g} x {height:g}, expected whole pixels")
    objects = []
    for number, element in enumerate(root.findall("object")):
        where = f"object {number}: "
        corners = _only(path, element, "bndbox", where)
        label = _text(path, element, "name", where)
        x_min, y_min, x_max, y_max = (_number(path, corners, name, where) for name in ("xmin", "ymin", "xmax", "ymax"))
        difficult, truncated = (_flag(path, element, name, where) for name in ("difficult", "truncated"))
        read = AnnotatedObject(label, x_min, y_min, x_max, y_max, difficult, truncated)
        if read.label not in class_names:
            raise RecordError(path, None, f"{where}class {read.label!r} is none of {', '.join(class_names)}")
        if wrong := box_problem(read, int(height), int(width)):
            raise RecordError(path, None, where + wrong)
        objects.append(read)
    return Annotation(Path(path).stem, int(height), int(width), tuple(objects))


def encode_annotation(annotation: Annotation) -> bytes:
    """An annotation as the development kit writes it, so that `read_annotation` gives it back."""
    root = ElementTree.Element("annotation")
    ElementTree.SubElement(root, "filename").text = f"{annotation.image}.jpg"
    size = ElementTree.SubElement(root, "size")
    for name, pixels in (("width", annotation.width), ("height", annotation.height), ("depth", 3)):
        ElementTree.SubElement(size, name).text = str(pixels)
    for described in annotation.objects:
        element = ElementTree.SubElement(root, "object")
        ElementTree.SubElement(element, "name").text = described.label
        for name, flag in (("truncated", described.truncated), ("difficult", described.difficult)):
            ElementTree.SubElement(element, name).text = str(int(flag))
        corners = ElementTree.SubElement(element, "bndbox")
        for name, value in zip(("xmin", "ymin", "xmax", "ymax"), described.box, strict=True):
            ElementTree.SubElement(corners, name).text = str(int(value) if value == int(value) else value)
    ElementTree.indent(root, "\t")
    return ElementTree.tostring(root, encoding="utf-8") + b"\n"


def box_problem(described: AnnotatedObject, height: int, width: int) -> str | None:
    """What is wrong with an object's box in an image of that size, if anything."""
    for axis, low, high, size in (
        ("x", described.x_min, described.x_max, width),
        ("y", described.y_min, described.y_max, height),
    ):
        if not 1 <= low <= high <= size:
            problem = "swapped corners" if low > high else "the box leaves the image"
            return f"{problem}: {axis} from {low:g} to {high:g}, expected 1 <= {axis}_min <= {axis}_max <= {size}"
    return None


def _only(path, parent: ElementTree.Element, name: str, where: str = "") -> ElementTree.Element:
    found = parent.findall(name)
    if len(found) != 1:
        raise RecordError(path, None, f"{where}{len(found) or 'no'} <{name}> in <{parent.tag}>, expected one")
    return found[0]


def _text(path, parent: ElementTree.Element, name: str, where: str) -> str:
    element = _only(path, parent, name, where)
    if len(element):
        raise RecordError(path, None, f"{where}<{name}> holds <{element[0].tag}>, expected text")
    return (element.text or "").strip()


def _number(path, parent: ElementTree.Element, name: str, where: str = "") -> float:
    text = _text(path, parent, name, where)
    if not _NUMBER.fullmatch(text):
        raise RecordError(path, None, f"{where}<{name}> is {text[:40]!r}, expected a number of pixels")
    return float(text)


def _flag(path, parent: ElementTree.Element, name: str, where: str) -> bool:
    text = _text(path, parent, name, where)
    if text not in ("0", "1"):
        raise RecordError(path, None, f"{where}<{name}> is {text[:40]!r}, expected 0 or 1")
    return text == "1"
