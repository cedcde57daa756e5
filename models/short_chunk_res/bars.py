"""Bars: which half beats begin a bar, which bars begin a phrase of eight, and how loud each bar is.

Music is assumed to be in 4/4. Bars begin where the low end sounds and harmony and timbre change, with hats and snares
on the second and fourth beat; phrases where the sound of the next eight bars differs from that of the last eight
(novelty as in Foote, "Automatic audio segmentation using a measure of audio novelty", ICME 2000).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.short_chunk_res.beats import half_beats
from models.short_chunk_res.pulse import onset_curves
from models.spec import LogFrequencySpec, LogMelSpec
from segue.bars import PHRASE_BARS, BarGrid
from segue.tempo import TempoEstimate

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

BEATS_PER_BAR = 4
_HALF_BEATS = 2 * BEATS_PER_BAR
_MIN_BARS = 2
_CLOSING_BARS = 2  # in which music may fade to silence: that is no new phrase

_N_BANDS = 16
_DYNAMIC_RANGE_DB = 60.0
_LOW, _HIGH = slice(0, 2), slice(10, 16)  # bands below 260 Hz and above 2.5 kHz
_REACH = 2  # frames around a half beat in which an onset belongs to it

# Logistic regression over the eight half beats of a bar that may begin it, fitted on 157 studio tracks of which none is
# used for evaluation; rounded. Rows: on the first beat, on the third, mean of the second and fourth.
# Columns: onsets below 260 Hz, onsets above 2.5 kHz, change of timbre and of harmony within a beat, of harmony within
# two.
_WEIGHTS = np.array(((1.2, -0.3, 0.6, 1.5, 1.2), (0.3, 0.2, 0.3, 0.2, -1.5), (0.0, 1.3, -0.6, -0.9, 0.0)))


def hear_bars(
    log_mel: Floats, log_frequency: Floats, tempo: TempoEstimate, mel_spec: LogMelSpec, frequency_spec: LogFrequencySpec
) -> BarGrid | None:
    """The bars of a whole track; None where it is shorter than two of them.

    The confidence is that of the tempo, times how well the onsets keep to a constant tempo, times the probability that
    the first beat of the bar is the right one.

    Args:
        log_mel: ``(n_mels, n_frames)`` dB.
        log_frequency: ``(n_bins, n_coarse_frames)``.
        tempo: its tempo.
        mel_spec: front-end of the log-mel.
        frequency_spec: front-end of the log-frequency features.
    """
    frames_per_second = mel_spec.frames_per_second
    curves = onset_curves(log_mel, frames_per_second)
    halves = half_beats(curves, tempo.bpm, frames_per_second)
    if len(halves.frames) < _MIN_BARS * _HALF_BEATS:
        return None
    bands = _bands(log_mel)
    coarse = chroma(log_frequency, frequency_spec)
    coarse_ratio = frequency_spec.hop_length / mel_spec.hop_length
    first, probability = first_beat(curves, bands, coarse, halves.frames, coarse_ratio)
    starts = halves.frames[first::_HALF_BEATS]
    spacing = float(np.median(np.diff(halves.frames))) * _HALF_BEATS
    starts = starts[starts + spacing / 2 <= log_mel.shape[1]]
    if len(starts) < _MIN_BARS:
        return None
    confidence = tempo.confidence * halves.steadiness * probability
    return BarGrid(
        (starts / frames_per_second).astype(np.float32),
        _levels(log_mel, starts),
        phrase_offset(_means(bands, starts)),
        float(np.clip(confidence, 0.0, 1.0)),
    )


def first_beat(
    curves: Floats, bands: Floats, coarse: Floats, halves: Doubles, coarse_ratio: float
) -> tuple[int, float]:
    """Which of the first eight half beats begins a bar.

    Args:
        curves: ``(16, n_frames)`` onsets.
        bands: ``(16, n_frames)`` dB.
        coarse: ``(12, n_coarse_frames)`` chroma.
        halves: ``(n,)`` frames of the half beats, at least 8.
        coarse_ratio: frames in a coarse frame.

    Returns:
        Its number, 0..7, and the probability of that.
    """
    profiles = np.stack([_profile(one) for one in told_by(curves, bands, coarse, halves, coarse_ratio)])
    logits = np.array([float((_WEIGHTS * as_bar(profiles, place)).sum()) for place in range(_HALF_BEATS)])
    odds = np.exp(logits - logits.max())
    return int(logits.argmax()), float(odds.max() / odds.sum())


def told_by(curves: Floats, bands: Floats, coarse: Floats, halves: Doubles, coarse_ratio: float) -> tuple[Doubles, ...]:
    """What tells the beginnings of bars: five curves over the half beats, in the order of the weights' columns.

    Arguments as of :func:`first_beat`.
    """
    timbre, harmony = _means(bands, halves), 10.0 * _means(coarse, halves / coarse_ratio)
    return (
        _nearby(curves[_LOW].sum(axis=0), halves),
        _nearby(curves[_HIGH].sum(axis=0), halves),
        novelty(timbre, 2),
        novelty(harmony, 2),
        novelty(harmony, 4),
    )


def as_bar(profiles: Doubles, place: int) -> Doubles:
    """Profiles as they are if bars begin at a half beat, ``(5, 8) -> (3, 5)``: first beat, third, second and fourth."""
    bar = np.roll(profiles, -place, axis=1)
    return np.stack([bar[:, 0], bar[:, 4], (bar[:, 2] + bar[:, 6]) / 2])


def phrase_offset(timbre: Doubles) -> int:
    """Number of the first bar that begins a phrase, 0..7.

    Args:
        timbre: ``(16, n_bars)`` dB.
    """
    change = novelty(timbre[:, : max(1, timbre.shape[1] - _CLOSING_BARS)], PHRASE_BARS)
    around = 0.5 * (np.append(0.0, change[:-1]) + np.append(change[1:], 0.0))
    peaks = np.maximum(change - around, 0.0)
    sums = [float(peaks[offset::PHRASE_BARS].sum()) for offset in range(PHRASE_BARS)]
    return int(np.argmax(sums))


def novelty(values: Doubles, span: int) -> Doubles:
    """How much what follows differs from what came before, ``(n_rows, n) -> (n,)``.

    Args:
        values: a column per half beat or bar.
        span: how many columns before and behind are compared; near the edges, with fewer, the change counts for less.
    """
    n = values.shape[1]
    sums = np.concatenate([np.zeros((len(values), 1)), np.cumsum(values, axis=1)], axis=1)
    at = np.arange(n)
    begins, ends = np.maximum(at - span, 0), np.minimum(at + span, n)
    before = (sums[:, at] - sums[:, begins]) / np.maximum(at - begins, 1)
    behind = (sums[:, ends] - sums[:, at]) / (ends - at)
    known = np.minimum(at - begins, ends - at) / span
    change: Doubles = np.sqrt(((behind - before) ** 2).mean(axis=0)) * known
    return change


def chroma(log_frequency: Floats, spec: LogFrequencySpec) -> Floats:
    """Pitch classes, ``(n_bins, n_frames) -> (12, n_frames)`` float32, columns of length 1 (silence stays 0)."""
    per_semitone = spec.bins_per_octave // 12
    centred = np.roll(log_frequency, per_semitone // 2, axis=0)
    classes = centred.reshape(spec.n_octaves, 12, per_semitone, -1).sum(axis=(0, 2))
    scaled: Floats = classes / (np.linalg.norm(classes, axis=0) + np.float32(1e-6))
    return scaled


def _bands(log_mel: Floats) -> Floats:
    bands = log_mel.reshape(_N_BANDS, -1, log_mel.shape[1]).mean(axis=1)
    quiet: Floats = np.maximum(bands, bands.max() - np.float32(_DYNAMIC_RANGE_DB))
    return quiet


def _means(values: Floats, frames: Doubles) -> Doubles:
    """Means from each frame to the next, the last one to the end, ``(n_rows, n_frames) -> (n_rows, n)``."""
    edges = np.clip(np.round(frames).astype(np.int64), 0, values.shape[1] - 1)
    sums = np.add.reduceat(values, edges, axis=1, dtype=np.float64)
    means: Doubles = sums / np.maximum(np.diff(np.append(edges, values.shape[1])), 1)
    return means


def _nearby(curve: Floats, frames: Doubles) -> Doubles:
    """Largest value within two frames of each, ``(n,)``."""
    around = np.round(frames).astype(np.int64)[:, None] + np.arange(-_REACH, _REACH + 1)
    largest: Doubles = curve[np.clip(around, 0, len(curve) - 1)].max(axis=1).astype(np.float64)
    return largest


def _profile(values: Doubles) -> Doubles:
    """Mean on each of the eight half beats of a bar beside all of them, in deviations, ``(n,) -> (8,)``."""
    whole = values[: len(values) // _HALF_BEATS * _HALF_BEATS]
    means = whole.reshape(-1, _HALF_BEATS).mean(axis=0)
    profile: Doubles = (means - means.mean()) / (values.std() + 1e-3)
    return profile


def _levels(log_mel: Floats, starts: Doubles) -> Floats:
    """Effective amplitude of each bar beside the loudest one, ``(n_bars,)`` float32 in [0, 1]."""
    power = np.exp(log_mel * np.float32(np.log(10) / 10)).sum(axis=0)[None]
    amplitudes = np.sqrt(_means(power, starts)[0])
    levels: Floats = (amplitudes / max(float(amplitudes.max()), 1e-12)).astype(np.float32)
    return levels
