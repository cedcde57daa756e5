"""Preset: weights of the mixer under a name, to be saved, listed and shared."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Protocol

from segue.errors import InvalidRequest, PresetIsBuiltIn, PresetNotFound
from segue.mixer import Weights
from segue.shelf.names import can_be_seen

MAX_DESCRIPTION = 500
_SLUG = re.compile(r"[a-z0-9]+([_-][a-z0-9]+)*")
_MAX_NAME = 60


@dataclass(frozen=True)
class Preset:
    """Weights under a name.

    Attributes:
        name: 1 to 60 of a-z, 0-9, and single ``-`` or ``_`` between them, so that it fits into an address.
        description: when it serves, one line of at most 500 characters; may be empty.
        weights: how much each axis counts.
        built_in: whether it comes with Segue, and can be neither replaced nor deleted.

    Raises:
        InvalidRequest: a name or description that cannot be kept.
    """

    name: str
    description: str
    weights: Weights
    built_in: bool = False

    def __post_init__(self) -> None:
        if len(self.name) > _MAX_NAME or not _SLUG.fullmatch(self.name):
            raise InvalidRequest(
                f"{self.name[:_MAX_NAME]!r} cannot name a preset; write 1 to {_MAX_NAME} of a-z, 0-9, with single "
                "- or _ between them, such as 'late-night'."
            )
        if len(self.description) > MAX_DESCRIPTION or not can_be_seen(self.description):
            raise InvalidRequest(f"The description must be one line of at most {MAX_DESCRIPTION} characters.")


BUILT_IN = (
    Preset("default", "What is used when nothing is said: sound first, and everything else a little.", Weights(), True),
    Preset(
        "harmonic",
        "For long blends of melodic music, where two keys that clash would be heard for a minute.",
        Weights(sound=0.25, tags=0.1, tempo=0.2, key=0.4, energy=0.05, segue=0.0),
        True,
    ),
    Preset(
        "same_tempo",
        "For mixing without touching the pitch: results beat at the query's tempo, or at half or double of it.",
        Weights(sound=0.25, tags=0.1, tempo=0.6, key=0.0, energy=0.05, segue=0.0),
        True,
    ),
    Preset(
        "texture",
        "For finding what sounds alike in other genres, tempi and keys; open the tag gate with it (min_shared 0).",
        Weights(sound=1.0, tags=0.0, tempo=0.0, key=0.0, energy=0.0, segue=0.0),
        True,
    ),
    Preset(
        "genre",
        "For staying in a style: shared genres and instruments count most, then sound.",
        Weights(sound=0.25, tags=0.7, tempo=0.0, key=0.0, energy=0.05, segue=0.0),
        True,
    ),
    Preset(
        "segue",
        "For the next track of a set: how a result begins beside how the query ends, with tempo, key and energy near.",
        Weights(sound=0.1, tags=0.1, tempo=0.2, key=0.15, energy=0.1, segue=0.35),
        True,
    ),
)
"""The presets that come with Segue. ``default`` is what the mixer starts with; the others state a purpose."""

_BUILT_IN_BY_NAME = {preset.name: preset for preset in BUILT_IN}


class Presets(Protocol):
    """The presets of a catalogue: those that come with Segue, and those that its owner saved."""

    def all(self) -> list[Preset]:
        """Those that come with Segue, then the saved ones by name."""
        ...

    def get(self, name: str) -> Preset:
        """One preset. Raises PresetNotFound."""
        ...

    def save(self, preset: Preset) -> Preset:
        """Saves a preset, in place of the one of that name if there is one. Raises PresetIsBuiltIn."""
        ...

    def remove(self, name: str) -> None:
        """Deletes a saved preset. Raises PresetNotFound, PresetIsBuiltIn."""
        ...


def built_in(name: str) -> Preset | None:
    """The preset of that name that comes with Segue."""
    return _BUILT_IN_BY_NAME.get(name)


def saveable(preset: Preset) -> Preset:
    """The preset as one of its owner's. Raises PresetIsBuiltIn for a name that Segue has taken."""
    refuse_built_in(preset.name)
    return replace(preset, built_in=False)


def refuse_built_in(name: str) -> None:
    """Raises PresetIsBuiltIn for a name that Segue has taken."""
    if built_in(name) is not None:
        raise PresetIsBuiltIn(f"The preset {name!r} comes with Segue and stays as it is; take another name.")


def no_preset(name: str, saved: list[str]) -> PresetNotFound:
    """The error for a preset that is not there."""
    known = ", ".join([*_BUILT_IN_BY_NAME, *saved][:12])
    return PresetNotFound(f"There is no preset {name!r}; there are {known}.")
