"""The recurrent network frame by frame, against the same network on whole clips."""

from dataclasses import replace

import numpy as np
import pytest

from compactvid.pipeline import OnlineRecogniser
from compactvid.training.weights import load_weights

FEATURES = np.random.default_rng(5).normal(0.3, 1.7, (10, 4, 4, 14)).astype("float32")


def whole(config, weights, frames):
    """What the Keras model says of these frames in one batch: a model of as many frames."""
    model = replace(config, num_frames=len(frames)).build()
    load_weights(model, weights)
    scaled = ((frames - 0.3) / 1.7).astype("float32")
    return model.predict_on_batch({"frames": scaled[None]})[0]


def test_each_look_gives_what_the_model_gives_for_the_latest_six_frames(recogniser, recurrent_config, weights):
    """Of fewer frames that are there: a model of as many."""
    for number in range(len(FEATURES)):
        found = recogniser.look(FEATURES[number])
        latest = FEATURES[max(0, number - 5) : number + 1]
        assert recogniser.full == (number >= 5)
        # One batch sums in another order: some 1e-7.
        np.testing.assert_allclose(found, whole(recurrent_config, weights, latest), atol=2e-6)


def test_the_order_of_frames_matters_and_so_does_each_of_the_six(recogniser, recurrent_config, weights):
    """So that the test above could fail."""
    exact = whole(recurrent_config, weights, FEATURES[:6])
    for other in (FEATURES[5::-1], FEATURES[1:6], FEATURES[:6] + 0.1 * (np.arange(6) == 0)[:, None, None, None]):
        assert np.abs(whole(recurrent_config, weights, other.astype("float32")) - exact).max() > 1e-4


def test_a_new_clip_begins_from_nothing(recogniser):
    first = recogniser.look(FEATURES[0])
    for features in FEATURES[1:]:
        recogniser.look(features)
    recogniser.forget()
    assert not recogniser.full
    np.testing.assert_array_equal(recogniser.look(FEATURES[0]), first)


def test_what_makes_no_sense_is_refused(recurrent_config):
    with pytest.raises(ValueError, match="deviation must be positive, not 0"):
        OnlineRecogniser(recurrent_config, None, ("a", "b", "c"), deviation=0.0)
    with pytest.raises(ValueError, match="2 names of actions for 3 classes"):
        OnlineRecogniser(recurrent_config, None, ("a", "b"))
