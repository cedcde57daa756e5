"""Live: from what was heard, or a track at a position, to the body that says what may play next."""

from __future__ import annotations

from app.answers import answer
from app.schemas.music import share
from app.schemas.next import NextBody, NextParams, PlayingBody
from app.schemas.tracks import TrackBody
from app.seeds import NamedSeed, Query
from app.services import Services
from segue.live import Listening, left_at
from segue.playing import Playing, find_playing
from segue.seed import Seed


def next_after_listening(session: str, listening: Listening, services: Services, params: NextParams) -> NextBody:
    """What may follow what a session heard lately.

    Raises:
        InvalidRequest: params that make no sense.
        InvalidCursor: a cursor of another query or with other params.
    """
    playing = find_playing(listening, services.catalogue, services.mixer)
    seed = listening.seed(services.mixer, () if playing is None else playing.copies)
    heard = NamedSeed(seed, listening.tempo, listening.key)
    return _body(heard, playing, services, params, session, listening.heard_seconds)


def next_after_track(track_id: str, position_seconds: float, services: Services, params: NextParams) -> NextBody:
    """What may follow a track of the catalogue at a position.

    Raises:
        TrackNotFound: no such track.
        InvalidRequest: a position outside the track, or params that make no sense.
        InvalidCursor: a cursor of another query or with other params.
    """
    track = services.catalogue.get(track_id)
    seed = left_at(Seed.from_track(track, services.catalogue, services.mixer), position_seconds, services.mixer)
    heard = NamedSeed(seed, track.tempo, track.key, track=track)
    return _body(heard, Playing(track, 1.0, (track,)), services, params)


def _body(
    heard: NamedSeed,
    playing: Playing | None,
    services: Services,
    params: NextParams,
    session: str | None = None,
    heard_seconds: float = 0.0,
) -> NextBody:
    ranked = answer(Query(heard.seed, (heard,)), services, params)
    told = ranked.query
    found = None
    if playing is not None:
        found = PlayingBody(track=TrackBody.of(playing.track), confidence=round(share(playing.confidence), 4))
    return NextBody(
        session=session,
        heard_seconds=round(heard_seconds, 2),
        tempo=told.tempo,
        key=told.key,
        energy=told.energy,
        tags=told.tags,
        playing=found,
        pool=ranked.pool,
        results=ranked.results,
        next_cursor=ranked.next_cursor,
        weights=ranked.weights,
        model=ranked.model,
        warnings=ranked.warnings,
    )
