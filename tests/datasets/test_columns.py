"""Values of records as arrays, beside TensorFlow's message classes and plain loops."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compactvid.datasets import columns
from compactvid.datasets.columns import ExampleColumns, float_column, frame_block, int64_column
from compactvid.datasets.protobuf import FLOAT, INT64, DecodeError, encode_varint
from compactvid.datasets.record_files import PADDING

KINDS = {"labels": INT64, "mean": FLOAT}


def field(number: int, content: bytes, wire: int = 2) -> bytes:
    return encode_varint(number << 3 | wire) + (encode_varint(len(content)) if wire == 2 else b"") + content


def entry(name: str, feature: bytes) -> bytes:
    return field(1, field(1, name.encode()) + field(2, feature))


@st.composite
def spelled_lists(draw, number: int, wire: int, values: list[bytes]) -> bytes:
    """A list of numbers in one of its spellings: packed, unpacked, in pieces, with unknown fields."""
    spelling = draw(st.sampled_from(["packed", "unpacked", "pieces", "unknown fields"]))
    if spelling == "packed":
        content = field(1, b"".join(values)) if values else b""
    elif spelling == "unpacked":
        content = b"".join(field(1, value, wire) for value in values)
    else:
        content = b"".join(field(1, value) for value in values)
        if spelling == "unknown fields":
            content = field(2, b"?") + content + field(3, b"\x01", 0)
    return field(number, content)


@st.composite
def examples(draw) -> bytes:
    """An example with `id`, `labels`, `mean` (3 values) in any order and spelling, as other writers may write it."""
    labels = [encode_varint(value) for value in draw(st.lists(st.integers(0, 4000), max_size=4))]
    mean = draw(st.lists(st.floats(-2, 2, width=32), min_size=3, max_size=3))
    entries = [
        entry("id", field(1, field(1, draw(st.binary(max_size=12))))),
        entry("labels", draw(spelled_lists(INT64, 0, labels))),
        entry("mean", draw(spelled_lists(FLOAT, 5, [np.float32(value).tobytes() for value in mean]))),
    ]
    features = field(1, b"".join(draw(st.permutations(entries))))
    return features + draw(st.sampled_from([b"", b"\x12\x00", b"\x12\x01?", b"\x20\x07"]))


def join(records: list[bytes]) -> tuple[bytes, np.ndarray, np.ndarray]:
    """As `RecordFiles.read` gives records: with other bytes between them, and room behind them."""
    stops = np.cumsum([len(record) + 16 for record in records]) - 4
    starts = stops - [len(record) for record in records]
    return b"".join(b"#" * 12 + record + b"#" * 4 for record in records) + bytes(PADDING), starts, stops


@settings(max_examples=150)
@given(st.lists(examples(), min_size=1, max_size=12))
def test_columns_hold_what_tensorflow_reads(tf, records):
    reader = ExampleColumns(KINDS)
    for _ in range(2):  # the second time with the headers known
        buffer, spans = reader(*join(records))
        values = float_column(buffer, spans["mean"], 3, "mean")
        rows, labels = int64_column(buffer, spans["labels"])
        for row, record in enumerate(records):
            features = tf.train.Example.FromString(record).features.feature
            assert values[row].tolist() == list(features["mean"].float_list.value)
            assert labels[rows == row].tolist() == list(features["labels"].int64_list.value)


def test_records_of_known_layout_are_not_parsed_one_by_one(monkeypatch, real_video_shards):
    from compactvid.datasets.youtube8m import read_video_level

    batches = read_video_level(real_video_shards[:2], batch_size=100)
    parsed = []
    real = columns.read_example
    monkeypatch.setattr(columns, "read_example", lambda *record: parsed.append(record) or real(*record))
    assert sum(len(labels) for _, labels in batches) == batches.num_examples
    assert parsed == []


def test_same_header_with_another_name_is_not_mixed_up():
    """Two features whose entries begin with the same 8 bytes: the table holds one, the other is parsed singly."""
    one, two = np.arange(3, dtype=np.float32), np.arange(3, 6, dtype=np.float32)
    entries = [entry(name, field(2, field(1, v.tobytes()))) for name, v in (("meanxa", one), ("meanxb", two))]
    record = field(1, b"".join(entries))
    reader = ExampleColumns({"meanxb": FLOAT, "meanxa": FLOAT})
    for _ in range(2):
        buffer, spans = reader(*join([record] * 5))
        np.testing.assert_array_equal(float_column(buffer, spans["meanxa"], 3, "meanxa"), [one] * 5)
        np.testing.assert_array_equal(float_column(buffer, spans["meanxb"], 3, "meanxb"), [two] * 5)


def test_unpacked_number_is_no_header():
    """`08 85 01` is one number of two bytes; `08 05 10` behind the same header would be a number and a broken field."""
    whole = field(1, entry("labels", field(3, b"\x08\x85\x01")))
    broken = field(1, entry("labels", field(3, b"\x08\x05\x10")))
    reader = ExampleColumns({"labels": INT64})
    buffer, spans = reader(*join([whole, whole]))
    assert int64_column(buffer, spans["labels"])[1].tolist() == [133, 133]
    with pytest.raises(DecodeError, match="a varint runs past the end of its message") as caught:
        reader(*join([whole, broken]))
    assert caught.value.row == 1


@pytest.mark.parametrize("missing", [1, 4, 12])
def test_known_header_whose_values_end_too_early_is_refused(missing):
    """The values promised reach past their message, into whatever stands behind it."""
    features = entry("mean", field(2, field(1, bytes(12))))
    reader = ExampleColumns({"mean": FLOAT})
    reader(*join([field(1, features)] * 2))
    with pytest.raises(DecodeError, match="field 1 runs past the end of its message") as caught:
        reader(*join([field(1, features), field(1, features[:-missing])]))
    assert caught.value.row == 1


@pytest.mark.parametrize(
    ("rest", "problem"),
    [
        (b"\x0a\x00", "field 1 occurs twice in one message"),
        (b"\x12\x01", "field 2 runs past the end of its message"),
        (b"\x12", "a varint runs past the end of its message"),
        (b"\x1b", "field 3 has wire type 3, expected 0, 1, 2 or 5"),
    ],
)
def test_broken_bytes_behind_the_features_are_refused(rest, problem):
    features = field(1, entry("mean", field(2, field(1, bytes(12)))))
    reader = ExampleColumns({"mean": FLOAT})
    reader(*join([features, features + b"\x12\x00"]))
    with pytest.raises(DecodeError) as caught:
        reader(*join([features, features + rest]))
    assert (str(caught.value), caught.value.row) == (problem, 1)


@pytest.mark.parametrize("length", [1, 2, 3, 4, 5])
def test_a_length_may_take_more_bytes_than_it_needs(length):
    """Protobuf allows leading zeros in a varint, five bytes in all."""
    features = entry("mean", field(2, field(1, np.arange(3, dtype=np.float32).tobytes())))
    padded = bytes([len(features) | 0x80]) + b"\x80" * (length - 2) + b"\0" if length > 1 else bytes([len(features)])
    buffer, spans = ExampleColumns({"mean": FLOAT})(*join([b"\x0a" + padded + features] * 2))
    np.testing.assert_array_equal(float_column(buffer, spans["mean"], 3, "mean"), [[0, 1, 2]] * 2)


def test_entry_that_promises_more_than_the_buffer_holds_is_refused():
    """Nothing is read behind the buffer's end to find out what the entry is."""
    whole = entry("mean", field(2, field(1, bytes(12))))
    beyond = field(3, b"?" * (4 + PADDING))[:2]  # a field that would reach to the very end of the buffer
    broken = b"\x0a\xff\x7f" + whole[2:] + beyond
    with pytest.raises(DecodeError, match="field 1 runs past the end of its message") as caught:
        ExampleColumns({"mean": FLOAT})(*join([field(1, whole), field(1, broken)]))
    assert caught.value.row == 1


@given(st.lists(st.lists(st.integers(-(2**63), 2**63 - 1), max_size=5), min_size=1, max_size=6))
def test_int64_column_decodes_every_number(lists):
    packed = [b"".join(encode_varint(value % 2**64) for value in values) for values in lists]
    stops = np.cumsum([len(chunk) for chunk in packed])
    starts = stops - [len(chunk) for chunk in packed]
    rows, values = int64_column(b"".join(packed), (starts, stops))
    assert rows.tolist() == [row for row, values in enumerate(lists) for _ in values]
    assert values.tolist() == [value for values in lists for value in values]


@pytest.mark.parametrize("damaged", [b"\x80", b"\x05\xff", b"\x80" * 10 + b"\x01"])
def test_int64_column_refuses_numbers_that_run_on(damaged):
    parts = [b"\x05", damaged, b"\x06"]
    stops = np.cumsum([len(part) for part in parts])
    with pytest.raises(DecodeError, match="a varint runs past the end of its list or 10 bytes") as caught:
        int64_column(b"".join(parts), (stops - [len(part) for part in parts], stops))
    assert caught.value.row == 1


def frames_list(frames: list[bytes]) -> tuple[bytes, dict[str, tuple[int, int]]]:
    content = b"".join(field(1, frame) for frame in frames)
    return b"??" + content + b"??", {"rgb": (2, 2 + len(content))}


def value(content: bytes) -> bytes:
    return field(1, field(1, content))


FRAMES = [bytes([frame] * 5) for frame in range(4)]


@pytest.mark.parametrize(
    "frames",
    [
        [value(frame) for frame in FRAMES],
        [value(FRAMES[0])],
        # Frames with unknown fields; strides that agree in the first frame or by their sum alone.
        [value(frame) + field(5, b"?") for frame in FRAMES],
        [value(FRAMES[0]), *[value(frame) + field(5, b"?" * 10) for frame in FRAMES[1:]]],
        [value(FRAMES[0]), field(5, b"?" * 7) + value(FRAMES[1]), value(FRAMES[2]), value(FRAMES[3])],
    ],
)
def test_frames_are_one_block(frames):
    expected = [frame for frame in FRAMES[: len(frames)]]
    buffer, lists = frames_list(frames)
    block = frame_block(buffer, lists, "rgb", 5)
    assert block.dtype == np.uint8
    assert [row.tobytes() for row in block] == expected


@pytest.mark.parametrize(
    ("frames", "problem"),
    [
        ([], "feature list 'rgb' has no frames"),
        ([value(b"1234")], "frame 0 of 'rgb' has 4 bytes, expected 5"),
        ([value(b"12345"), value(b"123456")], "frame 1 of 'rgb' has 6 bytes, expected 5"),
        ([value(b"12345"), b""], "frame 1 of 'rgb' is not one bytes value"),
        ([field(1, field(1, b"12345") * 2)], "frame 0 of 'rgb' is not one bytes value"),
        ([field(2, field(1, b"12345678"))], "frame 0 of 'rgb' is not one bytes value"),
        ([value(b"12345")] * 2 + [b"\x0a\x09\x0a\x05"], "field 1 runs past the end of its message"),
    ],
)
def test_broken_frames_are_refused(frames, problem):
    buffer, lists = frames_list(frames)
    with pytest.raises(DecodeError) as caught:
        frame_block(buffer, lists, "rgb", 5)
    assert str(caught.value) == problem


def test_missing_feature_list_names_those_there_are():
    with pytest.raises(DecodeError, match="there is no feature list 'audio'; the record has 'rgb'"):
        frame_block(*frames_list([value(b"12345")]), "audio", 5)
