"""Memory of large arrays, used again."""

import math
import weakref
from collections import deque

import numpy as np

ALIGNMENT = 64
"""Bytes; what JAX asks of an array that it is to use without a copy."""
SPARE_BLOCKS = 2
"""Kept at most: one does for a plain loop, a second where a thread reads ahead."""


class RecycledMemory:
    """Hands out arrays in the memory of earlier ones that nothing refers to any more.

    The system gives large arrays fresh memory every time, and zeroes it page by page when it is first written: for a
    batch of frames this takes longer than to copy them. Here up to `SPARE_BLOCKS` blocks are kept for later. Arrays
    that live at the same time never share memory. Views, memoryviews and the tensors that JAX makes of an array without
    a copy all keep it alive, so that nobody sees their values change.

    Any thread may call. A pickled copy begins without memory.
    """

    def __init__(self) -> None:
        # A deque's operations are atomic, and appending to a full one drops the oldest block.
        self._spare: deque[memoryview] = deque(maxlen=SPARE_BLOCKS)

    def __reduce__(self):
        return type(self), ()

    def empty(self, shape: tuple[int, ...], dtype: type) -> np.ndarray:
        """An array of some shape and dtype, holding anything."""
        size = math.prod(shape) * np.dtype(dtype).itemsize
        try:
            block = self._spare.pop()
        except IndexError:
            block = memoryview(b"")
        if len(block) < size:
            memory = np.empty(size + ALIGNMENT, np.uint8)
            first = -memory.ctypes.data % ALIGNMENT
            block = memory[first : first + size].data
        owner = np.frombuffer(block, np.uint8, size)  # lies on no array, so that NumPy makes it the base of every view
        weakref.finalize(owner, self._spare.append, block).atexit = False
        return owner.view(dtype).reshape(shape)
