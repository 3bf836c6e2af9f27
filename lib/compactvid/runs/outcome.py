"""What two executions of one run must have in common."""

import hashlib
from pathlib import Path


def outcome(folder: Path) -> dict[str, str]:
    """SHA-256 of each thing that a run made: result, history, and the arrays of its weights.

    Provenance is left out, for it holds times. Of a `.h5` file the arrays are hashed with their names, types and
    shapes, not the bytes of the file, which depend on how it was written.

    Parameters
    ----------
    folder
        A run's folder.

    Returns
    -------
    dict
        File name -> hexadecimal digest, sorted by name.
    """
    files = sorted(path for path in folder.iterdir() if path.is_file() and path.name != "provenance.json")
    return {
        path.name: _arrays(path) if path.suffix == ".h5" else hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


def _arrays(path: Path) -> str:
    import h5py

    digest = hashlib.sha256()

    def add(name: str, item: h5py.HLObject) -> None:
        if isinstance(item, h5py.Dataset):
            digest.update(f"{name} {item.dtype.str} {item.shape}\n".encode())
            digest.update(item[()].tobytes())

    with h5py.File(path, "r") as file:
        file.visititems(add)  # in the order of names
    return digest.hexdigest()
