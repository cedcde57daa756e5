"""Split: which recordings train and which judge, so that no group is on both sides."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from training.datasets.base import Row

PUBLISHED = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("dev", "valid", "validation", "val"), "dev"),
    **dict.fromkeys(("test", "testing", "holdout"), "test"),
}
"""What sets call their parts -> what we call them; nothing is learnt or chosen on ``test``."""


def assign_splits(rows: Sequence[Row], dev_share: float, seed: int) -> list[Row]:
    """Rows with a split each: the published one, else that of their group, else drawn by group.

    Args:
        rows: as loaded.
        dev_share: of the groups without a published split, in [0, 1].
        seed: of the draw. A group's side depends on the seed and its name alone, so that adding rows or importing
            another set that knows the same artist moves nobody.
    """
    published: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        if row.split:
            published[row.group].add(row.split)
    return [row if row.split else replace(row, split=_side(row.group, published, dev_share, seed)) for row in rows]


def straddling(rows: Sequence[Row]) -> list[str]:
    """Groups on more than one side; only published splits bring them."""
    sides: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        sides[row.group].add(row.split)
    return sorted(group for group, splits in sides.items() if len(splits) > 1)


def _side(group: str, published: dict[str, set[str]], dev_share: float, seed: int) -> str:
    if group in published:
        return min(published[group], key=("test", "dev", "train").index)
    digest = hashlib.sha256(f"{seed}:{group}".encode()).digest()
    return "dev" if int.from_bytes(digest[:8], "big") < dev_share * 2.0**64 else "train"
