"""Fetch a data set's files, and nothing that is there already."""

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Literal, NamedTuple

from filelock import FileLock

from compactvid.manifests.location import data_folder
from compactvid.manifests.manifest import manifest
from compactvid.manifests.schema import Archive, File, ManifestError, Split
from compactvid.manifests.sums import first_seen, record_first_seen, sha256

CONNECTIONS = 8
_LOGGER = logging.getLogger(__name__)


class Fetched(NamedTuple):
    """What became of one file: `problem` says why it failed."""

    path: str
    state: Literal["fetched", "present", "failed"]
    problem: str = ""


def fetch(
    name: str,
    split: str | None = None,
    *,
    limit: int | None = None,
    progress: Callable[[str, int, int | None], None] | None = None,
    root: Path | None = None,
) -> list[Fetched]:
    """Fetch a data set, or a part of it, into the data folder; several files at once.

    A file gets its name only once it is whole and its hash right. What is there and right is not fetched again; a
    broken download is continued. Where the source publishes no SHA-256, an MD5 is checked if there is one, and the hash
    first seen is recorded beside the data and held to from then on. One file that fails leaves the others alone.
    A second process that fetches the same data set waits for the first.

    Parameters
    ----------
    name
        The data set, one of `names()`.
    split
        One of its splits; all where not given.
    limit
        Only the first so many files of each split.
    progress
        Called with a file's path, its bytes so far and its size where known: first for every file that is to come,
        then from several threads.
    root
        The project's folder; found by default.

    Returns
    -------
    list of Fetched
        In the order of the manifest.

    Raises
    ------
    ManifestError
        There is no such data set or split, the manifest is not as it should be, or the data must be requested.
    """
    described = manifest(name, root)
    if split is not None and split not in described.splits:
        raise ManifestError(f"{name}: unknown split {split!r}; there are {', '.join(described.splits)}")
    if described.request:
        raise ManifestError(f"{name} can't be fetched. {described.request}")
    folder = data_folder()
    folder.mkdir(parents=True, exist_ok=True)
    stopped = Event()
    with FileLock(folder / f".{name}.lock"), ThreadPoolExecutor(CONNECTIONS) as pool:
        fetching = _Fetching(folder, first_seen(folder), progress, stopped)
        outcomes: list[Fetched] = []
        try:
            for part in [described.splits[split]] if split else described.splits.values():
                files = [file for file in part.local_files() if file.urls][:limit]
                checksums = fetching.checksums(part, files)
                for file in files:
                    if progress and not (folder / file.path).exists():
                        progress(file.path, 0, file.size)
                outcomes += pool.map(fetching.file, files, checksums)
                for archive in part.archives[:limit]:
                    outcomes += fetching.archive(archive, part)
        except BaseException:
            stopped.set()
            pool.shutdown(cancel_futures=True)
            raise
    return outcomes


class _Fetching(NamedTuple):
    folder: Path
    recorded: Mapping[str, str]
    progress: Callable[[str, int, int | None], None] | None
    stopped: Event

    def file(self, file: File, checksum: str | None) -> Fetched:
        import pooch

        from compactvid.manifests.download import ResumableDownload

        pooch.get_logger().setLevel("WARNING")
        path = self.folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)  # pooch's own way fails where two threads meet
        known = file.sha256 or self.recorded.get(file.path)
        download = ResumableDownload(
            file.path,
            path.with_name(f".{path.name}.partial"),
            file.urls,
            size=file.size,
            has_hash=bool(known or checksum),
            progress=self.progress,
            stopped=self.stopped,
        )
        try:
            pooch.Pooch(self.folder, "", registry={file.path: known or checksum}, urls={file.path: file.urls[0]}).fetch(
                file.path, downloader=download
            )
            if not known:
                record_first_seen(self.folder, file.path)
        except (OSError, ValueError) as error:  # those of requests are OSErrors
            return Fetched(file.path, "failed", str(error))
        return Fetched(file.path, "fetched" if download.used else "present")

    def archive(self, archive: Archive, part: Split) -> list[Fetched]:
        """The archive itself is fetched only where what comes out of it is not there."""
        from compactvid.manifests.archive import unpack

        wanted = {
            inside: self.folder / target
            for inside, target in archive.unpack.items()
            if not ((self.folder / target).is_dir() and not self._wrong(target, part))
        }
        if not wanted:
            return [Fetched(archive.path, "present")]
        fetched = self.file(archive, archive.checksum)
        if fetched.state == "failed":
            return [fetched]
        try:
            unpack(self.folder / archive.path, wanted)
        except (OSError, ValueError) as error:
            return [Fetched(archive.path, "failed", str(error))]
        wrong = [path for target in archive.unpack.values() for path in self._wrong(target, part)]
        return [fetched, *(Fetched(path, "failed", f"{archive.path} holds another file") for path in wrong)]

    def _wrong(self, target: str, part: Split) -> list[str]:
        files = {path: expected for path, expected in part.sums.items() if path.startswith(f"{target}/")}
        return [
            path
            for path, expected in files.items()
            if not (self.folder / path).is_file() or sha256(self.folder / path) != expected
        ]

    def checksums(self, part: Split, files: list[File]) -> list[str | None]:
        """An MD5 for each file out of the split's download plan, read only where one with no known SHA-256 is asked."""
        if part.plan is None or all(file.sha256 or file.path in self.recorded for file in files):
            return [file.checksum for file in files]
        from compactvid.manifests.download import TIMEOUT, HttpsStaysHttps

        try:
            with HttpsStaysHttps() as session:
                answer = session.get(part.plan, timeout=TIMEOUT)
            answer.raise_for_status()
            plan = {name: f"md5:{md5}" for name, md5 in answer.json()["files"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            _LOGGER.warning("%s: no download plan, so no MD5 is compared: %s", part.plan, error)
            plan = {}
        return [plan.get(file.urls[0].rpartition("/")[2], file.checksum) for file in files]
