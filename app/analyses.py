"""Analyses: what was heard in recent uploads, kept in memory for a while, so that sliders move without a new upload."""

from __future__ import annotations

from app.recent import Keeper
from segue.errors import AnalysisNotFound
from segue.track import Analysis

ID_LENGTH = 32


class RecentAnalyses(Keeper[Analysis]):
    """The latest analyses by id. Nothing of them ever reaches the disk. Safe to use from several threads.

    The id is the beginning of the content hash, so that the same audio has the same one.
    """

    def put(self, analysis: Analysis) -> str:
        """Keeps an analysis and answers its id."""
        analysis_id = analysis.content_hash[:ID_LENGTH]
        self._recent.put(analysis_id, analysis)
        return analysis_id

    def get(self, analysis_id: str) -> Analysis:
        """An analysis, which is kept for longer by that. Raises AnalysisNotFound."""
        analysis = self._recent.get(analysis_id)
        if analysis is None:
            raise AnalysisNotFound(
                f"There is no analysis {analysis_id!r}; they are kept for {self._recent.kept_seconds / 60:.0f} minutes "
                "after their last use, in memory alone. Upload the track again."
            )
        return analysis
