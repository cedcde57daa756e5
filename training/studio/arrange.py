"""Forms: which sections a track has, and how many bars each gets."""

from __future__ import annotations

import numpy as np

from training.studio.score import SectionPlan

# name:weight in bars, in playing order
FORMS: dict[str, tuple[str, ...]] = {
    "club": (
        "intro:4 build:2 drop:6 break:3 build:2 drop:6 outro:3",
        "intro:3 verse:4 build:2 drop:6 break:4 build:1 drop:6 outro:3",
        "intro:4 drop:6 break:3 build:2 drop:7 outro:4",
        "intro:2 break:3 build:2 drop:8 break:2 build:2 drop:6 outro:2",
    ),
    "song": (
        "intro:2 verse:4 chorus:4 verse:4 chorus:4 outro:2",
        "intro:2 verse:4 build:2 chorus:4 break:2 chorus:4 outro:2",
        "intro:1 chorus:3 verse:4 chorus:4 break:3 chorus:4 outro:2",
        "intro:2 verse:6 chorus:4 break:3 verse:4 chorus:4 outro:1",
    ),
    "flow": (
        "intro:4 verse:6 break:4 verse:6 outro:4",
        "intro:3 verse:5 build:3 chorus:6 break:3 outro:4",
        "intro:4 verse:8 chorus:8 outro:4",
    ),
}
_ENERGY = {
    "intro": 0.5, "verse": 0.72, "build": 0.75, "drop": 1.0, "chorus": 0.97, "break": 0.5, "outro": 0.45,
}  # fmt: skip
_DISPENSABLE = ("build", "break", "verse", "intro", "outro")


def lay_out(family: str, n_bars: int, intensity: float, rng: np.random.Generator) -> list[SectionPlan]:
    """Choose a form and fit it to a number of bars.

    Args:
        family: ``club``, ``song`` or ``flow``.
        n_bars: length of the track in whole bars, at least 1.
        intensity: energy of the fullest section, 0 to 1.
        rng: source of chance.
    """
    text = FORMS[family][int(rng.integers(len(FORMS[family])))]
    form = [(name, float(w)) for name, _, w in (item.partition(":") for item in text.split())]
    unit = 4 if n_bars >= 36 else 2 if n_bars >= 14 else 1
    slots = max(1, n_bars // unit)
    form = _shorten(form, slots)
    counts = _distribute([w * rng.uniform(0.8, 1.25) for _, w in form], slots)
    lengths = [c * unit for c in counts]
    lengths[-1] += n_bars - sum(lengths)
    plans, start = [], 0
    for (name, _), length in zip(form, lengths, strict=True):
        energy = float(np.clip(intensity * _ENERGY[name] * rng.uniform(0.92, 1.06), 0.03, 1.0))
        plans.append(SectionPlan(name, start, length, round(energy, 3)))
        start += length
    return plans


def _shorten(form: list[tuple[str, float]], slots: int) -> list[tuple[str, float]]:
    form = list(form)
    while len(form) > slots:
        names = [name for name, _ in form]
        victim = next((d for d in _DISPENSABLE if d in names), names[0])
        del form[names.index(victim)]
    return form


def _distribute(weights: list[float], slots: int) -> list[int]:
    """Largest remainders, at least one slot each."""
    shares = np.asarray(weights) / sum(weights) * (slots - len(weights))
    counts = np.floor(shares).astype(int)
    order = np.argsort(-(shares - counts), kind="stable")
    counts[order[: slots - len(weights) - int(counts.sum())]] += 1
    return [int(c) + 1 for c in counts]
