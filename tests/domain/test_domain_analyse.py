"""Analyse: from a file to a stored track, and an owner's changes to it; with the real decoder."""

from __future__ import annotations

import io
import math
import wave
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from domain_material import MIXER, catalogue_of, new_track

from segue.analyse import Analyser, Edit, combined, edit_track, features
from segue.audio.decode import Decoder
from segue.audio.waveform import SAMPLE_RATE, Waveform
from segue.errors import InvalidRequest, NotAudio, TrackNotFound
from segue.fakes import FakeEmbedder, FakeTagger, MemoryCatalogue
from segue.key import Key
from segue.mixer import Weights
from segue.options import Options
from segue.ports import Decoded
from segue.recommend import recommend
from segue.seed import Seed
from segue.tags import TagGate
from segue.track import Analysis, Description


def wav(frequency_hz: float, level: float = 0.3, seconds: float = 4.0) -> bytes:
    """A tone with a few partials as a WAV file."""
    t = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    tone = sum(np.sin(2 * math.pi * frequency_hz * k * t) / k for k in (1, 2, 3))
    content = io.BytesIO()
    with wave.open(content, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes((level * np.asarray(tone) * 16_000).astype("<i2").tobytes())
    return content.getvalue()


@pytest.fixture(scope="module")
def analyser() -> Iterator[Analyser]:
    with Decoder() as decoder:
        yield Analyser(decoder, FakeTagger(), FakeEmbedder())


def test_end_to_end(analyser: Analyser, tmp_path: Path) -> None:
    catalogue = MemoryCatalogue(analyser.space, analyser.tagger.vocabulary)
    for frequency_hz in (60.0, 205.0, 440.0, 3000.0):
        (tmp_path / f"{frequency_hz:.0f} Hz.wav").write_bytes(wav(frequency_hz))
        catalogue.add(analyser.new_track(tmp_path / f"{frequency_hz:.0f} Hz.wav"))
    query = analyser.hear(analyser.decode(wav(200.0)))
    seed = Seed.from_analysis(query, analyser.mixer)
    options = Options(gate=TagGate(min_shared=0), weights=Weights(sound=1, tags=1, tempo=0, key=0, energy=0))
    answer = recommend(seed, catalogue, analyser.mixer, options)
    assert answer.results[0].track.description.title == "205 Hz"
    assert answer.results[0].similarity > 0.95 > answer.results[1].similarity
    again = analyser.hear(analyser.decode(wav(205.0)))
    kept = recommend(Seed.from_analysis(again, analyser.mixer), catalogue, analyser.mixer, options)
    assert "205 Hz" not in {result.track.description.title for result in kept.results}


def test_space_and_vector_belong_together(analyser: Analyser) -> None:
    new = analyser.new_track(wav(440.0))
    assert new.vector.shape == (analyser.space.dim,) == (analyser.mixer.dim,)
    assert (analyser.space.tagger, analyser.space.embedder) == ("fake-tagger@0", "fake-embedder@0")
    np.testing.assert_array_equal(new.vector, analyser.mixer.encode(features(new.analysis)))
    assert new.analysis.duration_seconds == pytest.approx(4.0, abs=0.01)
    assert new.analysis.hearing.key.key.name == "A minor"  # 440 Hz


def test_errors_of_the_decoder_come_through(analyser: Analyser) -> None:
    with pytest.raises(NotAudio):
        analyser.new_track(b"no music here")


def test_sound_is_the_unit_mean_of_the_chunks(analyser: Analyser) -> None:
    heard: Analysis = analyser.new_track(wav(440.0)).analysis
    mean = heard.hearing.chunk_embeddings.mean(axis=0)
    np.testing.assert_allclose(heard.sound, mean / np.linalg.norm(mean), atol=1e-6)
    assert float(np.linalg.norm(heard.sound)) == pytest.approx(1.0, abs=1e-6)


class TaggedDecoder:
    """A file whose metadata say what the test wants."""

    def __init__(self, told: Description) -> None:
        self._told = told

    def decode(self, source: Path | bytes) -> Decoded:
        return Decoded(Waveform(np.full(SAMPLE_RATE, 0.1, np.float32)), "hash", self._told, "wav", "pcm_s16le")


METADATA = Description("Title in file", "Artist in file", "Album in file")


@pytest.mark.parametrize(
    ("source", "in_file", "given", "expected"),
    [
        (Path("/m/x.wav"), METADATA, None, ("Title in file", "Artist in file", "Album in file", "/m/x.wav")),
        (Path("/m/x.wav"), METADATA, Description("Mine"), ("Mine", "Artist in file", "Album in file", "/m/x.wav")),
        (
            Path("/m/x.wav"),
            METADATA,
            Description(path="/y"),
            ("Title in file", "Artist in file", "Album in file", "/y"),
        ),
        (Path("/m/my song.wav"), Description(), None, ("my song", None, None, "/m/my song.wav")),
        (Path("/m/x.wav"), Description(""), Description(artist="Me"), ("x", "Me", None, "/m/x.wav")),
        (b"bytes", Description(), None, (None, None, None, None)),
        (b"bytes", METADATA, Description(album="B"), ("Title in file", "Artist in file", "B", None)),
    ],
)
def test_whose_word_counts_in_a_description(
    source: Path | bytes, in_file: Description, given: Description | None, expected: tuple[str | None, ...]
) -> None:
    analyser = Analyser(TaggedDecoder(in_file), FakeTagger(), FakeEmbedder())
    assert analyser.new_track(source, given).description == Description(*expected)


# An owner's changes


@pytest.fixture
def catalogue() -> MemoryCatalogue:
    return catalogue_of([new_track(1), new_track(2)])


def first_id(catalogue: MemoryCatalogue) -> str:
    return catalogue.page(1)[0].id


def test_overrides_win_and_move_the_vector(catalogue: MemoryCatalogue) -> None:
    track_id = first_id(catalogue)
    before, estimated = catalogue.vector(track_id), catalogue.get(track_id)
    key = Key.parse("8A")
    track = edit_track(catalogue, MIXER, track_id, Edit({"bpm": 174, "key": key, "title": "New"}))
    assert track == catalogue.get(track_id)
    assert (track.tempo.bpm, track.tempo.confidence, track.tempo.alternatives) == (174.0, 1.0, ())
    assert (track.key.key, track.key.confidence) == (key, 1.0)
    assert (track.estimated_tempo, track.estimated_key) == (estimated.estimated_tempo, estimated.estimated_key)
    assert track.description == Description(title="New")
    np.testing.assert_array_equal(catalogue.vector(track_id), MIXER.retune(before, 174.0, key))


def test_fields_left_out_stay_and_none_clears(catalogue: MemoryCatalogue) -> None:
    track_id = first_id(catalogue)
    before, estimated = catalogue.vector(track_id).copy(), catalogue.get(track_id)
    edit_track(catalogue, MIXER, track_id, Edit({"bpm": 100.5, "key": Key.parse("8A"), "artist": "A", "album": "B"}))
    track = edit_track(catalogue, MIXER, track_id, Edit({"bpm": None}))
    assert (track.bpm_override, track.key.key.camelot) == (None, "8A")
    assert track.tempo == estimated.estimated_tempo
    assert track.description == Description("Track 1", "A", "B")
    track = edit_track(catalogue, MIXER, track_id, Edit({"key": None, "artist": None, "album": None}))
    assert track == estimated
    np.testing.assert_array_equal(catalogue.vector(track_id), before)


def test_an_empty_edit_changes_nothing(catalogue: MemoryCatalogue) -> None:
    track_id = first_id(catalogue)
    before = catalogue.get(track_id)
    assert edit_track(catalogue, MIXER, track_id, Edit({})) == before


def test_editing_an_unknown_track_is_refused(catalogue: MemoryCatalogue) -> None:
    with pytest.raises(TrackNotFound):
        edit_track(catalogue, MIXER, "nobody", Edit({"title": "New"}))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"energy": 1.0}, "'energy' cannot be edited"),
        ({"path": "/x"}, "title, artist, album, bpm, key can"),
        ({"key": "8A"}, "key cannot be '8A', which is a str"),
        ({"bpm": "174"}, "bpm cannot be '174'"),
        ({"title": 3.0}, "title cannot be 3.0"),
        ({"bpm": 0.0}, "bpm is 0.0; it must be above 0"),
        ({"bpm": -87.0}, "bpm is -87.0"),
        ({"bpm": math.nan}, "bpm is nan"),
        ({"bpm": math.inf}, "bpm is inf"),
    ],
)
def test_senseless_edits_are_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidRequest, match=message):
        Edit(fields)


def test_both_networks_have_their_say_on_tags(analyser: Analyser) -> None:
    decoded = analyser.decode(wav(440.0))
    tags, hearing = analyser.tagger.tag(decoded.waveform), analyser.embedder.embed(decoded.waveform)
    label = tags.vocabulary.labels[2]
    agreed = combined(decoded, tags, replace(hearing, tags={label: 1.0})).tags
    assert agreed.score(label) == pytest.approx(0.5 + tags.score(label) / 2)
    assert agreed.score(tags.vocabulary.labels[0]) == tags.score(tags.vocabulary.labels[0])
    np.testing.assert_array_equal(analyser.hear(decoded).tags.scores, tags.scores)
