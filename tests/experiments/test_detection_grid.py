"""The scaled-down detectors: their size, their objects and cells, and that networks that are compared share a start."""

import numpy as np
import pytest

from compactvid.datasets.anchor_clusters import anchor_clusters
from compactvid.datasets.simulated import SceneWorld
from compactvid.experiments import detection_grid as grid
from compactvid.models import TinyYOLOv2


def test_every_width_is_an_eighth_of_the_papers():
    assert tuple(8 * filters for filters in grid.MODEL.filters) == TinyYOLOv2().filters
    channels, values = 3, 0
    for filters in grid.MODEL.filters:
        values += 9 * channels * filters + 4 * filters
        channels = filters
    values += (channels + 1) * len(grid.ANCHORS) * (5 + 6)
    assert grid.MODEL.build(initialize=False).count_params() == values == 254_413


def fit(sizes, anchors):
    shared = np.minimum(sizes[:, None], anchors).prod(axis=-1)
    return (shared / (sizes.prod(axis=1)[:, None] + anchors.prod(axis=1) - shared)).max(axis=1).mean()


def test_anchors_are_the_clusters_of_a_world_that_no_profile_reports():
    boxes = np.concatenate([scene.boxes for scene in SceneWorld(seed=1000).scenes("train", 400)])
    sizes = boxes[:, 2:] - boxes[:, :2] + 1
    # Two of the five are a wide box and a tall one, which boxes turned at random tell apart by chance: so compared is
    # how well the anchors fit, the mean over the boxes of the largest overlap of shapes.
    ours, fitted = np.array(grid.ANCHORS) * grid.MODEL.cell_size, anchor_clusters(sizes, 5)
    assert fit(sizes, ours) == pytest.approx(fit(sizes, fitted), abs=0.01)
    assert fit(sizes, ours) > fit(sizes, 1.5 * ours) + 0.02
    assert fit(sizes, ours) > fit(sizes, ours / 1.5) + 0.02
    for profile in grid.SCALES:
        assert 1000 not in grid.worlds(profile, 0)


@pytest.mark.parametrize("profile", grid.SCALES)
def test_what_is_compared_starts_from_one_checkpoint_and_takes_the_same_steps(profile):
    for world in grid.worlds(profile, 7):
        base = grid.training(profile, world)
        assert base.dataset.world == SceneWorld(seed=world)
        assert base.training.seed == world
        tuned = [grid.tuned(profile, world, method) for method in grid.SCALES[profile].tuned]
        assert {run.base for run in tuned} == {base}
        assert len({run.training for run in tuned}) == 1
        assert len({run.method for run in tuned}) == len(tuned)
        assert grid.direct(profile, world).base == base == grid.by_layer(profile, world).base


def test_the_rate_falls_to_a_tenth_for_the_last_quarter():
    training = grid.training("small", 0).training
    assert training.decay_examples == 3 * training.epochs * training.dataset.train / 4
    assert grid.tuned("small", 0, "float").learning_rate == training.learning_rate * training.learning_rate_decay


def test_direct_methods_have_each_scheme_in_each_number_of_bits():
    methods = {(scheme, bits): method for scheme, bits, method in grid.direct_methods("full")}
    assert methods.keys() == {(scheme, bits) for scheme in grid.SCHEMES for bits in (8, 6, 5, 4, 3, 2)}
    for (_, bits), method in methods.items():
        assert (method.bits, method.activation_bits) == (bits, bits)
    assert methods["as printed", 8] == grid.AS_PRINTED
    few = [(scheme, bits) for scheme, bits, _ in grid.direct_methods("small")]
    assert [bits for scheme, bits in few if scheme == "Q-YOLO"] == [8, 6, 5, 4, 3, 2]
    assert [bits for scheme, bits in few if scheme != "Q-YOLO"] == [8, 8, 8]
    names = [method.layers for method in grid.by_layer("full", 0).methods]
    assert names == [
        (layer.name,)
        for layer in grid.MODEL.build(initialize=False).layers
        if "conv" in layer.name and "_" not in layer.name
    ]
