"""What batch normalisation leaves of a diagonal: by a slow transcription, and by its gradient."""

from dataclasses import replace

import keras
import numpy as np
import pytest
from scipy.linalg import circulant

from compactvid.compression.absorbed_diagonals import AbsorbedDiagonals
from compactvid.datasets.simulated import VideoWorld
from compactvid.datasets.simulated_splits import SimulatedFrameLevel
from compactvid.layers import CirculantDense
from compactvid.models import Circulant, CirculantNetwork
from compactvid.training import TrainingRun
from compactvid.training.weights import save_weights

UNITS = 4


def run(order):
    world = VideoWorld()
    model = CirculantNetwork(
        projection_size=32,
        hidden_size=UNITS,
        fully_connected=Circulant(order=order),
        sample_size=2,
        num_samples=2,
        num_classes=world.num_classes,
        rgb_size=world.rgb_size,
        audio_size=world.audio_size,
        embed_audio=False,
    )
    dataset = SimulatedFrameLevel(world, train=1, validate=1, test=40)
    return AbsorbedDiagonals(TrainingRun(model, dataset, seed=0, epochs=1, batch_size=8, learning_rate=0.01))


def normalised(outputs, epsilon):
    return (outputs - outputs.mean(0)) / np.sqrt(outputs.var(0) + epsilon)


@pytest.mark.parametrize("order", ["DC", "CD"])
def test_normalised_outputs_are_those_of_the_matrices(order, tmp_path):
    config = run(order)
    keras.utils.set_random_seed(1)
    model = config.training.model.build()
    save_weights(model, tmp_path / "best_single.weights.h5")
    found = config.execute(tmp_path, tmp_path / "data", [tmp_path])["difference"]

    layer = model.get_layer("video_deep_bag_of_frames_hidden")
    files = config.dataset.prepare(tmp_path / "data")
    pooled_of = keras.Model(model.inputs, layer.input)
    inputs = [pooled_of.predict_on_batch(batch) for batch, _ in config.dataset.read(files, "test")]
    pooled = np.concatenate(inputs).astype("float64")
    matrix = circulant(layer.first_columns.numpy()[0, 0].astype("float64"))
    diagonal = layer.diagonals.numpy()[0, 0].astype("float64")
    for name, epsilon in (("trained", 1e-3), ("zero", 0.0)):
        outputs = []
        for d in (diagonal, np.sign(diagonal)):
            product = np.diag(d) @ matrix if order == "DC" else matrix @ np.diag(d)
            outputs.append(normalised(pooled @ product.T[:, :UNITS], epsilon))
        expected = np.sqrt(((outputs[0] - outputs[1]) ** 2).mean() / (outputs[0] ** 2).mean())
        assert found[name] == pytest.approx(expected, rel=1e-3, abs=1e-4)
    assert (found["zero"] < 1e-4) == (order == "DC")
    assert found["trained"] > found["zero"] or order == "CD"
    assert config.requires == (config.training,)


@pytest.mark.parametrize("circulant", [None, Circulant(factors=2), Circulant(diagonal="none")], ids=str)
def test_a_layer_without_one_diagonal_is_refused(circulant):
    training = run("DC").training
    with pytest.raises(ValueError, match="must be a Circulant with one factor and a diagonal, not"):
        AbsorbedDiagonals(replace(training, model=replace(training.model, fully_connected=circulant)))


@pytest.mark.parametrize(("order", "absorbed"), [("DC", True), ("CD", False)])
def test_a_diagonal_before_batch_normalisation_has_no_gradient(order, absorbed):
    import tensorflow as tf

    inputs = tf.constant(np.random.default_rng(0).normal(size=(64, 16)), "float32")
    targets = tf.constant(np.random.default_rng(1).normal(size=(64, UNITS)), "float32")
    layer = CirculantDense(UNITS, order=order, use_bias=False)
    normalization = keras.layers.BatchNormalization(epsilon=0.0)
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((normalization(layer(inputs), training=True) - targets) ** 2)
    columns, diagonals = (
        np.abs(gradient.numpy()) for gradient in tape.gradient(loss, [layer.first_columns, layer.diagonals])
    )
    size = columns.max()
    assert size > 1e-3
    assert (diagonals.max() < 1e-4 * size) == absorbed
