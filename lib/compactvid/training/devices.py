"""Several devices for one model: data parallel through Keras's distribution, on JAX, in one process or several."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from compactvid.datasets.batches import Batches

VARIABLE = "COMPACTVID_DATA_PARALLEL"
"""Environment variable: set and not empty, a training uses all devices that JAX has."""


class Devices:
    """The devices that train a model together.

    Each holds the whole model and computes its share of every batch; what runs over a batch (the loss, gradients, the
    statistics of batch normalisation) runs over all shares. So a training does what it does on one device, but for the
    order in which float32 sums are taken. Several processes each read their shares alone, and do everything else alike.

    Parameters
    ----------
    batch_size
        Examples of a batch, all devices together.

    Notes
    -----
    It must exist before the model is built. A last batch of an epoch that cannot be shared out equally goes to every
    device whole, which changes nothing but the time that it takes. So do the batches of an evaluation.

    Raises
    ------
    ValueError
        The devices do not divide `batch_size`; or several devices are asked for and Keras's backend is not JAX.
    """

    def __init__(self, batch_size: int):
        self.process = process()
        self.processes = self.count = 1
        if not _asked():
            return
        import jax
        import keras

        self.processes, self.count = jax.process_count(), jax.device_count()
        if batch_size % self.count:
            raise ValueError(f"batch_size {batch_size} can't be shared out equally to {self.count} devices")
        devices = self

        class Distribution(keras.distribution.DataParallel):
            def get_data_layout(self, data_shape):
                layout = super().get_data_layout(data_shape)
                if devices._sharing:
                    return layout
                return keras.distribution.TensorLayout([None] * len(data_shape), layout.device_mesh)

        self._sharing = False
        keras.distribution.set_distribution(Distribution(devices=jax.devices(), auto_shard_dataset=False))

    def same_size(self, batches: Batches, step: int, stop: int) -> int:
        """`stop`, or the step before it whose batch is smaller and must not go with those from `step` on."""
        last = step - step % len(batches) + len(batches) - 1
        smaller = self.count > 1 and _rows(batches, last) < batches.batch_size
        return last if smaller and step < last < stop else stop

    @contextmanager
    def share(self, batches: Batches, step: int) -> Iterator[tuple[int, int]]:
        """For steps like `step`: the number of this process's share, and of how many equal ones.

        While it lasts, what Keras reads is a process's share of each batch; otherwise, whole batches.
        """
        if self.count == 1 or _rows(batches, step) % self.count:
            yield 0, 1
            return
        self._sharing = True
        try:
            yield self.process, self.processes
        finally:
            self._sharing = False


@cache
def process() -> int:
    """Number of this process among those that train together, from 0; the first call joins them.

    There are several where Keras's variables say so (`KERAS_DISTRIBUTION_NUM_PROCESSES`, with `..._JOB_ADDRESSES` and
    `..._PROCESS_ID`), or where SLURM's `srun` started more than one task.

    Raises
    ------
    ValueError
        Several devices are asked for and Keras's backend is not JAX.
    """
    if not _asked():
        return 0
    import keras

    if keras.backend.backend() != "jax":
        raise ValueError(f"{VARIABLE} is set, which needs the JAX backend: set KERAS_BACKEND=jax as well")
    import jax

    if "KERAS_DISTRIBUTION_NUM_PROCESSES" in os.environ or int(os.environ.get("SLURM_STEP_NUM_TASKS", "1")) > 1:
        keras.distribution.initialize()
    return jax.process_index()


def agreed(value: bool) -> bool:
    """What process 0 passes, to every process, once all of them have asked."""
    process()
    if not _asked():
        return value
    from jax.experimental.multihost_utils import broadcast_one_to_all

    return bool(broadcast_one_to_all(value))


def _rows(batches: Batches, step: int) -> int:
    place = step % len(batches)
    return min(batches.batch_size, batches.num_examples - place * batches.batch_size)


def _asked() -> bool:
    return bool(os.environ.get(VARIABLE))
