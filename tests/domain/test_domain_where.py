"""Where.passes: the definition that every engine must agree with, as a table."""

from __future__ import annotations

import numpy as np
import pytest

from segue.key import Key, KeyEstimate
from segue.tags import TagScores, TagVocabulary
from segue.tempo import TempoEstimate
from segue.track import Description, Track
from segue.where import Range, Where, folded

TRACK_ID, HASH = "id", "hash"
VOCABULARY = TagVocabulary(tuple("abcd"), (0.5,) * 4)
AB, ABC, CD, EMPTY = frozenset("ab"), frozenset("abc"), frozenset("cd"), frozenset[str]()


def track(active: frozenset[str]) -> Track:
    """A track of 300 s by Aria Vale at 120 bpm in A minor with energy 0.5."""
    scores = np.array([float(label in active) for label in VOCABULARY.labels], dtype=np.float32)
    tempo, key = TempoEstimate(120.0, 1.0), KeyEstimate(Key.parse("A minor"), 1.0)
    told = Description(artist="Aria Vale")
    return Track(TRACK_ID, HASH, told, 0.0, 300.0, TagScores(VOCABULARY, scores), tempo, key, 0.5)


@pytest.mark.parametrize(
    ("where", "active", "passes"),
    [
        (Where(), EMPTY, True),
        (Where(), AB, True),
        (Where(shares=AB, min_shared=0), EMPTY, True),
        (Where(shares=AB, min_shared=1), EMPTY, False),
        (Where(shares=ABC, min_shared=1), CD, True),
        (Where(shares=ABC, min_shared=2), CD, False),
        (Where(shares=ABC, min_shared=2), AB, True),
        (Where(shares=EMPTY, min_shared=1), AB, False),
        (Where(shares=AB, min_shared=3), AB, False),
        (Where(include=CD), ABC, True),
        (Where(include=CD), AB, False),
        (Where(include=CD, include_mode="all"), ABC, False),
        (Where(include=AB, include_mode="all"), ABC, True),
        (Where(include=EMPTY, include_mode="all"), EMPTY, True),
        (Where(exclude=CD), AB, True),
        (Where(exclude=CD), ABC, False),
        (Where(include=AB, exclude=CD), ABC, False),
        (Where(exclude_ids=frozenset({TRACK_ID})), AB, False),
        (Where(exclude_ids=frozenset({HASH})), AB, True),
        (Where(exclude_hashes=frozenset({HASH})), AB, False),
        (Where(exclude_hashes=frozenset({TRACK_ID})), AB, True),
    ],
)
def test_definition(where: Where, active: frozenset[str], passes: bool) -> None:
    assert where.passes(track(active)) is passes


@pytest.mark.parametrize(
    ("where", "passes"),
    [
        (Where(bpm=(Range(120, 120),)), True),
        (Where(bpm=(Range(100, 110), Range(119, 121))), True),
        (Where(bpm=(Range(60, 60),)), False),
        (Where(keys=frozenset({Key.parse("8A").index})), True),
        (Where(keys=frozenset({Key.parse("8B").index})), False),
        (Where(keys=frozenset({Key.parse("8A").index}), keys_at_bpm=120.0), True),
        (Where(keys=frozenset({Key.parse("8A").index}), keys_at_bpm=127.1), False),
        (Where(keys=frozenset({Key.parse("Bb minor").index}), keys_at_bpm=127.1), True),
        (Where(keys=frozenset({Key.parse("8A").index}), keys_at_bpm=60.0), True),
        (Where(energy=Range(0.5, 1)), True),
        (Where(energy=Range(0.51, 1)), False),
        (Where(duration_seconds=Range(300)), True),
        (Where(duration_seconds=Range(high=299.9)), False),
        (Where(artists=frozenset({" aria VALE"})), True),
        (Where(artists=frozenset({"Aria"})), False),
        (Where(exclude_artists=frozenset({"ARIA vale"})), False),
        (Where(exclude_artists=frozenset({""})), True),
        (Where(ids=frozenset({TRACK_ID})), True),
        (Where(ids=frozenset()), False),
        (Where(until_id=TRACK_ID), True),
        (Where(until_id="a"), False),
        (Where(collection_ids=frozenset({"c1", "c2"})), True),
        (Where(collection_ids=frozenset({"c3"})), False),
        (Where(collection_ids=frozenset()), False),
        (Where(not_played_since=1000.5), True),
        (Where(not_played_since=1000.0), False),
    ],
)
def test_limits(where: Where, passes: bool) -> None:
    assert where.passes(track(AB), frozenset({"c1"}), last_played=1000.0) is passes


def test_what_was_never_played_passes() -> None:
    assert Where(not_played_since=0.0).passes(track(AB))
    assert not Where(collection_ids=frozenset({"c1"})).passes(track(AB))


def test_changed_copies_keep_the_other_conditions() -> None:
    where = Where(exclude_ids=CD, exclude_hashes=AB).sharing(AB, 2).with_tags(CD, "all", ABC)
    assert where == Where(AB, 2, CD, "all", ABC, CD, AB)
    assert where.sharing(CD, 1) == Where(CD, 1, CD, "all", ABC, CD, AB)


def test_names_are_the_same_however_their_accents_are_coded() -> None:
    composed, combining = "Beyonc\u00e9", "BEYONCE\u0301 "
    assert folded(composed) == folded(combining) != folded("Beyonce")
