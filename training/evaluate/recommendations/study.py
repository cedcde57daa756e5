"""Study: every system on every criterion, with intervals, and what each stage adds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from training.evaluate.bootstrap import N_RESAMPLES, Interval, interval, resample
from training.evaluate.metrics import Bools, Floats, weighted_mean
from training.evaluate.recommendations.baselines import (
    BestFixedList,
    NoListening,
    Oracle,
    RandomRanking,
    SignalFeatures,
)
from training.evaluate.recommendations.criteria import CRITERIA, Criterion, labelled_mask, match_table
from training.evaluate.recommendations.listener import Listener
from training.evaluate.recommendations.results import Gain, Share, Study
from training.evaluate.recommendations.shelf import EPSILONS, segue_systems, stocked
from training.evaluate.recommendations.systems import TOP, Case, System, share_of_top
from training.evaluate.tracks import EvaluatedTrack, groups_of

GATE = "gate_only"
COMPARISONS = (
    ("segue", "ranking_only", "the gate, where there is ranking"),
    ("segue", "gate_only", "the ranking, where there is a gate"),
    ("gate_only", "random", "the gate alone"),
    ("ranking_only", "random", "the ranking alone"),
    ("segue", "tags_only", "the second network, beside tags alone"),
    ("segue", "former_weights", "weights chosen by measuring, beside those set by hand"),
    ("segue", "random_weights", "training"),
    ("segue", "signal_features", "everything beyond signal features"),
    ("segue", "no_listening", "listening, beside popularity"),
    ("segue", "best_fixed_list", "listening, beside the best fixed list"),
    *((f"ranking_epsilon_{e:g}", "ranking_only", f"TF-IDF at {e:g}, in the whole ranking") for e in EPSILONS),
    *((f"sound_epsilon_{e:g}", "axis_sound", f"TF-IDF at {e:g}, in the sound alone") for e in EPSILONS),
)
"""``(system, against, what the difference shows)``."""


OFFERED_ALONE = ("mixable",)
"""Systems that are judged by what they offer: limits may leave fewer than five, and mean to."""


@dataclass(frozen=True)
class Questions:
    """All queries of one criterion.

    Attributes:
        criterion: what is asked.
        cases: one per query that has candidates.
        groups: the group of each query.
    """

    criterion: Criterion
    cases: tuple[Case, ...]
    groups: tuple[str, ...]

    @property
    def weights(self) -> Floats:
        """Weight of each query, ``(n_queries,)``: one over the number of its group's queries."""
        counts = {group: self.groups.count(group) for group in set(self.groups)}
        return np.array([1 / counts[group] for group in self.groups])


def questions(criterion: Criterion, tracks: Sequence[EvaluatedTrack]) -> Questions:
    """Every labelled track as a query, the labelled tracks of other groups as its candidates."""
    references = [track.references for track in tracks]
    names = groups_of(list(tracks))
    groups = np.unique(np.asarray(names, dtype=str), return_inverse=True)[1]
    labelled, matches = labelled_mask(criterion, references), match_table(criterion, references)
    cases = []
    for query in np.flatnonzero(labelled):
        allowed: Bools = labelled & (groups != groups[query])
        if allowed.any():
            cases.append(Case(int(query), allowed, matches, groups))
    return Questions(criterion, tuple(cases), tuple(names[case.query] for case in cases))


def values_of(system: System, asked: Questions) -> Floats:
    """Share of a system's top 5 that is right, ``(n_queries,)``."""
    return shares_right([system.scores(case) for case in asked.cases], asked)


def shares_right(scores: Sequence[Floats], asked: Questions) -> Floats:
    """Share of the top 5 that is right, ``(n_queries,)``, from the scores given for each query."""
    return np.array([share_of_top(row, case) for row, case in zip(scores, asked.cases, strict=True)])


def mean_interval(values: Floats, asked: Questions, draws: Floats) -> Interval:
    """Mean in which every group weighs the same, with its interval over groups."""
    weights = asked.weights
    return interval(lambda drawn: weighted_mean(values, drawn * weights), draws)


def study_of(
    tracks: Sequence[EvaluatedTrack],
    systems: Sequence[System],
    n_resamples: int = N_RESAMPLES,
    progress: Callable[[str], None] = lambda _: None,
) -> Study:
    """Asks every system every question.

    Args:
        tracks: references and groups; positions are those that the systems know tracks by.
        systems: who is asked.
        n_resamples: for the intervals.
        progress: called with each criterion's name when it is done.
    """
    shares: list[Share] = []
    gains: list[Gain] = []
    keeps: dict[str, float] = {}
    for criterion in CRITERIA:
        asked = questions(criterion, tracks)
        if not asked.cases:
            continue
        answers = {system.name: [system.scores(case) for case in asked.cases] for system in systems}
        values = {name: shares_right(scores, asked) for name, scores in answers.items()}
        draws = resample(asked.groups, n_resamples)
        size = (len(asked.cases), len(set(asked.groups)))
        for name, column in values.items():
            if name in OFFERED_ALONE:
                shares += _of_what_is_offered(name, answers[name], asked, n_resamples)
                continue
            found = mean_interval(column, asked, draws)
            shares.append(Share(criterion.name, name, found.value, found.low, found.high, *size))
        for name, against, shows in COMPARISONS:
            if name in values and against in values:
                found = mean_interval(values[name] - values[against], asked, draws)
                gains.append(Gain(criterion.name, name, against, shows, found.value, found.low, found.high, *size))
        if GATE in answers:
            keeps[criterion.name] = _offered(answers[GATE], asked)
        progress(criterion.name)
    return Study(tuple(shares), tuple(gains), keeps)


def _of_what_is_offered(name: str, scores: Sequence[Floats], asked: Questions, n_resamples: int) -> list[Share]:
    """Share of what a system offers that is right, over the queries for which it offers anything."""
    offers = [(row, case, group) for row, case, group in zip(scores, asked.cases, asked.groups, strict=True)]
    offers = [(row, case, group) for row, case, group in offers if (case.allowed & (row > -np.inf)).any()]
    if not offers:
        return []
    rows, cases, groups = zip(*offers, strict=True)
    some = Questions(asked.criterion, cases, groups)
    counts = [min(TOP, int((case.allowed & (row > -np.inf)).sum())) for row, case in zip(rows, cases, strict=True)]
    values = np.array([share_of_top(row, case, n) for row, case, n in zip(rows, cases, counts, strict=True)])
    found = mean_interval(values, some, resample(groups, n_resamples))
    return [Share(asked.criterion.name, name, found.value, found.low, found.high, len(cases), len(set(groups)))]


def judge_recommendations(
    listener: Listener, n_resamples: int = N_RESAMPLES, progress: Callable[[str], None] = lambda _: None
) -> Study:
    """The whole study of what a listener has heard.

    Args:
        listener: after the last file.
        n_resamples: for the intervals.
        progress: called with each criterion's name when it is done.
    """
    heard = listener.tracks
    space = listener.analyser.space
    if not heard:
        return Study((), copies=tuple(listener.copies))
    with (
        stocked(listener.analyser, [t.trained for t in heard]) as trained,
        stocked(listener.untrained, [t.untrained for t in heard]) as untrained,
    ):
        systems: list[System] = [
            *segue_systems(trained, untrained),
            SignalFeatures(np.stack([t.signal for t in heard])),
            NoListening([t.track.references.genres for t in heard]),
            BestFixedList(),
            RandomRanking(),
            Oracle(),
        ]
        found = study_of([t.track for t in heard], systems, n_resamples, progress)
    models = {"tagger": space.tagger, "embedder": space.embedder, "layout": space.layout}
    return Study(found.shares, found.gains, found.gate_keeps, models, tuple(listener.copies))


def _offered(scores: Sequence[Floats], asked: Questions) -> float:
    """Mean share of the candidates that are offered at all, every group weighing the same."""
    parts = [float(np.mean(row[case.allowed] > -np.inf)) for row, case in zip(scores, asked.cases, strict=True)]
    return float(weighted_mean(np.array(parts), asked.weights[None, :])[0])
