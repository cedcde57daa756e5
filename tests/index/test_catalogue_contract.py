"""The contract of the catalogue port, for the plain implementation and the stored one alike."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from catalogue_material import MIXER, SPACE, VOCABULARY, new_track

from segue.codebook import CodeFrequencies
from segue.errors import SpaceMismatch, TrackNotFound
from segue.key import Key
from segue.mixer import Weights
from segue.ports import Catalogue, TrackChanges, iterate
from segue.tags import TagScores
from segue.track import Description
from segue.where import Where

EVERYWHERE = Where()


def brute_force(catalogue, query, where, k, min_score=None):
    """Ids and scores by the definition: filter with Where.passes, score with np.dot, sort."""
    scored = [
        (track.id, float(np.dot(query, catalogue.vector(track.id))))
        for track in iterate(catalogue)
        if where.passes(track)
    ]
    kept = [pair for pair in scored if min_score is None or pair[1] >= min_score]
    return sorted(kept, key=lambda pair: (-pair[1], pair[0]))[:k]


def found(hits):
    return [(hit.track.id, hit.score) for hit in hits]


def query_of(seed: int) -> np.ndarray:
    return MIXER.query(new_track(seed).vector, Weights())


def test_an_empty_catalogue_answers_everything(catalogue: Catalogue) -> None:
    assert catalogue.count() == 0
    assert catalogue.count(Where(include=frozenset({"genre---g00"}))) == 0
    assert catalogue.page(10) == []
    assert catalogue.find("0" * 64) is None
    assert catalogue.nearest(query_of(1), EVERYWHERE, 10) == []


def test_what_was_added_comes_back_whole(catalogue: Catalogue) -> None:
    new = new_track(5, path="/music/five.flac")
    track = catalogue.add(new)
    heard = new.analysis
    assert track == replace(catalogue.get(track.id), tags=track.tags)
    assert track.content_hash == heard.content_hash
    assert track.description == new.description
    assert (track.estimated_tempo, track.estimated_key) == (heard.hearing.tempo, heard.hearing.key)
    assert (track.energy, track.duration_seconds) == (heard.hearing.energy, heard.duration_seconds)
    assert catalogue.get(track.id).tags.active == heard.tags.active
    np.testing.assert_array_equal(catalogue.get(track.id).tags.scores, heard.tags.scores)
    np.testing.assert_array_equal(catalogue.vector(track.id), new.vector)
    chunks = catalogue.chunk_embeddings(track.id)
    assert chunks.dtype == np.float16
    np.testing.assert_array_equal(chunks, heard.hearing.chunk_embeddings.astype(np.float16))


def frequencies_of(*numbers: int) -> CodeFrequencies:
    """Counted by hand."""
    found = CodeFrequencies()
    for number in numbers:
        found = found.including(new_track(number).analysis.hearing.codes)
    return found


def test_codes_come_back_and_are_counted(catalogue: Catalogue) -> None:
    assert catalogue.code_frequencies() == CodeFrequencies()
    news = [new_track(seed) for seed in range(6)]
    ids = [catalogue.add(new).id for new in news]
    found = catalogue.chunk_codes([ids[4], "nobody", ids[1]])
    assert set(found) == {ids[1], ids[4]}
    for number in (1, 4):
        np.testing.assert_array_equal(found[ids[number]], news[number].analysis.hearing.codes, strict=True)
    assert catalogue.code_frequencies() == frequencies_of(*range(6))
    catalogue.add(news[3])
    assert catalogue.code_frequencies() == frequencies_of(*range(6)), "known already"
    assert catalogue.code_frequencies(until_id=ids[3]) == frequencies_of(*range(4))


def test_removing_a_track_is_never_having_added_it(catalogue: Catalogue) -> None:
    ids = [catalogue.add(new_track(seed)).id for seed in (7, 2, 9)]
    extra = catalogue.add(new_track(4)).id
    catalogue.remove(extra)
    assert catalogue.code_frequencies() == frequencies_of(2, 7, 9), "in whatever order"
    for track_id in ids:
        catalogue.remove(track_id)
    assert catalogue.code_frequencies() == CodeFrequencies()


@pytest.mark.parametrize("shape", [(0, 0), (4, 0)])
def test_a_track_without_codes_is_not_counted(catalogue: Catalogue, shape: tuple[int, int]) -> None:
    new = new_track(1)
    hearing = replace(new.analysis.hearing, codes=np.empty(shape, dtype=np.int16))
    track = catalogue.add(replace(new, analysis=replace(new.analysis, hearing=hearing)))
    assert catalogue.chunk_codes([track.id]) == {}
    assert catalogue.code_frequencies() == CodeFrequencies()
    catalogue.remove(track.id)
    assert catalogue.code_frequencies() == CodeFrequencies()


def test_tags_are_active_by_the_catalogues_thresholds(catalogue: Catalogue) -> None:
    scores = np.asarray(VOCABULARY.thresholds, dtype=np.float32)
    scores[::2] = np.nextafter(scores[::2], np.float32(0))
    track = catalogue.add(new_track(1, tags=TagScores(VOCABULARY, scores).scores))
    assert catalogue.get(track.id).tags.vocabulary == VOCABULARY
    assert catalogue.get(track.id).tags.active == frozenset(VOCABULARY.labels[1::2])
    assert catalogue.count(Where(include=frozenset({VOCABULARY.labels[1]}))) == 1
    assert catalogue.count(Where(include=frozenset({VOCABULARY.labels[0]}))) == 0


def test_ids_sort_by_arrival(catalogue: Catalogue) -> None:
    ids = [catalogue.add(new_track(seed)).id for seed in range(30)]
    assert ids == sorted(set(ids))
    assert all(len(track_id) == 26 for track_id in ids)


def test_the_same_recording_is_one_track(catalogue: Catalogue) -> None:
    first = catalogue.add(new_track(1, path="/music/a.mp3"))
    again = catalogue.add(new_track(2, path="/music/b.mp3", content=1))
    assert (again.id, again.description.title) == (first.id, "Track 1")
    assert catalogue.get(first.id).description.path == "/music/b.mp3"
    upload = catalogue.add(new_track(3, content=1))
    assert upload.description.path == "/music/b.mp3"
    assert catalogue.count() == 1


def test_pages_go_through_everything_once(catalogue: Catalogue) -> None:
    ids = [catalogue.add(new_track(seed)).id for seed in range(23)]
    assert [track.id for track in iterate(catalogue, page_size=5)] == ids
    assert [track.id for track in catalogue.page(3, after=ids[9])] == ids[10:13]
    assert catalogue.page(3, after=ids[-1]) == []


def test_changes_show_everywhere(catalogue: Catalogue) -> None:
    ids = [catalogue.add(new_track(seed)).id for seed in range(6)]
    vector = MIXER.retune(catalogue.vector(ids[2]), 99.0, Key(0, "major"))
    changes = TrackChanges(Description("New", None, "Album", "/x"), 99.0, Key(0, "major"), vector)
    changed = catalogue.update(ids[2], changes)
    assert changed.description == changes.description
    assert (changed.tempo.bpm, changed.key.key) == (99.0, Key(0, "major"))
    assert catalogue.get(ids[2]).bpm_override == 99.0
    assert catalogue.get(ids[2]).key_override == Key(0, "major")
    np.testing.assert_array_equal(catalogue.vector(ids[2]), vector)
    hit = next(hit for hit in catalogue.nearest(vector, EVERYWHERE, 6) if hit.track.id == ids[2])
    np.testing.assert_array_equal(hit.vector, vector)
    assert hit.track.description.title == "New"
    assert len(catalogue.nearest(vector, EVERYWHERE, 10)) == 6
    back = TrackChanges(Description("New"), None, None, vector)
    assert catalogue.update(ids[2], back).bpm_override is None


def test_what_was_removed_is_gone_everywhere(catalogue: Catalogue) -> None:
    ids = [catalogue.add(new_track(seed)).id for seed in range(6)]
    content_hash = catalogue.get(ids[3]).content_hash
    catalogue.remove(ids[3])
    assert catalogue.count() == 5
    assert catalogue.find(content_hash) is None
    assert ids[3] not in [hit.track.id for hit in catalogue.nearest(query_of(3), EVERYWHERE, 10)]
    for ask in (catalogue.get, catalogue.vector, catalogue.chunk_embeddings, catalogue.remove):
        with pytest.raises(TrackNotFound, match=ids[3]):
            ask(ids[3])
    with pytest.raises(TrackNotFound):
        catalogue.update(ids[3], TrackChanges(Description(), None, None, query_of(1)))
    assert catalogue.add(new_track(3)).id > ids[-1]


@pytest.mark.parametrize("odd", ["", "x", "\x00", "\ud800", "' OR 1=1 --", "é" * 26])
def test_odd_ids_are_simply_not_found(catalogue: Catalogue, odd: str) -> None:
    catalogue.add(new_track(1))
    with pytest.raises(TrackNotFound):
        catalogue.get(odd)
    assert catalogue.find(odd) is None
    where = Where(exclude_ids=frozenset({odd}), exclude_hashes=frozenset({odd}), exclude=frozenset({odd}))
    assert catalogue.count(where) == 1


def test_a_vector_of_another_length_is_refused(catalogue: Catalogue) -> None:
    with pytest.raises(SpaceMismatch, match=str(SPACE.dim)):
        catalogue.add(new_track(1, vector=np.ones(3, dtype=np.float32)))


def test_equal_scores_come_in_order_of_id_and_stay_so_at_every_k(catalogue: Catalogue) -> None:
    twins = [new_track(1).vector, new_track(2).vector]
    for seed in range(120):
        catalogue.add(new_track(seed, vector=twins[seed % 2]))
    query = query_of(1)
    whole = found(catalogue.nearest(query, EVERYWHERE, 120))
    assert len({score for _, score in whole}) == 2
    assert whole == brute_force(catalogue, query, EVERYWHERE, 120)
    for k in (1, 2, 30, 59, 60, 61, 119):
        assert found(catalogue.nearest(query, EVERYWHERE, k)) == whole[:k]


def test_k_larger_than_the_pool_gives_the_pool(catalogue: Catalogue) -> None:
    for seed in range(7):
        catalogue.add(new_track(seed))
    assert len(catalogue.nearest(query_of(9), EVERYWHERE, 1000)) == 7
    assert catalogue.nearest(query_of(9), EVERYWHERE, 0) == []


def test_min_score_leaves_out_what_is_below(catalogue: Catalogue) -> None:
    for seed in range(50):
        catalogue.add(new_track(seed))
    query = query_of(7)
    bound = catalogue.nearest(query, EVERYWHERE, 10)[-1].score
    assert len(catalogue.nearest(query, EVERYWHERE, 50, bound)) == 10
    assert len(catalogue.nearest(query, EVERYWHERE, 3, bound)) == 3
    assert catalogue.nearest(query, EVERYWHERE, 50, 99.0) == []


def test_the_querys_own_recording_can_be_excluded(catalogue: Catalogue) -> None:
    tracks = [catalogue.add(new_track(seed)) for seed in range(20)]
    query = query_of(4)
    assert catalogue.nearest(query, EVERYWHERE, 1)[0].track.id == tracks[4].id
    where = Where(exclude_hashes=frozenset({tracks[4].content_hash}), exclude_ids=frozenset({tracks[5].id}))
    left = [hit.track.id for hit in catalogue.nearest(query, where, 20)]
    assert sorted(left) == [track.id for index, track in enumerate(tracks) if index not in (4, 5)]
    assert catalogue.count(where) == 18
