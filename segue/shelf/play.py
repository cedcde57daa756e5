"""Play: that a track was played, so that it can be left out for a while."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from segue.errors import InvalidRequest

CLOCK_TOLERANCE_SECONDS = 300.0  # how far a player's clock may be ahead of ours


@dataclass(frozen=True)
class Play:
    """A track was played.

    Attributes:
        id: made by the catalogue.
        track_id: what was played.
        played_at: seconds since the epoch, UTC.
    """

    id: int
    track_id: str
    played_at: float


class PlayedBefore(NamedTuple):
    """A place in the list of plays, newest first; what comes behind it is older.

    Attributes:
        played_at: seconds since the epoch, UTC.
        id: of the play, which decides between equal times.
    """

    played_at: float
    id: int


class Plays(Protocol):
    """What was played; nobody but the owner is told, and nothing is recorded unasked."""

    def record(self, track_id: str, played_at: float | None = None) -> Play:
        """Remembers a play; the same track at the same time is the same play.

        Args:
            track_id: what was played.
            played_at: seconds since the epoch, UTC; None means now.

        Raises:
            TrackNotFound: no such track.
            InvalidRequest: a time before 1970 or in the future.
        """
        ...

    def recent(self, limit: int, after: PlayedBefore | None = None) -> list[Play]:
        """Plays, newest first; only those behind ``after``."""
        ...

    def forget_all(self) -> int:
        """Forgets every play and answers how many there were."""
        ...


def moment_of_play(played_at: float | None) -> float:
    """The time of a play, checked; now where none is told.

    Raises:
        InvalidRequest: a time before 1970 or in the future.
    """
    now = round(time.time(), 6)  # as exact as what is answered, so that it can be told again
    if played_at is None:
        return now
    if not (math.isfinite(played_at) and 0 <= played_at <= now + CLOCK_TOLERANCE_SECONDS):
        raise InvalidRequest("The time of a play lies before 1970 or in the future; leave it out to mean now.")
    return round(played_at, 6)


def played_since(hours: float | None) -> float | None:
    """When so many hours ago was, seconds since the epoch; None for None."""
    return None if hours is None else time.time() - 3600.0 * hours
