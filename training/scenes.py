"""Scenes: stretches of new audio made from recordings, for teachers and networks to hear the same.

Labelled music is scarce, but a teacher labels any audio. A scene is three chunks long and holds one recording, two
at once, or one after the other, at other speeds and under other recording conditions: what teachers say of it is
true of exactly what the network hears (Beyer et al., "Knowledge distillation: a good teacher is patient and
consistent", CVPR 2022).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

from models.spec import ShortChunkResSpec
from segue.audio.waveform import SAMPLE_RATE
from training import degrade
from training.codec import CodecName
from training.corpus import Entry, append_to_manifest, prepared_ids

CHUNKS_PER_SCENE = 3
CHUNK_SAMPLES = ShortChunkResSpec(name="short_chunk_res").input_samples
SCENE_SAMPLES = CHUNKS_PER_SCENE * CHUNK_SAMPLES

_ALONE, _TOGETHER = 0.5, 0.4  # shares of one recording and of two at once; the rest is one after the other
_SPEED_SHARE = 0.6  # of recordings are played at another speed
_FADE_SAMPLES = SAMPLE_RATE // 10

Samples = NDArray[np.float32]


@dataclass(frozen=True)
class Recordings:
    """Waveforms on disk to make scenes from.

    Attributes:
        paths: of ``(n_samples,)`` int16 arrays at 16 kHz.
        shares: ``(n,)`` float64, probability to draw each.
    """

    paths: tuple[Path, ...]
    shares: NDArray[np.float64]

    def draw(self, n_samples: int, rng: np.random.Generator) -> Samples:
        """A random stretch of a random recording, ``(n_samples,)`` float32; a short one is repeated."""
        samples = np.load(self.paths[int(rng.choice(len(self.paths), p=self.shares))], mmap_mode="r")
        if len(samples) < n_samples:
            stretch = np.resize(samples, n_samples)
        else:
            start = int(rng.integers(0, len(samples) - n_samples + 1))
            stretch = samples[start : start + n_samples]
        return stretch.astype(np.float32) / np.float32(32768)


def make_scene(recordings: Recordings, seed: Sequence[int]) -> Samples:
    """One scene, ``(SCENE_SAMPLES,)`` float32 in [-1, 1]; the same seed gives the same scene."""
    rng = np.random.default_rng(seed)
    kind = rng.random()
    scene = _played(recordings, rng)
    if kind > _ALONE:
        other = _played(recordings, rng)
        scene = _together(scene, other, rng) if kind < _ALONE + _TOGETHER else _one_after_the_other(scene, other, rng)
    return _at_level(_recorded(_at_level(scene, -20.0), rng), rng.uniform(-32, -12))


def _played(recordings: Recordings, rng: np.random.Generator) -> Samples:
    """A stretch of one recording, mostly near its own speed, at an even level."""
    speed = float(np.exp(rng.normal(0, 0.12))) if rng.random() < _SPEED_SHARE else 1.0
    speed = min(1.4, max(0.7, speed))
    source = recordings.draw(int(SCENE_SAMPLES * speed) + 16, rng)
    played = soxr.resample(source, speed, 1.0, quality="LQ") if speed != 1.0 else source
    return _at_level(np.resize(played, SCENE_SAMPLES).astype(np.float32), -20.0)


def _together(scene: Samples, other: Samples, rng: np.random.Generator) -> Samples:
    """The other one lies up to 15 dB below."""
    return scene + np.float32(10 ** (-rng.uniform(0, 15) / 20)) * other


def _one_after_the_other(scene: Samples, other: Samples, rng: np.random.Generator) -> Samples:
    cut = int(rng.uniform(0.2, 0.8) * SCENE_SAMPLES)
    share = np.clip((np.arange(SCENE_SAMPLES) - cut) / _FADE_SAMPLES, 0, 1).astype(np.float32)
    faded: Samples = (1 - share) * scene + share * other
    return faded


def _recorded(scene: Samples, rng: np.random.Generator) -> Samples:
    """Another equaliser, noise, bandwidth, codec or dynamics, each now and then."""
    if rng.random() < 0.35:
        scene = degrade.equalise(scene, rng)
    if rng.random() < 0.08:
        scene = degrade.add_noise(scene, float(rng.uniform(8, 30)), rng)
    if rng.random() < 0.08:
        scene = degrade.low_pass(scene, float(rng.uniform(3000, 7000)))
    if rng.random() < 0.08:
        codec: CodecName = "mp3" if rng.random() < 0.5 else "aac"
        scene = degrade.codec_round_trip(scene, codec, int(rng.choice([32_000, 48_000, 64_000])))
    if rng.random() < 0.1:
        scene = degrade.compress(scene, float(rng.uniform(-30, -18)), float(rng.uniform(2, 6)))
    return scene


def _at_level(samples: Samples, level_db: float) -> Samples:
    """The same at another root mean square, full scale at most; silence stays."""
    rms = float(np.sqrt(np.mean(samples**2)))
    gain = 10 ** (level_db / 20) / max(rms, 1e-5)
    levelled: Samples = np.clip(samples * np.float32(gain), -1.0, 1.0)
    return levelled


class WaveformShelf:
    """Decoded audio of one corpus in the cache, as int16 at 16 kHz.

    Args:
        cache: where prepared things go.
        corpus: name of the corpus.
    """

    def __init__(self, cache: Path, corpus: str) -> None:
        self._folder, self._corpus = cache / "waveforms", corpus
        self._ready = prepared_ids(self._folder, corpus)

    def __contains__(self, entry_id: str) -> bool:
        return entry_id in self._ready

    def __len__(self) -> int:
        return len(self._ready)

    def put(self, entry: Entry, samples: Samples) -> None:
        """Keeps ``(n_samples,)`` float32 audio at 16 kHz, then notes the entry."""
        path = waveform_path(self._folder.parent, entry)
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, (np.clip(samples, -1.0, 1.0) * 32767).astype(np.int16))
        append_to_manifest(self._folder, entry)
        self._ready.add(entry.id)


def waveform_path(cache: Path, entry: Entry) -> Path:
    """Where the waveform of an entry is kept."""
    return cache / "waveforms" / entry.corpus / f"{entry.id}.npy"
