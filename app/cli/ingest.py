"""Bringing files into the catalogue: resumable, in parallel, one honest outcome for each file.

A file's *state* (size and time of change) is remembered only after its track is stored, so that
whatever moment the process is killed at, the next run goes on where the last one stopped.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from app.cli.pipeline import in_threads
from index.files import FileState
from index.store import SqliteCatalogue
from segue.analyse import Analyser
from segue.errors import AudioError, DecodingTimeout, NotAudio, SegueError
from segue.ports import Decoded, NewTrack, TrackChanges
from segue.track import Track

Status = Literal["added", "already_there", "changed", "skipped", "failed"]
STATUSES: tuple[Status, ...] = ("added", "already_there", "changed", "skipped", "failed")


class FailedBefore(SegueError):
    """A file that failed before and has not changed since; carries the code and message of then."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{message} (Known from an earlier run; --retry tries again.)")
        self.code = code  # type: ignore[misc]  # of this instance, not of the class


@dataclass(frozen=True)
class Outcome:
    """What became of one file.

    Attributes:
        path: the file.
        status: ``"added"``; ``"already_there"``: the same recording was here before; ``"changed"``:
            another recording than last time; ``"skipped"``: unchanged since last time; ``"failed"``.
        track_id: its track in the catalogue, if any.
        error: why it failed.
    """

    path: Path
    status: Status
    track_id: str | None = None
    error: SegueError | None = None


@dataclass
class Summary:
    """How many files met which outcome, and which failed."""

    counts: Counter[Status] = field(default_factory=Counter)
    failures: list[Outcome] = field(default_factory=list)
    interrupted: bool = False

    def note(self, outcome: Outcome) -> None:
        """Counts one file."""
        self.counts[outcome.status] += 1
        if outcome.status == "failed":
            self.failures.append(outcome)

    def line(self) -> str:
        """For example ``12 added, 3 already there, 0 changed, 40 skipped, 1 failed``."""
        return ", ".join(f"{self.counts[status]} {status.replace('_', ' ')}" for status in STATUSES)


@dataclass(frozen=True)
class _Heard:
    """A file after the slow part: what it was like before that, what was known, and what came out."""

    size_bytes: int
    mtime_ns: int
    known: FileState | None
    result: NewTrack | Track | AudioError


@dataclass(frozen=True)
class _AlreadyDecoded:
    """A decoder that answers what has been decoded before."""

    decoded: Decoded

    def decode(self, source: Path | bytes) -> Decoded:
        return self.decoded


@dataclass(frozen=True)
class Ingest:
    """One run over many files.

    Attributes:
        analyser: hears files.
        catalogue: stores tracks and file states.
        n_threads: files worked on at the same time.
        retry: whether to try files again that failed before and have not changed.
    """

    analyser: Analyser
    catalogue: SqliteCatalogue
    n_threads: int = 1
    retry: bool = False

    def run(self, files: Iterable[Path]) -> Iterator[Outcome]:
        """Yields an outcome for every file, in order, each once it is durable."""
        for path, found in in_threads(self._look, files, self.n_threads):
            if isinstance(found, _Heard):
                yield self._store(path, found)
            elif isinstance(found, Outcome):
                yield found
            else:
                raise found  # not the file's fault: the catalogue's or the models'

    def _look(self, path: Path) -> _Heard | Outcome:
        """The slow part, in a thread: nothing is written here."""
        try:
            found = os.stat(path)
        except OSError as error:
            return Outcome(path, "failed", error=NotAudio(f"The file cannot be read: {error.strerror}."))
        known = self.catalogue.file_state(path)
        if known is not None and known.unchanged(found.st_size, found.st_mtime_ns):
            if known.error is None:
                return Outcome(path, "skipped", known.track_id)
            if not self.retry:
                return Outcome(path, "failed", error=FailedBefore(known.error.code, known.error.message))
        return _Heard(found.st_size, found.st_mtime_ns, known, self._hear(path))

    def _hear(self, path: Path) -> NewTrack | Track | AudioError:
        """The stored track where the recording is known, else everything about it, or what is wrong."""
        try:
            decoded = self.analyser.decode(path)
            known = self.catalogue.find(decoded.content_hash)
            return known or replace(self.analyser, decoder=_AlreadyDecoded(decoded)).new_track(path)
        except AudioError as error:
            return error

    def _store(self, path: Path, heard: _Heard) -> Outcome:
        """The short part, in the caller's thread: the only place that writes."""
        if isinstance(heard.result, AudioError):
            if not isinstance(heard.result, DecodingTimeout):  # another day it may be in time
                self.catalogue.remember_file(path, heard.size_bytes, heard.mtime_ns, None, heard.result)
            return Outcome(path, "failed", error=heard.result)
        is_new, track = self._put(heard.result, path)
        self.catalogue.remember_file(path, heard.size_bytes, heard.mtime_ns, track.id)
        before = heard.known.track_id if heard.known else None
        if before not in (None, track.id):
            return Outcome(path, "changed", track.id)
        return Outcome(path, "added" if is_new else "already_there", track.id)

    def _put(self, result: NewTrack | Track, path: Path) -> tuple[bool, Track]:
        """Stores a track; answers whether it is new. Two copies heard at the same time are one track."""
        known = result if isinstance(result, Track) else self.catalogue.find(result.analysis.content_hash)
        if known is not None:
            return False, self._follow(known, path)
        assert isinstance(result, NewTrack)
        return True, self.catalogue.add(result)

    def _follow(self, track: Track, path: Path) -> Track:
        """A stored recording met at another path: where its old file is gone, it has moved here."""
        if track.description.path is not None and os.path.exists(track.description.path):
            return track
        moved = replace(track.description, path=str(path))
        vector = self.catalogue.vector(track.id)
        return self.catalogue.update(track.id, TrackChanges(moved, track.bpm_override, track.key_override, vector))
