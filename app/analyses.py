"""Analyses: what was heard in recent uploads, kept in memory for a while, so that sliders move without a new upload."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from segue.errors import AnalysisNotFound
from segue.track import Analysis

KEPT_SECONDS = 3600.0
MAX_KEPT = 256
ID_LENGTH = 32


class RecentAnalyses:
    """The latest analyses by id. Nothing of them ever reaches the disk. Safe to use from several threads.

    The id is the beginning of the content hash, so that the same audio has the same one.

    Args:
        kept_seconds: for how long after its last use an analysis is kept.
        max_kept: the oldest ones beyond are dropped.
        clock: seconds, never going back.
    """

    def __init__(
        self,
        kept_seconds: float = KEPT_SECONDS,
        max_kept: int = MAX_KEPT,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._kept_seconds = kept_seconds
        self._max_kept = max_kept
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, tuple[float, Analysis]] = OrderedDict()

    def put(self, analysis: Analysis) -> str:
        """Keeps an analysis and answers its id."""
        analysis_id = analysis.content_hash[:ID_LENGTH]
        with self._lock:
            self._drop_old()
            self._kept[analysis_id] = (self._clock(), analysis)
            self._kept.move_to_end(analysis_id)
            while len(self._kept) > self._max_kept:
                self._kept.popitem(last=False)
        return analysis_id

    def get(self, analysis_id: str) -> Analysis:
        """An analysis, which is kept for longer by that. Raises AnalysisNotFound."""
        with self._lock:
            self._drop_old()
            if analysis_id not in self._kept:
                raise AnalysisNotFound(
                    f"There is no analysis {analysis_id!r}; they are kept for {self._kept_seconds / 60:.0f} minutes "
                    "after their last use, in memory alone. Upload the track again."
                )
            _, analysis = self._kept[analysis_id]
            self._kept[analysis_id] = (self._clock(), analysis)
            self._kept.move_to_end(analysis_id)
            return analysis

    def __len__(self) -> int:
        """How many are kept."""
        with self._lock:
            self._drop_old()
            return len(self._kept)

    def _drop_old(self) -> None:
        oldest = self._clock() - self._kept_seconds
        while self._kept and next(iter(self._kept.values()))[0] < oldest:
            self._kept.popitem(last=False)
