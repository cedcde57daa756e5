"""Limits between neighbours, and the search for tracks in a row."""

from __future__ import annotations

from itertools import pairwise, permutations

import numpy as np
import pytest
from domain_material import MIXER, catalogue_of, dj_track
from hypothesis import given, settings
from hypothesis import strategies as st

from segue.errors import InvalidRequest
from segue.key import MODE_RELATIONS, Key, keys_in_mode, relation, transposed
from segue.playlist import PlaylistOptions, make_playlist
from segue.seed import Seed
from segue.sets import chain
from segue.sets.neighbours import NeighbourLimits, Song, keys_leading_to
from segue.tags import TagGate
from segue.tempo import semitones_when_matched, tempo_ratio
from segue.where import Where

bpms = st.floats(50.0, 220.0).map(lambda bpm: round(bpm, 1))
keys = st.integers(0, 23).map(Key.from_index)
modes = st.sampled_from(["off", "exact", "standard", "extended"])
limits = st.builds(
    NeighbourLimits,
    st.none() | st.floats(0.0, 25.0),
    st.booleans(),
    modes,
    st.booleans(),
)


def song(number: int, bpm: float, key: str | Key, energy: float = 0.5) -> Song:
    return Song.of_seed(Seed.from_analysis(dj_track(number, bpm, key, energy).analysis, MIXER), MIXER)


def mixes(before: Song, after: Song, rules: NeighbourLimits) -> bool:
    """The rule in its plainest form."""
    if rules.max_bpm_drift_percent is not None:
        ratio, _ = tempo_ratio(before.tempo_bpm, after.tempo_bpm)
        slower, faster = sorted((before.tempo_bpm * ratio, after.tempo_bpm))
        if faster > slower * (1 + rules.max_bpm_drift_percent / 100) + 1e-6 or (ratio != 1 and not rules.half_double):
            return False
    shift = 0 if rules.key_lock else int(semitones_when_matched(before.tempo_bpm, after.tempo_bpm))
    heard = transposed(after.key, shift)
    return rules.key_mode == "off" or relation(before.key, heard) in MODE_RELATIONS[rules.key_mode]


@given(bpms, keys, bpms, keys, limits)
@settings(max_examples=200)
def test_the_catalogues_conditions_are_the_rule(bpm_a, key_a, bpm_b, key_b, rules):
    before, new = song(1, bpm_a, key_a), dj_track(2, bpm_b, key_b)
    after = song(2, bpm_b, key_b)
    where = rules.key_behind(before, rules.tempo_behind(before, Where()))
    assert (catalogue_of([new]).count(where) == 1) == rules.allow(before, after) == mixes(before, after, rules)


@given(bpms, bpms, limits)
def test_tempo_drift_is_the_same_in_both_directions(bpm_a, bpm_b, rules):
    one, other = song(1, bpm_a, "8A"), song(2, bpm_b, "8A")
    assert rules.allow_tempo(one, other) == rules.allow_tempo(other, one)
    assert rules.fewest_steps_by_tempo(one, other) == rules.fewest_steps_by_tempo(other, one)


@pytest.mark.parametrize(("bpm", "mixes_with_100"), [(106.0, True), (106.1, False), (94.4, True), (94.3, False)])
def test_the_faster_neighbour_is_at_most_six_percent_above_the_slower(bpm, mixes_with_100):
    for level in (0.5, 1.0, 2.0):
        assert NeighbourLimits().allow_tempo(song(1, 100.0, "8A"), song(2, bpm * level, "8A")) == mixes_with_100
        assert NeighbourLimits().allow_tempo(song(1, bpm * level, "8A"), song(2, 100.0, "8A")) == mixes_with_100


@given(st.integers(0, 23), st.sampled_from(["exact", "standard", "extended"]), st.integers(1, 5))
def test_keys_leading_to_are_those_from_which_there_is_a_way(index, mode, steps):
    def leads(start: int) -> bool:
        found = {start}
        for _ in range(steps):
            found = {k for key in found for k in keys_in_mode(Key.from_index(key), mode)}
        return index in found

    assert keys_leading_to(index, mode, steps) == {key for key in range(24) if leads(key)}


@given(bpms, keys, bpms, keys, limits)
@settings(max_examples=100)
def test_what_may_stand_next_also_lies_ahead(bpm_a, key_a, bpm_b, key_b, rules):
    """Whoever may be followed by the goal is among those from which one step leads there."""
    before, goal = song(1, bpm_a, key_a), song(2, bpm_b, key_b)
    where = rules.key_ahead(goal, 1, rules.tempo_ahead(goal, 1, Where()))
    if rules.allow(before, goal):
        assert catalogue_of([dj_track(1, bpm_a, key_a)]).count(where) == 1
        assert rules.fewest_steps(before, goal) == 1


@given(bpms, bpms, limits, st.integers(1, 6))
def test_tempi_ahead_are_those_from_which_so_many_drifts_lead(bpm_a, bpm_b, rules, steps):
    start, goal = song(1, bpm_a, "8A"), song(2, bpm_b, "8A")
    drift = np.inf if rules.max_bpm_drift_percent is None else 1 + rules.max_bpm_drift_percent / 100
    octaves = range(-min(steps, 3), min(steps, 3) + 1) if rules.half_double else [0]
    needed = min(abs(np.log2(bpm_b / bpm_a) - octave) for octave in octaves)
    ahead = catalogue_of([dj_track(1, bpm_a, "8A")]).count(rules.tempo_ahead(goal, steps, Where())) == 1
    assert ahead == (needed <= steps * np.log2(drift) + 1e-8)
    assert ahead == (rules.fewest_steps_by_tempo(start, goal) <= steps)


def test_fewest_steps():
    rules = NeighbourLimits()
    assert rules.fewest_steps(song(1, 120, "8A"), song(2, 126, "8B")) == 1
    assert rules.fewest_steps(song(1, 120, "8A"), song(2, 150, "8B")) == 4  # 1.06 ** 4 is just above 150 / 120
    assert rules.fewest_steps(song(1, 120, "8A"), song(2, 120, "2A")) == 6
    assert rules.fewest_steps(song(1, 120, "8A"), song(2, 60, "8A")) == 1
    assert NeighbourLimits(half_double=False).fewest_steps(song(1, 120, "8A"), song(2, 60, "8A")) > 10
    assert NeighbourLimits(key_mode="exact").fewest_steps(song(1, 120, "8A"), song(2, 120, "9A")) == float("inf")
    assert NeighbourLimits(max_bpm_drift_percent=0).fewest_steps(song(1, 120, "8A"), song(2, 121, "8A")) == float("inf")


@pytest.mark.parametrize("drift", [-1.0, 25.1, float("nan")])
def test_drift_out_of_range(drift):
    with pytest.raises(InvalidRequest, match="BPM drift"):
        NeighbourLimits(max_bpm_drift_percent=drift)


@given(st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_what_brute_force_finds_is_found(number):
    """Six tracks: every order that mixes can be tried, and a set as long as the longest of them is found."""
    rng = np.random.default_rng(number)
    news = [
        dj_track(100 * number + i, float(rng.uniform(118, 134)), Key.from_index(int(rng.choice([9, 4, 21, 16]))))
        for i in range(6)
    ]
    catalogue = catalogue_of(news)
    songs = {track.id: song(i, track.tempo.bpm, track.key.key) for i, track in enumerate(catalogue.page(9))}
    rules = NeighbourLimits(4.0)

    def good(order: tuple[str, ...]) -> bool:
        return all(rules.allow(songs[a], songs[b]) for a, b in pairwise(order))

    longest = max(n for n in range(1, 7) if any(good(order) for order in permutations(songs, n)))
    seed = Seed.from_analysis(dj_track(99_999_999, 200.0, "1A").analysis, MIXER)
    for length in (longest, 6):
        found = make_playlist(seed, catalogue, MIXER, PlaylistOptions(length=length, neighbours=rules))
        assert len(found.tracks) == longest
        assert (found.ended.code == "complete") == (length == longest)


def test_a_dead_end_is_survived():
    """The track that is most alike leads nowhere; the search comes back from it."""
    news = [
        dj_track(1, 120, "8A", sounds_like=1),  # the most alike, and no other follows it
        dj_track(2, 125, "8A", sounds_like=2),
        dj_track(3, 130, "8A", sounds_like=3),
        dj_track(4, 135, "8A", sounds_like=4),
    ]
    catalogue = catalogue_of(news)
    seed = Seed.from_analysis(dj_track(5, 120, "8A", seconds=100.0, sounds_like=1).analysis, MIXER)
    options = PlaylistOptions(length=3, neighbours=NeighbourLimits(4.1))
    found = make_playlist(seed, catalogue, MIXER, options)
    assert found.ended.code == "complete"
    assert [placed.track.tempo.bpm for placed in found.tracks if placed.track] in ([125, 130, 135], [135, 130, 125])


class Counted:
    """How many beams there were, and how many chains they made longer."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.n_beams = self.n_grown = 0
        grow, longer = chain._Beam.grow, chain._Beam._longer

        def counted_grow(beam, start):
            self.n_beams += 1
            return grow(beam, start)

        def counted_longer(beam, *told):
            self.n_grown += 1
            return longer(beam, *told)

        monkeypatch.setattr(chain._Beam, "grow", counted_grow)
        monkeypatch.setattr(chain._Beam, "_longer", counted_longer)


@pytest.mark.parametrize(("n_tracks", "code"), [(9, "length_limit"), (4, "pool_exhausted")])
def test_no_wider_beam_is_tried_where_none_could_be_longer(monkeypatch, n_tracks, code):
    monkeypatch.setattr("segue.playlist.MAX_LENGTH", 5)
    monkeypatch.setattr(chain, "BRANCHES", 2)  # so that ways are left out
    monkeypatch.setattr(chain, "WIDTHS", (2, 8, 16))
    counted = Counted(monkeypatch)
    catalogue = catalogue_of(dj_track(i, 124, "8A") for i in range(n_tracks))
    seed = Seed.from_analysis(dj_track(99_999_999, 124.0, "8A").analysis, MIXER)
    options = PlaylistOptions(duration_seconds=80_000.0, gate=TagGate(min_shared=0))
    found = make_playlist(seed, catalogue, MIXER, options)
    assert (found.ended.code, found.ended.all_followed) == (code, False)
    assert counted.n_beams == 1


def test_a_beam_that_grew_for_long_becomes_narrow(monkeypatch):
    """A set that cannot be whole, for half of the tracks are too far from the other half."""
    catalogue = catalogue_of(dj_track(i, 124 if i % 2 else 180, "8A") for i in range(40))
    seed = Seed.from_analysis(dj_track(99_999_999, 124.0, "8A").analysis, MIXER)
    options = PlaylistOptions(length=40, gate=TagGate(min_shared=0))
    counted = Counted(monkeypatch)
    monkeypatch.setattr(chain, "MOST_GROWN", 500)
    assert make_playlist(seed, catalogue, MIXER, options).ended.code == "tempo_limit"
    assert counted.n_grown < 3 * (500 + 256 + 20 * 8)


def test_what_is_remembered_stays_bounded(monkeypatch):
    """Forgetting changes no answer, as long as questions are not counted."""
    monkeypatch.setattr("segue.sets.chain.MOST_QUESTIONS", 10**9)
    rng = np.random.default_rng(3)
    catalogue = catalogue_of(dj_track(i, float(rng.uniform(118, 130)), "8A", float(rng.random())) for i in range(30))
    seed = Seed.from_analysis(dj_track(99_999_999, 124.0, "8A").analysis, MIXER)
    options = PlaylistOptions(length=12, curve="arc", neighbours=NeighbourLimits(2.0))
    remembering = make_playlist(seed, catalogue, MIXER, options)
    monkeypatch.setattr("segue.sets.questions._MOST_REMEMBERED", 10)
    assert make_playlist(seed, catalogue, MIXER, options) == remembering
    monkeypatch.setattr("segue.sets.questions._FEW", 0)
    asking = make_playlist(seed, catalogue, MIXER, options)
    assert [placed.track for placed in asking.tracks] == [placed.track for placed in remembering.tracks]
