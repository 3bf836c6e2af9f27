"""Which data sets are described, and each one's manifest."""

from pathlib import Path

from compactvid.manifests.schema import Manifest, ManifestError
from compactvid.manifests.strict_yaml import read_yaml
from compactvid.root import project_root


def names(root: Path | None = None) -> list[str]:
    """The names of all data sets with a manifest, sorted."""
    return sorted(path.stem for path in _folder(root).glob("*.yml"))


def manifest(name: str, root: Path | None = None) -> Manifest:
    """The manifest of one data set, such as `manifest("audioset")`.

    Raises
    ------
    ManifestError
        There is no such data set (the message lists those that there are), or its manifest is not as it should be.
    """
    if name not in names(root):
        raise ManifestError(f"unknown data set {name!r}; there are {', '.join(names(root))}")
    folder = _folder(root)
    path = folder / f"{name}.yml"
    read = read_yaml(path, Manifest, ManifestError, context={"folder": folder})
    if read.name != name:
        raise ManifestError(f"{path}: name: expected {name!r}, as the file is called, found {read.name!r}")
    return read


def _folder(root: Path | None) -> Path:
    return (project_root() if root is None else Path(root)) / "data_manifests"
