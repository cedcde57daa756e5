"""Path: tracks that lead from one waypoint to the next, evenly spaced, each mixing with the one before.

What is looked for between two waypoints turns evenly from one to the other, block by block: a spherical interpolation
(Shoemake 1985, *Animating rotation with quaternion curves*).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from segue.errors import InvalidRequest
from segue.limits import Limits
from segue.mixer import Mixer, Vector, Weights, energy_block, similarity, tempo_block, unit
from segue.playlist import MAX_LENGTH, Placed, check_pool
from segue.ports import Catalogue
from segue.seed import Seed
from segue.sets.chain import Chain, Found, search
from segue.sets.conditions import Condition, combined, pools, remaining, without_used
from segue.sets.ending import Ending, complete, early, out_of_reach
from segue.sets.neighbours import NeighbourLimits, Song, Ways
from segue.sets.questions import Ask
from segue.tags import TagGate
from segue.tempo import tempo_ratio
from segue.track import Track
from segue.where import Where

DEFAULT_BETWEEN = 5


@dataclass(frozen=True)
class PathOptions:
    """What kind of path.

    Attributes:
        n_between: how many tracks between one waypoint and the next, 0 or more; None leaves it to ``length``, and is 5
            where neither is told.
        length: how many tracks in all, the waypoints among them, at most 200; where they cannot be spread quite evenly,
            the numbers between waypoints differ by one.
        neighbours: how far neighbours may lie apart, waypoints among them.
        limits: what all tracks between waypoints must meet; tempo and energy refer to the first waypoint. Keys are
            limited between neighbours only.
        gate: which tags all tracks between waypoints must share with the waypoints, whose tags count together. Where it
            may be relaxed it is, step by step, until there is a way.
        weights: how much each axis counts.
        partial: whether to answer how far it leads where it does not lead to the end.

    Raises:
        InvalidRequest: a number out of range, both numbers, or a key limit for all tracks.
    """

    n_between: int | None = None
    length: int | None = None
    neighbours: NeighbourLimits = field(default_factory=NeighbourLimits)
    limits: Limits = field(default_factory=Limits)
    gate: TagGate = field(default_factory=lambda: TagGate(min_shared=0))
    weights: Weights = field(default_factory=Weights)
    partial: bool = False

    def __post_init__(self) -> None:
        if self.n_between is not None and self.length is not None:
            raise InvalidRequest("Both n_between and length are given; one of them says how long the path is.")
        if self.n_between is not None and not 0 <= self.n_between <= MAX_LENGTH:
            raise InvalidRequest(f"n_between is {self.n_between}; it must be 0 to {MAX_LENGTH}.")
        if self.length is not None and not 2 <= self.length <= MAX_LENGTH:
            raise InvalidRequest(f"length is {self.length}; it must be 2 to {MAX_LENGTH}.")
        check_pool(self.limits)

    def places(self, n_waypoints: int) -> list[int]:
        """At which places, from 0, so many waypoints stand.

        Raises:
            InvalidRequest: they do not fit in.
        """
        if n_waypoints < 2:
            raise InvalidRequest(f"A path needs two or more waypoints; it has {n_waypoints}.")
        if self.length is not None:
            if self.length < n_waypoints:
                raise InvalidRequest(f"length is {self.length}; {n_waypoints} waypoints do not fit in.")
            return [round(i * (self.length - 1) / (n_waypoints - 1)) for i in range(n_waypoints)]
        steps = 1 + (DEFAULT_BETWEEN if self.n_between is None else self.n_between)
        if (n_waypoints - 1) * steps >= MAX_LENGTH:
            raise InvalidRequest(
                f"{n_waypoints} waypoints with {steps - 1} tracks between would be more than {MAX_LENGTH} tracks."
            )
        return [i * steps for i in range(n_waypoints)]


@dataclass(frozen=True)
class Waypoint:
    """What a path leads through.

    Attributes:
        seed: what was heard in it.
        track: the track that it is, where it is one of the catalogue.
    """

    seed: Seed
    track: Track | None = None


@dataclass(frozen=True)
class TrackPath:
    """The answer.

    Attributes:
        tracks: in playing order, the waypoints among them; empty where it does not lead to the end, unless a part was
            asked for.
        waypoints: places of the waypoints, 1 is the first.
        duration_seconds: of all tracks, one after the other.
        ended: ``complete``, or where and why it broke off.
        pool: tracks that pass the limits and the gate as finally applied.
        gate: how the tag gate was finally applied: ``as_asked``, ``min_shared=N``, ``parent_genre`` or ``off``.
    """

    tracks: tuple[Placed, ...]
    waypoints: tuple[int, ...]
    duration_seconds: float
    ended: Ending
    pool: int
    gate: str


def find_path(waypoints: Sequence[Waypoint], catalogue: Catalogue, mixer: Mixer, options: PathOptions) -> TrackPath:
    """The way through waypoints: they stand exactly at their places, no track is there twice, neighbours mix.

    The same waypoints, options and catalogue give the same path.

    Raises:
        InvalidRequest: fewer than two waypoints, one of them twice, or more than fit in.
    """
    songs = [Song.of_seed(waypoint.seed, mixer, waypoint.track) for waypoint in waypoints]
    places = options.places(len(songs))
    _check_different(songs)
    first = waypoints[0].seed
    best: tuple[_WayPlan, Found, str] | None = None
    base = options.limits.where(first.tempo_bpm, first.key, first.energy, Where(until_id=catalogue.newest()))
    tags = replace(first.tags, scores=np.max([waypoint.seed.tags.scores for waypoint in waypoints], axis=0))
    for name, pool in pools(options.gate, tags, without_used(songs, base), catalogue):
        plan = _WayPlan(songs, places, pool, catalogue, mixer, options)
        start = Chain().then(songs[0])
        hopeless = plan.broken is not None and not options.partial
        found = Found(start, False, 1, True) if hopeless else search(catalogue, mixer, plan, start, songs)
        if best is None or found.complete or len(found.chain.songs) > len(best[1].chain.songs):
            best = plan, found, name
        if found.complete or plan.broken is not None:
            break
    assert best is not None  # a gate has at least one step
    plan, found, name = best
    ended = complete(len(found.chain.songs)) if found.complete else plan.ending(found)
    shown = found.chain if found.complete or options.partial else Chain()
    numbers = tuple(place + 1 for place in places)
    return TrackPath(plan.placed(shown), numbers, shown.duration_seconds, ended, catalogue.count(plan.pool), name)


def _check_different(songs: Sequence[Song]) -> None:
    seen: set[str] = set()
    for i, song in enumerate(songs, start=1):
        if seen & song.content_hashes:
            raise InvalidRequest(f"Waypoint {i} is the same recording as one before it; a path holds each once.")
        seen |= song.content_hashes


class _WayPlan:
    """What a path wants at each place."""

    def __init__(
        self,
        waypoints: list[Song],
        places: list[int],
        pool: Where,
        catalogue: Catalogue,
        mixer: Mixer,
        options: PathOptions,
    ) -> None:
        self.pool = pool
        self._waypoints, self._places = waypoints, places
        self._catalogue, self._mixer, self._options = catalogue, mixer, options
        self._ways = Ways(catalogue, mixer, options.weights)
        self.broken = self._broken()

    def complete(self, chain: Chain) -> bool:
        """Whether it leads to the last waypoint."""
        return len(chain.songs) > self._places[-1]

    def full(self, chain: Chain) -> bool:
        """Whether there are no more tracks."""
        return chain.n_found == self._catalogue.count(self.pool)

    def given(self, chain: Chain) -> Song | None:
        """The waypoint that stands at the next place."""
        place = len(chain.songs)
        return self._waypoints[self._places.index(place)] if place in self._places else None

    def allows(self, chain: Chain, song: Song) -> bool:
        """Whether a waypoint mixes with the last song."""
        return self._options.neighbours.allow(chain.songs[-1], song)

    def ask(self, chain: Chain) -> Ask:
        """What lies between the waypoints here, and from where the next one can be reached."""
        _, goal, _, steps_left = self._leg(len(chain.songs))
        limits = self._options.neighbours
        query = self._ways.query(self._wanted(chain))
        where = combined(self.pool, self._conditions(chain))
        if steps_left == 1 and not limits.key_lock:
            return Ask(query, where, fits=lambda song: limits.allow(song, goal))
        return Ask(query, where)

    def placed(self, chain: Chain) -> tuple[Placed, ...]:
        """The songs with what is told of them."""
        return tuple(
            Placed(
                position=i + 1,
                track=song.track,
                fit=None if score is None else similarity(score),
                move=self._ways.move(chain.songs[i - 1], song) if i else None,
                tempo_bpm=song.tempo_bpm,
                key=song.key,
                energy=song.energy,
                duration_seconds=song.duration_seconds,
            )
            for i, (song, score) in enumerate(zip(chain.songs, chain.scores, strict=True))
        )

    def ending(self, found: Found) -> Ending:
        """Where and why it broke off."""
        if self.broken is not None:
            return self.broken
        chain = found.chain
        _, goal, _, steps_left = self._leg(len(chain.songs))
        if not steps_left:
            return out_of_reach(len(chain.songs), chain.songs[-1], goal, 1, self._options.neighbours)
        used: Condition = ("used", lambda where: without_used(chain.songs, where))
        left = remaining(self._catalogue, self.pool, [used, *self._conditions(chain)])
        pool = self._catalogue.count(self.pool)
        return early(left, pool, found, chain.songs[-1], self._options.neighbours, goal, steps_left == 1)

    def _broken(self) -> Ending | None:
        """The first leg that is too short, however much music there were."""
        for i in range(len(self._places) - 1):
            start, goal, steps = self._waypoints[i], self._waypoints[i + 1], self._places[i + 1] - self._places[i]
            if self._options.neighbours.fewest_steps(start, goal) > steps:
                return out_of_reach(self._places[i] + 1, start, goal, steps, self._options.neighbours)
        return None

    def _conditions(self, chain: Chain) -> list[Condition]:
        last, limits = chain.songs[-1], self._options.neighbours
        _, goal, _, steps_left = self._leg(len(chain.songs))
        return [
            ("tempo", lambda where: limits.tempo_behind(last, where)),
            ("key", lambda where: limits.key_behind(last, where)),
            ("waypoint_tempo", lambda where: limits.tempo_ahead(goal, steps_left, where)),
            ("waypoint_key", lambda where: limits.key_ahead(goal, steps_left, where)),
        ]

    def _leg(self, place: int) -> tuple[Song, Song, float, int]:
        """The waypoints around a place, how far between them it is, in [0, 1], and the steps that are left from it."""
        leg = next(i for i, ends in enumerate(self._places[1:]) if place <= ends)
        begins, ends = self._places[leg], self._places[leg + 1]
        return self._waypoints[leg], self._waypoints[leg + 1], (place - begins) / (ends - begins), ends - place

    def _wanted(self, chain: Chain) -> Vector:
        """What lies evenly between two waypoints and follows the last song, ``(dim,)`` float32."""
        start, goal, at, _ = self._leg(len(chain.songs))
        wanted = start.vector.copy()
        for block in self._mixer.blocks.values():
            wanted[block] = turned(start.vector[block], goal.vector[block], at)
        ratio, _ = tempo_ratio(start.tempo_bpm, goal.tempo_bpm)
        wanted[self._mixer.blocks["tempo"]] = tempo_block(
            start.tempo_bpm * (goal.tempo_bpm / ratio / start.tempo_bpm) ** at
        )
        wanted[self._mixer.blocks["segue"]] = self._ways.end(chain.songs[-1])
        wanted[self._mixer.blocks["energy"]] = energy_block(start.energy + at * (goal.energy - start.energy))
        return wanted


def turned(start: Vector, goal: Vector, at: float) -> Vector:
    """The unit vector at a share ``at`` of the way from one to another, at even angles.

    Opposites have no one way between them; theirs goes straight.

    Args:
        start: ``(n,)`` float32 of length 1; zeros where it says nothing.
        goal: likewise.
        at: in [0, 1].
    """
    angle = math.acos(min(1.0, max(-1.0, float(start @ goal))))
    if math.sin(angle) < 1e-3 or not (start.any() and goal.any()):
        return unit(np.asarray((1 - at) * start + at * goal, dtype=np.float32))
    share = math.sin((1 - at) * angle) / math.sin(angle), math.sin(at * angle) / math.sin(angle)
    return unit(np.asarray(share[0] * start + share[1] * goal, dtype=np.float32))
