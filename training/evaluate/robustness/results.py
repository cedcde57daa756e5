"""Results of the robustness study: one row per condition and score, and their JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from segue.errors import SegueError


class ResultsInvalid(SegueError):
    """A file is no result of the robustness study."""

    code = "results_invalid"


@dataclass(frozen=True)
class Row:
    """One score under one condition.

    Attributes:
        condition: name of the condition, ``time_stretch=0.76``.
        section: ``genre``, ``instrument``, ``tempo``, ``key``, ``neighbours`` or ``embedding``.
        metric: for example ``accuracy1``.
        n: how many tracks it is the score of.
        value: the score.
        low: lower end of its 95 % interval.
        high: upper end.
        change: the score minus the clean one.
        change_low: lower end of the interval of the change, from the same draws of tracks on both sides.
        change_high: upper end.
    """

    condition: str
    section: str
    metric: str
    n: int
    value: float
    low: float
    high: float
    change: float
    change_low: float
    change_high: float

    @property
    def score(self) -> str:
        """Section and metric, ``tempo.accuracy1``."""
        return f"{self.section}.{self.metric}"


@dataclass(frozen=True)
class Results:
    """Everything that the study found.

    Attributes:
        rows: the scores, condition by condition, clean first.
        n_tracks: how many tracks were heard under every condition.
        other_track_cosine: mean cosine of the embeddings of two clean tracks of different groups.
        models: names of tagger and embedder.
        missing: files that were not there.
        failures: file -> what went wrong; such a track counts under no condition.
        clip: how much of each file was heard, ``seconds`` and ``at``; None when files were heard whole.
    """

    rows: tuple[Row, ...]
    n_tracks: int
    other_track_cosine: float
    models: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    failures: Mapping[str, str] = field(default_factory=dict)
    clip: Mapping[str, float | str] | None = None

    @property
    def conditions(self) -> list[str]:
        """Names in order."""
        return list(dict.fromkeys(row.condition for row in self.rows))

    @property
    def scores(self) -> list[str]:
        """``section.metric`` in order."""
        return list(dict.fromkeys(row.score for row in self.rows))

    def get(self, condition: str, score: str) -> Row | None:
        """One row; None where it was not measured."""
        found = (row for row in self.rows if (row.condition, row.score) == (condition, score))
        return next(found, None)

    def to_json(self) -> str:
        """One JSON object, a line per row; names are stable, undefined numbers null."""
        head = {
            "version": 1,
            "study": "robustness",
            "n_tracks": self.n_tracks,
            "other_track_cosine": _plain(self.other_track_cosine),
            "models": list(self.models),
            "missing": list(self.missing),
            "failures": dict(self.failures),
            "clip": None if self.clip is None else dict(self.clip),
        }
        lines = [f" {json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}," for name, value in head.items()]
        rows = [json.dumps({name: _plain(value) for name, value in asdict(row).items()}) for row in self.rows]
        return "\n".join(["{", *lines, ' "rows": [', "  " + ",\n  ".join(rows), " ]", "}"])

    @classmethod
    def read(cls, path: Path) -> Results:
        """Reads what :meth:`to_json` wrote.

        Raises:
            ResultsInvalid: the file is missing, or something else.
        """
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            rows = tuple(Row(**_numbers(row)) for row in found["rows"])
            other = _numbers({"cosine": found["other_track_cosine"]})["cosine"]
            lists = (tuple(found["models"]), tuple(found["missing"]))
            return cls(rows, found["n_tracks"], other, *lists, found["failures"], found["clip"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ResultsInvalid(f"{path} holds no results of segue evaluate --robustness: {error}.") from error

    def for_page(self) -> Results:
        """Without the names of files."""
        return replace(self, missing=(), failures={})


def titles(scores: Sequence[str]) -> list[str]:
    """What scores are called in tables and plots."""
    return [TITLES.get(score, score) for score in scores]


TITLES = {
    "genre.macro_roc_auc": "Genre ROC-AUC",
    "instrument.macro_roc_auc": "Instrument ROC-AUC",
    "tempo.accuracy1": "Tempo Acc1",
    "tempo.accuracy2": "Tempo Acc2",
    "key.weighted_score": "Key score",
    "neighbours.genre_precision_at_5_by_embedding": "Neighbours P@5",
    "embedding.cosine_mean": "Cosine, mean",
    "embedding.cosine_5th_percentile": "Cosine, 5th percentile",
}


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 6) if math.isfinite(value) else None
    return value


def _numbers(row: dict[str, Any]) -> dict[str, Any]:
    return {name: math.nan if value is None else value for name, value in row.items()}
