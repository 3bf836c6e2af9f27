"""Other pictures of the same objects: mirrored, moved, scaled, in other light."""

import math
from dataclasses import dataclass, fields

import numpy as np
from PIL import Image

from compactvid.datasets.voc_images import PADDING_VALUE

NO_OBJECT = -1.0


@dataclass(frozen=True)
class Augmentation:
    """Random changes of a picture and its boxes; with the defaults, none.

    Darknet's detectors train with all but the second and third of them (src/data.c, `load_data_detection`, of
    https://github.com/pjreddie/darknet); it moves pictures and changes their aspect, but never cuts anything off, and
    it also turns the hue.

    A box that reaches outside of the picture is clipped to it. Where less than `least_inside` of its area is left, the
    object is dropped, as VOC's annotators leave out objects of which they see less than 10 to 20 %.

    Parameters
    ----------
    mirror, upside_down
        Probabilities that left and right, top and bottom are exchanged.
    zoom
        The picture is magnified about its middle by a factor from 1 / zoom to zoom, log-uniformly.
    shift
        Then it is moved, either way and along each axis, by up to this share of its side, uniformly. Grey of 128 fills
        what becomes free.
    exposure, saturation
        Values are multiplied by a factor from 1 / exposure to exposure, log-uniformly, after their distance to the mean
        of the pixel's channels was, likewise. They are clipped to [0, 1].
    least_inside
        Smallest share of a box's area with which its object is kept.

    Raises
    ------
    ValueError
        A field is out of its range; the message names it.
    """

    mirror: float = 0.0
    upside_down: float = 0.0
    zoom: float = 1.0
    shift: float = 0.0
    exposure: float = 1.0
    saturation: float = 1.0
    least_inside: float = 0.2

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            low, high = (1, math.inf) if field.name in ("zoom", "exposure", "saturation") else (0, 1)
            if not (low <= value <= high and math.isfinite(value)):
                raise ValueError(f"Augmentation: {field.name} must lie in [{low}, {high}], not {value!r}")

    def apply(
        self, images: np.ndarray, objects: np.ndarray, generators: list[np.random.Generator]
    ) -> tuple[np.ndarray, np.ndarray]:
        """Change each picture by what its generator draws; the same numbers are drawn whichever changes are wanted.

        Parameters
        ----------
        images
            uint8 of shape (images, height, width, 3).
        objects
            float32 of shape (images, objects, 5): class, x_min, y_min, x_max, y_max as shares of the sides; rows of
            class -1 are none.
        generators
            One for each picture.

        Returns
        -------
        tuple
            New pictures, float32 in [0, 1], and objects; rows of dropped ones are -1.
        """
        draws = np.array([generator.random(7) for generator in generators]).T
        mirrored, turned = draws[0] < self.mirror, draws[1] < self.upside_down
        zoom, exposure, saturation = (
            limit ** (2 * drawn - 1)
            for limit, drawn in ((self.zoom, draws[2]), (self.exposure, draws[5]), (self.saturation, draws[6]))
        )
        shift = self.shift * (2 * draws[3:5].T - 1)  # (images, 2)

        objects = objects.copy()
        boxes = objects[..., 1:]
        boxes[mirrored] = (boxes[mirrored] * [-1, 1, -1, 1] + [1, 0, 1, 0])[..., [2, 1, 0, 3]]
        boxes[turned] = (boxes[turned] * [1, -1, 1, -1] + [0, 1, 0, 1])[..., [0, 3, 2, 1]]
        if self.zoom > 1 or self.shift > 0:
            boxes[:] = (boxes - 0.5) * zoom[:, None, None] + 0.5 + np.tile(shift, 2)[:, None]
        changed = np.empty(images.shape, np.float32)
        for row, image in enumerate(images):
            image = image[:: -1 if turned[row] else 1, :: -1 if mirrored[row] else 1]
            changed[row] = _moved(image, zoom[row], shift[row])
        changed /= 255
        if self.exposure > 1 or self.saturation > 1:
            changed = _in_other_light(changed, exposure.astype("float32"), saturation.astype("float32"))
        return changed, _clipped(objects, self.least_inside)


def _moved(image: np.ndarray, zoom: float, shift: np.ndarray) -> np.ndarray:
    """A picture magnified about its middle, then moved by shares (x, y) of its sides; bilinear."""
    if zoom == 1 and not shift.any():
        return image
    height, width = image.shape[:2]
    # From a place of the output to one of the input: the way back.
    left, top = (side * (0.5 - (0.5 + offset) / zoom) for side, offset in ((width, shift[0]), (height, shift[1])))
    back = (1 / zoom, 0, left, 0, 1 / zoom, top)
    grey = (PADDING_VALUE,) * 3
    return np.asarray(
        Image.fromarray(image).transform(
            (width, height), Image.Transform.AFFINE, back, Image.Resampling.BILINEAR, fillcolor=grey
        )
    )


def _clipped(objects: np.ndarray, least_inside: float) -> np.ndarray:
    """Objects with boxes clipped to the picture; -1 for those of which less than that share, or nothing, is left."""
    boxes = objects[..., 1:]
    inside = np.clip(boxes, 0, 1)
    area, left = (np.prod(corners[..., 2:] - corners[..., :2], axis=-1) for corners in (boxes, inside))
    kept = (objects[..., 0] >= 0) & (left > 0) & (left >= least_inside * area)
    inside = np.concatenate([objects[..., :1], inside], axis=-1)
    return np.where(kept[..., None], inside, np.float32(NO_OBJECT))


def _in_other_light(images: np.ndarray, exposure: np.ndarray, saturation: np.ndarray) -> np.ndarray:
    planes = np.moveaxis(images, -1, 0)  # (3, images, height, width)
    grey = (planes[0] + planes[1] + planes[2]) / 3
    factor = (exposure * saturation)[:, None, None]
    for plane in planes:
        plane[:] = np.clip((plane - grey) * factor + grey * exposure[:, None, None], 0, 1)
    return images
