"""Codec: between the domain's objects and the columns of a catalogue file."""

from __future__ import annotations

import json
import secrets
import time
import zlib
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Row

from segue.bars import PHRASE_BARS, BarGrid
from segue.errors import CatalogueCorrupt
from segue.key import N_KEYS, Key, KeyCandidate, KeyEstimate
from segue.ports import NewTrack, Space
from segue.tags import TagScores, TagVocabulary
from segue.tempo import TempoCandidate, TempoEstimate
from segue.track import Description, Track

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ID_LENGTH = 26  # characters of 5 bits: 48 bits of milliseconds, 80 random ones, as in a ULID


def new_id(newest: str | None, now_seconds: float | None = None) -> str:
    """A track id that sorts behind ``newest``, also when the clock stands still or goes back."""
    now = time.time() if now_seconds is None else now_seconds
    number = (int(now * 1000) << 80) | secrets.randbits(80)
    if newest is not None and (last := _number(newest)) >= number:
        number = last + 1
    return "".join(_CROCKFORD[(number >> shift) & 31] for shift in range(5 * (ID_LENGTH - 1), -1, -5))


def check_id(stored: str) -> None:
    """Raises CatalogueCorrupt for an id that was not made here."""
    _number(stored)


def _number(track_id: str) -> int:
    number = 0
    for character in track_id:
        if character not in _CROCKFORD:
            raise CatalogueCorrupt(f"The stored id {track_id!r} is none of ours; run `segue index verify`.")
        number = number << 5 | _CROCKFORD.index(character)
    return number


def crc(blob: bytes) -> int:
    """CRC-32 of a stored blob."""
    return zlib.crc32(blob)


def floats(array: NDArray[Any]) -> bytes:
    """Any float array as little-endian float32."""
    return np.ascontiguousarray(array, dtype="<f4").tobytes()


def read_floats(blob: bytes, length: int, what: str) -> NDArray[np.float32]:
    """``(length,)`` float32, read-only.

    Raises:
        CatalogueCorrupt: the blob has another length.
    """
    if len(blob) != 4 * length:
        raise CatalogueCorrupt(f"{what} has {len(blob)} bytes where {4 * length} belong; run `segue index verify`.")
    return np.frombuffer(blob, dtype="<f4")


def read_chunks(blob: bytes, n_chunks: int, dim: int) -> NDArray[np.float16]:
    """``(n_chunks, dim)`` float16, read-only; every track has at least one chunk.

    Raises:
        CatalogueCorrupt: there is none, or the blob has another length.
    """
    if len(blob) != 2 * n_chunks * dim or n_chunks < 1:
        raise CatalogueCorrupt(
            f"Chunk embeddings have {len(blob)} bytes where {2 * n_chunks * dim} belong; run `segue index verify`."
        )
    return np.frombuffer(blob, dtype="<f2").reshape(n_chunks, dim)


def bars_columns(grid: BarGrid) -> dict[str, Any]:
    """Bars and phrases, and their checksum."""
    blob = floats(np.stack([grid.starts, grid.levels]))
    return {"phrase_offset": grid.phrase_offset, "confidence": float(grid.confidence), "grid": blob, "crc": crc(blob)}


def read_bars(blob: bytes, phrase_offset: int, confidence: float) -> BarGrid:
    """Bars and phrases. Raises CatalogueCorrupt."""
    if len(blob) % 8 or not 0 <= phrase_offset < PHRASE_BARS:
        raise CatalogueCorrupt("Stored bars cannot be read; run `segue index verify`.")
    starts, levels = np.frombuffer(blob, dtype="<f4").reshape(2, -1)
    return BarGrid(starts, levels, phrase_offset, confidence)


def codes_columns(codes: NDArray[np.int16]) -> dict[str, Any]:
    """Codes of the chunks and their checksum."""
    blob = np.ascontiguousarray(codes, dtype="<i2").tobytes()
    return {"n_levels": codes.shape[1], "codes": blob, "crc": crc(blob)}


def read_codes(blob: bytes, n_levels: int) -> NDArray[np.int16]:
    """Codes of the chunks, ``(n_chunks, n_levels)`` int16, read-only. Raises CatalogueCorrupt."""
    if n_levels < 1 or len(blob) % (2 * n_levels):
        raise CatalogueCorrupt("Stored chunk codes cannot be read; run `segue index verify`.")
    return np.frombuffer(blob, dtype="<i2").reshape(-1, n_levels)


def dump_space(space: Space) -> str:
    """Space as JSON."""
    return json.dumps(
        {"tagger": space.tagger, "embedder": space.embedder, "layout": space.layout, "dim": int(space.dim)}
    )


def load_space(text: str) -> Space:
    """Space from JSON. Raises CatalogueCorrupt."""
    try:
        told = json.loads(text)
        return Space(str(told["tagger"]), str(told["embedder"]), str(told["layout"]), int(told["dim"]))
    except (ValueError, KeyError, TypeError) as error:
        raise CatalogueCorrupt(f"The space stored in this catalogue cannot be read: {error!r}.") from error


def dump_vocabulary(vocabulary: TagVocabulary) -> str:
    """Vocabulary as JSON; thresholds come back exactly."""
    return json.dumps({"labels": vocabulary.labels, "thresholds": [float(t) for t in vocabulary.thresholds]})


def load_vocabulary(text: str) -> TagVocabulary:
    """Vocabulary from JSON. Raises CatalogueCorrupt."""
    try:
        told = json.loads(text)
        labels = tuple(str(label) for label in told["labels"])
        thresholds = tuple(float(threshold) for threshold in told["thresholds"])
        return TagVocabulary(labels, thresholds)
    except (ValueError, KeyError, TypeError) as error:
        raise CatalogueCorrupt(f"The vocabulary stored in this catalogue cannot be read: {error!r}.") from error


def dump_tempo(tempo: TempoEstimate) -> str:
    """Tempo as JSON."""
    others = [[float(other.bpm), float(other.confidence)] for other in tempo.alternatives]
    return json.dumps({"bpm": float(tempo.bpm), "confidence": float(tempo.confidence), "alternatives": others})


def load_tempo(text: str) -> TempoEstimate:
    """Tempo from JSON. Raises CatalogueCorrupt."""
    try:
        told = json.loads(text)
        others = tuple(TempoCandidate(float(bpm), float(confidence)) for bpm, confidence in told["alternatives"])
        return TempoEstimate(float(told["bpm"]), float(told["confidence"]), others)
    except (ValueError, KeyError, TypeError) as error:
        raise CatalogueCorrupt(f"A stored tempo cannot be read: {error!r}; run `segue index verify`.") from error


def dump_key(key: KeyEstimate) -> str:
    """Key as JSON, keys as classes 0..23."""
    others = [[int(other.key.index), float(other.confidence)] for other in key.alternatives]
    return json.dumps({"key": int(key.key.index), "confidence": float(key.confidence), "alternatives": others})


def load_key(text: str) -> KeyEstimate:
    """Key from JSON. Raises CatalogueCorrupt."""
    try:
        told = json.loads(text)
        others = tuple(KeyCandidate(key_of(index), float(confidence)) for index, confidence in told["alternatives"])
        return KeyEstimate(key_of(told["key"]), float(told["confidence"]), others)
    except (ValueError, KeyError, TypeError) as error:
        raise CatalogueCorrupt(f"A stored key cannot be read: {error!r}; run `segue index verify`.") from error


def key_of(index: int) -> Key:
    """Key of a stored key class. Raises CatalogueCorrupt."""
    if not 0 <= int(index) < N_KEYS:
        raise CatalogueCorrupt(f"A stored key class is {index}; they are 0 to {N_KEYS - 1}. Run `segue index verify`.")
    return Key.from_index(int(index))


def description_columns(description: Description) -> dict[str, str | None]:
    """What people say of a track."""
    told = description
    return {"title": told.title, "artist": told.artist, "album": told.album, "path": told.path}


def override_columns(bpm: float | None, key: Key | None) -> dict[str, float | int | None]:
    """The owner's word on tempo and key."""
    return {"bpm_override": None if bpm is None else float(bpm), "key_override": None if key is None else key.index}


def heard_columns(new: NewTrack) -> dict[str, Any]:
    """What analysis heard of a track, without its vector and chunks."""
    scores, hearing = floats(new.analysis.tags.scores), new.analysis.hearing
    return {
        "content_hash": new.analysis.content_hash,
        "duration_seconds": float(new.analysis.duration_seconds),
        "tempo": dump_tempo(hearing.tempo),
        "key": dump_key(hearing.key),
        "energy": float(hearing.energy),
        "tag_scores": scores,
        "tag_scores_crc": crc(scores),
    }


def vector_columns(vector: NDArray[np.float32]) -> dict[str, Any]:
    """A track vector and its checksum."""
    blob = floats(vector)
    return {"vector": blob, "crc": crc(blob)}


def chunk_columns(new: NewTrack) -> dict[str, Any]:
    """Chunk embeddings in float16 and their checksum."""
    rows = new.analysis.hearing.chunk_embeddings
    blob = np.ascontiguousarray(rows, dtype="<f2").tobytes()
    return {"n_chunks": rows.shape[0], "dim": rows.shape[1], "embeddings": blob, "crc": crc(blob)}


def load_track(row: Row[Any], vocabulary: TagVocabulary) -> Track:
    """A track from its row. Raises CatalogueCorrupt."""
    scores = read_floats(row.tag_scores, len(vocabulary.labels), f"The tag scores of track {row.id}")
    return Track(
        id=cast(str, row.id),
        content_hash=row.content_hash,
        description=Description(row.title, row.artist, row.album, row.path),
        added_at=row.added_at,
        duration_seconds=row.duration_seconds,
        tags=TagScores(vocabulary, scores),
        estimated_tempo=load_tempo(row.tempo),
        estimated_key=load_key(row.key),
        energy=row.energy,
        bpm_override=row.bpm_override,
        key_override=None if row.key_override is None else key_of(row.key_override),
    )
