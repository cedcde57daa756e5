"""Opening: persistence, spaces, schema versions and files that are something else."""

from __future__ import annotations

import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from catalogue_material import MIXER, SPACE, VOCABULARY, fixture_path, new_track, space_of_version
from sqlalchemy import select

from index.database import Database, plain_errors
from index.schema import SCHEMA_VERSION, metadata
from index.store import FILE_NAME, SqliteCatalogue, open_catalogue, open_existing
from segue.errors import CatalogueCorrupt, CatalogueError, SpaceMismatch
from segue.key import Key
from segue.tags import TagVocabulary
from segue.where import Range, Where


def test_everything_is_there_after_reopening(tmp_path: Path) -> None:
    query, where = new_track(3).vector, Where(exclude=frozenset({"genre---g03"}))
    with open_catalogue(tmp_path, SPACE, VOCABULARY) as catalogue:
        tracks = [catalogue.add(new_track(seed)) for seed in range(40)]
        before = [(hit.track.id, hit.score) for hit in catalogue.nearest(query, where, 10)]
    for reopened in (open_catalogue(tmp_path, SPACE, VOCABULARY, create=False), open_existing(tmp_path)):
        with reopened as catalogue:
            assert (catalogue.space, catalogue.vocabulary) == (SPACE, VOCABULARY)
            assert [track.id for track in catalogue.page(100)] == [track.id for track in tracks]
            assert [(hit.track.id, hit.score) for hit in catalogue.nearest(query, where, 10)] == before
            assert catalogue.verify() == []
    assert [part.name for part in tmp_path.iterdir()] == [FILE_NAME]


def test_another_space_is_refused_with_both_names_and_the_cure(tmp_path: Path) -> None:
    open_catalogue(tmp_path, SPACE, VOCABULARY).close()
    other = replace(SPACE, embedder="short_chunk_res@00000000000f")
    with pytest.raises(SpaceMismatch, match=r"@000000000001 .*@00000000000f .*segue index rebuild"):
        open_catalogue(tmp_path, other, VOCABULARY)


def test_other_thresholds_or_tags_are_refused(tmp_path: Path) -> None:
    open_catalogue(tmp_path, SPACE, VOCABULARY).close()
    with pytest.raises(SpaceMismatch, match="thresholds"):
        open_catalogue(tmp_path, SPACE, TagVocabulary(VOCABULARY.labels, (0.5,) * 70))
    with pytest.raises(SpaceMismatch, match="other tags"):
        open_catalogue(tmp_path, SPACE, TagVocabulary(VOCABULARY.labels[:9], VOCABULARY.thresholds[:9]))


def test_no_catalogue_is_made_unless_asked(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="no catalogue"):
        open_catalogue(tmp_path / "nowhere", SPACE, VOCABULARY, create=False)
    with pytest.raises(CatalogueError, match="no catalogue"):
        open_existing(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    open_catalogue(tmp_path, SPACE, VOCABULARY).close()
    connection = sqlite3.connect(tmp_path / FILE_NAME)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    connection.close()
    with pytest.raises(CatalogueError, match=f"schema version {SCHEMA_VERSION + 1}.*Update Segue"):
        open_catalogue(tmp_path, SPACE, VOCABULARY)


def test_other_programs_files_are_refused(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / FILE_NAME)
    connection.execute("CREATE TABLE recipes (name TEXT)")
    connection.close()
    with pytest.raises(CatalogueError, match="not made by Segue"):
        open_catalogue(tmp_path, SPACE, VOCABULARY)
    (tmp_path / FILE_NAME).write_bytes(b"no database at all" * 1000)
    with pytest.raises(CatalogueCorrupt, match="damaged or no catalogue"):
        open_existing(tmp_path)


def test_a_place_that_cannot_be_written_is_an_error_of_ours(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(CatalogueError, match="cannot be made a catalogue"):
        open_catalogue(tmp_path / "file" / "catalogue", SPACE, VOCABULARY)


def test_a_commit_is_on_the_disk(stored: SqliteCatalogue) -> None:
    with stored._database.reading() as connection:
        pragmas = ("journal_mode", "synchronous", "foreign_keys")
        values = [connection.exec_driver_sql(f"PRAGMA {pragma}").scalar_one() for pragma in pragmas]
    assert values == ["wal", 2, 1]
    assert isinstance(stored._database, Database)


def test_text_of_any_kind_survives(stored: SqliteCatalogue) -> None:
    odd = "/music/caf\udce9/\x00\U0001f3b5.mp3"  # not UTF-8: the bytes of an old file name
    track = stored.add(new_track(1, path=odd))
    stored.remember_file(odd, 1, 2, track.id)
    assert stored.get(track.id).description.path == odd
    state = stored.file_state(odd)
    assert state is not None and state.path == odd
    assert stored.verify() == []


@pytest.mark.parametrize("version", [1, 2])
def test_old_schema_versions_still_load(version: int, tmp_path: Path) -> None:
    shutil.copyfile(fixture_path(version), tmp_path / FILE_NAME)
    space = space_of_version(version)
    with open_catalogue(tmp_path, space, VOCABULARY) as catalogue:
        assert catalogue.verify() == []
        tracks = catalogue.page(10)
        assert [track.description.path for track in tracks] == [f"/music/{n}.flac" for n in range(4)]
        renamed = tracks[1]
        assert (renamed.description.title, renamed.description.artist) == ("Renamed", "Björk")
        assert (renamed.tempo.bpm, renamed.key.key) == (87.0, Key(9, "minor"))
        for seed, track in enumerate(tracks):
            new = new_track(seed)
            assert track.content_hash == new.analysis.content_hash
            np.testing.assert_allclose(track.tags.scores, new.analysis.tags.scores, atol=1e-6)
            sound = MIXER.blocks["sound"]
            np.testing.assert_allclose(catalogue.vector(track.id)[sound], new.vector[sound], atol=1e-5)
            assert len(catalogue.chunk_embeddings(track.id)) == 3 + seed % 3
        state = catalogue.file_state("/music/bad.mp3")
        assert state is not None and state.error is not None and state.error.code == "corrupt_audio"
        assert [catalogue.bars(track.id) is None for track in tracks] == [version == 1] * 4
        assert catalogue.count(Where(artists=frozenset({"BJÖRK"}), bpm=(Range(87, 87),))) == 1
        new = new_track(9)
        assert catalogue.add(replace(new, vector=new.vector[: space.dim])).id > tracks[-1].id
        assert catalogue.stats().schema_version == SCHEMA_VERSION


def test_the_newest_fixture_holds_a_row_in_every_table_and_gives_it_back(tmp_path: Path) -> None:
    shutil.copyfile(fixture_path(SCHEMA_VERSION), tmp_path / FILE_NAME)
    with open_existing(tmp_path) as catalogue:
        with catalogue._database.reading() as connection:
            empty = [
                table.name for table in metadata.sorted_tables if connection.execute(select(table)).first() is None
            ]
        assert empty == []
        ids = [track.id for track in catalogue.page(10)]
        crate = catalogue.collections.named("Crate")
        assert crate is not None
        assert [track.id for track in catalogue.collections.track_page(crate.id, 10)] == ids[:2]
        plays = catalogue.plays.recent(10)
        assert [(play.track_id, play.played_at) for play in plays] == [(ids[2], 1_700_000_000.0)]
        assert catalogue.presets.get("late-night").weights.energy == 0.5
        page = catalogue.map.page(10)
        assert (page.method, page.n_placed, [point.track_id for point in page.points]) == ("pca", 0, ids)
        assert page.fitted_at is not None


def test_the_fixture_is_small() -> None:
    assert all(fixture_path(version).stat().st_size < 200_000 for version in (1, 2))


def test_a_file_that_may_not_be_written_is_told_with_what_would_work(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / FILE_NAME)
    connection.execute("PRAGMA query_only = ON")  # as a file without write permission is; also for root
    with (
        pytest.raises(CatalogueError, match=rf"{FILE_NAME} .* readonly .*change the permissions"),
        plain_errors(tmp_path / FILE_NAME),
    ):
        connection.execute("CREATE TABLE some (name TEXT)")
    connection.close()


def test_an_old_file_is_upgraded_while_one_reads_it_and_several_open_it(tmp_path: Path) -> None:
    shutil.copyfile(fixture_path(1), tmp_path / FILE_NAME)
    reader = sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)
    reader.execute("PRAGMA journal_mode = WAL")
    reader.execute("BEGIN")
    assert reader.execute("SELECT count(*) FROM tracks").fetchone() == (4,)

    def opened(_: int) -> tuple[int, int, int]:
        with open_existing(tmp_path) as catalogue:
            return catalogue.count(), catalogue.stats().schema_version, len(catalogue.verify())

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(opened, range(4))) == [(4, SCHEMA_VERSION, 0)] * 4
    assert reader.execute("SELECT count(*) FROM tracks").fetchone() == (4,)  # its snapshot goes on
    reader.close()
