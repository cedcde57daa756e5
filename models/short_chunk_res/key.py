"""Key: what the harmony branch and a key profile of the whole track say together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from models.short_chunk_res.pooling import normalise
from models.spec import LogFrequencySpec
from segue.key import Key, KeyCandidate, KeyEstimate

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

N_ALTERNATIVES = 4

_MAJOR = (1.35, -1.00, 0.63, -0.99, 0.85, -0.11, -0.87, 1.52, -0.97, 0.46, -0.87, 0.00)
_MINOR = (1.65, -1.00, 0.17, 0.60, -0.81, 0.34, -0.95, 1.48, -0.39, -0.72, 0.48, -0.84)
_PROFILE_WEIGHT = 8.0
_NETWORK_WEIGHT = 1.0
_LOCAL_SEMITONES = 3.0  # width of the surroundings over which a partial must stand out
_MIN_CONFIDENCE = 0.01  # of an alternative worth naming


def estimate_key(network: Doubles, log_frequency: Floats, spec: LogFrequencySpec) -> KeyEstimate:
    """The key of a whole track.

    Args:
        network: ``(24,)`` log-probabilities of the harmony branch, pooled over the track.
        log_frequency: ``(n_bins, n_frames)`` of the whole track.
        spec: its front-end.
    """
    probabilities = np.exp(fuse(network, profile_scores(chroma(log_frequency, spec))))
    order = np.argsort(-probabilities, kind="stable")[: 1 + N_ALTERNATIVES]
    best, *others = [KeyCandidate(Key.from_index(int(k)), round(float(probabilities[k]), 4)) for k in order]
    return KeyEstimate(
        best.key, best.confidence, tuple(other for other in others if other.confidence >= _MIN_CONFIDENCE)
    )


def fuse(network: Doubles, profile: Doubles) -> Doubles:
    """Log-probabilities of the 24 keys given both witnesses."""
    return normalise(_NETWORK_WEIGHT * network + _PROFILE_WEIGHT * profile)


def chroma(log_frequency: Floats, spec: LogFrequencySpec) -> Doubles:
    """Pitch classes of the track, ``(12,)`` float64 from C, at least 0, corrected for its tuning."""
    width = spec.bins_per_octave // 12
    local = ndimage.uniform_filter1d(log_frequency, int(_LOCAL_SEMITONES * width) | 1, axis=0, mode="nearest")
    partials = np.maximum(log_frequency - local, 0.0).mean(axis=1, dtype=np.float64)
    semitones = np.arange(len(partials)) / width - (width // 2) / width
    deviation = np.angle((partials * np.exp(2j * np.pi * semitones)).sum()) / (2.0 * np.pi)
    positions = semitones - deviation
    nearest = np.round(positions)
    weights = np.cos(np.pi * (positions - nearest)) ** 2
    classes = np.zeros(12)
    np.add.at(classes, nearest.astype(int) % 12, weights * partials)
    return classes


def profile_scores(classes: Doubles) -> Doubles:
    """Correlation of pitch classes with the profile of every key, ``(12,) -> (24,)`` in [-1, 1]."""
    standard = (classes - classes.mean()) / (classes.std() + 1e-9)
    scores = []
    for profile in (_MAJOR, _MINOR):
        wanted = (np.array(profile) - np.mean(profile)) / np.std(profile)
        scores += [float(standard @ np.roll(wanted, tonic)) / 12.0 for tonic in range(12)]
    return np.array(scores)
