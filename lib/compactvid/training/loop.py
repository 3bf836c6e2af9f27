"""One loop that any model uses. It may be killed at any moment and goes on to the same weights, bit for bit."""

import logging
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from compactvid.datasets.batches import Batches
from compactvid.training.checkpoints import Checkpoints
from compactvid.training.devices import Devices
from compactvid.training.history import History
from compactvid.training.weights import save_arrays

logger = logging.getLogger(__name__)


def train(
    model: Any,
    batches: Batches,
    folder: Path,
    *,
    devices: Devices,
    epochs: int,
    checkpoint_steps: int | None = None,
    learning_rate: Callable[[int], float],
    validate: Callable[[], float],
    metric: str = "gap",
) -> list[dict[str, Any]]:
    """Train a compiled model, from where an earlier call in the same folder stopped.

    An interval ends after every `checkpoint_steps` steps and with every epoch. It is one call of `fit`; then follow a
    line of history, a checkpoint, and a line of progress (logged at level INFO, so nothing shows unless asked for).
    With a fixed number of threads on a CPU a resumed training ends with the same bits as an undisturbed one.

    Parameters
    ----------
    model
        A compiled `keras.Model` with its initial weights, the same at every call.
    batches
        The training split.
    folder
        `history.jsonl` is written to it; `checkpoints/` in it holds the states and, for each epoch, the weights
        (`epoch_weights`).
    devices
        What the model was built on. Where they are several, an epoch's smaller last batch is an interval of its own.
        Only process 0 writes checkpoints.
    epochs
        Passes over the training split.
    checkpoint_steps
        Steps between checkpoints; an epoch where not given.
    learning_rate
        The rate of a step, counted from 0, for the history.
    validate
        Called after each epoch: the score of the validation split.
    metric
        What that score is, for the history: its lines have `validation_METRIC`.

    Returns
    -------
    list of dict
        The history, a line an interval: `step` and `examples` seen so far, mean `loss` over the interval's examples,
        `learning_rate` of its last step, and at an epoch's end `validation_gap` (or another `metric`).

    Raises
    ------
    FloatingPointError
        A loss is not finite; the step and the ids of its batch are named.
    """
    checkpoints = Checkpoints(folder / "checkpoints", model)
    history = History(folder / "history.jsonl")
    first = step = checkpoints.restore()
    history.restore(step)
    steps = epochs * len(batches)
    validation, start = f"validation_{metric}", time.perf_counter()
    while step < steps:
        stop = min(_next_multiple(step, checkpoint_steps or steps), _next_multiple(step, len(batches)))
        stop = devices.same_size(batches, step, stop)
        began = time.perf_counter()
        with devices.share(batches, step) as share:
            fitted = model.fit(
                batches.as_keras(first_step=step, steps=stop - step, share=share),
                # The batches know their order; Keras would deal them in another, from its own random state.
                shuffle=False,
                verbose=0,
                callbacks=[_stop_at_non_finite_loss(batches, step)],
            )
        seconds = time.perf_counter() - began
        line = {
            "step": stop,
            "examples": examples_seen(batches, stop),
            "loss": float(fitted.history["loss"][0]),
            "learning_rate": learning_rate(stop - 1),
        }
        if stop % len(batches) == 0:
            line[validation] = validate()
            save_arrays(model, epoch_weights(folder, stop // len(batches)))
        # In this order: a state never lies there without the lines and weights that belong to it.
        history.append(line)
        if devices.process == 0:
            checkpoints.save(stop)
        speed = (line["examples"] - examples_seen(batches, step)) / seconds
        left = (time.perf_counter() - start) / (stop - first) * (steps - stop)
        logger.info(
            "%s: step %d/%d, %.0f examples/s, loss %.4g, validation %s %s, %.0f s left",
            *(folder.stem, stop, steps, speed, line["loss"], metric.upper()),
            *(f"{line[validation]:.4f}" if validation in line else "-", left),
        )
        step = stop
    return history.lines


def epoch_weights(folder: Path, epoch: int) -> Path:
    """The file with the weights after an epoch, counted from 1; see `compactvid.training.weights.read_arrays`."""
    return folder / "checkpoints" / f"epoch-{epoch:03d}.npz"


def examples_seen(batches: Batches, step: int) -> int:
    """How many examples the first `step` batches hold."""
    epoch, place = divmod(step, len(batches))
    return epoch * batches.num_examples + place * batches.batch_size


def _next_multiple(step: int, interval: int) -> int:
    return step - step % interval + interval


def _stop_at_non_finite_loss(batches: Batches, first: int) -> Any:
    import keras

    def check(batch: int, logs: dict[str, float]) -> None:
        # Keras logs the interval's mean so far: once it is not finite it stays so.
        if not math.isfinite(logs["loss"]):
            step = first + batch
            raise FloatingPointError(
                f"the loss is {logs['loss']} at step {step} (epoch {step // len(batches) + 1}), "
                f"a batch of {', '.join(batches.ids(step))}"
            )

    return keras.callbacks.LambdaCallback(on_train_batch_end=check)
