"""What is held in memory is what the source gives, read once."""

import numpy as np

from compactvid.datasets.batches import Batches
from compactvid.datasets.in_memory import InMemory


class Numbers:
    """2,500 examples; counts how often each is loaded."""

    def __init__(self):
        self.loads = np.zeros(len(self), int)

    def __len__(self):
        return 2500

    def load(self, indices, epoch):
        self.loads[indices] += 1
        return {"square": indices**2.0, "pair": np.stack([indices, -indices], 1)}, indices[:, None] % 2

    def ids(self, indices):
        return [f"n{index}" for index in indices]


def test_gives_what_the_source_gives_and_reads_it_once():
    source = Numbers()
    held, direct = (Batches(each, batch_size=64, seed=5) for each in (InMemory(source), Numbers()))
    for step in (0, 39, 40, 100):
        (inputs, labels), (expected, expected_labels) = held.batch(step), direct.batch(step)
        assert inputs.keys() == expected.keys()
        for name in inputs:
            np.testing.assert_array_equal(inputs[name], expected[name])
        np.testing.assert_array_equal(labels, expected_labels)
        assert held.ids(step) == direct.ids(step)
        inputs["square"][:] = -1  # a caller may do with its batch what it likes
    assert (source.loads == 1).all()
