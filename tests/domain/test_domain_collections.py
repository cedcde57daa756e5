"""Names of collections, times of plays, and mixer presets."""

from __future__ import annotations

import time
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.errors import InvalidRequest, PresetIsBuiltIn
from segue.mixer import AXES, Weights
from segue.shelf.collection import no_tracks
from segue.shelf.names import MAX_NAME, can_be_seen, tidy_name
from segue.shelf.play import CLOCK_TOLERANCE_SECONDS, moment_of_play
from segue.shelf.preset import BUILT_IN, Preset, built_in, no_preset, refuse_built_in, saveable


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Warm-up", "Warm-up"),
        ("  Warm up\t", "Warm up"),
        ("E\u0301te\u0301", "Été"),
        ("夜", "夜"),
        ("🎧 peak", "🎧 peak"),
        ("👩\u200d🎤", "👩\u200d🎤"),
        ("x" * MAX_NAME, "x" * MAX_NAME),
    ],
)
def test_names_come_to_one_form(text: str, name: str) -> None:
    assert tidy_name(text) == name


@pytest.mark.parametrize("text", ["", " ", "\n", "a\nb", "a\x00", "a\u202eb", "\ud800", "\u2028", "x" * (MAX_NAME + 1)])
def test_what_can_be_no_name(text: str) -> None:
    with pytest.raises(InvalidRequest, match="crate"):
        tidy_name(text, "crate")


@given(st.text(max_size=80))
def test_a_tidy_name_stays_as_it_is(text: str) -> None:
    try:
        name = tidy_name(text)
    except InvalidRequest:
        return
    assert tidy_name(name) == name
    assert 1 <= len(name) <= MAX_NAME and can_be_seen(name) and name == name.strip()


def test_unknown_tracks_are_named() -> None:
    assert no_tracks(["a"]).message == "There is no track 'a' in this catalogue."
    assert "'a', 'b' in this catalogue; nothing was changed" in no_tracks(["a", "b"]).message


def test_the_time_of_a_play() -> None:
    before = time.time()
    assert before <= moment_of_play(None) <= time.time()
    assert moment_of_play(0.0) == 0.0
    assert moment_of_play(before + CLOCK_TOLERANCE_SECONDS / 2) > before
    for moment in (before + 2 * CLOCK_TOLERANCE_SECONDS, -0.001, float("nan")):
        with pytest.raises(InvalidRequest):
            moment_of_play(moment)


@pytest.mark.parametrize("name", ["a", "late-night", "late_night", "2am", "a-b_c-4", "x" * 60])
def test_presets_names_fit_into_addresses(name: str) -> None:
    assert Preset(name, "", Weights()).name == name


@pytest.mark.parametrize("name", ["", "A", "a b", "-a", "a-", "a--b", "a/b", "é", "a\n", "x" * 61])
def test_what_can_name_no_preset(name: str) -> None:
    with pytest.raises(InvalidRequest, match="cannot name a preset"):
        Preset(name, "", Weights())


@pytest.mark.parametrize("description", ["a\nb", "\x00", "x" * 501])
def test_what_can_describe_no_preset(description: str) -> None:
    with pytest.raises(InvalidRequest, match="one line"):
        Preset("a", description, Weights())


def test_presets_that_come_with_segue() -> None:
    names = [preset.name for preset in BUILT_IN]
    assert names[0] == "default" and len(set(names)) == len(names)
    assert built_in("default") == BUILT_IN[0] and BUILT_IN[0].weights == Weights()
    assert {"harmonic", "same_tempo", "texture", "genre", "segue"} <= set(names)
    for preset in BUILT_IN:
        assert preset.built_in and preset.description.endswith(".")
        with pytest.raises(PresetIsBuiltIn, match=preset.name):
            refuse_built_in(preset.name)
    assert built_in("mine") is None
    assert "there are default, harmonic" in no_preset("x", []).message


@pytest.mark.parametrize(
    ("name", "axis"),
    [("harmonic", "key"), ("same_tempo", "tempo"), ("texture", "sound"), ("genre", "tags"), ("segue", "segue")],
)
def test_what_a_preset_is_named_for_counts_most(name: str, axis: str) -> None:
    preset = built_in(name)
    assert preset is not None
    weights = asdict(preset.weights)
    assert set(weights) == set(AXES)
    assert max(weights, key=lambda each: weights[each]) == axis
    assert sum(weights.values()) == pytest.approx(1.0)  # so that they read as shares


def test_a_saved_preset_is_its_owners() -> None:
    assert not saveable(Preset("mine", "", Weights(), built_in=True)).built_in
