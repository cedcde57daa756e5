"""Tags, their scores for one track, and the gate that cuts the catalogue down to tracks that share them.

A tag is written ``category---name`` as in MTG-Jamendo (Bogdanov et al. 2019), lower case without
spaces: ``genre---techno``, ``instrument---piano``. A tag is *active* when its score reaches its own
calibrated threshold, on the query and in the catalogue alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from segue.errors import InvalidRequest, UnknownTag
from segue.where import Where

CATEGORIES = ("genre", "instrument")

PARENT_GENRES: dict[str, str] = {
    **dict.fromkeys(
        (
            "ambient",
            "breakbeat",
            "chiptune",
            "downtempo",
            "drumnbass",
            "dubstep",
            "edm",
            "house",
            "synthwave",
            "techno",
            "trance",
        ),
        "electronic",
    ),
    "trap": "hiphop",
    "lofi": "hiphop",
    "metal": "rock",
    "punk": "rock",
    "disco": "funk",
    "soul": "rnb",
    "gospel": "rnb",
}
"""Child genre -> parent genre, for the gate's relaxation; genres not listed are roots."""


def category_of(label: str) -> str:
    """Category of a label, ``"genre"`` for ``"genre---techno"``."""
    return label.partition("---")[0]


def name_of(label: str) -> str:
    """Name of a label, ``"techno"`` for ``"genre---techno"``."""
    return label.partition("---")[2]


def genre_family(label: str) -> frozenset[str]:
    """The genre's root and everything declared below that root, as labels."""
    name = name_of(label)
    root = PARENT_GENRES.get(name, name)
    children = {child for child, parent in PARENT_GENRES.items() if parent == root}
    return frozenset(f"genre---{genre}" for genre in {root, *children})


@dataclass(frozen=True)
class TagVocabulary:
    """The tags a tagger scores, in order, with their calibrated thresholds.

    Attributes:
        labels: ``category---name``, unique.
        thresholds: one score in [0, 1] per label; at or above it the tag is active.

    Raises:
        ValueError: a label twice, or not one threshold per label.
    """

    labels: tuple[str, ...]
    thresholds: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(set(self.labels)) != len(self.labels):
            raise ValueError("A label is in the vocabulary twice; labels must be unique.")
        if len(self.labels) != len(self.thresholds):
            raise ValueError(f"{len(self.labels)} labels have {len(self.thresholds)} thresholds; one each is needed.")

    @cached_property
    def positions(self) -> dict[str, int]:
        """Label -> column."""
        return {label: column for column, label in enumerate(self.labels)}

    def resolve(self, text: str) -> str:
        """Label for ``"genre---techno"`` or plain ``"techno"``.

        Raises:
            UnknownTag: the vocabulary has no such tag.
        """
        if text in self.positions:
            return text
        for category in CATEGORIES:
            if f"{category}---{text}" in self.positions:
                return f"{category}---{text}"
        raise UnknownTag(f"There is no tag {text!r}; GET /v1/tags lists the {len(self.labels)} tags there are.")


@dataclass(frozen=True)
class TagScores:
    """Scores of one whole track.

    Attributes:
        vocabulary: what the columns mean.
        scores: ``(n_tags,)`` float32 in [0, 1].
    """

    vocabulary: TagVocabulary
    scores: NDArray[np.float32]

    @cached_property
    def active(self) -> frozenset[str]:
        """Labels whose score reaches their threshold."""
        pairs = zip(self.vocabulary.labels, self.scores, self.vocabulary.thresholds, strict=True)
        return frozenset(label for label, score, threshold in pairs if score >= threshold)

    def with_second_opinion(self, opinion: Mapping[str, float]) -> TagScores:
        """The mean of both where another listener scores a tag too; other tags as they are.

        Args:
            opinion: label -> score in [0, 1]; labels that the vocabulary lacks are passed over.
        """
        if not opinion:
            return self
        pairs = zip(self.vocabulary.labels, self.scores.tolist(), strict=True)
        means = [0.5 * (score + opinion.get(label, score)) for label, score in pairs]
        return TagScores(self.vocabulary, np.array(means, dtype=np.float32))

    def relative(self) -> NDArray[np.float32]:
        """Scores with every threshold moved to 0.5 on the log-odds scale, ``(n_tags,)`` float32 in [0, 1].

        Makes scores of tags with different thresholds comparable.
        """
        scores = np.clip(self.scores.astype(np.float64), 1e-4, 1 - 1e-4)
        thresholds = np.clip(np.asarray(self.vocabulary.thresholds), 1e-4, 1 - 1e-4)
        odds = scores / (1 - scores) * (1 - thresholds) / thresholds
        relative: NDArray[np.float32] = (odds / (1 + odds)).astype(np.float32)
        return relative

    def score(self, label: str) -> float:
        """Score of one label."""
        return float(self.scores[self.vocabulary.positions[label]])

    def strongest(self, labels: Iterable[str]) -> tuple[str, ...]:
        """The given labels, highest score relative to its threshold first."""
        relative = self.relative()
        order = self.vocabulary.positions
        return tuple(sorted(labels, key=lambda label: (-float(relative[order[label]]), label)))


OnEmpty = Literal["relax", "keep"]


@dataclass(frozen=True)
class TagGate:
    """What a track must share with the query to be considered at all.

    Attributes:
        categories: categories whose tags count as shared.
        min_shared: how many active tags a track must share with the query; 0 turns the gate off.
            A query with fewer active tags asks for all it has.
        include: labels a track must have active: any or all of them, by ``include_mode``.
        exclude: labels none of which a track may have active.
        include_mode: ``"any"`` or ``"all"``.
        on_empty: ``"relax"`` loosens the gate step by step when fewer tracks pass than were asked
            for, ``"keep"`` never does. ``include`` and ``exclude`` are never loosened.
    """

    categories: tuple[str, ...] = CATEGORIES
    min_shared: int = 2
    include: frozenset[str] = field(default_factory=frozenset)
    exclude: frozenset[str] = field(default_factory=frozenset)
    include_mode: Literal["any", "all"] = "any"
    on_empty: OnEmpty = "relax"

    def __post_init__(self) -> None:
        if self.min_shared < 0:
            raise InvalidRequest(f"min_shared is {self.min_shared}; it must be 0 or more.")
        if both := sorted(self.include & self.exclude):
            raise InvalidRequest(f"The tag {both[0]!r} is both included and excluded; leave it out of one.")
        if self.min_shared and not self.categories:
            raise InvalidRequest(
                f"No category counts as shared; name {' or '.join(CATEGORIES)}, or set min_shared to 0."
            )
        unknown = sorted(set(self.categories) - set(CATEGORIES))
        if unknown:
            raise InvalidRequest(f"There is no tag category {unknown[0]!r}; known are {', '.join(CATEGORIES)}.")

    def steps(self, query: TagScores, base: Where) -> list[tuple[str, Where]]:
        """The gate as asked, then ever looser ones: ``(name of the step, filter)``.

        Names: ``"as_asked"``, ``"min_shared=N"``, ``"parent_genre"``, ``"off"``.
        """
        shareable = frozenset(label for label in query.active if category_of(label) in self.categories)
        base = base.with_tags(self.include, self.include_mode, self.exclude)
        asked = min(self.min_shared, len(shareable))
        steps = [("as_asked", base.sharing(shareable, asked))]
        if asked == 0 or self.on_empty == "keep":
            return steps
        steps += [(f"min_shared={n}", base.sharing(shareable, n)) for n in range(asked - 1, 0, -1)]
        family: frozenset[str] = frozenset()
        for label in shareable:
            if category_of(label) == "genre":
                family |= genre_family(label)
        if family:
            steps.append(("parent_genre", base.sharing(family | shareable, 1)))
        return [*steps, ("off", base)]
