"""A made-up cache with teachers: a few short recordings of each corpus, cheap enough to train on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from models.crnn.vocabulary import TAGS
from training.corpus import Entry, append_to_manifest
from training.features import Features
from training.scenes import CHUNKS_PER_SCENE, SCENE_SAMPLES
from training.targets import TEACHERS

SECONDS = 16
N_SCENE_FRAMES = SCENE_SAMPLES // 256 + 1
GENRES = ("genre---house", "genre---rock", "genre---jazz", "genre---folk")
CRNN_CONFIG = """
[network]
n_channels = 4
hidden_size = 8
[loop]
n_steps = 3
warmup_steps = 1
report_every = 2
[data]
corpora = ["real", "studio"]
batch_scenes = 3
batch_labelled = 2
dropout = 0.2
balance = 0.5
recorded = 2.0
generated = 1.0
studio = 0.8
seed = 20
"""
SHORT_CHUNK_RES_CONFIG = """
[network]
n_channels = 4
embedding_dim = 8
[trunk]
batch_scenes = 4
seed = 21
[trunk.loop]
n_steps = 3
warmup_steps = 1
report_every = 2
[tags]
corpora = ["real", "studio"]
batch_scenes = 6
batch_labelled = 4
balance = 0.4
recorded = 2.0
generated = 1.0
studio = 2.0
seed = 33
[tags.loop]
n_steps = 3
warmup_steps = 1
report_every = 2
bfloat16 = false
[tempo]
corpora = ["real", "studio", "midi"]
batch_size = 4
crop_seconds = [3.69, 5.0]
seed = 22
[tempo.loop]
n_steps = 3
warmup_steps = 1
report_every = 2
[key]
corpora = ["real", "studio", "midi"]
batch_size = 4
crop_seconds = [3.69, 5.0]
seed = 23
[key.loop]
n_steps = 3
warmup_steps = 1
report_every = 2
"""


@dataclass(frozen=True)
class MadeUp:
    """Where everything that training reads lies."""

    cache: Path
    teachers: Path
    crnn_config: Path
    short_chunk_res_config: Path


@pytest.fixture(scope="session")
def made_up(tmp_path_factory: pytest.TempPathFactory) -> MadeUp:
    root = tmp_path_factory.mktemp("training")
    rng = np.random.default_rng(7)
    entries = made_up_entries()
    for entry in entries:
        made_up_features(rng, entry).save(entry.features_path(root / "cache"))
        append_to_manifest(root / "cache", entry)
    real = [entry.id for entry in entries if entry.corpus == "real"]
    write_teachers(root / "teachers", real, rng)
    for number in range(2):
        write_shard(root / "cache" / "scenes" / f"{number:04d}", rng)
    (root / "crnn.toml").write_text(CRNN_CONFIG)
    (root / "short_chunk_res.toml").write_text(SHORT_CHUNK_RES_CONFIG)
    return MadeUp(root / "cache", root / "teachers", root / "crnn.toml", root / "short_chunk_res.toml")


def made_up_entries() -> list[Entry]:
    """Twelve real, eight studio, four MIDI recordings; every third is for development."""
    entries = []
    for corpus, n in (("real", 12), ("studio", 8), ("midi", 4)):
        for i in range(n):
            entries.append(
                Entry(
                    id=f"{corpus}-{i}",
                    corpus=corpus,
                    group=f"{corpus}-{i}",
                    split="dev" if i % 3 == 2 else "train",
                    tags=(GENRES[i % 4], "instrument---piano") if corpus != "midi" else (),
                    bpm=90.0 + 7 * i,
                    bpm_trust="octave_unknown" if corpus == "real" and i % 4 == 0 else "exact",
                    key=(5 * i) % 24,
                    key_weight=1.0,
                    generated=corpus == "real" and i % 2 == 1,
                )
            )
    return entries


def made_up_features(rng: np.random.Generator, entry: Entry) -> Features:
    """Noise around -40 dB with a pulse at the tempo."""
    n = round(SECONDS * 62.5) + 1
    pulse = 20.0 * (np.arange(n) % round(62.5 * 60 / (entry.bpm or 120)) < 3)
    return Features(
        mel96=(rng.normal(-40, 5, (n, 96)) + pulse[:, None]).astype(np.float16),
        mel128=(rng.normal(-40, 5, (n, 128)) + pulse[:, None]).astype(np.float16),
        log_frequency=rng.uniform(0, 3, (126, 252)).astype(np.float16),
    )


def write_teachers(folder: Path, tracks: list[str], rng: np.random.Generator) -> None:
    """Two rows of random scores per track and teacher."""
    folder.mkdir()
    ids, starts = np.repeat(tracks, 2), np.tile([0.0, 10.0], len(tracks))
    for name in TEACHERS:
        labels = labels_of(name)
        scores = rng.uniform(0.01, 0.9, (len(ids), len(labels))).astype(np.float32)
        np.savez(folder / f"{name}.npz", track=ids, start_seconds=starts, labels=np.array(labels), scores=scores)


def labels_of(teacher: str) -> list[str]:
    """Labels that mean something to us, and those that bound AudioSet's music."""
    named = sorted({label for labels in TEACHERS[teacher][0].values() for label in labels} - {"Singing"})
    return ["Singing", "Humming", "Music", *named, "Scary music"] if teacher == "audioset" else named


def write_shard(folder: Path, rng: np.random.Generator, n_scenes: int = 8) -> None:
    """Noise that teachers say random things about."""
    folder.mkdir(parents=True)
    scores = {teacher: rng.normal(-3, 2, (n_scenes, len(labels_of(teacher)))) for teacher in TEACHERS}
    embedding = rng.normal(0, 1, (n_scenes, CHUNKS_PER_SCENE, 384))
    mels = {f"mel{n}": rng.normal(-40, 5, (n_scenes, N_SCENE_FRAMES, n)) for n in (96, 128)}
    for name, array in {**mels, **scores, "embedding": embedding}.items():
        np.save(folder / f"{name}.npy", array.astype(np.float16))


assert set(GENRES) <= set(TAGS)
