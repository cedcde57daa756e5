"""Playlist: a set of tracks from a seed, each of which mixes with the one before.

A search by *keep on* and *drunk*, as in Deej-A.I. (Smith 2019, https://github.com/teticio/Deej-AI): the query is the
mean of the seed and of the last tracks, with noise where it is wanted. Beside that, neighbours keep within limits of
tempo and key, and energy follows a curve.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

import numpy as np

from segue.errors import InvalidRequest
from segue.key import Key
from segue.limits import Limits
from segue.mixer import Mixer, Vector, Weights, similarity, unit
from segue.ports import Catalogue
from segue.seed import Seed
from segue.sets.chain import Chain, Found, search
from segue.sets.conditions import Condition, combined, pools, remaining, without_used
from segue.sets.curve import Curve, CurveName, Phase, Target, check_shape
from segue.sets.ending import Ending, complete, early
from segue.sets.neighbours import Move, NeighbourLimits, Song, Ways
from segue.sets.questions import Ask
from segue.tags import TagGate
from segue.track import Track
from segue.where import Where, folded

MAX_LENGTH = 200
MAX_DURATION_SECONDS = 24 * 3600.0
MAX_KEEP_ON = 20
DEFAULT_LENGTH = 20
_TASTE = ("sound", "tags", "segue")  # what noise is added to; tempo, key and energy stay sober


@dataclass(frozen=True)
class PlaylistOptions:
    """What kind of set.

    Attributes:
        length: how many tracks, 1 to 200, the seed among them where it is played; None leaves it to the duration, or
            to the energies where the curve is written out, and is 20 where neither is told.
        duration_seconds: tracks, at most 200, are added until their durations come to this; None where ``length`` says
            it.
        keep_on: how many of the last tracks count beside the seed, each as much as it, 0 to 20.
        drunk: how much noise is added to the query, 0 to 1; at 1 it is as long as the query itself.
        rng_seed: which noise; the same gives the same set.
        neighbours: how far neighbours may lie apart; the seed is the first track's neighbour only where it is played.
        curve: how energy moves: the name of a curve, which is relative to what the pool offers; energies in [0, 1]
            that are spread evenly over the set; or None.
        max_per_artist: at most so many tracks of one artist; tracks without an artist count as being of different ones.
        play_seed: whether the seed itself is the first track.
        limits: what all tracks must meet, the seed's tempo and energy being those referred to. Keys are limited between
            neighbours only.
        gate: which tags all tracks must share with the seed. Where it may be relaxed it is, step by step, until there
            is a whole set.
        weights: how much each axis counts.

    Raises:
        InvalidRequest: a number out of range, both length and duration, or a key limit for all tracks.
    """

    length: int | None = None
    duration_seconds: float | None = None
    keep_on: int = 3
    drunk: float = 0.0
    rng_seed: int = 0
    neighbours: NeighbourLimits = field(default_factory=NeighbourLimits)
    curve: CurveName | tuple[float, ...] | None = None
    max_per_artist: int | None = None
    play_seed: bool = False
    limits: Limits = field(default_factory=Limits)
    gate: TagGate = field(default_factory=lambda: TagGate(min_shared=1))
    weights: Weights = field(default_factory=Weights)

    def __post_init__(self) -> None:
        if self.length is not None and self.duration_seconds is not None:
            raise InvalidRequest("Both length and duration are given; one of them says how long the set is.")
        if self.length is not None and not 1 <= self.length <= MAX_LENGTH:
            raise InvalidRequest(f"length is {self.length}; it must be 1 to {MAX_LENGTH}.")
        if self.duration_seconds is not None and not 0 < self.duration_seconds <= MAX_DURATION_SECONDS:
            raise InvalidRequest(f"The duration is {self.duration_seconds} s; it must be above 0 and at most 24 hours.")
        if not 0 <= self.keep_on <= MAX_KEEP_ON:
            raise InvalidRequest(f"keep_on is {self.keep_on}; it must be 0 to {MAX_KEEP_ON}.")
        if not 0 <= self.drunk <= 1:
            raise InvalidRequest(f"drunk is {self.drunk}; it must be in [0, 1].")
        if self.rng_seed < 0:
            raise InvalidRequest(f"rng_seed is {self.rng_seed}; it must be 0 or more.")
        if self.max_per_artist is not None and self.max_per_artist < 1:
            raise InvalidRequest(f"max_per_artist is {self.max_per_artist}; it must be 1 or more, or left out.")
        check_pool(self.limits)
        if self.curve is not None:
            check_shape(self.curve)

    @property
    def n_tracks(self) -> int | None:
        """How many tracks; None where the duration says it."""
        if self.duration_seconds is not None or self.length is not None:
            return self.length
        return len(self.curve) if isinstance(self.curve, tuple) else DEFAULT_LENGTH


def check_pool(limits: Limits) -> None:
    """Raises InvalidRequest for limits that only make sense beside one query."""
    if limits.key.mode != "off":
        raise InvalidRequest("Keys are limited between neighbours; leave the key limit for all tracks out.")


@dataclass(frozen=True)
class Placed:
    """One track at its place.

    Attributes:
        position: 1 is the first.
        track: the track; None for a seed or waypoint that is in no catalogue.
        fit: how well it fits what was asked for at its place, in [0, 1]; None where it was given.
        move: what lies between it and the track before it; None at the first place.
        tempo_bpm: its own.
        key: its own.
        energy: its own, in [0, 1].
        energy_target: what the curve wanted; None without a curve and where it was given.
        phase: the phase of the set; None without a named curve.
        relaxed: how many steps the tolerance of the curve was widened for it; 0 is as asked.
        duration_seconds: of its audio.
    """

    position: int
    track: Track | None
    fit: float | None
    move: Move | None
    tempo_bpm: float
    key: Key
    energy: float
    energy_target: float | None = None
    phase: Phase | None = None
    relaxed: int = 0
    duration_seconds: float = 0.0


@dataclass(frozen=True)
class Playlist:
    """A set.

    Attributes:
        tracks: in playing order.
        duration_seconds: of all tracks, one after the other.
        ended: ``complete``, or why it ended early.
        pool: tracks that pass the limits and the gate as finally applied.
        gate: how the tag gate was finally applied: ``as_asked``, ``min_shared=N``, ``parent_genre`` or ``off``.
    """

    tracks: tuple[Placed, ...]
    duration_seconds: float
    ended: Ending
    pool: int
    gate: str


def make_playlist(
    seed: Seed, catalogue: Catalogue, mixer: Mixer, options: PlaylistOptions, track: Track | None = None
) -> Playlist:
    """A set from a seed: no track twice, no near-duplicates, and never shorter than asked for without saying why.

    The same seed, options and catalogue give the same set. The seed's own recording is only played where that is
    asked for.

    Args:
        seed: what it starts from.
        catalogue: where tracks come from.
        mixer: whose vectors they have.
        options: what kind of set.
        track: the track that the seed is, where it is one of the catalogue.
    """
    first = Song.of_seed(seed, mixer, track)
    best: tuple[_SetPlan, Found, str] | None = None
    base = options.limits.where(seed.tempo_bpm, seed.key, seed.energy, Where(until_id=catalogue.newest()))
    for name, where in pools(options.gate, seed.tags, without_used([first], base), catalogue):
        plan = _SetPlan(first, catalogue, mixer, options, where)
        start = Chain().then(first) if options.play_seed else Chain()
        found = search(catalogue, mixer, plan, start, [first])
        if best is None or found.complete or len(found.chain.songs) > len(best[1].chain.songs):
            best = plan, found, name
        if found.complete or len(found.chain.songs) >= MAX_LENGTH:
            break
    assert best is not None  # a gate has at least one step
    plan, found, name = best
    return Playlist(
        plan.placed(found.chain),
        found.chain.duration_seconds,
        complete(len(found.chain.songs)) if found.complete else plan.ending(found),
        catalogue.count(plan.pool),
        name,
    )


class _SetPlan:
    """What a set wants at each place."""

    def __init__(self, seed: Song, catalogue: Catalogue, mixer: Mixer, options: PlaylistOptions, pool: Where) -> None:
        self._seed, self._catalogue, self._mixer, self._options = seed, catalogue, mixer, options
        self.pool = pool
        self._ways = Ways(catalogue, mixer, options.weights)
        self._curve = None if options.curve is None else Curve(options.curve, catalogue.energies(pool))

    def complete(self, chain: Chain) -> bool:
        """Whether it is as long as asked for."""
        if self._options.n_tracks is not None:
            return len(chain.songs) >= self._options.n_tracks
        assert self._options.duration_seconds is not None
        return chain.duration_seconds >= self._options.duration_seconds

    def full(self, chain: Chain) -> bool:
        """Whether there are no more places, or no more tracks."""
        return len(chain.songs) >= MAX_LENGTH or chain.n_found == self._catalogue.count(self.pool)

    def given(self, chain: Chain) -> Song | None:
        """Nothing is given behind the seed."""
        return None

    def allows(self, chain: Chain, song: Song) -> bool:
        """Nothing is given."""
        return True

    def ask(self, chain: Chain) -> Ask:
        """What may come next, with ever wider windows of energy."""
        query = self._ways.query(self._wanted(chain))
        where = combined(self.pool, self._conditions(chain))
        target = self._target(chain)
        return Ask(query, where) if target is None else Ask(query, where, target.windows)

    def placed(self, chain: Chain) -> tuple[Placed, ...]:
        """The songs with what is told of them."""
        told = []
        for i, (song, score) in enumerate(zip(chain.songs, chain.scores, strict=True)):
            before = Chain(chain.songs[:i], chain.scores[:i], chain.strains[:i])
            target = None if score is None else self._target(before)
            told.append(
                Placed(
                    position=i + 1,
                    track=song.track,
                    fit=None if score is None else similarity(score),
                    move=self._ways.move(before.songs[-1], song) if before.songs else None,
                    tempo_bpm=song.tempo_bpm,
                    key=song.key,
                    energy=song.energy,
                    energy_target=None if target is None else target.energy,
                    phase=None if target is None else target.phase,
                    relaxed=chain.strains[i],
                    duration_seconds=song.duration_seconds,
                )
            )
        return tuple(told)

    def ending(self, found: Found) -> Ending:
        """Why it ended where it did."""
        used: Condition = ("used", lambda where: without_used(found.chain.songs, where))
        left = remaining(self._catalogue, self.pool, [used, *self._conditions(found.chain)])
        return early(left, self._catalogue.count(self.pool), found, self._last(found.chain), self._options.neighbours)

    def _conditions(self, chain: Chain) -> list[Condition]:
        limits, full = self._options.neighbours, self._full_artists(chain)
        conditions: list[Condition] = []
        if full:
            conditions.append(("artist", lambda where: replace(where, exclude_artists=where.exclude_artists | full)))
        if chain.songs:
            last = chain.songs[-1]
            conditions += [
                ("tempo", lambda where: limits.tempo_behind(last, where)),
                ("key", lambda where: limits.key_behind(last, where)),
            ]
        if len(chain.songs) >= MAX_LENGTH:
            conditions.append(("length", lambda where: replace(where, ids=frozenset())))
        return conditions

    def _full_artists(self, chain: Chain) -> frozenset[str]:
        """Artists of whom no further track may come."""
        most = self._options.max_per_artist
        if most is None:
            return frozenset()
        names = Counter(folded(song.track.description.artist or "") for song in chain.songs if song.track)
        return frozenset(name for name, n in names.items() if name and n >= most)

    def _last(self, chain: Chain) -> Song:
        return chain.songs[-1] if chain.songs else self._seed

    def _target(self, chain: Chain) -> Target | None:
        if self._curve is None:
            return None
        if self._options.n_tracks is not None:
            return self._curve.target(len(chain.songs) / max(1, self._options.n_tracks - 1))
        assert self._options.duration_seconds is not None
        return self._curve.target(min(1.0, chain.duration_seconds / self._options.duration_seconds))

    def _wanted(self, chain: Chain) -> Vector:
        """What should come next: the mean of the seed and the last songs, block by block, with noise."""
        kept = [song for song in chain.songs[-self._options.keep_on :] if song is not self._seed]
        songs = [self._seed, *kept] if self._options.keep_on else [self._seed]
        wanted: Vector = np.sum([song.vector for song in songs], axis=0, dtype=np.float32)
        segue = self._mixer.blocks["segue"]
        wanted[segue] = self._ways.end(self._last(chain))
        rng = np.random.default_rng([self._options.rng_seed, len(chain.songs)])
        for axis, block in self._mixer.blocks.items():
            wanted[block] = unit(wanted[block])
            if axis in _TASTE:
                noise = rng.standard_normal(block.stop - block.start).astype(np.float32)
                scale = np.float32(self._options.drunk / np.sqrt(len(noise)))
                wanted[block] = unit(wanted[block] + scale * noise)
        return wanted
