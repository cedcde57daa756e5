"""Limits: from what a DJ asks for to conditions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from segue.errors import InvalidRequest
from segue.key import MODE_RELATIONS, N_KEYS, Key, KeyMode, keys_in_mode, relation, transposed
from segue.limits import EnergyLimit, KeyLimit, Limits, TempoLimit, intersection
from segue.tempo import metrical_ratio, semitones_when_matched, tempo_ratio
from segue.where import Range, Where

bpms = st.floats(50, 220)


def passes(limit: TempoLimit, query: float, bpm: float) -> bool:
    ranges = limit.ranges(query)
    return not ranges or any(some.holds(bpm) for some in ranges)


@given(bpms, bpms, st.sampled_from([0.0, 2.0, 6.0, 8.0, 16.0]), st.booleans())
@settings(max_examples=300, deadline=None)
def test_what_passes_can_be_pitched_and_what_cannot_does_not(
    query: float, bpm: float, percent: float, half_double: bool
) -> None:
    levels = (1.0, 0.5, 2.0) if half_double else (1.0,)
    needed = min(abs(100 * (query * level / bpm - 1)) for level in levels)
    if abs(needed - percent) > 1e-6:
        assert passes(TempoLimit(tolerance_percent=percent, half_double=half_double), query, bpm) == (needed < percent)
    if half_double and passes(TempoLimit(tolerance_percent=percent), query, bpm):
        assert abs(tempo_ratio(query, bpm)[1]) <= percent + 1e-6  # what is told is what was asked for


@pytest.mark.parametrize(
    ("limit", "let_in", "kept_out"),
    [
        (TempoLimit(), (1.0, 999.0), ()),
        (TempoLimit(120, 130, half_double=False), (120, 125, 130), (119.9, 130.1, 62)),
        (TempoLimit(120, 130), (120, 130, 60, 65, 240, 260), (119, 66, 59)),
        (TempoLimit(min_bpm=100, half_double=False), (100, 240), (99.9,)),
        (TempoLimit(max_bpm=100, half_double=False), (100, 20), (100.1,)),
        (TempoLimit(target_bpm=174, tolerance_percent=0), (174, 87, 348), (173, 88)),
        (TempoLimit(target_bpm=100, tolerance_percent=25, half_double=False), (80, 133), (79.9, 134)),
        (TempoLimit(120, 130, 140, 10, False), (127.5, 130), (126, 131, 140)),
        (TempoLimit(60, 70, 140, 1, False), (), (65, 140)),
    ],
)
def test_windows_and_targets(limit: TempoLimit, let_in: tuple[float, ...], kept_out: tuple[float, ...]) -> None:
    assert all(passes(limit, 100.0, bpm) for bpm in let_in)
    assert not any(passes(limit, 100.0, bpm) for bpm in kept_out)


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"min_bpm": 0.0}, "bpm min is 0.0"),
        ({"max_bpm": -1.0}, "bpm max is -1.0"),
        ({"min_bpm": 130.0, "max_bpm": 120.0}, "min must not be above max"),
        ({"tolerance_percent": 51.0}, "0 to 50"),
        ({"target_bpm": 120.0}, "tolerance"),
        ({"target_bpm": math.nan, "tolerance_percent": 6.0}, "bpm target"),
    ],
)
def test_senseless_tempi_are_refused(fields: dict[str, float], word: str) -> None:
    with pytest.raises(InvalidRequest, match=word):
        TempoLimit(**fields)  # type: ignore[arg-type]


def test_ranges_meet_or_hold_nothing() -> None:
    assert intersection((Range(0, 10), Range(20, 30)), (Range(5, 25),)) == (Range(5, 10), Range(20, 25))
    (nothing,) = intersection((Range(0, 1),), (Range(2, 3),))
    assert not any(nothing.holds(x) for x in (0, 1, 2, math.inf, -math.inf))


# Keys


@pytest.mark.parametrize(("mode", "n_keys"), [("off", 0), ("exact", 1), ("standard", 4), ("extended", 9)])
def test_modes_let_so_many_keys_pass(mode: KeyMode, n_keys: int) -> None:
    for index in range(N_KEYS):
        key = Key.from_index(index)
        allowed = keys_in_mode(key, mode)
        assert len(allowed) == n_keys
        if mode != "off":
            assert {relation(key, Key.from_index(other)) for other in allowed} == MODE_RELATIONS[mode]


def test_each_mode_lets_in_what_the_stricter_one_does() -> None:
    assert MODE_RELATIONS["exact"] < MODE_RELATIONS["standard"] < MODE_RELATIONS["extended"]


@given(st.integers(0, 23), st.integers(0, 23), st.integers(-30, 30), st.sampled_from(["exact", "standard", "extended"]))
@settings(max_examples=200, deadline=None)
def test_transposing_both_keys_changes_no_relation(a: int, b: int, semitones: int, mode: KeyMode) -> None:
    one, other = Key.from_index(a), Key.from_index(b)
    moved, moved_other = transposed(one, semitones), transposed(other, semitones)
    assert relation(one, other) == relation(moved, moved_other)
    assert (b in keys_in_mode(one, mode)) == (moved_other.index in keys_in_mode(moved, mode))


@given(st.floats(20, 400), st.floats(20, 400))  # what an owner may say
@example(20.0, 400.0)
@settings(max_examples=300, deadline=None)
def test_pitching_without_key_lock_shifts_by_the_nearest_semitone(query: float, bpm: float) -> None:
    shift, exact = int(semitones_when_matched(query, bpm)), 12 * math.log2(1 + tempo_ratio(query, bpm)[1] / 100)
    assert abs(shift - exact) <= 0.5 + 1e-9
    assert semitones_when_matched(query, np.array([bpm, query])).tolist() == [shift, 0]
    assert metrical_ratio(query, np.array([bpm]))[0] == tempo_ratio(query, bpm)[0]


# Energy, and all of them together


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        (EnergyLimit(), (0.0, 1.0)),
        (EnergyLimit(direction="up"), (0.4, 1.0)),
        (EnergyLimit(direction="down"), (0.0, 0.4)),
        (EnergyLimit(direction="steady"), (0.3, 0.5)),
        (EnergyLimit(0.5, 0.8, "up"), (0.5, 0.8)),
        (EnergyLimit(0.5, 0.8, "down"), (0.5, 0.4)),
    ],
)
def test_energy_and_its_direction(limit: EnergyLimit, expected: tuple[float, float]) -> None:
    assert limit.range(0.4) == pytest.approx(expected)


@pytest.mark.parametrize("limits", [(-0.1, 1.0), (0.6, 0.5), (0.0, 1.1)])
def test_senseless_energies_are_refused(limits: tuple[float, float]) -> None:
    with pytest.raises(InvalidRequest, match="energy min"):
        EnergyLimit(*limits)


def test_a_senseless_duration_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="duration min"):
        Limits(duration_seconds=Range(10, 5))


def test_limits_are_added_to_the_conditions_there_are() -> None:
    base = Where(exclude_ids=frozenset({"a"}), exclude_hashes=frozenset({"h"}), until_id="z")
    limits = Limits(
        tempo=TempoLimit(tolerance_percent=6),
        key=KeyLimit("exact", key_lock=False),
        energy=EnergyLimit(direction="up"),
        duration_seconds=Range(high=900),
        exclude_ids=frozenset({"b"}),
        collection_ids=frozenset({"c"}),
    )
    where = limits.where(120.0, Key.parse("8A"), 0.5, base)
    assert where.exclude_ids == {"a", "b"} and where.exclude_hashes == {"h"} and where.until_id == "z"
    assert where.keys == {Key.parse("8A").index} and where.keys_at_bpm == 120.0
    assert where.energy == Range(0.5, 1.0) and len(where.bpm) == 3 and where.collection_ids == {"c"}
    assert Limits().where(120.0, Key.parse("8A"), 0.5) == Where(energy=Range(0.0, 1.0), duration_seconds=Range())
