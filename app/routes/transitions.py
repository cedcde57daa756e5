"""Transitions: how one track of the catalogue leads to another."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from app.deps import ServicesDep, StagesDep
from app.openapi import ok
from app.problems import responses
from app.schemas.tracks import TrackBody
from app.schemas.transitions import TransitionBody, TransitionQuery, TransitionsBody
from segue.segue_points import Playable, transitions

router = APIRouter(prefix="/v1", tags=["recommendations"])

_DESCRIPTION = """\
Where the first track can be mixed out and the second one in, on boundaries of phrases, over 8, 16 or 32 bars. The best
is the longest overlap that lies in the outro of the first and in the intro of the second, whose body then enters
when the overlap ends; others follow, with what speaks against them in `caveats`.

Music is taken to be in 4/4. Where the bars of a track are not known (catalogues of earlier versions, recordings of a
few bars), its points lie at the edges of its audio, and the confidence is 0.
"""


@router.get(
    "/transitions",
    summary="Explain the transition between two tracks",
    description=_DESCRIPTION,
    responses=ok("The transitions, best first.", "TRANSITIONS")
    | responses("validation_failed", "invalid_request", "track_not_found", "catalogue_busy"),
)
def list_transitions(
    query: Annotated[TransitionQuery, Query()], services: ServicesDep, stages: StagesDep
) -> TransitionsBody:
    """Explains one pair of tracks of the catalogue."""
    with stages("transitions"):
        catalogue = services.catalogue
        first, second = catalogue.get(query.from_id), catalogue.get(query.to_id)
        from_, to = Playable.of_track(first, catalogue), Playable.of_track(second, catalogue)
        found = transitions(from_, to, query.overlap_bars)
    return TransitionsBody(
        from_track=TrackBody.of(first),
        to_track=TrackBody.of(second),
        transitions=[TransitionBody.of(one, from_, to) for one in found],
    )
