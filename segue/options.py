"""Options: how to recommend, and where a page of results ended."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from segue.diversity import Diversity
from segue.errors import InvalidRequest
from segue.limits import Limits
from segue.mixer import Weights
from segue.tags import TagGate

MAX_LIMIT = 100
PAGE_WITHOUT_LIMIT = 1000  # results at once when all above a threshold are asked for

Match = Literal["track", "segment", "segue"]


@dataclass(frozen=True)
class Place:
    """Where a page of results ended, so that the next one goes on there.

    Attributes:
        until_id: the newest track when the first page was asked for; later ones are not seen.
        step: how the gate was applied.
        score: of the last result.
        track_id: of the last result.
        rank: of the last result.
    """

    until_id: str
    step: str
    score: float
    track_id: str
    rank: int


@dataclass(frozen=True)
class Options:
    """How to recommend.

    Attributes:
        limit: number of results, 1 to 100; None for everything from ``min_similarity`` upwards, 1,000 at once.
        min_similarity: results below are left out, in [0, 1].
        gate: what results must share with the seed.
        weights: how much each axis counts.
        limits: what results must meet whatever their similarity.
        diversity: what keeps results apart.
        match: ``track`` compares whole tracks; ``segment`` ranks by the stretch of each track that is
            most alike; ``segue`` compares how the seed ends with how tracks begin.
        after: where the last page ended.
        epsilon: in [0, 1]: ranks the 1,000 nearest by TF-IDF vectors of their sound, see :mod:`segue.feel`, from fine
            differences (0) to coarse ones; None, like 1, takes plain means. Only where whole tracks are compared.

    Raises:
        InvalidRequest: a number out of range, no limit and no threshold, or an epsilon where no whole tracks are
            compared.
    """

    limit: int | None = 10
    min_similarity: float = 0.0
    gate: TagGate = field(default_factory=TagGate)
    weights: Weights = field(default_factory=Weights)
    limits: Limits = field(default_factory=Limits)
    diversity: Diversity = field(default_factory=Diversity)
    match: Match = "track"
    after: Place | None = None
    epsilon: float | None = None

    def __post_init__(self) -> None:
        if self.limit is not None and not 1 <= self.limit <= MAX_LIMIT:
            raise InvalidRequest(f"limit is {self.limit}; it must be 1 to {MAX_LIMIT}.")
        if not 0 <= self.min_similarity <= 1:
            raise InvalidRequest(f"min_similarity is {self.min_similarity}; it must be in [0, 1].")
        if self.limit is None and self.min_similarity == 0:
            raise InvalidRequest("limit is null, so min_similarity must say where to stop; it must be above 0.")
        if self.epsilon is not None and not 0 <= self.epsilon <= 1:
            raise InvalidRequest(f"epsilon is {self.epsilon}; it must be in [0, 1].")
        if self.epsilon is not None and self.match != "track":
            raise InvalidRequest(f"epsilon weighs whole tracks, but match is {self.match!r}; leave one of them out.")

    @property
    def page_size(self) -> int:
        """How many results at once."""
        return PAGE_WITHOUT_LIMIT if self.limit is None else self.limit

    @property
    def looks_inside(self) -> bool:
        """Whether the nearest tracks are ranked anew by their chunks."""
        return self.match == "segment" or self.epsilon not in (None, 1.0)

    @property
    def effective_weights(self) -> Weights:
        """The weights as ranked by: for ``segue``, the sound's weight goes to how it follows unless that has one."""
        if self.match == "segue" and self.weights.segue == 0:
            return replace(self.weights, segue=self.weights.sound, sound=0.0)
        return self.weights
