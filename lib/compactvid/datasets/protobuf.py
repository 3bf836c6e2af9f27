"""The wire layout of `tf.train.Example` and `tf.train.SequenceExample`, without TensorFlow.

Source: tensorflow/core/example/{example,feature}.proto and https://protobuf.dev/programming-guides/encoding. In short::

    Example         { Features features = 1; }
    SequenceExample { Features context = 1; FeatureLists feature_lists = 2; }
    Features        { map<string, Feature> feature = 1; }          FeatureLists { map<string, FeatureList> = 1; }
    FeatureList     { repeated Feature feature = 1; }
    Feature         { oneof: BytesList = 1, FloatList = 2, Int64List = 3; }     each { repeated ... value = 1; }
"""

from collections.abc import Mapping, Sequence

import numpy as np

BYTES, FLOAT, INT64 = 1, 2, 3


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
