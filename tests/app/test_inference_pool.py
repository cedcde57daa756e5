"""The inference pool by itself."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from app.pool import MAX_RETRY_AFTER_SECONDS, InferencePool
from segue.errors import Overloaded


def test_jobs_run_in_threads_and_errors_come_back() -> None:
    async def scenario() -> None:
        pool = InferencePool(1, 1)
        assert await pool.run(threading.get_ident) != threading.get_ident()
        with pytest.raises(ZeroDivisionError):
            await pool.run(lambda: 1 // 0)
        assert pool.n_accepted == 0
        pool.close()

    asyncio.run(scenario())


def test_never_more_at_once_than_told() -> None:
    running, most, lock, let_go = 0, 0, threading.Lock(), threading.Event()

    def job() -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        let_go.wait(30)
        time.sleep(0.01)
        with lock:
            running -= 1

    async def scenario() -> None:
        pool = InferencePool(2, 10)
        asked = [asyncio.ensure_future(pool.run(job)) for _ in range(20)]
        await asyncio.sleep(0)  # all have asked before the first is done
        let_go.set()
        results = await asyncio.gather(*asked, return_exceptions=True)
        assert sum(isinstance(result, Overloaded) for result in results) == 8
        pool.close()

    asyncio.run(scenario())
    assert most == 2


def test_a_job_counts_until_its_thread_is_done_even_when_nobody_waits() -> None:
    let_go = threading.Event()

    async def scenario() -> None:
        pool = InferencePool(1, 0)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(pool.run(lambda: let_go.wait(10)), 0.05)
        with pytest.raises(Overloaded, match="try again"):
            pool.check_room()
        let_go.set()
        pool.close()
        assert pool.n_accepted == 0

    asyncio.run(scenario())


def test_retry_after_follows_how_long_jobs_take() -> None:
    async def scenario() -> None:
        pool = InferencePool(1, 1)
        first = pool.retry_after_seconds
        for _ in range(10):
            await pool.run(int)
        assert 1 == pool.retry_after_seconds < first <= MAX_RETRY_AFTER_SECONDS
        pool.close()

    asyncio.run(scenario())
