"""How soon a live session follows: ``python benchmarks/listening.py SHARED_DATA [--pairs 40] [--seed 4]``.

SHARED_DATA holds ``tracks.csv`` and the music it names. Half a minute of one track that no network was trained on is
heard in pieces of 10 s, then 40 s of another one. After every piece, the session's tempo and key, and those of the
piece by itself, are held against what the same networks hear in the whole track. A tempo agrees within 4 %; half and
double count apart.
"""

from __future__ import annotations

import argparse
import csv
from collections import defaultdict
from pathlib import Path

import numpy as np

from models.crnn.tagger import load_tagger
from models.short_chunk_res.embedder import load_embedder
from segue.analyse import Analyser
from segue.audio.decode import Decoder
from segue.audio.waveform import SAMPLE_RATE, Waveform
from segue.live import Listening
from segue.ports import Decoded
from segue.tempo import tempo_ratio
from segue.track import Analysis, Hearing

PIECE_SECONDS = 10
BEFORE, AFTER = 3, 4  # pieces of the first and of the second track
SAME_PERCENT = 4.0


def main() -> None:
    """Hears pairs of tracks and prints one line for each piece."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--pairs", type=int, default=40)
    parser.add_argument("--seed", type=int, default=4)
    options = parser.parse_args()
    rows = [row for row in csv.DictReader((options.data / "tracks.csv").open()) if row["split"] == "dev"]
    files = [options.data / row["file"] for row in rows if float(row["seconds"]) >= PIECE_SECONDS * (AFTER + 2)]
    order = np.random.default_rng(options.seed).permutation(len(files))
    told: dict[tuple[str, int], list[tuple[bool, ...]]] = defaultdict(list)
    with Decoder() as decoder:
        analyser = Analyser(decoder, load_tagger(), load_embedder())
        for n in range(options.pairs):
            first, second = (decoder.decode(files[order[at % len(order)]]) for at in (2 * n, 2 * n + 1))
            listening = Listening()
            for name, decoded, count in (("first track", first, BEFORE), ("second track", second, AFTER)):
                whole = analyser.hear(decoded).hearing
                for number in range(count):
                    piece = hear_piece(analyser, decoded, number)
                    listening = listening.heard(piece)
                    told[name, number].append(agreement(listening, piece, whole))
    print(f"{options.pairs} pairs; tempo (or half or double of it) and key as in the whole track, in percent")
    for (name, number), found in told.items():
        shares = 100 * np.mean(found, axis=0)
        words = "session tempo {:3.0f} ({:3.0f}) key {:3.0f}   piece alone tempo {:3.0f} ({:3.0f}) key {:3.0f}"
        print(f"{name:12} {PIECE_SECONDS * (number + 1):2} s   {words.format(*shares)}")


def hear_piece(analyser: Analyser, decoded: Decoded, number: int) -> Analysis:
    """A piece of a track, the first one 10 s after its beginning."""
    start = (number + 1) * PIECE_SECONDS * SAMPLE_RATE
    samples = decoded.waveform.samples[start : start + PIECE_SECONDS * SAMPLE_RATE]
    return analyser.hear(Decoded(Waveform(samples.copy()), f"{number}", decoded.description, "wav", "pcm_s16le"))


def agreement(listening: Listening, piece: Analysis, whole: Hearing) -> tuple[bool, ...]:
    """Whether tempo, tempo up to half and double, and key agree: of the session, then of the piece alone."""
    found: list[bool] = []
    for tempo, key in ((listening.tempo, listening.key), (piece.hearing.tempo, piece.hearing.key)):
        ratio, percent = tempo_ratio(tempo.bpm, whole.tempo.bpm)
        near = abs(percent) <= SAME_PERCENT
        found += [near and ratio == 1.0, near, key.key == whole.key.key]
    return tuple(found)


if __name__ == "__main__":
    main()
