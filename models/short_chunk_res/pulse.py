"""Pulse: periodicity of the onsets of a whole track, and its tempo to a tenth of a BPM.

Onsets are the rises of the log-mel in 16 bands (spectral flux; Bello et al., "A tutorial on onset detection in
music signals", IEEE TSAP 2005). Their autocorrelation, read at beats and parts of beats, scores every tempo
(Grosche & Müller, "Extracting predominant local pulse information from music recordings", TASLP 2011). The
chosen one is refined on the Fourier tempogram of the same paper: the power of the onset curve at the tempo and
its harmonics, in windows that grow while the music keeps time.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import fft, ndimage

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

LAGS_BEATS = (1.0, 2.0, 3.0, 4.0, 1 / 2, 1 / 3)  # at which the autocorrelation is read

_N_BANDS = 16
_DYNAMIC_RANGE_DB = 80.0
_LOCAL_SECONDS = 0.5  # over which onsets are compared with their surroundings
_FLOOR_DB = 0.1
_MIN_OVERLAP = 8  # long lags are averaged over no less than this fraction of the track

_HARMONICS = (1, 2, 4, 8)
_WINDOWS_SECONDS = (12.0, 24.0, 48.0, 96.0)
_RANGES = (0.03, 0.012, 0.006, 0.003)  # searched on both sides of the tempo, relative
_N_STEPS = 61
_KEPT_POWER = 0.6  # of that in the shorter windows, for the longer ones to be believed


def onset_curves(log_mel: Floats, frames_per_second: float) -> Floats:
    """Onset strength of 16 bands over the track.

    Args:
        log_mel: ``(n_mels, n_frames)`` dB.
        frames_per_second: of the log-mel.

    Returns:
        ``(16, n_frames)`` float32, at least 0; each band divided by its deviation.
    """
    clipped = np.maximum(log_mel, log_mel.max() - _DYNAMIC_RANGE_DB)
    rises = np.maximum(np.diff(clipped, axis=1, prepend=clipped[:, :1]), 0.0)
    bands = rises.reshape(_N_BANDS, -1, rises.shape[1]).mean(axis=1)
    width = int(_LOCAL_SECONDS * frames_per_second) | 1
    local = ndimage.uniform_filter1d(bands, width, axis=1, mode="nearest")
    curves = np.maximum(bands - local, 0.0)
    scaled: Floats = (curves / (curves.std(axis=1, keepdims=True) + _FLOOR_DB)).astype(np.float32)
    return scaled


def pulse_scores(curves: Floats, bins_bpm: Doubles, frames_per_second: float) -> Doubles:
    """How well the onsets repeat after one, two, three, four, half and a third of a beat of every tempo.

    Args:
        curves: ``(n_bands, n_frames)`` from :func:`onset_curves`.
        bins_bpm: ``(n_bins,)`` tempi.
        frames_per_second: of the curves.

    Returns:
        ``(6, n_bins)`` float64 autocorrelations in about [-1, 1]; 0 where the track is too short for the lag.
    """
    correlation = autocorrelation(curves)
    beat_frames = 60.0 * frames_per_second / bins_bpm
    lags = np.arange(len(correlation))
    return np.stack([np.interp(n * beat_frames, lags, correlation, right=0.0) for n in LAGS_BEATS])


def autocorrelation(curves: Floats) -> Doubles:
    """Autocorrelation summed over bands: ``(n_bands, n_frames) -> (n_frames,)``; lag 0 is 1, in silence 0."""
    n_frames = curves.shape[1]
    centred = curves - curves.mean(axis=1, keepdims=True)
    n_fft = fft.next_fast_len(2 * n_frames, real=True)
    power = (np.abs(fft.rfft(centred, n_fft, axis=1)) ** 2).sum(axis=0)
    products = fft.irfft(power, n_fft)[:n_frames].astype(np.float64)
    mean_product = products / np.maximum(np.arange(n_frames, 0, -1), n_frames / _MIN_OVERLAP)
    result: Doubles = mean_product / (mean_product[0] + 1e-9)
    return result


def refine(curves: Floats, bpm: float, frames_per_second: float) -> float:
    """The tempo near ``bpm`` that fits the onsets best, to better than 0.1 BPM for a minute of steady music.

    Args:
        curves: ``(n_bands, n_frames)`` from :func:`onset_curves`.
        bpm: right within 3 %.
        frames_per_second: of the curves.
    """
    onsets = curves.sum(axis=0, dtype=np.float64)
    onsets -= onsets.mean()
    previous = 0.0
    for window_seconds, relative_range in zip(_WINDOWS_SECONDS, _RANGES, strict=True):
        n_window = int(window_seconds * frames_per_second)
        if previous and n_window > len(onsets):
            break
        candidates = bpm * np.linspace(1.0 - relative_range, 1.0 + relative_range, _N_STEPS)
        power = _harmonic_power(onsets, candidates / 60.0 / frames_per_second, n_window)
        best = int(power.argmax())
        if power[best] < _KEPT_POWER * previous:
            break  # the tempo drifts: longer windows blur it
        previous = float(power[best])
        bpm = float(candidates[best] + _vertex(power, best) * (candidates[1] - candidates[0]))
    return bpm


def _harmonic_power(onsets: Doubles, cycles_per_frame: Doubles, n_window: int) -> Doubles:
    """Power at each frequency and its harmonics, averaged over half-overlapping windows, ``(n_frequencies,)``."""
    n_window = min(n_window, len(onsets))
    starts = np.linspace(0, len(onsets) - n_window, max(1, round(2 * len(onsets) / n_window) - 1)).astype(int)
    taper = np.hanning(n_window + 2)[1:-1]
    pieces = np.stack([onsets[start : start + n_window] for start in starts]) * (taper / taper.sum())
    frequencies = np.concatenate([cycles_per_frame * harmonic for harmonic in _HARMONICS])
    waves = np.exp(-2j * np.pi * np.outer(np.arange(n_window), frequencies))
    amplitudes = np.abs(pieces @ waves)
    power: Doubles = (amplitudes**2).mean(axis=0).reshape(len(_HARMONICS), -1).sum(axis=0)
    return power


def _vertex(values: Doubles, peak: int) -> float:
    """Offset of the vertex of the parabola through a peak and its neighbours, in [-0.5, 0.5] steps."""
    if not 0 < peak < len(values) - 1:
        return 0.0
    left, middle, right = values[peak - 1 : peak + 2]
    curvature = left - 2.0 * middle + right
    return float(np.clip(0.5 * (left - right) / curvature, -0.5, 0.5)) if curvature < 0 else 0.0
