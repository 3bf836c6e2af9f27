"""AudioSet embeddings: 128 quantised values for each second of a clip of ten (`tf.train.SequenceExample`).

Source: https://research.google.com/audioset/download.html, "Features dataset".
"""

import os
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from compactvid.datasets.batches import Batches
from compactvid.datasets.damaged_examples import OnError
from compactvid.datasets.frame_choice import FIRST_FRAMES, FrameChoice
from compactvid.datasets.sources import FrameLevelSource

NUM_CLASSES = 527
"""Number of classes that the embeddings are labelled with."""


def read_frame_level(
    paths: str | os.PathLike | Sequence[str | os.PathLike],
    *,
    num_classes: int | None = NUM_CLASSES,
    feature_sizes: Mapping[str, int] = MappingProxyType({"audio_embedding": 128}),
    max_frames: int = 10,
    frames: FrameChoice = FIRST_FRAMES,
    halves: bool = False,
    dequantized: bool = True,
    batch_size: int = 1024,
    seed: int | None = None,
    on_error: OnError = "raise",
) -> Batches:
    """Read AudioSet's embeddings, one frame a second.

    Parameters
    ----------
    paths, num_classes, feature_sizes, max_frames, frames, halves, dequantized, batch_size, seed, on_error
        As in `compactvid.datasets.youtube8m.read_frame_level`. The formula for dequantising is the same: the embeddings
        are "quantized to be compatible with the audio features provided with YouTube-8M".

    Returns
    -------
    Batches
        Of ``({"audio_embedding": (batch, max_frames, 128), "num_frames": (batch,) int32}, labels)``, float32 (uint8
        where not dequantised) and uint8 (batch, num_classes). Their `ids` are the videos' (`video_id`).

    Raises
    ------
    OSError, RecordError
        As in `compactvid.datasets.youtube8m.read_frame_level`.
    """
    source = FrameLevelSource(
        paths,
        num_classes,
        feature_sizes,
        max_frames,
        frames=frames,
        halves=halves,
        dequantized=dequantized,
        id_name="video_id",
        on_error=on_error,
    )
    return Batches(source, batch_size=batch_size, seed=seed, on_error=on_error)
