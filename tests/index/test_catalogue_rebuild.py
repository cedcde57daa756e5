"""Rebuilding a catalogue for other models."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from catalogue_material import MIXER, SPACE, VOCABULARY, new_track

from index.rebuild import _SWAP, REBUILD_FILE_NAME, open_rebuild
from index.store import FILE_NAME, SqliteCatalogue, open_catalogue
from segue.codebook import CodeFrequencies
from segue.errors import CatalogueError, SpaceMismatch
from segue.key import Key
from segue.mixer import Weights
from segue.ports import NewTrack, TrackChanges
from segue.shelf.preset import Preset
from segue.tags import TagScores, TagVocabulary
from segue.track import Description
from segue.where import Where

NEW_SPACE = replace(SPACE, embedder="short_chunk_res@000000000002")
NEW_VOCABULARY = TagVocabulary(VOCABULARY.labels, (0.25,) * 70)


def heard_anew(seed: int, content: int | None = None) -> NewTrack:
    """What the new models hear in a recording."""
    new = new_track(1000 + seed, content=seed if content is None else content)
    tags = TagScores(NEW_VOCABULARY, new.analysis.tags.scores)
    return replace(new, analysis=replace(new.analysis, tags=tags))


@pytest.fixture
def old(stored: SqliteCatalogue) -> SqliteCatalogue:
    """Six tracks from files; the third has overrides."""
    for seed in range(6):
        track = stored.add(new_track(seed, path=f"/{seed}.mp3"))
        stored.remember_file(f"/{seed}.mp3", 1, 1, track.id)
    third = stored.page(3)[2]
    vector = MIXER.retune(stored.vector(third.id), 99.0, Key(4, "major"))
    stored.update(third.id, TrackChanges(Description("Mine", path="/2.mp3"), 99.0, Key(4, "major"), vector))
    return stored


def seed_of(path: str | None) -> int:
    assert path is not None
    return int(Path(path).stem)


def test_a_rebuild_keeps_ids_words_and_overrides(old: SqliteCatalogue) -> None:
    before, directory = old.page(10), old.directory
    with open_rebuild(directory, NEW_SPACE, NEW_VOCABULARY) as rebuild:
        assert rebuild.n_pending() == 6
        for track in rebuild.pending():
            rebuild.put(track, heard_anew(seed_of(track.description.path)))
        assert rebuild.finish() == 6
    assert not (directory / REBUILD_FILE_NAME).exists()
    with pytest.raises(SpaceMismatch, match="while it was open"):
        old.count()
    with pytest.raises(SpaceMismatch, match="while it was open"):
        old.add(new_track(9))
    with open_catalogue(directory, NEW_SPACE, NEW_VOCABULARY) as catalogue:
        after = catalogue.page(10)
        assert [(t.id, t.added_at, t.description) for t in after] == [(t.id, t.added_at, t.description) for t in before]
        assert (after[2].bpm_override, after[2].key_override) == (99.0, Key(4, "major"))
        expected = MIXER.retune(heard_anew(2).vector, 99.0, Key(4, "major"))
        np.testing.assert_array_equal(catalogue.vector(after[2].id), expected)
        np.testing.assert_array_equal(catalogue.vector(after[0].id), heard_anew(0).vector)
        assert after[0].tags.active == heard_anew(0).analysis.tags.active
        assert catalogue.file_state("/3.mp3") is not None
        assert catalogue.verify() == []
        assert catalogue.add(heard_anew(50)).id > after[-1].id


def test_a_rebuild_goes_on_where_it_was_broken_off(old: SqliteCatalogue) -> None:
    with open_rebuild(old.directory, NEW_SPACE, NEW_VOCABULARY) as rebuild:
        for track in list(rebuild.pending())[:4]:
            rebuild.put(track, heard_anew(seed_of(track.description.path)))
        with pytest.raises(CatalogueError, match="2 tracks are still"):
            rebuild.finish()
    assert old.count() == 6  # the old one stays in use, and may change
    first, second, *_ = old.page(10)
    old.remove(first.id)
    old.update(second.id, TrackChanges(Description("Renamed", path="/1.mp3"), None, None, old.vector(second.id)))
    old.add(new_track(7, path="/7.mp3"))
    with open_rebuild(old.directory, NEW_SPACE, NEW_VOCABULARY) as rebuild:
        left = list(rebuild.pending())
        assert [seed_of(track.description.path) for track in left] == [1, 4, 5, 7]
        for track in left:
            rebuild.put(track, heard_anew(seed_of(track.description.path)))
        assert rebuild.finish() == 6
    with open_catalogue(old.directory, NEW_SPACE, NEW_VOCABULARY) as catalogue:
        assert catalogue.get(second.id).description.title == "Renamed"
        assert catalogue.verify() == []


def test_a_swap_that_breaks_off_changes_nothing(old: SqliteCatalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    before = [track.id for track in old.page(10)]
    with open_rebuild(old.directory, NEW_SPACE, NEW_VOCABULARY) as rebuild:
        for track in rebuild.pending():
            rebuild.put(track, heard_anew(seed_of(track.description.path)))
        with monkeypatch.context() as patched:
            patched.setattr("index.rebuild._SWAP", (*_SWAP, "SELECT * FROM no_such_table"))
            with pytest.raises(CatalogueError, match="no_such_table"):
                rebuild.finish()
        assert [track.id for track in old.page(10)] == before
        assert old.verify() == []
        assert rebuild.finish() == 6


def test_an_unfinished_rebuild_for_other_models_is_begun_anew(old: SqliteCatalogue) -> None:
    with open_rebuild(old.directory, NEW_SPACE, NEW_VOCABULARY) as rebuild:
        for track in rebuild.pending():
            rebuild.put(track, heard_anew(seed_of(track.description.path)))
    newer = replace(NEW_SPACE, tagger="crnn@000000000009")
    with open_rebuild(old.directory, newer, NEW_VOCABULARY) as rebuild:
        assert rebuild.n_pending() == 6


def test_tracks_without_a_file_can_be_left_out(old: SqliteCatalogue) -> None:
    with open_rebuild(old.directory, NEW_SPACE, NEW_VOCABULARY) as rebuild:
        for track in rebuild.pending():
            if seed_of(track.description.path) in (1, 4):
                rebuild.leave_out(track.id)
            else:
                rebuild.put(track, heard_anew(seed_of(track.description.path)))
        assert rebuild.finish() == 4
    with open_catalogue(old.directory, NEW_SPACE, NEW_VOCABULARY) as catalogue:
        assert [seed_of(track.description.path) for track in catalogue.page(10)] == [0, 2, 3, 5]
        assert catalogue.file_state("/1.mp3") is None
        assert catalogue.verify() == []


def test_a_rebuild_keeps_collections_plays_and_presets(old: SqliteCatalogue) -> None:
    ids = [track.id for track in old.page(10)]
    made = old.collections.create("Warm-up")
    old.collections.add_tracks(made.id, ids[:3])
    plays = [old.plays.record(track_id, 1000.0 + n) for n, track_id in enumerate(ids[:3])]
    mine = old.presets.save(Preset("mine", "", Weights()))
    with open_rebuild(old.directory, NEW_SPACE, NEW_VOCABULARY) as rebuild:
        for track in rebuild.pending():
            if track.id == ids[1]:
                rebuild.leave_out(track.id)
            else:
                rebuild.put(track, heard_anew(seed_of(track.description.path)))
        rebuild.finish()
    for call in (old.collections.page, old.plays.recent, lambda _: old.presets.all(), old.collections.get):
        with pytest.raises(SpaceMismatch, match="while it was open"):
            call(1)
    with open_catalogue(old.directory, NEW_SPACE, NEW_VOCABULARY) as catalogue:
        assert catalogue.collections.page(10) == [replace(made, n_tracks=2)]
        assert [track.id for track in catalogue.collections.track_page(made.id, 10)] == [ids[0], ids[2]]
        assert catalogue.count(Where(collection_ids=frozenset({made.id}))) == 2
        assert catalogue.plays.recent(10) == [plays[2], plays[0]]
        assert catalogue.presets.get("mine") == mine
        assert catalogue.verify() == []


def test_words_are_counted_anew(old: SqliteCatalogue) -> None:
    first, *others = old.page(10)
    with open_rebuild(old.directory, NEW_SPACE, NEW_VOCABULARY) as rebuild:
        for track in rebuild.pending():
            rebuild.put(track, heard_anew(seed_of(track.description.path)))
        old.remove(first.id)  # heard anew, and then no longer wanted
        assert rebuild.finish() == 5
    expected = CodeFrequencies()
    for track in others:
        expected = expected.including(heard_anew(seed_of(track.description.path)).analysis.hearing.codes)
    with open_catalogue(old.directory, NEW_SPACE, NEW_VOCABULARY) as catalogue:
        assert catalogue.code_frequencies() == expected
        assert catalogue.verify() == []


def test_files_that_changed_meanwhile(old: SqliteCatalogue) -> None:
    with open_rebuild(old.directory, NEW_SPACE, NEW_VOCABULARY) as rebuild:
        for track in rebuild.pending():
            seed = seed_of(track.description.path)
            stored = rebuild.put(track, heard_anew(seed, content={2: 77, 4: 0}.get(seed)))
            assert (stored is None) == (seed == 4)  # holds the recording of the first one now
            if seed == 2:  # another recording: what its owner said of the old one is void
                assert stored is not None
                assert (stored.bpm_override, stored.key_override) == (None, None)
        assert rebuild.finish() == 5
    with open_catalogue(old.directory, NEW_SPACE, NEW_VOCABULARY) as catalogue:
        assert catalogue.verify() == []


def test_what_does_not_belong_to_the_new_space_is_refused(old: SqliteCatalogue) -> None:
    with open_rebuild(old.directory, NEW_SPACE, NEW_VOCABULARY) as rebuild:
        track = next(rebuild.pending())
        with pytest.raises(SpaceMismatch):
            rebuild.put(track, new_track(0))


def test_there_must_be_a_catalogue_to_rebuild(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="no catalogue"):
        open_rebuild(tmp_path, NEW_SPACE, NEW_VOCABULARY)
    assert not (tmp_path / FILE_NAME).exists()
