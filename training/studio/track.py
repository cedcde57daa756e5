"""A finished studio track with its exactly known truth, and writing it to a file."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

from training.studio.score import Samples


@dataclass(frozen=True)
class Section:
    """A section on bar boundaries; times in seconds, energy in 0 to 1."""

    name: str
    start_seconds: float
    end_seconds: float
    energy: float


@dataclass(frozen=True)
class StudioTrack:
    """Sound and truth.

    Attributes:
        tags: ``genre---...`` (parent included) and ``instrument---...`` of what is audible.
        tempo_bpm: beats per minute, any real value, constant over the track.
        first_beat_seconds: time of the first downbeat.
        beats_per_bar: 3 or 4.
        swing: share of a pair taken by its first half, 0.5 is straight.
        tuning_cents: deviation from A4 = 440 Hz.
        samples: (n,) float32 in [-1, 1], mono.
    """

    title: str
    artist: str
    genre: str
    tags: tuple[str, ...]
    tempo_bpm: float
    first_beat_seconds: float
    beats_per_bar: int
    swing: float
    key_name: str
    mode: str
    tuning_cents: float
    sections: tuple[Section, ...]
    duration_seconds: float
    sample_rate: int
    seed: int
    samples: Samples = field(repr=False, compare=False)

    @property
    def beat_seconds(self) -> npt.NDArray[np.float64]:
        """Times of all beats inside the sections, shape (n_beats,)."""
        span = self.sections[-1].end_seconds - self.first_beat_seconds
        count = round(span * self.tempo_bpm / 60.0)
        return np.asarray(self.first_beat_seconds + np.arange(count) * 60.0 / self.tempo_bpm)

    @property
    def energy(self) -> float:
        """Mean energy, weighted by the length of the sections."""
        lengths = [s.end_seconds - s.start_seconds for s in self.sections]
        return float(np.average([s.energy for s in self.sections], weights=lengths))


def write_track(track: StudioTrack, path: str | Path) -> None:
    """Write 16-bit FLAC or WAV, chosen by suffix, with title and artist.

    Raises:
        ValueError: the suffix is neither ``.flac`` nor ``.wav``.
    """
    path = Path(path)
    formats = {".flac": "FLAC", ".wav": "WAV"}
    if path.suffix.lower() not in formats:
        raise ValueError(f"cannot write {path.suffix!r}; use .flac or .wav")
    with soundfile.SoundFile(path, "w", track.sample_rate, 1, "PCM_16", format=formats[path.suffix.lower()]) as file:
        file.title = track.title
        file.artist = track.artist
        file.write(track.samples)
