"""Real action clips, as many as the data folder holds."""

from dataclasses import dataclass

from compactvid.datasets.real_files import RealFiles


@dataclass(frozen=True)
class ClipFolder(RealFiles):
    """All clips of a folder in UCF11's layout, as split `all`."""

    pattern = "clips/*/*/*.avi"
