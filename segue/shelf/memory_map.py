"""The map in its plainest form, for the fake catalogue: PCA of all tracks, and a cluster for each quarter of it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from segue.mixer import Mixer
from segue.shelf.cluster_names import name_clusters
from segue.shelf.map import Cluster, MapPage, MapPoint, on_unit_square, principal_plane
from segue.tags import TagVocabulary
from segue.track import Track


class MemoryMap:
    """A map over live dictionaries of tracks and vectors, made anew whenever it is asked for and never fitted."""

    def __init__(
        self,
        tracks: Mapping[str, Track],
        vectors: Mapping[str, NDArray[np.float32]],
        vocabulary: TagVocabulary,
    ) -> None:
        self._tracks = tracks
        self._vectors = vectors
        self._vocabulary = vocabulary

    def page(self, limit: int, after: str | None = None) -> MapPage:
        """Points in order of id."""
        ids = sorted(self._tracks)
        places = on_unit_square(principal_plane(self._sounds(ids)))
        quarters = np.array([2 * (x > 0.5) + (y > 0.5) for x, y in places], dtype=np.int64)
        clusters = np.unique(quarters, return_inverse=True)[1].astype(np.int64)
        points = [
            MapPoint(track_id, told.title, told.artist, float(x), float(y), int(cluster))
            for track_id, (x, y), cluster in zip(ids, places, clusters, strict=True)
            for told in [self._tracks[track_id].description]
        ]
        page = [point for point in points if after is None or point.track_id > after][: max(limit, 0)]
        return MapPage(tuple(page), self._clusters(ids, clusters, points), "pca", None, len(points), 0)

    def _sounds(self, ids: list[str]) -> NDArray[np.float32]:
        if not ids:
            return np.empty((0, 0), dtype=np.float32)
        vectors = np.stack([self._vectors[track_id] for track_id in ids])
        return vectors[:, Mixer.of_dim(vectors.shape[1], len(self._vocabulary.labels)).blocks["sound"]]

    def _clusters(self, ids: list[str], clusters: NDArray[np.int64], points: list[MapPoint]) -> tuple[Cluster, ...]:
        labels = self._vocabulary.labels
        active = np.array([[label in self._tracks[i].tags.active for label in labels] for i in ids], dtype=np.bool_)
        found = []
        for cluster, named in enumerate(name_clusters(active.reshape(-1, len(labels)), clusters, labels)):
            own = [(point.x, point.y) for point in points if point.cluster == cluster]
            x, y = np.mean(own, axis=0)
            found.append(Cluster(cluster, named.name, named.tags, float(x), float(y), len(own)))
        return tuple(found)
