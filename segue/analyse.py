"""Analyse: one file through decoder, tagger and embedder; and how its result becomes a stored track."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path
from types import UnionType

from segue.errors import InvalidRequest
from segue.key import Key
from segue.mixer import LAYOUT, Features, Mixer, Vector
from segue.ports import AudioDecoder, Catalogue, Decoded, Embedder, NewTrack, Space, Tagger, TrackChanges
from segue.tags import TagScores
from segue.track import Analysis, Description, Hearing, Track


@dataclass(frozen=True)
class Analyser:
    """Hears files. Built once, with models loaded; safe to call from several threads.

    Attributes:
        decoder: bytes to waveform.
        tagger: waveform to tag scores.
        embedder: waveform to embedding, tempo, key and energy.
    """

    decoder: AudioDecoder
    tagger: Tagger
    embedder: Embedder

    @property
    def mixer(self) -> Mixer:
        """The mixer whose vectors these models fill."""
        return Mixer(sound_dim=self.embedder.dim, n_tags=len(self.tagger.vocabulary.labels))

    @property
    def space(self) -> Space:
        """The space that its track vectors belong to."""
        return Space(self.tagger.name, self.embedder.name, LAYOUT, self.mixer.dim)

    def decode(self, source: Path | bytes) -> Decoded:
        """Decodes a file. Raises AudioError."""
        return self.decoder.decode(source)

    def hear(self, decoded: Decoded) -> Analysis:
        """Runs both networks over a decoded file."""
        tags, hearing = self.tagger.tag(decoded.waveform), self.embedder.embed(decoded.waveform)
        return combined(decoded, tags, hearing)

    def new_track(self, source: Path | bytes, description: Description | None = None) -> NewTrack:
        """Analyses a file for the catalogue.

        Args:
            source: the file, or its bytes.
            description: what is known of it; fields left empty are taken from the file's metadata, and
                a title that this lacks too from the file's name.

        Raises:
            AudioError: what exactly is wrong with the file.
        """
        decoded = self.decode(source)
        analysis = self.hear(decoded)
        path = str(source.resolve()) if isinstance(source, Path) else None
        known = description or Description()
        told = Description(
            title=known.title or decoded.description.title or (source.stem if isinstance(source, Path) else None),
            artist=known.artist or decoded.description.artist,
            album=known.album or decoded.description.album,
            path=known.path or path,
        )
        return NewTrack(analysis, told, self.mixer.encode(features(analysis)))


def combined(decoded: Decoded, tags: TagScores, hearing: Hearing) -> Analysis:
    """What both networks heard, as one analysis: where both score a tag, the mean counts."""
    agreed = tags.with_second_opinion(hearing.tags)
    return Analysis(decoded.content_hash, decoded.waveform.duration_seconds, agreed, hearing)


def features(analysis: Analysis) -> Features:
    """The mixer's view of an analysis."""
    hearing = analysis.hearing
    return Features(analysis.sound, analysis.tags, hearing.tempo.bpm, hearing.key.key, hearing.energy, analysis.intro)


EDITABLE: dict[str, type | UnionType] = {"title": str, "artist": str, "album": str, "bpm": int | float, "key": Key}
"""What an owner may change of a track, and the type of each value."""


@dataclass(frozen=True)
class Edit:
    """An owner's changes to a track; a field left out of ``fields`` stays as it is.

    Attributes:
        fields: any of title, artist, album (text), bpm (above 0), key; None as value clears it.

    Raises:
        InvalidRequest: another field, or a value that does not fit its field.
    """

    fields: dict[str, str | float | Key | None]

    def __post_init__(self) -> None:
        for name, value in self.fields.items():
            if name not in EDITABLE:
                raise InvalidRequest(f"{name!r} cannot be edited; {', '.join(EDITABLE)} can.")
            if value is not None and not isinstance(value, EDITABLE[name]):
                raise InvalidRequest(f"{name} cannot be {value!r}, which is a {type(value).__name__}.")
        bpm = self.fields.get("bpm")
        if isinstance(bpm, int | float) and not (math.isfinite(bpm) and bpm > 0):
            raise InvalidRequest(f"bpm is {bpm}; it must be above 0.")


def edit_track(catalogue: Catalogue, mixer: Mixer, track_id: str, edit: Edit) -> Track:
    """Applies an owner's changes; overrides of tempo and key move the track's vector with them.

    Raises:
        TrackNotFound: no such track.
    """
    track = catalogue.get(track_id)
    told = {name: value for name, value in edit.fields.items() if name in ("title", "artist", "album")}
    description = replace(track.description, **told)  # type: ignore[arg-type]  # checked at the edge
    bpm = edit.fields.get("bpm", track.bpm_override)
    key = edit.fields.get("key", track.key_override)
    changed = replace(
        track,
        bpm_override=float(bpm) if isinstance(bpm, int | float) else None,
        key_override=key if isinstance(key, Key) else None,
    )
    vector: Vector = mixer.retune(catalogue.vector(track_id), changed.tempo.bpm, changed.key.key)
    changes = TrackChanges(description, changed.bpm_override, changed.key_override, vector)
    return catalogue.update(track_id, changes)
