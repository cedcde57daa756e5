"""Map: the map of a catalogue as of now, from the stored fit and what has changed since.

Only a fit is stored. Tracks that came after it are placed when the map is asked for, and their places kept in
memory: they follow from the fitted tracks that are left and from nothing else. Before the first fit the whole map
is made for each revision of the catalogue, by PCA.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection, select

from index import records
from index.database import read_clock
from index.live import LiveVectors
from index.map_fit import Bools, Clusters, MapFit, Rows, fit_map
from index.map_records import read_fit, read_revision, write_fit
from index.schema import tracks, vectors
from index.vectors import View
from segue.errors import SpaceMismatch
from segue.shelf.map import Anchors, Cluster, Floats, MapMethod, MapPage, MapPoint, Places

Writing = Callable[[], AbstractContextManager[tuple[Connection, int]]]


@dataclass(frozen=True)
class _Now:
    """The map at one revision: rows rising, their places and clusters, and the fit they are of."""

    rows: Rows
    places: Places
    clusters: Clusters
    fit: MapFit
    n_placed: int


class SqliteMap:
    """The map port over the stored fit and the vectors in memory. Safe to call from several threads.

    Args:
        live: the vectors.
        writing: begins a writing transaction and says its revision.
        blocks: axis -> columns of a track vector; empty for a space of another mixer.
    """

    def __init__(self, live: LiveVectors, writing: Writing, blocks: dict[str, slice]) -> None:
        self._live = live
        self._writing = writing
        self._blocks = blocks
        self._lock = threading.Lock()
        self._revision = -1  # of the catalogue when _now was made
        self._now: _Now | None = None
        self._later: dict[int, tuple[float, float, int]] = {}  # row of a later track -> its place and cluster
        self._later_among: tuple[int | None, int] = (None, 0)  # the fit, and how many of its tracks were left

    def page(self, limit: int, after: str | None = None) -> MapPage:
        """The points of at most so many tracks, those behind ``after`` only; all of one revision."""
        with self._live.snapshot() as (connection, view):
            now = self._at(connection, view)
            first = (
                0 if after is None else int(np.searchsorted(now.rows, records.row_up_to(connection, after), "right"))
            )
            chosen = slice(first, first + max(limit, 0))
            return MapPage(
                points=_points(connection, now, chosen),
                clusters=_clusters(now),
                method=now.fit.method,
                fitted_at=now.fit.fitted_at,
                n_tracks=len(now.rows),
                n_placed=now.n_placed,
            )

    def fit(self, method: MapMethod | None = None, seed: int = 0) -> MapPage:
        """Fits the map to all tracks there are now and stores it in one transaction.

        Args:
            method: None takes UMAP where it is installed and there are tracks enough for it.
            seed: of everything that draws lots.

        Returns:
            The map without its points.

        Raises:
            InvalidRequest: UMAP was asked for and cannot be used.
            CatalogueBusy: another process kept the write lock for too long.
        """
        with self._live.snapshot() as (_, view):
            pass  # a view stays as it is; the fit may take minutes and shall hold nobody up
        fitted = self._fitted(view, method, seed)
        with self._writing() as (connection, revision):
            write_fit(connection, fitted, revision)
        return self.page(0)

    def _at(self, connection: Connection, view: View) -> _Now:
        revision = read_clock(connection).revision
        with self._lock:
            if self._now is not None and revision == self._revision:
                return self._now
            now = self._made(connection, view, self._now.fit if self._now else None)
            if revision > self._revision:
                self._revision, self._now = revision, now
            return now

    def _made(self, connection: Connection, view: View, known: MapFit | None) -> _Now:
        stored = read_revision(connection)
        if stored is not None:
            if known is None or known.revision != stored:
                known = read_fit(connection)
            slots = _slots(view)
            is_anchor = np.isin(view.rows[slots], known.rows)
            if is_anchor.any():
                return self._with_later(view, slots, is_anchor, known)
        fit = self._fitted(view, "pca")
        return _Now(fit.rows, fit.places, fit.clusters, fit, 0)

    def _fitted(self, view: View, method: MapMethod | None, seed: int = 0) -> MapFit:
        slots, labels = _slots(view), view.vocabulary.labels
        active: Bools = np.stack([view.active(label)[slots] for label in labels], axis=1)
        return fit_map(view.rows[slots], self._sounds(view, slots), active, labels, method, seed)

    def _with_later(self, view: View, slots: Rows, is_anchor: Bools, fit: MapFit) -> _Now:
        """The fitted tracks that are left, and among them those that came later."""
        rows, fitted = view.rows[slots], np.isin(fit.rows, view.rows[slots])
        among = (fit.revision, int(np.count_nonzero(fitted)))
        if among != self._later_among:
            self._later_among, self._later = among, {}
        later = slots[~is_anchor]
        fresh = [slot for slot in later if int(view.rows[slot]) not in self._later]
        if fresh:
            anchors = Anchors(self._sounds(view, slots[is_anchor]), fit.places[fitted], fit.clusters[fitted])
            for slot in fresh:
                self._later[int(view.rows[slot])] = anchors.place(self._sounds(view, slot))
        places, clusters = np.empty((len(rows), 2)), np.empty(len(rows), dtype=np.int64)
        places[is_anchor], clusters[is_anchor] = fit.places[fitted], fit.clusters[fitted]
        for i in np.flatnonzero(~is_anchor):
            x, y, cluster = self._later[int(rows[i])]
            places[i], clusters[i] = (x, y), cluster
        return _Now(rows, places, clusters, fit, len(later))

    def _sounds(self, view: View, slots: Rows) -> Floats:
        if "sound" not in self._blocks:
            raise SpaceMismatch(
                "This catalogue belongs to another version of Segue; `segue index rebuild` brings it up."
            )
        return np.ascontiguousarray(view.vectors[slots, self._blocks["sound"]])


def _slots(view: View) -> Rows:
    """Slots of all tracks, in order of row."""
    alive = np.flatnonzero(view.alive)
    return alive[np.argsort(view.rows[alive])]


def _points(connection: Connection, now: _Now, chosen: slice) -> tuple[MapPoint, ...]:
    rows = now.rows[chosen]
    if len(rows) == 0:
        return ()
    query = select(tracks.c.id, tracks.c.title, tracks.c.artist).order_by(tracks.c.row)
    query = query.join(vectors, vectors.c.row == tracks.c.row)  # one that lost its vector has no place
    told = connection.execute(query.where(tracks.c.row.between(int(rows[0]), int(rows[-1]))))
    placed = zip(told, now.places[chosen].tolist(), now.clusters[chosen].tolist(), strict=True)
    return tuple(MapPoint(row.id, row.title, row.artist, x, y, cluster) for row, (x, y), cluster in placed)


def _clusters(now: _Now) -> tuple[Cluster, ...]:
    """Clusters that have tracks."""
    sizes = np.bincount(now.clusters, minlength=len(now.fit.named)).tolist()
    numbered = zip(range(len(sizes)), now.fit.named, now.fit.middles.tolist(), sizes, strict=True)
    return tuple(Cluster(n, named.name, named.tags, x, y, size) for n, named, (x, y), size in numbered if size)
