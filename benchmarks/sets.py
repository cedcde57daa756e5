"""How fast playlists and paths are found: ``python benchmarks/sets.py [--tracks 100000]``.

Fills a catalogue with random tracks of every tempo from 80 to 160, every key and every energy in a temporary directory,
opens it anew, and prints median and worst times of a playlist of 30 tracks and of a path of 20, each from several
random tracks. One thread.
"""

from __future__ import annotations

import argparse
import hashlib
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import faiss
import numpy as np

from index.store import SqliteCatalogue, open_catalogue
from segue.analyse import features
from segue.key import Key, KeyEstimate
from segue.mixer import LAYOUT, Mixer
from segue.path import PathOptions, Waypoint, find_path
from segue.playlist import PlaylistOptions, make_playlist
from segue.ports import NewTrack, Space
from segue.seed import Seed
from segue.tags import TagScores, TagVocabulary
from segue.tempo import TempoEstimate
from segue.track import Analysis, Description, Hearing

N_TAGS, SOUND_DIM, N_CHUNKS = 64, 128, 4
VOCABULARY = TagVocabulary(tuple(f"genre---g{n}" for n in range(N_TAGS)), (0.5,) * N_TAGS)
MIXER = Mixer(SOUND_DIM, N_TAGS)
BATCH = 2000


def tracks(n_tracks: int) -> Iterator[NewTrack]:
    """Random tracks; each tag is active on one in ten."""
    rng = np.random.default_rng(1)
    for number in range(n_tracks):
        rows = rng.normal(size=(N_CHUNKS, SOUND_DIM)).astype(np.float32)
        hearing = Hearing(
            rows / np.linalg.norm(rows, axis=1, keepdims=True),
            TempoEstimate(round(float(rng.uniform(80, 160)), 1), 0.9),
            KeyEstimate(Key.from_index(int(rng.integers(24))), 0.9),
            float(rng.random()),
        )
        scores = (rng.random(N_TAGS) < 0.1).astype(np.float32)
        digest = hashlib.sha256(str(number).encode()).hexdigest()
        analysis = Analysis(digest, 240.0, TagScores(VOCABULARY, scores), hearing)
        yield NewTrack(
            analysis, Description(f"Track {number}", f"Artist {number % 999}"), MIXER.encode(features(analysis))
        )


def fill(directory: Path, n_tracks: int) -> Space:
    """Writes the tracks in batches."""
    space, source = Space("benchmark", "benchmark", LAYOUT, MIXER.dim), tracks(n_tracks)
    with open_catalogue(directory, space, VOCABULARY) as catalogue:
        while batch := [new for new, _ in zip(source, range(BATCH), strict=False)]:
            catalogue.add_all(batch)
    return space


def tell(name: str, calls: list[Callable[[], str]]) -> None:
    """Runs each call once and prints the times, and how they ended."""
    seconds, processor, ended = [], [], Counter[str]()
    for call in calls:
        start, processor_start = time.perf_counter(), time.thread_time()
        ended[call()] += 1
        seconds.append(time.perf_counter() - start)
        processor.append(time.thread_time() - processor_start)
    told = f"median {statistics.median(seconds):.2f} s, worst {max(seconds):.2f} s"
    print(f"{name:40} {told} ({statistics.median(processor):.2f} s of processor)  {dict(ended)}", flush=True)


def measure(catalogue: SqliteCatalogue, n_runs: int) -> None:
    """Prints a line for each kind of question."""
    found = catalogue.page(20 * n_runs)[::10]
    seeds = [Seed.from_track(track, catalogue, MIXER) for track in found]

    def playlist(seed: Seed, options: PlaylistOptions) -> str:
        return make_playlist(seed, catalogue, MIXER, options).ended.code

    def path(i: int, options: PathOptions) -> str:
        ends = [Waypoint(seeds[at], found[at]) for at in (2 * i, 2 * i + 1)]
        return find_path(ends, catalogue, MIXER, options).ended.code

    plain, arc = PlaylistOptions(length=30), PlaylistOptions(length=30, curve="arc", drunk=0.3, max_per_artist=2)
    tell("playlist of 30", [lambda seed=seed: playlist(seed, plain) for seed in seeds[:n_runs]])
    tell("playlist of 30, arc, drunk, artists", [lambda seed=seed: playlist(seed, arc) for seed in seeds[:n_runs]])
    tell("path of 20", [lambda i=i: path(i, PathOptions(length=20)) for i in range(n_runs)])


def main() -> None:
    """Fills, opens, asks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tracks", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=10)
    options = parser.parse_args()
    faiss.omp_set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        space = fill(Path(folder), options.tracks)
        with open_catalogue(Path(folder), space, VOCABULARY) as catalogue:
            print(f"{options.tracks} tracks, {options.runs} runs each")
            measure(catalogue, options.runs)


if __name__ == "__main__":
    main()
