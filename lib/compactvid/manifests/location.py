"""The folder that official data files are looked for in."""

import os
from pathlib import Path

from platformdirs import user_cache_dir


def data_folder() -> Path:
    """`COMPACTVID_DATA`, or the user's cache folder for this project; it need not exist."""
    return Path(os.environ.get("COMPACTVID_DATA") or user_cache_dir("compactvid")).expanduser().absolute()
