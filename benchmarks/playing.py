"""How well the track that plays is recognised: ``python benchmarks/playing.py SHARED_DATA [--seed 3] [--limit N]``.

SHARED_DATA holds ``tracks.csv`` and the music it names. Its tracks make the catalogue (sound alone: the chunk
embeddings). Excerpts of those of at least 45 s that no network was trained on are looked for: once as they are, once
with their own recording, other takes of it included, taken out, when the right answer is that it is none of them.
Excerpts do not lie on the grid of chunks. Prints how many were named, and rightly so, and how often the confidence that
was told is right. Takes about seven minutes of one core.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

from models.short_chunk_res.embedder import load_embedder
from segue.audio.decode import Decoder
from segue.audio.waveform import SAMPLE_RATE, Waveform
from segue.diversity import SAME_DURATION, SAME_SOUND
from segue.errors import SegueError
from segue.playing import MIN_CONFIDENCE, confidence_of, score
from segue.track import mean_direction

SHORTEST_SECONDS = 45.0
EXCERPTS = 2  # of each track
PITCHED = 1.03
NOISE = 0.1  # of the excerpt's level: 20 dB below it
SAME_BEGINNING = 14  # letters of a file's name by which takes of one piece are told

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Excerpt:
    """A few seconds of a track.

    Attributes:
        track: its number.
        variants: what was done to it -> chunk embeddings, ``(n_chunks, dim)`` float32.
    """

    track: int
    variants: dict[str, Floats]


def main() -> None:
    """Hears everything, then looks for every excerpt."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--limit", type=int, help="So many tracks only, the longest unknown ones first.")
    options = parser.parse_args()
    told = list(csv.DictReader((options.data / "tracks.csv").open()))
    told.sort(key=lambda row: (row["split"] != "dev", -float(row["seconds"])))
    names, tracks, excerpts = [], [], []
    rng = np.random.default_rng(options.seed)
    with Decoder() as decoder:
        for row in told[: options.limit]:
            try:
                waveform = decoder.decode(options.data / row["file"]).waveform
            except SegueError:
                continue
            if row["split"] == "dev" and waveform.duration_seconds >= SHORTEST_SECONDS:
                excerpts += [Excerpt(len(tracks), dict(variants(waveform, rng))) for _ in range(EXCERPTS)]
            names.append(row["id"])
            tracks.append((embedded(waveform.samples).astype(np.float16), waveform.duration_seconds))
    print(f"{len(tracks)} tracks, {len(excerpts)} excerpts")
    Judge(names, tracks).report(excerpts)


_EMBEDDER = load_embedder()


def embedded(samples: Floats) -> Floats:
    """Chunk embeddings of some audio."""
    return _EMBEDDER.hear_chunks(_EMBEDDER.log_mel(Waveform(np.ascontiguousarray(samples)))).embedding


def variants(waveform: Waveform, rng: np.random.Generator) -> Iterator[tuple[str, Floats]]:
    """Excerpts from one random place."""
    start = rng.uniform(2.0, waveform.duration_seconds - 24.0)
    samples, ten = waveform.samples[int(start * SAMPLE_RATE) :], 10 * SAMPLE_RATE
    first, second = samples[:ten], samples[ten : 2 * ten]
    yield "3.7 s", embedded(first)[:1]
    yield "10 s", embedded(first)
    yield "20 s in two pieces", np.concatenate([embedded(first), embedded(second)])
    slower = soxr.resample(samples[: int(PITCHED * ten) + 100], PITCHED * SAMPLE_RATE, SAMPLE_RATE)
    yield "10 s, 3 % faster", embedded(slower[:ten].astype(np.float32))
    noise = rng.normal(size=ten) * NOISE * np.sqrt(np.mean(first**2))
    yield "10 s, white noise at 20 dB", embedded((first + noise).astype(np.float32))


class Judge:
    """Knows all tracks, and which of them are takes of one piece."""

    def __init__(self, names: list[str], tracks: list[tuple[NDArray[np.float16], float]]) -> None:
        self._names = np.array(names)
        self._rows = [rows for rows, _ in tracks]
        self._means = np.stack([mean_direction(rows) for rows in self._rows])
        self._seconds = np.array([seconds for _, seconds in tracks])

    def report(self, excerpts: list[Excerpt]) -> None:
        """Prints one line for each variant, then how far confidences can be trusted."""
        told: list[tuple[float, bool]] = []
        for variant in excerpts[0].variants:
            present = [self._find(excerpt, variant, absent=False) for excerpt in excerpts]
            absent = [self._find(excerpt, variant, absent=True) for excerpt in excerpts]
            named = [right for confidence, right in present if confidence >= MIN_CONFIDENCE]
            wrong = sum(confidence >= MIN_CONFIDENCE for confidence, _ in absent)
            print(f"{variant:28} named {len(named):3}, rightly {sum(named):3};  not there: named {wrong:3}")
            told += [*present, *absent]
        for low in np.arange(MIN_CONFIDENCE, 1.0, 0.1):
            found = [(confidence, right) for confidence, right in told if low <= confidence < low + 0.1 + 1e-9]
            if found:
                mean, right = np.mean(found, axis=0)
                print(f"confidence {mean:.2f}: right in {right:.2f} of {len(found)}")

    def _find(self, excerpt: Excerpt, variant: str, *, absent: bool) -> tuple[float, bool]:
        """The confidence of the best track, and whether it is the right one."""
        own = self._takes(excerpt.track)
        scores = np.array([score(excerpt.variants[variant], rows) for rows in self._rows])
        scores[own & absent] = -1.0
        best = int(np.argmax(scores))
        others = scores[~self._takes(best)]
        return confidence_of(float(scores[best]), float(scores[best] - others.max())), bool(own[best]) and not absent

    def _takes(self, number: int) -> NDArray[np.bool_]:
        """The track, copies of it, and what has nearly the same name."""
        near = (self._means @ self._means[number] >= SAME_SOUND) & (
            np.abs(self._seconds / self._seconds[number] - 1) <= SAME_DURATION
        )
        source, _, title = str(self._names[number]).partition("__")
        named = np.char.startswith(self._names, f"{source}__{title[:SAME_BEGINNING]}") if title else False
        same = near | named
        same[number] = True
        return np.asarray(same)


if __name__ == "__main__":
    main()
