"""Inference pool: analysis off the event loop, a few at a time, a few waiting, the rest refused."""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from segue.errors import Overloaded

Result = TypeVar("Result")

FIRST_GUESS_SECONDS = 5.0  # of one job, until one has been measured
MAX_RETRY_AFTER_SECONDS = 120


class InferencePool:
    """Worker threads behind a bounded queue.

    A job counts from the moment it is accepted until its thread is done with it, also when the
    caller has gone away meanwhile: what is refused depends on the work there really is.
    """

    def __init__(self, concurrency: int, queue: int) -> None:
        """Starts no thread yet.

        Args:
            concurrency: jobs that run at the same time, >= 1.
            queue: jobs that may wait beside them, >= 0.
        """
        self._concurrency = concurrency
        self._capacity = concurrency + queue
        self._executor = ThreadPoolExecutor(concurrency, thread_name_prefix="segue-inference")
        self._lock = threading.Lock()
        self._n_accepted = 0
        self._job_seconds = FIRST_GUESS_SECONDS

    @property
    def n_accepted(self) -> int:
        """Jobs running or waiting."""
        return self._n_accepted

    @property
    def retry_after_seconds(self) -> int:
        """After how long a place is likely to be free, from how long jobs took lately."""
        seconds = self._job_seconds * max(1, self._n_accepted) / self._concurrency
        return min(MAX_RETRY_AFTER_SECONDS, max(1, math.ceil(seconds)))

    def check_room(self) -> None:
        """Raises Overloaded when a job would be refused now; cheap, for use before an upload is read."""
        if self._n_accepted >= self._capacity:
            raise Overloaded(
                f"{self._n_accepted} tracks are being analysed or waiting, which is as many as this server takes on; "
                f"try again in about {self.retry_after_seconds} seconds."
            )

    async def run(self, job: Callable[[], Result]) -> Result:
        """Runs a job in a worker thread and waits for it.

        Raises:
            Overloaded: all workers are busy and the queue is full.
        """
        with self._lock:
            self.check_room()
            self._n_accepted += 1
        try:
            future = self._executor.submit(self._measured, job)
        except BaseException:
            self._done()
            raise
        future.add_done_callback(lambda _: self._done())
        return await asyncio.wrap_future(future)

    def close(self) -> None:
        """Finishes accepted jobs, then ends the threads."""
        self._executor.shutdown(wait=True)

    def _measured(self, job: Callable[[], Result]) -> Result:
        started = time.monotonic()
        try:
            return job()
        finally:
            self._job_seconds = 0.7 * self._job_seconds + 0.3 * (time.monotonic() - started)

    def _done(self) -> None:
        with self._lock:
            self._n_accepted -= 1
