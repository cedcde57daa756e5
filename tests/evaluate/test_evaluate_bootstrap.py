"""The bootstrap: seeded, by group, and as wide as theory says."""

from __future__ import annotations

import numpy as np
import pytest

from training.evaluate.bootstrap import interval, resample
from training.evaluate.metrics import weighted_mean


def test_same_seed_same_draws():
    groups = [str(i) for i in range(30)]
    np.testing.assert_array_equal(resample(groups, 50, seed=1), resample(groups, 50, seed=1))
    assert not np.array_equal(resample(groups, 50, seed=1), resample(groups, 50, seed=2))


def test_tracks_of_a_group_are_drawn_together():
    weights = resample(["a", "a", "b", "c", "c"], 100)
    np.testing.assert_array_equal(weights[:, 0], weights[:, 1])
    np.testing.assert_array_equal(weights[:, 3], weights[:, 4])
    assert (weights[:, [0, 2, 3]].sum(axis=1) == 3).all()


def test_interval_of_a_mean_is_as_wide_as_theory_says(rng):
    values = rng.normal(size=400)
    found = interval(lambda w: weighted_mean(values, w), resample([str(i) for i in range(400)], 2000))
    assert found.value == pytest.approx(values.mean())
    assert found.high - found.low == pytest.approx(2 * 1.96 * values.std() / 20, rel=0.08)


def test_copies_within_groups_do_not_narrow_the_interval(rng):
    values = rng.normal(size=60)
    groups = [str(i) for i in range(60)]
    once = interval(lambda w: weighted_mean(values, w), resample(groups))
    copied = np.repeat(values, 10)
    ten_times = interval(lambda w: weighted_mean(copied, w), resample([g for g in groups for _ in range(10)]))
    assert (ten_times.low, ten_times.high) == pytest.approx((once.low, once.high))


@pytest.mark.parametrize("groups", [["one", "one"], ["one"]])
def test_one_group_has_no_interval(groups):
    found = interval(lambda w: weighted_mean(np.ones(len(groups)), w), resample(groups))
    assert found.value == 1.0
    assert np.isnan(found.low)
    assert np.isnan(found.high)
