"""Report: every score as one flat row with stable names, and what could not be scored."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

SEGUE = "segue"


@dataclass(frozen=True)
class Measure:
    """One score of one system.

    Attributes:
        section: ``tempo``, ``key``, ``genre``, ``instrument``, ``neighbours``, ``activity`` or ``speed``.
        system: ``segue``, a ``peer_*`` column, or a ``baseline_*``.
        metric: for example ``accuracy1``.
        value: the score; NaN where undefined.
        low: lower end of the 95 % interval; NaN where undefined or exact.
        high: upper end.
        n: how many tracks it is the score of.
        subset: ``all`` or ``recorded``.
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
        subset: ``all`` or ``recorded``.
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
    """

    measures: tuple[Measure, ...]
    tags: tuple[TagMeasure, ...] = ()
    n_tracks: Mapping[str, int] = field(default_factory=dict)
    degenerate_tags: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    failures: Mapping[str, str] = field(default_factory=dict)
    unknown_names: Mapping[str, int] = field(default_factory=dict)

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
            "version": 1,
            "n_tracks": dict(self.n_tracks),
            "measures": [_plain(measure) for measure in self.measures],
            "tags": [_plain(tag) for tag in self.tags],
            "degenerate_tags": list(self.degenerate_tags),
            "missing": list(self.missing),
            "failures": dict(self.failures),
            "unknown_names": dict(self.unknown_names),
        }


def in_subset(measures: Sequence[Measure], subset: str) -> list[Measure]:
    """The same measures, said to be of a subset."""
    return [replace(measure, subset=subset) for measure in measures]


def _plain(row: Measure | TagMeasure) -> dict[str, object]:
    finite = {name: None if isinstance(v, float) and not math.isfinite(v) else v for name, v in vars(row).items()}
    return {name: round(value, 6) if isinstance(value, float) else value for name, value in finite.items()}
