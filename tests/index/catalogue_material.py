"""Made-up tracks for the catalogue's tests; also imported by the scripts that run as processes of their own."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np

from segue.analyse import features
from segue.bars import BarGrid
from segue.key import Key, KeyCandidate, KeyEstimate
from segue.mixer import LAYOUT, Mixer
from segue.ports import NewTrack, Space
from segue.tags import TagScores, TagVocabulary
from segue.tempo import TempoCandidate, TempoEstimate
from segue.track import Analysis, Description, Hearing

SOUND_DIM = 12
ARTISTS = ("Someone", "SOMEONE", "Björk", None, "Aria Vale")
# 70 tags, so that the bits of one track take more than one 64-bit word
VOCABULARY = TagVocabulary(
    labels=tuple(f"genre---g{i:02d}" for i in range(40)) + tuple(f"instrument---i{i:02d}" for i in range(30)),
    thresholds=tuple(0.3 + 0.005 * i for i in range(70)),
)
MIXER = Mixer(SOUND_DIM, len(VOCABULARY.labels))
SPACE = Space("crnn@000000000001", "short_chunk_res@000000000001", LAYOUT, MIXER.dim)


def new_track(seed: int, *, path: str | None = None, content: int | None = None, tags=None, vector=None) -> NewTrack:
    """A whole track; the same seed gives the same one, the same ``content`` the same recording."""
    rng = np.random.default_rng(seed)
    scores = rng.random(len(VOCABULARY.labels), dtype=np.float32) ** 4 if tags is None else tags
    rows = rng.normal(size=(3 + seed % 3, SOUND_DIM)).astype(np.float32)
    hearing = Hearing(
        chunk_embeddings=rows / np.linalg.norm(rows, axis=1, keepdims=True),
        tempo=TempoEstimate(round(60 + 120 * rng.random(), 1), 0.7, (TempoCandidate(64.5, 0.2),)),
        key=KeyEstimate(Key.from_index(seed % 24), 0.6, (KeyCandidate(Key(3, "major"), 0.1),)),
        energy=float(rng.random()),
        bars=BarGrid(2.0 * np.arange(30, dtype=np.float32), rng.random(30, dtype=np.float32), seed % 8, 0.8),
        codes=np.stack([rng.integers(0, 16, len(rows)), 16 + rng.integers(0, 4, len(rows))], axis=1).astype(np.int16),
    )
    digest = hashlib.sha256(str(seed if content is None else content).encode()).hexdigest()
    analysis = Analysis(digest, 60.0 + seed, TagScores(VOCABULARY, scores), hearing)
    if vector is None:
        vector = MIXER.encode(features(analysis))
    return NewTrack(analysis, Description(f"Track {seed}", ARTISTS[seed % len(ARTISTS)], None, path), vector)


def space_of_version(version: int) -> Space:
    """The space of the catalogue file kept for a schema version."""
    if version == 1:
        return replace(SPACE, layout="sound-tags-tempo-key-energy/1", dim=SPACE.dim - SOUND_DIM)
    return SPACE


def fixture_path(version: int) -> Path:
    """The catalogue file kept for a schema version."""
    return Path(__file__).parent / "fixtures" / f"catalogue_v{version}.sqlite"
