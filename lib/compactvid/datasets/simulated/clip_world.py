"""A simulated world of clips whose class is how the object moves, not what it looks like or where it is."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
from PIL import Image

from compactvid.datasets.simulated import shapes
from compactvid.datasets.simulated.fields import check_order, check_ranges
from compactvid.datasets.simulated.splits import SPLITS, Split, first_items, stream
from compactvid.datasets.simulated.sprites import placed, upright
from compactvid.datasets.simulated.textures import texture

ACTIONS = ("left", "right", "up", "down", "grow", "shrink", "turn")

_DIRECTIONS = {  # of x, y and logarithmic size while the clip runs
    "left": (-1, 0, 0),
    "right": (1, 0, 0),
    "up": (0, -1, 0),
    "down": (0, 1, 0),
    "grow": (0, 0, 1),
    "shrink": (0, 0, -1),
    "turn": (0, 0, 0),
}
_RANGES = {
    "height": (16, math.inf),
    "width": (16, math.inf),
    "min_frames": (2, math.inf),
    "frames_per_second": (1, 1000),
    "margin": (0, 0.5),
    "growth": (1, 100),
    "turn_degrees": (0, 360),
    "max_clutter": (0, 100),
    "noise_std": (0, 100),
    "seed": (0, math.inf),
}


class SimulatedClip(NamedTuple):
    """One clip of a `ClipWorld` with its truth, frame by frame."""

    id: str
    """The clip's path without an ending, as UCF11 names clips: ``left/v_left_01/v_left_01_01``."""
    action: str
    """One of `ACTIONS`."""
    group: int
    """From 1; clips of one action, split and group share scene and object."""
    frames: np.ndarray
    """uint8, (frames, height, width, 3), RGB."""
    centres: np.ndarray
    """float64, (frames, 2): x and y of the object's centre in pixels from the upper left corner."""
    sizes: np.ndarray
    """float64, (frames,): diameter of the object's circumscribed circle in pixels."""
    angles: np.ndarray
    """float64, (frames,): clockwise rotation in radians."""


class _Scene(NamedTuple):
    background: Image.Image  # RGB
    outline: shapes.Outline
    texture: np.ndarray  # float32, (side, side, 3), of the object


@dataclass(frozen=True)
class ClipWorld:
    """Clips of one textured object that moves over a still, textured and slightly cluttered background.

    The seven classes are left, right, up, down, grow, shrink and turn (either way round). Object, colours, background
    and clutter are drawn for a group of clips, without regard to its class; all else is drawn for a clip.

    **No single frame tells the class.** Every clip has a path in x, one in y and one in size, straight and at constant
    speed (size: constant rate), from the same distributions whatever its class; the class decides which of them runs
    with the clip, forwards or backwards. The others stand still at the place of a frame drawn at random. Angles are
    uniform. So place, size, angle and appearance in a frame drawn at random have the same joint distribution in
    every class. Only a frame whose time is known tells something: an object that moves to the right is more often on
    the left in the first frame. From the exact place and size, the best guess is right in 29 % of first frames, 25 %
    of frames a seventh into the clip and 18 % of middle ones; by chance it is in 14 %. Backwards, a clip is one of
    the opposite class, so that shuffled frames leave at best 4 of 7 classes to tell.

    Clip i of a split is of class i modulo 7, and a pure function of the fields, its split and i. The parameters were
    chosen once, before any model was trained. "Real" means measured on two clips of UCF101, scaled to 160 x 120.

    Parameters
    ----------
    height, width : int
        120 x 160 pixels, a frame of DeepEye: 57,600 values. Even, as video has them.
    min_frames, max_frames : int
        24 to 48, uniformly: 1 to 2 seconds, long enough for six different random frames to lie some frames apart.
    frames_per_second : int
        25 (real: 25 and 29.97); only written into the file.
    clips_per_group : int
        4, as UCF11 has it (25 groups of more than 4 clips an action): enough that splitting by clip would leak.
    min_size, max_size : float
        Diameter of the object's circumscribed circle as a share of the shorter side: 0.15 to 0.6, 18 to 72 pixels. The
        range is wide beside `growth`, so that a size tells little of what it was or will be.
    margin : float
        The object's centre stays this share of each side away from the border: 0.1, so that large objects are cut by
        the border at times.
    displacement : float
        Length of the path in x or y as a share of the shorter side: 0.25, 30 pixels. The first and last of six random
        frames are five sevenths of it apart on average, an object of medium size about half of its width.
    growth : float
        Ratio of the ends of the path in size: 1.5, an area of 2.25.
    turn_degrees : float
        180: half a turn, some 30 degrees from one random frame to the next. Shapes are without symmetry.
    max_clutter : int
        0 to 3 shapes, uniformly, which stay where they are, a fifth to a half of the shorter side wide. In earlier
        trials with much clutter no model learnt anything that held for other clips.
    noise_std : float
        Standard deviation of Gaussian noise, independent in each pixel of each frame: 3 of 255. Successive frames of
        the written clips then differ by 2.7 on average over all values (real: 2.4 and 4.6).
    seed : int
        A new seed is a new world: other scenes, objects and paths.

    Grey levels of textures are drawn between 30 and 90 for the background, 95 and 145 for clutter, and 165 and 225 for
    the object: as a whole it is always the lightest thing, so that its place and size are nearly linear in the pixels
    of the difference of two frames, and a recurrent model whose map from pixels is linear can follow it.

    Raises
    ------
    ValueError
        A field is out of its range, or the paths do not fit into the picture; the message names it.

    Examples
    --------
    >>> clip = next(ClipWorld(seed=1).clips("train", 480))
    >>> clip.id, clip.frames.shape[1:]
    ('left/v_left_01/v_left_01_01', (120, 160, 3))
    """

    height: int = 120
    width: int = 160
    min_frames: int = 24
    max_frames: int = 48
    frames_per_second: int = 25
    clips_per_group: int = 4
    min_size: float = 0.15
    max_size: float = 0.6
    margin: float = 0.1
    displacement: float = 0.25
    growth: float = 1.5
    turn_degrees: float = 180.0
    max_clutter: int = 3
    noise_std: float = 3.0
    seed: int = 0
    class_names: ClassVar[tuple[str, ...]] = ACTIONS
    """Names of the classes, in the order in which clips take turns."""

    def __post_init__(self) -> None:
        shorter = min(self.height, self.width)
        check_ranges(self, _RANGES | {"min_size": (4 / shorter, 1)})
        check_order(self, ("min_frames", "max_frames"), ("min_size", "max_size"))
        if self.height % 2 or self.width % 2:
            raise ValueError(f"height and width must be even, got {self.height} x {self.width}")
        if self.displacement > 1 - 2 * self.margin:
            raise ValueError(
                f"displacement must be at most 1 - 2 margin = {1 - 2 * self.margin:g}, got {self.displacement}"
            )
        if self.growth > self.max_size / self.min_size:
            raise ValueError(
                f"growth must be at most max_size / min_size = {self.max_size / self.min_size:g}, got {self.growth}"
            )

    def clips(self, split: Split, count: int) -> Iterator[SimulatedClip]:
        """The first `count` clips of a split; clip i is the same whatever `count` is.

        Raises
        ------
        ValueError
            `split` is not one of "train", "validate" and "test", or `count` is negative.
        """
        return first_items(self._clip, split, count)

    def clip_id(self, index: int) -> str:
        """`SimulatedClip.id` of clip `index` of any split."""
        action, group, number = self._place(index)
        name = f"v_{ACTIONS[action]}_{group + 1:02d}"
        return f"{ACTIONS[action]}/{name}/{name}_{number + 1:02d}"

    def _place(self, index: int) -> tuple[int, int, int]:
        """Class, group of that class and place in the group, each from 0."""
        place, action = divmod(index, len(ACTIONS))
        return action, *divmod(place, self.clips_per_group)

    def _clip(self, split: Split, index: int) -> SimulatedClip:
        action, group, _ = self._place(index)
        scene = self._scene(stream(self.seed, SPLITS.index(split), 0, action, group))
        rng = stream(self.seed, SPLITS.index(split), 1, index)
        count = int(rng.integers(self.min_frames, self.max_frames, endpoint=True))
        x, y, log_size, angles = self._paths(rng, ACTIONS[action], count)
        sizes = np.exp(log_size)
        sprite = upright(scene.outline, scene.texture, float(sizes.max()))
        frames = np.stack(
            [placed(scene.background, sprite, *state) for state in zip(x, y, sizes / sizes.max(), angles, strict=True)]
        )
        noise = self.noise_std * rng.standard_normal((*frames.shape[:3], 1), dtype=np.float32)
        return SimulatedClip(
            id=self.clip_id(index),
            action=ACTIONS[action],
            group=group + 1,
            frames=np.clip(frames + noise + 0.5, 0, 255).astype(np.uint8),
            centres=np.column_stack([x, y]),
            sizes=sizes,
            angles=angles,
        )

    def _paths(self, rng: np.random.Generator, action: str, count: int) -> np.ndarray:
        """x, y, logarithmic diameter and angle, (4, count), in pixels and radians."""
        shorter = min(self.height, self.width)
        log_sizes = (math.log(shorter * self.min_size), math.log(shorter * self.max_size))
        spans = [(self.margin * side, (1 - self.margin) * side) for side in (self.width, self.height)] + [log_sizes]
        lengths = [shorter * self.displacement] * 2 + [math.log(self.growth)]
        progress = np.linspace(-0.5, 0.5, count)
        paths = []
        for (low, high), length, direction in zip(spans, lengths, _DIRECTIONS[action], strict=True):
            middle = rng.uniform(low + length / 2, high - length / 2)
            still = progress[rng.integers(count)]
            paths.append(middle + length * (direction * progress if direction else np.full(count, still)))
        turn = math.radians(self.turn_degrees) * rng.choice([-1, 1]) * (action == "turn")
        return np.array([*paths, rng.uniform(0, 2 * math.pi) + turn * progress])

    def _scene(self, rng: np.random.Generator) -> _Scene:
        shape, shorter = (self.height, self.width), min(self.height, self.width)
        outlines = tuple(shapes.ASYMMETRIC.values())
        picture = texture(rng, shape, rng.uniform(30, 90))
        for _ in range(rng.integers(self.max_clutter, endpoint=True)):
            covered, _ = shapes.coverage(
                outlines[rng.integers(len(outlines))],
                shape,
                (self.width * rng.random(), self.height * rng.random()),
                shorter / 2 * rng.uniform(0.2, 0.5),
                angle=rng.uniform(0, 2 * math.pi),
            )
            clutter = texture(rng, shape, rng.uniform(95, 145))
            picture += covered[..., np.newaxis] * (clutter - picture)
        side = math.ceil(shorter * self.max_size)
        return _Scene(
            Image.fromarray(np.clip(picture + 0.5, 0, 255).astype(np.uint8)),
            outlines[rng.integers(len(outlines))],
            texture(rng, (side, side), rng.uniform(165, 225)),
        )
