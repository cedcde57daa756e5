"""Live: what was heard lately from a deck or a microphone, and what it asks to be followed by.

Audio comes in pieces of a few seconds. Each is heard by itself; a listening remembers the last minute of them and lets
newer ones count more, so that it is steady within a track and follows within half a minute when the track changes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from segue.audio.chunks import CHUNK_SECONDS
from segue.codebook import NO_CODES, Codes
from segue.errors import InvalidRequest
from segue.key import Key, KeyCandidate, KeyEstimate
from segue.mixer import Features, Mixer, unit
from segue.seed import Seed
from segue.tags import TagScores
from segue.tempo import TempoCandidate, TempoEstimate
from segue.track import EDGE_CHUNKS, Analysis, Track, mean_direction

LATELY_SECONDS = 60.0  # how far back a listening reaches
HALF_LIFE_SECONDS = 15.0  # of a second's weight
NOW_CHUNKS = 8  # chunks that are followed: 29.5 s
SAME_BEAT = 0.02  # readings of a tempo that differ by no larger share are one
MAX_ALTERNATIVES = 3

_LATELY_CHUNKS = int(LATELY_SECONDS / CHUNK_SECONDS)

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Listening:
    """What was heard lately, piece by piece. A new one has heard nothing.

    A second counts half as much once 15 more were heard after it; time in which nothing was heard does not count.

    Attributes:
        pieces: what was heard in each piece, oldest first; those that ended more than a minute ago are gone.
        heard_seconds: of all pieces there ever were.
    """

    pieces: tuple[Analysis, ...] = ()
    heard_seconds: float = 0.0

    def heard(self, analysis: Analysis) -> Listening:
        """The listening after one more piece."""
        kept = [_end_of(analysis)]
        age = analysis.duration_seconds
        for piece in reversed(self.pieces):
            if age >= LATELY_SECONDS:
                break
            kept.insert(0, piece)
            age += piece.duration_seconds
        return Listening(tuple(kept), self.heard_seconds + analysis.duration_seconds)

    @cached_property
    def shares(self) -> Floats:
        """How much each piece counts, ``(n_pieces,)`` float32 summing to 1.

        Raises:
            InvalidRequest: nothing was heard yet.
        """
        lengths = np.array([piece.duration_seconds for piece in self._heard_pieces()])
        ends = np.cumsum(lengths[::-1])[::-1] - lengths  # seconds heard since each piece ended
        weights = 0.5 ** (ends / HALF_LIFE_SECONDS) - 0.5 ** ((ends + lengths) / HALF_LIFE_SECONDS)
        return np.asarray(weights / weights.sum(), dtype=np.float32)

    @cached_property
    def tempo(self) -> TempoEstimate:
        """What most of it votes for, each piece by its confidence and share."""
        return vote_tempo([(piece.hearing.tempo, share) for piece, share in self._newest_first()])

    @cached_property
    def key(self) -> KeyEstimate:
        """What most of it votes for, each piece by its confidence and share."""
        return vote_key([(piece.hearing.key, share) for piece, share in self._newest_first()])

    @cached_property
    def energy(self) -> float:
        """Weighted mean, in [0, 1]."""
        return float(self.shares @ np.array([piece.hearing.energy for piece in self.pieces], dtype=np.float32))

    @cached_property
    def tags(self) -> TagScores:
        """Weighted mean of the scores."""
        scores = self.shares @ np.stack([piece.tags.scores for piece in self.pieces])
        return TagScores(self.pieces[-1].tags.vocabulary, np.clip(scores, 0.0, 1.0))

    @cached_property
    def chunks(self) -> Floats:
        """Chunk embeddings of the last minute, ``(n_chunks, sound_dim)`` float32, at most 16."""
        rows = [piece.hearing.chunk_embeddings for piece in self._heard_pieces()]
        return np.concatenate(rows)[-_LATELY_CHUNKS:]

    @cached_property
    def codes(self) -> Codes:
        """Words of those chunks, ``(n_chunks, n_levels)`` int16; without any where the embedder has no codebook."""
        if not all(piece.hearing.codes.size for piece in self._heard_pieces()):
            return NO_CODES
        return np.concatenate([piece.hearing.codes for piece in self.pieces])[-_LATELY_CHUNKS:]

    @property
    def now(self) -> Floats:
        """Chunk embeddings of what is playing now, ``(n_chunks, sound_dim)`` float32, at most 8 (29.5 s)."""
        return self.chunks[-NOW_CHUNKS:]

    def seed(self, mixer: Mixer, hidden: Iterable[Track] = ()) -> Seed:
        """What may follow what is playing now.

        Args:
            mixer: whose vectors the networks fill.
            hidden: tracks that are not to be recommended: what is playing, if the catalogue has it.

        Raises:
            InvalidRequest: nothing was heard yet.
        """
        ages = CHUNK_SECONDS * np.arange(len(self.chunks))[::-1]
        sound = unit(np.asarray(0.5 ** (ages / HALF_LIFE_SECONDS) @ self.chunks, dtype=np.float32))
        now = mean_direction(self.now)
        heard = Features(sound, self.tags, self.tempo.bpm, self.key.key, self.energy, now)
        return Seed(
            mixer.followed_by(mixer.encode(heard), now),
            self.tags,
            self.tempo.bpm,
            self.key.key,
            self.energy,
            min(self.heard_seconds, LATELY_SECONDS),
            frozenset(track.content_hash for track in hidden),
            self.chunks,
            codes=self.codes,
            leaves_from_seconds=math.inf,
        )

    def _heard_pieces(self) -> tuple[Analysis, ...]:
        if not self.pieces:
            raise InvalidRequest("Nothing was heard yet; a few seconds of audio are needed.")
        return self.pieces

    def _newest_first(self) -> Iterator[tuple[Analysis, float]]:
        return zip(reversed(self.pieces), reversed(self.shares.tolist()), strict=True)


def _end_of(piece: Analysis) -> Analysis:
    """A piece without the chunks that are too old already: a listening stays small whatever it is given."""
    heard = piece.hearing
    chunks = heard.chunk_embeddings[-_LATELY_CHUNKS:].copy()
    codes = heard.codes[-_LATELY_CHUNKS:].copy()
    return replace(piece, hearing=replace(heard, chunk_embeddings=chunks, codes=codes, bars=None))


def left_at(seed: Seed, position_seconds: float, mixer: Mixer) -> Seed:
    """What may follow a track when it is left at a position.

    The 29.5 s before the position are followed; near the beginning, the first 14.8 s. Tempo, key, energy and tags stay
    those of the track.

    Args:
        seed: the track, its chunks and its duration.
        position_seconds: from its beginning.
        mixer: whose vector it has.

    Raises:
        InvalidRequest: the position is outside the track.
    """
    if not 0 <= position_seconds <= seed.duration_seconds:
        raise InvalidRequest(
            f"position_seconds is {position_seconds:g}; the track lasts {seed.duration_seconds:.1f} seconds."
        )
    end = min(len(seed.chunks), max(EDGE_CHUNKS, round(position_seconds / CHUNK_SECONDS)))
    now = mean_direction(seed.chunks[max(0, end - NOW_CHUNKS) : end])
    vector = mixer.followed_by(seed.vector, now)
    return replace(seed, vector=vector, leaves_from_seconds=position_seconds)


def vote_tempo(ballots: Iterable[tuple[TempoEstimate, float]]) -> TempoEstimate:
    """The tempo that most of the estimates speak for.

    Every reading, alternatives too, counts by its confidence times its estimate's share; readings within 2 % of each
    other are counted together. The first of equals wins.

    Args:
        ballots: estimates with their shares, which sum to 1; at least one.
    """
    readings = []
    for estimate, share in ballots:
        told = [TempoCandidate(estimate.bpm, estimate.confidence), *estimate.alternatives]
        readings += [(reading.bpm, share * reading.confidence) for reading in told]
    found: list[TempoCandidate] = []
    while readings and len(found) <= MAX_ALTERNATIVES:
        groups = [[other for other in readings if abs(other[0] / bpm - 1) <= SAME_BEAT] for bpm, _ in readings]
        supports = [sum(weight for _, weight in group) for group in groups]
        best = supports.index(max(supports))
        if found and not supports[best]:
            break
        bpm = _mean(groups[best], readings[best][0])
        found.append(TempoCandidate(round(bpm, 1), min(1.0, supports[best])))
        readings = [reading for reading in readings if reading not in groups[best]]
    return TempoEstimate(found[0].bpm, found[0].confidence, tuple(found[1:]))


def vote_key(ballots: Iterable[tuple[KeyEstimate, float]]) -> KeyEstimate:
    """The key that most of the estimates speak for, counted as tempi are.

    Args:
        ballots: estimates with their shares, which sum to 1; at least one.
    """
    supports: dict[Key, float] = {}
    for estimate, share in ballots:
        for told in (KeyCandidate(estimate.key, estimate.confidence), *estimate.alternatives):
            supports[told.key] = supports.get(told.key, 0.0) + share * told.confidence
    ranked = sorted(supports, key=lambda key: -supports[key])
    found = [KeyCandidate(key, min(1.0, supports[key])) for key in ranked[: MAX_ALTERNATIVES + 1]]
    others = tuple(other for other in found[1:] if other.confidence)
    return KeyEstimate(found[0].key, found[0].confidence, others)


def _mean(readings: list[tuple[float, float]], otherwise: float) -> float:
    total = sum(weight for _, weight in readings)
    return sum(bpm * (weight / total) for bpm, weight in readings) if total > 0 else otherwise
