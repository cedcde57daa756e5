"""Energy, texture, scores and the drawing of examples."""

from __future__ import annotations

import numpy as np
import pytest

from models.crnn.vocabulary import TAGS
from training.corpus import Entry
from training.dataset import Example, draw_shares, load_examples, split
from training.energy import EnergyScale, measures
from training.features import Features
from training.scores import neighbour_precision, rank_agreement, tag_areas, tag_scores, teacher_agreement
from training.texture import Texture, Views

EMPTY = np.zeros((0, 0), dtype=np.float16)


def steady(n_frames: int = 231, db: float = -40.0) -> np.ndarray:
    return np.full((n_frames, 128), db, dtype=np.float32)


def pulsing(n_frames: int = 231, depth_db: float = 30.0) -> np.ndarray:
    mel = steady(n_frames)
    mel[::16] += depth_db
    return mel


def entry(i: int, *tags: str, corpus: str = "real", group: str | None = None, **more) -> Entry:
    return Entry(f"{corpus}{i}", corpus, group or f"g{i}", "dev", tags, **more)


def test_measures_rise_with_what_they_are_named_after():
    quiet, loud = measures(steady(db=-40)), measures(steady(db=-34))
    assert loud[0] - quiet[0] == pytest.approx(6.0, abs=1e-3)
    assert measures(pulsing())[1] > measures(pulsing(depth_db=10))[1] > measures(steady())[1] == 0
    bright = steady()
    bright[:, 64:] += 20
    assert measures(bright)[2] > measures(steady())[2] == pytest.approx(63.5, abs=0.1)


def test_energy_rises_with_loudness_and_onsets(rng):
    corpus = [(rng.normal(rng.uniform(-60, -20), rng.uniform(1, 8), (600, 128))).astype(np.float16) for _ in range(20)]
    scale = EnergyScale.fit(corpus)
    assert scale.percentiles.shape == (3, 101) and (np.diff(scale.percentiles, axis=1) >= 0).all()
    noise = rng.normal(0, 3, (231, 128)).astype(np.float32)
    by_loudness = [scale.energy(noise + db) for db in (-90, -60, -50, -40, -30, -20, 10)]
    assert by_loudness == sorted(by_loudness) and by_loudness[-1] - by_loudness[0] > 0.3
    by_onsets = [scale.energy(noise * spread - 40) for spread in (0.1, 0.5, 1.0, 2.0)]
    assert by_onsets == sorted(by_onsets) and by_onsets[0] < by_onsets[-1]
    assert min(by_loudness + by_onsets) >= 0.0 and max(by_loudness + by_onsets) <= 1.0


def test_short_recordings_have_energy_too(rng):
    scale = EnergyScale.fit([rng.normal(-40, 5, (50, 128)).astype(np.float16) for _ in range(3)])
    assert np.isfinite(scale.percentiles).all()


def views(rng, n: int) -> Views:
    """Stretches of two kinds that every teacher tells apart."""
    kind = np.arange(n)[:, None] % 2
    return Views(*(rng.normal(0, 0.3, (n, dim)).astype(np.float32) + kind for dim in (384, 50, 50, len(TAGS))))


def test_texture_puts_what_sounds_alike_together(rng):
    seen, new = views(rng, 60), views(rng, 10)
    vectors = Texture.fit(seen, 16)(new)
    assert vectors.shape == (10, 16) and vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    similarity = vectors @ vectors.T
    same = np.arange(10)[:, None] % 2 == np.arange(10) % 2
    assert similarity[same].min() > similarity[~same].max()


def test_agreement_with_the_teachers_is_correlation(rng):
    entries = [entry(i) for i in range(12)] + [entry(0, corpus="studio")]
    evidence = {e.id: (np.zeros(1), rng.normal(0, 1, (1, len(TAGS))).astype(np.float32)) for e in entries[:-1]}
    heard = np.concatenate([*(evidence[e.id][1] for e in entries[:-1]), np.zeros((1, len(TAGS)))]).astype(np.float32)
    everything = np.ones(len(TAGS), dtype=bool)
    assert teacher_agreement(entries, 3 * heard + 1, evidence, everything) == pytest.approx(
        {"agreement_genre": 1.0, "agreement_instrument": 1.0}
    )
    assert rank_agreement(entries, heard / np.linalg.norm(heard + 1e-9, axis=1, keepdims=True), evidence) == 1.0


def test_examples_have_the_targets_of_their_corpus(made_up):
    examples = load_examples(made_up.cache, ["real", "studio", "midi"], ["mel96"], made_up.teachers)
    assert len(examples) == 24 and {e.features.mel128.size for e in examples} == {0}
    assert all((e.targets is None) == (e.entry.corpus == "midi") for e in examples)
    assert all(e.targets is None for e in load_examples(made_up.cache, ["real"], ["mel96"], None))
    assert {e.entry.split for e in split(examples, "dev")} == {"dev"}


def test_draw_shares_by_kind_and_length():
    entries = [entry(0), entry(1, generated=True), entry(2, corpus="studio"), entry(3), entry(4)]
    examples = [Example(e, Features(EMPTY, EMPTY, EMPTY), None) for e in entries]
    seconds = np.array([30.0, 30.0, 30.0, 600.0, 1.0])
    shares = draw_shares(examples, {"recorded": 2.0, "studio": 0.5}, seconds)
    assert shares.sum() == pytest.approx(1.0)
    np.testing.assert_allclose(shares / shares[1], [2.0, 1.0, 0.5, 4.0, 2 * 8 / 30])


def test_tag_areas():
    house, rock = TAGS.index("genre---house"), TAGS.index("genre---rock")
    entries = [entry(i, "genre---house" if i < 4 else "genre---rock") for i in range(8)]
    entries += [entry(8, "genre---house", stem=True), entry(9, "instrument---piano"), entry(10)]
    scores = np.zeros((11, len(TAGS)), dtype=np.float32)
    scores[:4, house] = 1.0  # perfect
    scores[[4, 5, 0, 1], rock] = 1.0  # chance
    scores[8, house] = -9.0  # a stem's genre does not count
    areas = tag_areas(entries, scores, "real", "genre")
    assert areas["genre---house"] == 1.0 and areas["genre---rock"] == 0.5
    assert areas["genre---electronic"] == 0.5  # implied by house
    assert tag_areas(entries, scores, "studio", "genre") == {}
    assert tag_scores(entries, scores) == {"auc_real_genre": pytest.approx(2 / 3)}


def test_neighbour_precision_is_of_other_groups():
    entries = [entry(i, f"genre---{'house' if i < 6 else 'rock'}", group=f"g{i // 2}") for i in range(12)]
    embeddings = np.repeat(np.eye(2, dtype=np.float32), 6, axis=0)
    assert neighbour_precision(entries, embeddings, k=4) == 1.0
    assert neighbour_precision(entries, embeddings, k=10) == pytest.approx(0.4)
    assert neighbour_precision(entries[:2], embeddings[:2]) == 0.0
    assert neighbour_precision([entry(0)], embeddings[:1]) == 0.0
