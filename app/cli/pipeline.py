"""Doing a slow thing to many items in threads: in order, with bounded memory, one error at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from segue.errors import SegueError

T = TypeVar("T")
R = TypeVar("R")


def in_threads(work: Callable[[T], R], items: Iterable[T], n_threads: int) -> Iterator[tuple[T, R | SegueError]]:
    """Yields each item with its result, or with the error raised on purpose, in the order of the items.

    At most ``n_threads + 1`` results wait to be taken, so memory stays bounded however slow the
    consumer is. When the consumer stops early, work under way is finished and dropped.
    """
    pool = ThreadPoolExecutor(n_threads, thread_name_prefix="segue-work")
    waiting: deque[tuple[T, Future[R | SegueError]]] = deque()
    try:
        for item in items:
            waiting.append((item, pool.submit(_attempt, work, item)))
            if len(waiting) > n_threads:
                yield _taken(waiting)
        while waiting:
            yield _taken(waiting)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _attempt(work: Callable[[T], R], item: T) -> R | SegueError:
    try:
        return work(item)
    except SegueError as error:
        return error


def _taken(waiting: deque[tuple[T, Future[R | SegueError]]]) -> tuple[T, R | SegueError]:
    item, future = waiting.popleft()
    return item, future.result()
