"""YouTube-8M shards: TensorFlow's parsers read ours to the bit, ours read TensorFlow's and the real ones."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from compactvid.datasets import youtube8m
from compactvid.datasets.sources import dequantize
from compactvid.datasets.tfrecord import RecordError, write_records

SIZES = {"mean_rgb": 5, "mean_audio": 2}
FRAME_SIZES = {"rgb": 5, "audio": 2}
CLASSES = 400
IDS = st.one_of(st.text(max_size=11), st.binary(max_size=200))
LABELS = st.lists(st.integers(0, CLASSES - 1), max_size=9)
VECTORS = {name: hnp.arrays(np.float32, size, elements=st.floats(-3, 3, width=32)) for name, size in SIZES.items()}
VIDEOS = st.lists(st.fixed_dictionaries({"id": IDS, "labels": LABELS} | VECTORS), min_size=1, max_size=7)


@st.composite
def frame_examples(draw):
    frames = draw(st.integers(1, 8))
    blocks = {name: draw(hnp.arrays(np.uint8, (frames, size))) for name, size in FRAME_SIZES.items()}
    return {"id": draw(IDS), "labels": draw(LABELS)} | blocks


@pytest.fixture(scope="module")
def shard(tmp_path_factory):
    return tmp_path_factory.mktemp("shards") / "file.tfrecord"


def as_bytes(video_id) -> bytes:
    return video_id.encode() if isinstance(video_id, str) else video_id


def as_text(video_id) -> str:
    return as_bytes(video_id).decode("utf-8", "backslashreplace")


def label_matrix(examples) -> np.ndarray:
    matrix = np.zeros((len(examples), CLASSES), np.uint8)
    for row, example in enumerate(examples):
        for label in example["labels"]:
            matrix[row, label] = 1
    return matrix


def slow_dequantize(q: int) -> float:
    """The challenge's formula: quantised to [-2, 2] in 255 steps, plus half of a 256th of the range."""
    return q * (4 / 255) + 4 / 512 - 2


@settings(max_examples=60)
@given(VIDEOS)
def test_video_level_round_trip_is_exact(shard, examples):
    youtube8m.write_video_level(shard, iter(examples))
    batches = youtube8m.read_video_level(shard, num_classes=CLASSES, feature_sizes=SIZES, batch_size=100)
    ((inputs, labels),) = batches
    for name in SIZES:
        assert inputs[name].dtype == np.float32
        assert inputs[name].tobytes() == np.stack([example[name] for example in examples]).tobytes()  # -0.0, too
    assert labels.dtype == np.uint8
    np.testing.assert_array_equal(labels, label_matrix(examples))
    assert batches.ids(0) == [as_text(example["id"]) for example in examples]


@settings(max_examples=60)
@given(st.lists(frame_examples(), min_size=1, max_size=5), st.integers(1, 10))
def test_frame_level_round_trip_is_exact(shard, examples, max_frames):
    youtube8m.write_frame_level(shard, iter(examples))
    options = {"num_classes": CLASSES, "feature_sizes": FRAME_SIZES, "max_frames": max_frames, "batch_size": 100}
    ((stored, labels),) = youtube8m.read_frame_level(shard, dequantized=False, **options)
    batches = youtube8m.read_frame_level(shard, **options)
    ((inputs, _),) = batches
    kept = [min(len(example["rgb"]), max_frames) for example in examples]
    assert inputs["num_frames"].dtype == np.int32
    assert inputs["num_frames"].tolist() == stored["num_frames"].tolist() == kept
    for name, size in FRAME_SIZES.items():
        expected = np.zeros((len(examples), max_frames, size), np.uint8)
        mask = np.zeros(expected.shape, bool)
        for row, example in enumerate(examples):
            expected[row, : kept[row]], mask[row, : kept[row]] = example[name][:max_frames], True
        assert stored[name].dtype == np.uint8
        np.testing.assert_array_equal(stored[name], expected)
        assert inputs[name].dtype == np.float32
        np.testing.assert_array_equal(inputs[name], np.where(mask, dequantize(expected), np.float32(0)))
    np.testing.assert_array_equal(labels, label_matrix(examples))
    assert batches.ids(0) == [as_text(example["id"]) for example in examples]


def videos(count: int) -> list[dict]:
    random = np.random.default_rng(count)
    return [
        {"id": f"v{index:03}", "labels": random.choice(youtube8m.NUM_CLASSES, index % 4, replace=False).tolist()}
        | {"mean_rgb": random.normal(size=1024).astype(np.float32), "mean_audio": np.float32(random.normal(size=128))}
        for index in range(count)
    ]


def frames(count: int) -> list[dict]:
    random = np.random.default_rng(count)
    return [
        {"id": f"v{index:03}", "labels": random.choice(youtube8m.NUM_CLASSES, index % 4, replace=False).tolist()}
        | {name: random.integers(0, 256, (index + 1, size), np.uint8) for name, size in (("rgb", 1024), ("audio", 128))}
        for index in range(count)
    ]


def parse_video(tf, record) -> dict:
    """As the challenge's reader of averaged features parses one example."""
    return tf.io.parse_single_example(
        record,
        {
            "id": tf.io.FixedLenFeature([], tf.string),
            "labels": tf.io.VarLenFeature(tf.int64),
            "mean_rgb": tf.io.FixedLenFeature([1024], tf.float32),
            "mean_audio": tf.io.FixedLenFeature([128], tf.float32),
        },
    )


def parse_frames(tf, record, max_frames: int) -> tuple[dict, dict]:
    """As the challenge's reader of frames parses, dequantises and pads one sequence example."""
    context, lists = tf.io.parse_single_sequence_example(
        record,
        {"id": tf.io.FixedLenFeature([], tf.string), "labels": tf.io.VarLenFeature(tf.int64)},
        {name: tf.io.FixedLenSequenceFeature([], tf.string) for name in ("rgb", "audio")},
    )
    padded = {}
    for name, size in (("rgb", 1024), ("audio", 128)):
        values = tf.cast(tf.reshape(tf.io.decode_raw(lists[name], tf.uint8), [-1, size]), tf.float32)
        values = (values * (4 / 255.0) + (4 / 512.0 - 2))[:max_frames]
        padded[name] = tf.pad(values, [[0, max_frames - len(values)], [0, 0]]).numpy()
    return context, padded


def test_tensorflow_parses_the_videos_that_are_written(tf, tmp_path):
    examples = videos(9)
    youtube8m.write_video_level(tmp_path / "file", examples)
    records = list(tf.data.TFRecordDataset(str(tmp_path / "file")))
    for example, record in zip(examples, records, strict=True):
        parsed = parse_video(tf, record)
        assert parsed["id"].numpy() == example["id"].encode()
        assert parsed["labels"].values.numpy().tolist() == example["labels"]
        assert parsed["mean_rgb"].numpy().tobytes() == example["mean_rgb"].tobytes()
        assert parsed["mean_audio"].numpy().tobytes() == example["mean_audio"].tobytes()


def test_tensorflow_parses_the_frames_that_are_written(tf, tmp_path):
    examples = frames(6)
    youtube8m.write_frame_level(tmp_path / "file", examples)
    ((inputs, labels),) = youtube8m.read_frame_level(tmp_path / "file", max_frames=4)
    records = list(tf.data.TFRecordDataset(str(tmp_path / "file")))
    for row, (example, record) in enumerate(zip(examples, records, strict=True)):
        context, padded = parse_frames(tf, record, max_frames=4)
        assert context["id"].numpy() == example["id"].encode()
        assert sorted(context["labels"].values.numpy()) == np.flatnonzero(labels[row]).tolist()
        for name, values in padded.items():
            assert inputs[name][row].tobytes() == values.tobytes()  # dequantised by the same roundings


def test_shards_of_tensorflow_are_read(tmp_path, tensorflow_write, tensorflow_example, tensorflow_sequence_example):
    examples = videos(5)
    records = [tensorflow_example(**example | {"id": example["id"].encode()}) for example in examples]
    batches = youtube8m.read_video_level(tensorflow_write(tmp_path / "video", records))
    ((inputs, labels),) = batches
    for name in ("mean_rgb", "mean_audio"):
        np.testing.assert_array_equal(inputs[name], [example[name] for example in examples])
    assert [np.flatnonzero(row).tolist() for row in labels] == [sorted(example["labels"]) for example in examples]
    assert batches.ids(0) == [example["id"] for example in examples]

    examples = frames(5)
    records = [
        tensorflow_sequence_example(
            {"id": example["id"].encode(), "labels": example["labels"]},
            **{name: [row.tobytes() for row in example[name]] for name in ("rgb", "audio")},
        )
        for example in examples
    ]
    path = tensorflow_write(tmp_path / "frame", records)
    batches = youtube8m.read_frame_level(path, max_frames=5, dequantized=False)
    ((inputs, labels),) = batches
    for row, example in enumerate(examples):
        for name in ("rgb", "audio"):
            np.testing.assert_array_equal(inputs[name][row, : row + 1], example[name])
    assert [np.flatnonzero(row).tolist() for row in labels] == [sorted(example["labels"]) for example in examples]
    assert batches.ids(0) == [example["id"] for example in examples]


def test_real_shards_are_read_as_tensorflow_reads_them(tf, real_video_shards):
    paths = real_video_shards[:2]
    batches = youtube8m.read_video_level(paths, batch_size=128)
    records = iter(tf.data.TFRecordDataset([str(path) for path in paths]))
    for step, (inputs, labels) in enumerate(batches):
        ids = batches.ids(step)
        for row in range(len(labels)):
            parsed = parse_video(tf, next(records))
            assert ids[row].encode() == parsed["id"].numpy()
            assert np.flatnonzero(labels[row]).tolist() == sorted(parsed["labels"].values.numpy())
            assert inputs["mean_rgb"][row].tobytes() == parsed["mean_rgb"].numpy().tobytes()
            assert inputs["mean_audio"][row].tobytes() == parsed["mean_audio"].numpy().tobytes()
    assert next(records, None) is None


def test_dequantize_is_the_challenges_formula(tf):
    q = np.arange(256, dtype=np.uint8)
    ours = dequantize(q)
    theirs = tf.cast(q, tf.float32) * (4 / 255.0) + (4 / 512.0 - 2)
    assert ours.tobytes() == theirs.numpy().tobytes()
    # float32 rounds three times: the factor (worth 2^-22 at q = 255), the product and the sum (2^-23 each).
    np.testing.assert_allclose(ours, [slow_dequantize(int(value)) for value in q], rtol=0, atol=2**-21)
    assert (ours[0], ours[-1]) == (-1.9921875, 2.0078125)
    with pytest.raises(TypeError, match="quantized must be uint8, got float32"):
        dequantize(ours)


def test_features_may_be_chosen(tmp_path):
    youtube8m.write_frame_level(tmp_path / "file", frames(2))
    ((inputs, _),) = youtube8m.read_frame_level(tmp_path / "file", feature_sizes={"audio": 128})
    assert {name: values.shape for name, values in inputs.items()} == {"audio": (2, 300, 128), "num_frames": (2,)}


NAN = np.array([0, 1, np.nan, 3, 4], np.float32)
INFINITE = np.array([0, 1, 2, 3, -np.inf], np.float32)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"labels": [3, 400]}, "label 400 is outside [0, 400)"),
        ({"labels": [-1]}, "label -1 is outside [0, 400)"),
        ({"labels": [2**63 - 1]}, "label 9223372036854775807 is outside [0, 400)"),
        ({"labels": np.zeros(1, np.float32)}, "feature 'labels' holds float32, expected int64"),
        ({"labels": b"3"}, "feature 'labels' holds bytes, expected int64"),
        ({"labels": None}, "there is no feature 'labels'; the record has 'id', 'mean_audio', 'mean_rgb'"),
        ({"mean_rgb": None}, "there is no feature 'mean_rgb'; the record has 'id', 'labels', 'mean_audio'"),
        ({"mean_rgb": np.zeros(4, np.float32)}, "feature 'mean_rgb' has 4 values, expected 5"),
        ({"mean_rgb": np.zeros(6, np.float32)}, "feature 'mean_rgb' has 6 values, expected 5"),
        ({"mean_rgb": np.zeros(0, np.float32)}, "feature 'mean_rgb' has 0 values, expected 5"),
        ({"mean_rgb": [1, 2, 3, 4, 5]}, "feature 'mean_rgb' holds int64, expected float32"),
        ({"mean_rgb": b"12345678901234567890"}, "feature 'mean_rgb' holds bytes, expected float32"),
        ({"mean_rgb": NAN}, "feature 'mean_rgb' has nan at position 2, expected finite values"),
        ({"mean_rgb": INFINITE}, "feature 'mean_rgb' has -inf at position 4, expected finite values"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_wrong_video_names_file_record_and_expectation(tmp_path, tensorflow_example, change, problem):
    good = {"id": b"good", "labels": [1, 2]} | {name: np.ones(size, np.float32) for name, size in SIZES.items()}
    bad = {name: values for name, values in (good | change).items() if values is not None}
    write_records(tmp_path / "first", [tensorflow_example(**good)] * 4)
    write_records(tmp_path / "second", [tensorflow_example(**example) for example in (good, good, bad, good)])
    batches = youtube8m.read_video_level(
        [tmp_path / "first", tmp_path / "second"], num_classes=CLASSES, feature_sizes=SIZES, batch_size=3, seed=5
    )
    with pytest.raises(RecordError) as caught:
        list(batches)
    assert str(caught.value) == f"{tmp_path / 'second'}, record 2 (counted from 0): {problem}"


@pytest.mark.parametrize(
    ("context", "lists", "problem"),
    [
        ({"labels": [400]}, {}, "label 400 is outside [0, 400)"),
        ({"labels": [-5]}, {}, "label -5 is outside [0, 400)"),
        ({"labels": b"3"}, {}, "feature 'labels' holds bytes, expected int64"),
        ({"labels": None}, {}, "there is no feature 'labels'; the record has 'id'"),
        ({}, {"rgb": None}, "there is no feature list 'rgb'; the record has 'audio'"),
        ({}, {"rgb": []}, "feature list 'rgb' has no frames"),
        ({}, {"rgb": [b"12345"] * 2}, "the features have different numbers of frames: {'rgb': 2, 'audio': 3}"),
        ({}, {"rgb": [b"1234"] * 3}, "frame 0 of 'rgb' has 4 bytes, expected 5"),
        ({}, {"rgb": [b"12345", b"123456", b"12345"]}, "frame 1 of 'rgb' has 6 bytes, expected 5"),
        ({}, {"rgb": [b"12345", b"12345", b""]}, "frame 2 of 'rgb' has 0 bytes, expected 5"),
        ({}, {"rgb": [[1, 2, 3, 4, 5]] * 3}, "frame 0 of 'rgb' is not one bytes value"),
        ({}, {"rgb": [b"12345", np.zeros(5, np.float32), b"12345"]}, "frame 1 of 'rgb' is not one bytes value"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_wrong_frames_name_file_record_and_expectation(tmp_path, tensorflow_sequence_example, context, lists, problem):
    good_context, good_lists = {"id": b"good", "labels": [1, 2]}, {"rgb": [b"12345"] * 3, "audio": [b"12"] * 3}
    good = tensorflow_sequence_example(good_context, **good_lists)
    bad = tensorflow_sequence_example(
        {name: values for name, values in (good_context | context).items() if values is not None},
        **{name: values for name, values in (good_lists | lists).items() if values is not None},
    )
    write_records(tmp_path / "first", [good] * 11)
    write_records(tmp_path / "second", [good, bad, good])
    batches = youtube8m.read_frame_level(
        [tmp_path / "first", tmp_path / "second"], num_classes=CLASSES, feature_sizes=FRAME_SIZES, batch_size=20, seed=5
    )
    with pytest.raises(RecordError) as caught:
        list(batches)
    assert str(caught.value) == f"{tmp_path / 'second'}, record 1 (counted from 0): {problem}"


def test_record_without_an_id_is_named(tmp_path, tensorflow_example):
    write_records(tmp_path / "file", [tensorflow_example(labels=[1], x=np.ones(2, np.float32))])
    batches = youtube8m.read_video_level(tmp_path / "file", feature_sizes={"x": 2})
    with pytest.raises(RecordError, match=r"record 0 \(counted from 0\): there is no feature 'id'"):
        batches.ids(0)


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"num_classes": 0}, "num_classes must be at least 1, got 0"),
        ({"batch_size": 0}, "batch_size must be at least 1, got 0"),
        ({"feature_sizes": {}}, "feature_sizes is empty; expected the features to read and their lengths"),
        ({"feature_sizes": {"rgb": 0}}, "feature_sizes['rgb'] must be at least 1, got 0"),
        ({"max_frames": 0}, "max_frames must be at least 1, got 0"),
        ({"seed": -1}, "seed must be at least 0, got -1"),
    ],
)
def test_wrong_parameters_are_refused(tmp_path, options, problem):
    youtube8m.write_frame_level(tmp_path / "file", frames(1))
    with pytest.raises(ValueError) as caught:  # noqa: PT011 (the message is compared in full)
        youtube8m.read_frame_level(tmp_path / "file", **options)
    assert str(caught.value) == problem


GOOD_VIDEO = {"id": "v", "labels": [1], "mean_rgb": np.ones(5, np.float32)}
GOOD_FRAMES = {"id": "v", "labels": [1], "rgb": np.ones((2, 5), np.uint8), "audio": np.ones((2, 3), np.uint8)}


@pytest.mark.parametrize(
    ("write", "example", "problem"),
    [
        (youtube8m.write_video_level, {"id": "v"}, "no labels; it has ['id']"),
        (youtube8m.write_video_level, {"id": "v", "labels": []}, "no feature beside id and labels"),
        (youtube8m.write_video_level, GOOD_VIDEO | {"id": 7}, "id must be str or bytes, got int"),
        (youtube8m.write_video_level, GOOD_VIDEO | {"labels": [-1]}, "labels must be a sequence of integers >= 0"),
        (youtube8m.write_video_level, GOOD_VIDEO | {"labels": [0.5]}, "labels must be a sequence of integers >= 0"),
        (youtube8m.write_video_level, GOOD_VIDEO | {"labels": [2**63]}, "labels must be a sequence of integers >= 0"),
        (youtube8m.write_video_level, GOOD_VIDEO | {"labels": 3}, "labels must be a sequence of integers >= 0"),
        (youtube8m.write_video_level, GOOD_VIDEO | {"mean_rgb": np.ones(5)}, "got float64 of shape (5,)"),
        (youtube8m.write_video_level, GOOD_VIDEO | {"mean_rgb": np.ones((1, 5), np.float32)}, "of shape (1, 5)"),
        (youtube8m.write_video_level, GOOD_VIDEO | {"mean_rgb": NAN}, "one-dimensional array of finite float32 values"),
        (youtube8m.write_frame_level, GOOD_FRAMES | {"rgb": np.ones((2, 5))}, "got float64 of shape (2, 5)"),
        (youtube8m.write_frame_level, GOOD_FRAMES | {"rgb": np.ones(5, np.uint8)}, "got uint8 of shape (5,)"),
        (youtube8m.write_frame_level, GOOD_FRAMES | {"rgb": np.ones((0, 5), np.uint8)}, "got uint8 of shape (0, 5)"),
        (youtube8m.write_frame_level, GOOD_FRAMES | {"rgb": np.ones((3, 5), np.uint8)}, "{'rgb': 3, 'audio': 2}"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_wrong_example_is_not_written(tmp_path, write, example, problem):
    good = GOOD_VIDEO if write is youtube8m.write_video_level else GOOD_FRAMES
    with pytest.raises(ValueError) as caught:  # noqa: PT011 (the message is compared)
        write(tmp_path / "file", [good, example])
    assert str(caught.value).startswith("example 1: ")
    assert problem in str(caught.value)
    assert list(tmp_path.iterdir()) == []
