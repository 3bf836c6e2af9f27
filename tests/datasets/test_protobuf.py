"""The wire layout of examples, beside TensorFlow's own message classes."""

import numpy as np
import pytest
from google.protobuf import message as protobuf_error
from hypothesis import given
from hypothesis import strategies as st

from compactvid.datasets.protobuf import (
    BYTES,
    FLOAT,
    INT64,
    DecodeError,
    encode_example,
    encode_sequence_example,
    encode_varint,
    find_feature,
    read_example,
    read_feature,
    read_fields,
    read_sequence_example,
    read_varint,
)

INT64S = st.lists(st.integers(-(2**63), 2**63 - 1)).map(lambda values: np.array(values, np.int64))
FLOATS = st.lists(st.floats(width=32)).map(lambda values: np.array(values, np.float32))
BYTESES = st.lists(st.binary(max_size=9))
# None of these names begins with another: where one does, protobuf's implementations sort them differently.
NAMES = st.text(min_size=3, max_size=3)
FEATURES = st.dictionaries(NAMES, st.one_of(INT64S, FLOATS, BYTESES), max_size=4)
STEPS = st.dictionaries(NAMES, BYTESES, max_size=3)


def feature_message(tf, values):
    if isinstance(values, list):
        return tf.train.Feature(bytes_list=tf.train.BytesList(value=values))
    if values.dtype == np.float32:
        return tf.train.Feature(float_list=tf.train.FloatList(value=values))
    return tf.train.Feature(int64_list=tf.train.Int64List(value=values))


def features_message(tf, features):
    return tf.train.Features(feature={name: feature_message(tf, values) for name, values in features.items()})


def field(number: int, content: bytes, wire: int = 2) -> bytes:
    """A field as protobuf's encoding guide writes it; `content` of wire type 2 gets its length."""
    return encode_varint(number << 3 | wire) + (encode_varint(len(content)) if wire == 2 else b"") + content


def payload(buffer: bytes, feature) -> bytes:
    return b"".join(buffer[first:last] for first, last in feature.chunks)


@given(FEATURES)
def test_example_is_encoded_as_protobuf_does(tf, features):
    message = tf.train.Example(features=features_message(tf, features))
    assert encode_example(features) == message.SerializeToString(deterministic=True)


@given(FEATURES, STEPS)
def test_sequence_example_is_encoded_as_protobuf_does(tf, context, lists):
    feature_list = {
        name: tf.train.FeatureList(feature=[feature_message(tf, [step]) for step in steps])
        for name, steps in lists.items()
    }
    message = tf.train.SequenceExample(
        context=features_message(tf, context), feature_lists=tf.train.FeatureLists(feature_list=feature_list)
    )
    encoded = encode_sequence_example(context, lists)
    assert tf.train.SequenceExample.FromString(encoded) == message
    # Protobuf leaves an empty message out, which reads the same.
    if context and lists:
        assert encoded == message.SerializeToString(deterministic=True)


def test_other_dtypes_are_refused():
    with pytest.raises(TypeError, match="a Feature holds bytes, float32 or int64, got an array of float64"):
        encode_example({"x": np.zeros(2)})


@given(st.integers(0, 2**64 - 1))
def test_varint_round_trip(value):
    encoded = encode_varint(value)
    assert sum((byte & 0x7F) << 7 * place for place, byte in enumerate(encoded)) == value
    assert read_varint(b"\xff" + encoded + b"\xff", 1, len(encoded) + 1) == (value, len(encoded) + 1)


@pytest.mark.parametrize("encoded", [b"", b"\x80", b"\xff" * 9])
def test_varint_that_runs_on_is_refused(encoded):
    with pytest.raises(DecodeError, match="a varint runs past the end of its message"):
        read_varint(encoded + b"\x01", 0, len(encoded))


def test_varint_of_eleven_bytes_is_refused():
    with pytest.raises(DecodeError, match="a varint is longer than 10 bytes"):
        read_varint(b"\x80" * 10 + b"\x01", 0, 11)


@given(FEATURES)
def test_features_are_found_with_their_kind_and_values(tf, features):
    message = tf.train.Example(features=features_message(tf, features))
    buffer = message.SerializeToString()
    entries = read_example(b"??" + buffer + b"??", 2, len(buffer) + 2)
    assert set(entries) == set(features)
    buffer = b"??" + buffer + b"??"
    for name, values in features.items():
        kind = BYTES if isinstance(values, list) else FLOAT if values.dtype == np.float32 else INT64
        feature = find_feature(buffer, entries, name, kind)
        if kind == BYTES:
            assert [buffer[first:last] for first, last in feature.chunks] == values
        elif kind == FLOAT:
            assert payload(buffer, feature) == values.tobytes()
        else:
            assert payload(buffer, feature) == b"".join(encode_varint(value % 2**64) for value in values.tolist())


@given(STEPS)
def test_lists_of_a_sequence_example_are_apart_from_its_context(lists):
    buffer = encode_sequence_example({"id": b"video"}, lists)
    context, found = read_sequence_example(buffer, 0, len(buffer))
    assert set(context) == {"id"}
    for name, steps in lists.items():
        features = [read_feature(buffer, begin, end) for _, _, begin, end in read_fields(buffer, *found[name])]
        assert [payload(buffer, feature) for feature in features] == steps


FLOAT_BYTES = np.array([1.5, -2], np.float32).tobytes()


@pytest.mark.parametrize(
    ("feature", "kind", "expected", "packed"),
    [
        (field(2, field(1, FLOAT_BYTES)), FLOAT, FLOAT_BYTES, True),
        (field(2, field(1, FLOAT_BYTES[:4], 5) + field(1, FLOAT_BYTES[4:], 5)), FLOAT, FLOAT_BYTES, False),
        (field(2, field(1, FLOAT_BYTES[:4], 5) + field(1, FLOAT_BYTES[4:])), FLOAT, FLOAT_BYTES, False),
        (field(3, field(1, b"\x05\x80\x02")), INT64, b"\x05\x80\x02", True),
        (field(3, field(1, b"\x05", 0) + field(1, b"\x80\x02", 0)), INT64, b"\x05\x80\x02", False),
        (field(3, field(1, b"\x05") + field(1, b"\x80\x02")), INT64, b"\x05\x80\x02", True),
        # Fields that the format does not know: every wire type, within the list and beside it.
        (field(9, b"?") + field(3, field(2, b"?") + field(1, b"\x05") + field(7, b"\x01", 0)), INT64, b"\x05", True),
        (field(3, field(1, b"\x05")) + field(8, bytes(8), 1) + field(8, bytes(4), 5), INT64, b"\x05", True),
        # The number of a list with another wire type is an unknown field, too.
        (field(1, b"\x07", 0) + field(3, field(1, b"\x05")), INT64, b"\x05", True),
        (field(3, b""), INT64, b"", True),
        (b"", 0, b"", True),
    ],
)
def test_every_spelling_of_a_list_reads_as_tensorflow_reads_it(tf, feature, kind, expected, packed):
    found = read_feature(feature, 0, len(feature))
    assert (found.kind, payload(feature, found), found.packed) == (kind, expected, packed)
    message = tf.train.Feature.FromString(feature)
    assert message.float_list.value == (np.frombuffer(expected, np.float32).tolist() if kind == FLOAT else [])
    assert message.int64_list.value == (
        {b"": [], b"\x05": [5], b"\x05\x80\x02": [5, 256]}[expected] if kind == INT64 else []
    )


def entry(name: bytes, feature: bytes) -> bytes:
    return field(1, field(1, name) + field(2, feature))


def test_of_a_name_that_comes_twice_the_last_counts():
    features = field(1, entry(b"x", field(3, field(1, b"\x05"))) + entry(b"x", field(3, field(1, b"\x06"))))
    feature = find_feature(features, read_example(features, 0, len(features)), "x", INT64)
    assert payload(features, feature) == b"\x06"


@pytest.mark.parametrize(
    ("example", "problem"),
    [
        (b"\x0a", "a varint runs past the end of its message"),
        (b"\x0a\x05abc", "field 1 runs past the end of its message"),
        (b"\x09abc", "field 1 runs past the end of its message"),
        (b"\x0b\x0c", "field 1 has wire type 3, expected 0, 1, 2 or 5"),
        (b"\x02\x00", "a field has number 0, expected 1 to 536870911"),
        (field(1, b"") * 2, "field 1 occurs twice in one message"),
        (field(1, field(1, field(1, b"x") + field(1, b"x"))), "field 1 occurs twice in one message"),
        (field(1, entry(b"y", b"")), "there is no feature 'x'; the record has 'y'"),
        (b"", "there is no feature 'x'; the record has none"),
        (field(1, entry(b"x", field(2, b""))), "feature 'x' holds float32, expected int64"),
        (field(1, entry(b"x", field(1, b""))), "feature 'x' holds bytes, expected int64"),
        (field(1, entry(b"x", field(1, b"") + field(3, b""))), "a feature holds bytes and int64, expected one of them"),
        (field(1, entry(b"x", field(2, field(1, b"123")))), "a packed float list is no multiple of 4 bytes long"),
        (field(1, entry(b"x", field(3, field(1, b"\x80")))), "a varint runs past the end of its packed list"),
    ],
)
def test_broken_messages_are_refused(example, problem):
    with pytest.raises(DecodeError) as caught:
        find_feature(example, read_example(example, 0, len(example)), "x", INT64)
    assert str(caught.value) == problem


@pytest.mark.parametrize(
    ("before", "problem"),
    [
        (b"\x9a\x80\x80\x80\x00\x80\x80\x80\x80\x00", ""),  # five bytes each for field 3 and its length 0
        (b"\x9a\x80\x80\x80\x80\x00\x00", "a varint is longer than 5 bytes"),
        (b"\x1a\x80\x80\x80\x80\x80\x00", "a varint is longer than 5 bytes"),
        (b"\xfd\xff\xff\xff\x0f????", ""),  # the largest number of a field
        (b"\x85\x80\x80\x80\x10????", "a field has number 536870912, expected 1 to 536870911"),
        (b"\x18" + b"\xff" * 9 + b"\x01", ""),
        (b"\x18" + b"\xff" * 10 + b"\x01", "a varint is longer than 10 bytes"),
    ],
)
def test_overlong_tags_and_lengths_are_refused_as_by_protobuf(tf, before, problem):
    message = before + field(1, entry(b"x", field(3, field(1, b"\x05"))))
    if problem:
        with pytest.raises(DecodeError, match=problem):
            read_example(message, 0, len(message))
        with pytest.raises(protobuf_error.DecodeError):
            tf.train.Example.FromString(message)
    else:
        assert set(read_example(message, 0, len(message))) == set(tf.train.Example.FromString(message).features.feature)
