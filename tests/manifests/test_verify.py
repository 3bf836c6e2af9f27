"""Verifying what lies in the data folder."""

import hashlib
import os
from collections import Counter
from pathlib import Path

import pytest

from compactvid import manifests
from compactvid.manifests.sums import FIRST_SEEN, record_first_seen

URL = "https://example.org/"


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_each_state(project, folder):
    files = [
        {"path": name, "urls": [URL + name]} | ({} if name in ("seen", "unseen") else {"sha256": sha256(b"x")})
        for name in ("right", "wrong", "gone", "link", "place", "seen", "unseen")
    ]
    archives = [
        {"path": "kept.tar", "urls": [URL + "kept"], "sha256": sha256(b"tar"), "unpack": {"top": "kept"}},
        {"path": "gone.tar", "urls": [URL + "gone"], "sha256": sha256(b"tar"), "unpack": {"top": "listed"}},
    ]
    splits = {"files": {"files": files}, "archives": {"archives": archives, "sums": "sample.sha256"}}
    root = project(splits=splits, sums={"listed/a": sha256(b"a"), "listed/b": sha256(b"b")}, insecure_reason=None)
    for name in ("kept", "listed", "place"):
        (folder / name).mkdir(parents=True)
    contents = {"right": b"x", "wrong": b"y", "seen": b"s", "unseen": b"u", "kept.tar": b"tar", "listed/a": b"a"}
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    (folder / "link").symlink_to("nowhere")
    record_first_seen(folder, "seen")
    before = sorted(folder.rglob("*"))

    def states() -> dict[str, tuple]:
        return {file.path: (file.state, file.expected, file.found) for file in manifests.verify("sample", root=root)}

    assert states() == {
        "right": ("ok", sha256(b"x"), sha256(b"x")),
        "wrong": ("wrong", sha256(b"x"), sha256(b"y")),
        "gone": ("missing", sha256(b"x"), None),
        "link": ("missing", sha256(b"x"), None),
        "place": ("wrong", sha256(b"x"), "Is a directory"),
        "seen": ("ok", sha256(b"s"), sha256(b"s")),
        "unseen": ("no known hash", None, sha256(b"u")),
        "kept.tar": ("ok", sha256(b"tar"), sha256(b"tar")),
        "kept": ("no known hash", None, None),
        "listed/a": ("ok", sha256(b"a"), sha256(b"a")),
        "listed/b": ("missing", sha256(b"b"), None),
    }
    (folder / "seen").write_bytes(b"another")
    assert states()["seen"] == ("wrong", sha256(b"s"), sha256(b"another"))
    assert sorted(folder.rglob("*")) == before, "verifying writes nothing"
    with pytest.raises(ValueError, match=f"first seen was {sha256(b's')}"):
        record_first_seen(folder, "seen")


@pytest.mark.parametrize("content", [b"half a li", b"\xff\xfe"])
def test_a_damaged_record_of_first_seen_hashes_is_named(project, folder, content):
    folder.mkdir()
    (folder / FIRST_SEEN).write_bytes(content)
    root = project(splits={"all": {"files": [{"path": "x", "urls": [URL]}]}}, insecure_reason=None)
    with pytest.raises(ValueError, match=f"{FIRST_SEEN}, line 1: expected a SHA-256"):
        manifests.verify("sample", root=root)


def test_real_samples():
    """Every real file that lies in the data folder is the one that the manifests name."""
    if not (folder := os.environ.get("COMPACTVID_DATA")):
        pytest.skip("no real samples: COMPACTVID_DATA is not set")
    checked = manifests.verify()
    assert [file for file in checked if file.state == "wrong"] == []
    present = Counter(file.name for file in checked if file.state == "ok")
    for name, pattern in {
        "audioset": "audioset/balanced_train/*.tfrecord",
        "clips": "clips/*/*/*.avi",
        "darknet_images": "darknet_images/*.jpg",
        "tiny_yolov2_partial": "tiny_yolov2_partial/*.bin",
        "voc100": "voc100/*/*.*",
        "youtube8m_video": "yt8m/video/*/*.tfrecord",
    }.items():
        assert present[name] == len(list(Path(folder).glob(pattern))), name


def test_the_data_folder_may_be_named_from_the_home_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("COMPACTVID_DATA", "~/data")
    assert manifests.data_folder() == tmp_path / "data"
