"""One file over HTTP, into a partial file that outlives a broken connection or a killed process."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Event
from urllib.parse import urljoin

import requests
import urllib3

from compactvid.atomic import sync

ATTEMPTS = 4
"""Attempts at each address; the n-th is followed by a pause of `BACKOFF` times 2^(n - 1) seconds."""
BACKOFF = 1.0
TIMEOUT = 60.0
"""Seconds without a byte after which a server counts as gone."""
CHUNK = 1 << 20
PASSING = {408, 429, 500, 502, 503, 504}
"""Answers that may be another one a moment later."""

Progress = Callable[[str, int, int | None], None]
"""Called with a file's path, its bytes so far and its size where known; from several threads."""


class DownloadError(OSError):
    """A file could not be downloaded; the message names the address and what was wrong."""


class _PassingProblem(Exception):
    """Worth another attempt."""


class ResumableDownload:
    """A downloader for pooch: continues a partial file (HTTP Range), tries again after a passing problem, then mirrors.

    What was received before is continued only if the server says that its file is still the same (If-Range with its
    ETag or date), or if a hash tells whether the whole is right. Reference: RFC 9110, sections 13.1.5 and 14.

    Parameters
    ----------
    name
        The file's path below the data folder, for `progress`.
    partial
        Where the bytes go until all are there.
    urls
        The same file at one or several addresses, tried in this order.
    size
        Its size in bytes, where known: a server that announces another is refused.
    has_hash
        Whether the caller will compare the whole with a known hash.
    progress
        Told of every chunk.
    stopped
        Once set, the download ends with an error; what was received stays for the next time.
    """

    def __init__(
        self,
        name: str,
        partial: Path,
        urls: Sequence[str],
        *,
        size: int | None = None,
        has_hash: bool = False,
        progress: Progress | None = None,
        stopped: Event | None = None,
    ):
        self.name, self.partial, self.urls, self.size, self.has_hash = name, partial, urls, size, has_hash
        self.progress, self.stopped = progress or (lambda name, done, total: None), stopped or Event()
        self.validator = partial.with_name(f"{partial.name}.validator")
        self.used = False

    def __call__(self, url: str, output_file: str, pooch: object) -> None:
        """Download to `output_file`, a placeholder of pooch's.

        Raises
        ------
        DownloadError
            No address gave the whole file.
        OSError
            The file could not be written.
        """
        self.used = True
        Path(output_file).unlink()  # else it would be left behind by a kill
        problems = []
        for address in self.urls:
            try:
                self._attempt(address)
                break
            except DownloadError as error:
                problems.append(f"{address}: {error}")
        else:
            raise DownloadError("; ".join(problems))
        sync(self.partial)
        self.partial.replace(output_file)
        self.validator.unlink(missing_ok=True)

    def _attempt(self, url: str) -> None:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return self._receive(url)
            except _PassingProblem as problem:
                if attempt == ATTEMPTS:
                    raise DownloadError(f"{problem} ({ATTEMPTS} attempts)") from problem
                self.stopped.wait(BACKOFF * 2 ** (attempt - 1))

    def _receive(self, url: str) -> None:
        validator = self.validator.read_text(encoding="ascii") if self.validator.exists() else ""
        start = self.partial.stat().st_size if self.partial.exists() and (validator or self.has_hash) else 0
        # The bytes as they lie on the server: a range of an encoded answer would not fit.
        headers = {"Accept-Encoding": "identity"}
        if start:
            headers |= {"Range": f"bytes={start}-"} | ({"If-Range": validator} if validator else {})
        try:
            with (
                HttpsStaysHttps() as session,
                session.get(url, headers=headers, stream=True, timeout=TIMEOUT) as response,
            ):
                self._write(response, start)
        except (requests.Timeout, urllib3.exceptions.TimeoutError) as error:
            raise _PassingProblem(f"no answer within {TIMEOUT:g} s") from error
        except (requests.ConnectionError, urllib3.exceptions.HTTPError) as error:
            raise _PassingProblem(f"the connection broke: {error}") from error
        except requests.RequestException as error:
            raise DownloadError(str(error)) from error

    def _write(self, response: requests.Response, start: int) -> None:
        status, announced = response.status_code, response.headers.get("Content-Range", "")
        if status == 416 and announced == f"bytes */{start}":
            return  # all was received before
        if status == 206 and not re.match(rf"bytes {start}-\d+/", announced):
            status = 416
        if status == 416:
            self._forget()
            raise _PassingProblem(f"no bytes from {start} on: starting anew")
        if status in PASSING:
            raise _PassingProblem(f"the server answered {status} {response.reason}")
        if status not in (200, 206):
            raise DownloadError(f"the server answered {status} {response.reason}")
        if status == 200:
            start = 0
            self._forget()
            if validator := _validator(response):
                self.validator.write_text(validator, encoding="ascii")
        encoding = response.headers.get("Content-Encoding", "identity")
        if encoding != "identity" and not self.has_hash:
            raise DownloadError(f"sent encoded as {encoding}, and no hash is known that would tell what is meant")
        length = response.headers.get("Content-Length", "")
        total = start + int(length) if length.isascii() and length.isdigit() else None
        if None not in (self.size, total) and self.size != total:
            self._forget()
            raise DownloadError(f"the server has {total} bytes, expected {self.size}")
        with self.partial.open("ab") as file:
            for chunk in response.raw.stream(CHUNK, decode_content=False):
                file.write(chunk)
                self.progress(self.name, file.tell(), total)
                if self.stopped.is_set():
                    raise DownloadError("stopped")
                if self.size is not None and file.tell() > self.size:
                    self._forget()
                    raise DownloadError(f"the server sends more than {self.size} bytes, the size expected")
            received = file.tell()
        if total is not None and received != total:
            raise _PassingProblem(f"the connection ended after {received} of {total} bytes")

    def _forget(self) -> None:
        self.partial.unlink(missing_ok=True)
        self.validator.unlink(missing_ok=True)


class HttpsStaysHttps(requests.Session):
    """A redirect from HTTPS to plain HTTP is refused."""

    def get_redirect_target(self, response: requests.Response) -> str | None:
        target = super().get_redirect_target(response)
        if target and response.url.startswith("https:") and not urljoin(response.url, target).startswith("https:"):
            raise DownloadError(f"redirected from HTTPS to {target}")
        return target


def _validator(response: requests.Response) -> str | None:
    """A strong ETag, else the date of the last change: what If-Range may carry."""
    tag = response.headers.get("ETag", "")
    return tag if tag.startswith('"') else response.headers.get("Last-Modified")
