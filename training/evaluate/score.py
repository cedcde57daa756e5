"""Score: tracks with references and estimates to a report; works on cached estimates just as on fresh ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from segue.key import Key
from segue.tags import TagScores, TagVocabulary
from segue.tempo import MAX_BPM, MIN_BPM
from training.evaluate.bootstrap import N_RESAMPLES, SEED, interval, resample
from training.evaluate.calibration import ReliabilityBin
from training.evaluate.measure import SEGUE, Measure, Report, in_subset, mean_measure
from training.evaluate.metrics import (
    Floats,
    absolute_octave_error1,
    absolute_octave_error2,
    chance_precision,
    key_score_table,
    neighbour_precision,
    tempo_accuracy1,
    tempo_accuracy2,
)
from training.evaluate.score_confidence import score_key_confidence, score_tempo_confidence
from training.evaluate.score_subgenres import PARENT, electronic_tracks, score_subgenres
from training.evaluate.score_tags import TagReport, score_tags
from training.evaluate.tracks import EvaluatedTrack, groups_of
from training.evaluate.witnesses import WITNESSES

N_NEIGHBOURS = 5
Draw = Callable[[list[EvaluatedTrack]], Floats]

_TEMPO_METRICS = {
    "accuracy1": (tempo_accuracy1, True),  # True: needs references whose octave is known
    "accuracy2": (tempo_accuracy2, False),
    "absolute_octave_error1": (absolute_octave_error1, True),
    "absolute_octave_error2": (absolute_octave_error2, False),
}


def score(
    tracks: Sequence[EvaluatedTrack],
    vocabulary: TagVocabulary | None = None,
    n_resamples: int = N_RESAMPLES,
    seed: int = SEED,
) -> Report:
    """Scores whatever references and estimates there are.

    Args:
        tracks: the tracks; where some say whether a machine composed them, the recorded ones are also
            scored alone, as subset ``recorded``. Subgenres are also scored among electronic tracks alone.
        vocabulary: what the tag scores mean; tags are not scored without it.
        n_resamples: for the intervals; 0 leaves them out.
        seed: of the intervals.
    """
    subsets = {"all": list(tracks)}
    if any(track.generated is not None for track in tracks):
        subsets["recorded"] = [track for track in tracks if not track.generated]

    def draw(chosen: list[EvaluatedTrack]) -> Floats:
        return resample(groups_of(chosen), n_resamples, seed)

    measures: list[Measure] = []
    bins: list[ReliabilityBin] = []
    of_tags: dict[str, TagReport] = {}
    for subset, chosen in subsets.items():
        tempo, tempo_bins = score_tempo_confidence(chosen, draw, seed)
        key, key_bins = score_key_confidence(chosen, draw, seed)
        bins += [replace(row, subset=subset) for row in tempo_bins + key_bins]
        measures += in_subset([*_tempo(chosen, draw), *tempo, *_key(chosen, draw), *key], subset)
        if vocabulary is not None:
            of_tags[subset] = score_tags(chosen, vocabulary, draw)
            measures += in_subset(of_tags[subset].measures, subset)
        measures += in_subset(_neighbours(chosen, vocabulary, draw) + _speed(chosen, draw), subset)
    if vocabulary is not None:
        electronic = electronic_tracks(subsets["all"])
        found = score_subgenres(electronic, vocabulary, draw)
        if found.tags:
            subsets[PARENT], of_tags[PARENT] = electronic, found
            measures += in_subset(found.measures, PARENT)
    tags = [replace(tag, subset=subset) for subset, report in of_tags.items() for tag in report.tags]
    n_tracks = {subset: len(chosen) for subset, chosen in subsets.items()}
    degenerate = of_tags["all"].degenerate if of_tags else ()
    return Report(tuple(measures), tuple(tags), n_tracks, degenerate, reliability=tuple(bins))


def _tempo(tracks: list[EvaluatedTrack], draw: Draw) -> list[Measure]:
    known = [track for track in tracks if track.references.bpm is not None]
    if not known:
        return []
    reference = np.array([track.references.bpm for track in known], dtype=np.float64)
    octave = np.array([track.references.bpm_octave_known for track in known])
    median = float(np.median(reference[octave] if octave.any() else reference))
    spread = np.linspace(MIN_BPM, MAX_BPM, 2001)
    systems: dict[str, Floats] = {
        SEGUE: np.array([_or_nan(track.estimates.bpm) for track in known]),
        **{w: np.array([_bpm_by(w, track) for track in known]) for w in WITNESSES},
        **{p: np.array([_or_nan(t.peer_bpm.get(p)) for t in known]) for p in _peers(known, "peer_bpm")},
        "baseline_constant": np.full(len(known), median),
        "baseline_random": np.broadcast_to(spread, (len(known), len(spread))),  # every tempo equally likely
    }
    weights = draw(known)
    measures = []
    for system, estimated in systems.items():
        if np.isnan(estimated).all():
            continue
        for metric, (values_of, needs_octave) in _TEMPO_METRICS.items():
            truth = reference if estimated.ndim == 1 else reference[:, None]
            values = np.where(np.isnan(estimated), np.nan, values_of(truth, estimated))
            per_track = values if values.ndim == 1 else values.mean(axis=1)
            if needs_octave:
                per_track = np.where(octave, per_track, np.nan)
            measures.append(mean_measure("tempo", system, metric, per_track, weights))
    return measures


def _key(tracks: list[EvaluatedTrack], draw: Draw) -> list[Measure]:
    known = [(track, track.references.key) for track in tracks if track.references.key is not None]
    if not known:
        return []
    reference = np.array([key.index for _, key in known])
    often = int(np.bincount(reference, minlength=24).argmax())
    chosen = [track for track, _ in known]
    systems = {
        SEGUE: [_key_index(track.estimates.key) for track in chosen],
        **{witness: [_key_by(witness, track) for track in chosen] for witness in WITNESSES},
        **{peer: [_key_index(t.peer_key.get(peer)) for t in chosen] for peer in _peers(chosen, "peer_key")},
        "baseline_constant": [often] * len(known),
    }
    weights = draw(chosen)
    tables = {"weighted_score": key_score_table(), "exact": np.eye(24)}
    measures = []
    for metric, table in tables.items():
        for system, answers in systems.items():
            estimated = np.array(answers)
            if (estimated >= 0).any():
                values = np.where(estimated >= 0, table[reference, estimated], np.nan)
                measures.append(mean_measure("key", system, metric, values, weights))
        measures.append(mean_measure("key", "baseline_random", metric, table[reference].mean(axis=1), weights))
    return measures


def _neighbours(tracks: list[EvaluatedTrack], vocabulary: TagVocabulary | None, draw: Draw) -> list[Measure]:
    measures = []
    for space in ("embedding", "tags", "vector", "default_weights"):  # vector: all axes weighed alike
        rows = {i: row for i, track in enumerate(tracks) if (row := _row(track, space, vocabulary)) is not None}
        known = [tracks[i] for i in rows if tracks[i].references.genres]
        if len(known) < 2:
            continue
        vectors = np.stack([rows[i] for i in rows if tracks[i].references.genres])
        genres, groups = [track.references.genres for track in known], groups_of(known)
        precision = neighbour_precision(genres, vectors, groups, N_NEIGHBOURS)
        chance = chance_precision(genres, groups)
        weights, metric = draw(known), f"genre_precision_at_{N_NEIGHBOURS}_by_{space}"
        measures.append(mean_measure("neighbours", SEGUE, metric, precision, weights))
        measures.append(mean_measure("neighbours", "baseline_random", metric, chance, weights))
    return measures


def _row(track: EvaluatedTrack, space: str, vocabulary: TagVocabulary | None) -> Floats | None:
    estimates = track.estimates
    if space == "tags":
        if vocabulary is None or estimates.tags is None:
            return None
        return TagScores(vocabulary, estimates.tags).relative().astype(np.float64)
    row = {"embedding": estimates.embedding, "vector": estimates.vector, "default_weights": estimates.mixed}[space]
    return None if row is None else row.astype(np.float64)


def _speed(tracks: list[EvaluatedTrack], draw: Draw) -> list[Measure]:
    """Seconds of work per minute of audio, for each stage and in total; and the spread of energy."""
    timed = [track for track in tracks if track.estimates.stage_seconds and track.estimates.duration_seconds]
    measures = []
    stages = list(timed[0].estimates.stage_seconds) if timed else []
    minutes = np.array([(track.estimates.duration_seconds or 0) / 60 for track in timed])
    for stage in [*stages, "total"] if stages else []:
        spent = [t.estimates.stage_seconds for t in timed]
        seconds = np.array([sum(s.values()) if stage == "total" else s.get(stage, 0.0) for s in spent])
        found = interval(partial(_rate, seconds, minutes), draw(timed))
        metric = f"{stage}_seconds_per_minute"
        measures.append(Measure("speed", SEGUE, metric, found.value, found.low, found.high, len(timed)))
    energies = np.array([track.estimates.energy for track in tracks if track.estimates.energy is not None])
    if len(energies):
        spread = float(energies.std())
        measures.append(Measure("activity", SEGUE, "energy_std", spread, np.nan, np.nan, len(energies)))
    return measures


def _rate(seconds: Floats, minutes: Floats, weights: Floats) -> Floats:
    """Seconds of work per minute of audio, ``(n_resamples,)``."""
    return np.asarray((weights @ seconds) / (weights @ minutes), dtype=np.float64)


def _peers(tracks: Sequence[EvaluatedTrack], attribute: str) -> list[str]:
    return list(dict.fromkeys(peer for track in tracks for peer in getattr(track, attribute)))


def _bpm_by(witness: str, track: EvaluatedTrack) -> float:
    said = track.estimates.tempo_estimates.get(witness)
    return _or_nan(said.bpm if said else None)


def _key_by(witness: str, track: EvaluatedTrack) -> int:
    said = track.estimates.key_estimates.get(witness)
    return _key_index(said.key if said else None)


def _or_nan(value: float | None) -> float:
    return np.nan if value is None else value


def _key_index(key: Key | None) -> int:
    return -1 if key is None else key.index
