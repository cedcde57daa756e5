"""Augment: changes of a log-mel that keep its labels true, applied to cached features.

A log-mel in dB makes many recording conditions plain sums: gain, equalisation, a noise floor, another playing speed.
Shapes are ``(n_frames, n_bands)`` float32, time first.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
FLOOR_DB = -100.0
DB_TO_NEPER = np.float32(np.log(10) / 10)


def crop(mel: NDArray[np.float16], start: int, n_frames: int, speed: float = 1.0) -> Array:
    """A stretch played at another speed, repeated where the recording is too short.

    Args:
        mel: ``(n, n_bands)`` of a whole recording.
        start: first frame.
        n_frames: length of the result.
        speed: frames of the recording per frame of the result; 2 doubles the tempo.
    """
    n_source = round(n_frames * speed) + 1
    rows = np.arange(start, start + n_source) % len(mel)
    source = mel[rows].astype(np.float32)
    if speed == 1.0:
        return source[:n_frames]
    position = np.arange(n_frames, dtype=np.float32) * np.float32(speed)
    lower = np.minimum(position.astype(np.int64), n_source - 2)
    fraction = (position - lower.astype(np.float32))[:, None]
    result: Array = source[lower] * (1 - fraction) + source[lower + 1] * fraction
    return result


def recording_conditions(mel: Array, rng: np.random.Generator) -> Array:
    """Another gain, equaliser, bandwidth and noise floor."""
    n_bands = mel.shape[1]
    bands = np.linspace(0, 1, n_bands, dtype=np.float32)
    curve = np.full(n_bands, rng.uniform(-12, 6), dtype=np.float32)
    for cycles in (0.5, 1, 2):
        curve += np.float32(rng.normal(0, 2.0)) * np.cos(np.pi * cycles * bands + rng.uniform(0, 2 * np.pi)).astype(
            np.float32
        )
    if rng.random() < 0.15:  # a narrow-band source
        edge = rng.uniform(0.6, 0.95)
        curve -= 60.0 * np.clip((bands - edge) / 0.08, 0, 1)
    louder = mel + curve
    if rng.random() < 0.2:
        noise = np.float32(np.median(louder) - rng.uniform(5, 25))
        louder = np.logaddexp(louder * DB_TO_NEPER, noise * DB_TO_NEPER) / DB_TO_NEPER
    result: Array = np.maximum(louder, np.float32(FLOOR_DB))
    return result


def masks(mel: Array, rng: np.random.Generator, band_share: float = 0.12, time_share: float = 0.1) -> Array:
    """SpecAugment (Park et al. 2019): two masks along each axis, filled with the mean."""
    masked = mel.copy()
    fill = mel.mean()
    for axis, share in ((0, time_share), (0, time_share), (1, band_share), (1, band_share)):
        length = int(rng.uniform(0, share) * mel.shape[axis])
        start = int(rng.integers(0, mel.shape[axis] - length + 1))
        if axis == 0:
            masked[start : start + length] = fill
        else:
            masked[:, start : start + length] = fill
    return masked
