"""The engines under almost every voice: wavetables with a cutoff axis, and decaying partials."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from training.studio.score import Samples

TABLE_BITS = 11
TABLE_SIZE = 1 << TABLE_BITS
N_CUTOFFS = 25
LOWEST_CUTOFF_HZ = 60.0
CUTOFF_OCTAVES = 8.0  # 60 Hz to 15.4 kHz, three tables per octave


def hertz(pitch: float) -> float:
    """Frequency of a MIDI pitch."""
    return float(440.0 * 2.0 ** ((pitch - 69.0) / 12.0))


def harmonic_tables(amplitudes: npt.NDArray[np.float64], f0_hz: float, resonance: float) -> Samples:
    """One cycle per cutoff frequency of a resonant 24 dB/octave low-pass.

    Args:
        amplitudes: (n_harmonics,) signed amplitudes of harmonics 1, 2, ...
        f0_hz: fundamental.
        resonance: 0 (none) to 1 (whistling).

    Returns:
        (N_CUTOFFS, TABLE_SIZE) float32.
    """
    n = min(len(amplitudes), TABLE_SIZE // 2 - 1)
    cutoffs = LOWEST_CUTOFF_HZ * 2.0 ** np.linspace(0, CUTOFF_OCTAVES, N_CUTOFFS)
    ratio = (np.arange(1, n + 1) * f0_hz)[None, :] / cutoffs[:, None]
    damping = 1.3 * (1 - 0.88 * resonance)
    gain = 1.0 / ((1 - ratio**2) ** 2 + (damping * ratio) ** 2) ** 0.5 / (1 + ratio**4) ** 0.5
    spectrum = np.zeros((N_CUTOFFS, TABLE_SIZE // 2 + 1), np.complex64)
    spectrum[:, 1 : n + 1] = -1j * amplitudes[:n] * gain * (TABLE_SIZE / 2)
    return np.fft.irfft(spectrum, axis=1).astype(np.float32)


def phases(f_hz: float | Samples, n: int, start: float, sample_rate: int) -> npt.NDArray[np.uint32]:
    """Phase accumulator as 32-bit integers that wrap once per cycle, shape (n,)."""
    offset = np.uint32(int(start * 2**32) % 2**32)
    if isinstance(f_hz, np.ndarray):
        steps = (f_hz * (2.0**32 / sample_rate)).astype(np.uint32)
        return np.cumsum(steps, dtype=np.uint32) + offset
    step = np.uint32(int(f_hz * 2.0**32 / sample_rate) % 2**32)
    return np.arange(n, dtype=np.uint32) * step + offset


def read_tables(tables: Samples, phase: npt.NDArray[np.uint32], cutoff_octaves: float | Samples) -> Samples:
    """Look a phase up, at a cutoff given in octaves above ``LOWEST_CUTOFF_HZ``."""
    column = phase >> np.uint32(32 - TABLE_BITS)
    scale = (N_CUTOFFS - 1) / CUTOFF_OCTAVES
    if not isinstance(cutoff_octaves, np.ndarray):
        level = float(np.clip(cutoff_octaves * scale, 0, N_CUTOFFS - 1.001))
        low = int(level)
        row = tables[low] * (1 - (level - low)) + tables[low + 1] * (level - low)
        return np.asarray(row.astype(np.float32).take(column))
    levels = np.clip(cutoff_octaves * np.float32(scale), 0, N_CUTOFFS - 1.001).astype(np.float32)
    low_row = levels.astype(np.uint32)
    blend = levels - low_row
    flat = tables.ravel()
    index = (low_row << np.uint32(TABLE_BITS)) + column
    below = flat.take(index)
    return np.asarray(below + (flat.take(index + np.uint32(TABLE_SIZE)) - below) * blend)


def decaying_partials(
    frequencies_hz: npt.NDArray[np.float64],
    amplitudes: npt.NDArray[np.float64],
    decay_seconds: npt.NDArray[np.float64],
    n: int,
    sample_rate: int,
    phase: npt.NDArray[np.float64] | None = None,
) -> Samples:
    """Sum of exponentially decaying sines as one matrix product.

    exp(z (a B + b)) = exp(z a B) exp(z b): blocks times positions inside a block, so n samples of P
    partials cost two small tables and one product.

    Args:
        frequencies_hz: (P,), values above 0.48 of the sample rate are left out.
        amplitudes: (P,).
        decay_seconds: (P,), time to fall to 1/e.
        n: samples wanted.
        sample_rate: in Hz.
        phase: (P,) starting phases in radians; zero without.

    Returns:
        (n,) float32.
    """
    keep = frequencies_hz < 0.48 * sample_rate
    z = 2j * np.pi * frequencies_hz[keep] / sample_rate - 1.0 / (decay_seconds[keep] * sample_rate)
    start = amplitudes[keep] * np.exp(1j * (phase[keep] if phase is not None else 0.0))
    block = 256
    rows = -(-n // block)
    coarse = (np.exp(np.outer(np.arange(rows) * block, z)) * start).astype(np.complex64)
    fine = np.exp(np.outer(z, np.arange(block))).astype(np.complex64)
    product = coarse.imag @ fine.real + coarse.real @ fine.imag
    return np.ascontiguousarray(product.reshape(-1)[:n], np.float32)
