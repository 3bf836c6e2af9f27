"""Fetching, against a server that drops connections, lies, stalls and redirects."""

import errno
import hashlib
import io
import json
import os
import random
import signal
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from requests.adapters import HTTPAdapter

from compactvid import manifests
from compactvid.manifests import ManifestError, download
from compactvid.manifests.sums import FIRST_SEEN

CONTENT = bytes(range(256)) * 20_000
"""5 MB: several chunks."""
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def one(server, project, folder) -> Callable[..., Path]:
    """A data set of one file `a/file.bin` at the server; its keys can be changed."""
    server.files["/file.bin"] = CONTENT

    def write(**keys: object) -> Path:
        entry = {"path": "a/file.bin", "urls": [f"{server.url}/file.bin"], "sha256": SHA256} | keys
        entry = {key: value for key, value in entry.items() if value is not None}
        return project(splits={"all": {"files": [entry]}})

    return write


def files_in(folder: Path) -> list[str]:
    """All files in the data folder but locks."""
    return sorted(
        str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock"
    )


def failed(outcomes: list[manifests.Fetched]) -> str:
    (outcome,) = outcomes
    assert outcome.state == "failed", outcome
    return outcome.problem


def test_a_whole_file_and_never_again(one, server, folder):
    root, told = one(size=len(CONTENT)), []
    assert manifests.fetch("sample", root=root, progress=lambda *call: told.append(call)) == [
        ("a/file.bin", "fetched", "")
    ]
    assert (folder / "a" / "file.bin").read_bytes() == CONTENT
    assert files_in(folder) == ["a/file.bin"]
    assert told[0] == ("a/file.bin", 0, len(CONTENT))
    assert told[-1] == ("a/file.bin", len(CONTENT), len(CONTENT))
    assert [done for _, done, _ in told] == sorted(done for _, done, _ in told)
    assert manifests.fetch("sample", root=root) == [("a/file.bin", "present", "")]
    assert len(server.requests) == 1


def test_a_damaged_file_is_fetched_anew(one, folder):
    root = one()
    manifests.fetch("sample", root=root)
    (folder / "a" / "file.bin").write_bytes(CONTENT[:-1] + b"!")
    assert manifests.fetch("sample", root=root)[0].state == "fetched"
    assert (folder / "a" / "file.bin").read_bytes() == CONTENT


def test_goes_on_where_the_connection_broke(one, server, folder):
    server.answers["/file.bin"] = [server.drop_after(2_000_000), server.drop_after(1_000_000)]
    assert manifests.fetch("sample", root=one())[0].state == "fetched"
    assert (folder / "a" / "file.bin").read_bytes() == CONTENT
    starts = [0 if asked is None else int(asked[6:-1]) for _, asked in server.requests]
    assert len(starts) == 3
    assert 0 < starts[1] <= 2_000_000
    assert starts[1] < starts[2] <= 3_000_000


def test_starts_anew_where_the_server_ignores_ranges(one, server, folder):
    server.ranges = False
    server.answers["/file.bin"] = [server.drop_after(2_000_000)]
    assert manifests.fetch("sample", root=one())[0].state == "fetched"
    assert (folder / "a" / "file.bin").read_bytes() == CONTENT
    assert [asked is None for _, asked in server.requests] == [True, False]


@pytest.mark.parametrize("sha256", [SHA256, None])
def test_does_not_mix_two_versions_of_a_file(one, server, folder, sha256):
    """The file changes between two attempts: If-Range makes the server send the new one whole."""

    def drop_and_change(handler, body):
        server.files["/file.bin"] = CONTENT
        server.send(handler, body, stop_after=2_000_000)

    server.files["/file.bin"] = b"old" * 2_000_000
    server.answers["/file.bin"] = [drop_and_change]
    assert manifests.fetch("sample", root=one(sha256=sha256))[0].state == "fetched"
    assert (folder / "a" / "file.bin").read_bytes() == CONTENT


@pytest.mark.parametrize("kept", [len(CONTENT) + 1, len(CONTENT)], ids=["too long", "complete"])
def test_a_partial_file_that_has_all_or_more(one, server, folder, kept):
    (folder / "a").mkdir(parents=True)
    (folder / "a" / ".file.bin.partial").write_bytes((CONTENT + b"!")[:kept])
    assert manifests.fetch("sample", root=one())[0].state == "fetched"
    assert (folder / "a" / "file.bin").read_bytes() == CONTENT
    assert len(server.requests) == (1 if kept == len(CONTENT) else 2)


def test_without_hash_or_etag_a_partial_file_is_not_trusted(one, server, folder):
    (folder / "a").mkdir(parents=True)
    (folder / "a" / ".file.bin.partial").write_bytes(b"what another server sent")
    assert manifests.fetch("sample", root=one(sha256=None))[0].state == "fetched"
    assert (folder / "a" / "file.bin").read_bytes() == CONTENT
    assert server.requests == [("/file.bin", None)]


def test_a_wrong_range_is_not_written(one, server, folder):
    def from_the_start(handler, body):
        handler.send_response(206)
        handler.send_header("Content-Range", f"bytes 0-{len(body) - 1}/{len(body)}")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    server.answers["/file.bin"] = [server.drop_after(2_000_000), from_the_start]
    assert manifests.fetch("sample", root=one())[0].state == "fetched"
    assert (folder / "a" / "file.bin").read_bytes() == CONTENT
    assert server.requests[2] == ("/file.bin", None)


def test_wrong_hash_leaves_no_file(one, folder):
    problem = failed(manifests.fetch("sample", root=one(sha256="0" * 64)))
    assert f"expected {'0' * 64} but got {SHA256}" in problem
    assert files_in(folder) == []


def test_wrong_hash_leaves_the_old_file(one, folder):
    (folder / "a").mkdir(parents=True)
    (folder / "a" / "file.bin").write_bytes(b"mine")
    failed(manifests.fetch("sample", root=one(sha256="0" * 64)))
    assert (folder / "a" / "file.bin").read_bytes() == b"mine"


def test_another_size_is_refused_before_the_download(one, folder):
    assert f"the server has {len(CONTENT)} bytes, expected 17" in failed(manifests.fetch("sample", root=one(size=17)))
    assert files_in(folder) == []


def test_not_found_is_not_asked_again(one, server):
    del server.files["/file.bin"]
    assert f"{server.url}/file.bin: the server answered 404" in failed(manifests.fetch("sample", root=one()))
    assert len(server.requests) == 1


def test_a_mirror_steps_in(one, server, folder):
    root = one(urls=[f"{server.url}/gone", f"{server.url}/file.bin"])
    assert manifests.fetch("sample", root=root)[0].state == "fetched"
    assert [path for path, _ in server.requests] == ["/gone", "/file.bin"]


def test_a_server_error_that_passes(one, server):
    server.answers["/file.bin"] = [lambda handler, body: handler.send_error(500)] * 2
    assert manifests.fetch("sample", root=one())[0].state == "fetched"
    assert len(server.requests) == 3


def test_a_server_error_that_stays(one, server):
    server.answers["/file.bin"] = [lambda handler, body: handler.send_error(503)] * 10
    assert "the server answered 503 Service Unavailable (4 attempts)" in failed(manifests.fetch("sample", root=one()))
    assert len(server.requests) == download.ATTEMPTS


def test_nobody_listens(project, folder, monkeypatch):
    entry = {"path": "x", "urls": ["http://127.0.0.1:1/x"], "sha256": SHA256}
    monkeypatch.setattr(download, "BACKOFF", 0.0)
    problem = failed(manifests.fetch("sample", root=project(splits={"all": {"files": [entry]}})))
    assert "http://127.0.0.1:1/x: the connection broke" in problem


@pytest.mark.parametrize("sent", [0, 1000], ids=["before the answer", "in the middle"])
def test_a_server_that_stalls(one, server, monkeypatch, sent):
    done = threading.Event()

    def stall(handler, body):
        if sent:
            handler.send_response(200)
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body[:sent])
            handler.wfile.flush()
        done.wait(10)

    monkeypatch.setattr(download, "TIMEOUT", 0.1)
    monkeypatch.setattr(download, "ATTEMPTS", 2)
    server.answers["/file.bin"] = [stall] * 2
    problem = failed(manifests.fetch("sample", root=one()))
    done.set()
    assert "no answer within 0.1 s (2 attempts)" in problem


def test_a_redirect_is_followed(one, server, folder):
    def elsewhere(handler, body):
        handler.send_response(302)
        handler.send_header("Location", "/file.bin")
        handler.end_headers()

    server.answers["/moved"] = [elsewhere]
    assert manifests.fetch("sample", root=one(urls=[f"{server.url}/moved"]))[0].state == "fetched"
    assert (folder / "a" / "file.bin").read_bytes() == CONTENT


@pytest.mark.parametrize("location", ["http://{host}/file.bin", "https://secure.test/file.bin"])
def test_https_is_not_left(one, server, project, monkeypatch, location):
    """Addresses at `secure.test` are answered by the plain server, as if over HTTPS."""
    host = server.url.removeprefix("http://")
    plain_send = HTTPAdapter.send

    def send(self, request, **options):
        asked = request.url
        request.url = asked.replace("https://secure.test", server.url)
        response = plain_send(self, request, **options)
        request.url = response.url = asked
        return response

    def elsewhere(handler, body):
        handler.send_response(301)
        handler.send_header("Location", location.format(host=host))
        handler.end_headers()

    monkeypatch.setattr(HTTPAdapter, "send", send)
    server.answers["/moved"] = [elsewhere]
    one()
    entry = {"path": "a/file.bin", "urls": ["https://secure.test/moved"], "sha256": SHA256}
    outcomes = manifests.fetch("sample", root=project(splits={"all": {"files": [entry]}}, insecure_reason=None))
    if location.startswith("https"):
        assert outcomes[0].state == "fetched"
    else:
        assert f"redirected from HTTPS to http://{host}/file.bin" in failed(outcomes)
        assert len(server.requests) == 1


def test_announced_length_too_long_or_too_short(one, server, folder):
    def announce(length):
        def answer(handler, body):
            handler.send_response(200)
            handler.send_header("Content-Length", str(length))
            handler.end_headers()
            handler.wfile.write(body)

        return answer

    server.answers["/file.bin"] = [announce(len(CONTENT) + 10)] * 9
    assert "the connection broke" in failed(manifests.fetch("sample", root=one()))
    (folder / "a" / ".file.bin.partial").unlink()
    server.answers["/file.bin"] = [announce(len(CONTENT) - 10)]
    assert "does not match the known hash" in failed(manifests.fetch("sample", root=one()))
    assert files_in(folder) == []


def test_an_encoded_answer_is_kept_as_sent(one, server, folder):
    def encoded(handler, body):
        handler.send_response(200)
        handler.send_header("Content-Encoding", "gzip")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    server.answers["/file.bin"] = [encoded] * 2
    assert "encoded as gzip" in failed(manifests.fetch("sample", root=one(sha256=None))), "no hash tells what is meant"
    assert manifests.fetch("sample", root=one())[0].state == "fetched"


def test_an_answer_without_an_end_is_cut_off_at_the_known_size(one, server, folder):
    def endless(handler, body):
        handler.send_response(200)
        handler.end_headers()
        while True:
            handler.wfile.write(body)

    server.answers["/file.bin"] = [endless]
    problem = failed(manifests.fetch("sample", root=one(size=len(CONTENT))))
    assert f"more than {len(CONTENT)} bytes" in problem
    assert files_in(folder) == []


def test_disk_full_keeps_what_fitted(one, server, folder, monkeypatch):
    plain_open = Path.open

    class Full(io.FileIO):
        def write(self, data):
            if self.tell() + len(data) > 3_000_000:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return super().write(data)

    def small_disk(self, mode="r", *arguments, **options):
        return Full(self, mode) if self.name.endswith(".partial") else plain_open(self, mode, *arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", small_disk)
        assert "No space left on device" in failed(manifests.fetch("sample", root=one()))
    assert not (folder / "a" / "file.bin").exists()
    assert manifests.fetch("sample", root=one())[0].state == "fetched"
    assert server.requests[1][1] is not None, "what fitted was fetched again"


def test_a_failed_file_leaves_the_others(server, project, folder):
    server.files |= {f"/{number}": bytes([number]) * 1000 for number in range(20) if number != 7}
    shards = {"count": 20, "path": "s/{number:02d}.bin", "urls": [server.url + "/{number}"]}
    root = project(splits={"all": {"shards": shards}})
    outcomes = manifests.fetch("sample", root=root)
    assert [outcome.state for outcome in outcomes] == ["failed" if number == 7 else "fetched" for number in range(20)]
    assert len(files_in(folder)) == 19 + 1  # and the hashes first seen
    server.files["/7"] = b"late"
    server.requests.clear()
    assert [outcome.state for outcome in manifests.fetch("sample", root=root)].count("fetched") == 1
    assert [path for path, _ in server.requests] == ["/7"]


def test_limit_and_split(server, project, folder):
    server.files |= {f"/{split}{number}": b"x" for split in "ab" for number in range(5)}
    splits = {
        split: {"shards": {"count": 5, "path": f"{split}/{{number}}", "urls": [f"{server.url}/{split}{{number}}"]}}
        for split in "ab"
    }
    root = project(splits=splits)
    manifests.fetch("sample", "b", limit=2, root=root)
    assert files_in(folder) == ["b/0", "b/1", FIRST_SEEN]
    manifests.fetch("sample", limit=1, root=root)
    assert files_in(folder) == ["a/0", "b/0", "b/1", FIRST_SEEN]
    with pytest.raises(ManifestError, match="sample: unknown split 'c'; there are a, b"):
        manifests.fetch("sample", "c", root=root)


def test_the_hash_first_seen_is_held_to(one, server, folder):
    root = one(sha256=None)
    assert manifests.fetch("sample", root=root)[0].state == "fetched"
    assert (folder / FIRST_SEEN).read_text() == f"{SHA256}  a/file.bin\n"
    (folder / "a" / "file.bin").unlink()
    server.files["/file.bin"] = b"another"
    assert f"expected {SHA256}" in failed(manifests.fetch("sample", root=root))
    assert files_in(folder) == [FIRST_SEEN]
    server.files["/file.bin"] = CONTENT
    assert manifests.fetch("sample", root=root)[0].state == "fetched"


@pytest.mark.parametrize("checksum", ["md5:" + hashlib.md5(CONTENT).hexdigest(), "sha1:" + "0" * 40])
def test_an_older_checksum_is_compared_before_anything_is_recorded(one, folder, checksum):
    outcomes = manifests.fetch("sample", root=one(sha256=None, checksum=checksum))
    if checksum.startswith("md5"):
        assert outcomes[0].state == "fetched"
        assert files_in(folder) == ["a/file.bin", FIRST_SEEN]
    else:
        assert "SHA1 hash" in failed(outcomes)
        assert files_in(folder) == []


def test_download_plan(server, project, folder, caplog):
    """As YouTube-8M's: the plan names shards by two letters and gives their MD5."""
    server.files |= {"/trainaa.bin": b"first", "/trainab.bin": b"second"}
    plan = {"files": {"trainaa.bin": hashlib.md5(b"first").hexdigest(), "trainab.bin": "0" * 32}}
    server.files["/plan.json"] = json.dumps(plan).encode()
    shards = {"count": 2, "path": "train{number:04d}.bin", "urls": [server.url + "/train{letters}.bin"]}
    root = project(splits={"train": {"shards": shards, "plan": f"{server.url}/plan.json"}})
    first, second = manifests.fetch("sample", root=root)
    assert (first.path, first.state) == ("train0000.bin", "fetched")
    assert "MD5 hash" in second.problem
    assert files_in(folder) == [FIRST_SEEN, "train0000.bin"]

    server.requests.clear()
    assert manifests.fetch("sample", limit=1, root=root)[0].state == "present"
    assert server.requests == []

    server.files["/plan.json"] = b"<html>"
    assert [outcome.state for outcome in manifests.fetch("sample", root=root)] == ["present", "fetched"]
    assert "no download plan, so no MD5 is compared" in caplog.text


def test_two_fetches_at_once(one, server, folder):
    def slow(handler, body):
        time.sleep(0.3)
        server.send(handler, body)

    server.answers["/file.bin"] = [slow]
    root, outcomes = one(), []
    threads = [threading.Thread(target=lambda: outcomes.extend(manifests.fetch("sample", root=root))) for _ in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcome.state for outcome in outcomes) == ["fetched", "present"]
    assert len(server.requests) == 1


def test_killed_and_called_again(one, server, folder):
    first_half_sent, never = threading.Event(), threading.Event()

    def stall(handler, body):
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body[:3_000_000])
        handler.wfile.flush()
        first_half_sent.set()
        never.wait(20)

    server.answers["/file.bin"] = [stall]
    root = one()
    code = (
        f"import pathlib; from compactvid import manifests; manifests.fetch('sample', root=pathlib.Path({str(root)!r}))"
    )
    process = subprocess.Popen([sys.executable, "-c", code])
    assert first_half_sent.wait(30)
    partial = folder / "a" / ".file.bin.partial"
    while not partial.exists() or partial.stat().st_size < 2_000_000:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    never.set()
    assert files_in(folder) == ["a/.file.bin.partial"]
    assert manifests.fetch("sample", root=root)[0].state == "fetched"
    assert (folder / "a" / "file.bin").read_bytes() == CONTENT
    assert int(server.requests[1][1][6:-1]) >= 2_000_000
    assert files_in(folder) == ["a/file.bin"]


def test_an_interrupt_stops_all_downloads(server, project, folder):
    """Ctrl-C: what is under way ends at its next chunk, what waits never begins, and no file gets its name."""

    def drip(handler, body):
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        for start in range(0, len(body), download.CHUNK):
            handler.wfile.write(body[start : start + download.CHUNK])
            handler.wfile.flush()
            time.sleep(0.05)

    server.files |= {f"/{number}": CONTENT for number in range(40)}
    server.answers |= {f"/{number}": [drip] for number in range(40)}
    root = project(splits={"all": {"shards": {"count": 40, "path": "{number}", "urls": [server.url + "/{number}"]}}})

    class Interrupt(BaseException):
        pass

    def interrupt(path, done, size):
        if path == "0" and done:
            raise Interrupt

    with pytest.raises(Interrupt):
        manifests.fetch("sample", root=root, progress=interrupt)
    assert len(server.requests) < 40
    assert not [name for name in files_in(folder) if name.isdigit()]


def tar(members: dict[str, bytes], kind: str = "w:gz", **first: object) -> bytes:
    """A tar file; `first` are attributes of the first member."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=kind) as archive:
        for number, (name, content) in enumerate(members.items()):
            member = tarfile.TarInfo(name)
            member.size = len(content)
            for key, value in first.items() if number == 0 else ():
                setattr(member, key, value)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def damaged(content: bytes) -> bytes:
    """One bit of the compressed data flipped, where the members still look whole."""
    changed = bytearray(content)
    changed[len(content) // 2] ^= 1
    return bytes(changed)


RANDOM = random.Random(0).randbytes(100_000)
MEMBERS = {"top/train/1": b"one", "top/train/deep/2": b"two", "top/eval/3": b"three", "top/trainer/4": b"four"}


@pytest.fixture
def packed(server, project) -> Callable[..., Path]:
    """An archive with the folders `top/train` and `top/eval`, a split each; the first with sums."""

    def write(content: bytes = b"", kind: str = "w:gz") -> Path:
        server.files["/all.tar"] = content or tar(MEMBERS, kind)
        archive = {"path": "all.tar", "urls": [f"{server.url}/all.tar"]}
        sums = {f"t/{name}": hashlib.sha256(text).hexdigest() for name, text in {"1": b"one", "deep/2": b"two"}.items()}
        splits = {
            "train": {"archives": [archive | {"unpack": {"top/train": "t"}}], "sums": "sample.sha256"},
            "eval": {"archives": [archive | {"unpack": {"top/eval": "e"}}]},
        }
        return project(splits=splits, sums=sums)

    return write


@pytest.mark.parametrize("kind", ["w", "w:gz"])
def test_archive(packed, server, folder, kind):
    root = packed(kind=kind)
    assert manifests.fetch("sample", "train", root=root) == [("all.tar", "fetched", "")]
    assert files_in(folder) == ["all.tar", FIRST_SEEN, "t/1", "t/deep/2"]
    (folder / "all.tar").unlink()
    assert manifests.fetch("sample", "train", root=root)[0].state == "present", "unpacked files suffice"
    (folder / "t" / "1").write_bytes(b"damaged")
    (folder / "t" / "mine").write_bytes(b"")
    assert manifests.fetch("sample", root=root)[0].state == "fetched"
    assert files_in(folder) == ["all.tar", "e/3", FIRST_SEEN, "t/1", "t/deep/2", "t/mine"]
    assert (folder / "t" / "1").read_bytes() == b"one"
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (tar(MEMBERS | {"../evil": b"!"}), "'../evil' would be extracted to"),
        (tar(MEMBERS | {"top/train/../../../evil": b"!"}), "would be extracted to"),
        (tar({"other/1": b"one"}), "no folder 'top/train' in it"),
        (tar(MEMBERS)[:-20], "not unpacked"),
        (b"no tar at all", "not unpacked: file could not be opened"),
        (damaged(tar({"top/train/1": RANDOM}, "w:gz")), "not unpacked"),
        (damaged(tar({"top/train/1": RANDOM}, "w:xz")), "not unpacked"),
        (tar(MEMBERS, type=tarfile.LNKTYPE, linkname="top/none", size=0), "'top/none' not found"),
        (tar(MEMBERS, mtime=2**70), "timestamp out of range"),
    ],
)
def test_a_bad_archive_leaves_nothing(packed, folder, content, message):
    problem = failed(manifests.fetch("sample", "train", root=packed(content)))
    assert message in problem
    assert files_in(folder) == ["all.tar", FIRST_SEEN]
    assert not (folder.parent / "evil").exists()


def test_an_archive_with_a_link_to_elsewhere_is_refused(packed, folder, tmp_path):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        link = tarfile.TarInfo("top/train/link")
        link.type, link.linkname = tarfile.SYMTYPE, "../../../../outside"
        archive.addfile(link)
    assert "not unpacked" in failed(manifests.fetch("sample", "train", root=packed(buffer.getvalue())))


def test_an_archive_that_holds_other_files_than_listed(packed, folder):
    outcomes = manifests.fetch("sample", "train", root=packed(tar(MEMBERS | {"top/train/1": b"eins"})))
    assert [(outcome.path, outcome.state) for outcome in outcomes] == [("all.tar", "fetched"), ("t/1", "failed")]


def test_data_to_be_requested(project, folder):
    root = project(splits={"all": {}}, request="Write to the authors.", insecure_reason=None)
    with pytest.raises(ManifestError, match=r"sample can't be fetched\. Write to the authors\."):
        manifests.fetch("sample", root=root)


def test_a_folder_in_a_files_place(one, folder):
    (folder / "a" / "file.bin").mkdir(parents=True)
    assert "Is a directory" in failed(manifests.fetch("sample", root=one()))
