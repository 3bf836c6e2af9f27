"""Shapes against closed-form areas, a count of points by the even-odd rule, and each other."""

import itertools
import math

import numpy as np
import pytest

from compactvid.datasets.simulated.shapes import ASYMMETRIC, SYMMETRIC, coverage

SHAPES = SYMMETRIC | ASYMMETRIC
AREAS = {  # of shapes in the unit circle
    "disc": math.pi,
    "ring": math.pi * (1 - 0.5**2),
    "square": 2.0,
    "triangle": 3 * math.sqrt(3) / 4,
    "cross": 20 / 10,  # five squares of side 2, the farthest corner at sqrt(1 + 9)
    "star": 10 * 0.45 * math.sin(math.pi / 5) / 2,
}


def _inside(polygon, x, y):
    """Even-odd rule: does a ray to the right of each point cross an odd number of edges?"""
    odd = np.zeros(np.broadcast(x, y).shape, bool)
    for (x0, y0), (x1, y1) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        crosses = (y0 > y) != (y1 > y)
        with np.errstate(divide="ignore", invalid="ignore"):
            odd ^= crosses & (x < x0 + (y - y0) / (y1 - y0) * (x1 - x0))
    return odd


def _counted(outline, shape, centre, radius, angle, stretch, samples=10):
    """Coverage by counting samples x samples points a pixel, each carried back into the shape's own frame."""
    points = (np.arange(max(shape) * samples) + 0.5) / samples
    x, y = points[: shape[1] * samples] - centre[0], points[: shape[0] * samples, np.newaxis] - centre[1]
    upright_x = (math.cos(angle) * x + math.sin(angle) * y) / (radius * math.sqrt(stretch))
    upright_y = (-math.sin(angle) * x + math.cos(angle) * y) / (radius / math.sqrt(stretch))
    found = _inside(outline.outer, upright_x, upright_y)
    if outline.hole is not None:
        found &= ~_inside(outline.hole, upright_x, upright_y)
    return found.reshape(shape[0], samples, shape[1], samples).mean(axis=(1, 3))


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize(
    ("centre", "angle", "stretch"),
    [((24.3, 20.8), 0.0, 1.0), ((22.0, 19.5), 1.1, 1.5), ((-3.2, 38.7), 4.0, 0.7), ((45.5, 2.5), 2.5, 1.0)],
)
def test_coverage_is_that_of_points_counted(name, centre, angle, stretch):
    covered, area = coverage(SHAPES[name], (40, 48), centre, 14.0, angle=angle, stretch=stretch)
    counted = _counted(SHAPES[name], (40, 48), centre, 14.0, angle, stretch)
    assert covered.dtype == np.float32
    assert covered.shape == (40, 48)
    # Pillow fills the quarter pixels that an edge touches, or not: up to a quarter of a pixel off at each of two edges.
    assert np.abs(covered - counted).max() < 0.5
    assert np.abs(covered - counted).mean() < 0.015
    assert covered[counted == 0].max() < 0.26
    if centre == (24.3, 20.8):
        assert area == pytest.approx(covered.sum(), rel=1e-5)  # all of it in the picture
    else:
        whole, _ = coverage(
            SHAPES[name], (90, 90), (centre[0] + 20, centre[1] + 20), 14.0, angle=angle, stretch=stretch
        )
        assert area == pytest.approx(whole.sum(), rel=1e-5)


@pytest.mark.parametrize("name", AREAS)
def test_areas(name):
    _, area = coverage(SHAPES[name], (1, 1), (60.0, 60.0), 50.0, stretch=1.3)
    assert area == pytest.approx(AREAS[name] * 50**2, rel=0.03)


@pytest.mark.parametrize("name", SHAPES)
def test_shapes_fill_the_unit_circle(name):
    outline = SHAPES[name]
    assert np.hypot(*outline.outer.T).max() == pytest.approx(1)
    assert outline.hole is None or np.hypot(*outline.hole.T).max() < 1


@pytest.mark.parametrize("name", ASYMMETRIC)
def test_a_turn_moves_no_centre_of_mass_and_only_a_full_one_maps_a_shape_onto_itself(name):
    upright = _counted(ASYMMETRIC[name], (64, 64), (32, 32), 30, 0.0, 1.0, samples=4)
    places = np.arange(64) + 0.5
    for axis in (0, 1):
        assert (upright.sum(axis=1 - axis) * places).sum() / upright.sum() == pytest.approx(32, abs=0.1)
    for degrees in range(20, 341, 10):
        turned = _counted(ASYMMETRIC[name], (64, 64), (32, 32), 30, math.radians(degrees), 1.0, samples=4)
        assert np.abs(turned - upright).sum() > 0.2 * upright.sum(), degrees


def test_no_class_is_taken_for_another_turned_scaled_and_stretched():
    """At equal areas, what two classes do not share is at least a tenth of what either covers."""
    side = 56

    def drawn(name, degrees, stretch):
        radius = math.sqrt(700 / AREAS[name])
        return coverage(
            SYMMETRIC[name], (side, side), (side / 2, side / 2), radius, angle=math.radians(degrees), stretch=stretch
        )[0].ravel()

    stretches = (1 / 1.6, 1.0, 1.6)
    fixed = {name: np.array([drawn(name, 0, s) for s in stretches]) for name in SYMMETRIC}
    turned = {name: np.array([drawn(name, d, s) for d in range(0, 360, 10) for s in stretches]) for name in SYMMETRIC}
    for one, other in itertools.combinations(SYMMETRIC, 2):
        shared = np.minimum(fixed[one][:, np.newaxis], turned[other]).sum(axis=-1)
        either = np.maximum(fixed[one][:, np.newaxis], turned[other]).sum(axis=-1)
        assert (shared / either).max() < 0.9, (one, other)
