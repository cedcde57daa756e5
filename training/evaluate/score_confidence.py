"""Scores of what is said beside the first answer: how sure it is, and which other answers were possible."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from segue.key import Key, KeyEstimate, relation
from segue.tempo import TempoEstimate
from training.evaluate.bootstrap import SEED, interval
from training.evaluate.calibration import (
    ReliabilityBin,
    calibrated_error,
    expected_calibration_error,
    reliability,
)
from training.evaluate.measure import SEGUE, Measure, mean_measure
from training.evaluate.metrics import Bools, Floats, roc_auc, tempo_accuracy1, tempo_accuracy2, weighted_mean
from training.evaluate.tracks import EvaluatedTrack

Draw = Callable[[list[EvaluatedTrack]], Floats]
Scores = tuple[list[Measure], list[ReliabilityBin]]

NEAR_KEYS = frozenset({"adjacent", "relative", "parallel"})  # a fifth up or down, relative, parallel


def score_tempo_confidence(tracks: Sequence[EvaluatedTrack], draw: Draw, seed: int = SEED) -> Scores:
    """Calibration of every system that states a confidence, and whether the alternatives hold the truth.

    An answer is right by Accuracy 1 where the octave is known, by Accuracy 2 elsewhere. What the alternatives hold
    counts only where the octave is known.
    """
    measures: list[Measure] = []
    bins: list[ReliabilityBin] = []
    systems = dict.fromkeys(system for track in tracks for system in track.estimates.tempo_estimates)
    for system in systems:
        pairs = [(t, e) for t in tracks if t.references.bpm and (e := t.estimates.tempo_estimates.get(system))]
        if not pairs:
            continue
        chosen, estimates = [track for track, _ in pairs], [estimate for _, estimate in pairs]
        known = np.array([track.references.bpm_octave_known for track in chosen])
        reference = np.array([track.references.bpm for track in chosen], dtype=np.float64)
        estimated = np.array([estimate.bpm for estimate in estimates])
        exact, metrical = tempo_accuracy1(reference, estimated), tempo_accuracy2(reference, estimated)
        confidence = np.array([estimate.confidence for estimate in estimates])
        weights = draw(chosen)
        found, rows = _calibration("tempo", system, confidence, np.where(known, exact, metrical), weights, seed)
        measures += found
        bins += rows
        if system == SEGUE:
            held = np.array([_holds_tempo(e, bpm) for e, bpm in zip(estimates, reference, strict=True)])
            n_others = np.array([float(len(estimate.alternatives)) for estimate in estimates])
            octave_wrong = known & (exact == 0) & (metrical == 1)
            measures += _alternatives("tempo", held, n_others, known, octave_wrong, "octave_wrong", weights)
    return measures, bins


def score_key_confidence(tracks: Sequence[EvaluatedTrack], draw: Draw, seed: int = SEED) -> Scores:
    """As :func:`score_tempo_confidence`; a key is right when it is exactly the reference."""
    measures: list[Measure] = []
    bins: list[ReliabilityBin] = []
    systems = dict.fromkeys(system for track in tracks for system in track.estimates.key_estimates)
    for system in systems:
        triples = [
            (t, t.references.key, e)
            for t in tracks
            if t.references.key and (e := t.estimates.key_estimates.get(system))
        ]
        if not triples:
            continue
        chosen = [track for track, _, _ in triples]
        correct = np.array([float(estimate.key == key) for _, key, estimate in triples])
        confidence = np.array([estimate.confidence for _, _, estimate in triples])
        weights = draw(chosen)
        found, rows = _calibration("key", system, confidence, correct, weights, seed)
        measures += found
        bins += rows
        if system == SEGUE:
            held = np.array([_holds_key(estimate, key) for _, key, estimate in triples])
            n_others = np.array([float(len(estimate.alternatives)) for _, _, estimate in triples])
            near = np.array([relation(key, estimate.key) in NEAR_KEYS for _, key, estimate in triples])
            every = np.ones(len(triples), dtype=np.bool_)
            measures += _alternatives("key", held, n_others, every, near, "near_key", weights)
    return measures, bins


def _calibration(section: str, system: str, confidence: Floats, correct: Floats, weights: Floats, seed: int) -> Scores:
    """Calibration error, mean confidence less accuracy, and how well confidence ranks right above wrong."""
    excess = confidence - correct
    statistics: dict[str, Callable[[Floats], Floats]] = {
        "expected_calibration_error": lambda w: expected_calibration_error(confidence, correct, w),
        "confidence_minus_accuracy": lambda w: weighted_mean(excess, w),
        "confidence_roc_auc": lambda w: roc_auc(correct > 0, confidence, w),
    }
    measures = []
    for metric, statistic in statistics.items():
        found = interval(statistic, weights)
        measures.append(Measure(section, system, metric, found.value, found.low, found.high, len(confidence)))
    if system == SEGUE:
        least = calibrated_error(confidence, seed)
        metric, n = "expected_calibration_error", len(confidence)
        measures.append(Measure(section, "baseline_calibrated", metric, least.value, least.low, least.high, n))
    return measures, reliability(section, system, confidence, correct)


def _alternatives(
    section: str,
    held: Floats,
    n_others: Floats,
    counted: Bools,
    nearly: Bools,
    name: str,
    weights: Floats,
) -> list[Measure]:
    """How often first choice and alternatives hold the truth: of all, and of those nearly right."""
    parts = {
        "truth_among_alternatives": np.where(counted, held, np.nan),
        f"truth_among_alternatives_if_{name}": np.where(nearly, held, np.nan),
        "alternatives_mean": n_others,
    }
    return [
        mean_measure(section, SEGUE, metric, values, weights)
        for metric, values in parts.items()
        if not np.isnan(values).all()
    ]


def _holds_tempo(estimate: TempoEstimate, reference_bpm: float) -> float:
    said = np.array([estimate.bpm, *(other.bpm for other in estimate.alternatives)])
    return float(tempo_accuracy1(np.full(said.shape, reference_bpm), said).max())


def _holds_key(estimate: KeyEstimate, reference: Key) -> float:
    return float(reference in (estimate.key, *(other.key for other in estimate.alternatives)))
