"""Curve: how the energy of a set moves: it warms up, builds, peaks and releases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from segue.errors import InvalidRequest
from segue.where import ANY, Range

Phase = Literal["warm_up", "build", "peak", "release"]
CurveName = Literal["warm_up", "build", "peak", "release", "arc"]

LEVELS: dict[Phase, tuple[float, float]] = {
    "warm_up": (0.10, 0.40),
    "build": (0.45, 0.85),
    "peak": (0.95, 0.95),
    "release": (0.70, 0.30),
}
"""Where each phase begins and ends, as shares of the pool's tracks that have less energy."""

ARC: tuple[tuple[Phase, float], ...] = (("warm_up", 0.30), ("build", 0.60), ("peak", 0.85), ("release", 1.0))
"""The phases of an arc, and the share of the set at which each is over."""

TOLERANCES = (0.05, 0.1, 0.2, 0.35, 0.5, 1.0)
"""How far a track may stray from the curve, first as asked, then ever wider: shares of the pool's tracks for named
curves, energies for curves that are written out. The last one lets every track pass."""


class Target(NamedTuple):
    """What the curve wants at one place.

    Attributes:
        energy: in [0, 1].
        phase: the phase of the set; None for curves that are written out.
        windows: energies that pass, one range for each of :data:`TOLERANCES`.
    """

    energy: float
    phase: Phase | None
    windows: tuple[Range, ...]


@dataclass(frozen=True)
class Curve:
    """An energy curve over what a pool offers.

    Attributes:
        shape: a name, or energies in [0, 1] that are spread evenly over the set.
        energies: of the pool, ``(n,)`` float64, rising.

    Raises:
        InvalidRequest: no energy, or one outside [0, 1].
    """

    shape: CurveName | tuple[float, ...]
    energies: NDArray[np.float64]

    def __post_init__(self) -> None:
        check_shape(self.shape)

    def target(self, at: float) -> Target:
        """What is wanted at a share ``at`` of the set, in [0, 1]."""
        if not isinstance(self.shape, str):
            places = np.linspace(0.0, 1.0, len(self.shape)) if len(self.shape) > 1 else np.zeros(1)
            energy = float(np.interp(at, places, self.shape))
            windows = [Range(energy - tolerance, energy + tolerance) for tolerance in TOLERANCES[:-1]]
            return Target(energy, None, (*windows, ANY))
        phase, share = _phase(self.shape, at)
        low, high = LEVELS[phase]
        level = low + share * (high - low)
        windows = [Range(self._energy(level - t), self._energy(level + t)) for t in TOLERANCES[:-1]]
        return Target(self._energy(level), phase, (*windows, ANY))

    def _energy(self, level: float) -> float:
        """The energy that a share of the pool's tracks stays below."""
        if not len(self.energies):
            return 0.5
        place = min(1.0, max(0.0, level)) * (len(self.energies) - 1)
        below = int(place)
        above = min(below + 1, len(self.energies) - 1)
        return float(self.energies[below] + (place - below) * (self.energies[above] - self.energies[below]))


def check_shape(shape: CurveName | tuple[float, ...]) -> None:
    """Raises InvalidRequest for energies that make no curve."""
    if isinstance(shape, str):
        return
    if not shape:
        raise InvalidRequest("The energy curve holds no energy; one for each place is common.")
    for energy in shape:
        if not 0 <= energy <= 1:
            raise InvalidRequest(f"The energy curve holds {energy}; energies are 0 to 1.")


def _phase(name: CurveName, at: float) -> tuple[Phase, float]:
    """The phase at a share of the set, and the share of the phase that is over."""
    if name != "arc":
        return name, at
    begins = 0.0
    for phase, ends in ARC:
        if at < ends or ends == 1.0:
            return phase, min(1.0, (at - begins) / (ends - begins))
        begins = ends
    raise AssertionError("The last phase ends at 1.")
