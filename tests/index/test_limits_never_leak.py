"""Limits, evaluated in memory and in SQLite, against their definition: nothing leaks and nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from catalogue_material import ARTISTS, SPACE, VOCABULARY, new_track
from hypothesis import given, settings
from hypothesis import strategies as st

from index.records import Named
from index.store import SqliteCatalogue, open_catalogue
from index.vectors import FACTS, Batch, VectorCache
from segue.key import Key, KeyEstimate
from segue.ports import TrackChanges, iterate
from segue.tags import TagScores
from segue.tempo import TempoEstimate
from segue.track import Description, Track
from segue.where import ANY, Range, Where

LABELS = VOCABULARY.labels
N_RANDOM_CATALOGUES = 10_000
MOST_TRACKS = 12


def a_range(rng: np.random.Generator, low: float, high: float) -> Range:
    """A range between two numbers; now and then one that is open, a point, or empty."""
    a, b = np.sort(rng.uniform(low, high, 2))
    kinds = [Range(a, b), Range(a), Range(high=b), Range(a, a), Range(b, a)]
    return kinds[int(rng.choice(len(kinds), p=[0.6, 0.1, 0.1, 0.1, 0.1]))]


def conditions(rng: np.random.Generator, tracks: list[Track]) -> Where:
    """Random conditions, each there or not."""

    def maybe(share: float = 0.25) -> bool:
        return bool(rng.random() < share)

    def some(values: list[str] | tuple[str, ...], most: int) -> frozenset[str]:
        return frozenset(str(value) for value in rng.permutation(list(values))[: int(rng.integers(0, most + 1))])

    near = [track.tempo.bpm for track in tracks] or [120.0]
    bpm = tuple(a_range(rng, 50, 200) for _ in range(int(rng.integers(1, 4)))) if maybe() else ()
    if bpm and maybe():
        bpm = (*bpm, Range(near[0], near[0]))
    names = [name.swapcase() for name in ARTISTS if name]
    return Where(
        shares=some(LABELS[:12], 4),
        min_shared=int(rng.integers(0, 3)) if maybe() else 0,
        include=some(LABELS[58:], 3) if maybe() else frozenset(),
        include_mode="all" if maybe() else "any",
        exclude=some(LABELS, 2) if maybe() else frozenset(),
        bpm=bpm,
        keys=frozenset(int(key) for key in rng.choice(24, size=int(rng.integers(1, 10)))) if maybe() else frozenset(),
        keys_at_bpm=float(rng.choice([*near, *rng.uniform(50, 200, 2)])) if maybe() else None,
        energy=a_range(rng, 0, 1) if maybe() else ANY,
        duration_seconds=a_range(rng, 30, 600) if maybe() else ANY,
        artists=some(names, 2) if maybe(0.2) else frozenset(),
        exclude_artists=some([*names, ""], 2) if maybe(0.2) else frozenset(),
        ids=some([track.id for track in tracks], 8) if maybe(0.2) else None,
        exclude_ids=some([track.id for track in tracks], 3) if maybe(0.2) else frozenset(),
        exclude_hashes=some([track.content_hash for track in tracks], 3) if maybe(0.2) else frozenset(),
        until_id=str(rng.choice([track.id for track in tracks])) if tracks and maybe(0.2) else None,
    )


def random_tracks(rng: np.random.Generator) -> list[Track]:
    tracks = []
    for row in range(int(rng.integers(0, MOST_TRACKS + 1))):
        scores = rng.random(len(LABELS), dtype=np.float32) ** 2
        bpm = float(rng.choice([rng.uniform(50, 200), 120.0, 60.0, 128.0]))
        key = KeyEstimate(Key.from_index(int(rng.integers(24))), 1.0)
        told = Description(artist=ARTISTS[int(rng.integers(len(ARTISTS)))])
        tags, tempo = TagScores(VOCABULARY, scores), TempoEstimate(bpm, 1.0)
        energy, seconds = float(rng.random()), float(rng.uniform(30, 600))
        tracks.append(Track(f"{row:03d}", f"hash {row}", told, 0.0, seconds, tags, tempo, key, energy))
    return tracks


def cached(tracks: list[Track]) -> VectorCache:
    cache = VectorCache(1, VOCABULARY)
    facts = [
        (t.tempo.bpm, t.key.key.index, t.energy, t.duration_seconds, cache.artists.number(t.description.artist))
        for t in tracks
    ]
    active = np.array([t.tags.scores >= np.float32(VOCABULARY.thresholds) for t in tracks], dtype=np.bool_)
    rows = np.arange(len(tracks), dtype=np.int64)
    vectors = np.zeros((len(tracks), 1), dtype=np.float32)
    cache.put(Batch(rows, vectors, active.reshape(len(tracks), len(LABELS)), np.array(facts, dtype=FACTS)))
    return cache


def named(where: Where, tracks: list[Track]) -> Named:
    """What the database would look up."""
    rows = {track.id: row for row, track in enumerate(tracks)}
    hashes = {track.content_hash: row for row, track in enumerate(tracks)}
    excluded = [rows[i] for i in where.exclude_ids] + [hashes[i] for i in where.exclude_hashes]
    only = () if where.ids is None else (np.array([rows[i] for i in where.ids], dtype=np.int64),)
    until = None if where.until_id is None else rows[where.until_id]
    return Named(np.array(excluded, dtype=np.int64), only, until)


def test_nothing_leaks_in_ten_thousand_random_catalogues(rng: np.random.Generator) -> None:
    passed = refused = 0
    for _ in range(N_RANDOM_CATALOGUES):
        tracks = random_tracks(rng)
        where, view = conditions(rng, tracks), cached(tracks).view
        got = view.passing(where, named(where, tracks)).tolist()
        assert got == [where.passes(track) for track in tracks], where
        passed, refused = passed + sum(got), refused + len(got) - sum(got)
    assert min(passed, refused) > N_RANDOM_CATALOGUES  # the conditions let enough pass to mean something, and not all


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqliteCatalogue]:
    with open_catalogue(Path(tmp_path_factory.mktemp("shelf")), SPACE, VOCABULARY) as catalogue:
        catalogue.add_all([new_track(seed) for seed in range(150)])
        yield catalogue


@given(st.integers(0, 2**32))
@settings(max_examples=150, deadline=None)
def test_nothing_leaks_from_a_catalogue_on_the_disk(shelf: SqliteCatalogue, number: int) -> None:
    rng, tracks = np.random.default_rng(number), list(iterate(shelf))
    where = conditions(rng, tracks)
    ids = {track.id for track in tracks if where.passes(track)}
    query = rng.normal(size=SPACE.dim).astype(np.float32)
    assert {hit.track.id for hit in shelf.nearest(query, where, 1000)} == ids
    assert shelf.count(where) == len(ids)
    assert shelf.energies(where).tolist() == sorted(track.energy for track in tracks if track.id in ids)


def test_an_owners_tempo_and_key_are_what_limits_look_at(stored: SqliteCatalogue) -> None:
    track = stored.add(new_track(1))
    at_87, in_8a = Where(bpm=(Range(87, 87),)), Where(keys=frozenset({Key.parse("8A").index}))
    assert stored.count(at_87) == stored.count(in_8a) == 0
    vector = stored.vector(track.id)
    stored.update(track.id, TrackChanges(track.description, 87.0, Key.parse("8A"), vector))
    assert stored.count(at_87) == stored.count(in_8a) == 1
    stored.update(track.id, TrackChanges(replace(track.description, artist="Renamed"), None, None, vector))
    assert stored.count(at_87) == stored.count(in_8a) == 0
    assert stored.count(Where(artists=frozenset({"RENAMED"}))) == 1
