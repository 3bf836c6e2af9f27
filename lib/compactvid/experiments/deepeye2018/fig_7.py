"""Cheng et al. 2018, Fig. 7 and section 5.1: what 8 bits cost a detector.

The plan, written before any of it was computed. What is trained, on what, and what *Q-YOLO* and *as printed* mean here,
is in `compactvid.experiments.detection_grid`. A claim has one number a world, a paired difference on the same test
images, and is decided by the t interval of its mean, within the family of the ledger.

`eight_bit_as_good`
    mAP of Q-YOLO, trained on under the constraint of 8 bits, minus that of the float network, trained on as long:
    equivalent within the ledger's margin.
`person_as_good`, `bicycle_as_good`, `cat_as_good`
    The same of one class's average precision. The classes that stand for the paper's three are the world's first three
    in its own order, disc, ring and square.
`direct_quantization_loses`
    The float network before it is trained on, minus the same network in the 8 bits of Q-YOLO: larger than 0.

Shown beside them, and not tested: what training on alone changes; other quantisers, trained on (at `full`) and direct,
in 8 to 2 bits; and one convolution at a time in 4 bits (at `full`).
"""

from compactvid.experiments import detection_grid as grid

PROFILES, data = grid.SCALES, grid.data


def runs(profile: str, seed: int) -> dict[str, list]:
    """A group a world: its detector, that trained on in each way, and in few bits without training."""
    return {f"world_{number}": _of_world(profile, world) for number, world in enumerate(grid.worlds(profile, seed))}


def _of_world(profile: str, world: int) -> list:
    tuned = [grid.tuned(profile, world, method) for method in grid.SCALES[profile].tuned]
    layers = [grid.by_layer(profile, world)] if profile == "full" else []
    return [grid.training(profile, world), *tuned, grid.direct(profile, world), *layers]
