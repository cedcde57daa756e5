"""Map records: a fitted map read and written, each function one step inside the caller's transaction."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from typing import Any, cast, get_args

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from index.map_fit import MapFit
from index.schema import map_clusters, map_fit, map_points, tracks
from segue.errors import CatalogueCorrupt
from segue.shelf.cluster_names import NamedCluster
from segue.shelf.map import MapMethod, Places

_FIT = select(map_fit.c.revision, map_fit.c.method, map_fit.c.fitted_at)
_POINTS = select(map_points.c.row, map_points.c.x, map_points.c.y, map_points.c.cluster).order_by(map_points.c.row)
_CONTRADICTS = "The stored map contradicts itself; `segue index map` makes it anew."
_CLUSTERS = select(map_clusters).order_by(map_clusters.c.cluster)


def read_revision(connection: Connection) -> int | None:
    """Revision of the stored fit; None where there is none."""
    return connection.execute(select(map_fit.c.revision)).scalar()


def read_fit(connection: Connection) -> MapFit:
    """The stored fit; there must be one. Raises CatalogueCorrupt."""
    head = connection.execute(_FIT).one()
    found = connection.execute(_CLUSTERS).all()
    points = _numbers(connection.execute(_POINTS), 4)
    middles = _numbers([(row.x, row.y) for row in found], 2)
    clusters = points[:, 3].astype(np.int64)
    sound = head.method in get_args(MapMethod) and [row.cluster for row in found] == list(range(len(found)))
    if not (sound and ((clusters >= 0) & (clusters < len(found))).all() and _on_square(points[:, 1:3], middles)):
        raise CatalogueCorrupt(_CONTRADICTS)
    return MapFit(
        rows=points[:, 0].astype(np.int64),
        places=points[:, 1:3],
        clusters=clusters,
        named=tuple(NamedCluster(row.name, _labels(row.tags)) for row in found),
        middles=middles,
        method=cast(MapMethod, head.method),
        fitted_at=head.fitted_at,
        revision=head.revision,
    )


def write_fit(connection: Connection, fit: MapFit, revision: int) -> None:
    """Stores a fit in place of the one before; tracks that are gone by now are left out."""
    for table in (map_points, map_clusters, map_fit):
        connection.execute(table.delete())
    there = set(connection.execute(select(tracks.c.row)).scalars())
    columns = zip(fit.rows.tolist(), fit.places.tolist(), fit.clusters.tolist(), strict=True)
    points = [{"row": row, "x": x, "y": y, "cluster": cluster} for row, (x, y), cluster in columns if row in there]
    clusters: list[dict[str, Any]] = [
        {"cluster": n, "name": named.name, "x": x, "y": y, "tags": json.dumps(named.tags)}
        for n, (named, (x, y)) in enumerate(zip(fit.named, fit.middles.tolist(), strict=True))
    ]
    if points:
        connection.execute(map_points.insert(), points)
    if clusters:
        connection.execute(map_clusters.insert(), clusters)
    connection.execute(map_fit.insert().values(id=1, revision=revision, method=fit.method, fitted_at=time.time()))


def _labels(text: str) -> tuple[str, ...]:
    """Stored tags. Raises CatalogueCorrupt."""
    try:
        return tuple(str(label) for label in json.loads(text))
    except (ValueError, TypeError) as error:
        raise CatalogueCorrupt(_CONTRADICTS) from error


def _numbers(rows: Iterable[Any], width: int) -> NDArray[np.float64]:
    """Stored numbers, ``(n, width)`` float64. Raises CatalogueCorrupt."""
    try:
        return np.array([tuple(row) for row in rows], dtype=np.float64).reshape(-1, width)
    except (ValueError, TypeError) as error:
        raise CatalogueCorrupt(_CONTRADICTS) from error


def _on_square(*places: Places) -> bool:
    return all(bool(((each >= 0) & (each <= 1)).all()) for each in places)
