"""The challenge's own input pipeline at frame level, as its train.py runs it.

The graph of https://github.com/google/youtube-8m at e6f6bf6, written anew: `YT8MFrameFeatureReader` of readers.py
(`TFRecordReader`, `parse_single_sequence_example`, `decode_raw`, dequantise, `resize_axis`, features side by side)
behind `get_input_data_tensors` of train.py (`string_input_producer`, `shuffle_batch_join`; 8 readers by default).
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import numpy as np
import tensorflow as tf

v1 = tf.compat.v1
v1.logging.set_verbosity(v1.logging.ERROR)  # every call is deprecated


def resize_axis(tensor: tf.Tensor, new_size: int) -> tf.Tensor:
    """Cut or pad the first axis, by a slice and a concatenation."""
    shape = tf.shape(tensor)
    kept = tf.minimum(shape[0], new_size)
    padding = tf.fill(tf.stack([tf.maximum(0, new_size - shape[0]), shape[1]]), tf.cast(0, tensor.dtype))
    resized = tf.concat([tf.slice(tensor, [0, 0], tf.stack([kept, shape[1]])), padding], 0)
    return tf.ensure_shape(resized, [new_size, tensor.shape[1]])


def read_example(queue, sizes: Mapping[str, int], max_frames: int, num_classes: int) -> dict[str, tf.Tensor]:
    """A batch of one video."""
    _, serialized = v1.TFRecordReader().read(queue)
    context, lists = tf.io.parse_single_sequence_example(
        serialized,
        {"id": tf.io.FixedLenFeature([], tf.string), "labels": tf.io.VarLenFeature(tf.int64)},
        {name: tf.io.FixedLenSequenceFeature([], tf.string) for name in sizes},
    )
    matrices = []
    for name, size in sizes.items():
        decoded = tf.reshape(tf.cast(tf.io.decode_raw(lists[name], tf.uint8), tf.float32), [-1, size])
        num_frames = tf.minimum(tf.shape(decoded)[0], max_frames)
        matrices.append(resize_axis(decoded * (4 / 255.0) + (4 / 512.0 - 2), max_frames))
    indices = context["labels"].values[:, None]
    ones = tf.ones_like(context["labels"].values, tf.bool)
    labels = tf.sparse.to_dense(tf.SparseTensor(indices, ones, (num_classes,)), False, validate_indices=False)
    return {
        "video_ids": context["id"][None],
        "video_matrix": tf.concat(matrices, 1)[None],
        "labels": labels[None],
        "num_frames": num_frames[None],
    }


@contextmanager
def challenge_batches(
    path: str, sizes: Mapping[str, int], max_frames: int, num_classes: int, batch_size: int, readers: int
) -> Iterator[Iterator[dict[str, np.ndarray]]]:
    """Endless shuffled batches; the queue's threads run until the context ends."""
    with tf.Graph().as_default(), v1.Session() as session:
        queue = v1.train.string_input_producer([path], shuffle=True)
        batch = v1.train.shuffle_batch_join(
            [read_example(queue, sizes, max_frames, num_classes) for _ in range(readers)],
            batch_size=batch_size,
            capacity=5 * batch_size,
            min_after_dequeue=batch_size,
            allow_smaller_final_batch=True,
            enqueue_many=True,
        )
        coordinator = v1.train.Coordinator()
        threads = v1.train.start_queue_runners(session, coordinator)
        try:
            yield iter(lambda: session.run(batch), None)
        finally:
            coordinator.request_stop()
            coordinator.join(threads, stop_grace_period_secs=10)
