"""Map fit: places and clusters for all tracks of a catalogue, from what they sound like.

Places are UMAP's (L. McInnes, J. Healy and J. Melville, "UMAP: Uniform Manifold Approximation and Projection for
Dimension Reduction", 2018) where umap-learn is installed, else the plane of the two largest principal components.
Clusters are k-means on the embeddings themselves, so that both methods find the same ones.

The same tracks and seed give the same map: everything that draws lots or sums in parallel is kept to one thread.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segue.errors import InvalidRequest
from segue.shelf.cluster_names import NamedCluster, name_clusters
from segue.shelf.map import Floats, MapMethod, Places, on_unit_square, principal_plane

MIN_TRACKS_FOR_UMAP = 16
MAX_CLUSTERS = 24  # names that one can still take in at a glance
SAMPLE = 20_000  # tracks that clusters are found in; the others join the nearest one

Bools = NDArray[np.bool_]
Rows = NDArray[np.int64]
Clusters = NDArray[np.int64]


@dataclass(frozen=True)
class MapFit:
    """A fitted map.

    Attributes:
        rows: row of each track, ``(n,)`` int64, rising.
        places: ``(n, 2)`` float64 in [0, 1].
        clusters: ``(n,)`` int64, 0 the largest.
        named: names of the clusters.
        middles: where each cluster's name belongs, ``(n_clusters, 2)`` float64.
        method: how places were found.
        fitted_at: seconds since the epoch, UTC; None for one that is not stored.
        revision: of the catalogue when it was stored; None for one that is not.
    """

    rows: Rows
    places: Places
    clusters: Clusters
    named: tuple[NamedCluster, ...]
    middles: Places
    method: MapMethod
    fitted_at: float | None = None
    revision: int | None = None


def fit_map(
    rows: Rows, sounds: Floats, active: Bools, labels: tuple[str, ...], method: MapMethod | None = None, seed: int = 0
) -> MapFit:
    """Finds places and clusters.

    Args:
        rows: row of each track, ``(n,)`` int64, rising.
        sounds: track embeddings, ``(n, dim)`` float32, unit-norm.
        active: active tags, ``(n, n_tags)`` bool.
        labels: the vocabulary.
        method: None takes UMAP where it is installed and there are tracks enough for it.
        seed: of everything that draws lots.

    Raises:
        InvalidRequest: UMAP was asked for and cannot be used.
    """
    method = method or usual_method(len(rows))
    plane = _umap_plane(sounds, seed) if method == "umap" else principal_plane(sounds)
    places, clusters = on_unit_square(plane), find_clusters(sounds, seed)
    middles = [np.median(places[clusters == cluster], axis=0) for cluster in range(int(clusters.max(initial=-1)) + 1)]
    named = name_clusters(active, clusters, labels)
    return MapFit(rows, places, clusters, named, np.array(middles).reshape(-1, 2), method)


def usual_method(n_tracks: int) -> MapMethod:
    """What is taken where nothing is asked for."""
    return "umap" if n_tracks >= MIN_TRACKS_FOR_UMAP and find_spec("umap") is not None else "pca"


def n_clusters_for(n_tracks: int) -> int:
    """How many clusters are looked for: 6 among 72 tracks, 13 among 338, at most 24."""
    return max(1, min(MAX_CLUSTERS, round(math.sqrt(n_tracks / 2))))


def find_clusters(sounds: Floats, seed: int = 0) -> Clusters:
    """k-means on the embeddings, ``(n, dim)`` -> ``(n,)`` int64; 0 is the largest, equal ones by first track."""
    if len(sounds) < 2:
        return np.zeros(len(sounds), dtype=np.int64)
    from sklearn.cluster import KMeans  # takes a second to load
    from threadpoolctl import threadpool_limits

    step = math.ceil(len(sounds) / SAMPLE)
    means = KMeans(n_clusters_for(len(sounds)), n_init=4, random_state=seed)
    with threadpool_limits(limits=1), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns where there are fewer different tracks than clusters
        clusters = means.fit(sounds[::step]).predict(sounds)
    return _by_size(clusters)


def _by_size(clusters: NDArray[Any]) -> Clusters:
    """The same clusters counted 0, 1, 2 and so on from the largest, without empty ones."""
    _, first, inverse, sizes = np.unique(clusters, return_index=True, return_inverse=True, return_counts=True)
    ranks = np.empty(len(sizes), dtype=np.int64)
    ranks[np.lexsort((first, -sizes))] = np.arange(len(sizes))
    numbered: Clusters = ranks[inverse]
    return numbered


def _umap_plane(sounds: Floats, seed: int) -> Places:
    """UMAP with its own defaults, started from principal components. Raises InvalidRequest."""
    if find_spec("umap") is None:
        raise InvalidRequest("UMAP is not installed; `pip install 'segue[map]'` brings it, or take the method pca.")
    if len(sounds) < MIN_TRACKS_FOR_UMAP:
        raise InvalidRequest(
            f"UMAP needs at least {MIN_TRACKS_FOR_UMAP} tracks and there are {len(sounds)}; take the method pca."
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # on loading it warns that TensorFlow is missing, which it does not need
        from umap import UMAP

        plane = UMAP(metric="cosine", init="pca", random_state=seed, n_jobs=1).fit_transform(sounds)
    return np.asarray(plane, dtype=np.float64)
