"""Scores of made-up tracks whose right answers are known."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from segue.fakes import FAKE_VOCABULARY
from segue.key import Key
from training.evaluate.report import to_json
from training.evaluate.score import score
from training.evaluate.tracks import Estimates, EvaluatedTrack, References

N_TAGS = len(FAKE_VOCABULARY.labels)
GENRES = ("ambient", "house", "techno")


def heard(genre: str, rng: np.random.Generator, right: bool = True) -> EvaluatedTrack:
    """A track whose estimates are right, or random."""
    positions = FAKE_VOCABULARY.positions
    tags = rng.uniform(0.0, 0.4, N_TAGS).astype(np.float32)
    if right:
        tags[[positions[f"genre---{genre}"], positions["genre---electronic"]]] += np.float32(0.5)
    embedding = rng.normal(size=12).astype(np.float32)
    embedding[GENRES.index(genre)] += 20.0 if right else 0.0
    key = Key(int(rng.integers(12)), "minor")
    return EvaluatedTrack(
        name=f"{genre}-{rng.integers(1 << 40)}",
        references=References(frozenset({genre}), bpm=float(rng.uniform(80, 160)), key=key),
        estimates=Estimates(
            tags=tags,
            embedding=embedding,
            key=key if right else Key.from_index(int(rng.integers(24))),
            stage_seconds={"decode": 0.5, "tag": 1.0},
            duration_seconds=30.0,
        ),
    )


@pytest.fixture
def tracks(rng):
    made = [heard(genre, rng) for genre in GENRES for _ in range(6)]
    return [
        replace(
            track,
            estimates=replace(track.estimates, bpm=2 * (track.references.bpm or 0)),
            peer_bpm={"peer_good": track.references.bpm or 0},
        )
        for track in made
    ]


def test_right_estimates_score_full(tracks):
    report = score(tracks, FAKE_VOCABULARY)
    assert report.get("tempo", "accuracy1").value == 0
    assert report.get("tempo", "accuracy2").value == 1
    assert report.get("tempo", "absolute_octave_error1").value == pytest.approx(1)
    assert report.get("tempo", "accuracy1", "peer_good").value == 1
    assert report.get("key", "weighted_score").value == 1
    assert report.get("genre", "macro_roc_auc").value == 1
    assert report.get("genre", "micro_roc_auc").value == 1
    assert report.get("genre", "macro_f1").value == 1
    assert report.get("neighbours", "genre_precision_at_5_by_embedding").value == 1
    assert report.get("neighbours", "genre_precision_at_5_by_embedding", "baseline_random").value == pytest.approx(
        5 / 17
    )
    assert report.n_tracks == {"all": 18, "electronic": 18}


def test_baselines(tracks):
    report = score(tracks, FAKE_VOCABULARY)
    assert report.get("key", "weighted_score", "baseline_random").value == pytest.approx(2.0 / 24)
    assert report.get("key", "exact", "baseline_random").value == pytest.approx(1 / 24)
    assert 0 < report.get("tempo", "accuracy1", "baseline_random").value < 0.08
    assert report.get("genre", "macro_roc_auc", "baseline_random").value == 0.5
    assert report.get("genre", "macro_average_precision", "baseline_prevalence").value == pytest.approx(1 / 3)
    assert report.get("genre", "macro_average_precision", "baseline_random").value > 1 / 3


def test_random_estimates_score_chance(rng):
    report = score([heard(GENRES[i % 3], rng, right=False) for i in range(150)], FAKE_VOCABULARY)
    for section, metric in (
        ("genre", "macro_roc_auc"),
        ("key", "weighted_score"),
        ("neighbours", "genre_precision_at_5_by_embedding"),
    ):
        measure, chance = report.get(section, metric), report.get(section, metric, "baseline_random")
        assert measure.low <= chance.value <= measure.high


def test_parents_are_judged_by_their_children(tracks):
    report = score(tracks, FAKE_VOCABULARY)
    of = {tag.label: tag for tag in report.tags}
    assert (of["genre---electronic"].n_positive, of["genre---electronic"].n_negative) == (18, 0)
    assert not of["genre---electronic"].in_macro
    assert math.isnan(of["genre---electronic"].roc_auc)
    assert (of["genre---techno"].n_positive, of["genre---techno"].n_negative) == (6, 12)
    assert report.get("genre", "n_tags").value == 3
    assert of["instrument---piano"].n_positive == 0


def test_unknown_octaves_count_for_accuracy2_alone(tracks):
    first = replace(tracks[0], references=replace(tracks[0].references, bpm_octave_known=False))
    report = score([first, *tracks[1:]], FAKE_VOCABULARY)
    assert report.get("tempo", "accuracy1").n == 17
    assert report.get("tempo", "accuracy2").n == 18


def test_peers_count_only_where_they_answered(tracks):
    report = score([replace(tracks[0], peer_bpm={}), *tracks[1:]])
    assert report.get("tempo", "accuracy1", "peer_good").n == 17


def test_recorded_tracks_are_scored_apart(tracks):
    mixed = [replace(track, generated=i % 2 == 0) for i, track in enumerate(tracks)]
    report = score(mixed, FAKE_VOCABULARY)
    assert report.n_tracks == {"all": 18, "recorded": 9, "electronic": 18}
    assert report.get("tempo", "accuracy2", subset="recorded").n == 9


def test_degenerate_tags_are_named(tracks):
    column = FAKE_VOCABULARY.positions["instrument---bass"]

    def stuck(track: EvaluatedTrack) -> EvaluatedTrack:
        assert track.estimates.tags is not None
        tags = track.estimates.tags.copy()
        tags[column] = 0.9
        return replace(track, estimates=replace(track.estimates, tags=tags))

    report = score([stuck(track) for track in tracks], FAKE_VOCABULARY)
    assert report.degenerate_tags == ("instrument---bass",)
    assert report.get("activity", "tags_always_active").value == 2  # electronic too, which is right here
    assert report.get("activity", "active_tags_per_file_mean").value == 3


def test_speed_is_per_minute_of_audio(tracks):
    report = score(tracks)
    assert report.get("speed", "decode_seconds_per_minute").value == pytest.approx(1.0)
    assert report.get("speed", "total_seconds_per_minute").value == pytest.approx(3.0)


def test_same_seed_same_report(tracks):
    assert to_json(score(tracks, FAKE_VOCABULARY)) == to_json(score(tracks, FAKE_VOCABULARY))


def test_nothing_known_gives_no_scores():
    assert score([]).measures == ()
    assert score([EvaluatedTrack("a"), EvaluatedTrack("b")], FAKE_VOCABULARY).measures == ()
    with pytest.raises(KeyError):
        score([]).get("tempo", "accuracy1")


def test_one_track_has_values_without_intervals(tracks):
    found = json.loads(to_json(score(tracks[:1], FAKE_VOCABULARY)))
    accuracy = next(m for m in found["measures"] if m["metric"] == "accuracy2" and m["system"] == "segue")
    assert (accuracy["value"], accuracy["low"], accuracy["n"]) == (1.0, None, 1)
