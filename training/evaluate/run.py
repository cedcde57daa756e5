"""Run: every file of a manifest through the analyser, and the result to the judge. Caches nothing."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from segue.analyse import Analyser, combined, features
from segue.errors import SegueError
from segue.mixer import Mixer, Vector, Weights
from segue.ports import Decoded
from segue.tags import TagVocabulary
from segue.track import Analysis
from training.evaluate.bootstrap import N_RESAMPLES
from training.evaluate.labels import unknown_names
from training.evaluate.manifest import Entry, Manifest
from training.evaluate.measure import SEGUE, Report
from training.evaluate.score import score
from training.evaluate.tracks import Estimates, EvaluatedTrack
from training.evaluate.witnesses import key_by_witness, tempo_by_witness

Progress = Callable[[Entry], None]
Observe = Callable[[Entry, Decoded, Analysis], None]


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
    observe: Observe | None = None,
) -> Report:
    """Analyses every file that is there and scores the result.

    Tracks that were missing or failed keep their place for the peers' columns; they are listed in the report.

    Args:
        manifest: what to analyse.
        analyser: what is judged.
        progress: called after each file.
        n_resamples: for the intervals.
        observe: called with each file that was heard, off the clock.
    """
    heard = hear_all(manifest.present, analyser, progress, witnesses=True, observe=observe)
    vocabulary = analyser.tagger.vocabulary
    by_name = {track.name: track for track in heard.tracks}
    tracks = [by_name.get(entry.track.name, entry.track) for entry in manifest.entries]
    report = score(tracks, vocabulary, n_resamples)
    unknown = count_unknown([entry.track for entry in manifest.entries], vocabulary)
    return replace(report, missing=manifest.missing, failures=heard.failures, unknown_names=unknown)


def hear_all(
    entries: Sequence[Entry],
    analyser: Analyser,
    progress: Progress = lambda _: None,
    witnesses: bool = False,
    observe: Observe | None = None,
) -> Heard:
    """Analyses files one after the other; one that fails is noted and the rest go on.

    Args:
        entries: the files.
        analyser: what hears them.
        progress: called after each file.
        witnesses: as in :func:`hear`.
        observe: as in :func:`hear`.
    """
    tracks, failures = [], {}
    for entry in entries:
        try:
            tracks.append(replace(entry.track, estimates=hear(entry, analyser, witnesses, observe)))
        except SegueError as error:
            failures[entry.track.name] = f"{error.code}: {error.message}"
        except Exception as error:  # one broken file must not cost the scores of all others
            failures[entry.track.name] = f"unexpected: {type(error).__name__}: {error}"
        progress(entry)
    return Heard(tuple(tracks), failures)


def hear(entry: Entry, analyser: Analyser, witnesses: bool = False, observe: Observe | None = None) -> Estimates:
    """Analyses one file, stage by stage against the clock.

    Args:
        entry: the file.
        analyser: what hears it.
        witnesses: also ask the embedder, off the clock, what the network alone and signal processing alone say
            of tempo and key; it takes about as long as embedding does.
        observe: called with what was decoded and heard, off the clock.

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
    analysis = combined(decoded, tags, hearing)
    tempi, keys = {SEGUE: hearing.tempo}, {SEGUE: hearing.key}
    if witnesses:
        tempi |= tempo_by_witness(analyser.embedder, decoded.waveform)
        keys |= key_by_witness(analyser.embedder, decoded.waveform)
    if observe is not None:
        observe(entry, decoded, analysis)
    vector = analyser.mixer.encode(features(analysis))
    return Estimates(
        tags=analysis.tags.scores,
        bpm=hearing.tempo.bpm,
        key=hearing.key.key,
        energy=hearing.energy,
        embedding=analysis.sound,
        vector=vector,
        mixed=mix(vector, analyser.mixer),
        tempo_estimates=tempi,
        key_estimates=keys,
        stage_seconds={
            "decode": after_decoding - started,
            "tag": after_tagging - after_decoding,
            "embed": after_embedding - after_tagging,
        },
        duration_seconds=analysis.duration_seconds,
    )


def mix(vector: Vector, mixer: Mixer, weights: Weights | None = None) -> Vector:
    """A track vector scaled on both sides alike, so that cosines are similarities at some weights, ``(dim,)``.

    Args:
        vector: from the mixer.
        mixer: the one.
        weights: what each axis counts; the default weights when left out.
    """
    shares = (weights or Weights()).shares()
    return mixer.query(vector, Weights(**{axis: math.sqrt(share) for axis, share in shares.items()}))


def count_unknown(tracks: Sequence[EvaluatedTrack], vocabulary: TagVocabulary) -> dict[str, int]:
    """``category---name`` -> number of files, for names that the vocabulary lacks, most frequent first."""
    counts: Counter[str] = Counter()
    for track in tracks:
        named = {"genre": track.references.genres, "instrument": track.references.instruments}
        for category, names in named.items():
            counts.update(f"{category}---{name}" for name in unknown_names(names, category, vocabulary))
    return dict(counts.most_common())
