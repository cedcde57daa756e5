"""Invented titles and artists."""

from __future__ import annotations

import numpy as np

_FIRST = (
    "Amber", "Hollow", "Velvet", "Quiet", "Northern", "Paper", "Copper", "Second", "Salt", "Neon",
    "Slow", "Marble", "Distant", "Glass", "Winter", "Open", "Iron", "Silver", "Late", "Lunar",
)  # fmt: skip
_SECOND = (
    "Harbour", "Signal", "Garden", "Window", "River", "Engine", "Mirror", "Weather", "Avenue",
    "Orbit", "Letter", "Field", "Tide", "Station", "Shadow", "Parade", "Lantern", "Circuit",
)  # fmt: skip
_ONSET = ("ka", "lo", "mi", "ve", "ra", "so", "ti", "no", "el", "da", "ju", "be", "ha", "ori")
_CODA = ("ren", "lin", "mar", "sek", "vo", "nis", "tau", "del", "kos", "ra", "phy", "dan")


def title(rng: np.random.Generator) -> str:
    """Two words, now and then with a mix name."""
    words = f"{rng.choice(_FIRST)} {rng.choice(_SECOND)}"
    return f"{words} (Late Mix)" if rng.random() < 0.1 else words


def artist(rng: np.random.Generator) -> str:
    """A made-up name."""
    name = str(rng.choice(_ONSET)) + str(rng.choice(_CODA))
    if rng.random() < 0.5:
        return name.capitalize()
    family = str(rng.choice(_ONSET)) + str(rng.choice(_ONSET)) + str(rng.choice(_CODA))
    return f"{name.capitalize()} {family.capitalize()}"
