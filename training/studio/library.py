"""The demo's music: a small record shop of the studio, and one track that nobody has released yet.

Found by ``segue demo`` through the entry point ``segue.demo: library``.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import active_children, get_context
from pathlib import Path

from training.studio import GENRES, render_track, write_track

N_TRACKS = 72
N_PROCESSES = 2
SECONDS = 64.0
FIRST_SEED = 7_000  # away from the seeds of the training data
UNRELEASED_GENRE, UNRELEASED_SEED = "house", 6_999
FLOOR = ("house", "disco", "techno", "downtempo", "edm", "synthwave", "trance", "breakbeat", "funk")
"""What the shop has most of, so that there is something to mix: the rest of its styles are there once each."""


@dataclass(frozen=True)
class _Order:
    """One track to be written."""

    genre: str
    seed: int
    seconds: float
    path: Path


def write_demo_library(
    directory: Path,
    progress: Callable[[int, int], None] = lambda done, total: None,
    n_tracks: int = N_TRACKS,
    seconds: float = SECONDS,
) -> Path:
    """Writes the tracks that are missing to ``directory/tracks`` as FLAC, and one unreleased one beside them.

    Every genre of the studio once, then those of :data:`FLOOR` in turn, each track with another seed; a file appears
    whole or not at all, so a broken-off run goes on where it stopped.

    Args:
        directory: made where it does not exist.
        progress: called with how many tracks there are, and how many there will be.
        n_tracks: how many tracks ``directory/tracks`` is to hold.
        seconds: length of each.

    Returns:
        The unreleased track.
    """
    unreleased = directory / "unreleased" / "unreleased.flac"
    orders = [_order(directory, i, seconds) for i in range(n_tracks)]
    orders.append(_Order(UNRELEASED_GENRE, UNRELEASED_SEED, seconds, unreleased))
    missing = [order for order in orders if not order.path.exists()]
    done = len(orders) - len(missing)
    progress(done, len(orders))
    if missing:
        for _ in _in_processes(missing):
            done += 1
            progress(done, len(orders))
    return unreleased


def _in_processes(orders: list[_Order]) -> Iterator[None]:
    """Writes tracks in parallel, yielding after each; when the caller stops early, so do the processes."""
    others = set(active_children())
    pool = ProcessPoolExecutor(N_PROCESSES, get_context("spawn"))
    try:
        with _interrupts_blocked():
            writing = [pool.submit(_write, order) for order in orders]
        for written in as_completed(writing):
            yield written.result()
    except BaseException:
        for process in set(active_children()) - others:
            process.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def _interrupts_blocked() -> Iterator[None]:
    """Processes started in here never see Ctrl-C, which is for the parent alone to act upon."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _order(directory: Path, i: int, seconds: float) -> _Order:
    genre = GENRES[i] if i < len(GENRES) else FLOOR[(i - len(GENRES)) % len(FLOOR)]
    seed = FIRST_SEED + i
    return _Order(genre, seed, seconds, directory / "tracks" / genre / f"{genre}-{seed}.flac")


def _write(order: _Order) -> None:
    order.path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = order.path.with_name(f".{order.path.name}")  # hidden, so never indexed
    write_track(render_track(order.genre, order.seed, order.seconds), unfinished)
    unfinished.replace(order.path)
