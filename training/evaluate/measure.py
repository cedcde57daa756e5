"""Report: every score as one flat row with stable names, and what could not be scored."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from training.evaluate.bootstrap import interval
from training.evaluate.calibration import ReliabilityBin
from training.evaluate.metrics import Floats, weighted_mean
from training.evaluate.recommendations.results import Study

SEGUE = "segue"


@dataclass(frozen=True)
class Measure:
    """One score of one system.

    Attributes:
        section: ``tempo``, ``key``, ``genre``, ``instrument``, ``neighbours``, ``activity`` or ``speed``.
        system: ``segue``, ``segue_network`` or ``segue_signal`` (one witness alone), a ``peer_*`` column, or a
            ``baseline_*``.
        metric: for example ``accuracy1``.
        value: the score; NaN where undefined.
        low: lower end of the 95 % interval; NaN where undefined or exact.
        high: upper end.
        n: how many tracks it is the score of.
        subset: ``all``, ``recorded``, or ``electronic`` (subgenre tags among electronic files).
    """

    section: str
    system: str
    metric: str
    value: float
    low: float
    high: float
    n: int
    subset: str = "all"


@dataclass(frozen=True)
class TagMeasure:
    """How well one tag is heard, and how it behaves.

    Attributes:
        label: ``category---name``.
        n_positive: judged files that carry it; also the prevalence baseline's numerator.
        n_negative: judged files that do not.
        roc_auc: 0.5 is chance.
        average_precision: chance lies somewhat above ``prevalence``.
        prevalence: share of positives among the judged.
        threshold: score from which it is active.
        precision: at the threshold.
        recall: at the threshold.
        f1: at the threshold.
        std: of its score over all files.
        active_share: share of all files where it is active.
        in_macro: whether it has enough positives and negatives for the macro averages.
        subset: ``all``, ``recorded``, or ``electronic`` (subgenre tags among electronic files).
    """

    label: str
    n_positive: int
    n_negative: int
    roc_auc: float
    average_precision: float
    prevalence: float
    threshold: float
    precision: float
    recall: float
    f1: float
    std: float
    active_share: float
    in_macro: bool
    subset: str = "all"


@dataclass(frozen=True)
class Report:
    """Everything that evaluation found.

    Attributes:
        measures: the scores.
        tags: the scores of single tags.
        n_tracks: subset -> number of tracks.
        degenerate_tags: tags that are active somewhere though they hardly vary (standard deviation < 0.05).
        missing: files that were not there.
        failures: file -> what went wrong.
        unknown_names: ``category---name`` -> number of files, for names the vocabulary lacks.
        reliability: the rows of the reliability diagrams.
        clip: how much of each file was heard, ``seconds`` and ``at``; None when files were heard whole.
        recommendations: the study of recommendations; None when it was not asked for.
    """

    measures: tuple[Measure, ...]
    tags: tuple[TagMeasure, ...] = ()
    n_tracks: Mapping[str, int] = field(default_factory=dict)
    degenerate_tags: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    failures: Mapping[str, str] = field(default_factory=dict)
    unknown_names: Mapping[str, int] = field(default_factory=dict)
    reliability: tuple[ReliabilityBin, ...] = ()
    clip: Mapping[str, float | str] | None = None
    recommendations: Study | None = None

    def get(self, section: str, metric: str, system: str = SEGUE, subset: str = "all") -> Measure:
        """One score.

        Raises:
            KeyError: it was not measured.
        """
        for measure in self.measures:
            if (measure.section, measure.metric, measure.system, measure.subset) == (section, metric, system, subset):
                return measure
        raise KeyError((section, metric, system, subset))

    def to_dict(self) -> dict[str, object]:
        """Plain data for JSON; undefined numbers are None. Names are stable, ``version`` counts changes."""
        return {
            "version": 2,
            "n_tracks": dict(self.n_tracks),
            "measures": [_plain(measure) for measure in self.measures],
            "tags": [_plain(tag) for tag in self.tags],
            "degenerate_tags": list(self.degenerate_tags),
            "missing": list(self.missing),
            "failures": dict(self.failures),
            "unknown_names": dict(self.unknown_names),
            "reliability": [_plain(row) for row in self.reliability],
            "clip": None if self.clip is None else dict(self.clip),
            "recommendations": None if self.recommendations is None else self.recommendations.to_dict(),
        }

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Report:
        """The report that :meth:`to_dict` made plain; keys that other studies add are left alone."""
        return cls(
            measures=tuple(Measure(**_undefined_as_nan(row)) for row in plain["measures"]),
            tags=tuple(TagMeasure(**_undefined_as_nan(row)) for row in plain["tags"]),
            n_tracks=plain["n_tracks"],
            degenerate_tags=tuple(plain["degenerate_tags"]),
            missing=tuple(plain["missing"]),
            failures=plain["failures"],
            unknown_names=plain["unknown_names"],
            reliability=tuple(ReliabilityBin(**_undefined_as_nan(row)) for row in plain.get("reliability", ())),
            clip=plain.get("clip"),
            recommendations=Study.from_dict(study) if (study := plain.get("recommendations")) else None,
        )


def mean_measure(section: str, system: str, metric: str, values: Floats, weights: Floats) -> Measure:
    """Mean over tracks; tracks whose value is NaN do not count.

    Args:
        section: of the measure, as system and metric are.
        system: who answered.
        metric: what the values are.
        values: ``(n,)``.
        weights: ``(n_resamples, n)``, how often each track is drawn.
    """
    found = interval(lambda w: weighted_mean(values, w), weights)
    n = int((~np.isnan(values)).sum())
    return Measure(section, system, metric, found.value, found.low, found.high, n)


def in_subset(measures: Sequence[Measure], subset: str) -> list[Measure]:
    """The same measures, said to be of a subset."""
    return [replace(measure, subset=subset) for measure in measures]


def _plain(row: Measure | TagMeasure | ReliabilityBin) -> dict[str, object]:
    finite = {name: None if isinstance(v, float) and not math.isfinite(v) else v for name, v in vars(row).items()}
    return {name: round(value, 6) if isinstance(value, float) else value for name, value in finite.items()}


def _undefined_as_nan(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: math.nan if value is None else value for name, value in row.items()}
