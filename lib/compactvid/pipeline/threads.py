"""Stages that work side by side, each in a thread, joined by queues of bounded length."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import Any, TypeVar

Item = TypeVar("Item")

POLL = 0.1
"""Seconds after which a thread that waits looks whether all is over."""


@dataclass(frozen=True)
class _Ended:
    """The last thing in a queue: nothing more will come, for this reason."""

    error: BaseException | None = None


def in_threads(
    source: Generator[Item, None, None], stages: Sequence[Callable[[Item], Item]], *, ahead: int
) -> Generator[Item, None, None]:
    """Items of a source that have gone through all stages, in the source's order.

    The source and each stage have a thread. A full queue makes whoever fills it wait (back-pressure), so that a slow
    stage, or a slow caller, holds back the source: see `most_ahead`.

    An error in the source or a stage comes behind the items that were before it, and ends all. So does whatever ends
    the caller: an interrupt, an error of its own, or `close`. When this generator has ended, all threads have, and the
    source is closed.

    Parameters
    ----------
    source
        A generator. It runs in one thread, its end included.
    stages
        Functions of an item that return it, or another one.
    ahead
        Items that a queue holds, at least 1.

    Raises
    ------
    ValueError
        `ahead` is less than 1.
    BaseException
        What the source or a stage raised, once.
    """
    if ahead < 1:
        raise ValueError(f"ahead must be at least 1, not {ahead}")
    over = Event()
    queues: list[Queue] = [Queue(maxsize=ahead) for _ in range(len(stages) + 1)]
    ends = zip(stages, queues, queues[1:], strict=False)
    threads = [Thread(target=_feed, args=(source, queues[0], over), daemon=True)]
    threads += [Thread(target=_work, args=(stage, *pair, over), daemon=True) for stage, *pair in ends]
    for thread in threads:
        thread.start()
    try:
        while not isinstance(item := queues[-1].get(), _Ended):
            yield item
        if item.error is not None:
            raise item.error
    finally:
        over.set()
        for thread in threads:
            thread.join()


def most_ahead(stages: int, ahead: int) -> int:
    """How many items the source may have made, beyond those that the caller has been given.

    Each queue is full, and the source and each stage hold one that finds no place.
    """
    return (stages + 1) * (ahead + 1)


def _feed(source: Generator, out: Queue, over: Event) -> None:
    try:
        for item in source:
            if not _put(out, item, over):
                break
        end = _Ended()
    except BaseException as error:
        end = _Ended(error)
    finally:
        source.close()
    _put(out, end, over)


def _work(stage: Callable, given: Queue, out: Queue, over: Event) -> None:
    while not over.is_set():
        try:
            item = given.get(timeout=POLL)
        except Empty:
            continue
        if not isinstance(item, _Ended):
            try:
                item = stage(item)
            except BaseException as error:
                item = _Ended(error)
        if not _put(out, item, over) or isinstance(item, _Ended):
            return


def _put(out: Queue, item: Any, over: Event) -> bool:
    """Put an item where there is place; False where all is over."""
    while not over.is_set():
        try:
            out.put(item, timeout=POLL)
        except Full:
            continue
        return True
    return False
