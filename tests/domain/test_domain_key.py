"""Keys: every notation, the wheel, relations, and the compatibility that ranks."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segue.errors import UnknownKey
from segue.key import COMPATIBILITY, N_KEYS, PITCH_CLASSES, Key, compatibility_factor, relation

KEYS = [Key.from_index(index) for index in range(N_KEYS)]
keys = st.sampled_from(KEYS)


def transposed(key: Key, semitones: int) -> Key:
    return Key((key.tonic + semitones) % 12, key.mode)


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.camelot)
def test_each_notation_is_read_back(key: Key) -> None:
    short = PITCH_CLASSES[key.tonic] + ("m" if key.mode == "minor" else "")
    for text in (key.name, key.camelot, key.open_key, short, f" {key.name.title()} ", key.camelot.lower()):
        assert Key.parse(text) == key
    assert Key.from_index(key.index) == key


def test_notations_name_24_different_keys() -> None:
    for notation in ("name", "camelot", "open_key", "index"):
        assert len({getattr(key, notation) for key in KEYS}) == N_KEYS


@pytest.mark.parametrize(
    ("name", "camelot", "open_key"),
    [
        ("A minor", "8A", "1m"),
        ("C major", "8B", "1d"),
        ("E minor", "9A", "2m"),
        ("G major", "9B", "2d"),
        ("E major", "12B", "5d"),
        ("Db minor", "12A", "5m"),
        ("B major", "1B", "6d"),
        ("Ab minor", "1A", "6m"),
        ("F major", "7B", "12d"),
        ("D minor", "7A", "12m"),
        ("F# major", "2B", "7d"),
        ("F# minor", "11A", "4m"),
    ],
)
def test_wheel_as_published(name: str, camelot: str, open_key: str) -> None:
    key = Key.parse(name)
    assert (key.name, key.camelot, key.open_key) == (name, camelot, open_key)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("F#", "F# major"),
        ("F♯m", "F# minor"),
        ("Gbm", "F# minor"),
        ("G♭ major", "F# major"),
        ("A Minor", "A minor"),
        ("A# MAJOR", "Bb major"),
        ("AM", "A major"),
        ("Am", "A minor"),
        ("am", "A minor"),
        ("Amin", "A minor"),
        ("Amaj", "A major"),
        ("b", "B major"),
        ("bb", "Bb major"),
        ("Cb", "B major"),
        ("B#m", "C minor"),
        ("08A", "A minor"),
    ],
)
def test_spellings(text: str, name: str) -> None:
    assert Key.parse(text).name == name


@pytest.mark.parametrize("text", ["", "H", "0A", "13B", "0m", "13d", "8C", "1M", "A##", "A dorian", "8", "A m x", "Aa"])
def test_what_is_no_key_is_refused_by_name(text: str) -> None:
    with pytest.raises(UnknownKey) as refused:
        Key.parse(text)
    assert repr(text) in refused.value.message
    assert "8A" in refused.value.message


@pytest.mark.parametrize(
    ("to_key", "expected"),
    [
        ("8A", "same"),
        ("8B", "relative"),
        ("7A", "adjacent"),
        ("9A", "adjacent"),
        ("7B", "diagonal"),
        ("9B", "diagonal"),
        ("6A", "two_steps"),
        ("10A", "two_steps"),
        ("3A", "energy_boost"),
        ("1A", "distant"),  # the same move downwards is no boost
        ("11B", "parallel"),
        ("5B", "distant"),
        ("2A", "distant"),
    ],
)
def test_relation_from_8a(to_key: str, expected: str) -> None:
    assert relation(Key.parse("8A"), Key.parse(to_key)) == expected


def test_energy_boost_is_a_semitone_up() -> None:
    for key in KEYS:
        assert relation(key, transposed(key, 1)) == "energy_boost"
        assert relation(key, transposed(key, -1)) == "distant"


@given(keys, keys, st.integers(0, 11))
@settings(max_examples=60, deadline=None)
def test_relations_survive_transposition_and_reversal(a: Key, b: Key, semitones: int) -> None:
    assert relation(transposed(a, semitones), transposed(b, semitones)) == relation(a, b)
    if "energy_boost" not in (relation(a, b), relation(b, a)):
        assert relation(a, b) == relation(b, a)


def cosines() -> np.ndarray:
    factor = compatibility_factor().astype(np.float64)
    return factor @ factor.T


def test_what_the_table_declares_is_what_ranks() -> None:
    table = [[max(COMPATIBILITY[relation(a, b)], COMPATIBILITY[relation(b, a)]) for b in KEYS] for a in KEYS]
    np.testing.assert_allclose(cosines(), table, atol=1e-6)


def test_declared_table_is_positive_definite() -> None:
    assert np.linalg.eigvalsh(cosines()).min() > 0.005


def test_factor_rows_are_unit_and_shared_read_only() -> None:
    factor = compatibility_factor()
    assert factor.shape == (N_KEYS, N_KEYS) and factor.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(factor, axis=1), 1.0, atol=1e-6)
    with pytest.raises(ValueError, match="read-only"):
        factor[0, 0] = 2.0


def test_factor_does_not_depend_on_the_eigenvectors_a_machine_finds() -> None:
    np.testing.assert_allclose(compatibility_factor(), compatibility_factor().T, atol=1e-7)  # the unique root


def test_order_of_relations() -> None:
    order = ["same", "relative", "adjacent", "diagonal", "two_steps", "energy_boost", "parallel", "distant"]
    values = [COMPATIBILITY[name] for name in order]  # type: ignore[index]  # literal names
    assert set(order) == set(COMPATIBILITY)
    assert all(nearer > farther for nearer, farther in itertools.pairwise(values))
    assert (values[0], values[-1]) == (1.0, 0.0)


@given(keys, keys, st.integers(0, 11))
@settings(max_examples=60, deadline=None)
def test_compatibility_survives_transposition(a: Key, b: Key, semitones: int) -> None:
    table = cosines()
    moved = table[transposed(a, semitones).index, transposed(b, semitones).index]
    assert moved == pytest.approx(table[a.index, b.index], abs=1e-6)
