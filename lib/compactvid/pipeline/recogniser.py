"""The recurrent network on the latest frames: an action after each."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from compactvid.models import VideoRNN


class OnlineRecogniser:
    """Probabilities of the actions after each frame, of the latest frames from a zero state.

    Reference: Cheng et al. 2018, section 4, step 4, "understand in real time", and section 5.2: the network was trained
    on six frames of a clip. So it reads the latest six here, or those that are there; what it would make of more was
    not trained. The map from the input, most of the work, does not depend on the state: it is taken once a frame, and
    what is kept of a frame is its result.

    Parameters
    ----------
    model
        The network, which takes features.
    weights
        Its file of `compactvid.training.weights.save_weights`; None for the initial ones.
    class_names
        Of the actions, in the order of their numbers.
    mean, deviation
        Of features over the training split: see `compactvid.compression.clip_tensors.ClipTensors`.

    Raises
    ------
    ValueError
        `deviation` is not positive, or there are fewer or more names than the model has classes.
    """

    def __init__(
        self,
        model: VideoRNN,
        weights: Path | None,
        class_names: Sequence[str],
        *,
        mean: float = 0.0,
        deviation: float = 1.0,
    ):
        import keras

        from compactvid.training.weights import load_weights

        if not deviation > 0:
            raise ValueError(f"deviation must be positive, not {deviation}")
        if len(class_names) != model.num_classes:
            raise ValueError(f"{len(class_names)} names of actions for {model.num_classes} classes")
        self.class_names = tuple(class_names)
        self.mean, self.deviation = mean, deviation
        network = replace(model, num_frames=1).build()  # the weights do not depend on the number
        if weights is not None:
            load_weights(network, weights)
        rnn, actions = network.get_layer("rnn"), network.get_layer("actions")
        mapped = rnn.input_map(network.get_layer("values").output)  # (1, 1, gates times units)
        earlier = keras.Input((model.num_frames - 1, mapped.shape[-1]), name="earlier")
        there = keras.Input((model.num_frames,), dtype="bool", name="there")
        # Of steps that are not there the state stays as it is, zero.
        steps = keras.layers.RNN(rnn.cell, name="steps")
        output = actions(steps(keras.layers.Concatenate(axis=1)([earlier, mapped]), mask=there))
        inputs = {"frames": network.input["frames"], "earlier": earlier, "there": there}
        self._network = keras.Model(inputs, [output, mapped])
        self._earlier = np.zeros((1, *earlier.shape[1:]), "float32")
        self._there = np.zeros((1, model.num_frames), bool)

    def forget(self) -> None:
        """Begin a new clip."""
        self._there[:] = False

    @property
    def full(self) -> bool:
        """Whether as many frames were seen as the network was trained with."""
        return bool(self._there.all())

    def look(self, features: np.ndarray) -> np.ndarray:
        """Take the features of a frame, (rows, columns, channels); return float32 (classes,), probabilities."""
        scaled = ((features - self.mean) / self.deviation).astype("float32")
        self._there = np.append(self._there[:, 1:], [[True]], axis=1)
        given = {"frames": scaled[None, None], "earlier": self._earlier, "there": self._there}
        probabilities, mapped = self._network.predict_on_batch(given)
        self._earlier = np.concatenate([self._earlier, mapped], axis=1)[:, 1:]
        return probabilities[0]
