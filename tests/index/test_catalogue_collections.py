"""Collections, plays and presets: one contract for the plain implementation and the stored one."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable

import pytest
from catalogue_material import SPACE, VOCABULARY, new_track

from index.store import FILE_NAME, SqliteCatalogue, open_catalogue
from segue.errors import (
    CatalogueCorrupt,
    CollectionExists,
    CollectionNotFound,
    InvalidRequest,
    PresetIsBuiltIn,
    PresetNotFound,
    TrackNotFound,
)
from segue.mixer import Weights
from segue.ports import Catalogue
from segue.shelf.play import PlayedBefore
from segue.shelf.preset import BUILT_IN, Preset
from segue.where import Where

ODD = ["", "x", "\x00", "\ud800", "' OR 1=1 --", "é" * 26]


def filled(catalogue: Catalogue, n: int = 8) -> list[str]:
    return [catalogue.add(new_track(seed)).id for seed in range(n)]


def ids(tracks) -> list[str]:
    return [track.id for track in tracks]


def test_a_collection_from_beginning_to_end(catalogue: Catalogue) -> None:
    tracks, collections = filled(catalogue), catalogue.collections
    before = time.time()
    made = collections.create("  Warm-up  ")
    assert (made.name, made.n_tracks) == ("Warm-up", 0)
    assert before <= made.created_at <= time.time()
    assert collections.get(made.id) == collections.named("Warm-up") == made
    assert collections.add_tracks(made.id, [tracks[5], tracks[1], tracks[5]]).n_tracks == 2
    assert collections.add_tracks(made.id, [tracks[1], tracks[3]]).n_tracks == 3  # what is in it stays
    assert collections.add_tracks(made.id, []).n_tracks == 3
    assert ids(collections.track_page(made.id, 10)) == [tracks[1], tracks[3], tracks[5]]
    assert collections.remove_tracks(made.id, [tracks[3], tracks[4], "unknown"]) == 1
    renamed = collections.rename(made.id, "Peak time")
    assert (renamed.id, renamed.name, renamed.n_tracks) == (made.id, "Peak time", 2)
    assert collections.named("Warm-up") is None
    collections.remove(made.id)
    assert collections.page(10) == []
    assert catalogue.count() == 8


def test_every_call_says_that_a_collection_is_not_there(catalogue: Catalogue) -> None:
    collections = catalogue.collections
    calls: list[Callable[[str], object]] = [
        collections.get,
        collections.remove,
        lambda odd: collections.rename(odd, "name"),
        lambda odd: collections.add_tracks(odd, []),
        lambda odd: collections.remove_tracks(odd, []),
        lambda odd: collections.track_page(odd, 10),
    ]
    for odd in ODD:
        for call in calls:
            with pytest.raises(CollectionNotFound, match="no collection"):
                call(odd)


def test_names_belong_to_one_collection(catalogue: Catalogue) -> None:
    collections = catalogue.collections
    first, second = collections.create("Été"), collections.create("été")
    with pytest.raises(CollectionExists, match="Été"):
        collections.create(" E\u0301te\u0301 ")  # the same in decomposed characters
    with pytest.raises(CollectionExists):
        collections.rename(second.id, "Été")
    assert collections.rename(first.id, " Été ") == first  # its own name is free for it
    for name in ("", "   ", "a\nb", "\x00", "\ud800", "x" * 61):
        with pytest.raises(InvalidRequest):
            collections.create(name)
        with pytest.raises(InvalidRequest):
            collections.rename(first.id, name)
    assert collections.page(10) == [first, second]


def test_unknown_tracks_are_named_and_nothing_is_added(catalogue: Catalogue) -> None:
    tracks, collections = filled(catalogue), catalogue.collections
    made = collections.create("a")
    with pytest.raises(TrackNotFound, match="no track 'nowhere'"):
        collections.add_tracks(made.id, [tracks[0], "nowhere"])
    with pytest.raises(TrackNotFound, match="'n0', 'n1', 'n2', 'n3', 'n4' and 3 more"):
        collections.add_tracks(made.id, [tracks[0], *(f"n{n}" for n in range(8))])
    assert collections.get(made.id).n_tracks == 0


def test_pages_of_collections_and_of_their_tracks(catalogue: Catalogue) -> None:
    tracks, collections = filled(catalogue, 12), catalogue.collections
    made = [collections.create(f"number {n}").id for n in range(7)]
    assert made == sorted(set(made))
    assert [found.id for found in collections.page(3, after=made[1])] == made[2:5]
    assert collections.page(3, after=made[-1]) == []
    collections.add_tracks(made[0], tracks[::2])
    assert ids(collections.track_page(made[0], 3)) == tracks[0:6:2]
    assert ids(collections.track_page(made[0], 3, after=tracks[4])) == tracks[6::2]
    catalogue.remove(tracks[4])  # a cursor whose track is gone still stands where it stood
    assert ids(collections.track_page(made[0], 9, after=tracks[4])) == tracks[6::2]
    assert collections.track_page(made[0], 3, after="~") == []


def test_a_search_keeps_to_collections(catalogue: Catalogue) -> None:
    tracks, collections = filled(catalogue), catalogue.collections
    first, second = collections.create("first").id, collections.create("second").id
    collections.add_tracks(first, tracks[:3])
    collections.add_tracks(second, tracks[2:5])
    query = new_track(0).vector

    def found(*collection_ids: str) -> list[str]:
        where = Where(collection_ids=frozenset(collection_ids))
        hits = sorted(hit.track.id for hit in catalogue.nearest(query, where, 20))
        assert catalogue.count(where) == len(hits) == len(catalogue.energies(where))
        return hits

    assert found(first) == tracks[:3]
    assert found(first, second) == tracks[:5]
    assert found() == found("unknown") == []
    collections.remove_tracks(first, [tracks[0]])
    assert found(first) == tracks[1:3]  # at once, without any change of tracks
    collections.remove(second)
    assert found(second) == []


def test_a_search_leaves_out_what_was_played(catalogue: Catalogue) -> None:
    tracks, now = filled(catalogue), float(int(time.time()))
    catalogue.plays.record(tracks[0], now - 7200)
    catalogue.plays.record(tracks[0], now - 60)
    catalogue.plays.record(tracks[1], now - 7200)

    def found(since: float) -> list[str]:
        hits = catalogue.nearest(new_track(0).vector, Where(not_played_since=since), 20)
        return sorted(hit.track.id for hit in hits)

    assert found(now - 3600) == tracks[1:]
    assert found(now - 7200) == tracks[2:]  # since then means then too
    assert found(now) == tracks
    assert catalogue.plays.forget_all() == 3
    assert found(0) == tracks


def test_plays_newest_first(catalogue: Catalogue) -> None:
    tracks, plays = filled(catalogue), catalogue.plays
    now = time.time()
    moments = [now - 50, now - 10, now - 50, now - 30]
    made = [plays.record(track, moment) for track, moment in zip(tracks[:4], moments, strict=True)]
    assert plays.recent(10) == [made[1], made[3], made[2], made[0]]
    assert plays.recent(2, PlayedBefore(made[3].played_at, made[3].id)) == [made[2], made[0]]
    assert plays.recent(2, PlayedBefore(made[2].played_at, made[2].id)) == [made[0]]
    assert plays.recent(2, PlayedBefore(0.0, 0)) == []
    assert plays.record(tracks[0], now - 50) == made[0]  # told twice, played once
    latest = plays.record(tracks[0])
    assert latest.played_at >= now
    assert plays.recent(1) == [latest]
    assert (plays.forget_all(), plays.recent(10), plays.forget_all()) == (5, [], 0)


@pytest.mark.parametrize("moment", [-1.0, float("nan"), float("inf"), 4e9])
def test_times_that_no_play_can_have(catalogue: Catalogue, moment: float) -> None:
    (track,) = filled(catalogue, 1)
    with pytest.raises(InvalidRequest, match="time of a play"):
        catalogue.plays.record(track, moment)
    assert catalogue.plays.recent(10) == []


@pytest.mark.parametrize("odd", ODD)
def test_unknown_tracks_are_not_played(catalogue: Catalogue, odd: str) -> None:
    with pytest.raises(TrackNotFound):
        catalogue.plays.record(odd)


def test_a_track_that_goes_leaves_collections_and_plays(catalogue: Catalogue) -> None:
    tracks, collections = filled(catalogue), catalogue.collections
    made = collections.create("a")
    collections.add_tracks(made.id, tracks[:3])
    for track in tracks[:3]:
        catalogue.plays.record(track)
    catalogue.remove(tracks[1])
    assert collections.get(made.id).n_tracks == collections.page(1)[0].n_tracks == 2
    assert ids(collections.track_page(made.id, 10)) == [tracks[0], tracks[2]]
    assert sorted(play.track_id for play in catalogue.plays.recent(10)) == [tracks[0], tracks[2]]
    assert catalogue.plays.forget_all() == 2


def test_presets_are_saved_replaced_and_deleted(catalogue: Catalogue) -> None:
    presets = catalogue.presets
    mine = Preset("late-night", "Slow and deep.", Weights(sound=1, tags=0, tempo=0.25, key=0, energy=2, segue=0))
    assert presets.save(mine) == presets.get("late-night") == mine
    again = Preset("late-night", "", Weights(sound=0.1), built_in=True)  # as it may arrive from elsewhere
    assert presets.save(again).built_in is False
    assert presets.get("late-night").weights == Weights(sound=0.1)
    presets.save(Preset("another", "", Weights()))
    names = [preset.name for preset in presets.all()]
    assert names == [*(preset.name for preset in BUILT_IN), "another", "late-night"]
    presets.remove("late-night")
    for ask in (presets.get, presets.remove):
        with pytest.raises(PresetNotFound, match=r"'late-night'; there are default, .*another"):
            ask("late-night")


@pytest.mark.parametrize("preset", BUILT_IN, ids=lambda preset: preset.name)
def test_presets_that_come_with_segue_stay(catalogue: Catalogue, preset: Preset) -> None:
    assert catalogue.presets.get(preset.name) == preset
    with pytest.raises(PresetIsBuiltIn):
        catalogue.presets.save(Preset(preset.name, "", Weights()))
    with pytest.raises(PresetIsBuiltIn):
        catalogue.presets.remove(preset.name)
    assert catalogue.presets.all() == list(BUILT_IN)


def test_everything_outlives_the_process(stored: SqliteCatalogue) -> None:
    tracks = filled(stored)
    made = stored.collections.create("a")
    stored.collections.add_tracks(made.id, tracks[:2])
    play = stored.plays.record(tracks[0])
    preset = stored.presets.save(Preset("mine", "", Weights()))
    with open_catalogue(stored.directory, SPACE, VOCABULARY) as again:
        assert ids(again.collections.track_page(made.id, 10)) == tracks[:2]
        assert again.plays.recent(10) == [play]
        assert again.presets.get("mine") == preset
        assert again.verify() == []


def test_a_file_that_holds_another_recording_now_keeps_its_places(stored: SqliteCatalogue) -> None:
    old, other = stored.add(new_track(1, path="/a")), stored.add(new_track(2, path="/b"))
    stored.remember_file("/a", 1, 1, old.id)
    first, second = stored.collections.create("first").id, stored.collections.create("second").id
    stored.collections.add_tracks(first, [old.id, other.id])
    stored.collections.add_tracks(second, [old.id])
    stored.plays.record(old.id, 5.0)
    remastered = stored.add(new_track(3, path="/a"))
    stored.collections.add_tracks(second, [remastered.id])  # twice in, once kept
    stored.remember_file("/a", 2, 2, remastered.id)
    assert ids(stored.page(10)) == [other.id, remastered.id]
    assert ids(stored.collections.track_page(first, 10)) == [other.id, remastered.id]
    assert ids(stored.collections.track_page(second, 10)) == [remastered.id]
    assert [(play.track_id, play.played_at) for play in stored.plays.recent(10)] == [(remastered.id, 5.0)]
    assert stored.verify() == []


def test_a_preset_saved_before_an_axis_existed_leaves_it_silent(stored: SqliteCatalogue) -> None:
    stored.presets.save(Preset("mine", "", Weights()))
    with sqlite3.connect(stored.directory / FILE_NAME) as connection:
        connection.execute("""UPDATE presets SET weights = '{"sound": 2.0, "tags": 1.0}'""")
    connection.close()
    assert stored.presets.get("mine").weights == Weights(sound=2, tags=1, tempo=0, key=0, energy=0, segue=0)


@pytest.mark.parametrize("weights", ["", "[]", "{}", '{"sound": "loud"}', '{"sound": -1}'])
def test_damaged_presets_are_told(stored: SqliteCatalogue, weights: str) -> None:
    stored.presets.save(Preset("mine", "", Weights()))
    with sqlite3.connect(stored.directory / FILE_NAME) as connection:
        connection.execute("UPDATE presets SET weights = ?", (weights,))
    connection.close()
    with pytest.raises(CatalogueCorrupt, match="'mine' cannot be read"):
        stored.presets.get("mine")
    stored.presets.remove("mine")


def test_what_changes_no_track_takes_no_revision(stored: SqliteCatalogue) -> None:
    (track,) = filled(stored, 1)

    def revision() -> int:
        with sqlite3.connect(stored.directory / FILE_NAME) as connection:
            (told,) = connection.execute("SELECT revision FROM clock").fetchone()
        connection.close()
        return int(told)

    before = revision()
    stored.collections.add_tracks(stored.collections.create("a").id, [track])
    stored.plays.record(track)
    stored.presets.save(Preset("mine", "", Weights()))
    assert revision() == before
