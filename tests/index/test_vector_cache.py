"""The search cache by itself: views stay what they were, dead slots are left behind, ids keep their order."""

from __future__ import annotations

import numpy as np
from catalogue_material import VOCABULARY

from index.codec import ID_LENGTH, new_id
from index.records import Named
from index.vectors import FACTS, Batch, VectorCache, View
from segue.where import Where

DIM = 8
NOTHING = Named(np.empty(0, dtype=np.int64), (), None)


def batch(rng: np.random.Generator, rows: range | list[int]) -> Batch:
    vectors = rng.normal(size=(len(rows), DIM)).astype(np.float32)
    active = rng.random((len(rows), len(VOCABULARY.labels))) < 0.2
    return Batch(np.array(rows, dtype=np.int64), vectors, active, np.zeros(len(rows), dtype=FACTS))


def ranking(view: View, query: np.ndarray) -> list[int]:
    slots, _ = view.nearest(query, view.passing(Where(), NOTHING), 10_000, None)
    return view.rows[slots].tolist()


def test_a_view_never_changes(rng: np.random.Generator) -> None:
    cache = VectorCache(DIM, VOCABULARY)
    cache.put(batch(rng, range(100)))
    view, query = cache.view, rng.normal(size=DIM).astype(np.float32)
    before, tags = ranking(view, query), view.tags.copy()
    for number in range(60):  # changes, removals and growth, through several compactions
        cache.put(batch(rng, range(50, 100)))
        cache.put(batch(rng, range(100 + 10 * number, 110 + 10 * number)))
        cache.forget(np.array([number]))
    assert ranking(view, query) == before
    np.testing.assert_array_equal(view.tags, tags)


def test_changes_and_removals_leave_exactly_what_holds(rng: np.random.Generator) -> None:
    cache = VectorCache(DIM, VOCABULARY)
    held: dict[int, np.ndarray] = {}
    for _ in range(300):
        rows = sorted(int(row) for row in rng.choice(400, size=20, replace=False))
        some = batch(rng, rows)
        cache.put(some)
        held.update(zip(rows, some.vectors, strict=True))
        gone = [int(row) for row in rng.choice(400, size=3, replace=False)]
        cache.forget(np.array(gone))
        for row in gone:
            held.pop(row, None)
    query = rng.normal(size=DIM).astype(np.float32)
    assert ranking(cache.view, query) == sorted(held, key=lambda row: (-float(np.dot(query, held[row])), row))
    assert len(cache.view.rows) < 5 * 400  # dead slots do not pile up


def test_near_ties_are_settled_exactly(rng: np.random.Generator) -> None:
    cache = VectorCache(DIM, VOCABULARY)
    vectors = np.ones((500, DIM), dtype=np.float32)
    vectors += rng.integers(-2, 3, size=vectors.shape).astype(np.float32) * np.float32(1e-7)
    cache.put(Batch(np.arange(500), vectors, np.zeros((500, 70), dtype=np.bool_), np.zeros(500, dtype=FACTS)))
    query = rng.normal(size=DIM).astype(np.float32)
    expected = sorted(range(500), key=lambda row: (-float(np.dot(query, vectors[row])), row))
    view = cache.view
    for k in (1, 7, 100):
        slots, _ = view.nearest(query, view.passing(Where(), NOTHING), k, None)
        assert slots.tolist() == expected[:k]


def test_ids_go_up_even_when_the_clock_does_not() -> None:
    newest, ids = None, []
    for now in (1e9, 1e9, 1e9 - 500, 1e9 + 0.001):
        newest = new_id(newest, now)
        ids.append(newest)
    assert ids == sorted(set(ids))
    assert {len(track_id) for track_id in ids} == {ID_LENGTH}
    assert new_id("0" * 26, 1e9)[:10] == ids[0][:10]  # milliseconds first, as in a ULID
