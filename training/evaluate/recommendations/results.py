"""Results: the numbers of the study, each with its interval and n."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from training.evaluate.recommendations.systems import TOP


@dataclass(frozen=True)
class Share:
    """How much of one system's top 5 is right by one criterion.

    Attributes:
        criterion: ``genre``, ``tempo``, ``key`` or ``all``.
        system: its name.
        value: mean over groups of the mean over each group's queries, in [0, 1].
        low: lower end of the 95 % interval; NaN where undefined.
        high: upper end.
        n: queries.
        n_groups: groups that the queries come from; each weighs the same.
    """

    criterion: str
    system: str
    value: float
    low: float
    high: float
    n: int
    n_groups: int


@dataclass(frozen=True)
class Gain:
    """Share of one system less that of another, on the same queries and resamples.

    Attributes:
        criterion: ``genre``, ``tempo``, ``key`` or ``all``.
        system: the one.
        against: the other.
        shows: what the difference is the contribution of.
        value: in [-1, 1].
        low: lower end of the 95 % interval; NaN where undefined.
        high: upper end.
        n: queries.
        n_groups: groups that the queries come from.
    """

    criterion: str
    system: str
    against: str
    shows: str
    value: float
    low: float
    high: float
    n: int
    n_groups: int


@dataclass(frozen=True)
class Study:
    """The answer.

    Attributes:
        shares: system by system, criterion by criterion.
        gains: what each stage adds.
        gate_keeps: criterion -> mean share of the candidates that pass the gate as finally applied.
        models: what was judged: role -> name and checkpoint hash.
        copies: files left out because an earlier one holds the same recording.
    """

    shares: tuple[Share, ...]
    gains: tuple[Gain, ...] = ()
    gate_keeps: Mapping[str, float] = field(default_factory=dict)
    models: Mapping[str, str] = field(default_factory=dict)
    copies: tuple[str, ...] = ()

    def share(self, criterion: str, system: str) -> Share:
        """One share. Raises KeyError."""
        for share in self.shares:
            if (share.criterion, share.system) == (criterion, system):
                return share
        raise KeyError((criterion, system))

    def to_dict(self) -> dict[str, object]:
        """Plain data for JSON; undefined numbers are None."""
        return {
            "top": TOP,
            "shares": [_plain(share) for share in self.shares],
            "gains": [_plain(gain) for gain in self.gains],
            "gate_keeps": {name: round(value, 6) for name, value in self.gate_keeps.items()},
            "models": dict(self.models),
            "copies": list(self.copies),
        }

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Study:
        """What :meth:`to_dict` wrote."""
        return cls(
            shares=tuple(Share(**_finite(row)) for row in plain["shares"]),
            gains=tuple(Gain(**_finite(row)) for row in plain["gains"]),
            gate_keeps=plain["gate_keeps"],
            models=plain["models"],
            copies=tuple(plain["copies"]),
        )


def _finite(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: math.nan if value is None else value for name, value in row.items()}


def _plain(row: Share | Gain) -> dict[str, object]:
    finite = {name: None if isinstance(v, float) and not math.isfinite(v) else v for name, v in vars(row).items()}
    return {name: round(value, 6) if isinstance(value, float) else value for name, value in finite.items()}
