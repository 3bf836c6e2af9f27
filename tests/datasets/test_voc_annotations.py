"""Annotations of Pascal VOC: exact corners, and a named error for each way in which a file can be wrong."""

import re
from pathlib import Path
from xml.dom import minidom

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compactvid.datasets.tfrecord import RecordError
from compactvid.datasets.voc_annotations import (
    CLASS_NAMES,
    AnnotatedObject,
    Annotation,
    encode_annotation,
    read_annotation,
)

# As the development kit writes it, with fields that are not used, among them corners of a part.
OFFICIAL = """<annotation>
	<folder>VOC2012</folder>
	<filename>2011_000001.jpg</filename>
	<source><database>The VOC2011 Database</database></source>
	<size><width>500</width><height>375</height><depth>3</depth></size>
	<segmented>0</segmented>
	<object>
		<name>person</name><pose>Frontal</pose><truncated>1</truncated><difficult>0</difficult>
		<part><name>head</name><bndbox><xmin>30</xmin><ymin>2</ymin><xmax>60</xmax><ymax>40</ymax></bndbox></part>
		<bndbox><xmin>1</xmin><ymin>1</ymin><xmax>500</xmax><ymax>375</ymax></bndbox>
	</object>
	<object>
		<bndbox><ymax>52.5</ymax><ymin>52.5</ymin><xmax>45.70000076293945</xmax><xmin> 7 </xmin></bndbox>
		<difficult>1</difficult><truncated>0</truncated><name>dog</name>
	</object>
</annotation>
"""
PERSON = AnnotatedObject("person", 1, 1, 500, 375, difficult=False, truncated=True)
DOG = AnnotatedObject("dog", 7, 52.5, 45.70000076293945, 52.5, difficult=True)


def read(folder: Path, content: str | bytes, **options) -> Annotation:
    path = folder / "2011_000001.xml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_annotation(path, **options)


def problem(folder: Path, content: str | bytes, **options) -> str:
    with pytest.raises(RecordError) as caught:
        read(folder, content, **options)
    where, _, text = str(caught.value).partition(": ")
    assert where == str(folder / "2011_000001.xml")
    return text


def test_class_names_are_the_twenty_in_official_order():
    assert len(CLASS_NAMES) == 20
    assert list(CLASS_NAMES) == sorted(CLASS_NAMES)
    assert (CLASS_NAMES[0], CLASS_NAMES[19]) == ("aeroplane", "tvmonitor")


def test_an_official_file(tmp_path):
    assert read(tmp_path, OFFICIAL) == Annotation("2011_000001", 375, 500, (PERSON, DOG))


def test_real_files(real_voc):
    annotations = [read_annotation(path) for path in sorted(real_voc.glob("Annotations/*.xml"))]
    objects = [found for annotation in annotations for found in annotation.objects]
    assert (len(annotations), len(objects)) == (100, 273)
    assert sum(found.difficult for found in objects) == 38
    assert sum(found.truncated for found in objects) == 137
    assert {found.label for found in objects} == set(CLASS_NAMES)
    for path, annotation in zip(sorted(real_voc.glob("Annotations/*.xml")), annotations, strict=True):
        assert [list(found.box) for found in annotation.objects] == [
            [float(value) for value in re.findall(r"<[xy]m..>(\d+)<", text)]
            for text in re.findall(r"<bndbox>.*?</bndbox>", path.read_text(), re.DOTALL)
        ]


def test_other_classes(tmp_path):
    content = OFFICIAL.replace("person", "ring")
    assert read(tmp_path, content, class_names=["dog", "ring"]).objects[0].label == "ring"
    assert problem(tmp_path, content).startswith("object 0: class 'ring' is none of aeroplane, bicycle, ")


@pytest.mark.parametrize(
    ("found", "written", "expected"),
    [
        ("<xmin>1<", "<xmin>501<", "object 0: swapped corners: x from 501 to 500, expected 1 <= x_min <= x_max <= 500"),
        (
            "<ymin>1<",
            "<ymin>0<",
            "object 0: the box leaves the image: y from 0 to 375, expected 1 <= y_min <=",
        ),
        ("<xmax>500<", "<xmax>501<", "object 0: the box leaves the image: x from 1 to 501, expected"),
        ("<ymax>52.5<", "<ymax>52.4<", "object 1: swapped corners: y from 52.5 to 52.4, expected"),
        ("<ymin>1</ymin>", "", "object 0: no <ymin> in <bndbox>, expected one"),
        ("<ymin>1</ymin>", "<ymin>1</ymin><ymin>2</ymin>", "object 0: 2 <ymin> in <bndbox>, expected one"),
        ("<ymin>1</ymin>", "<ymin><v>1</v></ymin>", "object 0: <ymin> holds <v>, expected text"),
        ("<xmin>1<", "<xmin>-1<", "object 0: <xmin> is '-1', expected a number of pixels"),
        ("<xmin>1<", "<xmin>nan<", "object 0: <xmin> is 'nan', expected a number of pixels"),
        ("<xmin>1<", "<xmin>1e2<", "object 0: <xmin> is '1e2', expected a number of pixels"),
        ("<xmin>1<", "<xmin>1_0<", "object 0: <xmin> is '1_0', expected a number of pixels"),
        ("<xmin>1<", "<xmin>١<", "object 0: <xmin> is '١', expected a number of pixels"),
        ("<xmin>1</xmin>", "<xmin/>", "object 0: <xmin> is '', expected a number of pixels"),
        ("<name>dog</name>", "", "object 1: no <name> in <object>, expected one"),
        ("<name>dog</name>", "<name>Dog</name>", "object 1: class 'Dog' is none of aeroplane, "),
        ("<difficult>1</difficult>", "", "object 1: no <difficult> in <object>, expected one"),
        ("<difficult>1<", "<difficult>2<", "object 1: <difficult> is '2', expected 0 or 1"),
        ("<truncated>1<", "<truncated>yes<", "object 0: <truncated> is 'yes', expected 0 or 1"),
        ("<width>500</width>", "", "no <width> in <size>, expected one"),
        ("<width>500<", "<width>0<", "the image's size is 0 x 375, expected whole pixels"),
        ("<width>500<", "<width>500.5<", "the image's size is 500.5 x 375, expected whole pixels"),
        ("size>", "dimensions>", "no <size> in <annotation>, expected one"),
        ("annotation>", "annotations>", "the document is <annotations>, expected <annotation>"),
        ("</annotation>", "", "this is not XML: no element found"),
        ("<annotation>", '<?xml version="1.0" encoding="klingon"?><annotation>', "this is not XML: "),
    ],
)
def test_what_is_wrong_is_named(tmp_path, found, written, expected):
    assert found in OFFICIAL
    assert problem(tmp_path, OFFICIAL.replace(found, written)).startswith(expected)


@pytest.mark.parametrize("content", [b"", b"\0" * 100, b"\xff\xd8\xff\xe0 a picture", b"width: 500"])
def test_what_is_no_xml(tmp_path, content):
    assert problem(tmp_path, content).startswith("this is not XML: ")


@pytest.mark.parametrize(
    "document_type",
    [
        '<!DOCTYPE a [<!ENTITY a "1"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        '<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE a SYSTEM "http://127.0.0.1/a.dtd">',
    ],
)
def test_entities_are_refused(tmp_path, document_type):
    content = document_type + OFFICIAL.replace("<xmin>1<", "<xmin>&a;<")
    assert problem(tmp_path, content) == "document types and entities are not accepted (DTDForbidden)"


def test_nesting_does_not_exhaust_the_stack(tmp_path):
    depth = 200_000
    assert problem(tmp_path, "<annotation>" + "<a>" * depth + "</a>" * depth + "</annotation>").startswith("no <size>")


def test_places_that_cannot_be_read(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no such file; expected a Pascal VOC annotation: '.*a\.xml'"):
        read_annotation(tmp_path / "a.xml")
    with pytest.raises(IsADirectoryError, match="this is a directory; expected a Pascal VOC annotation"):
        read_annotation(tmp_path)
    (tmp_path / "link.xml").symlink_to(tmp_path / "gone.xml")
    with pytest.raises(FileNotFoundError, match=r"link to the missing .*gone\.xml; expected a Pascal VOC annotation"):
        read_annotation(tmp_path / "link.xml")


@st.composite
def annotations(draw) -> Annotation:
    height, width = draw(st.integers(1, 3000)), draw(st.integers(1, 3000))

    def span(size):
        return sorted(draw(st.lists(st.integers(1, size) | st.floats(1, size, width=32), min_size=2, max_size=2)))

    objects = []
    for label in draw(st.lists(st.sampled_from(CLASS_NAMES), max_size=5)):
        (x_min, x_max), (y_min, y_max) = span(width), span(height)
        objects.append(AnnotatedObject(label, x_min, y_min, x_max, y_max, draw(st.booleans()), draw(st.booleans())))
    return Annotation("2011_000001", height, width, tuple(objects))


@settings(max_examples=150)
@given(annotation=annotations())
def test_what_is_written_is_read_back(tmp_path_factory, annotation):
    assert read(tmp_path_factory.getbasetemp(), encode_annotation(annotation)) == annotation


def slow_reading(content: bytes) -> Annotation:
    """What the document says, by another parser and without any check."""

    def child(node, name):
        (found,) = [element for element in node.childNodes if element.nodeName == name]
        return found

    def text(node, *names):
        for name in names:
            node = child(node, name)
        return "".join(part.data for part in node.childNodes if part.nodeType in (part.TEXT_NODE, 4)).strip()

    root = minidom.parseString(content).documentElement
    objects = [
        AnnotatedObject(
            text(node, "name"),
            *(float(text(node, "bndbox", corner)) for corner in ("xmin", "ymin", "xmax", "ymax")),
            text(node, "difficult") == "1",
            text(node, "truncated") == "1",
        )
        for node in root.childNodes
        if node.nodeName == "object"
    ]
    return Annotation("2011_000001", int(text(root, "size", "height")), int(text(root, "size", "width")), (*objects,))


@settings(max_examples=250)
@given(data=st.data())
def test_damaged_files_give_a_named_error_or_what_they_say(tmp_path_factory, damage, data):
    content = data.draw(damage(OFFICIAL.encode()))
    path = tmp_path_factory.getbasetemp() / "2011_000001.xml"
    message = ""
    try:
        found = read(path.parent, content)
    except RecordError as error:
        message = str(error)
    if message:
        assert message.startswith(f"{path}: ")
        return
    assert found == slow_reading(content)
    for described in found.objects:
        assert described.label in CLASS_NAMES
        assert 1 <= described.x_min <= described.x_max <= found.width
        assert 1 <= described.y_min <= described.y_max <= found.height
