"""Prepare: from audio, studio and MIDI to cached features. Every step resumes where it was stopped."""

from __future__ import annotations

import logging
import random
import zipfile
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

from segue.audio.decode import Decoder
from segue.audio.waveform import SAMPLE_RATE
from segue.errors import AudioError, SegueError
from segue.key import Key
from training import studio
from training.corpus import Entry, append_to_manifest, prepared_ids, read_tracks_csv
from training.features import FeatureExtractor

log = logging.getLogger(__name__)

STUDIO_SECONDS = 48.0


class Shelf:
    """One corpus in the cache: what is there already, and how more is put there.

    Args:
        cache: where features go.
        corpus: name of the corpus.
        n_all: how many recordings it will have, for progress.
    """

    def __init__(self, cache: Path, corpus: str, n_all: int) -> None:
        self._cache, self._corpus, self._n_all = cache, corpus, n_all
        self._extractor = FeatureExtractor()
        self._ready = prepared_ids(cache, corpus)

    def __contains__(self, entry_id: str) -> bool:
        return entry_id in self._ready

    def __len__(self) -> int:
        return len(self._ready)

    def put(self, entry: Entry, samples: NDArray[np.float32]) -> None:
        """Caches the features of ``(n_samples,)`` float32 audio at 16 kHz, then notes the entry."""
        self._extractor.extract(samples).save(entry.features_path(self._cache))
        append_to_manifest(self._cache, entry)
        self._ready.add(entry.id)
        if len(self) % 50 == 0 or len(self) == self._n_all:
            log.info("%s: %d of %d", self._corpus, len(self), self._n_all)


def prepare_real(data: Path, cache: Path) -> int:
    """Decodes every file of a labelled music folder (see :func:`training.corpus.read_tracks_csv`).

    Returns:
        Number of recordings with features; a file that cannot be decoded is logged and left out.
    """
    rows = read_tracks_csv(data / "tracks.csv")
    shelf = Shelf(cache, "real", len(rows))
    with Decoder() as decoder:
        for entry, path in rows:
            if entry.id in shelf:
                continue
            try:
                samples = decoder.decode(path).waveform.samples
            except AudioError as error:
                log.warning("%s: %s", path, error.message)
                continue
            shelf.put(entry, samples)
    return len(shelf)


def prepare_studio(cache: Path, n_tracks: int, first_seed: int = 0) -> int:
    """Composes and renders tracks, equally many of each genre; every tenth of a genre is for development.

    Args:
        cache: where features go.
        n_tracks: how many in all.
        first_seed: seeds count up from here; the demo library uses others.
    """
    shelf = Shelf(cache, "studio", n_tracks)
    for number in range(n_tracks):
        turn, position = divmod(number, len(studio.GENRES))
        genre, seed = studio.GENRES[position], first_seed + turn
        entry_id = f"{genre}-{seed:05d}"
        if entry_id in shelf:
            continue
        seconds = (0.6 + 0.8 * random.Random(entry_id).random()) * STUDIO_SECONDS
        track = studio.render_track(genre, seed, duration_seconds=seconds)
        entry = Entry(
            id=entry_id,
            corpus="studio",
            group=entry_id,
            split="dev" if turn % 10 == 9 else "train",
            tags=track.tags,
            bpm=track.tempo_bpm,
            bpm_trust="exact",
            key=Key.parse(track.key_name).index,
            key_weight=1.0,
        )
        shelf.put(entry, soxr.resample(track.samples, track.sample_rate, SAMPLE_RATE, quality="HQ"))
    return len(shelf)


def prepare_midi(archive: Path, sound_font: Path, cache: Path, n_songs: int | None = None) -> int:
    """Renders songs of a POP909 archive (Wang et al. 2020) with random General MIDI instruments.

    Args:
        archive: ``pop909.zip``.
        sound_font: a General MIDI ``.sf2``.
        cache: where features go.
        n_songs: only the first so many.

    Raises:
        SegueError: pretty_midi or FluidSynth is not installed.
    """
    try:
        from training.midi import midi_songs, render_midi
    except ImportError as error:
        raise SegueError(f"MIDI cannot be read ({error}); pip install '.[train]' brings pretty_midi.") from error
    with zipfile.ZipFile(archive) as file:
        songs = midi_songs(file)[:n_songs]
        shelf = Shelf(cache, "midi", len(songs))
        for song in songs:
            if song.id in shelf:
                continue
            samples = render_midi(file, song, sound_font)
            entry = Entry(
                id=song.id,
                corpus="midi",
                group=song.id,
                split=song.split,
                bpm=song.tempo_bpm,
                bpm_trust="octave_unknown",  # annotators count ballads at half the tempo that DJs do
                key=song.key.index,
                key_weight=1.0,
            )
            shelf.put(entry, samples)
    return len(shelf)
