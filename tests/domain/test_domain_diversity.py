"""Diversity: artists and albums kept apart, near-duplicates folded."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from domain_material import MIXER, catalogue_of, features_of, new_track, seed_track
from hypothesis import example, given, settings
from hypothesis import strategies as st

from segue.diversity import SAME_NAME_SOUND, SAME_SOUND, Diversity, Facts
from segue.errors import InvalidRequest
from segue.key import Key
from segue.options import Options
from segue.ports import NewTrack
from segue.recommend import recommend
from segue.results import Recommendations
from segue.seed import Seed, blend
from segue.tags import TagGate
from segue.tempo import TempoEstimate
from segue.track import Description

OPEN = TagGate(min_shared=0)


def named(new: NewTrack, title: str | None, artist: str | None, album: str | None = None) -> NewTrack:
    return replace(new, description=Description(title, artist, album))


def asked(news: list[NewTrack], seed: Seed | None = None, **options: object) -> Recommendations:
    fields = {"limit": 100, "gate": OPEN} | options
    return recommend(seed or seed_track(0), catalogue_of(news), MIXER, Options(**fields))  # type: ignore[arg-type]


def titles(answer: Recommendations) -> list[str | None]:
    return [result.track.description.title for result in answer.results]


def test_so_many_of_an_artist_and_of_an_album() -> None:
    artists = ("Aria", "ARIA ", "Björk", None)
    news = [named(new_track(n), f"{n}", artists[n % 4], f"album {n % 8}") for n in range(1, 41)]
    everyone = titles(asked(news, diversity=Diversity(fold_duplicates=False)))
    apart = asked(news, diversity=Diversity(max_per_artist=3, fold_duplicates=False))
    of_artist = [(r.track.description.artist or "").strip().casefold() for r in apart.results]
    assert (of_artist.count("aria"), of_artist.count("björk"), of_artist.count("")) == (3, 3, 10)
    assert titles(apart) == [title for title in everyone if title in titles(apart)]  # in the same order
    first_of_aria = [title for title in everyone if int(title or 0) % 4 in (0, 1)][:3]
    assert [t for t in titles(apart) if int(t or 0) % 4 in (0, 1)] == first_of_aria
    albums = asked(news, diversity=Diversity(max_per_album=1, fold_duplicates=False))
    told = [(r.track.description.artist or "", r.track.description.album) for r in albums.results]
    told = [(artist.strip().casefold(), album) for artist, album in told if artist]
    assert len(set(told)) == len(told) == 6


def test_another_encoding_is_folded_into_the_best_ranked_copy() -> None:
    news = [new_track(n) for n in range(1, 6)]
    copies = [new_track(3, recording=f"copy {n}") for n in range(3)]
    answer = asked([*news, *copies])
    assert len(answer.results) == 5
    folded = {result.track.description.title: result.duplicates for result in answer.results}
    assert len(folded.pop("Track 3")) == 3 and not any(folded.values())
    assert len(asked([*news, *copies], diversity=Diversity(fold_duplicates=False)).results) == 8


def test_copies_of_the_seed_are_left_out() -> None:
    news = [new_track(1), new_track(0, recording="the seed, coded again")]
    assert titles(asked(news)) == ["Track 1"]
    assert len(asked(news, diversity=Diversity(fold_duplicates=False)).results) == 2


@pytest.mark.parametrize(
    ("titles_of_both", "seconds", "n_results"),
    [
        (("Song", "Song (Remastered 2011)"), 0.0, 1),
        (("Song", "SONG - 2009 Remaster"), 0.0, 1),
        (("Song", "Song (Live)"), 0.0, 2),
        (("Song", "Song (Remastered 2011)"), 60.0, 2),
    ],
)
def test_remasters_are_folded_by_name(titles_of_both: tuple[str, str], seconds: float, n_results: int) -> None:
    first = named(new_track(1), titles_of_both[0], "Aria")
    second = named(remastered(first, seconds), titles_of_both[1], "aria")
    assert len(asked([first, second]).results) == n_results


def remastered(first: NewTrack, seconds: float = 0.0) -> NewTrack:
    """Another key is heard, and the sound is near but not the same."""
    other, noise = new_track(2).analysis, np.random.default_rng(3).normal(scale=0.12, size=(3, 8))
    rows = first.analysis.hearing.chunk_embeddings + noise.astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    hearing = replace(other.hearing, tempo=first.analysis.hearing.tempo, chunk_embeddings=rows)
    analysis = replace(other, hearing=hearing, duration_seconds=60.0 + seconds)
    assert SAME_NAME_SOUND < float(analysis.sound @ first.analysis.sound) < SAME_SOUND
    return NewTrack(analysis, Description(), MIXER.encode(features_of(analysis)))


def test_what_only_has_the_same_name_is_not_folded() -> None:
    first, other = named(new_track(1), "Untitled", "Aria"), new_track(2)
    heard = replace(other.analysis.hearing, tempo=first.analysis.hearing.tempo)
    second = named(replace(other, analysis=replace(other.analysis, hearing=heard)), "Untitled", "Aria")
    assert len(asked([first, second]).results) == 2


def test_what_only_sounds_alike_is_not_folded() -> None:
    first, other = new_track(1), new_track(2)
    same_sound = replace(other.analysis.hearing, chunk_embeddings=first.analysis.hearing.chunk_embeddings)
    second = replace(other, analysis=replace(other.analysis, hearing=same_sound))
    second = replace(second, vector=np.concatenate([first.vector[:8], other.vector[8:]]))
    assert len(asked([first, second]).results) == 2  # another tempo and key


def test_copies_of_every_seed_are_left_out() -> None:
    news = [new_track(1), *(new_track(n, recording=f"seed {n}, coded again") for n in (0, 7, 8))]
    mixed = blend([(seed_track(0), 1.0), (seed_track(7), 0.8), (seed_track(8), -0.5)], MIXER)
    assert titles(asked(news, mixed)) == ["Track 1"]


def test_a_remaster_of_the_seed_is_left_out_by_its_name() -> None:
    first = named(new_track(1), "Song", "Aria")
    remaster = named(remastered(first), "Song (Remaster)", "ARIA")
    catalogue = catalogue_of([first, remaster, new_track(3)])
    seed = Seed.from_track(catalogue.page(1)[0], catalogue, MIXER)
    assert titles(recommend(seed, catalogue, MIXER, Options(gate=OPEN))) == ["Track 3"]


A_MINOR = Key.parse("8A")
numbers = st.tuples(st.floats(20, 400), st.floats(0, 10_000))


@given(numbers, st.tuples(st.floats(0.98, 1.02), st.floats(0.93, 1.07)))
@example((128.0, 300.0), (1.01, 1.05))
@example((128.0, 300.0), (1 / 1.01, 1 / 1.05))
@settings(max_examples=300, deadline=None)
def test_which_of_two_copies_is_ranked_first_is_no_matter(
    told: tuple[float, float], factors: tuple[float, float]
) -> None:
    one = Facts(told[0], A_MINOR, told[1])
    other = Facts(told[0] * factors[0], A_MINOR, told[1] * factors[1])
    assert one.same_recording(other, 1.0) == other.same_recording(one, 1.0)


@given(st.integers(0, 1000))
@settings(max_examples=30, deadline=None)
def test_copies_are_found_wherever_they_are_ranked(number: int) -> None:
    rng, one = np.random.default_rng(number), new_track(1)

    def like(n: int) -> NewTrack:
        """Something that sounds the same, at nearly the same tempo and of nearly the same length."""
        tempo = TempoEstimate(round(120 * (1 + 0.04 * rng.random()), 2), 0.9)
        hearing = replace(one.analysis.hearing, tempo=tempo)
        analysis = replace(
            one.analysis, content_hash=f"{n}", hearing=hearing, duration_seconds=200 * (1 + 0.2 * rng.random())
        )
        return NewTrack(analysis, Description(), MIXER.encode(features_of(analysis)))

    news = [like(n) for n in range(60)]
    everyone = asked(news, diversity=Diversity(fold_duplicates=False)).results
    expected: list[tuple[str, Facts]] = []
    for result in everyone:
        facts = Facts.of(result.track)
        if not any(facts.same_recording(known, 1.0) for _, known in expected):
            expected.append((result.track.id, facts))
    answer = asked(news)
    assert [result.track.id for result in answer.results] == [track_id for track_id, _ in expected]
    assert sum(1 + len(result.duplicates) for result in answer.results) == 60


@pytest.mark.parametrize("field", ["max_per_artist", "max_per_album"])
def test_senseless_limits_are_refused(field: str) -> None:
    with pytest.raises(InvalidRequest, match=f"{field} is 0"):
        Diversity(**{field: 0})  # type: ignore[arg-type]
