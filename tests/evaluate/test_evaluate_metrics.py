"""Metric values on hand-made cases, and against mir_eval and scikit-learn where they have the same."""

from __future__ import annotations

import itertools

import mir_eval.key
import numpy as np
import pytest
from sklearn.metrics import average_precision_score, f1_score, precision_score, recall_score, roc_auc_score

from segue.key import Key
from training.evaluate.metrics import (
    absolute_octave_error1,
    absolute_octave_error2,
    average_precision,
    chance_average_precision,
    chance_precision,
    key_score_table,
    key_weighted_score,
    neighbour_precision,
    precision_recall_f1,
    roc_auc,
    tempo_accuracy1,
    tempo_accuracy2,
    weighted_mean,
)


def test_tempo_accuracies_by_hand():
    reference = np.array([100.0] * 9)
    estimated = np.array([100.0, 104.0, 104.1, 96.0, 95.9, 200.0, 50.0, 34.0, 0.0])
    assert tempo_accuracy1(reference, estimated).tolist() == [1, 1, 0, 1, 0, 0, 0, 0, 0]
    assert tempo_accuracy2(reference, estimated).tolist() == [1, 1, 0, 1, 0, 1, 1, 1, 0]


def test_accuracy2_knows_thirds_but_no_quarters():
    reference = np.array([120.0] * 4)
    assert tempo_accuracy2(reference, np.array([40.0, 360.0, 30.0, 80.0])).tolist() == [1, 1, 0, 0]


def test_octave_errors():
    reference = np.array([100.0, 100.0, 100.0])
    estimated = np.array([200.0, 100.0, 0.0])
    np.testing.assert_allclose(absolute_octave_error1(reference, estimated), [1.0, 0.0, np.nan])
    np.testing.assert_allclose(absolute_octave_error2(reference, estimated), [0.0, 0.0, np.nan], atol=1e-12)


def test_key_table_is_mir_evals():
    names = [Key.from_index(i).name for i in range(24)]
    expected = [[mir_eval.key.weighted_score(reference, estimated) for estimated in names] for reference in names]
    np.testing.assert_array_equal(key_score_table(), expected)


def test_key_scores_by_hand():
    c_major, a_minor, g_major, c_minor, f_sharp = (Key.parse(k).index for k in ("C", "Am", "G", "Cm", "F#"))
    estimated = np.array([c_major, g_major, a_minor, c_minor, f_sharp])
    assert key_weighted_score(np.full(5, c_major), estimated).tolist() == [1.0, 0.5, 0.3, 0.2, 0.0]


@pytest.mark.parametrize("decimals", [8, 1, 0])
def test_rankings_are_scikit_learns(rng, decimals):
    positive = rng.random(200) < 0.2
    scores = np.round(rng.random(200) + 0.3 * positive, decimals)  # few decimals make ties
    assert roc_auc(positive, scores)[0] == pytest.approx(roc_auc_score(positive, scores))
    assert average_precision(positive, scores)[0] == pytest.approx(average_precision_score(positive, scores))


def test_weighted_rankings_count_a_track_as_often_as_it_weighs(rng):
    positive, scores = rng.random(50) < 0.4, np.round(rng.random(50), 1)
    weights = rng.integers(0, 4, size=(3, 50)).astype(np.float64)
    for row, auc, precision in zip(
        weights, roc_auc(positive, scores, weights), average_precision(positive, scores, weights), strict=True
    ):
        drawn = np.repeat(np.arange(50), row.astype(int))
        assert auc == pytest.approx(roc_auc_score(positive[drawn], scores[drawn]))
        assert precision == pytest.approx(average_precision_score(positive[drawn], scores[drawn]))


def test_rankings_without_two_classes_are_undefined():
    ones, scores = np.ones(4, dtype=bool), np.arange(4.0)
    assert np.isnan(roc_auc(ones, scores)[0])
    assert np.isnan(roc_auc(~ones, scores)[0])
    assert average_precision(ones, scores)[0] == 1.0
    assert np.isnan(average_precision(~ones, scores)[0])
    nothing = np.zeros(0, dtype=bool)
    assert np.isnan(roc_auc(nothing, np.zeros(0))[0])
    assert np.isnan(average_precision(nothing, np.zeros(0))[0])


@pytest.mark.parametrize(("n_positive", "n_negative"), [(1, 0), (3, 0), (1, 3), (3, 2), (2, 4)])
def test_chance_of_average_precision_is_the_mean_over_all_rankings(n_positive, n_negative):
    positive = np.arange(n_positive + n_negative) < n_positive
    rankings = [np.array(scores, dtype=float) for scores in itertools.permutations(range(len(positive)))]
    mean = np.mean([average_precision(positive, scores)[0] for scores in rankings])
    assert chance_average_precision(n_positive, n_negative) == pytest.approx(mean)


def test_chance_of_average_precision_needs_a_positive():
    assert np.isnan(chance_average_precision(0, 4))


def test_constant_scores_are_chance():
    positive = np.array([True, False, False, True, False])
    assert roc_auc(positive, np.zeros(5))[0] == 0.5
    assert average_precision(positive, np.zeros(5))[0] == pytest.approx(0.4)


def test_precision_recall_f1_are_scikit_learns(rng):
    positive, active = rng.random(80) < 0.3, rng.random(80) < 0.4
    precision, recall, f1 = precision_recall_f1(positive, active)
    assert precision[0] == pytest.approx(precision_score(positive, active))
    assert recall[0] == pytest.approx(recall_score(positive, active))
    assert f1[0] == pytest.approx(f1_score(positive, active))


def test_precision_recall_f1_where_undefined():
    none, some = np.zeros(3, dtype=bool), np.array([True, False, False])
    precision, recall, f1 = precision_recall_f1(some, none)
    assert np.isnan(precision[0])
    assert recall[0] == 0
    assert f1[0] == 0
    precision, recall, f1 = precision_recall_f1(none, some)
    assert precision[0] == 0
    assert np.isnan(recall[0])
    assert np.isnan(f1[0])


def test_weighted_mean_leaves_nan_out():
    values = np.array([1.0, np.nan, 0.0])
    assert weighted_mean(values)[0] == 0.5
    assert weighted_mean(values, np.array([[3.0, 9.0, 1.0]]))[0] == 0.75
    assert np.isnan(weighted_mean(np.array([np.nan]))[0])


HOUSE, ROCK = frozenset({"house"}), frozenset({"rock"})


def test_neighbours_by_hand():
    vectors = np.array([[1.0, 0.0], [0.9, 0.1], [0.0, 1.0], [0.1, 0.9]])
    genres = [HOUSE, HOUSE, ROCK, ROCK]
    groups = ["a", "b", "c", "d"]
    assert neighbour_precision(genres, vectors, groups, k=1).tolist() == [1, 1, 1, 1]
    np.testing.assert_allclose(neighbour_precision(genres, vectors, groups, k=5), [1 / 3] * 4)
    np.testing.assert_allclose(chance_precision(genres, groups), [1 / 3] * 4)


def test_neighbours_of_the_same_group_do_not_count():
    vectors = np.array([[1.0, 0.0], [1.0, 0.0], [0.5, 0.5]])
    precision = neighbour_precision([HOUSE, HOUSE, ROCK], vectors, ["album", "album", "other"], k=1)
    assert precision.tolist() == [0, 0, 0]
    alone = neighbour_precision([HOUSE, HOUSE], vectors[:2], ["album", "album"])
    assert np.isnan(alone).all()


def test_other_queries_search_the_same_vectors():
    vectors = np.array([[1.0, 0.0], [0.9, 0.1], [0.0, 1.0], [0.1, 0.9]])
    genres, groups = [HOUSE, HOUSE, ROCK, ROCK], ["a", "b", "c", "d"]
    swapped = vectors[[2, 1, 0, 3]]
    assert neighbour_precision(genres, vectors, groups, 1, swapped).tolist() == [0, 1, 0, 1]
    assert neighbour_precision(genres, vectors, groups, 1, vectors).tolist() == [1, 1, 1, 1]


def test_neighbours_stand_zero_vectors():
    assert neighbour_precision([HOUSE, HOUSE], np.zeros((2, 3)), ["a", "b"]).tolist() == [1, 1]


def test_random_vectors_come_near_the_exact_chance(rng):
    genres = [HOUSE if i % 4 == 0 else ROCK for i in range(120)]
    groups = [str(i // 2) for i in range(120)]
    drawn = [neighbour_precision(genres, rng.normal(size=(120, 16)), groups).mean() for _ in range(20)]
    assert np.mean(drawn) == pytest.approx(chance_precision(genres, groups).mean(), abs=0.02)
