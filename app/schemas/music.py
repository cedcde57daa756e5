"""Tempo, key and tags as they are answered."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from app.schemas.base import ResponseModel
from segue.key import Key, KeyEstimate
from segue.tags import TagScores, category_of, name_of
from segue.tempo import TempoEstimate

TagCategory = Literal["genre", "instrument"]
RelationName = Literal["same", "relative", "adjacent", "energy_boost", "diagonal", "parallel", "two_steps", "distant"]


class TempoCandidateBody(ResponseModel):
    """Another reading of a tempo."""

    bpm: float = Field(description="Beats per minute.")
    confidence: float = Field(ge=0, le=1)


class TempoBody(ResponseModel):
    """Tempo of a whole track."""

    bpm: float = Field(description="Beats per minute, to 0.1.")
    confidence: float = Field(ge=0, le=1, description="Low for music without a steady beat.")
    alternatives: list[TempoCandidateBody] = Field(description="Other readings, most likely first.")

    @classmethod
    def of(cls, tempo: TempoEstimate) -> TempoBody:
        """Body of an estimate."""
        others = [TempoCandidateBody(bpm=c.bpm, confidence=share(c.confidence)) for c in tempo.alternatives]
        return cls(bpm=tempo.bpm, confidence=share(tempo.confidence), alternatives=others)


class KeyNames(ResponseModel):
    """A key in three notations."""

    name: str = Field(description="Tonic and mode.", examples=["A minor"])
    camelot: str = Field(description="Camelot notation.", examples=["8A"])
    open_key: str = Field(description="Open Key notation.", examples=["1m"])

    @classmethod
    def of_key(cls, key: Key) -> KeyNames:
        """Names of a key."""
        return cls(name=key.name, camelot=key.camelot, open_key=key.open_key)


class KeyCandidateBody(KeyNames):
    """Another reading of a key."""

    confidence: float = Field(ge=0, le=1)


class KeyBody(KeyNames):
    """Key of a whole track."""

    confidence: float = Field(ge=0, le=1)
    alternatives: list[KeyCandidateBody] = Field(description="Other readings, most likely first.")

    @classmethod
    def of(cls, estimate: KeyEstimate) -> KeyBody:
        """Body of an estimate."""
        others = [
            KeyCandidateBody(**KeyNames.of_key(c.key).model_dump(), confidence=share(c.confidence))
            for c in estimate.alternatives
        ]
        names = KeyNames.of_key(estimate.key).model_dump()
        return cls(**names, confidence=share(estimate.confidence), alternatives=others)


class TagScoreBody(ResponseModel):
    """A tag and its score on one track."""

    tag: str = Field(description="Category and name.", examples=["genre---techno"])
    name: str = Field(examples=["techno"])
    category: TagCategory
    score: float = Field(ge=0, le=1)
    active: bool = Field(description="Whether the score reaches the tag's own threshold.")

    @classmethod
    def all_of(cls, scores: TagScores, *, only_active: bool) -> list[TagScoreBody]:
        """Tags of a track, those highest above their own threshold first."""
        labels = scores.active if only_active else scores.vocabulary.labels
        return [cls.of(scores, label) for label in scores.strongest(labels)]

    @classmethod
    def of(cls, scores: TagScores, label: str) -> TagScoreBody:
        """One tag."""
        category: TagCategory = "genre" if category_of(label) == "genre" else "instrument"
        active = label in scores.active
        score = round(share(scores.score(label)), 4)
        return cls(tag=label, name=name_of(label), category=category, score=score, active=active)


class TagBody(ResponseModel):
    """A tag of the vocabulary."""

    tag: str = Field(description="Category and name.", examples=["genre---techno"])
    name: str = Field(examples=["techno"])
    category: TagCategory
    threshold: float = Field(ge=0, le=1, description="A track has the tag when its score is at least this.")
    parent: str | None = Field(description="The genre that this one is part of.", examples=["genre---electronic"])
    track_count: int | None = Field(ge=0, description="Tracks of the catalogue that have it; null unless asked for.")


class TagsBody(ResponseModel):
    """The vocabulary."""

    tags: list[TagBody] = Field(description="By category, then name.")


class CompatibleKey(KeyNames):
    """A key beside another one."""

    relation: RelationName
    similarity: float = Field(ge=0, le=1, description="How well the two mix, as the ranking counts it.")


class CompatibleKeysBody(ResponseModel):
    """The keys that mix with a key."""

    key: KeyNames
    compatible: list[CompatibleKey] = Field(description="Best first; the key itself is among them.")


def share(value: float) -> float:
    """A score or confidence, held to [0, 1] against rounding."""
    return min(1.0, max(0.0, float(value)))
