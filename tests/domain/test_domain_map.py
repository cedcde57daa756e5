"""The map: the plane, placing among fitted tracks, and names of clusters."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.shelf.cluster_names import name_clusters, spoken, telling_tags
from segue.shelf.map import NEIGHBOURS, Anchors, on_unit_square, principal_plane

LABELS = ("genre---techno", "genre---jazz", "instrument---drummachine", "instrument---piano", "instrument---bass")


def unit_rows(rng: np.random.Generator, n: int, dim: int = 6) -> np.ndarray:
    rows = rng.normal(size=(n, dim)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_the_plane_is_that_of_the_largest_differences() -> None:
    rng = np.random.default_rng(0)
    flat = rng.normal(size=(200, 5)) * np.array([0.1, 7.0, 0.2, 3.0, 0.1])
    plane = principal_plane(flat.astype(np.float32))
    for found, column in zip(plane.T, (1, 3), strict=True):
        assert abs(np.corrcoef(found, flat[:, column])[0, 1]) > 0.99
    np.testing.assert_allclose(plane, principal_plane(flat.astype(np.float32)))


@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_few_tracks_have_places_too(n: int) -> None:
    places = on_unit_square(principal_plane(unit_rows(np.random.default_rng(1), n)))
    assert places.shape == (n, 2)
    assert ((places >= 0) & (places <= 1)).all()


def test_tracks_that_are_all_alike_are_in_the_middle() -> None:
    np.testing.assert_array_equal(on_unit_square(principal_plane(np.ones((4, 3), dtype=np.float32))), 0.5)


def test_the_square_keeps_the_aspect() -> None:
    plane = np.array([[0.0, 0.0], [10.0, 0.0], [10.0, 2.0], [5.0, 1.0]])
    placed = on_unit_square(plane)
    np.testing.assert_allclose(placed, [[0.0, 0.4], [1.0, 0.4], [1.0, 0.6], [0.5, 0.5]])


def test_a_later_track_goes_to_most_of_its_nearest_and_not_in_between() -> None:
    sounds = np.eye(3, dtype=np.float32)[[0, 0, 0, 1, 1]]
    places = np.array([[0.0, 0.0], [0.0, 0.1], [0.0, 0.2], [1.0, 1.0], [1.0, 1.0]])
    anchors = Anchors(sounds, places, np.array([4, 4, 4, 2, 2]))
    assert anchors.place(np.array([0.8, 0.6, 0.0], dtype=np.float32)) == pytest.approx((0.0, 0.1, 4))
    assert anchors.place(np.array([0.0, 1.0, 0.0], dtype=np.float32)) == pytest.approx((1.0, 1.0, 2))


def test_near_neighbours_count_more() -> None:
    sounds = np.array([[1.0, 0.0], [0.6, 0.8]], dtype=np.float32)
    anchors = Anchors(sounds, np.array([[0.0, 0.0], [1.0, 1.0]]), np.array([0, 0]))
    x, y, _ = anchors.place(np.array([1.0, 0.0], dtype=np.float32))
    assert x == y == pytest.approx(0.6 / 1.6)


@given(st.integers(0, 1000), st.integers(1, 40))
def test_places_are_within_those_of_the_fitted(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    anchors = Anchors(unit_rows(rng, n), rng.random((n, 2)), rng.integers(0, 3, n))
    for sound in (*unit_rows(rng, 3), np.zeros(6, dtype=np.float32)):
        x, y, cluster = anchors.place(sound)
        own = anchors.places[anchors.clusters == cluster]
        assert (own.min(axis=0) - 1e-12 <= (x, y)).all() and ((x, y) <= own.max(axis=0) + 1e-12).all()


def test_among_equals_the_first_tracks_count() -> None:
    n = 3 * NEIGHBOURS
    anchors = Anchors(np.ones((n, 1), dtype=np.float32), np.arange(2.0 * n).reshape(n, 2), np.arange(n) // NEIGHBOURS)
    x, y, cluster = anchors.place(np.ones(1, dtype=np.float32))
    assert (x, y, cluster) == (NEIGHBOURS - 1, NEIGHBOURS, 0)


def active(*rows: str) -> np.ndarray:
    """``"techno bass"`` -> the tags of one track."""
    return np.array([[label.partition("---")[2] in row.split() for label in LABELS] for row in rows])


def names(tags: np.ndarray, clusters: list[int]) -> list[str]:
    return [named.name for named in name_clusters(tags, np.array(clusters), LABELS)]


def test_names_are_the_genre_and_the_instrument_that_set_apart() -> None:
    tags = active(*["techno drummachine bass"] * 3, *["jazz piano bass"] * 3, "bass", "bass")
    named = name_clusters(tags, np.array([0, 0, 0, 1, 1, 1, 2, 2]), LABELS)
    assert [cluster.name for cluster in named] == ["techno, drum machine", "jazz, piano", "bass"]
    assert named[0].tags == ("genre---techno", "instrument---drummachine")
    assert named[2].tags == ()


def test_a_tag_that_all_have_tells_nothing() -> None:
    assert telling_tags(np.array([1.0, 0.5, 0.1]), np.array([1.0, 0.1, 0.0]), LABELS[:3]) == ["genre---jazz"]


def test_namesakes_gain_what_sets_them_apart() -> None:
    tags = active(*["techno drummachine bass"] * 3, *["techno drummachine piano"] * 3, *["jazz piano bass"] * 6)
    assert names(tags, [0] * 3 + [1] * 3 + [2] * 6) == [
        "techno, drum machine, bass",
        "techno, drum machine, piano",
        "jazz, piano",
    ]


def test_what_no_tag_sets_apart_is_numbered() -> None:
    assert names(active(*["techno"] * 4, *["jazz"] * 9), [0, 0, 1, 1] + [2] * 9) == ["techno", "techno 2", "jazz"]
    assert names(active("", "", ""), [0, 1, 1]) == ["untagged", "untagged 2"]
    assert names(active(), []) == []


@given(st.integers(0, 500))
def test_no_two_names_are_the_same(seed: int) -> None:
    rng = np.random.default_rng(seed)
    tags, clusters = rng.random((40, len(LABELS))) < rng.random(), np.sort(rng.integers(0, 5, 40))
    found = names(tags, np.unique(clusters, return_inverse=True)[1].tolist())
    assert len(found) == len(set(found))


def test_labels_as_people_say_them() -> None:
    said = [spoken(label) for label in ("genre---techno", "genre---rnb", "instrument---electricguitar")]
    assert said == ["techno", "R&B", "electric guitar"]
