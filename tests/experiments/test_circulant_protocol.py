"""The protocol's checks, each against something that it must not accept."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compactvid.experiments import circulant_protocol as protocol
from compactvid.metrics import global_average_precision


def test_the_printed_number_of_videos_is_that_of_the_released_command():
    examples = protocol.examples().set_index("reading")
    seventy, released, printed = examples["videos"]
    assert seventy == pytest.approx(3_888_919 + 0.7 * 1_112_356)
    assert printed == 4_822_555
    assert abs(released / printed - 1) < 2e-4 < abs(seventy / printed - 1)
    assert examples["share"].tolist() == pytest.approx([70, 100 * 52 / 62, 83.9332], abs=1e-4)


def test_halves_hold_each_video_once_and_differ_by_a_frame_at_most():
    halves = protocol.halves(3)
    assert len(halves) == protocol.VIDEOS
    assert (halves["first"] + halves["second"]).tolist() == halves["frames"].tolist()
    assert set(halves["first"] - halves["second"]) == {0, 1}
    assert halves["same_labels"].all()
    assert halves["all_frames"].all()


def test_a_reader_that_repeats_the_first_half_is_seen(monkeypatch):
    read = protocol.read_frame_level

    def repeated(*arguments, halves, **options):
        for inputs, labels in read(*arguments, halves=halves, **options):
            if halves:
                inputs["rgb"][1::2] = inputs["rgb"][::2]
            yield inputs, labels

    monkeypatch.setattr(protocol, "read_frame_level", repeated)
    assert not protocol.halves(0)["all_frames"].any()


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 2**31), st.integers(1, 12))
def test_the_printed_formula_is_the_metric_where_no_scores_tie(seed, top_k):
    generator = np.random.default_rng(seed)
    shape = generator.integers(1, 12, size=2)
    labels = generator.random(shape) < 0.3
    labels[0, 0] = True
    scores = generator.permutation(labels.size).reshape(shape) / labels.size
    assert protocol.gap_as_printed(labels, scores, top_k) == pytest.approx(
        global_average_precision(labels, scores, top_k=top_k), abs=1e-13
    )
