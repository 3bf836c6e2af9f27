"""Folders out of a tar file, whole or not at all."""

import lzma
import shutil
import tarfile
import zlib
from collections.abc import Mapping
from pathlib import Path

CHUNK = 1 << 20


def unpack(archive: Path, folders: Mapping[str, Path]) -> None:
    """Unpack some folders of a tar file, compressed or not.

    `pooch.Untar` is not used: before Python 3.12 it lets a member leave the folder that it is unpacked to.

    Parameters
    ----------
    archive
        The tar file.
    folders
        For each wanted folder in the archive, the folder that it becomes. One that is there is filled up, file by file.

    Raises
    ------
    ValueError
        The archive can't be read, lacks a wanted folder, or any of its members (wanted or not) points outside, is a
        device or the like. Nothing is left of it then.
    """
    temporary = archive.with_name(f".{archive.name}.unpacked")
    shutil.rmtree(temporary, ignore_errors=True)
    try:
        temporary.mkdir()
        with tarfile.open(archive) as tar:
            for member in tar:
                tarfile.data_filter(member, str(temporary))
                if any(f"{member.name.removeprefix('./')}/".startswith(f"{folder}/") for folder in folders):
                    tar.extract(member, temporary, filter="data")
            while tar.fileobj and tar.fileobj.read(CHUNK):
                pass  # a compressed file's checksum stands at its end, behind what tarfile reads
        for inside, target in folders.items():
            if not (temporary / inside).is_dir():
                raise ValueError(f"{archive}: no folder {inside!r} in it")
            _move(temporary / inside, target)
    except (tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, KeyError, OverflowError, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise ValueError(f"{archive}: not unpacked: {error}") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _move(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists():
        source.rename(target)
        return
    for path in source.rglob("*"):
        if not path.is_dir():
            (target / path.relative_to(source)).parent.mkdir(parents=True, exist_ok=True)
            path.replace(target / path.relative_to(source))
