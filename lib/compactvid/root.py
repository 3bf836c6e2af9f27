"""Where the project lies: one function, so that no other module guesses."""

from pathlib import Path

_MARK = Path("data_manifests") / "papers"


def project_root() -> Path:
    """The project's root folder, from whatever folder the caller runs in.

    The package is installed editable, so its own place leads to the root. Where it was installed as a wheel, the
    current folder and its parents are searched instead.

    Raises
    ------
    FileNotFoundError
        No folder with `data_manifests/papers` is found either way.
    """
    here = Path.cwd()
    for candidate in (Path(__file__).resolve().parents[2], here, *here.parents):
        if (candidate / _MARK).is_dir():
            return candidate
    raise FileNotFoundError(
        f"no project root: neither the installed package nor {here} or a parent of it holds {_MARK}; "
        "run from a clone of the repository"
    )
