"""Limits: what a DJ will not compromise on, as conditions that the catalogue evaluates."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from segue.errors import InvalidRequest
from segue.key import Key, KeyMode, keys_in_mode
from segue.where import ANY, Range, Where

METRICAL_LEVELS = (1.0, 0.5, 2.0)
STEADY_ENERGY = 0.1  # how far energy may stray and still count as steady

EnergyDirection = Literal["any", "up", "down", "steady"]


@dataclass(frozen=True)
class TempoLimit:
    """Which tempi pass: a window, or whatever can be pitched to a target.

    Attributes:
        min_bpm: the slowest; None means no lower end.
        max_bpm: the fastest; None means no upper end.
        target_bpm: what results must be pitched to; None means the query's tempo.
        tolerance_percent: how far the playing speed of a result may be changed to get there; None means that there
            is no target.
        half_double: whether half and double time pass as well, of the window and of the target.

    Raises:
        InvalidRequest: a tempo or tolerance out of range, or an empty window.
    """

    min_bpm: float | None = None
    max_bpm: float | None = None
    target_bpm: float | None = None
    tolerance_percent: float | None = None
    half_double: bool = True

    def __post_init__(self) -> None:
        for name, bpm in (("min", self.min_bpm), ("max", self.max_bpm), ("target", self.target_bpm)):
            if bpm is not None and not bpm > 0:
                raise InvalidRequest(f"bpm {name} is {bpm}; a tempo is above 0.")
        if self.min_bpm is not None and self.max_bpm is not None and self.min_bpm > self.max_bpm:
            raise InvalidRequest(f"bpm min is {self.min_bpm} and max {self.max_bpm}; min must not be above max.")
        if self.tolerance_percent is not None and not 0 <= self.tolerance_percent <= 50:
            raise InvalidRequest(f"The tolerance is {self.tolerance_percent} %; it must be 0 to 50.")
        if self.target_bpm is not None and self.tolerance_percent is None:
            raise InvalidRequest("bpm target needs a tolerance in percent beside it; 6 is common.")

    def ranges(self, query_bpm: float) -> tuple[Range, ...]:
        """Tempi that pass beside a query; empty when all do."""
        levels = METRICAL_LEVELS if self.half_double else METRICAL_LEVELS[:1]
        windows: tuple[Range, ...] = ()
        if self.min_bpm is not None or self.max_bpm is not None:
            low, high = self.min_bpm or 0.0, self.max_bpm or float("inf")
            windows = tuple(Range(low * level, high * level) for level in levels)
        if self.tolerance_percent is None:
            return windows
        target = query_bpm if self.target_bpm is None else self.target_bpm
        reachable = tuple(pitched_to(target * level, self.tolerance_percent) for level in levels)
        return intersection(windows, reachable) if windows else reachable


def pitched_to(bpm: float, tolerance_percent: float) -> Range:
    """Tempi that come to ``bpm`` when their playing speed is changed by at most so many percent."""
    share = tolerance_percent / 100 + 1e-9  # what is right on the edge passes, rounding or not
    return Range(bpm / (1 + share), bpm / (1 - share))


def intersection(some: tuple[Range, ...], others: tuple[Range, ...]) -> tuple[Range, ...]:
    """What lies in a range of both; where nothing does, one range that holds nothing."""
    found = (Range(max(a.low, b.low), min(a.high, b.high)) for a in some for b in others)
    return tuple(both for both in found if both.low <= both.high) or (NOWHERE,)


NOWHERE = Range(float("inf"), float("-inf"))


@dataclass(frozen=True)
class KeyLimit:
    """Which keys pass beside the query's.

    Attributes:
        mode: ``off`` (all), ``exact``, ``standard`` or ``extended``; see ``segue.key.MODE_RELATIONS``.
        key_lock: whether the player keeps a result's key when it is pitched to the query's tempo; without key lock, the
            key that is then heard has to pass.
    """

    mode: KeyMode = "off"
    key_lock: bool = True


@dataclass(frozen=True)
class EnergyLimit:
    """Which energies pass.

    Attributes:
        min: the lowest, in [0, 1].
        max: the highest, in [0, 1].
        direction: ``up`` lets those from the query's energy upwards pass, ``down`` those from it downwards, ``steady``
            those within 0.1 of it.

    Raises:
        InvalidRequest: an empty window.
    """

    min: float = 0.0
    max: float = 1.0
    direction: EnergyDirection = "any"

    def __post_init__(self) -> None:
        if not 0 <= self.min <= self.max <= 1:
            raise InvalidRequest(f"energy min is {self.min} and max {self.max}; 0 <= min <= max <= 1 is needed.")

    def range(self, query_energy: float) -> Range:
        """Energies that pass beside a query."""
        low, high = {
            "any": (0.0, 1.0),
            "up": (query_energy, 1.0),
            "down": (0.0, query_energy),
            "steady": (query_energy - STEADY_ENERGY, query_energy + STEADY_ENERGY),
        }[self.direction]
        return Range(max(self.min, low), min(self.max, high))


@dataclass(frozen=True)
class Limits:
    """Everything that a result must meet beside the tag gate; empty by default.

    Attributes:
        tempo: which tempi pass.
        key: which keys pass.
        energy: which energies pass.
        duration_seconds: which durations pass.
        artists: only these artists; empty means all.
        exclude_artists: none of these artists.
        ids: only these tracks; None means all.
        exclude_ids: none of these tracks.
        collection_ids: only tracks of one of these collections; None means all.
        not_played_since: seconds since the epoch; nothing that was played then or later.

    Raises:
        InvalidRequest: an empty window of durations.
    """

    tempo: TempoLimit = field(default_factory=TempoLimit)
    key: KeyLimit = field(default_factory=KeyLimit)
    energy: EnergyLimit = field(default_factory=EnergyLimit)
    duration_seconds: Range = ANY
    artists: frozenset[str] = field(default_factory=frozenset)
    exclude_artists: frozenset[str] = field(default_factory=frozenset)
    ids: frozenset[str] | None = None
    exclude_ids: frozenset[str] = field(default_factory=frozenset)
    collection_ids: frozenset[str] | None = None
    not_played_since: float | None = None

    def __post_init__(self) -> None:
        low, high = self.duration_seconds
        if low > high:
            raise InvalidRequest(f"duration min is {low} and max {high}; min must not be above max.")

    def where(self, bpm: float, key: Key, energy: float, base: Where | None = None) -> Where:
        """The conditions beside a query of this tempo, key and energy.

        Args:
            bpm: the query's tempo.
            key: the query's key.
            energy: the query's energy.
            base: conditions that are kept beside these.
        """
        base = base or Where()
        return replace(
            base,
            bpm=self.tempo.ranges(bpm),
            keys=keys_in_mode(key, self.key.mode),
            keys_at_bpm=None if self.key.key_lock else bpm,
            energy=self.energy.range(energy),
            duration_seconds=self.duration_seconds,
            artists=self.artists,
            exclude_artists=self.exclude_artists,
            ids=self.ids,
            exclude_ids=base.exclude_ids | self.exclude_ids,
            collection_ids=self.collection_ids,
            not_played_since=self.not_played_since,
        )
