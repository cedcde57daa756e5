"""How fast segments are matched, and what the shortlist misses: ``python benchmarks/segments.py [--tracks 10000]``.

Fills a catalogue with tracks of 65 chunks (4 minutes) in a temporary directory. Each track wanders between a few of
200 directions, as music does between its parts. Some tracks are given a stretch of eight chunks of a query track and
are otherwise unlike it. Prints how long ``recommend`` takes with ``match="segment"``, with the shortlist and with every
track looked at, and how often the track with the stretch is among the first ten. One thread. ``--chunks FILE.npz``
takes chunk embeddings of real music instead, an array ``(n_chunks, 128)`` per track, two tracks joined to one.
"""

from __future__ import annotations

import argparse
import hashlib
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import segue.inside
from index.store import open_catalogue
from segue.analyse import features
from segue.key import Key, KeyEstimate
from segue.mixer import LAYOUT, Mixer, Weights
from segue.options import Options
from segue.ports import NewTrack, Space
from segue.recommend import recommend
from segue.seed import Seed
from segue.tags import TagGate, TagScores, TagVocabulary
from segue.tempo import TempoEstimate
from segue.track import Analysis, Description, Hearing

DIM, N_CHUNKS, STRETCH, N_QUERIES = 128, 65, 8, 20
VOCABULARY = TagVocabulary(tuple(f"genre---g{n}" for n in range(60)), (0.5,) * 60)
MIXER = Mixer(DIM, len(VOCABULARY.labels))
SPACE = Space("tagger@0", "embedder@0", LAYOUT, MIXER.dim)
SOUND = Weights(1, 0, 0, 0, 0)

Floats = NDArray[np.float32]


def made_up(rng: np.random.Generator, n_tracks: int) -> Iterator[Floats]:
    """Chunk embeddings of tracks that wander between three of 200 directions."""
    directions = rng.normal(size=(200, DIM))
    for _ in range(n_tracks):
        parts = directions[rng.choice(200, 3, replace=False)]
        path = parts[np.sort(rng.integers(0, 3, N_CHUNKS))] + 0.6 * rng.normal(size=(N_CHUNKS, DIM))
        yield (path / np.linalg.norm(path, axis=1, keepdims=True)).astype(np.float32)


def real(rng: np.random.Generator, n_tracks: int, path: Path) -> Iterator[Floats]:
    """Chunk embeddings of real music, two tracks of 20 chunks or more joined at random, with a little noise."""
    with np.load(path) as kept:
        long = [kept[name].astype(np.float32) for name in kept.files if len(kept[name]) >= 20]
    for _ in range(n_tracks):
        first, second = rng.integers(len(long), size=2)
        rows = np.concatenate([long[first], long[second]])
        rows = rows + 0.03 * rng.normal(size=rows.shape)
        yield (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def track_of(number: int, chunks: Floats, rng: np.random.Generator) -> NewTrack:
    """A whole track around its chunks."""
    tempo, key = TempoEstimate(float(rng.uniform(80, 160)), 0.9), KeyEstimate(Key.from_index(number % 24), 0.9)
    hearing = Hearing(chunks, tempo, key, float(rng.random()))
    scores = rng.random(len(VOCABULARY.labels), dtype=np.float32)
    digest = hashlib.sha256(str(number).encode()).hexdigest()
    analysis = Analysis(digest, 240.0, TagScores(VOCABULARY, scores), hearing)
    return NewTrack(analysis, Description(f"Track {number}"), MIXER.encode(features(analysis)))


def main() -> None:
    """Reads the command line, measures and prints."""
    parser = argparse.ArgumentParser(description="Time the matching of segments.")
    parser.add_argument("--tracks", type=int, default=10_000)
    parser.add_argument("--chunks", type=Path, help="chunk embeddings of real music, .npz")
    told = parser.parse_args()
    rng = np.random.default_rng(1)
    source = made_up(rng, told.tracks) if told.chunks is None else real(rng, told.tracks, told.chunks)
    rows = list(source)
    queries, holders = np.split(rng.choice(told.tracks, 2 * N_QUERIES, replace=False), 2)
    for query, holder in zip(queries, holders, strict=True):
        rows[holder] = rows[holder].copy()
        rows[holder][20 : 20 + STRETCH] = rows[query][30 : 30 + STRETCH]
    news = [track_of(number, chunks, rng) for number, chunks in enumerate(rows)]
    with tempfile.TemporaryDirectory() as folder, open_catalogue(Path(folder), SPACE, VOCABULARY) as catalogue:
        for first in range(0, len(news), 2000):
            catalogue.add_all(news[first : first + 2000])
        catalogue.warm_up()
        options = Options(gate=TagGate(min_shared=0), match="segment", weights=SOUND)
        for name, shortlist in (("shortlist", segue.inside.SHORTLIST), ("every track", told.tracks)):
            segue.inside.SHORTLIST = shortlist
            seconds, cpu, found = [], [], 0
            for query, holder in zip(queries, holders, strict=True):
                seed = Seed.from_analysis(news[query].analysis, MIXER)
                seed = replace(seed, content_hashes=frozenset({news[query].analysis.content_hash}))
                start, start_cpu = time.perf_counter(), time.process_time()
                results = recommend(seed, catalogue, MIXER, options).results
                seconds.append(time.perf_counter() - start)
                cpu.append(time.process_time() - start_cpu)
                found += any(result.track.description.title == f"Track {holder}" for result in results)
            print(
                f"{name} ({shortlist}): median {1000 * statistics.median(seconds):.0f} ms "
                f"(processor {1000 * statistics.median(cpu):.0f}), stretch among the first ten {found} of {N_QUERIES}"
            )


if __name__ == "__main__":
    main()
