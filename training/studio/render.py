"""From score to sound: every note cached, every part mixed, the whole mastered."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import fft

from training.studio.effects import (
    coloured_noise,
    duck_envelope,
    echo,
    low_pass,
    master,
    reverb_spectrum,
)
from training.studio.score import Part, Samples, Score

_LAYERS = (0.45, 0.7, 1.0)
_AUDIBLE_DB = -27.0
_AUDIBLE_SHARE = 0.12
_OPENNESS = {
    "intro": (0.05, 0.5), "verse": (0.7, 0.85), "build": (0.25, 1.0), "drop": (1.0, 1.0),
    "chorus": (1.0, 1.0), "break": (0.35, 0.6), "outro": (0.8, 0.1),
}  # fmt: skip


@dataclass(frozen=True)
class Mix:
    """How the whole is mixed and mastered.

    Attributes:
        tilt_db: spectral tilt per decade around 1 kHz.
        top_hz: where the treble ends.
        hiss_db: tape or vinyl noise, dBFS; silent at -100.
    """

    reverb_seconds: float = 1.2
    reverb_level: float = 0.6
    damping_hz: float = 5000.0
    echo_beats: float = 0.75
    echo_feedback: float = 0.45
    duck_seconds: float = 0.25
    tilt_db: float = 0.0
    top_hz: float = 15000.0
    rms_db: float = -13.0
    hiss_db: float = -100.0
    tuning_cents: float = 0.0


def render(
    score: Score, mix: Mix, duration_seconds: float, sample_rate: int, rng: np.random.Generator
) -> tuple[Samples, list[str]]:
    """Sound a score.

    Returns:
        (n,) float32 samples in [-1, 1], and the names of the instruments that can be heard.
    """
    n = round(duration_seconds * sample_rate)
    kicks = score.groove.seconds(np.asarray(sorted(set(score.kick_beats)), np.float64))
    duck = duck_envelope(n, (kicks * sample_rate).astype(np.int64), mix.duck_seconds, sample_rate)
    openness = _openness(score, n, sample_rate)
    dynamics = _dynamics(score, n, sample_rate)
    dry, wet = np.zeros(n, np.float32), np.zeros(n, np.float32)
    powers: dict[str, float] = {}
    shares: dict[str, float] = {}
    delay_seconds = mix.echo_beats * 60 / score.groove.tempo_bpm
    for part in score.parts:
        sound = _play(part, score, n, mix.tuning_cents, sample_rate, rng)
        if part.insert is not None:
            sound = part.insert(sound)
        gain, share = _level(sound, part.level_db, sample_rate)
        sound *= gain
        if part.tag:
            sound *= dynamics
        if part.sweep:
            closed = low_pass(sound, 450, sample_rate)
            sound = closed + (sound - closed) * openness
        if part.duck:
            sound *= 1 - np.float32(part.duck) * (1 - duck)
        powers[part.tag] = powers.get(part.tag, 0.0) + float(np.mean(sound**2))
        shares[part.tag] = max(shares.get(part.tag, 0.0), share)
        if part.echo:
            sound = sound + np.float32(part.echo) * echo(sound, delay_seconds, mix.echo_feedback, sample_rate)
        dry += sound
        if part.send:
            wet += np.float32(part.send) * sound
    if mix.hiss_db > -100:
        dry += np.float32(10 ** (mix.hiss_db / 20)) * coloured_noise(n, sample_rate, 200, 9000, rng)
    samples = master(_space(dry, wet, mix, sample_rate, rng), mix.rms_db, sample_rate)
    return _fade(samples, sample_rate), _audible(powers, shares)


def _play(
    part: Part, score: Score, n: int, tuning_cents: float, sample_rate: int,
    rng: np.random.Generator,
) -> Samples:  # fmt: skip
    out = np.zeros(n, np.float32)
    times = score.groove.seconds(np.asarray([note.start for note in part.notes]))
    times = times + rng.normal(0, part.human_ms / 1000, len(times))
    starts = np.maximum(times * sample_rate, 0).astype(np.int64)
    cache: dict[tuple[float, int, float], Samples] = {}
    beat_seconds = 60 / score.groove.tempo_bpm
    for note, start in zip(part.notes, starts.tolist(), strict=True):
        layer = next((v for v in _LAYERS if note.velocity <= v + 0.1), _LAYERS[-1])
        key = (note.pitch, round(note.length * 96), layer)
        sound = cache.get(key)
        if sound is None:
            seconds = note.length * beat_seconds
            sound = part.voice.render(note.pitch + tuning_cents / 100, seconds, layer)
            cache[key] = sound
        stop = min(start + len(sound), n)
        if stop > start:
            out[start:stop] += sound[: stop - start] * np.float32(note.velocity / layer)
    return out


def _level(sound: Samples, level_db: float, sample_rate: int) -> tuple[np.float32, float]:
    """Gain to an active RMS, and the share of the time in which the part is active."""
    block = sample_rate // 20
    usable = len(sound) // block * block
    power = np.mean(sound[:usable].reshape(-1, block) ** 2, axis=1)
    active = power > 0.01 * (power.max() if len(power) else 0) + 1e-12
    if not active.any():
        return np.float32(0), 0.0
    rms = float(np.sqrt(np.mean(power[active])))
    wide = active[: len(active) // 40 * 40].reshape(-1, 40).any(axis=1)  # in spans of 2 s
    return np.float32(10 ** (level_db / 20) / rms), float(np.mean(wide)) if len(wide) else 1.0


def _dynamics(score: Score, n: int, sample_rate: int) -> Samples:
    """Loudness that follows the energy of the sections, about 5 dB from chorus to intro."""
    loudest = max(section.energy for section in score.sections)
    beats, values = [], []
    for section in score.sections:
        gain = (section.energy / loudest) ** 0.7
        beats += [section.start_bar * score.beats_per_bar, section.end_bar * score.beats_per_bar]
        rising = 1.15 if section.name == "build" else 1.0
        values += [gain, gain * rising]
    return _curve(score, beats, values, n, sample_rate)


def _openness(score: Score, n: int, sample_rate: int) -> Samples:
    beats, values = [], []
    for section in score.sections:
        first, last = _OPENNESS[section.name]
        beats += [section.start_bar * score.beats_per_bar, section.end_bar * score.beats_per_bar]
        values += [first, last]
    return _curve(score, beats, values, n, sample_rate)


def _curve(score: Score, beats: list[int], values: list[float], n: int, sample_rate: int) -> Samples:
    """Straight lines between values at beats, shape (n,)."""
    times = score.groove.first_beat_seconds + np.asarray(beats) * 60 / score.groove.tempo_bpm
    coarse = np.arange(0, n + 1024, 1024) / sample_rate
    curve = np.interp(coarse, times, values).astype(np.float32)
    return np.repeat(curve, 1024)[:n]


def _space(dry: Samples, wet: Samples, mix: Mix, sample_rate: int, rng: np.random.Generator) -> Samples:
    """Reverb and the tone of the whole in one pass over the spectrum."""
    n = len(dry)
    size = fft.next_fast_len(n + int(min(mix.reverb_seconds, 2.0) * sample_rate), real=True)
    room = reverb_spectrum(size, sample_rate, mix.reverb_seconds, mix.damping_hz, rng)
    spectrum = fft.rfft(dry, size)
    spectrum += np.complex64(mix.reverb_level) * fft.rfft(wet, size) * room
    f = np.maximum(fft.rfftfreq(size, 1 / sample_rate), 1.0).astype(np.float32)
    tone = (f / 1000) ** np.float32(mix.tilt_db / 20)
    tone /= (1 + (28 / f) ** 4) ** 0.5 * (1 + (f / mix.top_hz) ** 6) ** 0.5
    return np.asarray(fft.irfft(spectrum * tone, size)[:n], np.float32)


def _fade(samples: Samples, sample_rate: int) -> Samples:
    last = min(sample_rate // 4, len(samples))
    samples[len(samples) - last :] *= np.linspace(1, 0, last, dtype=np.float32)
    return samples


def _audible(powers: dict[str, float], shares: dict[str, float]) -> list[str]:
    total = sum(powers.values()) + 1e-12
    limit = 10 ** (_AUDIBLE_DB / 10)
    return sorted(
        tag for tag, power in powers.items() if tag and power / total >= limit and shares[tag] >= _AUDIBLE_SHARE
    )
