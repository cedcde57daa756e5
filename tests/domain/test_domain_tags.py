"""Tags: when they are active, how scores compare, and the gate with its steps."""

from __future__ import annotations

import re

import numpy as np
import pytest
from domain_material import VOCABULARY, labels, tag_scores
from hypothesis import given, settings
from hypothesis import strategies as st

from segue.errors import InvalidRequest, UnknownTag
from segue.tags import (
    CATEGORIES,
    PARENT_GENRES,
    TagGate,
    TagScores,
    TagVocabulary,
    category_of,
    genre_family,
    name_of,
)
from segue.where import Where

TWO_TAGS = TagVocabulary(("genre---jazz", "instrument---bass"), (0.3, 0.7))


def scores(*values: float, vocabulary: TagVocabulary = TWO_TAGS) -> TagScores:
    return TagScores(vocabulary, np.array(values, dtype=np.float32))


def test_parts_of_a_label() -> None:
    assert (category_of("genre---techno"), name_of("genre---techno")) == ("genre", "techno")
    assert {category_of(label) for label in VOCABULARY.labels} == set(CATEGORIES)


@given(st.floats(0, 1, width=32))
@settings(max_examples=60, deadline=None)
def test_a_tag_is_active_at_its_threshold(threshold: float) -> None:
    vocabulary = TagVocabulary(("genre---jazz",), (threshold,))
    below = float(np.nextafter(np.float32(threshold), np.float32(-1)))
    assert scores(threshold, vocabulary=vocabulary).active == {"genre---jazz"}
    assert scores(below, vocabulary=vocabulary).active == frozenset()


@pytest.mark.parametrize("threshold", [0.1, 0.3, 0.35, 0.7, 0.9])
def test_a_decimal_threshold_is_met_by_the_score_that_rounds_to_it(threshold: float) -> None:
    assert scores(threshold, vocabulary=TagVocabulary(("genre---jazz",), (threshold,))).active


def test_each_tag_has_its_own_threshold() -> None:
    assert scores(0.4, 0.4).active == {"genre---jazz"}
    assert scores(0.2, 0.8).active == {"instrument---bass"}


@given(st.floats(0.001, 0.999), st.floats(0, 1, width=32), st.floats(0, 1, width=32))
@settings(max_examples=80, deadline=None)
def test_relative_scores_put_the_threshold_at_one_half_and_keep_order(threshold: float, a: float, b: float) -> None:
    vocabulary = TagVocabulary(("genre---jazz", "genre---soul", "genre---funk"), (threshold,) * 3)
    at, low, high = scores(threshold, min(a, b), max(a, b), vocabulary=vocabulary).relative()
    assert at == pytest.approx(0.5, abs=1e-4)
    assert 0 <= low <= high <= 1
    assert (high >= 0.5) == (max(a, b) >= threshold) or abs(max(a, b) - threshold) < 1e-3


def test_relative_scores_stay_finite_at_the_ends() -> None:
    vocabulary = TagVocabulary(("genre---jazz", "genre---soul"), (0.0, 1.0))
    for values in ((0.0, 0.0), (1.0, 1.0)):
        assert np.isfinite(scores(*values, vocabulary=vocabulary).relative()).all()


def test_strongest_goes_by_score_relative_to_threshold_then_by_label() -> None:
    heard = scores(0.6, 0.6)
    assert heard.strongest(TWO_TAGS.labels) == ("genre---jazz", "instrument---bass")
    tied = scores(0.5, 0.5, vocabulary=TagVocabulary(("genre---soul", "genre---jazz"), (0.5, 0.5)))
    assert tied.strongest({"genre---soul", "genre---jazz"}) == ("genre---jazz", "genre---soul")
    assert heard.score("instrument---bass") == pytest.approx(0.6)


def test_tags_are_found_by_label_or_name() -> None:
    assert VOCABULARY.resolve("genre---techno") == VOCABULARY.resolve("techno") == "genre---techno"
    assert VOCABULARY.resolve("bass") == "instrument---bass"
    both = TagVocabulary(("instrument---soul", "genre---soul"), (0.5, 0.5))
    assert both.resolve("soul") == "genre---soul"  # genres first, whatever their order


@pytest.mark.parametrize("text", ["polka", "genre---bass", "", "Techno", "mood---happy"])
def test_unknown_tags_are_refused_by_name(text: str) -> None:
    with pytest.raises(UnknownTag, match=re.escape(repr(text))):
        VOCABULARY.resolve(text)


def test_contradictory_vocabularies_are_refused() -> None:
    with pytest.raises(ValueError, match="unique"):
        TagVocabulary(("genre---jazz", "genre---jazz"), (0.5, 0.5))
    with pytest.raises(ValueError, match="2 labels have 1 thresholds"):
        TagVocabulary(("genre---jazz", "genre---soul"), (0.5,))


def test_parents_are_roots() -> None:
    assert not set(PARENT_GENRES.values()) & set(PARENT_GENRES)


def test_genre_families() -> None:
    electronic = genre_family("genre---electronic")
    assert genre_family("genre---techno") == genre_family("genre---house") == electronic
    assert {"genre---techno", "genre---drumnbass", "genre---electronic"} <= electronic
    assert genre_family("genre---trap") == {"genre---hiphop", "genre---trap", "genre---lofi"}
    assert genre_family("genre---jazz") == {"genre---jazz"}


# The gate

SEED = tag_scores("techno", "house", "drums", "piano")
BASE = Where(exclude_ids=frozenset({"x"}))


def names(gate: TagGate, query: TagScores = SEED) -> list[str]:
    return [name for name, _ in gate.steps(query, BASE)]


def test_steps_loosen_one_at_a_time() -> None:
    steps = TagGate(min_shared=3).steps(SEED, BASE)
    assert [name for name, _ in steps] == ["as_asked", "min_shared=2", "min_shared=1", "parent_genre", "off"]
    shared = labels("techno", "house", "drums", "piano")
    assert [where.min_shared for _, where in steps] == [3, 2, 1, 1, 0]
    assert [where.shares for _, where in steps[:3]] == [shared] * 3
    assert steps[3][1].shares == shared | genre_family("genre---techno")


@given(st.sets(st.sampled_from(VOCABULARY.labels)), st.integers(0, 6), st.sets(st.sampled_from(VOCABULARY.labels)))
@settings(max_examples=80, deadline=None)
def test_each_step_lets_in_whoever_the_step_before_let_in(query: set[str], min_shared: int, track: set[str]) -> None:
    steps = TagGate(min_shared=min_shared).steps(tag_scores(*query), Where())
    passes = [where.passes_tags(frozenset(track)) for _, where in steps]
    assert passes == sorted(passes)
    assert passes[0] == (len(query & track) >= min(min_shared, len(query)))
    if len(steps) > 1:
        assert passes[-1]


def test_gate_off_or_kept_has_one_step() -> None:
    assert names(TagGate(min_shared=0)) == ["as_asked"]
    assert names(TagGate(on_empty="keep")) == ["as_asked"]


def test_a_query_with_fewer_tags_asks_for_all_it_has() -> None:
    only = tag_scores("techno")
    steps = TagGate(min_shared=3).steps(only, BASE)
    assert [name for name, _ in steps] == ["as_asked", "parent_genre", "off"]
    assert (steps[0][1].shares, steps[0][1].min_shared) == (labels("techno"), 1)
    ((name, where),) = TagGate(min_shared=3).steps(tag_scores(), BASE)
    assert (name, where.min_shared) == ("as_asked", 0)


def test_only_the_categories_asked_for_are_shared() -> None:
    steps = TagGate(categories=("instrument",), min_shared=2).steps(SEED, BASE)
    assert [name for name, _ in steps] == ["as_asked", "min_shared=1", "off"]  # no genre, no parent
    assert steps[0][1].shares == labels("drums", "piano")
    assert TagGate(categories=("genre",)).steps(SEED, BASE)[0][1].shares == labels("techno", "house")


@pytest.mark.parametrize("min_shared", [0, 3])
def test_include_exclude_and_base_are_never_loosened(min_shared: int) -> None:
    gate = TagGate(min_shared=min_shared, include=labels("bass", "jazz"), exclude=labels("trap"), include_mode="all")
    for _, where in gate.steps(SEED, BASE):
        assert where.include == labels("bass", "jazz") and where.include_mode == "all"
        assert where.exclude == labels("trap")
        assert where.exclude_ids == BASE.exclude_ids


def test_senseless_gates_are_refused() -> None:
    with pytest.raises(InvalidRequest, match="min_shared is -1"):
        TagGate(min_shared=-1)
    with pytest.raises(InvalidRequest, match="'mood'"):
        TagGate(categories=("genre", "mood"))
    with pytest.raises(InvalidRequest, match="both included and excluded"):
        TagGate(include=labels("house"), exclude=labels("house", "techno"))


def test_a_second_opinion_counts_as_much_as_the_first():
    vocabulary = TagVocabulary(("genre---house", "genre---techno"), (0.5, 0.5))
    scores = TagScores(vocabulary, np.array([0.4, 0.2], dtype=np.float32))
    agreed = scores.with_second_opinion({"genre---house": 0.8, "genre---folk": 0.9})
    assert agreed.scores.tolist() == pytest.approx([0.6, 0.2]) and agreed.scores.dtype == np.float32
    assert agreed.active == {"genre---house"} and not scores.active
    assert scores.with_second_opinion({}) is scores


def test_a_gate_without_categories_is_refused_unless_it_is_off() -> None:
    with pytest.raises(InvalidRequest, match="No category counts as shared; name genre or instrument"):
        TagGate(categories=())
    assert TagGate(categories=(), min_shared=0).min_shared == 0
