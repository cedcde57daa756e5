"""Study: every track heard under every condition, and the scores compared."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np

from segue.analyse import Analyser
from segue.audio.waveform import Waveform
from segue.errors import SegueError
from segue.tags import TagVocabulary
from training.degrade import Samples
from training.evaluate.bootstrap import N_RESAMPLES, interval, resample
from training.evaluate.manifest import Entry, Manifest
from training.evaluate.metrics import Floats
from training.evaluate.robustness.conditions import CONDITIONS, Condition
from training.evaluate.robustness.results import Results, Row
from training.evaluate.robustness.scores import Score, other_track_cosines, scores_of
from training.evaluate.tracks import Estimates, EvaluatedTrack, groups_of

HeardTrack = tuple[EvaluatedTrack, ...]  # the track under each condition
Progress = Callable[[], None]


def study_robustness(
    manifest: Manifest,
    analyser: Analyser,
    n_resamples: int = N_RESAMPLES,
    n_jobs: int = 1,
    progress: Progress = lambda: None,
    conditions: Sequence[Condition] = CONDITIONS,
) -> Results:
    """Hears and scores.

    Args:
        manifest: the tracks.
        analyser: what is judged; its decoder needs as many processes as there are jobs.
        n_resamples: for the intervals.
        n_jobs: tracks worked on at the same time.
        progress: called once per track and condition, from several threads.
        conditions: what to ask about, clean first.

    Raises:
        SegueError: no track could be heard.
    """
    failures: dict[str, str] = {}

    def hear(entry: Entry) -> HeardTrack | None:
        try:
            return hear_track(entry, analyser, conditions, progress)
        except SegueError as error:
            failures[entry.track.name] = f"{error.code}: {error.message}"
        except Exception as error:  # one broken file must not cost the scores of all others
            failures[entry.track.name] = f"unexpected: {type(error).__name__}: {error}"
        return None

    with ThreadPoolExecutor(n_jobs) as pool:
        heard = [track for track in pool.map(hear, manifest.present) if track is not None]
    if not heard:
        told = next(iter(failures.values()), "no file is there")
        raise SegueError(f"None of {len(manifest.entries)} files could be heard ({told}).")
    results = score_conditions(heard, conditions, analyser.tagger.vocabulary, n_resamples)
    ordered = {
        entry.track.name: failures[entry.track.name] for entry in manifest.present if entry.track.name in failures
    }
    models = (analyser.tagger.name, analyser.embedder.name)
    return replace(results, models=models, missing=manifest.missing, failures=ordered)


def hear_track(entry: Entry, analyser: Analyser, conditions: Sequence[Condition], progress: Progress) -> HeardTrack:
    """Decodes a file once and analyses it under every condition.

    Raises:
        AudioError: what is wrong with the file.
    """
    decoded = analyser.decode(entry.path)

    def decode(source: object) -> Samples:
        assert isinstance(source, bytes)
        return analyser.decode(source).waveform.samples

    tracks = []
    for condition in conditions:
        samples = condition.apply(decoded.waveform.samples, entry.path, decode)
        analysis = analyser.hear(replace(decoded, waveform=Waveform(samples)))
        estimates = Estimates(
            tags=analysis.tags.scores,
            bpm=analysis.hearing.tempo.bpm,
            key=analysis.hearing.key.key,
            embedding=analysis.sound,
            duration_seconds=analysis.duration_seconds,
        )
        references = condition.move(entry.track.references)
        tracks.append(replace(entry.track, references=references, estimates=estimates))
        progress()
    return tuple(tracks)


def score_conditions(
    heard: Sequence[HeardTrack],
    conditions: Sequence[Condition],
    vocabulary: TagVocabulary,
    n_resamples: int = N_RESAMPLES,
) -> Results:
    """Scores every condition and its change from clean, all on the same draws of tracks.

    Args:
        heard: each track under each condition.
        conditions: in the same order, clean first.
        vocabulary: what the tag scores mean.
        n_resamples: for the intervals.
    """
    clean = [track[0] for track in heard]
    draws = resample(groups_of(clean), n_resamples)
    before = {(score.section, score.metric): score for score in scores_of(clean, clean, vocabulary)}
    rows = []
    for position, condition in enumerate(conditions):
        spoilt = [track[position] for track in heard]
        for score in scores_of(spoilt, clean, vocabulary):
            rows.append(_row(condition, score, before[score.section, score.metric], draws))
    return Results(tuple(rows), len(heard), float(np.nanmean(other_track_cosines(clean))))


def _row(condition: Condition, score: Score, clean: Score, draws: Floats) -> Row:
    found = interval(score.statistic, draws)
    change = interval(lambda w: score.statistic(w) - clean.statistic(w), draws)
    ends = (found.value, found.low, found.high, change.value, change.low, change.high)
    return Row(condition.name, score.section, score.metric, score.n, *ends)
