"""Times the stages of the main job on one file, and prints medians as a table.

python benchmarks/stages.py TRACK.mp3 [--repeats 5] [--threads 2] [--catalogue-size 1000]
    [--tagger WEIGHTS] [--embedder WEIGHTS]
"""

from __future__ import annotations

import argparse
import dataclasses
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from rich.console import Console
from rich.table import Table

from index.store import open_catalogue
from models.crnn.tagger import load_tagger
from models.short_chunk_res.embedder import load_embedder
from segue.analyse import Analyser
from segue.audio.decode import Decoder
from segue.options import Options
from segue.ports import Catalogue, Decoded, NewTrack
from segue.recommend import recommend
from segue.seed import Seed


def seconds_of(job: Callable[[], object], repeats: int) -> list[float]:
    """Wall seconds of each run, after one that warms up."""
    job()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        job()
        times.append(time.perf_counter() - start)
    return times


def time_hearing(analyser: Analyser, decoded: Decoded, repeats: int) -> dict[str, list[float]]:
    tagger, embedder, waveform = analyser.tagger, analyser.embedder, decoded.waveform
    log_mel, log_frequency = embedder.log_mel(waveform), embedder.log_frequency(waveform)

    def tempo_and_key() -> None:
        embedder.hear_tempo(log_mel)
        embedder.hear_key(log_frequency)

    jobs = {
        "log-mel and log-frequency": lambda: (embedder.log_mel(waveform), embedder.log_frequency(waveform)),
        "tagger, its log-mel included": lambda: tagger.tag(waveform),
        "embedder trunk": lambda: embedder.hear_chunks(log_mel),
        "tempo and key": tempo_and_key,
        "both networks, whole": lambda: analyser.hear(decoded),
    }
    return {name: seconds_of(job, repeats) for name, job in jobs.items()}


def filled_catalogue(folder: Path, analyser: Analyser, new: NewTrack, size: int) -> Catalogue:
    """The track again and again, its vector moved a little."""
    rng = np.random.default_rng(0)
    catalogue = open_catalogue(folder, analyser.space, analyser.tagger.vocabulary)
    for i in range(size):
        vector = (new.vector + 0.01 * rng.normal(size=new.vector.shape)).astype(np.float32)
        analysis = dataclasses.replace(new.analysis, content_hash=f"{i:064x}")
        catalogue.add(dataclasses.replace(new, analysis=analysis, vector=vector))
    return catalogue


def time_ranking(analyser: Analyser, new: NewTrack, size: int, repeats: int) -> list[float]:
    seed = Seed.from_analysis(new.analysis, analyser.mixer)
    with tempfile.TemporaryDirectory() as folder:
        catalogue = filled_catalogue(Path(folder) / "catalogue", analyser, new, size)
        try:
            return seconds_of(lambda: recommend(seed, catalogue, analyser.mixer, Options()), repeats)
        finally:
            catalogue.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--catalogue-size", type=int, default=1000)
    parser.add_argument("--tagger", type=Path)
    parser.add_argument("--embedder", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    decoder = Decoder()
    analyser = Analyser(decoder, load_tagger(options.tagger), load_embedder(options.embedder))
    times = {"decode": seconds_of(lambda: decoder.decode(options.file), options.repeats)}
    decoded = decoder.decode(options.file)
    times |= time_hearing(analyser, decoded, options.repeats)
    new = analyser.new_track(options.file)
    decoder.close()
    times["rank"] = time_ranking(analyser, new, options.catalogue_size, options.repeats)

    length = decoded.waveform.duration_seconds
    table = Table(title=f"{length:.0f} s of audio, {options.threads} threads, median of {options.repeats}")
    for column in ("stage", "seconds", "fastest", "slowest"):
        table.add_column(column, justify="left" if column == "stage" else "right")
    for stage, seconds in times.items():
        table.add_row(stage, *(f"{value:.4f}" for value in (statistics.median(seconds), min(seconds), max(seconds))))
    console = Console()
    console.print(table)
    console.print(
        f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB, decoder's child apart"
    )


if __name__ == "__main__":
    main()
