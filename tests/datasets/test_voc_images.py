"""JPEG images: decoded as they are stored, refused where they are not what they should be, and fitted into an input."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from compactvid.datasets.tfrecord import RecordError
from compactvid.datasets.voc_images import encode_jpeg, letterbox, letterbox_box, read_jpeg

ROWS, COLUMNS = np.mgrid[:40, :60]
PICTURE = np.stack([4 * COLUMNS, 6 * ROWS, 255 - 2 * ROWS - 2 * COLUMNS], axis=-1).astype(np.uint8)


def saved(image: Image.Image, **options) -> bytes:
    stream = io.BytesIO()
    image.save(stream, options.pop("format", "JPEG"), **options)
    return stream.getvalue()


def problem(path, content: bytes, **options) -> str:
    path.write_bytes(content)
    with pytest.raises(RecordError) as caught:
        read_jpeg(path, **options)
    where, _, text = str(caught.value).partition(": ")
    assert where == str(path)
    return text


def test_what_is_written_is_close_to_what_is_read(tmp_path):
    path = tmp_path / "a.jpg"
    path.write_bytes(encode_jpeg(PICTURE))
    image = read_jpeg(path, height=40, width=60)
    assert (image.shape, image.dtype) == (PICTURE.shape, np.uint8)
    assert np.abs(image.astype(int) - PICTURE).max() <= 3
    assert encode_jpeg(PICTURE) == path.read_bytes()


def test_real_images_are_decoded_as_tensorflow_decodes_them(tf, real_voc):
    for path in sorted(real_voc.glob("JPEGImages/*.jpg"))[:10]:
        expected = tf.io.decode_jpeg(path.read_bytes(), dct_method="INTEGER_ACCURATE").numpy()
        np.testing.assert_array_equal(read_jpeg(path), expected)


def test_grey_images_have_three_equal_channels(tmp_path):
    path = tmp_path / "a.jpg"
    path.write_bytes(saved(Image.fromarray(PICTURE[:, :, 0]), quality=95))
    image = read_jpeg(path)
    assert np.abs(image[:, :, 0].astype(int) - PICTURE[:, :, 0]).max() <= 3
    np.testing.assert_array_equal(image, np.repeat(image[:, :, :1], 3, axis=2))


def test_stored_pixels_are_not_turned(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # to be shown turned by 90 degrees
    (tmp_path / "a.jpg").write_bytes(saved(Image.fromarray(PICTURE), exif=exif))
    assert read_jpeg(tmp_path / "a.jpg").shape == (40, 60, 3)
    expected = "the image is 60 x 40, expected 40 x 60 as annotated"
    assert problem(tmp_path / "a.jpg", saved(Image.fromarray(PICTURE), exif=exif), height=60, width=40) == expected


def test_what_is_wrong_is_named(tmp_path):
    path, good = tmp_path / "a.jpg", encode_jpeg(PICTURE)
    assert problem(path, saved(Image.new("CMYK", (60, 40)))) == "the image is CMYK, expected RGB or grey (L)"
    assert problem(path, saved(Image.fromarray(PICTURE), format="PNG")) == "this is not a JPEG image"
    # JPEG knows neither transparency nor 16 bits: such pictures come as other files, whatever their name.
    assert problem(path, saved(Image.new("RGBA", (60, 40)), format="PNG")) == "this is not a JPEG image"
    assert problem(path, saved(Image.new("I;16", (60, 40)), format="PNG")) == "this is not a JPEG image"
    assert problem(path, b"") == "this is not a JPEG image"
    assert problem(path, b"\0" * 200) == "this is not a JPEG image"
    assert problem(path, good[: len(good) // 2]).startswith("the JPEG image is damaged: image file is truncated")
    assert problem(path, good[:30]).startswith("the JPEG image is damaged: ")
    frame = good.index(b"\xff\xc0")
    huge = good[: frame + 5] + b"\xff\xff\xff\xff" + good[frame + 9 :]
    assert problem(path, huge).startswith("the JPEG image is damaged: Image size (4294836225 pixels) exceeds limit")
    assert problem(path, good, height=40, width=61) == "the image is 60 x 40, expected 61 x 40 as annotated"


def test_places_that_cannot_be_read(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no such file; expected a JPEG image: '.*a\.jpg'"):
        read_jpeg(tmp_path / "a.jpg")
    with pytest.raises(IsADirectoryError, match="this is a directory; expected a JPEG image"):
        read_jpeg(tmp_path)


@settings(max_examples=250)
@given(data=st.data())
def test_damaged_files_give_a_named_error_or_the_pixels_that_they_hold(tmp_path_factory, damage, data):
    path = tmp_path_factory.getbasetemp() / "damaged.jpg"
    path.write_bytes(data.draw(damage(encode_jpeg(PICTURE))))
    message = ""
    try:
        image = read_jpeg(path, height=40, width=60)
    except RecordError as error:
        message = str(error)
    if message:
        assert message.startswith(f"{path}: ")
        return
    assert (image.shape, image.dtype) == ((40, 60, 3), np.uint8)
    np.testing.assert_array_equal(image, np.asarray(Image.open(path).convert("RGB")))


def darknets_box(image_size, size):
    """`letterbox_image`, line by line, with C's division of integers."""
    (image_h, image_w), (h, w) = image_size, size
    if w / image_w < h / image_h:
        new_w, new_h = w, int(image_h * w / image_w)
    else:
        new_w, new_h = int(image_w * h / image_h), h
    return (h - new_h) // 2, (w - new_w) // 2, new_h, new_w


sizes = st.tuples(st.integers(1, 700), st.integers(1, 700))


@given(sizes, sizes)
def test_the_letterbox_lies_where_darknets_does(image_size, size):
    top, left, height, width = letterbox_box(image_size, size)
    expected = darknets_box(image_size, size)
    if 0 in expected[2:]:  # Darknet draws nothing of a very long image, here one row of pixels stays
        assert 1 in (height, width)
    else:
        assert (top, left, height, width) == expected
    assert 0 <= top <= top + height <= size[0]
    assert 0 <= left <= left + width <= size[1]


@settings(max_examples=30)
@given(sizes, sizes, st.integers(0, 255))
def test_one_colour_stays_one_colour_on_grey(image_size, size, value):
    boxed = letterbox(np.full((*image_size, 3), value, np.uint8), size)
    top, left, height, width = letterbox_box(image_size, size)
    expected = np.full((*size, 3), 128, np.uint8)
    expected[top : top + height, left : left + width] = value
    np.testing.assert_array_equal(boxed, expected)


def test_pixels_come_to_lie_where_the_box_says():
    image = np.zeros((50, 100, 3), np.uint8)
    image[10:20, 30:60] = 255
    boxed = letterbox(image, (200, 200))
    assert letterbox_box((50, 100), (200, 200)) == (50, 0, 100, 200)
    expected = np.zeros((100, 200), np.uint8)
    expected[20:40, 60:120] = 255
    settled = np.ones((100, 200), bool)  # a bilinear filter blurs two pixels to either side of an edge
    settled[18:42, 58:122] = False
    settled[22:38, 62:118] = True
    np.testing.assert_array_equal(boxed[50:150, :, 1][settled], expected[settled])
    assert np.abs(boxed[50:150, :, 1] - expected.astype(float)).mean() < 2


def test_an_image_of_the_right_size_is_left_alone():
    np.testing.assert_array_equal(letterbox(PICTURE, (40, 60)), PICTURE)
