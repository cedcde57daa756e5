"""Made-up tracks, tags and catalogues for the domain's tests."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np

from segue.analyse import features
from segue.fakes import MemoryCatalogue
from segue.key import Key, KeyEstimate
from segue.mixer import LAYOUT, Features, Mixer
from segue.ports import NewTrack, Space
from segue.seed import Seed
from segue.tags import TagScores, TagVocabulary
from segue.tempo import TempoEstimate
from segue.track import Analysis, Description, Hearing

SOUND_DIM = 8
VOCABULARY = TagVocabulary(
    labels=(
        "genre---electronic",
        "genre---hiphop",
        "genre---house",
        "genre---jazz",
        "genre---techno",
        "genre---trap",
        "instrument---bass",
        "instrument---drums",
        "instrument---piano",
        "instrument---strings",
    ),
    thresholds=(0.5, 0.3, 0.25, 0.6, 0.35, 0.1, 0.7, 0.5, 0.05, 0.45),
)
MIXER = Mixer(SOUND_DIM, len(VOCABULARY.labels))
SPACE = Space("tagger@1", "embedder@1", LAYOUT, MIXER.dim)


def digest(name: object) -> str:
    return hashlib.sha256(str(name).encode()).hexdigest()


def labels(*names: str) -> frozenset[str]:
    return frozenset(VOCABULARY.resolve(name) for name in names)


def tag_scores(*active: str) -> TagScores:
    """The named tags well above their thresholds, all others well below."""
    wanted = labels(*active)
    pairs = zip(VOCABULARY.labels, VOCABULARY.thresholds, strict=True)
    scores = [(1 + t) / 2 if label in wanted else t / 2 for label, t in pairs]
    return TagScores(VOCABULARY, np.array(scores, dtype=np.float32))


def random_tags(rng: np.random.Generator) -> TagScores:
    return TagScores(VOCABULARY, rng.random(len(VOCABULARY.labels), dtype=np.float32) ** 2)


def analysis(seed: int, tags: TagScores | None = None, recording: object = None) -> Analysis:
    """Everything heard in a track; the same seed gives the same one."""
    rng = np.random.default_rng(seed)
    drawn_tags = random_tags(rng)
    rows = rng.normal(size=(3, SOUND_DIM)).astype(np.float32)
    hearing = Hearing(
        chunk_embeddings=rows / np.linalg.norm(rows, axis=1, keepdims=True),
        tempo=TempoEstimate(round(60 + 120 * rng.random(), 1), 0.7),
        key=KeyEstimate(Key.from_index(int(rng.integers(24))), 0.6),
        energy=float(rng.random()),
    )
    return Analysis(digest(seed if recording is None else recording), 60.0, tags or drawn_tags, hearing)


def features_of(heard: Analysis) -> Features:
    return features(heard)


def new_track(seed: int, tags: TagScores | None = None, recording: object = None) -> NewTrack:
    heard = analysis(seed, tags, recording)
    return NewTrack(heard, Description(title=f"Track {seed}"), MIXER.encode(features_of(heard)))


def vector(seed: int) -> np.ndarray:
    return new_track(seed).vector


def seed_track(number: int = 0, tags: TagScores | None = None) -> Seed:
    return Seed.from_analysis(analysis(number, tags), MIXER)


def catalogue_of(tracks: Iterable[NewTrack]) -> MemoryCatalogue:
    catalogue = MemoryCatalogue(SPACE, VOCABULARY)
    for track in tracks:
        catalogue.add(track)
    return catalogue


def dj_track(
    number: int,
    bpm: float,
    key: str | Key,
    energy: float = 0.5,
    *,
    artist: str | None = None,
    seconds: float = 240.0,
    sounds_like: int | None = None,
    tags: TagScores | None = None,
) -> NewTrack:
    """A track of known tempo, key and energy; the same ``sounds_like`` gives nearly the same sound."""
    rng = np.random.default_rng(number if sounds_like is None else sounds_like)
    rows = rng.normal(size=(3, SOUND_DIM)) + 0.01 * np.random.default_rng(number).normal(size=(3, SOUND_DIM))
    hearing = Hearing(
        chunk_embeddings=(rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32),
        tempo=TempoEstimate(bpm, 0.9),
        key=KeyEstimate(key if isinstance(key, Key) else Key.parse(key), 0.9),
        energy=energy,
    )
    heard = Analysis(digest(f"dj {number}"), seconds, tags or tag_scores("techno", "drums"), hearing)
    return NewTrack(heard, Description(f"Track {number}", artist), MIXER.encode(features_of(heard)))
