"""Vocoder: time-stretching that keeps pitch, a phase vocoder with identity phase locking (Laroche & Dolson 1999).

Each frame of the result is a frame of the recording whose spectral peaks are turned so that they go on where the frame
before them stopped; the bins around a peak turn with it, which keeps attacks and voices together.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import fft

Samples = NDArray[np.float32]
Spectra = NDArray[np.complex64]

N_FFT = 1024
HOP = N_FFT // 4
N_BETWEEN_PEAKS = 2  # a peak is larger than so many bins on either side


def stretch(samples: Samples, rate: float) -> Samples:
    """Plays ``(n,)`` samples ``rate`` times as fast at the same pitch.

    Args:
        samples: mono float32; frames of 1024 samples suit 16 kHz (64 ms, 16 Hz).
        rate: > 0; 2 halves the length.

    Returns:
        ``(round(n / rate),)`` float32.
    """
    n_result = round(len(samples) / rate)
    n_frames = -(-n_result // HOP) + N_FFT // HOP
    # Frame t of the result is centred on sample t * HOP of it, and shows sample t * HOP * rate of the recording.
    starts = np.round(np.arange(n_frames) * HOP * rate).astype(np.int64)
    before = N_FFT // 2 + HOP
    padded = np.pad(samples, (before, max(0, int(starts[-1]) + N_FFT - len(samples)) + HOP))
    window = np.hanning(N_FFT + 1)[:-1].astype(np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(padded, N_FFT)
    here = fft.rfft(frames[starts + HOP] * window, axis=1)
    hop_before = fft.rfft(frames[starts] * window, axis=1)
    result = _overlap_add(fft.irfft(_lock_phases(here, hop_before), axis=1) * window)
    return np.ascontiguousarray(result[N_FFT // 2 :][:n_result], dtype=np.float32)


def _lock_phases(here: Spectra, hop_before: Spectra) -> Spectra:
    """Turns the peaks of every frame to where the frame of the result before it leads.

    Args:
        here: ``(n_frames, n_bins)`` spectra at the positions to show.
        hop_before: the same one hop of the result earlier in the recording.
    """
    turned = np.empty_like(here)
    turned[0] = here[0]
    bins = np.arange(here.shape[1])
    sizes = np.abs(here)
    for t in range(1, len(here)):
        peaks = _peaks(sizes[t])
        turn = turned[t - 1, peaks] * np.conj(hop_before[t, peaks])
        turn /= np.maximum(np.abs(turn), np.finfo(np.float32).tiny)
        turn[turn == 0] = 1  # where there was silence, phases begin as they are
        nearest = np.searchsorted((peaks[1:] + peaks[:-1]) // 2, bins)
        turned[t] = here[t] * turn[nearest]
    return turned


def _peaks(sizes: Samples) -> NDArray[np.int64]:
    """Bins larger than their neighbours, ascending; the first bin where there are none."""
    inner = sizes[N_BETWEEN_PEAKS:-N_BETWEEN_PEAKS]
    larger = np.ones(len(inner), dtype=np.bool_)
    for offset in range(1, N_BETWEEN_PEAKS + 1):
        larger &= inner > sizes[N_BETWEEN_PEAKS - offset : -N_BETWEEN_PEAKS - offset]
        larger &= inner >= sizes[N_BETWEEN_PEAKS + offset : len(sizes) - N_BETWEEN_PEAKS + offset]
    found = np.flatnonzero(larger) + N_BETWEEN_PEAKS
    return found if len(found) else np.zeros(1, dtype=np.int64)


def _overlap_add(frames: Samples) -> Samples:
    """Sums ``(n_frames, N_FFT)`` windowed frames one hop apart; a constant stays itself."""
    n_frames, n_overlaps = len(frames), N_FFT // HOP
    blocks = np.zeros((n_frames + n_overlaps - 1, HOP), dtype=np.float32)
    for part in range(n_overlaps):
        blocks[part : part + n_frames] += frames[:, part * HOP : (part + 1) * HOP]
    return blocks.reshape(-1) / np.float32(1.5)  # four squared Hann windows add up to 1.5
