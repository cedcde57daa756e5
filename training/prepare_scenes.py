"""Prepare scenes: waveforms to make them from, then shards of scenes with what the networks see and teachers say.

A shard is a folder of ``.npy`` files, made whole or not at all, so that preparing resumes and training maps them
into memory.
"""

from __future__ import annotations

import logging
import shutil
import zipfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache as remembered
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import soxr
import torch
from numpy.typing import NDArray

from segue.audio.decode import Decoder
from segue.audio.waveform import SAMPLE_RATE
from segue.errors import AudioError, SegueError
from training import studio
from training.corpus import Entry, read_manifest, read_tracks_csv
from training.dataset import kind_of
from training.features import FeatureExtractor
from training.scenes import CHUNKS_PER_SCENE, Recordings, WaveformShelf, make_scene, waveform_path
from training.teachers.panel import Panel

log = logging.getLogger(__name__)

SCENES_PER_SHARD = 256
_BATCH = 16
STUDIO_FIRST_SEED = 1000  # others than those with exact labels, and than those of the demo
STUDIO_SECONDS = 40.0
SHARES = {"recorded": 2.5, "generated": 1.0, "stem": 0.7, "studio": 0.6, "midi": 0.3}  # per second
_LONGEST_SECONDS = 60.0  # beyond it, length makes a recording no likelier


def prepare_waveforms(data: Path, cache: Path, n_studio: int, midi: Path | None, n_songs: int, sound_font: Path) -> int:
    """Decodes the training split of labelled music and renders studio tracks and MIDI songs to make scenes from.

    Args:
        data: labelled music, see :func:`training.corpus.read_tracks_csv`.
        cache: where prepared things go.
        n_studio: studio tracks in all, equally many of each genre.
        midi: a POP909 archive; None leaves MIDI out.
        n_songs: of it, from the first on.
        sound_font: a General MIDI ``.sf2``.

    Returns:
        Number of waveforms.
    """
    shelves = [_decode_real(data, cache), _render_studio(cache, n_studio)]
    if midi is not None:
        shelves.append(_render_midi(midi, cache, n_songs, sound_font))
    return sum(len(shelf) for shelf in shelves)


def _decode_real(data: Path, cache: Path) -> WaveformShelf:
    shelf = WaveformShelf(cache, "real")
    with Decoder() as decoder:
        for entry, path in read_tracks_csv(data / "tracks.csv"):
            if entry.split == "train" and entry.id not in shelf:
                try:
                    shelf.put(entry, decoder.decode(path).waveform.samples)
                except AudioError as error:
                    log.warning("%s: %s", path, error.message)
    return shelf


def _render_studio(cache: Path, n_tracks: int) -> WaveformShelf:
    shelf = WaveformShelf(cache, "studio")
    for number in range(n_tracks):
        turn, position = divmod(number, len(studio.GENRES))
        genre, seed = studio.GENRES[position], STUDIO_FIRST_SEED + turn
        entry = Entry(f"{genre}-{seed:05d}", "studio", f"{genre}-{seed:05d}", "train")
        if entry.id not in shelf:
            track = studio.render_track(genre, seed, duration_seconds=STUDIO_SECONDS)
            shelf.put(entry, soxr.resample(track.samples, track.sample_rate, SAMPLE_RATE, quality="HQ"))
    return shelf


def _render_midi(archive: Path, cache: Path, n_songs: int, sound_font: Path) -> WaveformShelf:
    from training.midi import midi_songs, render_midi

    shelf = WaveformShelf(cache, "midi")
    with zipfile.ZipFile(archive) as file:
        for song in midi_songs(file)[:n_songs]:
            entry = Entry(song.id, "midi", song.id, song.split)
            if entry.id not in shelf and entry.split == "train":
                shelf.put(entry, render_midi(file, song, sound_font))
    return shelf


def prepare_scenes(checkpoints: Path, cache: Path, n_scenes: int, n_jobs: int = 1, seed: int = 30) -> int:
    """Makes scenes of the prepared waveforms and lets networks' front-ends and teachers hear them.

    Args:
        checkpoints: folder of the teachers' weights.
        cache: where prepared things go.
        n_scenes: how many, in whole shards.
        n_jobs: processes.
        seed: of the scenes.

    Returns:
        Number of scenes there are.

    Raises:
        SegueError: no waveforms have been prepared.
        ModelMissing: a teacher is missing.
    """
    missing = [n for n in range(-(-n_scenes // SCENES_PER_SHARD)) if not shard_path(cache, n).exists()]
    orders = [_Order(checkpoints, cache, number, seed) for number in missing]
    if n_jobs == 1:
        made: Iterator[int] = map(_make_shard, orders)
        _tell(made, len(orders))
    else:
        with ProcessPoolExecutor(n_jobs, mp_context=get_context("spawn")) as pool:
            _tell(pool.map(_make_shard, orders), len(orders))
    return SCENES_PER_SHARD * len(list((cache / "scenes").glob("[0-9]*")))


def shard_path(cache: Path, number: int) -> Path:
    """Folder of a shard."""
    return cache / "scenes" / f"{number:04d}"


@dataclass(frozen=True)
class _Order:
    """One shard to be made."""

    checkpoints: Path
    cache: Path
    number: int
    seed: int


def _tell(made: Iterator[int], n_all: int) -> None:
    for done, number in enumerate(made, start=1):
        log.info("scenes: shard %d, %d of %d", number, done, n_all)


@remembered
def _panel(checkpoints: Path) -> Panel:
    torch.set_num_threads(1)
    return Panel(checkpoints)


@remembered
def _recordings(cache: Path) -> Recordings:
    folder = cache / "waveforms"
    corpora = [path.parent.name for path in sorted(folder.glob("*/manifest.jsonl"))]
    entries = [entry for corpus in corpora for entry in read_manifest(folder, corpus)]
    if not entries:
        raise SegueError(f"{folder} is empty; 'segue train prepare-waveforms' fills it.")
    paths = tuple(waveform_path(cache, entry) for entry in entries)
    seconds = [(path.stat().st_size / 2) / SAMPLE_RATE for path in paths]
    weights = np.array([SHARES[_kind(e)] * min(s, _LONGEST_SECONDS) for e, s in zip(entries, seconds, strict=True)])
    return Recordings(paths, weights / weights.sum())


def _kind(entry: Entry) -> str:
    return "stem" if entry.stem else kind_of(entry)


def _make_shard(order: _Order) -> int:
    recordings, panel, extractor = _recordings(order.cache), _panel(order.checkpoints), FeatureExtractor()
    first = order.number * SCENES_PER_SHARD
    batches = []
    for start in range(first, first + SCENES_PER_SHARD, _BATCH):
        scenes = np.stack([make_scene(recordings, (order.seed, number)) for number in range(start, start + _BATCH)])
        heard = panel.hear(scenes, CHUNKS_PER_SCENE)
        mel96, mel128 = extractor.log_mels(scenes)
        batches.append({"mel96": mel96, "mel128": mel128, **heard._asdict()})
    _save(shard_path(order.cache, order.number), batches)
    return order.number


def _save(folder: Path, batches: Sequence[dict[str, NDArray[np.float32]]]) -> None:
    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    for name in batches[0]:
        np.save(partial / f"{name}.npy", np.concatenate([batch[name] for batch in batches]).astype(np.float16))
    partial.rename(folder)
