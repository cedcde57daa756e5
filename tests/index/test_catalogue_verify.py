"""Verify finds planted damage, and names it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import numpy as np
import pytest
from catalogue_material import MIXER, SPACE, VOCABULARY, new_track

from index.schema import tracks
from index.store import FILE_NAME, SqliteCatalogue, open_catalogue, open_existing
from segue.errors import CatalogueCorrupt
from segue.mixer import Weights
from segue.shelf.preset import Preset


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    with open_catalogue(tmp_path, SPACE, VOCABULARY) as catalogue:
        for seed in range(5):
            catalogue.add(new_track(seed))
        catalogue.collections.create("Empty")
        catalogue.plays.record(catalogue.page(1)[0].id)
        catalogue.presets.save(Preset("late-night", "", Weights()))
        catalogue.map.fit("pca")
    return tmp_path


def plant(directory: Path, statement: str, value: object) -> None:
    connection = sqlite3.connect(directory / FILE_NAME)
    connection.execute("PRAGMA ignore_check_constraints = ON")
    connection.execute(statement, () if value is None else (value,))
    connection.commit()
    connection.close()


def codes(directory: Path) -> set[str]:
    with open_existing(directory) as catalogue:
        return {problem.code for problem in catalogue.verify()}


def test_a_sound_catalogue_has_no_problems(filled: Path) -> None:
    assert codes(filled) == set()


VECTOR = np.ones(MIXER.dim, dtype="<f4")
HOLED = np.full(MIXER.dim, np.nan, dtype="<f4")
NEITHER_FITS = {"chunks_unreadable", "codes_unreadable"}  # no words for chunks that cannot be read
SCORES = np.full(len(VOCABULARY.labels), 2.0, dtype="<f4")


@pytest.mark.parametrize(
    ("statement", "value", "expected"),
    [
        ("UPDATE vectors SET vector = ? WHERE row = 2", VECTOR.tobytes(), {"checksum_differs", "vector_not_unit"}),
        ("UPDATE vectors SET vector = ? WHERE row = 2", HOLED.tobytes(), {"checksum_differs", "vector_not_finite"}),
        (
            "UPDATE vectors SET vector = ? WHERE row = 2",
            b"\0" * 8,
            {"checksum_differs", "vector_unreadable", "cache_unreadable"},
        ),
        ("DELETE FROM vectors WHERE row = ?", 2, {"vector_missing"}),
        ("DELETE FROM chunk_embeddings WHERE row = ?", 2, {"chunks_missing"}),
        ("UPDATE chunk_embeddings SET n_chunks = ? WHERE row = 2", 99, {"chunks_unreadable"}),
        (
            "UPDATE tracks SET tag_scores = ? WHERE row = 2",
            SCORES.tobytes(),
            {"checksum_differs", "tags_out_of_range"},
        ),
        ("UPDATE tracks SET tempo = ? WHERE row = 2", "fast", {"record_unreadable"}),
        ("UPDATE tracks SET key_override = ? WHERE row = 2", 24, {"record_unreadable"}),
        ("UPDATE tracks SET energy = ? WHERE row = 2", 1.5, {"energy_out_of_range"}),
        ("UPDATE tracks SET duration_seconds = ? WHERE row = 2", -1.0, {"duration_out_of_range"}),
        ("UPDATE tracks SET bpm_override = ? WHERE row = 2", 0.0, {"tempo_out_of_range"}),
        ("UPDATE tracks SET revision = ? WHERE row = 2", 10**6, {"revision_ahead"}),
        ("UPDATE tracks SET id = ? WHERE row = 2", "Z" * 26, {"order_of_ids"}),
        ("DELETE FROM tracks WHERE row = ?", 2, {"orphan_row"}),
        ("UPDATE vectors SET crc = ? WHERE row = 2", 1, {"checksum_differs"}),
        ("UPDATE bars SET crc = ? WHERE row = 2", 1, {"checksum_differs"}),
        ("UPDATE bars SET grid = ? WHERE row = 2", b"\0" * 7, {"checksum_differs", "bars_unreadable"}),
        ("UPDATE bars SET grid = ? WHERE row = 2", b"\0" * 80, {"checksum_differs", "bars_unreadable"}),
        ("UPDATE bars SET phrase_offset = ? WHERE row = 2", 8, {"bars_unreadable"}),
        ("UPDATE chunk_codes SET crc = ? WHERE row = 2", 1, {"checksum_differs"}),
        ("UPDATE chunk_codes SET codes = ? WHERE row = 2", b"\0" * 7, {"checksum_differs", "codes_unreadable"}),
        ("UPDATE chunk_codes SET n_levels = ? WHERE row = 2", 1, {"codes_unreadable"}),
        ("DELETE FROM chunk_codes WHERE row = ?", 2, {"frequencies_differ"}),
        ("UPDATE code_frequencies SET n_tracks = ? WHERE code = 16", 9, {"frequencies_differ"}),
        ("DELETE FROM code_frequencies WHERE code >= ?", 16, {"frequencies_differ"}),
        ("UPDATE bars SET grid = ? WHERE row = 2", "text", {"bars_unreadable"}),
        ("UPDATE bars SET phrase_offset = ? WHERE row = 2", "first", {"bars_unreadable"}),
        ("UPDATE bars SET confidence = ? WHERE row = 2", 7, {"bars_unreadable"}),
        ("UPDATE chunk_codes SET codes = ? WHERE row = 2", "text", {"codes_unreadable"}),
        ("UPDATE chunk_codes SET n_levels = ? WHERE row = 2", "two", {"codes_unreadable"}),
        ("UPDATE chunk_embeddings SET n_chunks = 6, dim = ? WHERE row = 1", 6, NEITHER_FITS),
        ("UPDATE chunk_embeddings SET n_chunks = ?, dim = -dim WHERE row = 1", -3, NEITHER_FITS),
        ("UPDATE tracks SET energy = ? WHERE row = 2", "loud", {"record_unreadable", "cache_unreadable"}),
        ("UPDATE tracks SET revision = ? WHERE row = 2", "last", {"revision_ahead"}),
        ("UPDATE tracks SET title = CAST(? AS TEXT) WHERE row = 2", b"\xff", {"file_damaged"}),
        ("UPDATE tracks SET artist = ? WHERE row = 2", b"\xff", {"file_damaged", "cache_unreadable"}),
        ("INSERT INTO collection_tracks SELECT id, ? FROM collections", 77, {"orphan_row"}),
        ("UPDATE collections SET name = ?", " ", {"collection_unreadable"}),
        ("UPDATE collections SET id = ?", "nobody's", {"collection_unreadable"}),
        ("UPDATE collections SET created_at = ?", 1e300, {"collection_unreadable"}),
        ("UPDATE plays SET played_at = ?", "late", {"plays_unreadable"}),
        ("UPDATE plays SET row = ?", 77, {"orphan_row"}),
        ("UPDATE presets SET weights = ?", '{"sound": -1}', {"preset_unreadable"}),
        ("UPDATE presets SET name = ?", "Late Night", {"preset_unreadable"}),
        ("UPDATE map_fit SET method = ?", "guess", {"map_unreadable"}),
        ("UPDATE map_fit SET fitted_at = ?", -1, {"map_unreadable"}),
        ("DELETE FROM map_fit WHERE id = ?", 1, {"map_unreadable"}),
        ("DELETE FROM map_clusters WHERE cluster >= ?", 0, {"map_unreadable"}),
        ("UPDATE map_points SET cluster = ? WHERE row = 1", -1, {"map_unreadable"}),
        ("UPDATE map_points SET x = ? WHERE row = 1", 1.5, {"map_unreadable"}),
        ("UPDATE map_points SET y = ? WHERE row = 1", "up", {"map_unreadable"}),
        ("UPDATE map_clusters SET tags = ?", "{", {"map_unreadable"}),
        ("DROP TABLE plays", None, {"file_damaged"}),
        ("DROP INDEX ix_plays_row", None, {"file_damaged"}),
    ],
)
def test_planted_damage_is_found(filled: Path, statement: str, value: object, expected: set[str]) -> None:
    plant(filled, statement, value)
    assert codes(filled) == expected


def test_a_repeated_hash_is_found(filled: Path) -> None:
    others = ", ".join(f'"{column.name}"' for column in tracks.c if column.name not in ("row", "id"))
    connection = sqlite3.connect(filled / FILE_NAME)
    connection.executescript(  # the same table without the constraint that forbids it
        f"""PRAGMA legacy_alter_table = ON;
        ALTER TABLE tracks RENAME TO was;
        CREATE TABLE tracks ("row" INTEGER PRIMARY KEY, id TEXT UNIQUE, {others});
        INSERT INTO tracks ("row", id, {others}) SELECT "row", id, {others} FROM was;
        DROP TABLE was;
        UPDATE tracks SET content_hash = (SELECT content_hash FROM tracks WHERE "row" = 1) WHERE "row" = 2;"""
    )
    connection.close()
    assert codes(filled) == {"hash_repeated", "file_damaged"}  # the new table has no indexes


def test_a_flipped_page_is_found(filled: Path) -> None:
    path = filled / FILE_NAME
    content = bytearray(path.read_bytes())
    for start in range(4096, len(content), 4096):
        content[start : start + 8] = b"\xff" * 8
    path.write_bytes(content)
    try:
        assert "file_damaged" in codes(filled)
    except CatalogueCorrupt as error:
        assert "damaged" in error.message


def test_a_cache_that_differs_is_found_and_rebuilt(stored: SqliteCatalogue) -> None:
    tracks = [stored.add(new_track(seed)) for seed in range(5)]
    stored.count()
    stored._live._cache.view.vectors[2] += 0.5
    stored._live._cache.forget(np.array([1]))
    problems = stored.verify()
    assert {problem.code for problem in problems} == {"cache_differs"}
    assert {problem.track_id for problem in problems} == {tracks[0].id, tracks[2].id}
    stored.rebuild_cache()
    assert stored.verify() == []


def test_reading_damaged_data_is_an_error_of_ours(filled: Path) -> None:
    plant(filled, "UPDATE tracks SET tempo = ? WHERE row = 2", "fast")
    with open_existing(filled) as catalogue, pytest.raises(CatalogueCorrupt, match="segue index verify"):
        catalogue.page(10)
