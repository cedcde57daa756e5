"""Ending: why a set or a path ended where it did, as a stable code, in words, and in numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from segue.sets.chain import Found
from segue.sets.conditions import Remaining
from segue.sets.neighbours import NeighbourLimits, Song

EndingCode = Literal[
    "complete",
    "pool_empty",
    "pool_exhausted",
    "artist_limit",
    "tempo_limit",
    "key_limit",
    "length_limit",
    "waypoint_tempo",
    "waypoint_key",
    "near_duplicates",
]

_CODES: dict[str, EndingCode] = {
    "used": "pool_exhausted",
    "artist": "artist_limit",
    "tempo": "tempo_limit",
    "key": "key_limit",
    "length": "length_limit",
    "waypoint_tempo": "waypoint_tempo",
    "waypoint_key": "waypoint_key",
}


@dataclass(frozen=True)
class Ending:
    """Why it ended.

    Attributes:
        code: ``complete``, or the condition that left no track.
        message: the same in words.
        conditions: how many tracks each condition left at the place where it ended; empty when it is complete.
        chains: how many other orders were followed and ended no later.
        all_followed: whether every order was followed, so that there is none that meets the limits.
    """

    code: EndingCode
    message: str
    conditions: tuple[Remaining, ...] = ()
    chains: int = 0
    all_followed: bool = True


def complete(n_tracks: int) -> Ending:
    """The ending of what is as long as asked for."""
    return Ending("complete", f"All {n_tracks} tracks were found." if n_tracks != 1 else "The track was found.")


def early(
    left: tuple[Remaining, ...],
    pool: int,
    found: Found,
    last: Song,
    limits: NeighbourLimits,
    goal: Song | None = None,
    last_step: bool = False,
) -> Ending:
    """The ending of what is shorter than asked for.

    Args:
        left: what each condition left behind the last song.
        pool: tracks that pass the limits and the tag gate.
        found: what the search came to.
        last: the last song.
        limits: what neighbours were held to.
        goal: the next waypoint of a path.
        last_step: whether only one song is missing before it.
    """
    n = len(found.chain.songs)
    after = f"After track {n}" if n else "At the start"
    if not pool:
        return Ending("pool_empty", f"{after} no track is left: none passes the limits and the tag gate.", left)
    blocking = next((some for some in left if not some.left), None)
    if blocking is None and goal is not None and last_step and not limits.key_lock:
        message = f"{after} none of {left[-1].left} tracks leads to {goal.key.camelot} as it is heard without key lock."
        return Ending("waypoint_key", message, left, found.followed - 1, found.all_followed)
    if blocking is None:
        message = f"{after} only near-duplicates of tracks that were played are left ({left[-1].left})."
        return Ending("near_duplicates", message, left, found.followed - 1, found.all_followed)
    words = {
        "used": "not yet played",
        "artist": "not of an artist who was played often enough",
        "tempo": f"within {limits.max_bpm_drift_percent:g} % of {last.tempo_bpm:.1f} BPM"
        if limits.max_bpm_drift_percent is not None
        else "of any tempo",
        "key": f"in a key that follows {last.key.camelot} ({limits.key_mode})",
        "length": "that have a place, for there are no more places",
        "waypoint_tempo": f"from which {goal.tempo_bpm:.1f} BPM can be reached in time" if goal else "",
        "waypoint_key": f"from which {goal.key.camelot} can be reached in time" if goal else "",
    }
    upto = left[: left.index(blocking) + 1]
    counts = ", ".join(f"{some.left} {words[some.condition]}" for some in upto)
    message = f"{after} no track is left: of {pool} that pass, {counts}."
    if blocking.if_lifted and blocking.condition not in ("used", "length"):
        message += f" Without that last condition there would be {blocking.if_lifted}."
    if found.followed > 1:
        message += f" {_orders(found.followed - 1)} followed and ended no later."
    return Ending(_CODES[blocking.condition], message, left, found.followed - 1, found.all_followed)


def out_of_reach(n: int, start: Song, goal: Song, steps: int, limits: NeighbourLimits) -> Ending:
    """The ending of a path whose next waypoint lies further away than neighbours may, taken together.

    Args:
        n: tracks up to there.
        start: the last of them.
        goal: the next waypoint.
        steps: steps that there are between the two.
        limits: what neighbours were held to.
    """
    by_tempo, by_key = limits.fewest_steps_by_tempo(start, goal), limits.fewest_steps_by_key(start, goal)
    needed = limits.fewest_steps(start, goal)
    cure = "which no number of tracks bridges" if math.isinf(needed) else f"which takes {_steps(needed)} or more"
    code: EndingCode = "waypoint_tempo" if by_tempo >= by_key and by_tempo > 1 else "waypoint_key"
    if code == "waypoint_tempo":
        what = f"from {start.tempo_bpm:.1f} to {goal.tempo_bpm:.1f} BPM in steps of {limits.max_bpm_drift_percent:g} %"
    else:
        what = f"from {start.key.camelot} to {goal.key.camelot} in steps that are {limits.key_mode}"
    message = f"After track {n} the next waypoint is out of reach in {_steps(steps)}: {what}, {cure}."
    return Ending(code, message)


def _steps(n: float) -> str:
    return "1 step" if n == 1 else f"{n:.0f} steps"


def _orders(n: int) -> str:
    return "1 other order was" if n == 1 else f"{n} other orders were"
