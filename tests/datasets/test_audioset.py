"""AudioSet's embeddings: real files are read as TensorFlow's parser reads them, wrong ones are named."""

import subprocess
import sys

import numpy as np
import pytest

from compactvid.datasets import audioset
from compactvid.datasets.frame_choice import RandomFrames
from compactvid.datasets.sources import dequantize
from compactvid.datasets.tfrecord import RecordError, write_records


def parse(tf, record) -> tuple[str, list[int], np.ndarray]:
    """Id, labels and frames (frames, 128), by the schema of the data set's page."""
    context, lists = tf.io.parse_single_sequence_example(
        record,
        {
            "video_id": tf.io.FixedLenFeature([], tf.string),
            "start_time_seconds": tf.io.FixedLenFeature([], tf.float32),
            "end_time_seconds": tf.io.FixedLenFeature([], tf.float32),
            "labels": tf.io.VarLenFeature(tf.int64),
        },
        {"audio_embedding": tf.io.FixedLenSequenceFeature([], tf.string)},
    )
    frames = tf.reshape(tf.io.decode_raw(lists["audio_embedding"], tf.uint8), [-1, 128])
    return context["video_id"].numpy().decode(), sorted(context["labels"].values.numpy()), frames.numpy()


def test_real_files_are_read_as_tensorflow_reads_them(tf, real_audioset_files):
    paths = real_audioset_files[::50]
    batches = audioset.read_frame_level(paths, batch_size=64, dequantized=False)
    floats = audioset.read_frame_level(paths, batch_size=64)
    records = iter(tf.data.TFRecordDataset([str(path) for path in paths]))
    lengths = set()
    for step, (inputs, labels) in enumerate(batches):
        assert {name: values.shape[1:] for name, values in inputs.items()} == {
            "audio_embedding": (10, 128),
            "num_frames": (),
        }
        dequantized = floats.batch(step)[0]["audio_embedding"]
        for row, video_id in enumerate(batches.ids(step)):
            expected_id, expected_labels, frames = parse(tf, next(records))
            assert video_id == expected_id
            assert np.flatnonzero(labels[row]).tolist() == expected_labels
            assert inputs["num_frames"][row] == len(frames)
            padded = np.pad(frames, [(0, 10 - len(frames)), (0, 0)])
            np.testing.assert_array_equal(inputs["audio_embedding"][row], padded)
            np.testing.assert_array_equal(dequantized[row, : len(frames)], dequantize(frames))
            assert not dequantized[row, len(frames) :].any()
            lengths.add(len(frames))
    assert next(records, None) is None
    assert lengths > {9, 10}  # not only complete clips


def test_whole_split_is_read(real_audioset_files):
    """22,160 clips of 1 to 10 seconds, each of the 527 classes among them."""
    seen, frames = np.zeros(527, int), []
    for inputs, labels in audioset.read_frame_level(real_audioset_files, batch_size=2000, dequantized=False):
        seen += labels.sum(axis=0, dtype=int)
        frames += inputs["num_frames"].tolist()
    assert len(frames) == 22_160
    assert (min(frames), max(frames)) == (1, 10)
    assert seen.min() > 0


def test_halves_and_random_frames_of_real_clips(tf, real_audioset_files):
    path, choice = real_audioset_files[0], RandomFrames(2)
    batches = audioset.read_frame_level(path, halves=True, frames=choice, max_frames=3, dequantized=False)
    records = [parse(tf, record) for record in tf.data.TFRecordDataset(str(path))]
    inputs, _ = batches.batch(7)
    for number in range(2 * len(records)):
        video_id, _, frames = records[number // 2]
        half = frames[: (len(frames) + 1) // 2] if number % 2 == 0 else frames[(len(frames) + 1) // 2 :]
        expected = half[choice(len(half), 3, 7, number)]
        np.testing.assert_array_equal(inputs["audio_embedding"][number], expected)
        assert batches.ids(7)[number] == video_id


GOOD = {"video_id": b"clip", "labels": [1, 526], "start_time_seconds": np.float32([3])}


@pytest.mark.parametrize(
    ("context", "frames", "problem"),
    [
        ({"labels": [527]}, [bytes(128)], "label 527 is outside [0, 527)"),
        ({"labels": [-1]}, [bytes(128)], "label -1 is outside [0, 527)"),
        ({"labels": np.float32([1])}, [bytes(128)], "feature 'labels' holds float32, expected int64"),
        ({}, [], "feature list 'audio_embedding' has no frames"),
        ({}, [bytes(128), bytes(127)], "frame 1 of 'audio_embedding' has 127 bytes, expected 128"),
        ({}, [[1] * 128], "frame 0 of 'audio_embedding' is not one bytes value"),
        ({}, None, "there is no feature list 'audio_embedding'; the record has none"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_wrong_clip_names_file_record_and_expectation(tmp_path, tensorflow_sequence_example, context, frames, problem):
    lists = {} if frames is None else {"audio_embedding": frames}
    good = tensorflow_sequence_example(GOOD, audio_embedding=[bytes(128)])
    write_records(tmp_path / "file", [good, tensorflow_sequence_example(GOOD | context, **lists)])
    with pytest.raises(RecordError) as caught:
        audioset.read_frame_level(tmp_path / "file").batch(0)
    assert str(caught.value) == f"{tmp_path / 'file'}, record 1 (counted from 0): {problem}"


def test_clip_without_its_id_is_named(tmp_path, tensorflow_sequence_example):
    record = tensorflow_sequence_example({"id": b"clip", "labels": [1]}, audio_embedding=[bytes(128)])
    write_records(tmp_path / "file", [record])
    batches = audioset.read_frame_level(tmp_path / "file")
    with pytest.raises(RecordError, match="there is no feature 'video_id'; the record has 'id', 'labels'"):
        batches.ids(0)


def test_clip_longer_than_asked_and_fields_unknown(tmp_path, tensorflow_sequence_example):
    """The first ten of twelve seconds; field 9 of the message means nothing to this reader nor to TensorFlow's."""
    frames = [bytes([number]) * 128 for number in range(12)]
    record = tensorflow_sequence_example(GOOD, audio_embedding=frames) + b"\x4a\x03new"
    write_records(tmp_path / "file", [record])
    inputs, labels = audioset.read_frame_level(tmp_path / "file", dequantized=False).batch(0)
    assert inputs["audio_embedding"][0, :, 0].tolist() == list(range(10))
    assert inputs["num_frames"].tolist() == [10]
    assert np.flatnonzero(labels[0]).tolist() == [1, 526]


def test_readers_and_metrics_load_no_framework():
    code = (
        "import sys, compactvid.datasets.audioset, compactvid.datasets.youtube8m, compactvid.metrics; "
        "print({'tensorflow', 'keras', 'jax'} & set(sys.modules))"
    )
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert output == "set()\n"
