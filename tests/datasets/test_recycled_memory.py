"""Memory that is used again: never while anything can see it."""

import gc
import pickle
import threading
import tracemalloc

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from compactvid.datasets.recycled_memory import ALIGNMENT, RecycledMemory
from compactvid.datasets.youtube8m import read_frame_level, write_frame_level

SIZE = 1 << 20

HOLDERS = {
    "the array": lambda array: array,
    "a view": lambda array: array[1:, ::2],
    "a view of a view": lambda array: array[1:].reshape(-1)[3:].view(np.uint8),
    "a memoryview": lambda array: memoryview(array)[1:],
    "DLPack": np.from_dlpack,
}


def test_memory_is_used_again_once_the_array_is_gone():
    memory = RecycledMemory()
    address = memory.empty((SIZE,), np.uint8).ctypes.data
    array = memory.empty((SIZE // 8, 2), np.float32)
    assert (array.ctypes.data, array.shape, array.dtype) == (address, (SIZE // 8, 2), np.float32)
    assert array.flags.writeable
    assert address % ALIGNMENT == 0


@given(
    st.lists(
        st.tuples(st.sampled_from(sorted(HOLDERS)), st.integers(2, 9), st.sampled_from([np.uint8, np.float32])),
        max_size=8,
    ),
    st.data(),
)
def test_whatever_is_still_held_keeps_its_values(requests, data):
    memory, held = RecycledMemory(), []
    for number, (holder, rows, dtype) in enumerate(requests):
        array = memory.empty((rows, 4), dtype)
        array[:] = number
        held.append((HOLDERS[holder](array), HOLDERS[holder](np.full((rows, 4), number, dtype))))
        del array
        if data.draw(st.booleans()):
            held.pop(data.draw(st.integers(0, len(held) - 1)))
        for found, expected in held:
            np.testing.assert_array_equal(found, expected)


def test_tensor_that_jax_makes_without_a_copy_keeps_its_values():
    import jax

    memory = RecycledMemory()
    array = memory.empty((SIZE,), np.float32)
    array[:] = 7
    tensor = jax.device_put(array)
    assert tensor.unsafe_buffer_pointer() == array.ctypes.data  # no copy
    del array
    gc.collect()
    memory.empty((SIZE,), np.float32)[:] = 8
    assert (np.asarray(tensor) == 7).all()


def test_tensor_that_tensorflow_makes_keeps_its_values(tf):
    memory = RecycledMemory()
    array = memory.empty((SIZE,), np.float32)
    array[:] = 7
    tensor = tf.convert_to_tensor(array)
    del array
    memory.empty((SIZE,), np.float32)[:] = 8
    assert (tensor.numpy() == 7).all()


def test_two_blocks_are_kept():
    memory = RecycledMemory()
    tracemalloc.start()
    try:
        arrays = [memory.empty((SIZE,), np.uint8) for _ in range(4)]
        assert tracemalloc.get_traced_memory()[0] > 4 * SIZE
        arrays.clear()
        assert 2 * SIZE < tracemalloc.get_traced_memory()[0] < 2.5 * SIZE
        del memory
        assert tracemalloc.get_traced_memory()[0] < 0.5 * SIZE
    finally:
        tracemalloc.stop()


def test_threads_never_get_the_same_memory():
    memory, wrong = RecycledMemory(), []

    def write(number: int) -> None:
        for _ in range(300):
            array = memory.empty((4096,), np.uint8)
            array[:] = number
            if (array != number).any():
                wrong.append(number)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_pickled_copy_has_memory_of_its_own():
    memory = RecycledMemory()
    address = memory.empty((SIZE,), np.uint8).ctypes.data
    copy = pickle.loads(pickle.dumps(memory))
    theirs, ours = copy.empty((SIZE,), np.uint8), memory.empty((SIZE,), np.uint8)
    assert ours.ctypes.data == address != theirs.ctypes.data


def test_batches_stay_as_they_were_read_and_padding_is_zero(tmp_path):
    random = np.random.default_rng(0)
    videos = [random.integers(0, 256, (frames, 128), np.uint8) for frames in (5, 1, 3, 4, 2, 5, 1)]
    path = tmp_path / "frames"
    write_frame_level(path, ({"id": "x", "labels": [1], "audio": audio} for audio in videos))
    for dequantized in (False, True):
        batches = read_frame_level(
            path, feature_sizes={"audio": 128}, num_classes=2, max_frames=4, batch_size=2, dequantized=dequantized
        )
        for _ in range(2):  # the second time in memory that other frames lay in
            held = [inputs["audio"] for inputs, _ in batches]
            found = np.concatenate([audio[: len(audio)] for audio in held])
            for row, video in zip(found, videos, strict=True):
                kept = len(video[:4])
                expected = video[:4] * np.float32(4 / 255) + np.float32(4 / 512 - 2) if dequantized else video[:4]
                np.testing.assert_array_equal(row[:kept], expected)
                assert not row[kept:].any()
