"""The demo's music: a small record shop of the studio, and one track that nobody has released yet.

Found by ``segue demo`` through the entry point ``segue.demo: library``.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from training.studio import GENRES, render_track, write_track

N_TRACKS = 3 * len(GENRES)
N_PROCESSES = 2
SECONDS = 64.0
FIRST_SEED = 7_000  # away from the seeds of the training data
UNRELEASED_GENRE, UNRELEASED_SEED = "house", 6_999


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

    Every genre of the studio in turn, each track with another seed; a file appears whole or not at all,
    so a broken-off run goes on where it stopped.

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
        pool = ProcessPoolExecutor(N_PROCESSES, get_context("spawn"), _leave_interrupts_to_parent)
        try:
            for written in as_completed([pool.submit(_write, order) for order in missing]):
                written.result()
                done += 1
                progress(done, len(orders))
        finally:
            pool.shutdown(cancel_futures=True)
    return unreleased


def _leave_interrupts_to_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _order(directory: Path, i: int, seconds: float) -> _Order:
    genre, seed = GENRES[i % len(GENRES)], FIRST_SEED + i
    return _Order(genre, seed, seconds, directory / "tracks" / genre / f"{genre}-{seed}.flac")


def _write(order: _Order) -> None:
    order.path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = order.path.with_name(f".{order.path.stem}.{os.getpid()}.flac")
    try:
        write_track(render_track(order.genre, order.seed, order.seconds), unfinished)
        unfinished.replace(order.path)
    finally:
        unfinished.unlink(missing_ok=True)
