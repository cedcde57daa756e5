"""Paths: through every waypoint at its place, neighbours mix, and where there is no way it says why."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from domain_material import MIXER, catalogue_of, dj_track, labels, tag_scores
from hypothesis import given, settings
from hypothesis import strategies as st

from segue.errors import InvalidRequest
from segue.fakes import MemoryCatalogue
from segue.key import MODE_RELATIONS, Key, transposed
from segue.limits import KeyLimit, Limits, TempoLimit
from segue.mixer import AXES, Weights
from segue.path import PathOptions, TrackPath, Waypoint, find_path, turned
from segue.seed import Seed
from segue.sets.neighbours import NeighbourLimits
from segue.tags import TagGate


def crate(number: int, n: int, shift: int = 0) -> MemoryCatalogue:
    rng = np.random.default_rng(number)
    return catalogue_of(
        dj_track(
            1000 * number + i,
            round(float(rng.uniform(100, 150)), 1),
            transposed(Key.from_index(int(rng.integers(24))), shift),
            float(rng.random()),
        )
        for i in range(n)
    )


def waypoint(catalogue: MemoryCatalogue, place: int) -> Waypoint:
    track = catalogue.page(place + 1)[place]
    return Waypoint(Seed.from_track(track, catalogue, MIXER), track)


def upload(number: int, bpm: float = 120.0, key: str = "8A") -> Waypoint:
    return Waypoint(Seed.from_analysis(dj_track(10**6 + number, bpm, key).analysis, MIXER))


def ids(found: TrackPath) -> list[str | None]:
    return [placed.track.id if placed.track else None for placed in found.tracks]


rules_of = st.builds(
    NeighbourLimits,
    st.sampled_from([None, 4.0, 6.0, 12.0]),
    st.booleans(),
    st.sampled_from(["off", "standard", "extended"]),
    st.booleans(),
)


@given(st.integers(0, 300), st.integers(2, 4), st.integers(0, 7), rules_of, st.booleans())
@settings(max_examples=30, deadline=None)
def test_ends_are_exact_and_neighbours_mix(number, n_waypoints, n_between, rules, partial):
    catalogue = crate(number, 80)
    waypoints = [waypoint(catalogue, i) for i in range(n_waypoints - 1)] + [upload(number)]
    found = find_path(waypoints, catalogue, MIXER, PathOptions(n_between, neighbours=rules, partial=partial))
    assert found.waypoints == tuple(1 + i * (n_between + 1) for i in range(n_waypoints))
    whole = found.ended.code == "complete"
    assert whole == (len(found.tracks) == found.waypoints[-1])
    assert whole or partial or not found.tracks
    if whole:
        assert found.tracks[-1].track is None
    for place, through in zip(found.waypoints, waypoints, strict=True):
        if place <= len(found.tracks):
            assert found.tracks[place - 1].track == through.track
            assert found.tracks[place - 1].fit is None
    known = [track_id for track_id in ids(found) if track_id]
    assert len(set(known)) == len(known)
    for placed in found.tracks[1:]:
        assert placed.move is not None
        if rules.max_bpm_drift_percent is not None:
            drift = rules.max_bpm_drift_percent
            assert -100 * drift / (100 + drift) - 1e-6 <= placed.move.pitch_percent <= drift + 1e-6
        if rules.key_mode != "off":
            told = placed.move.key_relation if rules.key_lock else placed.move.pitched_relation
            assert told in MODE_RELATIONS[rules.key_mode]
    if not whole:
        assert found.ended.code != "complete" and "After track" in found.ended.message


@given(st.integers(0, 100), st.integers(1, 11), st.booleans())
@settings(max_examples=10, deadline=None)
def test_transposing_every_track_changes_no_relation(number, shift, key_lock):
    asked = PathOptions(6, neighbours=NeighbourLimits(key_mode="extended", key_lock=key_lock), partial=True)
    found = []
    for by in (0, shift):
        catalogue = crate(number, 80, by)
        found.append(find_path([waypoint(catalogue, 0), waypoint(catalogue, 1)], catalogue, MIXER, asked))
    assert ids(found[0]) == ids(found[1])
    relations = [[placed.move.key_relation for placed in some.tracks if placed.move] for some in found]
    assert relations[0] == relations[1]


def test_most_paths_are_found():
    """A hundred and fifty tracks are enough for nearly any two of them."""
    complete = 0
    for number in range(5, 13):
        catalogue = crate(number, 150)
        ends = [waypoint(catalogue, 0), waypoint(catalogue, 1)]
        complete += find_path(ends, catalogue, MIXER, PathOptions(9)).ended.code == "complete"
    assert complete >= 7


@pytest.mark.parametrize("axis", ["sound", "tempo", "energy"])
def test_tracks_lie_evenly_between_the_waypoints(axis):
    """With four hundred tracks to choose from, what has a weight moves evenly from one waypoint to the other."""
    ends = [dj_track(1, 120, "8A", 0.2), dj_track(2, 132, "8A", 0.8)]
    block = MIXER.blocks["sound"]
    way = ends[1].vector[block] - ends[0].vector[block]
    rng = np.random.default_rng(1)
    between = [dj_track(10 + i, float(rng.uniform(118, 134)), "8A", float(rng.random())) for i in range(400)]
    catalogue = catalogue_of([*ends, *between])
    weights = Weights(**{**dict.fromkeys(AXES, 0.0), axis: 1.0})
    found = find_path(
        [waypoint(catalogue, 0), waypoint(catalogue, 1)], catalogue, MIXER, PathOptions(5, weights=weights)
    )
    tracks = [placed.track for placed in found.tracks if placed.track]
    values = {
        "sound": [float(way @ catalogue.vector(track.id)[block]) for track in tracks],
        "tempo": [track.tempo.bpm for track in tracks],
        "energy": [track.energy for track in tracks],
    }[axis]
    assert np.corrcoef(values, np.arange(7))[0, 1] > (0.9 if axis == "sound" else 0.99)


def test_turning_is_even_and_exact():
    rng = np.random.default_rng(3)
    a, b = (v / np.linalg.norm(v) for v in rng.normal(size=(2, 8)).astype(np.float32))
    steps = [turned(a, b, share) for share in np.linspace(0, 1, 6)]
    assert np.allclose(steps[0], a, atol=1e-6) and np.allclose(steps[-1], b, atol=1e-6)
    angles = [np.arccos(np.clip(x @ y, -1, 1)) for x, y in itertools.pairwise(steps)]
    assert np.allclose(angles, angles[0], atol=1e-3)
    assert np.isfinite(turned(a, -a, 0.5)).all()
    assert not turned(np.zeros(8, dtype=np.float32), np.zeros(8, dtype=np.float32), 0.5).any()


def test_a_length_in_all():
    catalogue = crate(4, 200)
    waypoints = [waypoint(catalogue, i) for i in range(3)]
    asked = PathOptions(length=12, neighbours=NeighbourLimits(12.0, key_mode="extended"))
    found = find_path(waypoints, catalogue, MIXER, asked)
    assert found.waypoints in ((1, 7, 12), (1, 6, 12))
    assert found.ended.code == "complete" and len(found.tracks) == 12
    assert found.duration_seconds == 12 * 240.0


def test_the_same_request_gets_the_same_path():
    catalogue = crate(5, 100)
    waypoints = [waypoint(catalogue, 0), waypoint(catalogue, 1)]
    assert find_path(waypoints, catalogue, MIXER, PathOptions(8)) == find_path(
        waypoints, catalogue, MIXER, PathOptions(8)
    )


def test_out_of_reach_is_told_before_anything_is_searched():
    catalogue = catalogue_of([dj_track(i, 120 + i, "8A") for i in range(40)])
    far = find_path([upload(1, 100.0), upload(2, 130.0)], catalogue, MIXER, PathOptions(3))
    assert far.ended.code == "waypoint_tempo"
    assert far.ended.message == (
        "After track 1 the next waypoint is out of reach in 4 steps: from 100.0 to 130.0 BPM in steps of 6 %, "
        "which takes 5 steps or more."
    )
    keys = find_path([upload(1, 120.0, "8A"), upload(2, 120.0, "2A")], catalogue, MIXER, PathOptions(3))
    assert keys.ended.code == "waypoint_key" and "from 8A to 2A" in keys.ended.message
    exact = PathOptions(3, neighbours=NeighbourLimits(key_mode="exact"))
    never = find_path([upload(1, 120.0, "8A"), upload(2, 120.0, "2A")], catalogue, MIXER, exact)
    assert "no number of tracks" in never.ended.message
    beside = find_path([upload(1), upload(2, 130.0)], catalogue, MIXER, PathOptions(0))
    assert "in 1 step:" in beside.ended.message and not beside.tracks


def test_where_it_broke_off():
    """The second leg is possible, but there is no music for it."""
    catalogue = catalogue_of([dj_track(i, 120, "8A") for i in range(9)])
    waypoints = [upload(1, 120.0), upload(2, 121.0), upload(3, 140.0)]
    found = find_path(waypoints, catalogue, MIXER, PathOptions(4, partial=True))
    assert found.ended.code in ("waypoint_tempo", "tempo_limit")
    assert len(found.tracks) > 6
    assert [some.condition for some in found.ended.conditions] == [
        "used",
        "tempo",
        "key",
        "waypoint_tempo",
        "waypoint_key",
    ]
    assert found.ended.message.startswith(f"After track {len(found.tracks)} no track is left: of 9 that pass")
    assert not find_path(waypoints, catalogue, MIXER, PathOptions(4)).tracks


def test_without_key_lock_the_last_step_counts_too():
    """The waypoint has to be in key as it is heard beside the track before it."""
    rules = NeighbourLimits(key_lock=False)
    for number in range(6):
        catalogue = crate(number, 150)
        found = find_path(
            [waypoint(catalogue, 0), waypoint(catalogue, 1)], catalogue, MIXER, PathOptions(8, neighbours=rules)
        )
        for placed in found.tracks[1:]:
            assert placed.move and placed.move.pitched_relation in MODE_RELATIONS["standard"]


def test_without_key_lock_it_says_that_no_track_leads_to_the_waypoint():
    """One track lies between the tempi, but the waypoint would be heard in another key beside it."""
    catalogue = catalogue_of([dj_track(1, 120, "8A"), dj_track(2, 123, "8A"), dj_track(3, 127, "2B")])
    rules = NeighbourLimits(key_mode="exact", key_lock=False)
    found = find_path(
        [waypoint(catalogue, 0), waypoint(catalogue, 2)], catalogue, MIXER, PathOptions(1, neighbours=rules)
    )
    assert found.ended.code == "waypoint_key"
    assert found.ended.message == "After track 1 none of 1 tracks leads to 2B as it is heard without key lock."


def test_limits_and_tags_hold_between_waypoints():
    techno = [dj_track(i, 120 + i / 10, "8A") for i in range(10)]
    jazz = [dj_track(20 + i, 120 + i / 10, "8A", tags=tag_scores("jazz")) for i in range(10)]
    catalogue = catalogue_of(techno + jazz)
    ends = [upload(1), upload(2)]
    gate = TagGate(min_shared=0, exclude=labels("techno"))
    only_jazz = find_path(ends, catalogue, MIXER, PathOptions(4, gate=gate))
    assert all("genre---jazz" in placed.track.tags.active for placed in only_jazz.tracks if placed.track)
    assert only_jazz.pool == 10
    alike = find_path(ends, catalogue, MIXER, PathOptions(4, gate=TagGate(min_shared=2)))
    assert alike.pool == 10
    assert all("genre---techno" in placed.track.tags.active for placed in alike.tracks if placed.track)
    none = PathOptions(4, limits=Limits(tempo=TempoLimit(max_bpm=50, half_double=False)))
    assert find_path(ends, catalogue, MIXER, none).ended.code == "pool_empty"


def test_waypoints_are_never_played_in_between():
    catalogue = crate(9, 60)
    waypoints = [waypoint(catalogue, 0), waypoint(catalogue, 1), waypoint(catalogue, 2)]
    free = NeighbourLimits(None, key_mode="off")
    found = find_path(waypoints, catalogue, MIXER, PathOptions(9, neighbours=free))
    assert found.ended.code == "complete"
    assert [found.tracks[place - 1].track for place in found.waypoints] == [some.track for some in waypoints]
    assert len(set(ids(found))) == 21


@pytest.mark.parametrize(
    ("asked", "n", "words"),
    [
        ({}, 1, "needs two or more"),
        ({"n_between": -1}, 2, "n_between is -1"),
        ({"n_between": 300}, 2, "n_between is 300"),
        ({"n_between": 150}, 3, "more than 200 tracks"),
        ({"length": 1}, 2, "length is 1"),
        ({"length": 2}, 3, "3 waypoints do not fit in"),
        ({"length": 5, "n_between": 2}, 2, "Both n_between and length"),
        ({"limits": Limits(key=KeyLimit("standard"))}, 2, "between neighbours"),
    ],
)
def test_what_makes_no_sense(asked, n, words):
    catalogue = crate(1, 5)
    with pytest.raises(InvalidRequest, match=words):
        find_path([waypoint(catalogue, i) for i in range(n)], catalogue, MIXER, PathOptions(**asked))


def test_a_waypoint_twice():
    catalogue = crate(1, 5)
    twice = [waypoint(catalogue, 0), waypoint(catalogue, 1), waypoint(catalogue, 0)]
    with pytest.raises(InvalidRequest, match="Waypoint 3 is the same recording"):
        find_path(twice, catalogue, MIXER, PathOptions(2))
