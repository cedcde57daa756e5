"""Energy: what "energetic" is taken to mean, as a number a network can learn.

There is no standard definition. Here it is the mean of three percentile ranks within the training corpus: loudness,
onset strength (mean rise of the log-mel) and brightness (centroid of the mel bands). The network learns it under
random gain and equalisation, so that it follows the music rather than the mastering.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_N_CHUNK = 231
_MAX_CHUNKS_PER_TRACK = 6


@dataclass(frozen=True)
class EnergyScale:
    """Percentiles of the three measures.

    Attributes:
        percentiles: ``(3, 101)`` float32: loudness in dB, onset strength in dB per frame, centroid in bands.
    """

    percentiles: NDArray[np.float32]

    @classmethod
    def fit(cls, mels: Sequence[NDArray[np.float16]]) -> EnergyScale:
        """From whole recordings, ``(n_frames, 128)`` dB each."""
        rows = []
        for mel in mels:
            starts = np.linspace(0, max(0, len(mel) - _N_CHUNK), _MAX_CHUNKS_PER_TRACK).astype(int)
            rows += [measures(mel[start : start + _N_CHUNK].astype(np.float32)) for start in starts]
        return cls(np.percentile(np.stack(rows), np.arange(101), axis=0).T.astype(np.float32))

    def energy(self, mel: NDArray[np.float32]) -> float:
        """Energy in [0, 1] of a chunk, ``(n_frames, 128)`` dB."""
        ranks = [np.interp(v, p, np.linspace(0, 1, 101)) for v, p in zip(measures(mel), self.percentiles, strict=True)]
        return float(np.mean(ranks))


def measures(mel: NDArray[np.float32]) -> NDArray[np.float32]:
    """Loudness, onset strength and brightness of ``(n_frames, n_bands)`` dB, ``(3,)`` float32."""
    power = 10.0 ** (mel / 10.0)
    loudness = 10.0 * np.log10(power.mean() + 1e-10)
    rises = np.diff(np.maximum(mel, mel.max() - 60.0), axis=0)
    onsets = np.maximum(rises, 0.0).mean()
    bands = np.sqrt(power).mean(axis=0)
    centroid = (bands * np.arange(mel.shape[1])).sum() / (bands.sum() + 1e-10)
    return np.array([loudness, onsets, centroid], dtype=np.float32)
