"""Beats: where they fall in a whole track, once its tempo is known.

Beats are followed with dynamic programming (Ellis, "Beat tracking by dynamic programming", Journal of New Music
Research 2007). Music that keeps time gets a constant grid in their place: onsets are folded at tempi within 0.25 % of
the estimate, and the tempo and phase at which they pile up highest are the grid's. It is taken where the onsets on its
beats are nearly as strong as on those that were followed.

Both answer half beats: which of them are beats, and which beats begin a bar, is decided later, by what happens on them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

_LOW_BANDS = 2  # of 16, up to 260 Hz: kick and bass
_LOW_WEIGHT = 5.0  # how much more they count
_LOUDEST = 0.995  # quantile of the onsets at which they are cut off, so that no single one decides

_RANGE = 0.0025  # searched on both sides of the tempo, relative: the estimate is rounded to 0.1
_N_STEPS = 81
_N_BINS = 48  # of a beat
_STEADY = 0.71  # strength of onsets on the grid beside that on followed beats: studio tracks reach 0.72 to 1, the same
# tracks with a tempo that sways by 0.5 % 0.5 to 0.8, by 1 % 0.4 to 0.7

_TIGHTNESS = 100.0  # of the dynamic programming: how much an uneven beat costs, beside onsets of deviation 1
_SHORTEST, _LONGEST = 0.75, 1.35  # beats, relative


class HalfBeats(NamedTuple):
    """Where the half beats of a track fall.

    Attributes:
        frames: ``(n,)`` float64, rising, in frames of the onset curves.
        steadiness: in [0, 1]; strength of the onsets on a constant grid beside that on followed beats.
        is_grid: whether they are evenly spaced.
    """

    frames: Doubles
    steadiness: float
    is_grid: bool


def half_beats(curves: Floats, bpm: float, frames_per_second: float) -> HalfBeats:
    """Half beats of a whole track.

    Args:
        curves: ``(16, n_frames)`` from :func:`models.short_chunk_res.pulse.onset_curves`.
        bpm: its tempo, right to 0.25 % for a grid.
        frames_per_second: of the curves.
    """
    onsets = _onsets(curves)
    period = _period(onsets, 60.0 * frames_per_second / bpm)
    phase = _phase(onsets, period / 2)
    grid = _grid(phase, period / 2, len(onsets))
    beats = follow(onsets, period)
    if len(beats) < 2:
        return HalfBeats(grid, 0.0, True)
    inside = grid[(grid >= beats[0] - period / 4) & (grid <= beats[-1] + period / 4)]
    steadiness = max(_strength(onsets, inside[::2]), _strength(onsets, inside[1::2])) / _strength(onsets, beats)
    if steadiness >= _STEADY:
        return HalfBeats(grid, min(1.0, steadiness), True)
    middles = (beats[:-1] + beats[1:]) / 2
    return HalfBeats(np.sort(np.concatenate([beats, middles])), steadiness, False)


def follow(onsets: Doubles, period: float) -> Doubles:
    """Beats of music that drifts, by dynamic programming.

    Args:
        onsets: ``(n_frames,)``, at least 0.
        period: frames in a beat.

    Returns:
        ``(n_beats,)`` float64 frames, rising; empty where there are no onsets.
    """
    deviation = float(onsets.std())
    if deviation == 0:
        return np.empty(0)
    strength = onsets / deviation
    shortest, longest = max(1, round(_SHORTEST * period)), max(2, round(_LONGEST * period))
    lags = np.arange(shortest, longest + 1)
    cost = -_TIGHTNESS * np.log(lags / period) ** 2
    n = len(strength)
    score = np.concatenate([np.full(longest, -np.inf), strength])  # frame t lies at t + longest
    before = np.full(n, -1)
    for start in range(0, n, shortest):  # nothing in a block can precede another frame of it: all at once
        t = np.arange(start, min(start + shortest, n))
        reached = score[t[:, None] + longest - lags] + cost
        best = reached.argmax(axis=1)
        gain = reached[np.arange(len(t)), best]
        reachable = gain > 0
        score[t + longest] += np.where(reachable, gain, 0.0)
        before[t] = np.where(reachable, t - lags[best], -1)
    at = n - longest + int(score[n:].argmax()) if n > longest else int(score[longest:].argmax())
    beats = []
    while at >= 0:
        beats.append(at)
        at = int(before[at])
    return np.array(beats[::-1], dtype=np.float64)


def _onsets(curves: Floats) -> Doubles:
    low = curves[:_LOW_BANDS].sum(axis=0, dtype=np.float64)
    onsets = curves.sum(axis=0, dtype=np.float64) + (_LOW_WEIGHT - 1) * low
    clipped: Doubles = np.minimum(onsets, np.quantile(onsets, _LOUDEST))
    return clipped


def _folded(onsets: Doubles, period: float, n_bins: int) -> Doubles:
    """Onsets by their place in a period, ``(n_bins,)``, smoothed."""
    places = np.arange(len(onsets)) * (n_bins / period)
    sums = np.bincount(places.astype(np.int64) % n_bins, onsets, n_bins)
    smooth: Doubles = 0.25 * np.roll(sums, 1) + 0.5 * sums + 0.25 * np.roll(sums, -1)
    return smooth


def _period(onsets: Doubles, near: float) -> float:
    """Frames in a beat: where folded onsets pile up highest."""
    periods = near / np.linspace(1.0 - _RANGE, 1.0 + _RANGE, _N_STEPS)
    heights = [float((_folded(onsets, period, _N_BINS) ** 2).sum()) for period in periods]
    best = np.flatnonzero(np.asarray(heights) == max(heights))
    return float(periods[best[len(best) // 2]])


def _phase(onsets: Doubles, period: float) -> float:
    """Where in a period the onsets pile up, frames in [0, period)."""
    n_bins = _N_BINS // 2
    folded = _folded(onsets, period, n_bins)
    peak = int(folded.argmax())
    left, middle, right = folded[peak - 1], folded[peak], folded[(peak + 1) % n_bins]
    bend = left - 2 * middle + right
    vertex = 0.5 * (left - right) / bend if bend < 0 else 0.0
    return float((peak + 0.5 + vertex) / n_bins * period % period)


def _strength(onsets: Doubles, beats: Doubles) -> float:
    """Mean of the largest onset within a frame of each beat; above 0."""
    around = np.round(beats).astype(np.int64)[:, None] + np.arange(-1, 2)
    return float(onsets[np.clip(around, 0, len(onsets) - 1)].max(axis=1).mean()) + 1e-9


def _grid(phase: float, spacing: float, n_frames: int) -> Doubles:
    """Evenly spaced frames over the whole track; one that falls just before its start is put there."""
    first = phase - spacing if phase > 0.9 * spacing else phase
    grid: Doubles = np.maximum(first + spacing * np.arange(max(0, int((n_frames - first) / spacing))), 0.0)
    return grid
