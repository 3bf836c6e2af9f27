"""`compactvid data list | fetch | verify`."""

import hashlib
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import yaml
from typer.testing import CliRunner

from compactvid import manifests
from compactvid.cli import app

runner = CliRunner()


@pytest.fixture
def project(tmp_path, monkeypatch):
    """One data set of three shards, the last of which the server lacks."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            if self.path.endswith("2"):
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Length", "1")
            self.end_headers()
            self.wfile.write(self.path[-1:].encode())

        def log_message(self, *arguments):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    (tmp_path / "data_manifests" / "papers").mkdir(parents=True)
    content = {
        "name": "sample",
        "title": "A sample",
        "source": "https://example.org/",
        "licence": {"name": "CC0"},
        "citation": {"key": "sample2018", "text": "A sample, 2018"},
        "insecure_reason": "it is in this process",
        "after_fetch": "Unpack it by hand.",
        "splits": {
            "train": {
                "shards": {
                    "count": 3,
                    "path": "s/{number}",
                    "urls": [f"http://127.0.0.1:{server.server_port}/{{number}}"],
                }
            }
        },
        "features": [{"name": "x", "kind": "file", "dtype": "uint8", "shape": [], "meaning": "a byte"}],
    }
    (tmp_path / "data_manifests" / "sample.yml").write_text(yaml.safe_dump(content))
    monkeypatch.setenv("COMPACTVID_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(sys.modules["compactvid.manifests.manifest"], "project_root", lambda: tmp_path)
    yield tmp_path
    server.shutdown()
    server.server_close()


def run(*arguments: str) -> tuple[int, str]:
    done = runner.invoke(app, ["data", *arguments])
    return done.exit_code, done.output


def test_fetch_list_and_verify(project):
    code, output = run("verify", "sample")
    assert (code, output.splitlines()[0]) == (1, "sample train: 3 missing")
    assert f"nothing of sample is in {project / 'data'}" in output

    code, output = run("fetch", "sample", "--limit", "2")
    assert code == 0, output
    assert output.splitlines() == [
        "sample: 2 fetched, 0 present, 0 failed",
        f"data folder: {project / 'data'}",
        "Unpack it by hand.",
    ]
    code, output = run("fetch", "sample", "--split", "train")
    assert code == 1
    assert "sample: 0 fetched, 2 present, 1 failed" in output
    assert "1 of 3 files failed\n  s/2: http://127.0.0.1" in output
    assert "404" in output

    assert run("verify") == (0, "sample train: 2 ok, 1 missing\n")
    (project / "data" / "s" / "0").write_text("!")
    code, output = run("verify", "sample", "--each")
    expected, found = (hashlib.sha256(text).hexdigest() for text in (b"0", b"!"))
    assert code == 1
    assert output.splitlines() == [
        f"s/0: wrong: expected {expected}, found {found}",
        "s/1: ok",
        "sample train: 1 ok, 1 wrong, 1 missing",
        "compactvid data verify: 1 files are wrong",
    ]

    code, output = run("list")
    assert code == 0
    assert output.splitlines()[1].split() == ["sample", "train", "3", "2", "CC0"]
    (row,) = json.loads(run("list", "--format", "json")[1])
    assert (row["files"], row["present"], row["bytes"]) == (3, 2, None)


def test_shipped_data_sets_are_listed():
    rows = {row["name"]: row for row in json.loads(run("list", "--format", "json")[1])}
    assert list(rows) == manifests.names()
    assert rows["youtube8m_frame"]["files"] == 3 * 3844
    assert rows["voc2007"]["bytes"] == 460_032_000 + 451_020_800


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["fetch", "nothing"], "compactvid data fetch: unknown data set 'nothing'; there are audioset, clips"),
        (["verify", "nothing"], "compactvid data verify: unknown data set 'nothing'"),
        (["fetch", "audioset", "--split", "x"], "unknown split 'x'; there are balanced_train, unbalanced_train, eval"),
        (["fetch", "moments_in_time"], "moments_in_time can't be fetched. Fill in the form"),
    ],
)
def test_refusals(arguments, message):
    code, output = run(*arguments)
    assert code == 1
    assert message in output


def test_a_damaged_manifest_is_named(project):
    (project / "data_manifests" / "sample.yml").write_text("name: sample\n")
    for command in (["list"], ["verify"], ["fetch", "sample"]):
        code, output = run(*command)
        assert code == 1
        assert "sample.yml: title: Field required" in output
