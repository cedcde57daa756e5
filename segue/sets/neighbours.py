"""Neighbours: what two tracks that are played one after the other must have in common, as conditions of a search."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cache, cached_property

import numpy as np

from segue.beside import beside
from segue.diversity import SAME_TEMPO, Facts
from segue.errors import InvalidRequest
from segue.key import N_KEYS, Key, KeyMode, Relation, keys_in_mode, transposed
from segue.limits import METRICAL_LEVELS, intersection
from segue.mixer import Mixer, Vector, Weights
from segue.ports import Catalogue, Hit
from segue.seed import Seed
from segue.tempo import semitones_when_matched
from segue.track import EDGE_CHUNKS, Track, mean_direction
from segue.where import Range, Where

MAX_DRIFT_PERCENT = 25.0  # beyond, half and double time could no longer be told apart from a large drift
_ROUNDING = 1e-9  # what is right on the edge passes
_MOST_STEPS = 1000
_MOST_OCTAVES = 3  # between the slowest and the fastest tempo that analysis reports


@dataclass(frozen=True)
class Song:
    """A track that takes a place in a playlist or a path.

    Attributes:
        track: the track of the catalogue; None for what is in none.
        vector: its track vector, ``(dim,)`` float32.
        tempo_bpm: beats per minute.
        key: the key.
        energy: in [0, 1].
        duration_seconds: of the audio.
        content_hashes: of all recordings in it.
        seed: the seed that it is, where it was not found by a search.
    """

    track: Track | None
    vector: Vector
    tempo_bpm: float
    key: Key
    energy: float
    duration_seconds: float
    content_hashes: frozenset[str]
    seed: Seed | None = None

    @cached_property
    def facts(self) -> Facts:
        """What tells it from other recordings beside its sound."""
        if self.track is not None:
            return Facts.of(self.track)
        return Facts(self.tempo_bpm, self.key, self.duration_seconds)

    @classmethod
    def of_hit(cls, hit: Hit) -> Song:
        """What a search found."""
        track = hit.track
        return cls(
            track,
            hit.vector,
            track.tempo.bpm,
            track.key.key,
            track.energy,
            track.duration_seconds,
            frozenset({track.content_hash}),
        )

    @classmethod
    def of_seed(cls, seed: Seed, mixer: Mixer, track: Track | None = None) -> Song:
        """A seed, with the track that it is where it is one of the catalogue."""
        intro = mean_direction(seed.chunks[:EDGE_CHUNKS])
        return cls(
            track,
            mixer.followed_by(seed.vector, intro),  # a seed's vector says how it ends, a track's how it begins
            seed.tempo_bpm,
            seed.key,
            seed.energy,
            seed.duration_seconds,
            seed.content_hashes,
            seed,
        )


def same_recording(song: Song, other: Song, sound: slice) -> bool:
    """Whether two songs are near-duplicates, by the rule of :mod:`segue.diversity`."""
    if abs(song.tempo_bpm / other.tempo_bpm - 1) > SAME_TEMPO:  # most often all that has to be looked at
        return False
    return song.facts.same_recording(other.facts, float(song.vector[sound] @ other.vector[sound]))


@dataclass(frozen=True)
class Move:
    """What lies between a track and the one that is played before it.

    Attributes:
        tempo_ratio: 0.5, 1 or 2: the metrical level at which both beat together.
        pitch_percent: change of the later one's playing speed that this needs.
        key_relation: what the move between their keys is called.
        pitched_key: the later one's key as heard after that change without key lock.
        pitched_relation: what the move to that key is called.
        similarity: weighted cosine of the two, in [-1, 1].
    """

    tempo_ratio: float
    pitch_percent: float
    key_relation: Relation
    pitched_key: Key
    pitched_relation: Relation
    similarity: float


class Ways:
    """From songs to what is alike and follows them."""

    def __init__(self, catalogue: Catalogue, mixer: Mixer, weights: Weights) -> None:
        self._catalogue, self._mixer, self._weights = catalogue, mixer, weights
        self._shares = mixer.query(np.ones(mixer.dim, dtype=np.float32), weights)
        self._ends: dict[str, Vector] = {}

    def query(self, wanted: Vector) -> Vector:
        """The query for a track vector."""
        return wanted * self._shares

    def end(self, song: Song) -> Vector:
        """How a song ends, ``(sound_dim,)`` float32; looked up only where that has a weight."""
        if song.seed is not None:
            return song.seed.vector[self._mixer.blocks["segue"]]
        if song.track is None or not self._weights.segue:
            return song.vector[self._mixer.blocks["segue"]]
        if song.track.id not in self._ends:
            chunks = self._catalogue.chunk_embeddings(song.track.id).astype(np.float32)
            self._ends[song.track.id] = mean_direction(chunks[-EDGE_CHUNKS:])
        return self._ends[song.track.id]

    def move(self, before: Song, song: Song) -> Move:
        """What lies between two songs."""
        query = self.query(self._mixer.followed_by(before.vector, self.end(before)))
        found = beside(before.tempo_bpm, before.key, song.tempo_bpm, song.key)
        return Move(**found._asdict(), similarity=float(np.dot(query, song.vector)))


@dataclass(frozen=True)
class NeighbourLimits:
    """How far neighbours may lie apart; never loosened.

    Attributes:
        max_bpm_drift_percent: by how much the faster one of two neighbours may exceed the slower one, once half and
            double time are counted in, 0 to 25; the playing speed of neither need then be changed by more. None means
            that tempo does not matter.
        half_double: whether neighbours may also meet at half or double time.
        key_mode: ``off``, ``exact``, ``standard`` or ``extended``; see ``segue.key.MODE_RELATIONS``.
        key_lock: whether the player keeps a track's key when it is pitched; without key lock, the key that is then
            heard beside the track before, at that track's own tempo, has to pass.

    Raises:
        InvalidRequest: a drift out of range.
    """

    max_bpm_drift_percent: float | None = 6.0
    half_double: bool = True
    key_mode: KeyMode = "standard"
    key_lock: bool = True

    def __post_init__(self) -> None:
        drift = self.max_bpm_drift_percent
        if drift is not None and not 0 <= drift <= MAX_DRIFT_PERCENT:
            raise InvalidRequest(f"The BPM drift is {drift} %; it must be 0 to {MAX_DRIFT_PERCENT:g}, 6 is common.")

    def tempo_behind(self, song: Song, where: Where) -> Where:
        """The conditions, and a tempo that may follow a song."""
        return _with_bpm(where, self._tempi_behind(song))

    def key_behind(self, song: Song, where: Where) -> Where:
        """The conditions, and a key that may follow a song."""
        keys = keys_in_mode(song.key, self.key_mode)
        return replace(where, keys=keys, keys_at_bpm=None if self.key_lock else song.tempo_bpm)

    def tempo_ahead(self, goal: Song, steps: int, where: Where) -> Where:
        """The conditions, and a tempo from which a goal can be reached in so many steps."""
        if self.max_bpm_drift_percent is None:
            return where
        octaves = range(-min(steps, _MOST_OCTAVES), min(steps, _MOST_OCTAVES) + 1) if self.half_double else (0,)
        drift = self._drift(self.max_bpm_drift_percent) ** steps
        low, high = goal.tempo_bpm / drift, goal.tempo_bpm * drift
        return _with_bpm(where, tuple(Range(low * 2.0**octave, high * 2.0**octave) for octave in octaves))

    def key_ahead(self, goal: Song, steps: int, where: Where) -> Where:
        """The conditions, and a key from which a goal can be reached in so many steps.

        Without key lock the answer depends on the tempi in between, and nothing is asked here: ``allow`` has the last
        word where the goal is reached.
        """
        if self.key_mode == "off" or not self.key_lock:
            return where
        keys = keys_leading_to(goal.key.index, self.key_mode, steps)
        keys = where.keys & keys if where.keys else keys
        return replace(where, keys=keys) if keys else replace(where, ids=frozenset())

    def allow(self, before: Song, song: Song) -> bool:
        """Whether one song may follow another."""
        return self.allow_tempo(before, song) and self.allow_key(before, song)

    def allow_tempo(self, before: Song, song: Song) -> bool:
        """Whether one song's tempo may follow another's."""
        return _holds(self._tempi_behind(before), song.tempo_bpm)

    def allow_key(self, before: Song, song: Song) -> bool:
        """Whether one song's key may follow another's."""
        shift = 0 if self.key_lock else int(semitones_when_matched(before.tempo_bpm, song.tempo_bpm))
        keys = keys_in_mode(before.key, self.key_mode)
        return not keys or transposed(song.key, shift).index in keys

    def fewest_steps(self, start: Song, goal: Song) -> float:
        """Steps that it takes from one song to another, however much music there is; infinite where none are enough."""
        if self.allow(start, goal):
            return 1
        return max(2, self.fewest_steps_by_tempo(start, goal), self.fewest_steps_by_key(start, goal))

    def fewest_steps_by_tempo(self, start: Song, goal: Song) -> float:
        """Steps that the tempo alone takes."""
        ahead = (self.tempo_ahead(goal, steps, Where()).bpm for steps in range(1, _MOST_STEPS))
        return next((n for n, tempi in enumerate(ahead, start=1) if _holds(tempi, start.tempo_bpm)), math.inf)

    def fewest_steps_by_key(self, start: Song, goal: Song) -> float:
        """Steps that the key alone takes; 1 without key lock, where keys also move with the tempo."""
        if self.key_mode == "off" or not self.key_lock:
            return 1
        ahead = (keys_leading_to(goal.key.index, self.key_mode, steps) for steps in range(1, N_KEYS + 1))
        return next((n for n, keys in enumerate(ahead, start=1) if start.key.index in keys), math.inf)

    def _tempi_behind(self, song: Song) -> tuple[Range, ...]:
        if self.max_bpm_drift_percent is None:
            return ()
        drift = self._drift(self.max_bpm_drift_percent)
        tempi = [song.tempo_bpm * level for level in (METRICAL_LEVELS if self.half_double else METRICAL_LEVELS[:1])]
        return tuple(Range(bpm / drift, bpm * drift) for bpm in tempi)

    @staticmethod
    def _drift(percent: float) -> float:
        """How many times as fast the faster one may be."""
        return 1 + percent / 100 + _ROUNDING


@cache
def keys_leading_to(index: int, mode: KeyMode, steps: int) -> frozenset[int]:
    """Classes of the keys from which a key is reached in so many moves of a mode; staying is a move as well."""
    if not steps:
        return frozenset({index})
    if steps > N_KEYS:  # whatever can be reached at all has been
        return keys_leading_to(index, mode, N_KEYS)
    nearer = keys_leading_to(index, mode, steps - 1)
    return frozenset(some for some in range(N_KEYS) if keys_in_mode(Key.from_index(some), mode) & nearer)


def _with_bpm(where: Where, tempi: tuple[Range, ...]) -> Where:
    if not tempi:
        return where
    return replace(where, bpm=intersection(where.bpm, tempi) if where.bpm else tempi)


def _holds(tempi: tuple[Range, ...], bpm: float) -> bool:
    return not tempi or any(window.holds(bpm) for window in tempi)
