"""Made-up tracks for the catalogue's tests; also imported by the scripts that run as processes of their own."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from segue.key import Key, KeyCandidate, KeyEstimate
from segue.mixer import LAYOUT, Features, Mixer
from segue.ports import NewTrack, Space
from segue.tags import TagScores, TagVocabulary
from segue.tempo import TempoCandidate, TempoEstimate
from segue.track import Analysis, Description, Hearing

SOUND_DIM = 12
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
    )
    digest = hashlib.sha256(str(seed if content is None else content).encode()).hexdigest()
    analysis = Analysis(digest, 60.0 + seed, TagScores(VOCABULARY, scores), hearing)
    if vector is None:
        parts = (analysis.sound, analysis.tags, hearing.tempo.bpm, hearing.key.key, hearing.energy)
        vector = MIXER.encode(Features(*parts))
    return NewTrack(analysis, Description(f"Track {seed}", "Someone", None, path), vector)


def fixture_path(version: int) -> Path:
    """The catalogue file kept for a schema version."""
    return Path(__file__).parent / "fixtures" / f"catalogue_v{version}.sqlite"
