"""Simulated scenes against a slow transcription of their rules and the distributions that the docstring promises."""

import dataclasses
import hashlib
import subprocess
import sys

import numpy as np
import pytest
from scipy import stats

from compactvid.datasets.simulated import SceneWorld, scene_world, shapes

DIGESTS = """
import hashlib
from compactvid.datasets.simulated import SceneWorld
for scene in SceneWorld(seed=5).scenes("validate", 3):
    print(hashlib.sha256(b"".join(part.tobytes() for part in scene[1:])).hexdigest())
"""


@pytest.fixture(scope="module")
def scenes():
    return list(SceneWorld(seed=5).scenes("train", 700))


def _together(scenes, name):
    return np.concatenate([getattr(scene, name) for scene in scenes])


def _same(first, second) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


def test_a_scene_is_a_function_of_fields_split_and_index(scenes):
    again = list(SceneWorld(seed=5).scenes("train", 5))
    assert all(_same(*pair) for pair in zip(again, scenes[:5], strict=True))
    printed = subprocess.run([sys.executable, "-c", DIGESTS], capture_output=True, text=True, check=True).stdout
    here = [
        hashlib.sha256(b"".join(part.tobytes() for part in scene[1:])).hexdigest()
        for scene in SceneWorld(seed=5).scenes("validate", 20)
    ]
    assert printed.split() == here[:3]


def test_seeds_and_splits_are_different_draws():
    images = [
        (scene.id, scene.image.tobytes())
        for seed in (0, 1)
        for split in ("train", "validate", "test")
        for scene in SceneWorld(seed=seed).scenes(split, 5)
    ]
    assert len({image for _, image in images}) == 30
    assert len({name for name, _ in images}) == 15


@pytest.mark.parametrize("seed", range(8))
def test_truth_is_that_of_a_slow_transcription(monkeypatch, seed):
    """Rules of the docstring, pixel by pixel, from what each object would cover alone."""
    world = SceneWorld(seed=seed, height=60, width=80, min_objects=3, max_objects=6, min_visible_share=0.3)
    tried, draw = [], shapes.coverage

    def recording(outline, *arguments, **keywords):
        covered, area = draw(outline, *arguments, **keywords)
        name = next(name for name, known in shapes.SYMMETRIC.items() if known is outline)
        tried.append((name, covered.astype(np.float64), area))
        return covered, area

    monkeypatch.setattr(scene_world.shapes, "coverage", recording)
    scene = next(world.scenes("train", 1))
    placed = []  # front to back
    for name, covered, area in tried:
        seen = np.zeros((60, 80))
        for y in range(60):
            for x in range(80):
                light = covered[y, x]
                for _, in_front, _, _ in placed:
                    light *= 1 - in_front[y, x]
                seen[y, x] = light
        if seen.sum() / area >= 0.3 and seen.max() >= 0.5:
            placed.append((name, covered, area, seen))
    assert 1 <= len(placed) == len(scene.classes) <= 6
    for place, (name, covered, area, seen) in enumerate(placed):
        assert world.class_names[scene.classes[place]] == name
        pixels = [(x, y) for y in range(60) for x in range(80) if seen[y, x] >= 0.5]
        assert {(x, y) for y, x in np.argwhere(scene.masks[place])} == set(pixels)
        columns, rows = zip(*pixels, strict=True)
        assert scene.boxes[place].tolist() == [min(columns) + 1, min(rows) + 1, max(columns) + 1, max(rows) + 1]
        assert scene.visible_shares[place] == pytest.approx(seen.sum() / area, rel=1e-5)
        assert scene.truncated[place] == (covered.sum() < 0.85 * area)
        assert scene.difficult[place] == (seen.sum() < 0.5 * area)


def test_an_object_hides_those_behind_it():
    """As large as the picture, one before the other: less is seen the farther back, and no pixel is of two."""
    world = SceneWorld(min_size=1.0, max_size=1.0, max_aspect_ratio=1.0, min_visible_share=0.0, min_objects=3)
    assert {scene.masks.sum(axis=0).max() for scene in world.scenes("test", 30)} == {1}
    shares = np.array([scene.visible_shares[:3] for scene in world.scenes("test", 100) if len(scene.classes) >= 3])
    assert (np.diff(shares.mean(axis=0)) < -0.05).all()


def test_the_picture_shows_the_objects_where_the_truth_has_them():
    plain = {"lighting": 0.0, "max_blur": 0.0, "noise_std": 0.0, "contrast": 80.0, "min_size": 0.4}
    misplaced = []
    for scene in SceneWorld(max_objects=1, **plain).scenes("train", 100):
        grey, mask = scene.image.mean(axis=-1), scene.masks[0]
        # Levels are 80 apart and textures reach 30 to either side, the mean over several periods much less.
        assert abs(grey[mask].mean() - grey[~mask].mean()) > 35
        moved = np.roll(mask, (20, 20), axis=(0, 1))
        misplaced.append(abs(grey[moved].mean() - grey[~moved].mean()) > 35)
    assert np.mean(misplaced) < 0.4


def test_shapes_and_types(scenes):
    for scene in [*scenes[:50], *SceneWorld(height=32, width=48, min_size=0.3).scenes("train", 20)]:
        height, width = scene.image.shape[:2]
        count = len(scene.classes)
        assert (height, width) in ((96, 96), (32, 48))
        assert scene.image.dtype == np.uint8
        assert scene.masks.shape == (count, height, width)
        assert (scene.boxes >= 1).all()
        assert (scene.boxes[:, 2:] <= (width, height)).all()
        assert (scene.boxes[:, :2] <= scene.boxes[:, 2:]).all()
        assert scene.truncated.dtype == scene.difficult.dtype == bool


def test_classes_and_numbers_of_objects_are_balanced(scenes):
    counts = np.bincount([len(scene.classes) for scene in scenes], minlength=5)
    assert counts[0] == 0
    assert stats.chisquare(counts[1:]).pvalue > 0.001
    assert stats.chisquare(np.bincount(_together(scenes, "classes"), minlength=6)).pvalue > 0.001


def _interior(mask: np.ndarray) -> np.ndarray:
    """Pixels at least three away from the border, so that blur brings nothing in."""
    padded = np.pad(mask, 3)
    shifts = [padded[3 + y : 3 + y + 96, 3 + x : 3 + x + 96] for y in range(-3, 4) for x in range(-3, 4)]
    return np.all(shifts, axis=0)


def test_neither_colour_nor_texture_nor_place_tells_the_class(scenes):
    found = []
    for scene in scenes:
        grey = scene.image.mean(axis=-1)
        contrast = np.abs(np.diff(grey, axis=0, prepend=grey[:1]))
        for label, mask, box in zip(scene.classes, scene.masks, scene.boxes, strict=True):
            if (inside := _interior(mask)).any():
                colour = scene.image[inside].mean(axis=0)
                found.append([label, *colour, contrast[inside].mean(), box[[0, 2]].mean(), box[[1, 3]].mean()])
    classes, *measured = np.array(found).T
    assert len(classes) > 1000
    for values in measured:
        assert stats.kruskal(*(values[classes == label] for label in range(6))).pvalue > 0.001


def test_statistics_that_the_docstring_tells(scenes):
    boxes = _together(scenes, "boxes")
    sides = boxes[:, 2:] - boxes[:, :2] + 1
    # About 1,750 objects: a share is known to 0.01, a quantile of log sizes to a few hundredths.
    assert _together(scenes, "difficult").mean() == pytest.approx(0.09, abs=0.025)
    assert 0.3 < _together(scenes, "truncated").mean() < 0.45
    assert np.quantile(np.sqrt(sides.prod(axis=1)) / 96, [0.05, 0.95]) == pytest.approx([0.17, 0.54], rel=0.06)
    assert np.quantile(sides[:, 0] / sides[:, 1], [0.25, 0.75]) == pytest.approx([0.81, 1.22], rel=0.05)
    assert np.mean([scene.image.mean() for scene in scenes]) == pytest.approx(110, abs=6)


def test_sizes_aspects_and_directions_are_uniform_whatever_the_class(monkeypatch):
    drawn, draw = {}, shapes.coverage

    def recording(outline, shape, centre, radius, *, angle, stretch):
        drawn[radius, angle, stretch] = next(n for n, known in enumerate(shapes.SYMMETRIC.values()) if known is outline)
        return draw(outline, shape, centre, radius, angle=angle, stretch=stretch)

    monkeypatch.setattr(scene_world.shapes, "coverage", recording)
    list(SceneWorld(height=32, width=48, min_size=0.3, max_size=0.6).scenes("train", 700))
    radius, angle, stretch = np.array(list(drawn)).T
    classes = np.array(list(drawn.values()))
    for values in (
        np.log(2 * radius / 32 / 0.3) / np.log(2),
        angle / (2 * np.pi),
        np.log(stretch) / np.log(1.6) / 2 + 0.5,
    ):
        assert stats.kstest(values, "uniform").pvalue > 0.001
        assert stats.kruskal(*(values[classes == label] for label in range(6))).pvalue > 0.001


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("height", 15, "height must be an integer >= 16, got 15"),
        ("width", 96.0, "width must be an integer >= 16, got 96.0"),
        ("min_objects", 0, "min_objects must be an integer >= 1, got 0"),
        ("max_objects", True, "max_objects must be an integer >= 1, got True"),
        ("min_objects", 5, "min_objects must be at most max_objects, got 5 > 4"),
        ("min_size", 0.08, "min_size must be a number from 0.083.* to 1, got 0.08"),
        ("max_size", 1.1, "max_size must be a number from 0 to 1, got 1.1"),
        ("max_size", 0.1, "min_size must be at most max_size, got 0.2 > 0.1"),
        ("max_aspect_ratio", 0.9, "max_aspect_ratio must be a number from 1 to 10, got 0.9"),
        ("min_visible_share", -0.1, "min_visible_share must be a number from 0 to 1, got -0.1"),
        ("difficult_visible_share", None, "difficult_visible_share must be a number from 0 to 1, got None"),
        ("contrast", 81, "contrast must be a number from 0 to 80, got 81"),
        ("lighting", float("nan"), "lighting must be a number from 0 to 1, got nan"),
        ("max_blur", float("inf"), "max_blur must be a number from 0 to 10, got inf"),
        ("noise_std", "8", "noise_std must be a number from 0 to 100, got '8'"),
        ("seed", -1, "seed must be an integer >= 0, got -1"),
    ],
)
def test_fields_out_of_range_are_refused(field, value, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        dataclasses.replace(SceneWorld(), **{field: value})


def test_unknown_split_and_negative_count_are_refused_at_the_call():
    with pytest.raises(ValueError, match="split must be one of train, validate, test, got 'val'"):
        SceneWorld().scenes("val", 3)
    with pytest.raises(ValueError, match="count must be at least 0, got -1"):
        SceneWorld().scenes("train", -1)


@pytest.mark.parametrize(
    "extreme",
    [
        {"height": 16, "width": 200, "min_size": 0.5},
        {"min_size": 1.0, "max_size": 1.0, "max_objects": 8},
        {"min_visible_share": 1.0},
        {"min_visible_share": 0.0, "max_objects": 20},
        {"max_aspect_ratio": 10.0},
        {"contrast": 80, "lighting": 1.0, "max_blur": 10, "noise_std": 100},
        {"contrast": 0, "lighting": 0, "max_blur": 0, "noise_std": 0},
        {"difficult_visible_share": 0, "min_objects": 4},
    ],
    ids=str,
)
def test_the_ends_of_the_ranges_are_worlds_too(extreme):
    world = SceneWorld(**extreme)
    for scene in world.scenes("test", 10):
        assert scene.masks.any(axis=(1, 2)).all()
        assert len(scene.classes) == len(scene.boxes) <= world.max_objects
        assert (scene.visible_shares >= world.min_visible_share).all()
