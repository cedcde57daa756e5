"""Several threads and processes on one catalogue, and processes that are killed."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from catalogue_material import SPACE, VOCABULARY, new_track

from index.store import SqliteCatalogue, open_catalogue
from segue.errors import CatalogueBusy, CatalogueError
from segue.ports import iterate
from segue.where import Where

ROUNDS = int(os.environ.get("SEGUE_KILL_ROUNDS", "5"))


def writer(directory: Path, first: int, count: int) -> subprocess.Popen[str]:
    script = Path(__file__).with_name("catalogue_writer.py")
    command = [sys.executable, str(script), str(directory), str(first), str(count)]
    root = str(Path(__file__).parents[2])
    environment = {**os.environ, "PYTHONPATH": root, "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)


def acknowledged(process: subprocess.Popen[str]) -> dict[int, str]:
    """Seed -> id of everything that the process printed whole, until its end."""
    assert process.stdout is not None
    with process.stdout as stdout:
        lines = [line.split() for line in stdout.read().split("\n")[:-1] if line != "ready"]
    return {int(seed): track_id for seed, track_id in lines}


def check_whole(catalogue: SqliteCatalogue, expected: dict[int, str]) -> None:
    """Everything acknowledged is there with all its parts, and nothing is wrong."""
    for seed, track_id in expected.items():
        new = new_track(seed)
        assert catalogue.get(track_id).content_hash == new.analysis.content_hash
        np.testing.assert_array_equal(catalogue.vector(track_id), new.vector)
        chunks = new.analysis.hearing.chunk_embeddings.astype(np.float16)
        np.testing.assert_array_equal(catalogue.chunk_embeddings(track_id), chunks)
    assert catalogue.verify() == []


def test_two_processes_write_while_a_third_reads(tmp_path: Path, stored: SqliteCatalogue) -> None:
    directory = stored.directory
    writers = [writer(directory, 0, 60), writer(directory, 30, 60)]  # 30 recordings in common
    query, sizes = new_track(5).vector, [0]
    while any(process.poll() is None for process in writers):
        hits = stored.nearest(query, Where(), 10)
        sizes.append(stored.count())
        assert len(hits) >= min(10, sizes[-2])
    assert sizes == sorted(sizes)
    first, second = (acknowledged(process) for process in writers)
    assert [process.wait() for process in writers] == [0, 0]
    assert {seed: second[seed] for seed in range(30, 60)} == {seed: first[seed] for seed in range(30, 60)}
    assert stored.count() == 90
    assert [track.id for track in iterate(stored)] == sorted({*first.values(), *second.values()})
    check_whole(stored, first | second)


def test_kill_9_loses_nothing_acknowledged_and_leaves_nothing_half(tmp_path: Path) -> None:
    directory, chance, expected = tmp_path / "killed", random.Random(11), {}
    for number in range(ROUNDS):
        process = writer(directory, 10_000 * number, 10_000)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        seed, track_id = process.stdout.readline().split()  # something to lose, however busy the machine
        expected[int(seed)] = track_id
        timer = threading.Timer(chance.uniform(0.0, 0.25), os.kill, (process.pid, signal.SIGKILL))
        timer.start()
        told = acknowledged(process)
        timer.join()
        assert process.wait() == -signal.SIGKILL
        expected |= told
        with open_catalogue(directory, SPACE, VOCABULARY) as catalogue:
            assert 0 <= catalogue.count() - len(expected) <= number + 1  # one unacknowledged per kill at most
            check_whole(catalogue, told)
    with open_catalogue(directory, SPACE, VOCABULARY) as catalogue:
        check_whole(catalogue, expected)
    assert len(expected) >= ROUNDS


def test_threads_search_while_one_writes(stored: SqliteCatalogue) -> None:
    failures: list[BaseException] = []
    done = threading.Event()

    def search() -> None:
        query = new_track(3).vector
        try:
            while not done.is_set():
                hits = stored.nearest(query, Where(), 5)
                scores = [float(np.dot(query, hit.vector)) for hit in hits]
                assert scores == [hit.score for hit in hits] == sorted(scores, reverse=True)
                stored.page(5)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=search) for _ in range(4)]
    for thread in threads:
        thread.start()
    for seed in range(120):
        track = stored.add(new_track(seed))
        if seed % 3 == 0:
            stored.remove(track.id)
    done.set()
    for thread in threads:
        thread.join()
    assert failures == []
    assert stored.count() == 80


def test_a_writer_that_waits_too_long_is_told_so(stored: SqliteCatalogue) -> None:
    with open_catalogue(stored.directory, SPACE, VOCABULARY, busy_timeout_seconds=0.05) as other:
        with stored._database.writing():
            with pytest.raises(CatalogueBusy, match="try again"):
                other.add(new_track(1))
            assert other.count() == 0  # reading goes on
        other.add(new_track(1))
    assert stored.count() == 1


def test_a_closed_catalogue_says_so(stored: SqliteCatalogue) -> None:
    stored.close()
    with pytest.raises(CatalogueError, match="closed"):
        stored.count()
