"""Degrade: what happens to recordings on their way to a listener, applied to waveforms.

Every function takes ``(n,)`` float32 mono at 16 kHz, leaves it alone, and returns float32. What it does to the labels
is in its name's place: time-stretch moves the tempo, pitch shift the key, playing faster both, the rest neither. Those
that choose at random take a generator: same state, same sound.
"""

from __future__ import annotations

import numpy as np
import soxr
from numpy.typing import NDArray
from scipy import fft, signal

from segue.audio.waveform import SAMPLE_RATE
from training import codec as codecs
from training.studio import effects
from training.vocoder import stretch

Samples = NDArray[np.float32]

LOW_PASS_ORDER = 8  # 48 dB per octave
EQUALISER_DB = 4.0  # standard deviation of each bend
LOUDEST = 0.99


def time_stretch(samples: Samples, rate: float) -> Samples:
    """Plays ``rate`` times as fast at the same pitch, ``(round(n / rate),)``: the tempo is multiplied by ``rate``."""
    return samples.copy() if rate == 1 else stretch(samples, rate)


def pitch_shift(samples: Samples, semitones: float) -> Samples:
    """Moves every pitch by so many semitones at the same tempo, ``(n,)``: the key moves along."""
    ratio = 2.0 ** (semitones / 12)
    moved = play_faster(stretch(samples, 1 / ratio), ratio) if semitones else samples
    return _of_length(moved, len(samples))


def play_faster(samples: Samples, speed: float) -> Samples:
    """Turns the record ``speed`` times as fast, ``(round(n / speed),)``: tempo and pitch move together."""
    if speed == 1:
        return samples.copy()
    played = soxr.resample(samples, SAMPLE_RATE * speed, SAMPLE_RATE, quality="HQ")
    return _of_length(played, round(len(samples) / speed))


def add_noise(samples: Samples, snr_db: float, rng: np.random.Generator) -> Samples:
    """Adds white noise, quieter than the whole recording by ``snr_db`` decibels; silence stays silent."""
    level = np.sqrt(np.mean(samples**2, dtype=np.float64)) * 10 ** (-snr_db / 20)
    return samples + np.float32(level) * rng.standard_normal(len(samples), dtype=np.float32)


def codec_round_trip(samples: Samples, codec: codecs.CodecName, bit_rate: int) -> Samples:
    """Encodes as mp3 or AAC at so many bits per second (of one channel at 16 kHz) and decodes, in place and length."""
    return codecs.round_trip(samples, codec, bit_rate, SAMPLE_RATE)


def low_pass(samples: Samples, hertz: float) -> Samples:
    """Takes away everything above a frequency: Butterworth of order 8, forwards in time."""
    sections = signal.butter(LOW_PASS_ORDER, hertz, output="sos", fs=SAMPLE_RATE).astype(np.float32)
    return np.asarray(signal.sosfilt(sections, samples), dtype=np.float32)


def equalise(samples: Samples, rng: np.random.Generator) -> Samples:
    """Another tone: a random tilt and two gentle bends over the octaves from 30 Hz to 8 kHz, level kept."""
    size = fft.next_fast_len(len(samples) + SAMPLE_RATE // 10, real=True)
    hertz = np.maximum(fft.rfftfreq(size, 1 / SAMPLE_RATE), 30.0)
    place = np.log(hertz / 30.0) / np.log(SAMPLE_RATE / 2 / 30.0)  # 0 to 1
    gain_db = np.zeros_like(place)
    for cycles in (0.5, 1.0, 1.5):
        gain_db += rng.normal(0, EQUALISER_DB) * np.cos(np.pi * cycles * place)
    gain = (10 ** (gain_db / 20)).astype(np.float32)
    heard = fft.irfft(fft.rfft(samples, size) * gain, size)[: len(samples)]
    return _at_level_of(samples, np.asarray(heard, dtype=np.float32))


def compress(samples: Samples, threshold_db: float = -24.0, ratio: float = 4.0) -> Samples:
    """Evens out loud and soft: what is above a threshold grows by 1 dB for every ``ratio`` dB; level kept.

    Args:
        samples: the recording.
        threshold_db: relative to the loudest sample.
        ratio: > 1 compresses.
    """
    peak = float(np.max(np.abs(samples), initial=0.0))
    if peak == 0:
        return samples.copy()
    return _at_level_of(samples, effects.compress(samples / np.float32(peak), threshold_db, ratio, SAMPLE_RATE))


def _at_level_of(samples: Samples, changed: Samples) -> Samples:
    """The changed sound as loud as before, quieter where it would clip."""
    before, after = (float(np.sqrt(np.mean(x**2, dtype=np.float64))) for x in (samples, changed))
    peak = float(np.max(np.abs(changed), initial=0.0))
    if after == 0:
        return changed
    loudest = max(LOUDEST, float(np.max(np.abs(samples), initial=0.0)))
    return changed * np.float32(min(before / after, loudest / peak))


def _of_length(samples: Samples, n: int) -> Samples:
    """Cut or filled up with silence."""
    return np.pad(samples[:n], (0, max(0, n - len(samples)))).astype(np.float32)
