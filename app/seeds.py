"""Seeds: from what a request names to what the ranking starts from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.schemas.seeds import SeedBody
from app.services import Services
from segue.errors import InvalidRequest
from segue.key import KeyEstimate
from segue.seed import Seed, blend
from segue.tempo import TempoEstimate
from segue.track import Analysis, Track


@dataclass(frozen=True)
class NamedSeed:
    """One seed, and what it was named by.

    Attributes:
        seed: as the ranking sees it.
        tempo: with confidence.
        key: with confidence.
        weight: how much it counts.
        track: for a track of the catalogue.
        analysis_id: for an upload.
    """

    seed: Seed
    tempo: TempoEstimate
    key: KeyEstimate
    weight: float = 1.0
    track: Track | None = None
    analysis_id: str | None = None


@dataclass(frozen=True)
class Query:
    """What something is asked for.

    Attributes:
        seed: all seeds as one.
        parts: the seeds by themselves, as they were told.
    """

    seed: Seed
    parts: tuple[NamedSeed, ...]

    @property
    def lead(self) -> NamedSeed:
        """The seed of largest weight, whose tempo, key and energy limits refer to."""
        return max(self.parts, key=lambda part: part.weight)


def resolve(told: Sequence[SeedBody], uploads: Sequence[Analysis], services: Services) -> Query:
    """The query that a request names.

    Args:
        told: seeds in the request.
        uploads: what was heard in its files; those that no seed names count with weight 1.
        services: composition.

    Raises as :func:`named_seeds`, and InvalidRequest for weights that make no sense.
    """
    parts = named_seeds(told, uploads, services)
    return Query(blend([(part.seed, part.weight) for part in parts], services.mixer), parts)


def named_seeds(told: Sequence[SeedBody], uploads: Sequence[Analysis], services: Services) -> tuple[NamedSeed, ...]:
    """The seeds that a request names, each by itself, in its order; files that none of them names stand at the end.

    Args:
        told: seeds in the request.
        uploads: what was heard in its files.
        services: composition.

    Raises:
        TrackNotFound: no such track.
        AnalysisNotFound: no such analysis any more.
        InvalidRequest: a file that did not come, or one that is named twice.
    """
    files = _files(told, len(uploads))
    unnamed = [SeedBody(file=number) for number in range(len(uploads)) if number not in files]
    return tuple(_part(seed, uploads, services) for seed in (*told, *unnamed))


def check_seeds(told: Sequence[SeedBody], n_files: int, services: Services) -> None:
    """Refuses what no listening can mend; raises as :func:`named_seeds`.

    Args:
        told: seeds in the request.
        n_files: how many files it has.
        services: composition.
    """
    _files(told, n_files)
    for seed in told:
        if seed.track_id is not None:
            services.catalogue.get(seed.track_id)
        if seed.analysis_id is not None:
            services.analyses.get(seed.analysis_id)


def _files(told: Sequence[SeedBody], n_files: int) -> list[int]:
    """Numbers of the files that seeds name. Raises InvalidRequest for one that did not come, or is named twice."""
    files = [seed.file for seed in told if seed.file is not None]
    for number in files:
        if number >= n_files:
            raise InvalidRequest(
                f"A seed names file {number}, but the request has {n_files} files; the first one is 0."
            )
        if files.count(number) > 1:
            raise InvalidRequest(f"Two seeds name file {number}; give it one weight.")
    return files


def _part(told: SeedBody, uploads: Sequence[Analysis], services: Services) -> NamedSeed:
    if told.track_id is not None:
        track = services.catalogue.get(told.track_id)
        seed = Seed.from_track(track, services.catalogue, services.mixer)
        return NamedSeed(seed, track.tempo, track.key, told.weight, track)
    kept = told.analysis_id is not None
    analysis = services.analyses.get(told.analysis_id or "") if kept else uploads[told.file or 0]
    seed, heard = Seed.from_analysis(analysis, services.mixer), analysis.hearing
    return NamedSeed(seed, heard.tempo, heard.key, told.weight, analysis_id=services.analyses.put(analysis))
