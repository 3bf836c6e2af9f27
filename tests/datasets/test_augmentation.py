"""Augmented pictures: boxes stay on what they were drawn around, and the same seed draws the same."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compactvid.datasets.augmentation import Augmentation

SIZE = (60, 80)


def generators(seed, count=1):
    return [np.random.default_rng([seed, index + 1]) for index in range(count)]


def picture(boxes):
    """Black, with a white rectangle in each box of pixels, and those boxes as objects of class 0, 1, ..."""
    image = np.zeros((*SIZE, 3), np.uint8)
    for x0, y0, x1, y1 in boxes:
        image[y0:y1, x0:x1] = 255
    shares = np.reshape(boxes, (-1, 4)) / (2 * [SIZE[1], SIZE[0]])
    return image, np.column_stack([np.arange(len(boxes)), shares]).astype("float32")


def white_box(image):
    """Corners, as shares, of the pixels that are rather white; grey padding is 128 and does not count."""
    rows, columns = (np.flatnonzero((image[..., 0] > 0.6).any(axis=axis)) for axis in (1, 0))
    return np.array([columns[0] / SIZE[1], rows[0] / SIZE[0], (columns[-1] + 1) / SIZE[1], (rows[-1] + 1) / SIZE[0]])


@given(
    seed=st.integers(0, 10_000),
    flips=st.tuples(st.sampled_from([0.0, 1.0]), st.sampled_from([0.0, 1.0])),
    zoom=st.sampled_from([1.0, 1.5]),
    shift=st.sampled_from([0.0, 0.2]),
)
def test_a_box_stays_around_its_rectangle(seed, flips, zoom, shift):
    """In the picture's middle, so that nothing is cut off: found again within a pixel."""
    x, y, w, h = np.random.default_rng(seed).integers([24, 18, 8, 6], [40, 30, 20, 14])
    image, objects = picture([(x, y, x + w, y + h)])
    augmentation = Augmentation(*flips, zoom=zoom, shift=shift, least_inside=0)
    changed, kept = augmentation.apply(image[None], objects[None], generators(seed))
    assert kept[0, 0, 0] == 0
    if (kept[0, 0, 1:] > 0).all() and (kept[0, 0, 1:] < 1).all():
        np.testing.assert_allclose(kept[0, 0, 1:] * [80, 60, 80, 60], white_box(changed[0]) * [80, 60, 80, 60], atol=1)


def test_mirrored_and_turned_pictures_are_exact():
    image, objects = picture([(8, 6, 24, 12)])
    changed, kept = Augmentation(mirror=1).apply(image[None], objects[None], generators(0))
    np.testing.assert_array_equal(changed[0], image[:, ::-1] / np.float32(255))
    np.testing.assert_allclose(kept, [[[0, 0.7, 0.1, 0.9, 0.2]]], atol=1e-6)
    changed, kept = Augmentation(upside_down=1).apply(image[None], objects[None], generators(0))
    np.testing.assert_array_equal(changed[0], image[::-1] / np.float32(255))
    np.testing.assert_allclose(kept, [[[0, 0.1, 0.8, 0.3, 0.9]]], atol=1e-6)


def test_without_changes_pictures_are_only_scaled_and_inputs_stay():
    image, objects = picture([(8, 6, 24, 12), (0, 0, 80, 60)])
    before = image.copy(), objects.copy()
    changed, kept = Augmentation().apply(image[None], objects[None], generators(0))
    np.testing.assert_array_equal(changed[0], image / np.float32(255))
    np.testing.assert_array_equal(kept[0], objects)
    Augmentation(1, 1, 1.5, 0.2, 1.5, 1.5).apply(image[None], objects[None], generators(0))
    np.testing.assert_array_equal(image, before[0])
    np.testing.assert_array_equal(objects, before[1])


def test_each_change_takes_its_range_and_half_of_the_pictures_are_mirrored():
    image, objects = picture([(32, 24, 48, 36)])
    count = 2000
    images, boxes = np.repeat(image[None], count, 0), np.repeat(objects[None], count, 0)
    augmentation = Augmentation(zoom=1.25, shift=0.1, least_inside=0)
    _, kept = augmentation.apply(images[:, :1, :1], boxes, generators(5, count))
    widths = (kept[:, 0, 3] - kept[:, 0, 1]) / 0.2
    centres = (kept[:, 0, 1:3] + kept[:, 0, 3:]) / 2 - 0.5
    assert widths.min() == pytest.approx(0.8, abs=0.002)
    assert widths.max() == pytest.approx(1.25, abs=0.002)
    assert abs(np.log(widths).mean()) < 0.01
    np.testing.assert_allclose([centres.min(axis=0), centres.max(axis=0)], [[-0.1] * 2, [0.1] * 2], atol=0.001)
    off_centre, objects = picture([(0, 0, 8, 6)])
    images, boxes = np.repeat(off_centre[None], count, 0), np.repeat(objects[None], count, 0)
    _, kept = Augmentation(mirror=0.5).apply(images, boxes, generators(5, count))
    assert (kept[:, 0, 1] > 0.5).mean() == pytest.approx(0.5, abs=0.04)


def test_a_box_that_leaves_the_picture_is_clipped_and_dropped_when_little_is_left():
    """Shifts of up to the whole picture: what is left is the share of the area that stays inside."""
    image, objects = picture([(20, 15, 60, 45)])
    augmentation = Augmentation(shift=1.0, least_inside=0.3)
    dropped = 0
    for seed in range(60):
        generator = np.random.default_rng(seed)
        shift = 2 * np.random.default_rng(seed).random(7)[3:5] - 1
        _, kept = augmentation.apply(image[None], objects[None], [generator])
        box = np.array([0.25, 0.25, 0.75, 0.75]) + np.tile(shift, 2)
        inside = np.clip(box, 0, 1)
        left = (inside[2] - inside[0]) * (inside[3] - inside[1]) / 0.25
        if left < 0.3:
            dropped += 1
            np.testing.assert_array_equal(kept[0, 0], -1)
        else:
            np.testing.assert_allclose(kept[0, 0], [0, *inside], atol=1e-6)
    assert 10 < dropped < 50


def test_a_box_without_area_and_a_row_without_object_are_none():
    image, _ = picture([])
    objects = np.array(
        [[[1, 0.5, 0.2, 0.5, 0.8], [-1] * 5, [2, 1.2, 0.2, 1.4, 0.8], [0, -0.25, 0.5, 0.5, 1.25]]], "float32"
    )
    _, kept = Augmentation().apply(image[None], objects, generators(0))
    np.testing.assert_array_equal(kept, [[[-1] * 5, [-1] * 5, [-1] * 5, [0, 0, 0.5, 0.5, 1]]])


def test_light_changes_values_as_said():
    """One pixel: its distance to its grey, then all of it, multiplied by factors drawn between 1/2 and 2."""
    image = np.array([[[[50, 100, 30]]]], np.uint8)
    none = np.full((1, 1, 5), -1, "float32")
    found = []
    for seed in range(300):
        draws = np.random.default_rng(seed).random(7)
        exposure, saturation = 2 ** (2 * draws[5] - 1), 2 ** (2 * draws[6] - 1)
        changed, _ = Augmentation(exposure=2, saturation=2).apply(image, none, [np.random.default_rng(seed)])
        expected = np.clip((60 + (np.array([50, 100, 30]) - 60) * saturation) * exposure / 255, 0, 1)
        np.testing.assert_allclose(changed[0, 0, 0], expected, atol=1e-6)
        found.append((exposure, saturation))
    assert np.log2(found).min() < -0.95
    assert np.log2(found).max() > 0.95
    white, _ = Augmentation(exposure=2).apply(np.full((1, 1, 1, 3), 255, np.uint8), none, [np.random.default_rng(1)])
    assert white.max() <= 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("mirror", 1.5),
        ("upside_down", -0.1),
        ("zoom", 0.9),
        ("shift", float("nan")),
        ("exposure", float("inf")),
        ("saturation", 0.0),
        ("least_inside", 2.0),
    ],
)
def test_fields_out_of_range_are_named(field, value):
    with pytest.raises(ValueError, match=f"Augmentation: {field} must lie in"):
        Augmentation(**{field: value})
