"""The JPEG images of Pascal VOC: decoded, and fitted into the input of a network."""

import io
import os

import numpy as np
from PIL import Image, UnidentifiedImageError

from compactvid.datasets.tfrecord import RecordError, read_file

PADDING_VALUE = 128
"""Grey around a letterboxed image; Darknet's is 0.5 of [0, 1]."""
_DAMAGED = (OSError, SyntaxError, ValueError, IndexError, Image.DecompressionBombError, Image.DecompressionBombWarning)
_QUALITY = 95


def read_jpeg(path: str | os.PathLike, *, height: int | None = None, width: int | None = None) -> np.ndarray:
    """Decode one JPEG file.

    The pixels are those stored, as in the development kit: boxes are drawn on them, so an EXIF orientation turns
    nothing. Grey images come back with three equal channels. JPEG has no checksum: damage that leaves a decodable
    stream of the right length passes here, and is found by the SHA-256 of the data manifest.

    Parameters
    ----------
    path : path-like
    height, width : int, optional
        What the annotation says.

    Returns
    -------
    numpy.ndarray
        uint8 (height, width, 3), RGB.

    Raises
    ------
    OSError
        The file is missing, a dangling link, a directory, or not readable.
    RecordError
        It is no JPEG, truncated or broken, neither RGB nor grey, or not of the size asked for.
    """
    content = read_file(path, "a JPEG image")
    try:
        with Image.open(io.BytesIO(content), formats=["JPEG"]) as image:
            if image.mode not in ("RGB", "L"):
                raise RecordError(path, None, f"the image is {image.mode}, expected RGB or grey (L)")
            if (height or image.height, width or image.width) != (image.height, image.width):
                problem = f"the image is {image.width} x {image.height}, expected {width} x {height} as annotated"
                raise RecordError(path, None, problem)
            return np.asarray(image.convert("RGB"))
    except RecordError:
        raise
    except UnidentifiedImageError:
        raise RecordError(path, None, "this is not a JPEG image") from None
    except _DAMAGED as error:
        raise RecordError(path, None, f"the JPEG image is damaged: {error}") from None


def encode_jpeg(image: np.ndarray) -> bytes:
    """JPEG of quality 95 without colour subsampling, of a uint8 (height, width, 3) RGB image."""
    stream = io.BytesIO()
    Image.fromarray(image).save(stream, "JPEG", quality=_QUALITY, subsampling=0)
    return stream.getvalue()


def letterbox_box(image_size: tuple[int, int], size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Where `letterbox` puts an image: ``(top, left, height, width)`` in pixels of its output.

    A point x of the image (0-based, pixel edges at integers) comes to ``left + x * width / image_width``.

    Parameters
    ----------
    image_size, size : tuple of int
        Height and width of the image and of the output.
    """
    image_height, image_width = image_size
    height, width = size
    if width * image_height < height * image_width:
        inner_height, inner_width = max(1, image_height * width // image_width), width
    else:
        inner_height, inner_width = height, max(1, image_width * height // image_height)
    return (height - inner_height) // 2, (width - inner_width) // 2, inner_height, inner_width


def letterbox(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Scale an image, keeping its shape, and centre it on grey.

    Source: `letterbox_image` in src/image.c of https://github.com/pjreddie/darknet. Darknet interpolates between four
    pixels whatever the scale; here Pillow's bilinear filter widens as it shrinks, which is free of aliasing.

    Parameters
    ----------
    image : numpy.ndarray
        uint8 (height, width, 3).
    size : tuple of int
        Height and width of the output.

    Returns
    -------
    numpy.ndarray
        uint8 (\\*size, 3); the image itself where it has that size.
    """
    top, left, height, width = letterbox_box(image.shape[:2], size)
    if (height, width) != image.shape[:2]:
        image = np.asarray(Image.fromarray(image).resize((width, height), Image.Resampling.BILINEAR))
    if (height, width) == tuple(size):
        return image
    boxed = np.full((*size, 3), PADDING_VALUE, np.uint8)
    boxed[top : top + height, left : left + width] = image
    return boxed
