"""Conditions: hard conditions of a search by name, and how many tracks each of them leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from segue.ports import Catalogue
from segue.sets.neighbours import Song
from segue.tags import TagGate, TagScores
from segue.where import Where

Condition = tuple[str, Callable[[Where], Where]]
"""A stable name, and what adds the condition to others."""


class Remaining(NamedTuple):
    """How many tracks were left by a condition.

    Attributes:
        condition: its stable name.
        left: tracks that meet it and all before it.
        if_lifted: tracks that meet all conditions but this one.
    """

    condition: str
    left: int
    if_lifted: int


def remaining(catalogue: Catalogue, base: Where, conditions: Sequence[Condition]) -> tuple[Remaining, ...]:
    """How many tracks each condition leaves, one after the other, and how many there would be without it."""
    told, where = [], base
    for i, (name, add) in enumerate(conditions):
        where = add(where)
        told.append(Remaining(name, catalogue.count(where), catalogue.count(combined(base, conditions, i))))
    return tuple(told)


def combined(base: Where, conditions: Sequence[Condition], but: int | None = None) -> Where:
    """All conditions together, or all but one."""
    where = base
    for i, (_name, add) in enumerate(conditions):
        where = where if i == but else add(where)
    return where


def pools(gate: TagGate, tags: TagScores, base: Where, catalogue: Catalogue) -> Iterator[tuple[str, Where]]:
    """The pool of every step of a tag gate, those left out that let no more tracks pass than the step before.

    Args:
        gate: the gate.
        tags: what must be shared.
        base: conditions that are kept beside it.
        catalogue: where tracks are counted.
    """
    size = -1
    for name, where in gate.steps(tags, base):
        if (now := catalogue.count(where)) > size:
            yield name, where
        size = now


def without_used(songs: Sequence[Song], where: Where) -> Where:
    """The conditions, and none of these songs."""
    ids = frozenset(song.track.id for song in songs if song.track)
    hashes = frozenset[str]().union(*(song.content_hashes for song in songs if not song.track))
    return replace(where, exclude_ids=where.exclude_ids | ids, exclude_hashes=where.exclude_hashes | hashes)
