"""What the online program says of clips, against the networks that were trained, on whole clips."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from compactvid.compression.action_training import ActionTraining
from compactvid.compression.clip_tensors import ClipTensors
from compactvid.compression.eight_bit_detector import FILE, EightBitDetector
from compactvid.datasets.frame_choice import RandomFrames
from compactvid.datasets.stored_clips import StoredClips
from compactvid.pipeline.clip_action import ClipAction
from compactvid.pipeline.detector import OnlineDetector
from compactvid.pipeline.frame import Frame
from compactvid.pipeline.recogniser import OnlineRecogniser
from compactvid.pipeline.watcher import EVERY, Watcher


@dataclass(frozen=True)
class OnlineAgreement:
    """Watch some clips of the test split; ask the trained networks the same, all frames of a clip at once.

    Reference: Cheng et al. 2018, section 4: "fed to T-RNN without delay", and Fig. 6.

    Parameters
    ----------
    training
        The recurrent network's.
    detector
        The file of the detector of its features.
    clips
        How many are watched.
    every
        One frame of so many is looked at.
    least_score
        Of boxes. Low: a detector that was trained for a short time is not sure of any.

    Raises
    ------
    ValueError
        The recurrent network was trained on something else than that detector's features, or `clips` is less than 1.
    """

    training: ActionTraining
    detector: EightBitDetector
    clips: int
    every: int = EVERY
    least_score: float = 0.05

    def __post_init__(self) -> None:
        if self.training.tensors.detector != self.detector.tuning:
            raise ValueError("OnlineAgreement: training must be on features of the detector")
        if self.clips < 1:
            raise ValueError(f"OnlineAgreement: clips must be at least 1, not {self.clips}")

    @property
    def requires(self) -> tuple[ActionTraining, ClipTensors, EightBitDetector]:
        """The runs of the networks, and of the features."""
        return self.training, self.training.tensors, self.detector

    @property
    def dataset(self) -> Any:
        """The clips."""
        return self.training.dataset

    def execute(self, folder: Path, data_folder: Path | None, required: list[Path]) -> Mapping[str, Any]:
        """Return what was counted.

        Returns
        -------
        dict
            `looks`, frames that were looked at; `actions`, after how many there was an action; `difference`, the
            largest of any probability to the recurrent network's on the features of the same frames, taken together;
            `boxes`, how many there were; `same_boxes`, after how many looks the boxes were those of the features that
            the recurrent network took. `shared_weights`: how many tensors that training the recurrent network changes
            are the detector's. `feature_error`: of the six frames of each clip that the recurrent network's training
            would take, root mean square of the 8-bit file's features minus the trained detector's, in deviations of
            these. `accuracy`, of the clips: `online`, of the program; `six_frames`, of the trained networks on those
            six frames; `six_frames_8_bit`, of the 8-bit file and the recurrent network on them.
        """
        from compactvid.training.weights import load_weights

        trained, kept, exported = required
        scale = json.loads((kept / "result.json").read_text(encoding="utf-8"))
        config, objects = self.training.training.model, self.detector.tuning.base.training.model
        detector = OnlineDetector(exported / FILE, objects, self.detector.dataset.class_names)
        recogniser = OnlineRecogniser(
            config,
            trained / "best.weights.h5",
            self.dataset.world.class_names,
            mean=scale["mean"],
            deviation=scale["deviation"],
        )
        program = Watcher(detector, recogniser, every=self.every, least_score=self.least_score)
        networks = {}
        for length in range(1, config.num_frames + 1):
            networks[length] = replace(config, num_frames=length).build()
            load_weights(networks[length], trained / "best.weights.h5")
        whole = networks[config.num_frames]

        files = self.dataset.prepare(data_folder)
        root = files["test"][0].parents[2]
        stored = StoredClips(kept / "test.npz")
        # Evenly spread: they are in the order of their actions.
        chosen = np.linspace(0, len(stored) - 1, self.clips).round().astype(int)
        found, said = [], []
        for clip in [root / f"{name}.avi" for name in stored.ids(chosen)]:
            action, frames = ClipAction(), list(program.watch(clip))
            for frame in frames:
                action.add(frame)
            found.append(_counted(frames, program, networks, scale))
            said.append(action.probabilities)

        inputs, labels = stored.load(chosen, 0)
        online = (self._six_frames(files, chosen, detector) - scale["mean"]) / scale["deviation"]
        scored = {
            "online": np.array(said),
            "six_frames": whole.predict_on_batch(inputs),
            "six_frames_8_bit": whole.predict_on_batch({"frames": online.astype("float32")}),
        }
        counts = pd.DataFrame(found)
        return {
            **{name: int(counts[name].sum()) for name in ("looks", "actions", "boxes", "same_boxes")},
            "difference": float(counts["difference"].max()),
            "shared_weights": len(
                {weight.path for weight in whole.trainable_weights}
                & {weight.path for weight in objects.build(initialize=False).weights}
            ),
            "feature_error": float(np.sqrt(np.mean((online - inputs["frames"]) ** 2))),
            "accuracy": {
                name: float(np.mean(each.argmax(axis=1) == labels.argmax(axis=1))) for name, each in scored.items()
            },
        }

    def _six_frames(self, files: Any, chosen: np.ndarray, detector: OnlineDetector) -> np.ndarray:
        """Features of the frames that `ClipTensors` chose, (clips, frames, rows, columns, channels)."""
        tensors = self.training.tensors
        batches = self.dataset.read(
            files,
            "test",
            size=detector.model.input_size,
            num_frames=tensors.num_frames,
            frame_choice=RandomFrames(tensors.frame_seed, replace=False),
        )
        frames = batches.source.load(chosen, 0)[0]["frames"]
        return np.array([[detector.features(frame) for frame in clip] for clip in frames])


def _counted(
    frames: Sequence[Frame], program: Watcher, networks: Mapping[int, Any], scale: Mapping[str, float]
) -> dict[str, Any]:
    """Of one clip, by its features: all looks of as many frames in one batch."""
    features = np.array([frame.features for frame in frames])
    scaled = ((features - scale["mean"]) / scale["deviation"]).astype("float32")
    longest = len(networks)
    exact = []
    for length in range(1, min(longest, len(frames)) + 1):
        starts = range(len(frames) - longest + 1) if length == longest else [0]
        windows = np.array([scaled[start : start + length] for start in starts])
        exact += list(networks[length].predict_on_batch({"frames": windows}))
    boxes = [
        program.detector.boxes(each, frame.size, least_score=program.least_score)
        for each, frame in zip(features, frames, strict=True)
    ]
    given = np.array([frame.probabilities for frame in frames])
    return {
        "looks": len(frames),
        "actions": int((np.abs(given.sum(axis=1) - 1) < 1e-5).sum()),
        "difference": float(np.abs(given - np.array(exact)).max()),
        "boxes": sum(map(len, boxes)),
        "same_boxes": sum(each.equals(frame.boxes) for each, frame in zip(boxes, frames, strict=True)),
    }
