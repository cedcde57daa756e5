"""Sample: some tracks of a manifest, drawn evenly from its groups, always the same ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from training.evaluate.bootstrap import SEED
from training.evaluate.manifest import Entry, Manifest
from training.evaluate.tracks import groups_of


def sample(manifest: Manifest, n_tracks: int, seed: int = SEED) -> Manifest:
    """Draws one track of every group in turn, in random order, until there are enough; missing files are left out.

    Returns:
        A manifest of at most ``n_tracks`` rows in the order that they had.
    """
    present = manifest.present
    chosen = _draw(present, n_tracks, np.random.default_rng(seed))
    return replace(manifest, entries=tuple(present[position] for position in sorted(chosen)), missing=())


def _draw(entries: Sequence[Entry], n: int, rng: np.random.Generator) -> list[int]:
    """Positions, one of every group before the second of any."""
    names = groups_of([entry.track for entry in entries])
    turn: defaultdict[str, int] = defaultdict(int)
    turns = []
    order = [int(position) for position in rng.permutation(len(entries))]
    for position in order:
        turns.append((turn[names[position]], position))
        turn[names[position]] += 1
    return [position for _, position in sorted(turns, key=lambda pair: pair[0])][:n]
