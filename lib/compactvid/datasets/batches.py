"""Batches by number: the same files, seed and step always give the same batch, so resuming is starting at a step."""

import functools
import operator
import warnings
from collections.abc import Iterator
from typing import Protocol, get_args

import numpy as np

from compactvid.datasets.damaged_examples import ExampleError, OnError, SkippedExamples

Batch = tuple[dict[str, np.ndarray], np.ndarray]


class Source(Protocol):
    """Examples that can be loaded by number."""

    def __len__(self) -> int: ...

    def load(self, indices: np.ndarray, epoch: int) -> Batch:
        """Inputs by name and labels of some examples, whose numbers ascend; the first axis is the batch's.

        A pure function: what is random in an example is drawn from a seed of the source, the epoch and its number.
        """

    def ids(self, indices: np.ndarray) -> list[str]:
        """Their names, for reports."""


class Batches:
    """An iterable of NumPy batches over one epoch, each also available by its number.

    Parameters
    ----------
    source : Source
        Where examples come from.
    batch_size : int
        Examples a batch; the last of an epoch may be smaller, none is dropped or repeated.
    seed : int or None
        None keeps the order of the source. Otherwise each epoch is a permutation drawn from (seed, epoch); within a
        batch, examples stand in the order of the source.
    on_error : {"raise", "skip"}
        "skip" leaves out examples that cannot be read: their batch is smaller, all others stay as they are. They are
        counted in `skipped`, and the last batch of an epoch warns of them.

    Attributes
    ----------
    skipped : SkippedExamples
        The examples that were left out so far.

    Notes
    -----
    Holds no state but the account of what was skipped: any thread may ask for any batch.
    """

    def __init__(self, source: Source, *, batch_size: int, seed: int | None = None, on_error: OnError = "raise"):
        self.source = source
        self.batch_size = integer_at_least("batch_size", batch_size, minimum=1)
        self.seed = seed if seed is None else integer_at_least("seed", seed, minimum=0)
        if on_error not in get_args(OnError):
            raise ValueError(f"on_error must be one of {get_args(OnError)}, got {on_error!r}")
        self.on_error = on_error
        self.skipped = SkippedExamples()

    @property
    def num_examples(self) -> int:
        """Number of examples an epoch."""
        return len(self.source)

    def __len__(self) -> int:
        """Number of batches an epoch."""
        return -(-self.num_examples // self.batch_size)

    def __iter__(self) -> Iterator[Batch]:
        """The batches of the first epoch."""
        return (self.batch(step) for step in range(len(self)))

    def batch(self, step: int, *, share: tuple[int, int] = (0, 1)) -> Batch:
        """Batch number `step` >= 0, of epoch ``step // len(self)``: inputs by name, and labels.

        Of (number, count), `share` is one of `count` equal parts of the batch, in its order; only that is read.

        Raises
        ------
        ExampleError
            An example cannot be read; with ``on_error="skip"`` only if no example of the batch can, since a loss or a
            score of nothing is not a number.
        """
        batch, _ = self._load(step, share)
        if self.skipped and (step + 1) % len(self) == 0:
            warnings.warn(f"epoch {step // len(self)}: {self.skipped}", stacklevel=2)
        return batch

    def ids(self, step: int) -> list[str]:
        """Names of the examples of batch number `step`, in its order."""
        indices = self._examples(step)[0] if self.on_error == "raise" else self._load(step)[1]
        return self.source.ids(indices)

    def _examples(self, step: int) -> tuple[np.ndarray, int]:
        """Numbers of the examples of a batch, and its epoch."""
        epoch, place = divmod(integer_at_least("step", step, minimum=0), len(self))
        part = slice(place * self.batch_size, min((place + 1) * self.batch_size, self.num_examples))
        if self.seed is None:
            return np.arange(part.start, part.stop), epoch
        return np.sort(_epoch_order(self.num_examples, self.seed, epoch)[part]), epoch

    def _load(self, step: int, share: tuple[int, int] = (0, 1)) -> tuple[Batch, np.ndarray]:
        """A batch or a share of it, and the numbers of its examples without those skipped."""
        indices, epoch = self._examples(step)
        number, count = share
        if count > 1:
            if self.on_error == "skip" or len(indices) % count:
                raise ValueError(f'batch {step}: expected on_error="raise" and a multiple of {count} examples to share')
            indices = np.split(indices, count)[number]
        if self.on_error == "raise":
            return self.source.load(indices, epoch), indices
        kept = self._not_skipped(indices, step)
        try:
            return self.source.load(kept, epoch), kept
        except ExampleError:
            for index in kept.tolist():
                try:
                    self.source.load(np.array([index]), epoch)
                except ExampleError as error:
                    self.skipped.add(index, error)
        kept = self._not_skipped(indices, step)
        return self.source.load(kept, epoch), kept

    def _not_skipped(self, indices: np.ndarray, step: int) -> np.ndarray:
        errors = self.skipped.errors
        if kept := [index for index in indices.tolist() if index not in errors]:
            return np.array(kept)
        raise ExampleError(
            f"batch {step}: no example can be read (leave the file out, or change batch_size or seed); "
            f"the first: {errors[int(indices[0])]}"
        )

    def as_keras(self, *, first_step: int = 0, steps: int | None = None, share: tuple[int, int] = (0, 1)):
        """`steps` batches (by default one epoch) from `first_step` on, as a `keras.utils.PyDataset` for any backend.

        Parameters
        ----------
        first_step : int
            Number of the first batch: an epoch's first, or where training resumes.
        steps : int, optional
            How many batches it holds, `len(self)` by default. More of them run on through later epochs.
        share : tuple of int
            Which of how many equal parts of each batch; see `batch`.

        Notes
        -----
        Call ``fit(..., shuffle=False)``: Keras otherwise deals the batches in an order of its own. A Keras epoch begins
        at `first_step` again, unless ``steps_per_epoch`` lets several share these batches. (Counting epochs in
        ``on_epoch_end`` would not do: Keras calls it before the first, too, and reads ahead. Nor are there worker
        threads: with them Keras 3.15 on JAX deals the first batch last.)
        """
        import keras

        batches = self
        first = integer_at_least("first_step", first_step, minimum=0)
        length = len(self) if steps is None else integer_at_least("steps", steps, minimum=1)

        class KerasBatches(keras.utils.PyDataset):
            def __len__(self) -> int:
                return length

            def __getitem__(self, index: int) -> Batch:
                return batches.batch(first + index, share=share)

        return KerasBatches()

    def as_tf(self, *, first_step: int = 0, steps: int | None = None):
        """`steps` batches (by default one epoch) from `first_step` on, as a `tf.data.Dataset`. Needs TensorFlow.

        Its signature is static but for the batch axis. It begins at `first_step` whenever it is iterated.
        """
        import tensorflow as tf

        first_step = integer_at_least("first_step", first_step, minimum=0)
        steps = len(self) if steps is None else integer_at_least("steps", steps, minimum=1)
        inputs, labels = self.batch(first_step)
        signature = (
            {name: tf.TensorSpec((None, *values.shape[1:]), values.dtype) for name, values in inputs.items()},
            tf.TensorSpec((None, *labels.shape[1:]), labels.dtype),
        )
        dataset = tf.data.Dataset.from_generator(
            lambda: (self.batch(step) for step in range(first_step, first_step + steps)), output_signature=signature
        )
        return dataset.apply(tf.data.experimental.assert_cardinality(steps)).prefetch(tf.data.AUTOTUNE)


@functools.lru_cache(maxsize=2)
def _epoch_order(num_examples: int, seed: int, epoch: int) -> np.ndarray:
    order = np.random.default_rng([seed, epoch]).permutation(num_examples)
    order.flags.writeable = False
    return order


def integer_at_least(name: str, value: int, *, minimum: int) -> int:
    """`value` as an int, checked."""
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} must be an integer, got {value!r}") from None
    if number < minimum:
        raise ValueError(f"{name} must be at least {minimum}, got {value}")
    return number
