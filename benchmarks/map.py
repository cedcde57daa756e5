"""How the map scales: ``python benchmarks/map.py [--tracks 100000] [--later 1000] [--methods pca umap]``.

Fills a catalogue with tracks around random centres in a temporary directory. Prints how long the map takes before
the first fit, to fit, to place tracks that come later, and per page over HTTP, with the size of the answers.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import numpy as np
from catalogue import N_TAGS, SOUND_DIM, VOCABULARY, tracks
from starlette.testclient import TestClient

from app.main import create_app
from app.pool import InferencePool
from app.services import Services
from app.settings import Settings
from index.store import SqliteCatalogue, open_catalogue
from segue.analyse import Analyser
from segue.fakes import FakeEmbedder, FakeTagger
from segue.mixer import LAYOUT, Mixer
from segue.ports import NewTrack, Space

N_CENTRES, SPREAD, BATCH = 200, 0.06, 2000
MIXER = Mixer(SOUND_DIM, N_TAGS)
SPACE = Space("random@0", "random@0", LAYOUT, MIXER.dim)

T = TypeVar("T")


def grouped_tracks(n_tracks: int) -> Iterator[NewTrack]:
    """Random tracks, their sound near one of some centres."""
    rng = np.random.default_rng(3)
    centres = rng.normal(size=(N_CENTRES, SOUND_DIM)) / np.sqrt(SOUND_DIM)
    for new in tracks(n_tracks, MIXER.dim):
        sound = centres[rng.integers(N_CENTRES)] + SPREAD * rng.normal(size=SOUND_DIM)
        new.vector[MIXER.blocks["sound"]] = sound / np.linalg.norm(sound)
        yield new


def timed(what: str, call: Callable[[], T]) -> T:
    """Calls, and prints how long it took on the clock and, for a busy machine, of the processors' time."""
    start, processor_start = time.perf_counter(), time.process_time()
    answer = call()
    clock, processor = time.perf_counter() - start, time.process_time() - processor_start
    print(f"{what}: {clock:.2f} s ({processor:.2f} s of processor)", flush=True)
    return answer


def measure_pages(catalogue: SqliteCatalogue) -> None:
    """Reads the whole map over HTTP, at two page sizes."""
    analyser = Analyser(None, FakeTagger(), FakeEmbedder())  # type: ignore[arg-type]
    client = TestClient(create_app(Services(analyser, catalogue, InferencePool(1, 0)), Settings(log_level="error")))
    for limit in (1000, 10_000):
        cursor, seconds, sizes = None, [], []
        while cursor is not None or not sizes:
            start = time.perf_counter()
            response = client.get("/v1/map", params={"limit": limit} | ({"cursor": cursor} if cursor else {}))
            seconds.append(time.perf_counter() - start)
            sizes.append(len(response.content))
            cursor = response.json()["next_cursor"]
        each = f"{1000 * np.median(seconds):.0f} ms and {np.median(sizes) / 1e6:.2f} MB each"
        print(f"{len(sizes)} pages of {limit}: {each}")


def main() -> None:
    """Fills, fits, places and reads."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tracks", type=int, default=100_000)
    parser.add_argument("--later", type=int, default=1000)
    parser.add_argument("--methods", nargs="+", default=["pca"])
    asked = parser.parse_args()
    source = grouped_tracks(asked.tracks + asked.later)
    with tempfile.TemporaryDirectory() as folder, open_catalogue(Path(folder), SPACE, VOCABULARY) as catalogue:
        for start in range(0, asked.tracks, BATCH):
            catalogue.add_all([next(source) for _ in range(min(BATCH, asked.tracks - start))])
        catalogue.warm_up()
        timed("before the first fit", lambda: catalogue.map.page(0))
        timed("the same again", lambda: catalogue.map.page(0))
        for method in asked.methods:
            timed(f"fit by {method}", lambda method=method: catalogue.map.fit(method))
        catalogue.add_all(list(source))
        timed(f"placing {asked.later} later tracks", lambda: catalogue.map.page(0))
        measure_pages(catalogue)


if __name__ == "__main__":
    main()
