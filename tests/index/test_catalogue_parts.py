"""Tracks found by a passage: the stored catalogue agrees with the plainest one, whatever came and went."""

from __future__ import annotations

import random

import numpy as np
import pytest
from catalogue_material import MIXER, SPACE, VOCABULARY, new_track

from index.database import read_clock
from index.parts import Parts
from index.store import SqliteCatalogue
from segue.errors import CatalogueCorrupt
from segue.fakes import MemoryCatalogue
from segue.ports import Catalogue, TrackChanges
from segue.segments import windows_of
from segue.where import ANY, Range, Where

EVERYWHERE = Where()
QUERY = new_track(999)
WINDOWS = windows_of(QUERY.analysis.hearing.chunk_embeddings)


def found(catalogue: Catalogue, where: Where = EVERYWHERE, k: int = 10) -> list[tuple[str, float]]:
    hits = catalogue.nearest_by_parts(QUERY.vector, WINDOWS, 0.4, where, k)
    return [(hit.track.content_hash, hit.score) for hit in hits]


def override(catalogue: Catalogue, content_hash: str, bpm: float) -> None:
    track = catalogue.find(content_hash)
    assert track is not None
    vector = MIXER.retune(catalogue.vector(track.id), bpm, track.key.key)
    catalogue.update(track.id, TrackChanges(track.description, bpm, None, vector))


def test_agrees_with_the_plainest_catalogue_after_every_change(stored: SqliteCatalogue) -> None:
    plain, chance = MemoryCatalogue(SPACE, VOCABULARY), random.Random(5)
    assert found(stored) == []
    for seed in range(60):
        for catalogue in (stored, plain):
            catalogue.add(new_track(seed))
        if seed % 3 == 1:
            gone = chance.choice(plain.page(100)).content_hash
            for catalogue in (stored, plain):
                track = catalogue.find(gone)
                assert track is not None
                catalogue.remove(track.id)
        if seed % 4 == 2:
            some = chance.choice(plain.page(100)).content_hash
            for catalogue in (stored, plain):
                override(catalogue, some, 60.0 + seed)
        if seed == 40:
            stored.rebuild_cache()
        for where in (Where(), Where(energy=Range(0.3, 0.8)), Where(energy=ANY, bpm=(Range(500, 600),))):
            ours, theirs = found(stored, where), found(plain, where)
            assert [name for name, _ in ours] == [name for name, _ in theirs]
            np.testing.assert_allclose([s for _, s in ours], [s for _, s in theirs], atol=2e-3)  # parts are float16


def test_a_change_of_an_owner_copies_no_parts(stored: SqliteCatalogue) -> None:
    track = stored.add_all([new_track(seed) for seed in range(5)])[2]
    found(stored)
    before = stored._parts._parts
    override(stored, track.content_hash, 100.0)
    assert len(found(stored)) == 5
    assert stored._parts._parts is before


def test_an_older_snapshot_does_not_set_back_what_is_known(stored: SqliteCatalogue) -> None:
    tracks = stored.add_all([new_track(seed) for seed in range(5)])
    parts, rows = Parts(), np.arange(1, 6)
    with stored._database.reading() as older:
        then = read_clock(older).revision
        stored.remove(tracks[1].id)
        stored.add(new_track(7))
        with stored._database.reading() as newer:
            now = read_clock(newer).revision
            after = parts.best(newer, now, WINDOWS, np.array([1, 3, 4, 5, 6]))
        told = parts.best(older, then, WINDOWS, rows)
        assert parts._seen == now
        np.testing.assert_array_equal(told[[0, 2, 3, 4]], after[:4])
        assert told[1] == -1  # gone by now
    with stored._database.reading() as newer:
        np.testing.assert_array_equal(parts.best(newer, now, WINDOWS, np.array([1, 3, 4, 5, 6])), after)


def test_chunks_of_another_width_are_an_error_of_ours(stored: SqliteCatalogue) -> None:
    stored.add_all([new_track(seed) for seed in range(5)])
    with stored._database.writing() as connection:
        connection.exec_driver_sql("UPDATE chunk_embeddings SET n_chunks = 2 * n_chunks, dim = dim / 2 WHERE row = 2")
    with pytest.raises(CatalogueCorrupt, match="segue index verify"):
        found(stored)
