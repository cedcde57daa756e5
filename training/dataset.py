"""Dataset: entries with their features in memory and their targets, and how they are drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.corpus import Entry, read_manifest
from training.features import Features
from training.targets import Labels, Panel, TagTargets, exact_targets, real_targets


@dataclass(frozen=True)
class Example:
    """A recording ready for training.

    Attributes:
        entry: what is known.
        features: in memory.
        targets: tag targets; None where the corpus has none.
    """

    entry: Entry
    features: Features
    targets: TagTargets | None


def load_examples(cache: Path, corpora: Sequence[str], names: Sequence[str], teachers: Path | None) -> list[Example]:
    """Reads corpora.

    Args:
        cache: where they were prepared.
        corpora: ``"real"``, ``"studio"``, ``"midi"``.
        names: arrays of :class:`Features` to keep in memory.
        teachers: folder of teacher scores, needed for tag targets of real music.
    """
    examples = []
    for corpus in corpora:
        entries = read_manifest(cache, corpus)
        targets = _targets(corpus, entries, teachers)
        for entry in entries:
            features = Features.load(entry.features_path(cache), *names)
            examples.append(Example(entry, features, targets.get(entry.id)))
    return examples


def _targets(corpus: str, entries: Sequence[Entry], teachers: Path | None) -> Mapping[str, TagTargets]:
    if corpus == "studio":
        return {entry.id: exact_targets(entry.tags) for entry in entries}
    if corpus != "real" or teachers is None:
        return {}
    labels = {entry.id: Labels(frozenset(entry.tags), entry.generated, entry.stem) for entry in entries}
    panel, evidence = Panel.fit(teachers)
    return real_targets(panel, evidence, labels)


def split(examples: Sequence[Example], name: str) -> list[Example]:
    """The examples of ``"train"`` or ``"dev"``."""
    return [example for example in examples if example.entry.split == name]


def draw_shares(
    examples: Sequence[Example], shares: Mapping[str, float], seconds: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Probability to draw each example: by length up to a minute, and by kind of source.

    Args:
        examples: to draw from.
        shares: weight of ``"recorded"``, ``"generated"``, ``"studio"`` and ``"midi"``; 1 where left out.
        seconds: length of each example.
    """
    kinds = [kind_of(example.entry) for example in examples]
    weights = np.array([shares.get(kind, 1.0) for kind in kinds]) * np.clip(seconds, 8.0, 60.0)
    result: NDArray[np.float64] = weights / weights.sum()
    return result


def kind_of(entry: Entry) -> str:
    """``"recorded"`` or ``"generated"`` where it is real music, else its corpus."""
    if entry.corpus != "real":
        return entry.corpus
    return "generated" if entry.generated else "recorded"
