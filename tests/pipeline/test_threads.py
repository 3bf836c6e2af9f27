"""Stages in threads: order, bounded queues, one error, and no thread left."""

import threading
import time

import pytest

from compactvid.pipeline.threads import in_threads, most_ahead


@pytest.fixture(autouse=True)
def _no_thread_is_left():
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) == before


class Source:
    """Counts what it has made, and knows whether it was closed."""

    def __init__(self, count, error=None):
        self.made, self.closed, self.count, self.error = 0, False, count, error

    def items(self):
        try:
            for number in range(self.count):
                self.made += 1
                yield number
            if self.error:
                raise self.error
        finally:
            self.closed = True


def collect(items, found):
    for item in items:
        found.append(item)


def settled(source):
    """What it has made once it makes no more."""
    made, since = -1, time.monotonic()
    while time.monotonic() - since < 0.5:
        if source.made != made:
            made, since = source.made, time.monotonic()
        time.sleep(0.02)
    return made


def test_items_come_through_all_stages_in_order():
    source = Source(200)
    found = list(in_threads(source.items(), [lambda x: x + 1, lambda x: 3 * x, str], ahead=2))
    assert found == [str(3 * (number + 1)) for number in range(200)]
    assert source.closed
    assert list(in_threads(Source(5).items(), [], ahead=1)) == list(range(5))


@pytest.mark.parametrize(("stages", "ahead"), [(0, 1), (1, 1), (3, 2), (4, 5)])
def test_a_slow_caller_holds_back_the_source(stages, ahead):
    source = Source(1000)
    running = in_threads(source.items(), [lambda x: x] * stages, ahead=ahead)
    for taken in range(1, 4):
        next(running)
        # All that has place is made, and no more.
        assert settled(source) - taken == most_ahead(stages, ahead)
    running.close()
    assert source.closed


def test_a_slow_stage_holds_back_the_source():
    source, done = Source(40), []

    def slow(item):
        time.sleep(0.01)
        done.append(source.made - item)
        return item

    assert list(in_threads(source.items(), [lambda x: x, slow], ahead=2)) == list(range(40))
    # Before it there are a stage and two queues; itself it holds one.
    assert max(done) <= 1 + most_ahead(1, 2) + 1


def test_an_error_of_the_source_comes_behind_what_was_before_it():
    source, found = Source(7, ValueError("broken at 7")), []
    with pytest.raises(ValueError, match="broken at 7"):
        collect(in_threads(source.items(), [lambda x: x] * 2, ahead=2), found)
    assert found == list(range(7))
    assert source.closed


@pytest.mark.parametrize("stage", [0, 1, 2])
def test_an_error_of_a_stage_ends_all(stage):
    source, found = Source(10**9), []

    def failing(item):
        if item == 5:
            raise RuntimeError("stage broken")
        return item

    stages = [lambda x: x] * 3
    stages[stage] = failing
    with pytest.raises(RuntimeError, match="stage broken"):
        collect(in_threads(source.items(), stages, ahead=2), found)
    assert found == list(range(5))
    assert source.closed


@pytest.mark.parametrize("error", [KeyboardInterrupt, GeneratorExit, ValueError])
def test_whatever_ends_the_caller_ends_all(error):
    source = Source(10**9)
    running = in_threads(source.items(), [lambda x: x] * 3, ahead=2)
    next(running)
    with pytest.raises(error):
        running.throw(error())
    assert source.closed


def test_queues_hold_at_least_one():
    with pytest.raises(ValueError, match="ahead must be at least 1, not 0"):
        next(in_threads(Source(1).items(), [], ahead=0))
