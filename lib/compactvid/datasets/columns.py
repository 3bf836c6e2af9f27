"""The values of records as arrays: a feature of many `tf.train.Example` messages, the frames of a `SequenceExample`.

Parsing message by message costs Python some 15 µs each. But the bytes before a feature's values (tags, lengths, name)
hardly vary from record to record: a header seen once is remembered with what it means, and all records advance together
from entry to entry by comparing with the headers known. Equal headers mean equal structure, since every length stands
in them. Records that fit none are parsed one by one (`compactvid.datasets.protobuf`), with the same result.
"""

from collections.abc import Mapping

import numpy as np

from compactvid.datasets.protobuf import (
    BYTES,
    TAG_BYTES,
    Buffer,
    DecodeError,
    at_row,
    find_feature,
    read_entry,
    read_example,
    read_feature,
    read_fields,
    read_varint,
    step_header,
)
from compactvid.datasets.record_files import windows

KEY_BYTES, HEADER_BYTES, MAX_HEADERS = 8, 32, 1024
HEADER = np.dtype(
    [
        ("key", "<u8"),  # the first bytes, by which the table is sorted
        ("bytes", "<u8", HEADER_BYTES // 8),
        ("mask", "<u8", HEADER_BYTES // 8),
        ("header", "<i8"),  # size in bytes
        ("values", "<i8"),  # size in bytes
        ("feature", "<i8"),  # index of the feature, or their number if it is not wanted
    ]
)
Spans = tuple[np.ndarray, np.ndarray]


class ExampleColumns:
    """Finds some features in many serialised `Example` messages.

    Parameters
    ----------
    kinds : mapping of str to int
        The wanted features and their kinds, `protobuf.FLOAT` or `protobuf.INT64`.
    """

    def __init__(self, kinds: Mapping[str, int]):
        self.kinds = dict(kinds)
        self._headers = np.zeros(0, HEADER)

    def __call__(self, buffer: Buffer, starts: np.ndarray, stops: np.ndarray) -> tuple[Buffer, dict[str, Spans]]:
        """Find the features of the messages ``buffer[starts[i]:stops[i]]``.

        Returns
        -------
        buffer : bytes or bytearray
            The buffer, lengthened by the values that did not stand in one piece.
        columns : dict of str to (numpy.ndarray, numpy.ndarray)
            For each feature where its values start and stop in the buffer, int64 (messages,): packed as protobuf does.

        Raises
        ------
        DecodeError
            With the message's index as `row`.
        """
        begin = np.full((len(self.kinds) + 1, len(starts)), -1)
        sizes = np.zeros_like(begin)
        together = self._advance(buffer, *_enter(buffer, starts, stops), begin, sizes)
        singly = np.flatnonzero(~together | (begin[:-1] < 0).any(axis=0))
        parts, length = [buffer], len(buffer)
        for row in singly.tolist():
            with at_row(row):
                entries = read_example(buffer, int(starts[row]), int(stops[row]))
                for index, (name, kind) in enumerate(self.kinds.items()):
                    chunks = find_feature(buffer, entries, name, kind).chunks
                    parts.append(b"".join(buffer[first:last] for first, last in chunks))
                    begin[index, row], sizes[index, row] = length, len(parts[-1])
                    length += len(parts[-1])
        columns = {name: (begin[index], begin[index] + sizes[index]) for index, name in enumerate(self.kinds)}
        return b"".join(parts) if singly.size else buffer, columns

    def _advance(
        self,
        buffer: Buffer,
        position: np.ndarray,
        ends: np.ndarray,
        together: np.ndarray,
        begin: np.ndarray,
        sizes: np.ndarray,
    ) -> np.ndarray:
        """Move all messages that go `together` to their ends, noting where values begin; returns which got there."""
        together &= ends <= len(buffer) - HEADER_BYTES  # a window is read at each entry
        while (rows := np.flatnonzero(together & (position < ends))).size:
            seen = windows(buffer, HEADER_BYTES)[position[rows]].view("<u8")  # (rows, words)
            headers = self._headers  # another thread may put a longer table in its place
            if len(headers):
                match = headers[np.searchsorted(headers["key"], seen[:, 0]).clip(max=len(headers) - 1)]
                first = position[rows] + match["header"]
                last = first + match["values"]
                known = (((seen ^ match["bytes"]) & match["mask"]) == 0).all(axis=1) & (last <= ends[rows])
                begin[match["feature"][known], rows[known]] = first[known]
                sizes[match["feature"][known], rows[known]] = match["values"][known]
                position[rows[known]] = last[known]
                rows, seen = rows[~known], seen[~known]
            examples = rows[np.unique(seen[:, 0], return_index=True)[1]]
            if not any([self._remember(buffer, int(position[row]), int(ends[row])) for row in examples]):
                together[rows] = False
        return together

    def _remember(self, buffer: Buffer, start: int, stop: int) -> bool:
        """Add the header of the entry at `start` to the table, if the rest of the entry is nothing but values."""
        try:
            size, position = read_varint(buffer, start + 1, stop, TAG_BYTES)
            end = position + size
            if buffer[start] != 0x0A or end > stop:
                return False
            name, (first, last) = read_entry(buffer, position, end)
            if name in self.kinds:
                values = read_feature(buffer, first, last)
                if values.kind != self.kinds[name] or len(values.chunks) > 1 or not values.packed:
                    return False
                first, last = values.chunks[0] if values.chunks else (last, last)
        except DecodeError:
            return False
        key = int.from_bytes(buffer[start : start + KEY_BYTES], "little")
        room = len(self._headers) < MAX_HEADERS and key not in self._headers["key"]
        if last != end or not room or not KEY_BYTES <= first - start <= HEADER_BYTES:
            return False
        header = np.zeros(1, HEADER)
        header["key"], header["header"], header["values"] = key, first - start, last - first
        header["bytes"] = np.frombuffer(buffer[start:first].ljust(HEADER_BYTES, b"\0"), "<u8")
        header["mask"] = np.frombuffer((b"\xff" * (first - start)).ljust(HEADER_BYTES, b"\0"), "<u8")
        header["feature"] = list(self.kinds).index(name) if name in self.kinds else len(self.kinds)
        self._headers = np.sort(np.append(self._headers, header), order="key")
        return True


def _enter(buffer: Buffer, starts: np.ndarray, stops: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Position and end of field 1 in each message, and which have no more than an empty field 2, as real ones."""
    data = np.frombuffer(buffer, np.uint8)
    head = data[np.minimum(starts[:, None] + np.arange(5), len(data) - 1)].astype(np.int64)  # tag, length of <= 4 bytes
    size = np.argmax(head[:, 1:] < 0x80, axis=1)  # bytes of the length but the last
    shifts = 7 * np.arange(4)
    length = ((head[:, 1:] & 0x7F) << shifts).sum(axis=1, where=np.arange(4) <= size[:, None])
    position = starts + 2 + size
    ends = position + length
    rest = stops - ends
    after = data[np.minimum(ends[:, None] + np.arange(2), len(data) - 1)]
    known = (rest == 0) | ((rest == 2) & (after == (0x12, 0)).all(axis=1))  # never, if the length takes more bytes
    return position, ends, known & (head[:, 0] == 0x0A)


def float_column(buffer: Buffer, spans: Spans, size: int, name: str) -> np.ndarray:
    """The values of a float feature: float32 (messages, size), all finite."""
    starts, stops = spans
    if (wrong := np.flatnonzero(stops - starts != 4 * size)).size:
        row = int(wrong[0])
        raise DecodeError(f"feature {name!r} has {(stops - starts)[row] // 4} values, expected {size}", row)
    values = windows(buffer, 4 * size)[starts].view("<f4")
    if not np.isfinite(values).all():
        row, place = (int(index[0]) for index in np.nonzero(~np.isfinite(values)))
        raise DecodeError(f"feature {name!r} has {values[row, place]} at position {place}, expected finite values", row)
    return values


def int64_column(buffer: Buffer, spans: Spans) -> tuple[np.ndarray, np.ndarray]:
    """The values of an int64 feature, one message after the other: (row, value), both int64 (values,)."""
    starts, stops = spans
    sizes = stops - starts
    rows = np.repeat(np.arange(len(starts)), sizes)
    places = np.arange(len(rows)) + np.repeat(starts - np.cumsum(sizes) + sizes, sizes)
    data = np.frombuffer(buffer, np.uint8)[places]
    last = data < 0x80
    first = np.flatnonzero(np.append(True, last[:-1])[: len(data)])  # of each varint
    depth = np.arange(len(data)) - np.repeat(first, np.diff(np.append(first, len(data))))
    unended = np.zeros(len(data), bool)
    unended[(np.cumsum(sizes) - 1)[sizes > 0]] = True
    if (wrong := np.flatnonzero((unended & ~last) | (depth > 9))).size:
        raise DecodeError("a varint runs past the end of its list or 10 bytes", int(rows[wrong[0]]))
    digits = (data & 0x7F).astype(np.uint64) << (7 * depth).astype(np.uint64)
    return rows[first], np.add.reduceat(digits, first).view(np.int64) if first.size else np.zeros(0, np.int64)


def frame_block(buffer: Buffer, lists: Mapping[str, tuple[int, int]], name: str, size: int) -> np.ndarray:
    """The frames of a feature list with one bytes value each: uint8 (frames, size), at least one; a view if it can be.

    Where every frame begins as a value of `size` bytes usually does, nothing is parsed.
    """
    if name not in lists:
        raise DecodeError(
            f"there is no feature list {name!r}; the record has {', '.join(map(repr, sorted(lists))) or 'none'}"
        )
    begin, end = lists[name]
    header = step_header(size)
    count, rest = divmod(end - begin, len(header) + size)
    if count and not rest:
        block = np.frombuffer(buffer, np.uint8, end - begin, begin).reshape(count, -1)
        if block[:, : len(header)].tobytes() == header * count:
            return block[:, len(header) :]
    frames: list[bytes | bytearray] = []
    for number, wire, start, stop in read_fields(buffer, begin, end):
        if (number, wire) != (1, 2):
            continue
        feature = read_feature(buffer, start, stop)
        if feature.kind != BYTES or len(feature.chunks) != 1:
            raise DecodeError(f"frame {len(frames)} of {name!r} is not one bytes value")
        first, last = feature.chunks[0]
        if last - first != size:
            raise DecodeError(f"frame {len(frames)} of {name!r} has {last - first} bytes, expected {size}")
        frames.append(buffer[first:last])
    if not frames:
        raise DecodeError(f"feature list {name!r} has no frames")
    return np.frombuffer(b"".join(frames), np.uint8).reshape(-1, size)
