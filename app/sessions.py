"""Sessions: what was heard lately from each deck or microphone, kept in memory for a while."""

from __future__ import annotations

import secrets

from app.recent import Keeper
from segue.errors import SessionNotFound
from segue.live import Listening
from segue.track import Analysis


class LiveSessions(Keeper[Listening]):
    """Listenings by session id. Nothing of them ever reaches the disk. Safe to use from several threads."""

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

    def _gone(self, session: str) -> SessionNotFound:
        return SessionNotFound(
            f"There is no session {session[:64]!r}; they are kept for {self._recent.kept_seconds / 60:.0f} minutes "
            "after their last use, in memory alone. Send audio without a session to begin a new one."
        )
