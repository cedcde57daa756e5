"""Sessions: what was heard lately from each deck or microphone, kept in memory for a while."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable

from app.recent import KEPT_SECONDS, MAX_KEPT, Recent
from segue.errors import SessionNotFound
from segue.live import Listening
from segue.track import Analysis


class LiveSessions:
    """Listenings by session id. Nothing of them ever reaches the disk. Safe to use from several threads.

    Args:
        kept_seconds: for how long after its last use a session is kept.
        max_kept: those not used for longest are dropped beyond so many.
        clock: seconds, never going back.
    """

    def __init__(
        self,
        kept_seconds: float = KEPT_SECONDS,
        max_kept: int = MAX_KEPT,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._recent: Recent[Listening] = Recent(kept_seconds, max_kept, clock)

    def begin(self, analysis: Analysis) -> tuple[str, Listening]:
        """A new session that has heard one piece: its id, and what it heard."""
        session, listening = secrets.token_hex(16), Listening().heard(analysis)
        self._recent.put(session, listening)
        return session, listening

    def hear(self, session: str, analysis: Analysis) -> Listening:
        """A session after one more piece. Raises SessionNotFound."""
        listening = self._recent.change(session, lambda before: before.heard(analysis))
        if listening is None:
            raise self._gone(session)
        return listening

    def get(self, session: str) -> Listening:
        """What a session has heard. Raises SessionNotFound."""
        listening = self._recent.get(session)
        if listening is None:
            raise self._gone(session)
        return listening

    def forget(self, session: str) -> None:
        """Forgets a session. Raises SessionNotFound."""
        if not self._recent.drop(session):
            raise self._gone(session)

    def __len__(self) -> int:
        """How many are kept."""
        return len(self._recent)

    def _gone(self, session: str) -> SessionNotFound:
        return SessionNotFound(
            f"There is no session {session[:64]!r}; they are kept for {self._recent.kept_seconds / 60:.0f} minutes "
            "after their last use, in memory alone. Send audio without a session to begin a new one."
        )
