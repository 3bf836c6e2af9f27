"""What a recurrent network sees of clips: some frames of each, or what a detector makes of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from compactvid.compression.darknet_detector import FILE, DarknetDetector
from compactvid.compression.detection_fine_tuning import DetectionFineTuning
from compactvid.datasets.frame_choice import RandomFrames
from compactvid.datasets.simulated.splits import SPLITS
from compactvid.datasets.stored_clips import save_clips
from compactvid.models import TinyYOLOv2
from compactvid.training.weights import load_weights

BATCH = 16


@dataclass(frozen=True)
class ClipTensors:
    """Choose frames of each clip once, and keep their pixels or the output of a detector's last convolution.

    Reference: Cheng et al. 2018 (DeepEye), section 4, steps 2 and 3, and section 5.2: six random frames in ascending
    order. Whether the authors drew them once or anew in each epoch is not said; here once, so that all networks see the
    same frames, and features are computed once.

    Of features the mean over the training split is taken away, and they are divided by their standard deviation there:
    two numbers for all of them. The paper says nothing of their scale.

    Parameters
    ----------
    dataset
        Clips: it reads as `compactvid.datasets.clips.read`.
    size
        Height and width that frames are scaled to, where there is no detector; a detector has its own.
    detector
        A fine-tuned detector, at work with its best checkpoint and its compression method; or a published one. None for
        pixels.
    num_frames
        Frames of a clip.
    frame_seed
        Draws them.
    """

    dataset: Any
    size: tuple[int, int] | None = None
    detector: DetectionFineTuning | DarknetDetector | None = None
    num_frames: int = 6
    frame_seed: int = 0

    def __post_init__(self) -> None:
        if (self.size is None) == (self.detector is None):
            raise ValueError("ClipTensors: expected either size or detector")

    @property
    def requires(self) -> tuple[DetectionFineTuning | DarknetDetector, ...]:
        """The detector's run."""
        return () if self.detector is None else (self.detector,)

    def execute(self, folder: Path, data_folder: Path | None, required: list[Path]) -> Mapping[str, Any]:
        """Keep `train.npz`, `validate.npz` and `test.npz` (see `compactvid.datasets.stored_clips`).

        Returns
        -------
        dict
            Clips of each split, the `shape` of what is kept of a frame, and of the features of the training split
            `mean` and `deviation` before they were scaled; 0 and 1 for pixels.
        """
        files = self.dataset.prepare(data_folder)
        extract = None if self.detector is None else self._detector(required[0])
        mean, deviation, clips, shape = 0.0, 1.0, {}, ()
        for split in SPLITS:
            frames, labels, ids = self._read(files, split, extract)
            if extract is not None:
                if split == "train":
                    mean, deviation = float(frames.mean(dtype=np.float64)), float(frames.std(dtype=np.float64))
                frames = ((frames - mean) / deviation).astype(np.float32)
            save_clips(folder / f"{split}.npz", frames, labels, ids)
            clips[split], shape = len(frames), frames.shape[2:]
        return {"clips": clips, "shape": list(shape), "mean": mean, "deviation": deviation}

    def _read(self, files: Any, split: Any, extract: Any) -> tuple[np.ndarray, np.ndarray, list[str]]:
        size = self.size or self._network.input_size
        batches = self.dataset.read(
            files,
            split,
            size=size,
            num_frames=self.num_frames,
            frame_choice=RandomFrames(self.frame_seed, replace=False),
            batch_size=BATCH,
        )
        frames, labels = [], []
        for inputs, targets in batches:
            values = inputs["frames"]
            frames.append(values if extract is None else extract(values))
            labels.append(targets)
        ids = [name for step in range(len(batches)) for name in batches.ids(step)]
        return np.concatenate(frames), np.concatenate(labels), ids

    @property
    def _network(self) -> TinyYOLOv2:
        """The detector's configuration."""
        assert self.detector is not None
        return self.detector.model if isinstance(self.detector, DarknetDetector) else self.detector.base.training.model

    def _detector(self, folder: Path) -> Any:
        """A function of pixels (clips, frames, height, width, 3) that gives the last convolution's outputs."""
        assert self.detector is not None
        model = self._network.build(initialize=False)
        if self.detector.method is not None:
            model = self.detector.method.prepare(model)
        load_weights(model, folder / (FILE if isinstance(self.detector, DarknetDetector) else "fine_tuned.weights.h5"))

        def extract(frames: np.ndarray) -> np.ndarray:
            flat = frames.reshape(-1, *frames.shape[2:])
            outputs = np.asarray(model.predict_on_batch({"image": flat.astype("float32") / 255}))
            return outputs.reshape(*frames.shape[:2], *outputs.shape[1:])

        return extract
