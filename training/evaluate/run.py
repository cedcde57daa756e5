"""Run: every file of a manifest through the analyser, and the result to the judge. Caches nothing."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from segue.analyse import Analyser, features
from segue.errors import SegueError
from segue.tags import TagVocabulary
from segue.track import Analysis
from training.evaluate.bootstrap import N_RESAMPLES
from training.evaluate.labels import unknown_names
from training.evaluate.manifest import Entry, Manifest
from training.evaluate.measure import Report
from training.evaluate.score import score
from training.evaluate.tracks import Estimates, EvaluatedTrack

Progress = Callable[[Entry], None]


@dataclass(frozen=True)
class Heard:
    """Analysed tracks, and the files that could not be analysed.

    Attributes:
        tracks: with estimates, in the order of the manifest.
        failures: file -> error code and message.
    """

    tracks: tuple[EvaluatedTrack, ...]
    failures: dict[str, str] = field(default_factory=dict)


def evaluate_manifest(
    manifest: Manifest,
    analyser: Analyser,
    progress: Progress = lambda _: None,
    n_resamples: int = N_RESAMPLES,
) -> Report:
    """Analyses every file that is there and scores the result.

    Tracks that were missing or failed keep their place for the peers' columns; they are listed in the report.

    Args:
        manifest: what to analyse.
        analyser: what is judged.
        progress: called after each file.
        n_resamples: for the intervals.
    """
    heard = hear_all(manifest.present, analyser, progress)
    vocabulary = analyser.tagger.vocabulary
    by_name = {track.name: track for track in heard.tracks}
    tracks = [by_name.get(entry.track.name, entry.track) for entry in manifest.entries]
    report = score(tracks, vocabulary, n_resamples)
    unknown = count_unknown([entry.track for entry in manifest.entries], vocabulary)
    return replace(report, missing=manifest.missing, failures=heard.failures, unknown_names=unknown)


def hear_all(entries: Sequence[Entry], analyser: Analyser, progress: Progress = lambda _: None) -> Heard:
    """Analyses files one after the other; one that fails is noted and the rest go on."""
    tracks, failures = [], {}
    for entry in entries:
        try:
            tracks.append(replace(entry.track, estimates=hear(entry, analyser)))
        except SegueError as error:
            failures[entry.track.name] = f"{error.code}: {error.message}"
        except Exception as error:  # one broken file must not cost the scores of all others
            failures[entry.track.name] = f"unexpected: {type(error).__name__}: {error}"
        progress(entry)
    return Heard(tuple(tracks), failures)


def hear(entry: Entry, analyser: Analyser) -> Estimates:
    """Analyses one file, stage by stage against the clock.

    Raises:
        AudioError: what is wrong with the file.
    """
    started = time.perf_counter()
    decoded = analyser.decode(entry.path)
    after_decoding = time.perf_counter()
    tags = analyser.tagger.tag(decoded.waveform)
    after_tagging = time.perf_counter()
    hearing = analyser.embedder.embed(decoded.waveform)
    after_embedding = time.perf_counter()
    analysis = Analysis(decoded.content_hash, decoded.waveform.duration_seconds, tags, hearing)
    return Estimates(
        tags=tags.scores,
        bpm=hearing.tempo.bpm,
        key=hearing.key.key,
        energy=hearing.energy,
        embedding=analysis.sound,
        vector=analyser.mixer.encode(features(analysis)),
        stage_seconds={
            "decode": after_decoding - started,
            "tag": after_tagging - after_decoding,
            "embed": after_embedding - after_tagging,
        },
        duration_seconds=analysis.duration_seconds,
    )


def count_unknown(tracks: Sequence[EvaluatedTrack], vocabulary: TagVocabulary) -> dict[str, int]:
    """``category---name`` -> number of files, for names that the vocabulary lacks, most frequent first."""
    counts: Counter[str] = Counter()
    for track in tracks:
        named = {"genre": track.references.genres, "instrument": track.references.instruments}
        for category, names in named.items():
            counts.update(f"{category}---{name}" for name in unknown_names(names, category, vocabulary))
    return dict(counts.most_common())
