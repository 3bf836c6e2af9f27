"""What depends on what in a circulant network, tried on random inputs."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from compactvid.models.circulant_network import CirculantNetwork

VIDEOS, FRAMES = 16, 12


@dataclass(frozen=True)
class Dependencies:
    """What changes in a model's predictions, with its first weights, when parts of its input or weights change.

    Parameters
    ----------
    model
        With both modalities, one embedding, a dense mixture of experts and context gating.
    seed
        Of weights and inputs.

    Raises
    ------
    ValueError
        The model has other parts.
    """

    model: CirculantNetwork
    seed: int = 0

    def __post_init__(self) -> None:
        model = self.model
        whole = model.rgb_size and model.embed_audio and len(model.embeddings) == 1
        if not (whole and model.mixture is None and model.context_gating):
            raise ValueError(
                "Dependencies: model must have video and audio, one embedding, a dense mixture of experts and context "
                f"gating, not {model}"
            )

    def execute(self, folder: Path, data_folder: Path | None) -> Mapping[str, Any]:
        """Try it on random videos of 1 to 12 frames.

        Returns
        -------
        dict
            `video_on_audio`, `audio_on_video`: the largest change, by other audio frames, of what the video's part
            gives to the concatenation, and the other way round. `predictions_on_padding`: the largest change of a
            prediction by other values behind the last frames. `labels_in_mixture`: the most other labels whose
            probability a label's gates and experts change. `labels_in_gating`: the fewest other labels whose gated
            probability a label's own changes. `trainable`: the paths of the trainable weights.
        """
        import keras

        keras.utils.set_random_seed(self.seed)
        model = self.model.build()
        generator = np.random.default_rng(self.seed)
        parts = keras.Model(model.inputs, model.get_layer("joined").input)
        inputs = self._videos(generator)
        other = self._videos(generator)
        video, audio = parts.predict_on_batch(inputs)
        changed_video, _ = parts.predict_on_batch(inputs | {"audio": other["audio"]})
        _, changed_audio = parts.predict_on_batch(inputs | {"rgb": other["rgb"]})
        padded = np.arange(FRAMES) >= inputs["num_frames"][:, None]
        behind = {name: np.where(padded[..., None], other[name], inputs[name]) for name in ("rgb", "audio")}
        predictions = [model.predict_on_batch(each) for each in (inputs, inputs | behind)]
        found = {
            "video_on_audio": _largest_change(video, changed_video),
            "audio_on_video": _largest_change(audio, changed_audio),
            "predictions_on_padding": _largest_change(*predictions),
            "labels_in_mixture": self._labels_in_mixture(model.get_layer("mixture"), generator),
            "labels_in_gating": self._labels_in_gating(model.get_layer("probability_gating"), generator),
            "trainable": [weight.path for weight in model.trainable_weights],
        }
        del model, parts
        keras.utils.clear_session()
        return found

    def _videos(self, generator: np.random.Generator) -> dict[str, np.ndarray]:
        sizes = {"rgb": self.model.rgb_size or 0, "audio": self.model.audio_size}
        features = {
            name: generator.standard_normal((VIDEOS, FRAMES, size), dtype="float32") for name, size in sizes.items()
        }
        return {**features, "num_frames": (1 + np.arange(VIDEOS) % FRAMES).astype("int32")}

    def _labels_in_mixture(self, mixture: Any, generator: np.random.Generator) -> int:
        features = mixture.gates_kernel.shape[0]
        x = generator.standard_normal((VIDEOS, features), dtype="float32")
        before, weights = np.asarray(mixture(x)), mixture.get_weights()
        most = 0
        for label in range(self.model.num_classes):
            changed = [weight.copy() for weight in weights]
            for weight in changed:  # the last axis has each label's gates, or experts, side by side
                of_label = np.split(weight, self.model.num_classes, axis=-1)[label]
                of_label += generator.standard_normal(of_label.shape)
            mixture.set_weights(changed)
            moved = np.any(np.asarray(mixture(x)) != before, axis=0)
            most = max(most, int(np.delete(moved, label).sum()))
        mixture.set_weights(weights)
        return most

    def _labels_in_gating(self, gating: Any, generator: np.random.Generator) -> int:
        classes = self.model.num_classes
        probabilities = np.tile(generator.random(classes, dtype="float32"), (classes, 1))
        changed = np.where(np.eye(classes, dtype=bool), 1 - probabilities, probabilities)
        moved = np.asarray(gating(changed)) != np.asarray(gating(probabilities))  # row: the label that was changed
        return int((moved & ~np.eye(classes, dtype=bool)).sum(axis=1).min())


def _largest_change(before: np.ndarray, after: np.ndarray) -> float:
    return float(np.abs(after - before).max())
