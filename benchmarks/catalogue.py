"""How fast the catalogue searches and starts: ``python benchmarks/catalogue.py [--tracks 100000] [--dim 230]``.

Fills a catalogue with random unit vectors in a temporary directory, opens it anew, and prints the median over
queries of whole ``nearest`` calls (filter, exact search, records of the hits) where 1, 10 and 50 % of tracks
pass. One thread.
"""

from __future__ import annotations

import argparse
import hashlib
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import faiss
import numpy as np

from index.store import SqliteCatalogue, open_catalogue
from segue.key import Key, KeyEstimate
from segue.ports import NewTrack, Space
from segue.tags import TagScores, TagVocabulary
from segue.tempo import TempoEstimate
from segue.track import Analysis, Description, Hearing
from segue.where import Where

SELECTIVITIES = (0.01, 0.1, 0.5)
N_TAGS, SOUND_DIM, N_CHUNKS = 64, 128, 4  # few chunks: they take no part in searching
VOCABULARY = TagVocabulary(tuple(f"genre---g{n}" for n in range(N_TAGS)), (0.5,) * N_TAGS)
BATCH = 2000


def tracks(n_tracks: int, dim: int) -> Iterator[NewTrack]:
    """Random tracks; tag number i is active on the i-th share of SELECTIVITIES, the rest on one in ten."""
    rng = np.random.default_rng(1)
    shares = np.full(N_TAGS, 0.1)
    shares[: len(SELECTIVITIES)] = SELECTIVITIES
    chunks = rng.normal(size=(N_CHUNKS, SOUND_DIM)).astype(np.float32)
    hearing = Hearing(chunks, TempoEstimate(120.0, 0.9), KeyEstimate(Key(9, "minor"), 0.9), 0.5)
    for number in range(n_tracks):
        vector = rng.normal(size=dim).astype(np.float32)
        scores = (rng.random(N_TAGS) < shares).astype(np.float32)
        digest = hashlib.sha256(str(number).encode()).hexdigest()
        analysis = Analysis(digest, 240.0, TagScores(VOCABULARY, scores), hearing)
        yield NewTrack(analysis, Description(f"Track {number}"), vector / np.float32(np.linalg.norm(vector)))


def fill(directory: Path, space: Space, n_tracks: int) -> None:
    """Writes the tracks in batches."""
    source = tracks(n_tracks, space.dim)
    with open_catalogue(directory, space, VOCABULARY) as catalogue:
        while batch := [new for new, _ in zip(source, range(BATCH), strict=False)]:
            catalogue.add_all(batch)


def median_ms(call: Callable[[], object], n_runs: int) -> str:
    """Median duration of a call on the clock and, for a busy machine, of the processor's time in it."""
    clock, processor = [], []
    for _ in range(n_runs):
        start, processor_start = time.perf_counter(), time.thread_time()
        call()
        clock.append(time.perf_counter() - start)
        processor.append(time.thread_time() - processor_start)
    return f"{1000 * statistics.median(clock):6.2f} ms ({1000 * statistics.median(processor):.2f} ms of processor)"


def measure_search(catalogue: SqliteCatalogue, dim: int, n_runs: int) -> None:
    """Prints a line for each selectivity."""
    rng = np.random.default_rng(2)
    query = rng.normal(size=dim).astype(np.float32)
    for tag, share in enumerate(SELECTIVITIES):
        where = Where(shares=frozenset({VOCABULARY.labels[tag]}), min_shared=1)
        nearest = median_ms(lambda where=where: catalogue.nearest(query, where, 10), n_runs)
        count = median_ms(lambda where=where: catalogue.count(where), n_runs)
        print(f"{share:5.0%} pass: nearest {nearest}   count {count}   {catalogue.count(where)} tracks")
    print(f"no filter: nearest {median_ms(lambda: catalogue.nearest(query, Where(), 10), n_runs)}")


def main() -> None:
    """Fills, opens, searches, adds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tracks", type=int, default=100_000)
    parser.add_argument("--dim", type=int, default=230)
    parser.add_argument("--runs", type=int, default=50)
    options = parser.parse_args()
    faiss.omp_set_num_threads(1)
    space = Space("benchmark", "benchmark", "benchmark/1", options.dim)
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        fill(Path(folder), space, options.tracks)
        print(f"filled with {options.tracks} tracks in {time.perf_counter() - start:.1f} s")
        start = time.perf_counter()
        with open_catalogue(Path(folder), space, VOCABULARY) as catalogue:
            print(f"opened in {time.perf_counter() - start:.2f} s")
            measure_search(catalogue, options.dim, options.runs)
            more = tracks(options.tracks + options.runs, options.dim)
            fresh = [new for number, new in enumerate(more) if number >= options.tracks]
            print(f"add, on the disk: {median_ms(lambda: catalogue.add(fresh.pop()), options.runs)}")
            print(f"first search after a write: {median_after_write(catalogue, options.dim):.2f} ms")
            peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(f"peak memory {peak_mb:.0f} MB, on disk {catalogue.stats().bytes_on_disk / 1e6:.0f} MB")


def median_after_write(catalogue: SqliteCatalogue, dim: int) -> float:
    """Median of a search that first has to catch up with one change."""
    query, durations = np.ones(dim, dtype=np.float32), []
    for track in catalogue.page(20):
        catalogue.remove(track.id)
        start = time.perf_counter()
        catalogue.nearest(query, Where(include=frozenset({VOCABULARY.labels[0]})), 10)
        durations.append(time.perf_counter() - start)
    return 1000 * statistics.median(durations)


if __name__ == "__main__":
    main()
