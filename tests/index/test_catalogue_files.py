"""What an index run remembers of files, and what becomes of tracks whose files change."""

from __future__ import annotations

import pytest
from catalogue_material import new_track

from index.files import FileError, FileState
from index.store import SqliteCatalogue
from segue.errors import CorruptAudio, TrackNotFound
from segue.track import Track


def look_at(catalogue: SqliteCatalogue, path: str, seed: int, mtime_ns: int = 1) -> Track:
    """What an index run does with a file that holds the recording ``seed``."""
    track = catalogue.add(new_track(seed, path=path))
    catalogue.remember_file(path, 100 + seed, mtime_ns, track.id)
    return track


def test_an_unchanged_file_is_recognised(stored: SqliteCatalogue) -> None:
    assert stored.file_state("/a.mp3") is None
    track = look_at(stored, "/a.mp3", 1)
    state = stored.file_state("/a.mp3")
    assert state == FileState("/a.mp3", 101, 1, track.id, None)
    assert state.unchanged(101, 1)
    assert not state.unchanged(101, 2)
    assert not state.unchanged(102, 1)


def test_a_changed_file_replaces_its_track(stored: SqliteCatalogue) -> None:
    old = look_at(stored, "/a.mp3", 1)
    new = look_at(stored, "/a.mp3", 2, mtime_ns=2)
    assert [track.id for track in stored.page(10)] == [new.id]
    assert stored.find(old.content_hash) is None
    assert stored.verify() == []


def test_new_tags_in_a_file_leave_its_track_alone(stored: SqliteCatalogue) -> None:
    old = look_at(stored, "/a.mp3", 1)
    assert look_at(stored, "/a.mp3", 1, mtime_ns=2).id == old.id
    assert stored.count() == 1


def test_a_copy_keeps_the_track_of_a_changed_file(stored: SqliteCatalogue) -> None:
    old = look_at(stored, "/a.mp3", 1)
    assert look_at(stored, "/b.mp3", 1).id == old.id
    assert stored.get(old.id).description.path == "/b.mp3"
    look_at(stored, "/b.mp3", 2, mtime_ns=2)
    assert stored.get(old.id).description.path == "/a.mp3"
    assert stored.count() == 2
    look_at(stored, "/a.mp3", 3, mtime_ns=2)
    assert stored.find(old.content_hash) is None


def test_a_track_known_by_its_path_alone_is_replaced_too(stored: SqliteCatalogue) -> None:
    old = stored.add(new_track(1, path="/a.mp3"))
    look_at(stored, "/a.mp3", 2)
    assert stored.find(old.content_hash) is None


def test_a_failing_file_is_remembered_and_keeps_its_track(stored: SqliteCatalogue) -> None:
    track = look_at(stored, "/a.mp3", 1)
    stored.remember_file("/a.mp3", 5, 2, None, CorruptAudio("Decoding broke off after 3 s."))
    stored.remember_file("/never.mp3", 6, 3, None, CorruptAudio("Noise."))
    error = FileError("corrupt_audio", "Decoding broke off after 3 s.")
    assert stored.file_state("/a.mp3") == FileState("/a.mp3", 5, 2, track.id, error)
    assert stored.file_state("/never.mp3") == FileState("/never.mp3", 6, 3, None, FileError("corrupt_audio", "Noise."))
    assert stored.count() == 1
    assert stored.stats().failed_files == 2
    look_at(stored, "/a.mp3", 2, mtime_ns=4)  # repaired, with another recording in it
    assert stored.find(track.content_hash) is None
    assert stored.stats().failed_files == 1


def test_removing_a_track_forgets_its_files(stored: SqliteCatalogue) -> None:
    track = look_at(stored, "/a.mp3", 1)
    stored.remove(track.id)
    assert stored.file_state("/a.mp3") is None
    with pytest.raises(TrackNotFound):
        stored.remember_file("/a.mp3", 1, 1, track.id)


def test_forgetting_a_file_takes_its_track_unless_there_is_a_copy(stored: SqliteCatalogue) -> None:
    track = look_at(stored, "/a.mp3", 1)
    look_at(stored, "/b.mp3", 1)
    assert stored.forget_file("/b.mp3")
    assert stored.get(track.id).description.path == "/a.mp3"
    assert stored.forget_file("/a.mp3")
    assert stored.count() == 0
    assert not stored.forget_file("/a.mp3")


def test_remembered_files_come_in_order_of_path(stored: SqliteCatalogue) -> None:
    for seed in range(7):
        look_at(stored, f"/{6 - seed}.mp3", seed)
    assert [state.path for state in stored.remembered_files(page_size=3)] == [f"/{n}.mp3" for n in range(7)]


def test_stats_count_what_is_there(stored: SqliteCatalogue) -> None:
    tracks = [look_at(stored, f"/{seed}.mp3", seed) for seed in range(6)]
    stats = stored.stats()
    assert (stats.tracks, stats.files, stats.failed_files, stats.schema_version) == (6, 6, 0, 2)
    assert stats.duration_seconds == pytest.approx(sum(track.duration_seconds for track in tracks))
    assert stats.chunks == sum(len(stored.chunk_embeddings(track.id)) for track in tracks)
    assert stats.tags == {
        label: sum(label in track.tags.active for track in tracks) for label in stored.vocabulary.labels
    }
    assert stats.space == stored.space
    assert stats.bytes_on_disk > 0
