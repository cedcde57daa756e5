"""The map of a catalogue: pages of both implementations; fits, later tracks and what is gone in the stored one."""

from __future__ import annotations

import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from catalogue_material import ARTISTS, MIXER, SPACE, VOCABULARY, new_track

from index.map_fit import fit_map, n_clusters_for, usual_method
from index.rebuild import open_rebuild
from index.store import SqliteCatalogue, open_catalogue
from segue.errors import CatalogueCorrupt, InvalidRequest, SpaceMismatch
from segue.ports import Catalogue, NewTrack
from segue.shelf.map import MapPage, MapPoint

needs_umap = pytest.mark.skipif(find_spec("umap") is None, reason="umap-learn is an extra")


def grouped_track(seed: int, group: int) -> NewTrack:
    """A track that sounds like its group, and whose active tag is its group's."""
    rng = np.random.default_rng(1000 + seed)
    scores = np.zeros(len(VOCABULARY.labels), dtype=np.float32)
    scores[[group, 40 + group]] = 0.9
    new = new_track(seed, tags=scores)
    vector = new.vector.copy()
    sound = np.eye(MIXER.sound_dim)[group] + 0.15 * rng.normal(size=MIXER.sound_dim)
    vector[MIXER.blocks["sound"]] = sound / np.linalg.norm(sound)
    return replace(new, vector=vector)


def fill(catalogue: Catalogue, n: int, first: int = 0) -> list[str]:
    return [catalogue.add(grouped_track(seed, seed % 3)).id for seed in range(first, first + n)]


def whole(catalogue: Catalogue) -> MapPage:
    return catalogue.map.page(10_000)


def places(page: MapPage) -> dict[str, tuple[float, float, int]]:
    return {point.track_id: (point.x, point.y, point.cluster) for point in page.points}


def test_an_empty_catalogue_has_an_empty_map(catalogue: Catalogue) -> None:
    assert catalogue.map.page(10) == MapPage((), (), "pca", None, 0, 0)


@pytest.mark.parametrize("n", [1, 2, 3, 30])
def test_before_the_first_fit_there_is_a_map_at_once(catalogue: Catalogue, n: int) -> None:
    ids = fill(catalogue, n)
    page = whole(catalogue)
    assert (page.method, page.fitted_at, page.n_tracks, page.n_placed) == ("pca", None, n, 0)
    assert [point.track_id for point in page.points] == ids
    assert [point.title for point in page.points] == [f"Track {seed}" for seed in range(n)]
    assert [point.artist for point in page.points] == [ARTISTS[seed % len(ARTISTS)] for seed in range(n)]
    assert all(0 <= value <= 1 for point in page.points for value in (point.x, point.y))
    sizes = np.bincount([point.cluster for point in page.points]).tolist()
    assert [(cluster.id, cluster.size) for cluster in page.clusters] == list(enumerate(sizes))
    assert whole(catalogue) == page
    assert fill(catalogue, 1, first=n)[0] in places(whole(catalogue))


def test_pages_go_through_everything_once(catalogue: Catalogue) -> None:
    ids = fill(catalogue, 23)
    catalogue.remove(ids.pop(4))
    points: list[MapPoint] = []
    while page := catalogue.map.page(5, points[-1].track_id if points else None).points:
        points += page
    assert tuple(points) == whole(catalogue).points
    assert [point.track_id for point in points] == ids
    assert catalogue.map.page(0).points == () and len(catalogue.map.page(0).clusters) > 0
    assert catalogue.map.page(3, after=ids[-1]).points == ()
    assert [point.track_id for point in catalogue.map.page(2, after="").points] == ids[:2]


@pytest.mark.parametrize("method", ["pca", pytest.param("umap", marks=needs_umap)])
def test_a_fit_finds_the_groups_and_stays(stored: SqliteCatalogue, method, tmp_path: Path) -> None:
    fill(stored, 60)
    summary = stored.map.fit(method)
    assert (summary.method, summary.n_tracks, summary.n_placed, summary.points) == (method, 60, 0, ())
    page = whole(stored)
    assert page.fitted_at is not None
    groups: dict[int, set[int]] = {}
    for seed, point in enumerate(page.points):
        groups.setdefault(point.cluster, set()).add(seed % 3)
    assert all(len(group) == 1 for group in groups.values())
    for cluster in page.clusters:
        assert cluster.name.startswith(f"g0{groups[cluster.id].copy().pop()}, i0")
    assert len({cluster.name for cluster in page.clusters}) == len(page.clusters)
    with open_catalogue(stored.directory, SPACE, VOCABULARY) as another:
        assert whole(another) == page
    stored.map.fit(method)
    assert replace(whole(stored), fitted_at=page.fitted_at) == page


def test_a_later_track_is_placed_at_once_and_moves_nobody(stored: SqliteCatalogue) -> None:
    fill(stored, 60)
    stored.map.fit("pca")
    before = whole(stored)
    later = stored.add(grouped_track(60, 1)).id
    page = whole(stored)
    assert (page.n_tracks, page.n_placed, page.fitted_at) == (61, 1, before.fitted_at)
    x, y, cluster = places(page).pop(later)
    assert page.points[:60] == before.points
    assert page.clusters[cluster].name.startswith("g01")
    own = [(point.x, point.y) for seed, point in enumerate(before.points) if seed % 3 == 1]
    assert np.min(own) <= min(x, y) and max(x, y) <= np.max(own)
    assert page.clusters[cluster].size == before.clusters[cluster].size + 1


def test_the_order_in_which_later_tracks_come_makes_no_difference(tmp_path: Path) -> None:
    found = []
    for n, order in enumerate((range(30, 50), reversed(range(30, 50)))):
        with open_catalogue(tmp_path / str(n), SPACE, VOCABULARY) as catalogue:
            fill(catalogue, 30)
            catalogue.map.fit("pca")
            for seed in order:
                catalogue.add(grouped_track(seed, seed % 3))
                if seed % 4 == n:
                    whole(catalogue)  # whether it was looked at meanwhile makes none either
            found.append({point.title: (point.x, point.y, point.cluster) for point in whole(catalogue).points})
    assert found[0] == found[1]


def test_what_is_gone_is_gone_and_later_places_follow_from_who_is_left(stored: SqliteCatalogue) -> None:
    ids = fill(stored, 40)
    stored.map.fit("pca")
    later = fill(stored, 5, first=40)
    first = whole(stored)
    for track_id in (*ids[:6], later[0]):
        stored.remove(track_id)
    page = whole(stored)
    assert (page.n_tracks, page.n_placed) == (38, 4)
    assert [point.track_id for point in page.points] == ids[6:] + later[1:]
    assert sum(cluster.size for cluster in page.clusters) == 38
    kept = places(first)
    assert all(places(page)[track_id] == kept[track_id] for track_id in ids[6:])
    with open_catalogue(stored.directory, SPACE, VOCABULARY) as another:
        assert whole(another) == page  # what was kept in memory before makes no difference


def test_without_fitted_tracks_it_is_as_before_the_first_fit(stored: SqliteCatalogue) -> None:
    ids = fill(stored, 8)
    stored.map.fit("pca")
    fill(stored, 4, first=8)
    for track_id in ids:
        stored.remove(track_id)
    assert (whole(stored).fitted_at, whole(stored).n_tracks) == (None, 4)


def test_a_fit_in_another_process_shows(stored: SqliteCatalogue) -> None:
    fill(stored, 30)
    assert whole(stored).fitted_at is None
    with open_catalogue(stored.directory, SPACE, VOCABULARY) as another:
        fitted_at = another.map.fit("pca").fitted_at
    assert whole(stored).fitted_at == fitted_at
    fill(stored, 3, first=30)
    assert whole(stored).n_placed == 3
    with open_catalogue(stored.directory, SPACE, VOCABULARY) as another:
        another.map.fit("pca")
    assert whole(stored).n_placed == 0


def test_tracks_removed_while_a_fit_runs_are_left_out(stored: SqliteCatalogue, monkeypatch) -> None:
    ids = fill(stored, 20)

    def slow(*arguments):
        stored.remove(ids[7])
        fill(stored, 1, first=20)
        return fit_map(*arguments)

    monkeypatch.setattr("index.map.fit_map", slow)
    assert (stored.map.fit("pca").n_tracks, whole(stored).n_placed) == (20, 1)
    assert stored.verify() == []


def test_another_space_begins_without_a_map(stored: SqliteCatalogue) -> None:
    fill(stored, 20)
    stored.map.fit("pca")
    other = replace(SPACE, embedder="short_chunk_res@000000000002")
    with open_rebuild(stored.directory, other, VOCABULARY) as rebuild:
        for seed, track in enumerate(rebuild.pending()):
            rebuild.put(track, grouped_track(seed, 0))
        rebuild.finish()
    with pytest.raises(SpaceMismatch):
        stored.map.page(10)
    with open_catalogue(stored.directory, other, VOCABULARY) as catalogue:
        assert (whole(catalogue).fitted_at, whole(catalogue).n_tracks) == (None, 20)


def test_a_stored_map_that_contradicts_itself_is_told(stored: SqliteCatalogue) -> None:
    fill(stored, 20)
    stored.map.fit("pca")
    with stored._database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM map_clusters WHERE cluster = 0")
    with (
        open_catalogue(stored.directory, SPACE, VOCABULARY) as another,
        pytest.raises(CatalogueCorrupt, match="segue index map"),
    ):
        whole(another)


def test_without_umap_it_is_pca(stored: SqliteCatalogue, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "umap", None)
    monkeypatch.setattr("index.map_fit.find_spec", lambda name: None)
    fill(stored, 20)
    assert stored.map.fit().method == "pca"
    with pytest.raises(InvalidRequest, match=r"pip install 'segue\[map\]'"):
        stored.map.fit("umap")


@needs_umap
def test_umap_needs_some_tracks(stored: SqliteCatalogue) -> None:
    fill(stored, 15)
    assert usual_method(15) == "pca" and usual_method(16) == "umap"
    with pytest.raises(InvalidRequest, match="at least 16 tracks and there are 15"):
        stored.map.fit("umap")


def test_how_many_clusters() -> None:
    assert [n_clusters_for(n) for n in (0, 1, 2, 72, 338, 1152, 10**6)] == [1, 1, 1, 6, 13, 24, 24]


def test_copies_and_single_tracks_can_be_fitted() -> None:
    labels = VOCABULARY.labels
    for n in (0, 1, 2, 50):
        sounds = np.ones((n, 4), dtype=np.float32) / 2
        fit = fit_map(np.arange(n), sounds, np.zeros((n, len(labels)), dtype=np.bool_), labels, "pca")
        assert len(fit.named) == min(n, 1) and fit.places.shape == (n, 2) and (fit.places == 0.5).all()


def test_clusters_are_counted_from_the_largest() -> None:
    rng = np.random.default_rng(3)
    sounds = np.eye(4, dtype=np.float32)[rng.choice(4, 200, p=[0.1, 0.2, 0.3, 0.4])]
    fit = fit_map(np.arange(200), sounds, np.zeros((200, 1), dtype=np.bool_), ("genre---a",), "pca")
    sizes = np.bincount(fit.clusters).tolist()
    assert sizes == sorted(sizes, reverse=True)


def test_a_track_that_lost_its_vector_has_no_place_and_keeps_nobody_from_theirs(stored: SqliteCatalogue) -> None:
    ids = fill(stored, 6)
    stored.map.fit("pca")
    with stored._database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM vectors WHERE row = 3")
    stored.rebuild_cache()
    stored.remove(ids[5])
    assert [point.track_id for point in whole(stored).points] == [*ids[:2], *ids[3:5]]
    assert {problem.code for problem in stored.verify()} == {"vector_missing"}
