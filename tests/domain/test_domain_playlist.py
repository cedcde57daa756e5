"""Playlists: what they never do, what they do for each option, and why they end."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from domain_material import MIXER, catalogue_of, dj_track, labels, tag_scores
from hypothesis import given, settings
from hypothesis import strategies as st

from segue.errors import InvalidRequest
from segue.fakes import MemoryCatalogue
from segue.key import MODE_RELATIONS, Key, transposed
from segue.limits import KeyLimit, Limits, TempoLimit
from segue.mixer import Weights
from segue.playlist import MAX_LENGTH, Playlist, PlaylistOptions, make_playlist
from segue.ports import NewTrack
from segue.seed import Seed, blend
from segue.sets.curve import ARC, LEVELS, Curve
from segue.sets.neighbours import NeighbourLimits
from segue.tags import TagGate
from segue.where import Range


def crate(number: int, n: int, shift: int = 0) -> list[NewTrack]:
    """A DJ's crate: tempi and keys that often mix, every energy, eight artists."""
    rng = np.random.default_rng(number)
    return [
        dj_track(
            1000 * number + i,
            round(float(rng.uniform(112, 136)) * float(rng.choice([1, 1, 1, 0.5])), 1),
            transposed(Key.from_index(int(rng.choice([9, 16, 14, 0, 11, 21]))), shift),
            float(rng.random()),
            artist=[*"abcdefg", None][int(rng.integers(8))],
        )
        for i in range(n)
    ]


def seed_of(number: int = 0, bpm: float = 124.0, key: str | Key = "A minor", shift: int = 0) -> Seed:
    at = transposed(Key.parse(key) if isinstance(key, str) else key, shift)
    return Seed.from_analysis(dj_track(10**6 + number, bpm, at, 0.5).analysis, MIXER)


def ids(found: Playlist) -> list[str]:
    return [placed.track.id for placed in found.tracks if placed.track]


def relations(found: Playlist) -> list[str]:
    return [placed.move.key_relation for placed in found.tracks if placed.move]


options = st.builds(
    PlaylistOptions,
    length=st.integers(1, 14),
    keep_on=st.integers(0, 5),
    drunk=st.sampled_from([0.0, 0.3, 1.0]),
    rng_seed=st.integers(0, 5),
    neighbours=st.builds(
        NeighbourLimits,
        st.sampled_from([None, 2.0, 6.0, 12.0]),
        st.booleans(),
        st.sampled_from(["off", "exact", "standard", "extended"]),
        st.booleans(),
    ),
    curve=st.sampled_from([None, "warm_up", "build", "peak", "release", "arc", (0.2, 0.9, 0.1)]),
    max_per_artist=st.sampled_from([None, 1, 2]),
    play_seed=st.booleans(),
)


@given(st.integers(0, 200), st.integers(0, 24), options)
@settings(max_examples=60, deadline=None)
def test_whatever_is_asked_for(number, n, asked):
    """No repeats, neighbours within limits, artists counted, as long as asked for or a reason that is true."""
    catalogue = catalogue_of(crate(number, n))
    seed = seed_of(number)
    found = make_playlist(seed, catalogue, MIXER, asked)
    played = [placed.track for placed in found.tracks if placed.track]
    assert len({track.id for track in played}) == len({track.content_hash for track in played}) == len(played)
    assert not {track.content_hash for track in played} & seed.content_hashes
    assert [placed.position for placed in found.tracks] == list(range(1, len(found.tracks) + 1))
    assert [placed.move is None for placed in found.tracks] == [i == 0 for i in range(len(found.tracks))]
    rules = asked.neighbours
    for placed in found.tracks[1:]:
        assert placed.move is not None
        if rules.max_bpm_drift_percent is not None:
            drift = rules.max_bpm_drift_percent
            assert -100 * drift / (100 + drift) - 1e-6 <= placed.move.pitch_percent <= drift + 1e-6
            assert rules.half_double or placed.move.tempo_ratio == 1.0
        if rules.key_mode != "off":
            told = placed.move.key_relation if rules.key_lock else placed.move.pitched_relation
            assert told in MODE_RELATIONS[rules.key_mode]
    if asked.max_per_artist:
        names = [track.description.artist for track in played if track.description.artist]
        assert max((names.count(name) for name in names), default=0) <= asked.max_per_artist
    assert len(found.tracks) <= asked.length
    assert found.duration_seconds == pytest.approx(240.0 * len(found.tracks))
    assert (found.ended.code == "complete") == (len(found.tracks) == asked.length)
    if found.ended.code not in ("complete", "near_duplicates"):
        assert min((some.left for some in found.ended.conditions), default=0) == 0
        assert "no track is left" in found.ended.message


@given(st.integers(0, 50), st.integers(1, 11), st.sampled_from([0.0, 0.4]), st.booleans())
@settings(max_examples=15, deadline=None)
def test_transposing_every_track_and_the_seed_changes_no_relation(number, shift, drunk, key_lock):
    asked = PlaylistOptions(length=8, drunk=drunk, curve="build", neighbours=NeighbourLimits(key_lock=key_lock))
    found = [
        make_playlist(seed_of(number, shift=by), catalogue_of(crate(number, 30, by)), MIXER, asked) for by in (0, shift)
    ]
    assert ids(found[0]) == ids(found[1])
    assert relations(found[0]) == relations(found[1])
    assert found[0].ended.code == found[1].ended.code


def test_the_same_request_gets_the_same_set():
    catalogue = catalogue_of(crate(1, 60))
    asked = PlaylistOptions(length=10, drunk=0.7, rng_seed=3, curve="arc")
    assert make_playlist(seed_of(), catalogue, MIXER, asked) == make_playlist(seed_of(), catalogue, MIXER, asked)


def test_drunk_is_noise_that_the_seed_of_the_generator_chooses():
    catalogue = catalogue_of(crate(2, 80))
    sober = [ids(make_playlist(seed_of(), catalogue, MIXER, PlaylistOptions(length=8, rng_seed=n))) for n in (0, 1)]
    assert sober[0] == sober[1]
    drunk = [PlaylistOptions(length=8, drunk=1.0, rng_seed=n) for n in range(4)]
    assert len({tuple(ids(make_playlist(seed_of(), catalogue, MIXER, asked))) for asked in drunk}) > 1


def test_keep_on_follows_the_last_tracks():
    """Without it the set stays with the seed, with it the set wanders off."""
    catalogue = catalogue_of(crate(3, 120))
    seed, weights = seed_of(), Weights(sound=1, tags=0, tempo=0, key=0, energy=0)
    block = MIXER.blocks["sound"]

    def nearness(keep_on: int) -> tuple[float, float]:
        asked = PlaylistOptions(length=12, keep_on=keep_on, weights=weights)
        found = make_playlist(seed, catalogue, MIXER, asked)
        to_seed = [float(catalogue.vector(track_id)[block] @ seed.vector[block]) for track_id in ids(found)]
        return float(np.mean(to_seed)), float(np.mean([p.move.similarity for p in found.tracks if p.move]))

    stays, wanders = nearness(0), nearness(5)
    assert stays[0] > wanders[0]
    assert wanders[1] > stays[1]


def test_a_set_of_some_duration():
    catalogue = catalogue_of(crate(4, 60))
    found = make_playlist(seed_of(), catalogue, MIXER, PlaylistOptions(duration_seconds=2000.0, curve="arc"))
    assert found.ended.code == "complete"
    assert 2000.0 <= found.duration_seconds < 2240.0
    assert len(found.tracks) == 9


def test_the_seed_may_be_played():
    catalogue = catalogue_of(crate(5, 60))
    upload = make_playlist(seed_of(), catalogue, MIXER, PlaylistOptions(length=5, play_seed=True))
    assert upload.tracks[0].track is None and upload.tracks[0].fit is None
    assert upload.tracks[1].move is not None and abs(upload.tracks[1].move.pitch_percent) <= 6
    track = catalogue.page(1)[0]
    seed = Seed.from_track(track, catalogue, MIXER)
    known = make_playlist(seed, catalogue, MIXER, PlaylistOptions(length=5, play_seed=True), track)
    assert ids(known)[0] == track.id and len(set(ids(known))) == 5
    left_out = make_playlist(seed, catalogue, MIXER, PlaylistOptions(length=5), track)
    assert track.id not in ids(left_out)
    alone = make_playlist(seed, catalogue, MIXER, PlaylistOptions(length=1, play_seed=True), track)
    assert ids(alone) == [track.id] and alone.ended.code == "complete"


def test_several_seeds():
    catalogue = catalogue_of(crate(6, 40))
    seed = blend([(seed_of(1), 1.0), (seed_of(2), 0.5), (seed_of(3), -0.5)], MIXER)
    assert len(ids(make_playlist(seed, catalogue, MIXER, PlaylistOptions(length=8)))) == 8


def record_shop(n: int = 72) -> MemoryCatalogue:
    """Sixteen genres' tempi, any key, and more energy the faster: as sparse as the demo's music."""
    rng = np.random.default_rng(7)
    news = []
    for i in range(n):
        bpm = round(
            float(rng.choice([76, 84, 92, 98, 104, 110, 116, 122, 126, 130, 134, 138, 142, 172])) * rng.normal(1, 0.01),
            1,
        )
        energy = float(np.clip((bpm - 70) / 120 + rng.normal(0, 0.08), 0, 1))
        news.append(dj_track(i, bpm, Key.from_index(int(rng.integers(24))), energy, artist=f"artist {i % 30}"))
    return catalogue_of(news)


def test_an_arc_warms_up_builds_peaks_and_releases():
    found = make_playlist(seed_of(), record_shop(), MIXER, PlaylistOptions(length=12, curve="arc"))
    assert found.ended.code == "complete"
    phases = [placed.phase for placed in found.tracks]
    assert phases == ["warm_up"] * 4 + ["build"] * 3 + ["peak"] * 3 + ["release"] * 2
    means = {phase: np.mean([p.energy for p in found.tracks if p.phase == phase]) for phase in LEVELS}
    assert means["warm_up"] < means["build"] < means["peak"] > means["release"]
    for placed in found.tracks[1:]:
        assert placed.move is not None
        assert abs(placed.move.pitch_percent) <= 6
        assert placed.move.key_relation in MODE_RELATIONS["standard"]


def demo_shop() -> MemoryCatalogue:
    """What was heard in the 72 tracks of `segue demo`: tempo, key and energy."""
    with (Path(__file__).parent / "demo_tracks.csv").open() as file:
        rows = list(csv.DictReader(file))
    return catalogue_of(
        dj_track(i, float(row["bpm"]), row["key"], float(row["energy"]), artist=row["artist"], seconds=64.0)
        for i, row in enumerate(rows)
    )


@pytest.mark.parametrize("length", [8, 12, 16, 20, 24])
def test_the_demo_gives_a_set_that_warms_up_builds_peaks_and_releases(length):
    unreleased = seed_of(bpm=128.2, key="4A")
    found = make_playlist(unreleased, demo_shop(), MIXER, PlaylistOptions(length=length, curve="arc"))
    assert found.ended.code == "complete"
    assert len(set(ids(found))) == length
    means = [np.mean([p.energy for p in found.tracks if p.phase == phase]) for phase in LEVELS]
    assert means[0] < means[1] < means[2] > means[3]
    assert means[2] - means[0] > 0.1 and means[2] - means[3] > 0.05
    for placed in found.tracks[1:]:
        assert placed.move is not None
        assert abs(placed.move.pitch_percent) <= 6
        assert placed.move.key_relation in MODE_RELATIONS["standard"]


def test_energy_is_only_relaxed_where_it_must_be():
    """With all keys and tempi alike every place gets what the curve wants; where two energies are all there is, it says
    by how many steps it strayed."""
    rng = np.random.default_rng(1)
    plenty = catalogue_of([dj_track(i, 124, "8A", float(rng.random())) for i in range(150)])
    for curve in ("warm_up", "build", "peak", "release", "arc"):
        found = make_playlist(seed_of(), plenty, MIXER, PlaylistOptions(length=7, curve=curve))
        assert [placed.relaxed for placed in found.tracks] == [0] * 7
        for placed in found.tracks:
            assert placed.energy_target is not None and abs(placed.energy - placed.energy_target) < 0.12
    few = catalogue_of([dj_track(i, 124, "8A", 0.2) for i in range(5)] + [dj_track(9, 124, "8A", 0.9)])
    found = make_playlist(seed_of(), few, MIXER, PlaylistOptions(length=5, curve=(0.2, 0.2, 0.9, 0.9, 0.2)))
    assert sorted(placed.energy for placed in found.tracks) == [0.2] * 4 + [0.9]
    assert sorted(placed.relaxed for placed in found.tracks) == [0, 0, 0, 0, 5]


def test_a_curve_may_be_written_out():
    rng = np.random.default_rng(2)
    catalogue = catalogue_of([dj_track(i, 124, "8A", float(rng.random())) for i in range(150)])
    energies = (0.1, 0.8, 0.3, 0.5)
    found = make_playlist(seed_of(), catalogue, MIXER, PlaylistOptions(curve=energies))
    assert len(found.tracks) == 4
    for placed, wanted in zip(found.tracks, energies, strict=True):
        assert placed.energy_target == wanted and abs(placed.energy - wanted) <= 0.05 and placed.phase is None
    stretched = make_playlist(seed_of(), catalogue, MIXER, PlaylistOptions(length=7, curve=energies))
    assert [placed.energy_target for placed in stretched.tracks] == pytest.approx([0.1, 0.45, 0.8, 0.55, 0.3, 0.4, 0.5])


def test_levels_of_an_arc_have_no_holes():
    curve = Curve("arc", np.linspace(0, 1, 101))
    at = np.linspace(0, 1, 201)
    targets = [curve.target(float(share)) for share in at]
    assert [t.phase for t in targets] == sorted((t.phase for t in targets), key=[name for name, _ in ARC].index)
    assert all(window.holds(target.energy) for target in targets for window in target.windows)
    assert Curve("arc", np.empty(0)).target(0.5).energy == 0.5


# ---- why a set ends


def ended(catalogue: MemoryCatalogue, **asked: object) -> tuple[str, str, int]:
    found = make_playlist(seed_of(), catalogue, MIXER, PlaylistOptions(**{"length": 9, **asked}))  # type: ignore[arg-type]
    return found.ended.code, found.ended.message, len(found.tracks)


def test_ends_without_tracks():
    code, message, n = ended(catalogue_of([]))
    assert (code, n) == ("pool_empty", 0) and "none passes the limits and the tag gate" in message
    shop = record_shop()
    assert ended(shop, limits=Limits(tempo=TempoLimit(min_bpm=230, half_double=False)))[0] == "pool_empty"
    assert ended(shop, gate=TagGate(include=labels("jazz")))[0] == "pool_empty"


def test_ends_when_everything_was_played():
    code, message, n = ended(catalogue_of([dj_track(i, 124, "8A") for i in range(4)]))
    assert (code, n) == ("pool_exhausted", 4)
    assert "of 4 that pass, 0 not yet played" in message
    assert "Without" not in message  # no track is played twice: that condition is never lifted


def test_ends_at_the_tempo_limit():
    code, message, n = ended(catalogue_of([dj_track(i, 100 * 1.1**i, "8A") for i in range(3)]))
    assert (code, n) == ("tempo_limit", 1)
    assert "0 within 6 % of" in message and "Without that last condition there would be 2." in message


def test_ends_at_the_key_limit():
    code, message, n = ended(catalogue_of([dj_track(i, 124, key) for i, key in enumerate(["8A", "2B", "5A"])]))
    assert (code, n) == ("key_limit", 1)
    assert "(standard)" in message
    assert (
        ended(
            catalogue_of([dj_track(i, 124, key) for i, key in enumerate(["8A", "2B", "5A"])]),
            length=3,
            neighbours=NeighbourLimits(key_mode="off"),
        )[0]
        == "complete"
    )


def test_ends_at_the_artist_limit():
    catalogue = catalogue_of([dj_track(i, 124, "8A", artist=name) for i, name in enumerate(["A", "a ", "A", "b"])])
    assert ended(catalogue, max_per_artist=1)[::2] == ("artist_limit", 2)
    nameless = catalogue_of([dj_track(i, 124, "8A") for i in range(5)])
    assert ended(nameless, max_per_artist=1, length=5)[0] == "complete"


def test_ends_when_there_is_no_place_left(monkeypatch):
    monkeypatch.setattr("segue.playlist.MAX_LENGTH", 5)
    code, message, n = ended(
        catalogue_of([dj_track(i, 124, "8A") for i in range(9)]), length=None, duration_seconds=8e4
    )
    assert (code, n) == ("length_limit", 5) and "no more places" in message


def test_ends_at_near_duplicates():
    catalogue = catalogue_of([dj_track(i, 124, "8A", sounds_like=1) for i in range(3)])
    code, message, n = ended(catalogue)
    assert (code, n) == ("near_duplicates", 1) and "near-duplicates" in message


def test_near_duplicates_of_the_seed_are_left_out():
    like_seed = dj_track(5, 124.0, "8A", sounds_like=10**6)
    found = make_playlist(
        seed_of(), catalogue_of([like_seed, dj_track(6, 124.0, "8A")]), MIXER, PlaylistOptions(length=2)
    )
    assert len(found.tracks) == 1 and found.tracks[0].track.tempo.bpm == 124.0
    assert found.ended.code == "near_duplicates"


# ---- which tracks may come at all


def test_the_gate_is_loosened_only_until_the_set_is_whole():
    near = [dj_track(i, 124, "8A", tags=tag_scores("techno", "drums")) for i in range(3)]
    far = [dj_track(10 + i, 124, "8A", tags=tag_scores("jazz", "piano")) for i in range(5)]
    catalogue = catalogue_of(near + far)
    short = make_playlist(seed_of(), catalogue, MIXER, PlaylistOptions(length=3))
    assert (short.gate, short.pool, short.ended.code) == ("as_asked", 3, "complete")
    long = make_playlist(seed_of(), catalogue, MIXER, PlaylistOptions(length=6))
    assert (long.gate, long.pool, long.ended.code) == ("off", 8, "complete")
    kept = make_playlist(
        seed_of(), catalogue, MIXER, PlaylistOptions(length=6, gate=TagGate(min_shared=1, on_empty="keep"))
    )
    assert (kept.gate, len(kept.tracks), kept.ended.code) == ("as_asked", 3, "pool_exhausted")


def test_limits_hold_for_every_track():
    catalogue = record_shop()
    limits = Limits(tempo=TempoLimit(min_bpm=110, max_bpm=140, half_double=False), energy=Limits().energy)
    found = make_playlist(seed_of(), catalogue, MIXER, PlaylistOptions(length=6, limits=limits))
    assert found.tracks and all(110 <= p.track.tempo.bpm <= 140 for p in found.tracks if p.track)
    banned = frozenset(ids(found))
    again = make_playlist(
        seed_of(), catalogue, MIXER, PlaylistOptions(length=6, limits=replace(limits, exclude_ids=banned))
    )
    assert not banned & set(ids(again))
    long = replace(limits, duration_seconds=Range(300.0))
    assert make_playlist(seed_of(), catalogue, MIXER, PlaylistOptions(limits=long)).ended.code == "pool_empty"


def test_how_tracks_end_counts_when_it_has_a_weight():
    catalogue = catalogue_of(crate(8, 60))
    found = make_playlist(seed_of(), catalogue, MIXER, PlaylistOptions(length=6, weights=Weights(sound=0, segue=1)))
    before, after = found.tracks[2], found.tracks[3]
    assert before.track and after.track and after.move
    outro = Seed.from_track(before.track, catalogue, MIXER).vector
    query = MIXER.query(outro, Weights(sound=0, segue=1))
    assert after.move.similarity == pytest.approx(float(query @ catalogue.vector(after.track.id)), abs=1e-5)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"length": 0}, "length is 0"),
        ({"length": MAX_LENGTH + 1}, "length is 201"),
        ({"length": 3, "duration_seconds": 60.0}, "Both length and duration"),
        ({"duration_seconds": 0.0}, "duration is 0.0 s"),
        ({"duration_seconds": 1e6}, "at most 24 hours"),
        ({"keep_on": -1}, "keep_on is -1"),
        ({"keep_on": 21}, "keep_on is 21"),
        ({"drunk": 1.1}, "drunk is 1.1"),
        ({"drunk": float("nan")}, "drunk is nan"),
        ({"rng_seed": -1}, "rng_seed is -1"),
        ({"max_per_artist": 0}, "max_per_artist is 0"),
        ({"curve": ()}, "holds no energy"),
        ({"curve": (0.5, 1.5)}, "holds 1.5"),
        ({"limits": Limits(key=KeyLimit("exact"))}, "between neighbours"),
    ],
)
def test_what_makes_no_sense(asked, words):
    with pytest.raises(InvalidRequest, match=words):
        PlaylistOptions(**asked)
