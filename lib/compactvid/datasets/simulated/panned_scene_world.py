"""A simulated world of clips with boxes: a camera pans over still scenes with the shapes of `SceneWorld`."""

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np

from compactvid.datasets.simulated.scene_world import SceneWorld, SimulatedScene
from compactvid.datasets.simulated.splits import SPLITS, Split, check_split, stream

_TRUNCATED_SHARE = 0.15


@dataclass(frozen=True)
class PannedSceneWorld(SceneWorld):
    """The frames of clips: number i of a split is frame i modulo `frames` of its clip, in the order of time.

    A clip is taken of a scene as `SceneWorld` draws them, but `panorama` times as high and wide as a frame, with
    objects of the sizes that a scene of a frame's size has. The frame moves over it in a straight line at constant
    speed, by whole pixels, between two places drawn uniformly. Light, blur and noise are the scene's, as of a
    photograph. Boxes, and what is truncated or difficult, follow from what is seen in the frame. Objects of which less
    than `min_visible_share` is seen there are left out, as VOC's guidelines have it; a frame may be without any.

    Parameters
    ----------
    min_objects, max_objects : int
        Of a whole scene: 4 to 16, as many for its area as 1 to 4 for that of a frame.
    frames : int
        Of a clip: 12, half a second at 25 a second.
    panorama : int
        2: the first frame and the last one may have nothing in common.

    The other fields are those of `SceneWorld`, and mean a frame.

    Raises
    ------
    ValueError
        A field is out of its range; the message names it.
    """

    min_objects: int = 4
    max_objects: int = 16
    frames: int = 12
    panorama: int = 2

    def scenes(self, split: Split, count: int) -> Iterator[SimulatedScene]:
        """The first `count` frames of a split.

        Raises
        ------
        ValueError
            `split` is not one of "train", "validate" and "test", or `count` is negative.
        """
        check_split(split)
        if count < 0:
            raise ValueError(f"count must be at least 0, got {count}")
        return self._frames(split, count)

    def _frames(self, split: Split, count: int) -> Iterator[SimulatedScene]:
        of_frame = {field.name: getattr(self, field.name) for field in fields(SceneWorld)}
        larger = {name: of_frame[name] * self.panorama for name in ("height", "width")}
        smaller = {name: of_frame[name] / self.panorama for name in ("min_size", "max_size")}
        world = SceneWorld(**of_frame | larger | smaller)
        for clip, scene in enumerate(world.scenes(split, -(-count // self.frames))):
            rng = stream(self.seed, SPLITS.index(split), clip, 1)
            free = world.height - self.height, world.width - self.width
            start, end = rng.integers(free, size=(2, 2), endpoint=True)
            for frame, place in enumerate(np.linspace(start, end, self.frames).round().astype(int)):
                if (index := clip * self.frames + frame) < count:
                    yield self._seen(scene, *place)._replace(id=f"{split}_{index:06d}")

    def _seen(self, scene: SimulatedScene, top: int, left: int) -> SimulatedScene:
        """What a frame with its upper left corner there shows of a scene."""
        rows, columns = slice(top, top + self.height), slice(left, left + self.width)
        masks = scene.masks[:, rows, columns]
        inside = masks.sum(axis=(1, 2)) / scene.masks.sum(axis=(1, 2))
        shares = scene.visible_shares * inside
        kept = (inside > 0) & (shares >= self.min_visible_share)
        masks, shares, inside = masks[kept], shares[kept], inside[kept]
        return scene._replace(
            image=scene.image[rows, columns],
            classes=scene.classes[kept],
            boxes=_boxes(masks),
            truncated=scene.truncated[kept] | (inside < 1 - _TRUNCATED_SHARE),
            difficult=shares < self.difficult_visible_share,
            visible_shares=shares,
            masks=masks,
        )


def _boxes(masks: np.ndarray) -> np.ndarray:
    """The box of each mask, (masks, 4), 1-based and inclusive."""
    shown = [np.asarray(masks.any(axis=axis)) for axis in (1, 2)]  # in each column, in each row
    first = [np.argmax(along, axis=1) + 1 for along in shown]
    last = [along.shape[1] - np.argmax(along[:, ::-1], axis=1) for along in shown]
    return np.stack([*first, *last], axis=1).astype(np.int64)
