"""Where data lie."""

from compactvid.manifests.location import data_folder

__all__ = ["data_folder"]
