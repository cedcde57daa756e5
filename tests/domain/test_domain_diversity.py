"""Diversity: artists and albums kept apart, near-duplicates folded."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from domain_material import MIXER, catalogue_of, new_track, seed_track

from segue.diversity import Diversity
from segue.errors import InvalidRequest
from segue.options import Options
from segue.ports import NewTrack
from segue.recommend import recommend
from segue.results import Recommendations
from segue.seed import Seed
from segue.tags import TagGate
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
    other = new_track(2)
    tempo = first.analysis.hearing.tempo
    heard = replace(other.analysis.hearing, tempo=tempo)
    analysis = replace(other.analysis, hearing=heard, duration_seconds=60.0 + seconds)
    second = named(replace(other, analysis=analysis), titles_of_both[1], "aria")
    assert len(asked([first, second]).results) == n_results


def test_what_only_sounds_alike_is_not_folded() -> None:
    first, other = new_track(1), new_track(2)
    same_sound = replace(other.analysis.hearing, chunk_embeddings=first.analysis.hearing.chunk_embeddings)
    second = replace(other, analysis=replace(other.analysis, hearing=same_sound))
    second = replace(second, vector=np.concatenate([first.vector[:8], other.vector[8:]]))
    assert len(asked([first, second]).results) == 2  # another tempo and key


@pytest.mark.parametrize("field", ["max_per_artist", "max_per_album"])
def test_senseless_limits_are_refused(field: str) -> None:
    with pytest.raises(InvalidRequest, match=f"{field} is 0"):
        Diversity(**{field: 0})  # type: ignore[arg-type]
