"""Calibration, alternatives, witnesses, subgenres and clips on made-up answers whose scores are known by hand."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from segue.audio.waveform import SAMPLE_RATE, Waveform
from segue.fakes import FAKE_VOCABULARY, FakeEmbedder
from segue.key import Key, KeyCandidate, KeyEstimate
from segue.mixer import Mixer, Weights
from segue.tags import TagVocabulary
from segue.tempo import TempoCandidate, TempoEstimate
from training.evaluate.calibration import calibrated_error, expected_calibration_error, reliability, wilson
from training.evaluate.calibration_page import write_page
from training.evaluate.clip import Clip, ClipAt
from training.evaluate.diagram import write_diagram
from training.evaluate.marks import PageUnmarked
from training.evaluate.measure import Report
from training.evaluate.report import to_json
from training.evaluate.run import mix
from training.evaluate.score import score
from training.evaluate.tracks import Estimates, EvaluatedTrack, References
from training.evaluate.witnesses import key_by_witness, tempo_by_witness

CONFIDENCE = np.array([0.95, 0.95, 0.95, 0.95, 0.6, 0.55])
CORRECT = np.array([1.0, 1.0, 1.0, 0.0, 1.0, 0.0])
# bin (0.9, 1]: 4 answers, 0.75 right, confidence 0.95; bin (0.5, 0.6]: 2 answers, 0.5 right, confidence 0.575
ERROR = (4 * 0.2 + 2 * 0.075) / 6


def test_calibration_error_by_hand():
    assert expected_calibration_error(CONFIDENCE, CORRECT)[0] == pytest.approx(ERROR)
    twice_the_first = np.array([[2.0, 1, 1, 1, 1, 1]])
    assert expected_calibration_error(CONFIDENCE, CORRECT, twice_the_first)[0] == pytest.approx(
        (5 * 0.15 + 2 * 0.075) / 7
    )
    assert expected_calibration_error(np.array([0.0, 1.0]), np.array([0.0, 1.0]))[0] == 0
    assert np.isnan(expected_calibration_error(np.zeros(0), np.zeros(0))[0])


def test_reliability_rows():
    rows = reliability("tempo", "segue", CONFIDENCE, CORRECT)
    assert [(row.bin_low, row.bin_high) for row in rows] == [(i / 10, (i + 1) / 10) for i in range(10)]
    assert [row.n for row in rows] == [0, 0, 0, 0, 0, 2, 0, 0, 0, 4]  # 0.6 lies in (0.5, 0.6]
    assert (rows[9].confidence, rows[9].accuracy) == (pytest.approx(0.95), 0.75)
    assert (rows[9].accuracy_low, rows[9].accuracy_high) == pytest.approx((0.3006, 0.9544), abs=1e-4)
    assert np.isnan(rows[0].accuracy)
    for n in range(1, 40):
        assert wilson(0, n)[0] == 0 < wilson(n, n)[0] < wilson(n, n)[1] == 1


def test_perfect_calibration_has_an_error_that_falls_with_n(rng):
    few, many = calibrated_error(rng.uniform(size=50)), calibrated_error(rng.uniform(size=5000))
    assert few.low < few.value < few.high
    assert many.value < 0.25 * few.value
    assert calibrated_error(np.ones(9)).value == 0


def tempo_track(name: str, reference: float, said: list[float], confidence: float, octave_known: bool = True):
    others = tuple(TempoCandidate(bpm, 0.1) for bpm in said[1:])
    return EvaluatedTrack(
        name,
        References(bpm=reference, bpm_octave_known=octave_known),
        Estimates(
            bpm=said[0],
            tempo_estimates={
                "segue": TempoEstimate(said[0], confidence, others),
                "segue_network": TempoEstimate(reference, 1.0),
                "segue_signal": TempoEstimate(2 * reference, 1.0),
            },
        ),
    )


def test_tempo_confidence_and_alternatives():
    report = score(
        [
            tempo_track("right", 120, [120], 0.9),
            tempo_track("octave wrong, truth among the others", 120, [60, 90, 121], 0.8),
            tempo_track("octave wrong, truth missed", 87, [174, 130], 0.7),
            tempo_track("wrong", 100, [133], 0.3),
            tempo_track("octave unknown", 100, [50], 0.9, octave_known=False),
        ]
    )
    error = (0.2 + 0.8 + 0.7 + 0.3) / 5  # bins of 0.9 (two right answers), 0.8, 0.7 and 0.3
    assert report.get("tempo", "expected_calibration_error").value == pytest.approx(error)
    assert report.get("tempo", "confidence_minus_accuracy").value == pytest.approx(3.6 / 5 - 0.4)
    assert report.get("tempo", "confidence_roc_auc").value == 1
    assert report.get("tempo", "expected_calibration_error", "baseline_calibrated").n == 5
    among = report.get("tempo", "truth_among_alternatives")
    assert (among.value, among.n) == (0.5, 4)
    if_octave = report.get("tempo", "truth_among_alternatives_if_octave_wrong")
    assert (if_octave.value, if_octave.n) == (0.5, 2)
    assert report.get("tempo", "alternatives_mean").value == pytest.approx(3 / 5)


def test_witnesses_stand_beside_the_fused_answer():
    report = score([tempo_track("a", 100, [100], 0.9), tempo_track("b", 120, [120], 0.9)])
    assert report.get("tempo", "accuracy1", "segue_network").value == 1
    assert report.get("tempo", "accuracy1", "segue_signal").value == 0
    assert report.get("tempo", "accuracy2", "segue_signal").value == 1
    assert report.get("tempo", "expected_calibration_error", "segue_signal").value == 1
    assert {row.system for row in report.reliability} == {"segue", "segue_network", "segue_signal"}


def test_key_confidence_and_alternatives():
    a_minor, c_major, g_major, e_major = (Key.parse(name) for name in ("Am", "C", "G", "E"))

    def track(said: list[Key], confidence: float) -> EvaluatedTrack:
        estimate = KeyEstimate(said[0], confidence, tuple(KeyCandidate(key, 0.1) for key in said[1:]))
        whole = Estimates(key=said[0], key_estimates={"segue": estimate, "segue_network": estimate})
        return EvaluatedTrack("", References(key=c_major), whole)

    report = score(
        [
            track([c_major], 0.8),
            track([a_minor, c_major], 0.6),  # relative
            track([g_major, a_minor], 0.6),  # fifth
            track([e_major, c_major], 0.2),  # far away
        ]
    )
    assert report.get("key", "expected_calibration_error").value == pytest.approx((0.2 + 1.2 + 0.2) / 4)
    assert report.get("key", "truth_among_alternatives").value == 0.75
    near = report.get("key", "truth_among_alternatives_if_near_key")
    assert (near.value, near.n) == (0.5, 2)
    assert report.get("key", "exact", "segue_network").value == 0.25
    with pytest.raises(KeyError):
        report.get("key", "exact", "segue_signal")


@dataclass(frozen=True)
class Voices:
    network: Any
    signal: Any


class WitnessingEmbedder(FakeEmbedder):
    """Offers tempo witnesses, and none of the key."""

    def log_mel(self, waveform: Waveform) -> np.ndarray:
        return waveform.samples[None]

    def tempo_witnesses(self, log_mel: np.ndarray) -> Voices:
        return Voices(TempoEstimate(float(log_mel.shape[1]), 0.5), TempoEstimate(60.0, 0.5))


def test_embedders_may_offer_witnesses_or_not():
    silence = Waveform(np.zeros(90, dtype=np.float32))
    assert tempo_by_witness(FakeEmbedder(), silence) == {}
    assert key_by_witness(WitnessingEmbedder(), silence) == {}
    said = tempo_by_witness(WitnessingEmbedder(), silence)
    assert {system: tempo.bpm for system, tempo in said.items()} == {"segue_network": 90, "segue_signal": 60}


def test_subgenres_are_told_apart_among_electronic_tracks(rng):
    def track(genre: str, strongest: str) -> EvaluatedTrack:
        tags = rng.uniform(0.0, 0.4, len(FAKE_VOCABULARY.labels)).astype(np.float32)
        tags[FAKE_VOCABULARY.positions[f"genre---{strongest}"]] = 0.9
        return EvaluatedTrack(genre, References(genres=frozenset({genre})), Estimates(tags=tags))

    tracks = [track("house", "house")] * 4 + [track("techno", "house")] * 4 + [track("jazz", "techno")] * 5
    report = score([*tracks, track("electronic", "ambient")], FAKE_VOCABULARY)
    assert report.n_tracks["electronic"] == 9
    of = {tag.label: tag for tag in report.tags if tag.subset == "electronic"}
    assert set(of) == {"genre---ambient", "genre---house", "genre---techno"}
    assert (of["genre---house"].n_positive, of["genre---house"].n_negative) == (4, 4)  # "electronic" leaves it open
    first = report.get("genre", "strongest_is_right", subset="electronic")
    assert (first.value, first.n) == (0.5, 8)
    assert report.get("genre", "strongest_is_right", "baseline_constant", "electronic").value == 0.5
    assert report.get("genre", "strongest_is_right", "baseline_random", "electronic").value == pytest.approx(1 / 3)


def test_precision_and_recall_at_the_threshold():
    vocabulary = TagVocabulary(("genre---folk", "genre---jazz"), (0.5, 0.5))
    scores = [(0.1, 0.9), (0.1, 0.9), (0.1, 0.2), (0.9, 0.6), (0.9, 0.1), (0.9, 0.1)]
    tracks = [
        EvaluatedTrack("", References(genres=frozenset({"jazz" if i < 3 else "folk"})), Estimates(tags=np.array(row)))
        for i, row in enumerate(scores)
    ]
    report = score(tracks, vocabulary)
    assert report.get("genre", "macro_precision").value == pytest.approx((1 + 2 / 3) / 2)
    assert report.get("genre", "macro_recall").value == pytest.approx((1 + 2 / 3) / 2)
    assert report.get("genre", "macro_precision", "baseline_prevalence").value == 0.5
    assert report.get("genre", "micro_precision").value == pytest.approx(5 / 6)
    assert report.get("genre", "micro_recall").value == pytest.approx(5 / 6)
    assert report.get("activity", "active_genre_tags_per_file_mean").value == 1


def test_mixed_vectors_have_similarities_as_cosines(rng):
    mixer = Mixer(sound_dim=8, n_tags=4)

    def vector() -> np.ndarray:
        row = rng.normal(size=mixer.dim).astype(np.float32)
        for block in mixer.blocks.values():
            row[block] /= np.linalg.norm(row[block])
        return row

    a, b = vector(), vector()
    mixed_a, mixed_b = mix(a, mixer), mix(b, mixer)
    cosine = mixed_a @ mixed_b / np.linalg.norm(mixed_a) / np.linalg.norm(mixed_b)
    assert cosine == pytest.approx(mixer.query(a, Weights()) @ b, abs=1e-6)


def test_clips_lie_where_they_should():
    ramp = Waveform(np.arange(4 * SAMPLE_RATE, dtype=np.float32))
    middle = Clip(2.0).cut(ramp)
    assert (middle.samples[0], middle.n_samples) == (SAMPLE_RATE, 2 * SAMPLE_RATE)
    assert Clip(2.0, ClipAt.START).cut(ramp).samples[0] == 0
    assert Clip(9.0).cut(ramp).n_samples == 4 * SAMPLE_RATE


def test_diagram_is_the_same_every_time(tmp_path: Path):
    pytest.importorskip("matplotlib")
    report = score([tempo_track("a", 100, [100], 0.9), tempo_track("b", 120, [60], 0.6)])
    for name in ("one.svg", "two.svg"):
        write_diagram(report, tmp_path / name)
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()


def test_page_is_refreshed_between_its_marks(tmp_path: Path):
    pytest.importorskip("matplotlib")
    report = score([tempo_track("a", 100, [100], 0.9), tempo_track("b", 120, [60, 120], 0.6)])
    results, page = tmp_path / "results.json", tmp_path / "calibration.md"
    results.write_text(to_json(report))
    assert to_json(Report.from_dict(json.loads(to_json(report)))) == to_json(report)
    page.write_text("Before.\n<!-- results: begin -->stale<!-- results: end -->\nAfter.\n")
    write_page(results, page)
    text = page.read_text()
    assert text.startswith("Before.\n")
    assert text.endswith("After.\n")
    assert "stale" not in text
    assert "| `segue_network` | 1.00 (1.00 to 1.00; 2) |" in text
    assert "| 0.5 to 0.6 | 1 | 0.60 | 0.00 (0.00 to 0.79) |" in text
    assert (tmp_path / "calibration.svg").exists()
    page.write_text("no marks")
    with pytest.raises(PageUnmarked):
        write_page(results, page)
