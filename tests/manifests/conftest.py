"""A project with one data set of its own, and an HTTP server in this process that can misbehave."""

import hashlib
import shutil
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml

from compactvid.manifests import download

Answer = Callable[[BaseHTTPRequestHandler, bytes], None]
FEATURES = [{"name": "x", "kind": "file", "dtype": "uint8", "shape": [1], "meaning": "bytes"}]


class Server:
    """Serves `files` by path; `answers` holds, for each path, what is done instead, one entry a request."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.answers: dict[str, list[Answer]] = {}
        self.requests: list[tuple[str, str | None]] = []
        self.ranges = True
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.requests.append((self.path, self.headers.get("Range")))
                body = server.files.get(self.path)
                if server.answers.get(self.path):
                    server.answers[self.path].pop(0)(self, body or b"")
                elif body is None:
                    self.send_error(404)
                else:
                    server.send(self, body)

            def log_message(self, *arguments: object) -> None:
                pass

        class Quiet(ThreadingHTTPServer):
            def handle_error(self, *arguments: object) -> None:
                """A client that goes away is part of the game."""

        self._server = Quiet(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def send(self, handler: BaseHTTPRequestHandler, body: bytes, stop_after: int | None = None) -> None:
        """Answer as RFC 9110 asks: a range if one is asked for and the ETag still fits, else the whole."""
        tag = f'"{hashlib.md5(body).hexdigest()}"'
        wanted = handler.headers.get("Range") if self.ranges else None
        start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted else 0
        if handler.headers.get("If-Range", tag) != tag:
            start = 0
        if start and start >= len(body):
            handler.send_response(416)
            handler.send_header("Content-Range", f"bytes */{len(body)}")
            handler.send_header("Content-Length", "0")
            handler.end_headers()
            return
        handler.send_response(206 if start else 200)
        if start:
            handler.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        handler.send_header("Content-Length", str(len(body) - start))
        handler.send_header("ETag", tag)
        handler.end_headers()
        handler.wfile.write(body[start : start + stop_after if stop_after is not None else None])
        if stop_after is not None:
            handler.wfile.flush()
            handler.connection.close()

    def drop_after(self, count: int) -> Answer:
        """Close the connection after so many bytes of the body."""
        return lambda handler, body: self.send(handler, body, stop_after=count)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server on this machine; pauses between attempts and time limits are short."""
    monkeypatch.setattr(download, "BACKOFF", 0.01)
    monkeypatch.setattr(download, "TIMEOUT", 5.0)
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    running = Server()
    yield running
    running.close()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data folder."""
    monkeypatch.setenv("COMPACTVID_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def project(tmp_path: Path) -> Callable[..., Path]:
    """Write the manifest `sample`, with some top-level keys given, and return the project's root."""

    def write(*, sums: dict[str, str] | None = None, **keys: object) -> Path:
        manifests = tmp_path / "project" / "data_manifests"
        shutil.rmtree(manifests, ignore_errors=True)
        (manifests / "sums").mkdir(parents=True)
        content = {
            "name": "sample",
            "title": "A sample",
            "source": "https://example.org/",
            "licence": {"name": "CC0"},
            "citation": {"key": "sample2018", "text": "A sample, 2018"},
            "insecure_reason": "it is in this process",
            "features": FEATURES,
        } | keys
        (manifests / "sample.yml").write_text(
            yaml.safe_dump({key: value for key, value in content.items() if value is not None})
        )
        if sums is not None:
            (manifests / "sums" / "sample.sha256").write_text(
                "".join(f"{digest}  {path}\n" for path, digest in sums.items())
            )
        return manifests.parent

    return write
