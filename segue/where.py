"""Where: the hard conditions of a search, evaluated inside the catalogue."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal


@dataclass(frozen=True)
class Where:
    """Conditions that every hit must meet; the empty one lets every track pass.

    Attributes:
        shares: labels of which at least ``min_shared`` must be active on the track.
        min_shared: 0 means that ``shares`` is not looked at.
        include: labels of which any or all (``include_mode``) must be active; empty means no condition.
        include_mode: ``"any"`` or ``"all"``.
        exclude: labels none of which may be active.
        exclude_ids: track ids that never pass.
        exclude_hashes: content hashes that never pass (the query's own recording).
    """

    shares: frozenset[str] = field(default_factory=frozenset)
    min_shared: int = 0
    include: frozenset[str] = field(default_factory=frozenset)
    include_mode: Literal["any", "all"] = "any"
    exclude: frozenset[str] = field(default_factory=frozenset)
    exclude_ids: frozenset[str] = field(default_factory=frozenset)
    exclude_hashes: frozenset[str] = field(default_factory=frozenset)

    def sharing(self, labels: frozenset[str], min_shared: int) -> Where:
        """The same conditions with another shared-tags condition."""
        return replace(self, shares=labels, min_shared=min_shared)

    def with_tags(self, include: frozenset[str], mode: Literal["any", "all"], exclude: frozenset[str]) -> Where:
        """The same conditions with other include and exclude lists."""
        return replace(self, include=include, include_mode=mode, exclude=exclude)

    def passes(self, track_id: str, content_hash: str, active: frozenset[str]) -> bool:
        """Whether one track meets the conditions: the definition that every engine must agree with."""
        if track_id in self.exclude_ids or content_hash in self.exclude_hashes or active & self.exclude:
            return False
        if self.min_shared and len(active & self.shares) < self.min_shared:
            return False
        if not self.include:
            return True
        return self.include <= active if self.include_mode == "all" else bool(self.include & active)
