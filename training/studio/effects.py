"""Envelopes, filters, reverb, echo, saturation, side-chain and mastering; all mono float32."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import fft, signal

from training.studio.score import Samples

PEAK = 0.97


def adsr(n_held: int, sample_rate: int, attack: float, decay: float, sustain: float, release: float) -> Samples:
    """Envelope of a note held for n_held samples plus its release; times in seconds."""
    n_release = int(release * sample_rate) + 32
    t = np.arange(n_held + n_release, dtype=np.float32) / np.float32(sample_rate)
    body = sustain + (1 - sustain) * np.exp(-np.maximum(t - attack, 0) / max(decay, 1e-3))
    rise = np.minimum(t / max(attack, 1e-3), 1.0)
    envelope = (body * rise).astype(np.float32)
    fall = np.exp(-np.arange(n_release, dtype=np.float32) / (0.25 * n_release))
    fall *= np.linspace(1, 0, n_release, dtype=np.float32)
    envelope[n_held:] = envelope[max(n_held - 1, 0)] * fall
    return np.asarray(envelope, np.float32)


def coloured_noise(n: int, sample_rate: int, low_hz: float, high_hz: float, rng: np.random.Generator) -> Samples:
    """Noise of unit RMS between two corner frequencies with 12 dB/octave skirts, shape (n,)."""
    size = fft.next_fast_len(max(n, 16), real=True)
    spectrum = fft.rfft(rng.standard_normal(size, dtype=np.float32))
    f = np.maximum(fft.rfftfreq(size, 1 / sample_rate), 1.0).astype(np.float32)
    spectrum *= 1 / (1 + (low_hz / f) ** 4) ** 0.5 / (1 + (f / high_hz) ** 4) ** 0.5
    noise = fft.irfft(spectrum, size)[:n]
    return np.asarray(noise / (np.sqrt(np.mean(noise**2)) + 1e-9), np.float32)


def low_pass(x: Samples, cutoff_hz: float, sample_rate: int, order: int = 2) -> Samples:
    """Butterworth low-pass."""
    wn = min(cutoff_hz / sample_rate * 2, 0.98)
    sos = signal.butter(order, wn, output="sos").astype(np.float32)
    return np.asarray(signal.sosfilt(sos, x), np.float32)


def high_pass(x: Samples, cutoff_hz: float, sample_rate: int, order: int = 2) -> Samples:
    """Butterworth high-pass."""
    sos = signal.butter(order, cutoff_hz / sample_rate * 2, "high", output="sos")
    return np.asarray(signal.sosfilt(sos.astype(np.float32), x), np.float32)


def reverb_spectrum(
    size: int, sample_rate: int, seconds: float, damping_hz: float, rng: np.random.Generator
) -> npt.NDArray[np.complex64]:
    """Spectrum of a decaying-noise room; ``seconds`` is the time to fall by 60 dB."""
    n = int(min(seconds * 1.1, 5.0) * sample_rate)
    t = np.arange(n, dtype=np.float32) / sample_rate
    dark = coloured_noise(n, sample_rate, 120, damping_hz * 0.4, rng)
    bright = coloured_noise(n, sample_rate, 200, damping_hz * 1.5, rng)
    response = dark * np.exp(-6.9 * t / seconds) + bright * np.exp(-13.8 * t / seconds)
    pre_delay = int(rng.uniform(0.004, 0.03) * sample_rate)
    response = np.concatenate([np.zeros(pre_delay, np.float32), response])
    response /= np.sqrt(np.sum(response**2))
    return np.asarray(fft.rfft(response.astype(np.float32), size))


def echo(x: Samples, delay_seconds: float, feedback: float, sample_rate: int) -> Samples:
    """Repeats only (no dry signal), each darker than the one before."""
    n_delay = int(delay_seconds * sample_rate)
    out = np.zeros_like(x)
    source, gain = low_pass(x, 4500, sample_rate, 1), 1.0
    for repeat in range(1, 5):
        start = n_delay * repeat
        if start >= len(x):
            break
        out[start:] += gain * source[: len(x) - start]
        gain *= feedback
    return out


def duck_envelope(n: int, kick_samples: npt.NDArray[np.int64], recovery_seconds: float, sample_rate: int) -> Samples:
    """1 where nothing ducks, falling to 0 at each kick and recovering, shape (n,)."""
    length = int(recovery_seconds * sample_rate)
    dip = np.linspace(0, 1, length, dtype=np.float32) ** np.float32(1.5)
    envelope = np.ones(n, np.float32)
    for start in kick_samples:
        stop = min(start + length, n)
        np.minimum(envelope[start:stop], dip[: stop - start], out=envelope[start:stop])
    return envelope


def compress(x: Samples, threshold_db: float, ratio: float, sample_rate: int) -> Samples:
    """Feed-forward compressor on a smoothed block level."""
    block = max(sample_rate // 200, 1)
    n_blocks = -(-len(x) // block)
    padded = np.zeros(n_blocks * block, np.float32)
    padded[: len(x)] = x
    power = np.mean(padded.reshape(n_blocks, block) ** 2, axis=1)
    power = signal.lfilter([0.25], [1, -0.75], power)
    over = np.maximum(10 * np.log10(power + 1e-9) - threshold_db, 0)
    gain = 10 ** (-over * (1 - 1 / ratio) / 20)
    curve = np.append(gain, gain[-1]).astype(np.float32)
    ramp = np.linspace(0, 1, block, endpoint=False, dtype=np.float32)
    gains = curve[:-1, None] + (curve[1:] - curve[:-1])[:, None] * ramp
    return padded[: len(x)] * gains.reshape(-1)[: len(x)]


def master(x: Samples, target_rms_db: float, sample_rate: int) -> Samples:
    """Compress gently, bring to a level and limit softly; the peak stays below ``PEAK``."""
    loud = x[np.abs(x) > 1e-4]
    level = np.sqrt(np.mean(loud**2)) if len(loud) else 1.0
    x = compress(x * np.float32(0.16 / level), -16.0, 2.0, sample_rate)
    rms = np.sqrt(np.mean(x**2)) + 1e-9
    x = x * np.float32(10 ** (target_rms_db / 20) / rms)
    return np.asarray(soft_clip(x), np.float32)


def soft_clip(x: Samples) -> Samples:
    """Linear up to 0.6, then bent towards ``PEAK``."""
    knee = 0.6
    size = np.abs(x)
    bent = knee + (PEAK - knee) * np.tanh((size - knee) / (PEAK - knee))
    return np.where(size > knee, np.sign(x) * bent, x).astype(np.float32)
