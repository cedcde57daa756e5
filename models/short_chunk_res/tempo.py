"""Tempo: what the rhythm branch and the onsets of the whole track say together, to a tenth of a BPM."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.short_chunk_res.pooling import normalise
from models.short_chunk_res.pulse import onset_curves, pulse_scores, refine
from models.spec import LogMelSpec, TempoGrid
from segue.tempo import TempoCandidate, TempoEstimate

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

SAME_TEMPO = 0.04  # relative; the tolerance of Acc1 and Acc2
N_ALTERNATIVES = 4

_PULSE_WEIGHTS = np.array([1.0, 1.0, 1.0, 1.0]) * 2.5  # of the autocorrelation at 1, 2, 3 and 4 beats
_PRIOR_BPM, _PRIOR_OCTAVES = 120.0, 0.7  # where tempi lie, before listening
_NETWORK_WEIGHT = 1.0
_MIN_CONFIDENCE = 0.01  # of an alternative worth naming


def estimate_tempo(network: Doubles, log_mel: Floats, spec: LogMelSpec, grid: TempoGrid) -> TempoEstimate:
    """The tempo of a whole track.

    Args:
        network: ``(n_bins,)`` log-probabilities of the rhythm branch, pooled over the track.
        log_mel: ``(n_mels, n_frames)`` dB of the whole track.
        spec: its front-end.
        grid: tempo bins.
    """
    curves = onset_curves(log_mel, spec.frames_per_second)
    bins_bpm = np.array(grid.bins_bpm())
    distribution = fuse(network, pulse_scores(curves, bins_bpm, spec.frames_per_second), bins_bpm)
    readings = strongest(np.exp(distribution), bins_bpm, 1 + N_ALTERNATIVES)
    refined = [
        TempoCandidate(round(refine(curves, bpm, spec.frames_per_second), 1), round(mass, 4)) for bpm, mass in readings
    ]
    best, *others = refined
    others = [other for other in others if other.confidence >= _MIN_CONFIDENCE]
    return TempoEstimate(best.bpm, best.confidence, tuple(others))


def fuse(network: Doubles, pulse: Doubles, bins_bpm: Doubles) -> Doubles:
    """Log-probabilities of every tempo bin, ``(n_bins,)``, given both witnesses."""
    octaves = np.log2(bins_bpm / _PRIOR_BPM) / _PRIOR_OCTAVES
    return normalise(_NETWORK_WEIGHT * network + _PULSE_WEIGHTS @ pulse - 0.5 * octaves**2)


def strongest(probabilities: Doubles, bins_bpm: Doubles, n: int) -> list[tuple[float, float]]:
    """The tempi that hold most probability, each with what lies within 4 % of it; most likely first.

    Args:
        probabilities: ``(n_bins,)`` summing to 1.
        bins_bpm: ``(n_bins,)`` ascending.
        n: at most so many.

    Returns:
        ``(bpm, probability)``; the probabilities sum to 1 at most.
    """
    left = probabilities.copy()
    found: list[tuple[float, float]] = []
    while len(found) < n and left.sum() > 1e-9:
        bpm = float(bins_bpm[int(left.argmax())])
        near = np.abs(bins_bpm / bpm - 1.0) <= SAME_TEMPO
        found.append((bpm, float(left[near].sum())))
        left[near] = 0.0
    return sorted(found, key=lambda reading: -reading[1])
