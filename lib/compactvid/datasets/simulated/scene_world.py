"""A simulated world of pictures: textured shapes that hide each other, with the boxes of what is seen of them."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
from PIL import Image, ImageFilter

from compactvid.datasets.simulated import shapes
from compactvid.datasets.simulated.fields import check_order, check_ranges
from compactvid.datasets.simulated.splits import SPLITS, Split, first_items, stream
from compactvid.datasets.simulated.textures import texture

CLASS_NAMES = tuple(shapes.SYMMETRIC)

_TRUNCATED_SHARE = 0.15
_PLACES_TRIED = 100
_LEVELS = (30.0, 190.0)
_RANGES = {
    "height": (16, math.inf),
    "width": (16, math.inf),
    "max_aspect_ratio": (1, 10),
    "contrast": (0, 80),
    "max_blur": (0, 10),
    "noise_std": (0, 100),
    "seed": (0, math.inf),
}


class SimulatedScene(NamedTuple):
    """One scene of a `SceneWorld` with its truth; objects from front to back."""

    id: str
    """``<split>_<index>``, unique within a world."""
    image: np.ndarray
    """uint8, (height, width, 3), RGB."""
    classes: np.ndarray
    """int64, (objects,): places in `SceneWorld.class_names`."""
    boxes: np.ndarray
    """int64, (objects, 4): x_min, y_min, x_max, y_max of the pixels in `masks`, 1-based and inclusive as VOC's."""
    truncated: np.ndarray
    """bool, (objects,)."""
    difficult: np.ndarray
    """bool, (objects,)."""
    visible_shares: np.ndarray
    """float64, (objects,): area that is seen, as a share of the whole shape's."""
    masks: np.ndarray
    """bool, (objects, height, width): pixels of which the object shows in at least a half; no pixel is of two."""


@dataclass(frozen=True)
class SceneWorld:
    """RGB pictures of one to four textured shapes on a textured background, annotated as Pascal VOC's.

    A scene's objects are placed from front to back. Class, size, aspect, direction, place and texture are drawn
    independently, so that neither colour nor texture nor place tells a class. A place where less of the object is
    seen than `min_visible_share` is drawn anew; an object that finds none in 100 draws is left out.
    A box holds the pixels that show the object in at least half of their area. An object is ``truncated`` when more
    than 15 % of it lies outside of the picture, as VOC's guidelines have it [1]_, and ``difficult`` when less of it is
    seen than `difficult_visible_share`. A scene is a pure function of the fields, its split and its index.

    The parameters were chosen once, before any model was trained; none was fitted to a claim of a paper. "Real" means
    measured on 100 annotated images of VOC 2007 with 273 objects.

    Parameters
    ----------
    height, width : int
        96 x 96 pixels: three cells of 32 pixels, Tiny YOLOv2's stride, either way; small enough to train on in minutes.
    min_objects, max_objects : int
        1 to 4, uniformly (real: 85 % of images have 1 to 4 objects, 2.7 on average).
    min_size, max_size : float
        Diameter of a shape's circumscribed circle as a share of the shorter side, log-uniformly from 0.2 (19 pixels: a
        ring's hole and a cross's notches are still 5 pixels wide) to 0.7. The square root of a box's share of the
        picture is then 0.17 to 0.54 for nine tenths of the objects (real: 0.16 to 0.51 for the middle half; smaller
        ones would be a few pixels here, larger ones would leave no room for others).
    max_aspect_ratio : float
        Ratio of a shape's axes before it is rotated, log-uniformly from its inverse. With 1.6 no class is taken for
        another: a square becomes a rectangle and a disc an ellipse. Boxes are 0.81 to 1.22 times as wide as high for
        the middle half (real: 0.49 to 1.32).
    min_visible_share : float
        0.2: VOC's guidelines leave out objects of which less than 10 to 20 % is seen.
    difficult_visible_share : float
        0.5. VOC's annotators judged by eye whether what is seen of an object suffices to recognise it; here an object
        is difficult when most of it is not seen: 9 % of objects (real: 14 %).
    contrast : float
        Least difference between the grey levels of an object's and the background's textures: 50 of 255, so that an
        object stands out from the background, though not from the objects beside it. Levels are drawn between 30 and
        190, with the mean that real pictures have, 110.
    lighting : float
        The light changes linearly across the picture in any direction, between two values drawn from 1 - lighting to
        1 + lighting: 0.3, a factor of up to 1.9 within a picture, as between sun and shade.
    max_blur : float
        Standard deviation of a Gaussian blur in pixels, uniformly from 0: 0.8, so that edges are a pixel or two wide,
        as in a photograph that was made smaller.
    noise_std : float
        Largest standard deviation of independent Gaussian noise in each channel, uniformly from 0: 8 of 255, a
        sensor's in poor light.
    seed : int
        A new seed is a new world: other scenes of the same shapes.

    Raises
    ------
    ValueError
        A field is out of its range; the message names it.

    References
    ----------
    .. [1] VOC2007 Annotation Guidelines, http://host.robots.ox.ac.uk/pascal/VOC/voc2007/guidelines.html: "what to
       label", "occlusion/truncation" and "'difficult' flag".

    Examples
    --------
    >>> scene = next(SceneWorld(seed=1).scenes("train", 6000))
    >>> scene.id, scene.image.shape
    ('train_000000', (96, 96, 3))
    """

    height: int = 96
    width: int = 96
    min_objects: int = 1
    max_objects: int = 4
    min_size: float = 0.2
    max_size: float = 0.7
    max_aspect_ratio: float = 1.6
    min_visible_share: float = 0.2
    difficult_visible_share: float = 0.5
    contrast: float = 50.0
    lighting: float = 0.3
    max_blur: float = 0.8
    noise_std: float = 8.0
    seed: int = 0
    class_names: ClassVar[tuple[str, ...]] = CLASS_NAMES
    """Names of the classes, in the order of `SimulatedScene.classes`."""

    def __post_init__(self) -> None:
        check_ranges(self, _RANGES | {"min_size": (8 / min(self.height, self.width), 1)})
        check_order(self, ("min_objects", "max_objects"), ("min_size", "max_size"))

    def scenes(self, split: Split, count: int) -> Iterator[SimulatedScene]:
        """The first `count` scenes of a split; scene i is the same whatever `count` is.

        Raises
        ------
        ValueError
            `split` is not one of "train", "validate" and "test", or `count` is negative.
        """
        return first_items(self._scene, split, count)

    def _scene(self, split: Split, index: int) -> SimulatedScene:
        rng = stream(self.seed, SPLITS.index(split), index)
        classes, seen, shares, inside = self._objects(rng)
        masks = seen >= 0.5
        return SimulatedScene(
            id=f"{split}_{index:06d}",
            image=self._picture(rng, seen),
            classes=classes,
            boxes=np.array([_box(mask) for mask in masks], np.int64).reshape(-1, 4),
            truncated=inside < 1 - _TRUNCATED_SHARE,
            difficult=shares < self.difficult_visible_share,
            visible_shares=shares,
            masks=masks,
        )

    def _objects(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Classes, what is seen (objects, height, width), and the shares of the shapes seen and inside the picture."""
        shape = (self.height, self.width)
        uncovered = np.ones(shape, np.float32)
        classes, seen, shares, inside = [], [], [], []
        for _ in range(rng.integers(self.min_objects, self.max_objects, endpoint=True)):
            label = int(rng.integers(len(CLASS_NAMES)))
            radius = min(shape) / 2 * math.exp(rng.uniform(math.log(self.min_size), math.log(self.max_size)))
            stretch = self.max_aspect_ratio ** rng.uniform(-1, 1)
            angle = rng.uniform(0, 2 * math.pi)
            for _ in range(_PLACES_TRIED):
                centre = (self.width * rng.random(), self.height * rng.random())
                covered, area = shapes.coverage(
                    shapes.SYMMETRIC[CLASS_NAMES[label]], shape, centre, radius, angle=angle, stretch=stretch
                )
                visible = covered * uncovered
                share = float(visible.sum(dtype=np.float64)) / area
                if share >= self.min_visible_share and visible.max() >= 0.5:
                    classes.append(label)
                    seen.append(visible)
                    shares.append(share)
                    inside.append(float(covered.sum(dtype=np.float64)) / area)
                    uncovered = uncovered * (1 - covered)
                    break
        return np.array(classes, np.int64), np.array(seen).reshape(-1, *shape), np.array(shares), np.array(inside)

    def _picture(self, rng: np.random.Generator, seen: np.ndarray) -> np.ndarray:
        """uint8, (height, width, 3): each pixel mixed of what is seen in it, lit, blurred and noisy."""
        shape, (darkest, lightest) = (self.height, self.width), _LEVELS
        range_ = lightest - darkest
        level = rng.uniform(0, range_)
        picture = texture(rng, shape, darkest + level) * (1 - seen.sum(axis=0))[..., np.newaxis]
        for visible in seen:
            # Around the circle of levels, so that an object is lighter as often as darker, whatever the background.
            other = (level + rng.uniform(self.contrast, range_ - self.contrast)) % range_
            picture += texture(rng, shape, darkest + other) * visible[..., np.newaxis]

        ends, direction = rng.uniform(1 - self.lighting, 1 + self.lighting, 2), rng.uniform(0, 2 * math.pi)
        x, y = (np.linspace(-0.5, 0.5, side, dtype=np.float32) for side in (self.width, self.height))
        along = math.cos(direction) * x + (math.sin(direction) * y)[:, np.newaxis]
        light = ends.mean() + (ends[1] - ends[0]) * along / (abs(math.cos(direction)) + abs(math.sin(direction)))
        picture *= light[..., np.newaxis].astype(np.float32)

        blurred = Image.fromarray(np.clip(picture + 0.5, 0, 255).astype(np.uint8)).filter(
            ImageFilter.GaussianBlur(rng.uniform(0, self.max_blur))
        )
        noise = rng.uniform(0, self.noise_std) * rng.standard_normal((*shape, 3), dtype=np.float32)
        return np.clip(np.asarray(blurred) + noise + 0.5, 0, 255).astype(np.uint8)


def _box(mask: np.ndarray) -> tuple[int, int, int, int]:
    columns, rows = np.flatnonzero(mask.any(axis=0)), np.flatnonzero(mask.any(axis=1))
    return columns[0] + 1, rows[0] + 1, columns[-1] + 1, rows[-1] + 1
