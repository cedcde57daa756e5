from __future__ import annotations

import numpy as np
import pytest

from models.crnn.vocabulary import TAGS
from segue.tags import category_of
from training.targets import (
    AUDIOSET,
    COMMON,
    JAMENDO,
    LABEL_FLOOR,
    MSD,
    PRIOR,
    SOFT_LABEL_FLOOR,
    UNNAMED_GENRE_FACTOR,
    Labels,
    Panel,
    TagTargets,
    exact_targets,
    real_targets,
    with_implied,
)

COLUMN = {tag: i for i, tag in enumerate(TAGS)}
GENRE_COLUMNS = [i for tag, i in COLUMN.items() if category_of(tag) == "genre"]
TRACKS = [f"t{i}" for i in range(40)]


@pytest.fixture(scope="module")
def teachers(tmp_path_factory):
    """Three teachers who hear techno in ``t0`` from 10 s on, and agree on nothing else."""
    folder, rng = tmp_path_factory.mktemp("teachers"), np.random.default_rng(3)
    for name, mapping, n_rows in (("audioset", AUDIOSET, 2), ("jamendo", JAMENDO, 2), ("msd", MSD, 1)):
        labels = sorted({label for labels in mapping.values() for label in labels})
        ids, starts = np.repeat(TRACKS, n_rows), np.tile(np.arange(n_rows) * 10.0, len(TRACKS))
        scores = rng.uniform(0.01, 0.1, (len(ids), len(labels))).astype(np.float32)
        for label in mapping.get("genre---techno", ()):
            scores[(ids == "t0") & (starts == 10.0), labels.index(label)] = 0.95
        order = rng.permutation(len(ids))  # rows may come in any order
        np.savez(
            folder / f"{name}.npz",
            track=ids[order],
            start_seconds=starts[order],
            labels=np.array(labels),
            scores=scores[order],
        )
    return folder


@pytest.fixture(scope="module")
def evidence(teachers):
    return Panel.fit(teachers)


def targets_of(evidence, track: str, labels: Labels) -> TagTargets:
    return real_targets(*evidence, {track: labels})[track]


def test_evidence_is_on_the_first_teachers_grid_and_one_scale(evidence):
    panel, scores = evidence
    taught = panel.taught
    assert set(scores) == set(TRACKS)
    starts, z = scores["t0"]
    np.testing.assert_array_equal(starts, [0.0, 10.0])
    assert z[1, COLUMN["genre---techno"]] > 4 > z[0, COLUMN["genre---techno"]]
    rows = np.concatenate([z for _, z in scores.values()])
    np.testing.assert_allclose(rows[:, taught].std(axis=0), 1.0, atol=1e-3)
    assert not rows[:, ~taught].any()
    assert taught[COLUMN["genre---techno"]] and not taught[COLUMN["genre---trap"]]


def test_evidence_of_other_audio_is_on_the_same_scale(teachers, evidence):
    panel, scores = evidence
    logits = {}
    for name in ("audioset", "jamendo", "msd"):
        with np.load(teachers / f"{name}.npz") as file:
            row = np.flatnonzero((file["track"] == "t0") & (file["start_seconds"] == (0 if name == "msd" else 10)))
            logits[name] = np.log(file["scores"][row] / (1 - file["scores"][row]))
    np.testing.assert_allclose(panel.evidence(logits)[0], scores["t0"][1][1], atol=1e-3)


def test_a_teacher_that_never_varies_says_nothing(teachers, tmp_path):
    for path in teachers.iterdir():
        with np.load(path) as file:
            arrays = dict(file)
        np.savez(tmp_path / path.name, **{**arrays, "scores": np.full_like(arrays["scores"], 0.3)})
    _, scores = Panel.fit(tmp_path)
    assert all(np.abs(z).max() < 1e-3 for _, z in scores.values())


def test_priors_are_met_where_nothing_is_labelled(evidence):
    targets = real_targets(*evidence, {})
    mean = np.concatenate([t.probability for t in targets.values()]).mean(axis=0)
    taught = evidence[0].taught
    for tag, i in COLUMN.items():
        if taught[i]:
            assert mean[i] == pytest.approx(COMMON.get(tag, PRIOR[category_of(tag)]), abs=0.005)
            assert targets["t1"].weight[i] == 1.0
        else:
            assert targets["t1"].weight[i] <= 0.15


def test_what_teachers_hear_is_told_by_time(evidence):
    targets = targets_of(evidence, "t0", Labels(frozenset()))
    techno = COLUMN["genre---techno"]
    assert targets.at(14.0)[techno] > 0.8 > targets.at(9.0)[techno]
    np.testing.assert_array_equal(targets.at(-1.0), targets.at(0.0))


@pytest.mark.parametrize(("generated", "floor"), [(False, LABEL_FLOOR), (True, SOFT_LABEL_FLOOR)])
def test_labels_lift_themselves_and_their_parents(evidence, generated, floor):
    plain = targets_of(evidence, "t5", Labels(frozenset()))
    labels = Labels(frozenset({"genre---trap", "instrument---cello"}), generated)
    targets = targets_of(evidence, "t5", labels)
    named = [COLUMN[f"genre---{name}"] for name in ("trap", "hiphop")]
    named += [COLUMN[f"instrument---{name}"] for name in ("cello", "strings")]
    assert (targets.probability[:, named] >= np.float32(floor)).all()
    assert (targets.weight[named] == 1.0).all()
    jazz, flute = COLUMN["genre---jazz"], COLUMN["instrument---flute"]
    np.testing.assert_allclose(targets.probability[:, jazz], UNNAMED_GENRE_FACTOR * plain.probability[:, jazz])
    np.testing.assert_array_equal(targets.probability[:, flute], plain.probability[:, flute])


def test_stems_lose_their_genre_words(evidence):
    words = frozenset({"genre---jazz", "instrument---bass"})
    plain = targets_of(evidence, "t6", Labels(frozenset()))
    stem = targets_of(evidence, "t6", Labels(words, stem=True))
    np.testing.assert_array_equal(stem.probability[:, GENRE_COLUMNS], plain.probability[:, GENRE_COLUMNS])
    assert (stem.probability[:, COLUMN["instrument---bass"]] >= np.float32(LABEL_FLOOR)).all()


def test_implied_tags():
    assert with_implied(frozenset({"genre---techno", "instrument---femalevoice", "genre---unheard"})) == {
        *("genre---techno", "genre---electronic", "instrument---femalevoice", "instrument---voice")
    }


def test_exact_targets_know_everything():
    targets = exact_targets(("genre---punk", "instrument---drums"))
    high = {tag for tag, i in COLUMN.items() if targets.at(3.0)[i] > 0.9}
    assert high == {"genre---punk", "genre---rock", "instrument---drums"}
    assert (targets.weight == 1.0).all()
    assert targets.at(0.0)[COLUMN["genre---jazz"]] < 0.05
