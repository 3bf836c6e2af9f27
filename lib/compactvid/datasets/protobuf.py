"""The wire layout of `tf.train.Example` and `tf.train.SequenceExample`, without TensorFlow.

Source: tensorflow/core/example/{example,feature}.proto and https://protobuf.dev/programming-guides/encoding. In short::

    Example         { Features features = 1; }
    SequenceExample { Features context = 1; FeatureLists feature_lists = 2; }
    Features        { map<string, Feature> feature = 1; }          FeatureLists { map<string, FeatureList> = 1; }
    FeatureList     { repeated Feature feature = 1; }
    Feature         { oneof: BytesList = 1, FloatList = 2, Int64List = 3; }     each { repeated ... value = 1; }
"""

import functools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

BYTES, FLOAT, INT64 = 1, 2, 3
TAG_BYTES = 5
"""Of a tag or a length, at most, as protobuf's own readers have it."""
MAX_NUMBER = (1 << 29) - 1
"""Of a field."""
Buffer = bytes | bytearray
KINDS = {BYTES: "bytes", FLOAT: "float32", INT64: "int64"}


def encode_varint(value: int) -> bytes:
    """A non-negative integer in base 128, lowest group first, the high bit set on all bytes but the last."""
    groups = bytearray()
    while value > 0x7F:
        groups.append(value & 0x7F | 0x80)
        value >>= 7
    groups.append(value)
    return bytes(groups)


def _field(number: int, content: bytes) -> bytes:
    return encode_varint(number << 3 | 2) + encode_varint(len(content)) + content


def _map(entries: Mapping[str, bytes]) -> bytes:
    """A protobuf map; keys sorted, as protobuf's deterministic serialisation writes them."""
    return b"".join(_field(1, _field(1, key.encode()) + _field(2, entries[key])) for key in sorted(entries))


def encode_feature(values: bytes | Sequence[bytes] | np.ndarray) -> bytes:
    """A `Feature`.

    Parameters
    ----------
    values : bytes, sequence of bytes, or one-dimensional array
        bytes make a bytes list, a float32 array a packed float list, an int64 array a packed int64 list.
    """
    if isinstance(values, np.ndarray):
        if values.dtype == np.float32:
            kind, packed = FLOAT, values.astype("<f4").tobytes()
        elif values.dtype == np.int64:
            kind, packed = INT64, b"".join(encode_varint(value & 0xFFFFFFFFFFFFFFFF) for value in values.tolist())
        else:
            raise TypeError(f"a Feature holds bytes, float32 or int64, got an array of {values.dtype}")
        return _field(kind, _field(1, packed) if packed else b"")
    values = [values] if isinstance(values, bytes) else values
    return _field(BYTES, b"".join(_field(1, value) for value in values))


def encode_example(features: Mapping[str, bytes | Sequence[bytes] | np.ndarray]) -> bytes:
    """A `tf.train.Example` with one `encode_feature` a name."""
    return _field(1, _map({name: encode_feature(values) for name, values in features.items()}))


def encode_sequence_example(
    context: Mapping[str, bytes | Sequence[bytes] | np.ndarray],
    feature_lists: Mapping[str, Sequence[bytes]],
) -> bytes:
    """A `tf.train.SequenceExample`: features of the whole, and for each name a list with one bytes value a step."""
    lists = {name: b"".join(_field(1, encode_feature(step)) for step in steps) for name, steps in feature_lists.items()}
    return _field(1, _map({name: encode_feature(values) for name, values in context.items()})) + _field(2, _map(lists))


@functools.cache
def step_header(size: int) -> bytes:
    """What `encode_sequence_example` writes before a step of `size` bytes: tags and lengths of the messages around."""
    return _field(1, encode_feature(bytes(size)))[:-size]


class DecodeError(ValueError):
    """Bytes that are no valid message, or not the features that were asked for.

    Attributes
    ----------
    row : int or None
        Which of several messages, where that is known.
    """

    def __init__(self, problem: str, row: int | None = None):
        super().__init__(problem)
        self.row = row


@contextmanager
def at_row(row: int) -> Iterator[None]:
    """Add the row to a `DecodeError` that leaves the block."""
    try:
        yield
    except DecodeError as error:
        raise DecodeError(str(error), row) from None


@dataclass(frozen=True)
class Feature:
    """A decoded `Feature`: where its values lie in the buffer.

    Attributes
    ----------
    kind : int
        `BYTES`, `FLOAT`, `INT64`, or 0 if the message sets none.
    chunks : list of (int, int)
        Spans of the buffer. Of a bytes list, one a value; of the others, together the values as one packed list.
    packed : bool
        Whether every chunk stands behind its length.
    """

    kind: int
    chunks: list[tuple[int, int]]
    packed: bool = True


def read_varint(buffer: Buffer, position: int, stop: int, most: int = 10) -> tuple[int, int]:
    """The varint at `position`, of at most `most` bytes, and the position after it, at most `stop`."""
    if position < stop and (value := buffer[position]) < 0x80:  # nearly always
        return value, position + 1
    value = 0
    for place, byte in enumerate(buffer[position : min(position + most, stop)]):
        value |= (byte & 0x7F) << 7 * place
        if byte < 0x80:
            return value, position + place + 1
    if stop - position < most:
        raise DecodeError("a varint runs past the end of its message")
    raise DecodeError(f"a varint is longer than {most} bytes")


def read_fields(buffer: Buffer, start: int, stop: int) -> Iterator[tuple[int, int, int, int]]:
    """The fields of a message: field number, wire type, and the span of the content (without tag and length)."""
    position = start
    while position < stop:
        if (tag := buffer[position]) < 0x80:  # nearly always, and a call takes longer
            position += 1
        else:
            tag, position = read_varint(buffer, position, stop, TAG_BYTES)
        number, wire, end = tag >> 3, tag & 7, position
        if wire == 2:
            size, position = read_varint(buffer, position, stop, TAG_BYTES)
            end = position + size
        elif wire == 0:
            end = read_varint(buffer, position, stop)[1]
        elif wire in (1, 5):
            end += 8 if wire == 1 else 4
        else:
            raise DecodeError(f"field {number} has wire type {wire}, expected 0, 1, 2 or 5")
        if not 0 < number <= MAX_NUMBER:
            raise DecodeError(f"a field has number {number}, expected 1 to {MAX_NUMBER}")
        if end > stop:
            raise DecodeError(f"field {number} runs past the end of its message")
        yield number, wire, position, end
        position = end


def read_messages(buffer: Buffer, start: int, stop: int, numbers: Sequence[int]) -> dict[int, tuple[int, int]]:
    """The spans of some length-delimited fields that may each occur once; other fields are skipped."""
    spans: dict[int, tuple[int, int]] = {}
    for number, wire, begin, end in read_fields(buffer, start, stop):
        if wire == 2 and number in numbers:
            if number in spans:
                raise DecodeError(f"field {number} occurs twice in one message")
            spans[number] = begin, end
    return spans


def read_map(buffer: Buffer, span: tuple[int, int] | None) -> dict[str, tuple[int, int]]:
    """The values' spans by key, from a message (`Features` or `FeatureLists`) whose field 1 is a map."""
    entries: dict[str, tuple[int, int]] = {}
    for number, wire, begin, end in read_fields(buffer, *(span or (0, 0))):
        if (number, wire) == (1, 2):
            key, value = read_entry(buffer, begin, end)
            entries[key] = value  # of a key that comes twice the last counts, says protobuf
    return entries


def read_entry(buffer: Buffer, start: int, stop: int) -> tuple[str, tuple[int, int]]:
    """A map entry's key, and its value's span."""
    parts = read_messages(buffer, start, stop, (1, 2))
    begin, end = parts.get(1, (0, 0))
    return buffer[begin:end].decode("utf-8", "backslashreplace"), parts.get(2, (0, 0))


def read_feature(buffer: Buffer, start: int, stop: int) -> Feature:
    """Decode a `Feature`; lists of numbers may be packed, unpacked or mixed."""
    lists = read_messages(buffer, start, stop, (BYTES, FLOAT, INT64))
    if len(lists) > 1:
        raise DecodeError(f"a feature holds {' and '.join(KINDS[kind] for kind in lists)}, expected one of them")
    for kind, span in lists.items():
        wires = {BYTES: (2,), FLOAT: (2, 5), INT64: (2, 0)}[kind]
        fields = [field for field in read_fields(buffer, *span) if field[0] == 1 and field[1] in wires]
        chunks = [(begin, end) for _, _, begin, end in fields]
        if kind == FLOAT and any((end - begin) % 4 for begin, end in chunks):
            raise DecodeError("a packed float list is no multiple of 4 bytes long")
        if kind == INT64 and any(begin < end and buffer[end - 1] >= 0x80 for begin, end in chunks):
            raise DecodeError("a varint runs past the end of its packed list")
        return Feature(kind, chunks, packed=all(wire == 2 for _, wire, _, _ in fields))
    return Feature(0, [])


def find_feature(buffer: Buffer, entries: Mapping[str, tuple[int, int]], name: str, kind: int) -> Feature:
    """Decode the feature called `name` out of `read_map`'s entries, and insist on its kind (unset counts as empty)."""
    if name not in entries:
        raise DecodeError(
            f"there is no feature {name!r}; the record has {', '.join(map(repr, sorted(entries))) or 'none'}"
        )
    feature = read_feature(buffer, *entries[name])
    if feature.kind not in (0, kind):
        raise DecodeError(f"feature {name!r} holds {KINDS[feature.kind]}, expected {KINDS[kind]}")
    return feature


def read_example(buffer: Buffer, start: int, stop: int) -> dict[str, tuple[int, int]]:
    """The spans of an `Example`'s features by name."""
    return read_map(buffer, read_messages(buffer, start, stop, (1,)).get(1))


def read_sequence_example(
    buffer: Buffer, start: int, stop: int
) -> tuple[dict[str, tuple[int, int]], dict[str, tuple[int, int]]]:
    """The spans of a `SequenceExample`'s context features and of its feature lists, by name."""
    parts = read_messages(buffer, start, stop, (1, 2))
    return read_map(buffer, parts.get(1)), read_map(buffer, parts.get(2))
