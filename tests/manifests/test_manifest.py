"""Manifests: the shipped ones, and hundreds that are not as they should be."""

import hashlib
import re
import string
import tempfile
from copy import deepcopy
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from compactvid import manifests
from compactvid.manifests import Manifest, ManifestError

SHA256 = hashlib.sha256(b"").hexdigest()
GOOD = """\
name: sample
title: A sample
source: https://example.org/
licence: {name: CC0}
citation: {key: sample2018, text: 'A sample, 2018'}
splits:
  train:
    examples: 10
    shards: {count: 3, path: 'x/train{number:04d}.bin', urls: ['https://example.org/train{letters}.bin']}
    sums: sample.sha256
    plan: https://example.org/plan.json
  test:
    files:
      - {path: x/test.bin, urls: ['https://example.org/test.bin'], size: 1, sha256: HASH}
    archives:
      - {path: x/all.tar, urls: ['https://example.org/all.tar'], unpack: {top/test: x/test}}
features:
  - {name: rgb, kind: file, dtype: uint8, shape: [frames, 3], range: [0, 255], meaning: colours}
""".replace("HASH", SHA256)
SUMS = f"{SHA256}  x/train0001.bin\n"


def write(folder: Path, text: str | bytes, sums: str = SUMS) -> Path:
    """A project with one manifest; its root."""
    (folder / "data_manifests" / "sums").mkdir(parents=True, exist_ok=True)
    (folder / "data_manifests" / "sums" / "sample.sha256").write_text(sums)
    (folder / "data_manifests" / "sample.yml").write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def test_what_a_good_manifest_lists(tmp_path):
    good = manifests.manifest("sample", write(tmp_path, GOOD))
    assert [(file.path, file.urls, file.sha256) for file in good.splits["train"].local_files()] == [
        ("x/train0000.bin", ("https://example.org/trainaa.bin",), None),
        ("x/train0001.bin", ("https://example.org/trainab.bin",), SHA256),
        ("x/train0002.bin", ("https://example.org/trainac.bin",), None),
    ]
    assert [file.path for file in good.splits["test"].local_files()] == ["x/test.bin"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("title: A", "titel: A", "sample.yml: title: Field required"),
        (
            "title: A sample",
            "title: A sample\nhue: red",
            "sample.yml: hue: Extra inputs are not permitted, found 'red'",
        ),
        ("size: 1", "size: 1, colour: red", "splits.test.files.x/test.bin.colour: Extra inputs are not permitted"),
        ("{name: CC0}", "{}", "licence.name: Field required"),
        ("size: 1", "size: 0", "splits.test.files.x/test.bin.size: Input should be greater than 0, found 0"),
        ("size: 1", "size: 1.5", "size: Input should be a valid integer"),
        ("size: 1", "size: true", "size: Input should be a valid integer"),
        ("count: 3", "count: 0", "splits.train.shards.count: Input should be greater than 0, found 0"),
        ("count: 3", "count: -3", "splits.train.shards.count: Input should be greater than 0, found -3"),
        ("count: 3", "count: 9999", "{letters} numbers at most 3844 shards, not 9999"),
        ("count: 3", "count: 10000000000", "count: Input should be less than or equal to 100000"),
        ("{number:04d}", "", "expected a pattern over {number} or {letters}, found 'x/train.bin'"),
        ("{letters}", "{number.real}", "expected a pattern over {number} or {letters}"),
        ("{number:04d}", "{number:99999d}", "expected a pattern over {number} or {letters}"),
        ("{number:04d}", "{number", "expected a pattern over {number} or {letters}"),
        (
            "x/train{",
            "../train{",
            "expected a path below the data folder, such as 'yt8m/vocabulary.csv', found '../train",
        ),
        ("path: x/test.bin", "path: x/../../test.bin", "expected a path below the data folder"),
        ("path: x/test.bin", "path: /etc/test.bin", "expected a path below the data folder"),
        ("path: x/test.bin", "path: x//test.bin", "expected a path below the data folder"),
        ("path: x/test.bin", "path: 'C:/test.bin'", "expected a path below the data folder"),
        ("path: x/test.bin", "path: 'x\\test.bin'", "expected a path below the data folder"),
        ("path: x/test.bin", 'path: "x/te\\0st"', "expected a path below the data folder"),
        ("path: x/test.bin", "path: .hidden", "expected a path below the data folder"),
        ("path: x/test.bin", "path: ''", "expected a path below the data folder"),
        ("{top/test: x/test}", "{top/test: ../x}", "expected a path below the data folder"),
        ("{top/test: x/test}", "{../top: x/test}", "expected a path below the data folder"),
        ("{top/test: x/test}", "{}", "unpack: Dictionary should have at least 1 item"),
        ("path: x/test.bin", "path: x/train0002.bin", "splits.test: 'x/train0002.bin' stands there twice"),
        ("path: x/all.tar", "path: x/test.bin", "splits.test: 'x/test.bin' stands there twice"),
        (
            "unpack: {top/test: x/test}}\n",
            "unpack: {top/test: x/test}}\n  other:\n    archives:\n"
            "      - {path: x/all.tar, urls: ['https://example.org/other.tar'], unpack: {top/test: x/other}}\n",
            "splits.other: 'x/all.tar' stands there twice",
        ),
        ("x/test}", "x/test.bin}", "splits.test: 'x/test.bin' stands there twice"),
        ("  test:\n", "  train:\n", "not readable as YAML: key 'train' stands there twice"),
        ("title:", "name:", "not readable as YAML: key 'name' stands there twice"),
        ("https://example.org/test", "http://example.org/test", "http://example.org/test.bin is not HTTPS: give an"),
        ("https://example.org/train", "http://example.org/train", "is not HTTPS: give an 'insecure_reason'"),
        ("https://example.org/plan", "http://example.org/plan", "is not HTTPS: give an 'insecure_reason'"),
        ("title: A", "insecure_reason: x\ntitle: A", "'insecure_reason', but every address is HTTPS"),
        ("https://example.org/test", "ftp://example.org/test", "expected an https:// address"),
        ("https://example.org/test", "https:///test", "expected an https:// address"),
        ("https://example.org/test", "https://me:secret@example.org/test", "expected an https:// address"),
        ("https://example.org/test", "file:///etc/test", "expected an https:// address"),
        ("https://example.org/test", "https://[::1/test", "splits.test.files.x/test.bin.urls.0: Invalid IPv6 URL"),
        ("urls: ['https://example.org/test.bin'], ", "", "x/test.bin: expected 'urls', or a 'request'"),
        ("title: A", "request: Write.\ntitle: A", "a 'request' goes without 'urls'"),
        (f"sha256: {SHA256}", "sha256: 12ab", "x/test.bin.sha256: String should match pattern"),
        (f"sha256: {SHA256}", f"sha256: {SHA256.upper()}", "x/test.bin.sha256: String should match pattern"),
        (f"sha256: {SHA256}", "checksum: 'crc:12'", "x/test.bin.checksum: String should match pattern"),
        ("sums: sample", "sums: another", "splits.train.sums: "),
        (
            "sums: sample",
            "sums: ../sample",
            "expected the name of a file in data_manifests/sums, found '../sample.sha256'",
        ),
        ("    plan: https://example.org/plan.json\n", "", None),
        ("  test:\n", "  Test set:\n", "splits.Test set.[key]: String should match pattern"),
        ("name: sample", "name: other", "sample.yml: name: expected 'sample', as the file is called, found 'other'"),
        ("features:\n", "features: []\nx:\n", "features: List should have at least 1 item"),
        ("range: [0, 255]", "range: [0]", "features.rgb.range.1: Field required"),
        ("range: [0, 255]", "range: [0, .nan]", "features.rgb.range.1: Input should be a finite number"),
        ("shape: [frames, 3]", "shape: [0]", "features.rgb.shape.0"),
    ],
)
def test_a_bad_manifest_is_named(tmp_path, old, new, message):
    assert old in GOOD
    root = write(tmp_path, GOOD.replace(old, new, 1))
    if message is None:
        assert manifests.manifest("sample", root).splits["train"].plan is None
        return
    with pytest.raises(ManifestError, match=re.escape(message)) as raised:
        manifests.manifest("sample", root)
    assert str(root / "data_manifests" / "sample.yml") in str(raised.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- a list\n", "the file: Input should be a valid dictionary"),
        ("", "the file: Input should be a valid dictionary"),
        ("just text", "the file: Input should be a valid dictionary"),
        ("a: [", "not readable as YAML"),
        (b"\xff\xfe", "not readable as YAML"),
        ("a: !!python/object/apply:os.system ['true']", "not readable as YAML"),
        ("a: \x00", "not readable as YAML"),
        ("[" * 5000, "not readable as YAML"),
    ],
)
def test_no_mapping(tmp_path, text, message):
    with pytest.raises(ManifestError, match=re.escape(f"sample.yml: {message}")):
        manifests.manifest("sample", write(tmp_path, text))


@pytest.mark.parametrize(
    ("sums", "message"),
    [
        (f"{SHA256} x/train0001.bin\n", "sample.sha256, line 1: expected a SHA-256, two spaces and a path"),
        (f"{SUMS}{SHA256[1:]}  x/train0002.bin\n", "sample.sha256, line 2: expected a SHA-256"),
        (SUMS * 2, "sample.sha256, line 2: 'x/train0001.bin' stands there twice"),
        (f"{SHA256}  ../x\n", "expected a path below the data folder"),
        (f"{SHA256}  x/other.bin\n", "splits.train.sums: 'x/other.bin' is neither fetched nor in an archive's folder"),
    ],
)
def test_bad_sums_are_named(tmp_path, sums, message):
    with pytest.raises(ManifestError, match=re.escape(message)):
        manifests.manifest("sample", write(tmp_path, GOOD, sums))


def test_unknown_data_set(tmp_path):
    with pytest.raises(ManifestError, match=re.escape("unknown data set '../sample'; there are sample")):
        manifests.manifest("../sample", write(tmp_path, GOOD))


def leaves(part: object, path: tuple = ()) -> list[tuple]:
    """The place of every value, containers included, in a manifest's content."""
    inner = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    return [path, *(place for key, value in inner for place in leaves(value, (*path, key)))]


PLACES = leaves(yaml.safe_load(GOOD))[1:]
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 5000),
    st.floats(),
    st.text(string.printable, max_size=12),
    st.sampled_from(["../x", "/x", "http://example.org/x{number}", "https://example.org/{letters}", "x/train0001.bin"]),
    st.lists(st.integers(0, 3), max_size=2),
    st.dictionaries(st.text("abc/", max_size=3), st.text("abc/", max_size=3), max_size=2),
)


@settings(max_examples=200)
@given(place=st.sampled_from(PLACES), value=VALUES, remove=st.booleans())
def test_a_changed_manifest_is_refused_or_read_as_it_stands(place, value, remove):
    """Never another exception, and never a value other than the written one; what lies outside is never listed."""
    content = deepcopy(yaml.safe_load(GOOD))
    part = content
    for key in place[:-1]:
        part = part[key]
    if remove:
        del part[place[-1]]
    else:
        part[place[-1]] = value
    with tempfile.TemporaryDirectory() as folder:
        root = write(Path(folder), yaml.safe_dump(content))
        try:
            read = manifests.manifest("sample", root)
        except ManifestError as error:
            problem = str(error)
        else:
            problem = ""
    if problem:
        assert "sample.yml" in problem
        return
    for split in read.splits.values():
        for file in split.local_files():
            assert (Path("/data") / file.path).resolve().is_relative_to("/data/")
            assert all(url.startswith("https://") for url in file.urls)
    assert as_written(read) == without_nothing(content)


def as_written(read: Manifest) -> object:
    """A manifest as the YAML that it was read from, sums by their file's name."""
    dumped = read.model_dump(mode="json", exclude_unset=True)
    for split in dumped["splits"].values():
        if "sums" in split:
            split["sums"] = "sample.sha256"
    return without_nothing(dumped)


def without_nothing(part: object) -> object:
    """An optional key with the value null says what its absence says."""
    if isinstance(part, dict):
        return {key: without_nothing(value) for key, value in part.items() if value is not None}
    return [without_nothing(value) for value in part] if isinstance(part, list) else part


@pytest.mark.parametrize("name", manifests.names())
def test_shipped_manifest(name, root):
    manifest = manifests.manifest(name)
    references = (root / "book" / "references.bib").read_text(encoding="utf-8")
    assert f"{{{manifest.citation.key}," in references
    assert not re.search(r"\bTODO\b", str(manifest))


def test_every_list_of_sums_is_used(root):
    folder = root / "data_manifests"
    used = {
        split.get("sums")
        for path in folder.glob("*.yml")
        for split in yaml.safe_load(path.read_text(encoding="utf-8"))["splits"].values()
    }
    assert {path.name for path in (folder / "sums").iterdir()} == used - {None}


@pytest.mark.parametrize("level", ["video", "frame"])
@pytest.mark.parametrize("split", ["train", "validate", "test"])
def test_youtube8m_shards_are_named_as_by_the_official_script(level, split):
    """It counts two letters of a-z, A-Z, 0-9 and writes the count as four digits."""
    files = manifests.manifest(f"youtube8m_{level}").splits[split].local_files()
    letters = [a + b for a in string.ascii_letters + string.digits for b in string.ascii_letters + string.digits]
    assert len(files) == len(letters) == 3844
    for number, (file, code) in enumerate(zip(files, letters, strict=True)):
        assert file.path == f"yt8m/{level}/{split}/{split}{number:04d}.tfrecord"
        assert file.urls == tuple(
            f"http://{mirror}.data.yt8m.org/2/{level}/{split}/{split}{code}.tfrecord" for mirror in ("us", "eu", "asia")
        )
