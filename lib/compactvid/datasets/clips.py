"""Action clips in UCF11's layout: ``ACTION/GROUP/CLIP.avi``."""

from compactvid.datasets.clips_video import write

__all__ = ["write"]
