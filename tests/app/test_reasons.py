"""Reasons and warnings in words."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from app.reasons import joined, reasons, warnings
from segue.fakes import FAKE_VOCABULARY
from segue.key import Key, KeyEstimate
from segue.limits import KeyLimit, Limits, TempoLimit
from segue.mixer import Weights
from segue.options import Options
from segue.results import Pool, Recommendation, Recommendations
from segue.segments import SegmentMatch
from segue.tags import TagScores
from segue.tempo import TempoEstimate
from segue.track import Description, Track

QUIET = TagScores(FAKE_VOCABULARY, np.zeros(8, dtype=np.float32))


@pytest.fixture
def result() -> Recommendation:
    track = Track(
        id="1",
        content_hash="0" * 64,
        description=Description(),
        added_at=0.0,
        duration_seconds=200.0,
        tags=QUIET,
        estimated_tempo=TempoEstimate(87.0, 0.9),
        estimated_key=KeyEstimate(Key.parse("9A"), 0.9),
        energy=0.5,
    )
    components = {"sound": 0.95, "tags": 0.5, "tempo": 0.9, "key": 0.7, "energy": 1.0, "segue": 0.8}
    return Recommendation(
        rank=1,
        track=track,
        similarity=0.9,
        components=components,
        contributions={axis: Weights().shares()[axis] * cosine for axis, cosine in components.items()},
        shared_tags=("genre---house", "instrument---bass", "instrument---piano"),
        tempo_ratio=0.5,
        pitch_percent=1.15,
        key_relation="adjacent",
        pitched_key=Key.parse("9A"),
        pitched_relation="adjacent",
        detune_cents=19.8,
    )


def test_reasons_name_tags_tempo_key_and_sound(result: Recommendation) -> None:
    assert reasons(result, Key.parse("8A")) == [
        "Shares house, bass and piano.",
        "87.0 BPM beats at half your tempo when pitched +1.1 %.",
        "E minor (9A) is one step on the wheel from your 8A.",
        "Sound very close (0.95 of 1).",
    ]


def test_what_is_told_of_segments_segues_and_copies(result: Recommendation) -> None:
    segment = SegmentMatch(60.0, 90.5, 0.0, 30.5, 0.934)
    told = reasons(dataclasses.replace(result, segment=segment, duplicates=("2", "3")), Key.parse("8A"))
    assert told[3:] == [
        "1:00 to 1:30 of your track sounds like 0:00 to 0:30 of it (0.93 of 1).",
        "Stands for 3 copies of one recording.",
    ]
    segue = dataclasses.replace(result, contributions=result.contributions | {"sound": 0.0, "segue": 0.4})
    assert reasons(segue, Key.parse("8A"))[3] == "Its beginning is close in sound to what it follows (0.80 of 1)."


def test_without_key_lock_the_key_is_told_that_is_heard(result: Recommendation) -> None:
    pitched = dataclasses.replace(result, pitched_key=Key.parse("8A"), pitched_relation="same")
    told = "E minor (9A) is heard as A minor (8A) without key lock, the same key as yours."
    unlocked = Limits(key=KeyLimit(key_lock=False))
    assert reasons(pitched, Key.parse("8A"), unlocked)[2] == told
    assert reasons(pitched, Key.parse("8A"))[2] == reasons(result, Key.parse("8A"))[2]
    assert reasons(result, Key.parse("8A"), unlocked) == reasons(result, Key.parse("8A"))


@pytest.mark.parametrize(
    ("target", "words"),
    [
        (88.0, "87.0 BPM beats at 88 BPM when pitched +1.1 %."),
        (174.0, "87.0 BPM beats at half 174 BPM without pitching."),
        (100.5, "87.0 BPM beats at 100.5 BPM when pitched +15.5 %."),  # as much as was asked for
        (110.0, "87.0 BPM is out of pitch range: it would need +26.4 %."),
    ],
)
def test_pitch_is_told_beside_a_target(result: Recommendation, target: float, words: str) -> None:
    limits = Limits(tempo=TempoLimit(target_bpm=target, tolerance_percent=20))
    assert reasons(result, Key.parse("8A"), limits)[1] == words


@pytest.mark.parametrize(
    ("pitch_percent", "words"),
    [(0.0, "without pitching"), (-3.0, "pitched -3.0 %"), (12.0, "out of pitch range")],
)
def test_tempo_reasons(result: Recommendation, pitch_percent: float, words: str) -> None:
    other = dataclasses.replace(result, pitch_percent=pitch_percent, shared_tags=())
    assert words in reasons(other, Key.parse("8A"))[1]
    assert reasons(other, Key.parse("8A"))[0] == "Shares no tag with your track."


@pytest.mark.parametrize(
    ("pool", "tempo_confidence", "key_confidence", "codes"),
    [
        (Pool(0, 0, 0, 0, "as_asked"), 0.9, 0.9, ["empty_catalogue", "no_active_tags"]),
        (Pool(9, 0, 0, 0, "as_asked"), 0.9, 0.9, ["nothing_meets_the_limits", "no_active_tags"]),
        (Pool(9, 9, 2, 9, "off"), 0.9, 0.9, ["gate_relaxed", "few_results", "no_active_tags"]),
        (
            Pool(9, 9, 9, 9, "as_asked"),
            0.1,
            0.1,
            ["few_results", "no_active_tags", "low_tempo_confidence", "low_key_confidence"],
        ),
    ],
)
def test_warnings(pool: Pool, tempo_confidence: float, key_confidence: float, codes: list[str]) -> None:
    tempo = TempoEstimate(120.0, tempo_confidence)
    found = warnings(Recommendations(pool, ()), Options(), QUIET, tempo, key_confidence)
    assert [warning.code for warning in found] == codes
    assert all(warning.message.endswith(".") for warning in found)


def test_joined() -> None:
    assert [joined(["a"]), joined(["a", "b"]), joined(["a", "b", "c"])] == ["a", "a and b", "a, b and c"]
