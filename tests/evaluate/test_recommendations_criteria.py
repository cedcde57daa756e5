"""When a result counts, and how the top is counted: by hand."""

from __future__ import annotations

import numpy as np
import pytest

from segue.key import Key
from training.evaluate.recommendations.criteria import ALL, GENRE, KEY, TEMPO, labelled_mask, match_table
from training.evaluate.recommendations.systems import Case, share_of_top
from training.evaluate.tracks import References


def reference(genres: str = "", bpm: float | None = None, key: str = "") -> References:
    return References(frozenset(genres.split()), frozenset(), bpm, True, Key.parse(key) if key else None)


@pytest.mark.parametrize(
    ("a", "b", "mix"),
    [
        (100, 100, True),
        (100, 106, True),
        (100, 106.1, False),
        (106, 100, True),
        (87, 174, True),
        (60, 127, True),  # 120 and 127 are 5.8 % apart
        (60, 128, False),
        (120, 80, False),
        (40, 160, False),  # two octaves
    ],
)
def test_tempo(a, b, mix):
    assert TEMPO.matches(reference(bpm=a), reference(bpm=b)) is mix
    assert TEMPO.matches(reference(bpm=b), reference(bpm=a)) is mix


def test_key_matches_are_four_of_twenty_four():
    query = reference(key="8A")
    right = {key.camelot for key in map(Key.from_index, range(24)) if KEY.matches(query, References(key=key))}
    assert right == {"8A", "8B", "7A", "9A"}


def test_genre_as_named_without_parents():
    assert GENRE.matches(reference("techno electronic"), reference("electronic"))
    assert not GENRE.matches(reference("techno"), reference("house"))
    assert not GENRE.matches(reference("techno"), reference("electronic"))


def test_all_needs_every_label_and_every_match():
    whole = reference("jazz", 100, "C")
    assert ALL.labelled(whole)
    assert not any(
        ALL.labelled(r) for r in (reference("jazz", 100), reference("jazz", key="C"), reference("", 100, "C"))
    )
    assert ALL.matches(whole, reference("jazz funk", 50, "Am"))
    assert not ALL.matches(whole, reference("jazz", 50, "B"))
    assert not ALL.matches(whole, reference("funk", 50, "C"))


def test_tracks_without_the_label_match_nothing():
    references = [reference("jazz"), reference(bpm=100), reference("jazz")]
    assert labelled_mask(GENRE, references).tolist() == [True, False, True]
    assert match_table(GENRE, references).tolist() == [[True, False, True], [False] * 3, [True, False, True]]


def case(right: list[int], n: int = 8, allowed: list[int] | None = None) -> Case:
    """Query 0; by default everyone else is allowed."""
    matches, may = np.zeros((n, n), dtype=bool), np.zeros(n, dtype=bool)
    matches[0, right] = True
    may[range(1, n) if allowed is None else allowed] = True
    return Case(0, may, matches, np.arange(n))


@pytest.mark.parametrize(
    ("scores", "right", "allowed", "share"),
    [
        ([9, 7, 6, 5, 4, 3, 2, 1], [1, 2, 7], None, 2 / 5),
        ([9, 7, 6, 5, 4, 3, 2, 1], [0], None, 0),  # never the query itself
        ([0] * 8, [1, 2, 7], None, 3 / 7),  # all tied: chance
        ([0, 5, 1, 1, 1, 1, 1, 1], [1, 2, 3], None, (1 + 4 * 2 / 6) / 5),
        ([0, 2, 1, -np.inf, -np.inf, -np.inf, -np.inf, -np.inf], [1, 2], None, 2 / 5),  # two of five offered
        ([0, 2, 1, 0, 0, 0, 0, 0], [1, 2], [1, 4], 1 / 2),  # two candidates
    ],
)
def test_share_of_top(scores, right, allowed, share):
    assert share_of_top(np.array(scores, dtype=float), case(right, allowed=allowed)) == pytest.approx(share)


def test_no_candidate_has_no_share():
    assert np.isnan(share_of_top(np.zeros(8), case([1], allowed=[])))
