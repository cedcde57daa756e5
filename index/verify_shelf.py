"""Verify shelf: what can be wrong with collections, plays, mixer presets and the map in a catalogue file."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Column, ColumnElement, Connection, func, or_, select

from index import codec
from index.database import read_clock
from index.map_records import read_fit, read_revision
from index.presets import load_preset
from index.schema import collections, map_fit, map_points, plays, presets
from index.verify import Problem
from segue.errors import SegueError
from segue.shelf.names import tidy_name

_LATEST = 253_402_300_799  # the last second of the year 9999, which no date lies behind


def find_shelf_problems(connection: Connection) -> Iterator[Problem]:
    """What is wrong with what a catalogue keeps beside its tracks."""
    yield from _collections(connection)
    yield from _plays(connection)
    yield from _presets(connection)
    yield from _map(connection)


def _collections(connection: Connection) -> Iterator[Problem]:
    for row in connection.execute(select(collections.c.id, collections.c.name)):
        try:
            codec.check_id(row.id)
            known = tidy_name(row.name) == row.name
        except (SegueError, TypeError):
            known = False
        if not known:
            yield Problem("collection_unreadable", f"The collection {row.id!r} has an id or a name that cannot be one.")
    out_of_range = select(collections.c.id).where(_no_moment(collections.c.created_at))
    for told in connection.execute(out_of_range).scalars():
        yield Problem("collection_unreadable", f"The collection {told!r} was made at a time that is none.")


def _plays(connection: Connection) -> Iterator[Problem]:
    n = connection.execute(select(func.count()).select_from(plays).where(_no_moment(plays.c.played_at))).scalar_one()
    if n:
        yield Problem("plays_unreadable", f"{n} plays are of times that are none.")


def _presets(connection: Connection) -> Iterator[Problem]:
    for row in connection.execute(select(presets)):
        try:
            load_preset(row)
        except SegueError as error:
            yield Problem("preset_unreadable", error.message)


def _map(connection: Connection) -> Iterator[Problem]:
    revision = read_revision(connection)
    if revision is None:
        if connection.execute(select(map_points.c.row).limit(1)).first() is not None:
            yield Problem("map_unreadable", "The stored map has points but no fit; `segue index map` makes it anew.")
        return
    try:
        read_fit(connection)
    except SegueError as error:
        yield Problem("map_unreadable", error.message)
        return
    if revision > read_clock(connection).revision:
        yield Problem("map_unreadable", "The stored map is of a revision that is yet to come; `segue index map` helps.")
    if connection.execute(select(map_fit.c.id).where(_no_moment(map_fit.c.fitted_at))).first() is not None:
        yield Problem("map_unreadable", "The stored map was fitted at a time that is none; `segue index map` helps.")


def _no_moment(column: Column[float]) -> ColumnElement[bool]:
    """Whether a column holds what is no time since 1970."""
    return or_(func.typeof(column).not_in(("real", "integer")), column < 0, column > _LATEST)
