"""Soft tag targets for real music: teachers' scores, catalogue labels and prompts on one scale.

Published taggers know most of our tags under other names. Their scores are put on a common scale per
tag (a z-score of the logits over the corpus, since teachers dilute scores differently), averaged, and turned into
a probability so that a tag's expected share of the corpus matches a prior. Labels then lift what they name and, weakly,
lower what they leave out: a missing word means unknown rather than absent.

A target is a pair: the probability, and the weight with which the loss counts it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.crnn.vocabulary import TAGS
from segue.tags import PARENT_GENRES, category_of, name_of

Array = NDArray[np.float32]

AUDIOSET: Mapping[str, tuple[str, ...]] = {
    "genre---ambient": ("Ambient music", "New-age music"),
    "genre---blues": ("Blues",),
    "genre---chiptune": ("Video game music",),
    "genre---classical": ("Classical music", "Opera", "Orchestra"),
    "genre---country": ("Country", "Bluegrass"),
    "genre---disco": ("Disco",),
    "genre---drumnbass": ("Drum and bass",),
    "genre---dubstep": ("Dubstep",),
    "genre---edm": ("Electronic dance music",),
    "genre---electronic": ("Electronic music", "Electronica"),
    "genre---folk": ("Folk music", "Traditional music"),
    "genre---funk": ("Funk",),
    "genre---gospel": ("Gospel music", "Christian music"),
    "genre---hiphop": ("Hip hop music",),
    "genre---house": ("House music",),
    "genre---jazz": ("Jazz", "Swing music"),
    "genre---latin": ("Music of Latin America", "Salsa music"),
    "genre---metal": ("Heavy metal",),
    "genre---pop": ("Pop music",),
    "genre---punk": ("Punk rock",),
    "genre---reggae": ("Reggae", "Ska"),
    "genre---rnb": ("Rhythm and blues",),
    "genre---rock": ("Rock music", "Rock and roll", "Progressive rock"),
    "genre---soul": ("Soul music",),
    "genre---soundtrack": ("Soundtrack music", "Theme music"),
    "genre---techno": ("Techno",),
    "genre---trance": ("Trance music",),
    "genre---world": ("Music of Asia", "Music of Africa", "Middle Eastern music", "Carnatic music"),
    "instrument---accordion": ("Accordion",),
    "instrument---acousticguitar": ("Acoustic guitar",),
    "instrument---bass": ("Bass guitar", "Double bass"),
    "instrument---brass": ("Brass instrument", "Trombone", "French horn", "Trumpet"),
    "instrument---cello": ("Cello",),
    "instrument---choir": ("Choir",),
    "instrument---clarinet": ("Clarinet",),
    "instrument---drummachine": ("Drum machine",),
    "instrument---drums": ("Drum kit", "Drum", "Snare drum", "Bass drum"),
    "instrument---electricguitar": ("Electric guitar",),
    "instrument---electricpiano": ("Electric piano",),
    "instrument---femalevoice": ("Female singing",),
    "instrument---flute": ("Flute",),
    "instrument---harp": ("Harp",),
    "instrument---malevoice": ("Male singing",),
    "instrument---mallets": ("Mallet percussion", "Marimba, xylophone", "Vibraphone", "Glockenspiel"),
    "instrument---organ": ("Organ", "Electronic organ", "Hammond organ"),
    "instrument---percussion": ("Percussion", "Tabla", "Tambourine", "Maraca"),
    "instrument---piano": ("Piano",),
    "instrument---saxophone": ("Saxophone",),
    "instrument---sitar": ("Sitar",),
    "instrument---strings": ("Bowed string instrument", "String section"),
    "instrument---synthesizer": ("Synthesizer", "Sampler"),
    "instrument---trumpet": ("Trumpet",),
    "instrument---violin": ("Violin, fiddle",),
    "instrument---voice": ("Singing", "Song", "Vocal music", "Male singing", "Female singing"),
}
JAMENDO: Mapping[str, tuple[str, ...]] = {
    tag: (tag,)
    for tag in TAGS
    if name_of(tag)
    in {
        *("ambient", "classical", "downtempo", "electronic", "experimental", "folk", "funk", "hiphop", "house", "jazz"),
        *("metal", "pop", "reggae", "rock", "soundtrack", "techno", "trance", "world", "acousticguitar", "bass"),
        *("drummachine", "drums", "electricguitar", "electricpiano", "piano", "strings", "synthesizer", "violin"),
        "voice",
    }
}
MSD: Mapping[str, tuple[str, ...]] = {
    "genre---ambient": ("ambient",),
    "genre---blues": ("blues",),
    "genre---country": ("country",),
    "genre---electronic": ("electronic", "electronica", "electro"),
    "genre---experimental": ("experimental",),
    "genre---folk": ("folk",),
    "genre---funk": ("funk",),
    "genre---hiphop": ("Hip-Hop",),
    "genre---house": ("House",),
    "genre---jazz": ("jazz",),
    "genre---metal": ("metal", "heavy metal"),
    "genre---pop": ("pop",),
    "genre---punk": ("punk",),
    "genre---rnb": ("rnb",),
    "genre---rock": ("rock", "hard rock", "classic rock"),
    "genre---soul": ("soul",),
    "instrument---femalevoice": ("female vocalists", "female vocalist"),
    "instrument---malevoice": ("male vocalists",),
}
TEACHERS: Mapping[str, tuple[Mapping[str, tuple[str, ...]], float]] = {
    "audioset": (AUDIOSET, 2.0),
    "jamendo": (JAMENDO, 1.0),
    "msd": (MSD, 1.0),
}
"""Teacher -> what it calls our tags, and how much it counts: the best genre ears count double."""

PRIOR = {"genre": 0.06, "instrument": 0.10}  # share of the corpus that carries a tag, where nothing is known
COMMON = {
    "genre---electronic": 0.3,
    "genre---pop": 0.15,
    "genre---rock": 0.15,
    "genre---soundtrack": 0.15,
    "instrument---drums": 0.5,
    "instrument---bass": 0.4,
    "instrument---synthesizer": 0.35,
    "instrument---voice": 0.3,
    "instrument---piano": 0.2,
    "instrument---electricguitar": 0.2,
    "instrument---acousticguitar": 0.15,
    "instrument---strings": 0.2,
    "instrument---drummachine": 0.25,
    "instrument---percussion": 0.2,
}
SHARPNESS = 1.8  # logits per standard deviation of the averaged z-score
LABEL_FLOOR = 0.9  # a named tag is there
SOFT_LABEL_FLOOR = 0.75  # a prompt asked for it
UNNAMED_GENRE_FACTOR = 0.6  # other genres were named, this one was not
IMPLIED = {
    "instrument---violin": "instrument---strings",
    "instrument---cello": "instrument---strings",
    "instrument---trumpet": "instrument---brass",
    "instrument---malevoice": "instrument---voice",
    "instrument---femalevoice": "instrument---voice",
    "instrument---choir": "instrument---voice",
    "instrument---synthbass": "instrument---bass",
}


@dataclass(frozen=True)
class TagTargets:
    """Targets of one recording at several places.

    Attributes:
        start_seconds: ``(n,)`` float32, ascending, first second that each row stands for.
        probability: ``(n, n_tags)`` float32 in [0, 1].
        weight: ``(n_tags,)`` float32 >= 0.
    """

    start_seconds: Array
    probability: Array
    weight: Array

    def at(self, centre_seconds: float) -> Array:
        """Probabilities of the last row that starts at or before a time, ``(n_tags,)``."""
        row = int(np.searchsorted(self.start_seconds, centre_seconds, side="right")) - 1
        found: Array = self.probability[max(0, row)]
        return found


@dataclass(frozen=True)
class Labels:
    """What is written about a recording.

    Attributes:
        tags: labels of the vocabulary that are named, parents and implied ones not yet added.
        generated: made by a model asked for these words, which it may have ignored.
        stem: a single stem or small mix: its genre words mean nothing.
    """

    tags: frozenset[str]
    generated: bool = False
    stem: bool = False


def with_implied(tags: frozenset[str]) -> frozenset[str]:
    """Adds parent genres and the families of instruments."""
    known = set(tags)
    for tag in tags:
        parent = PARENT_GENRES.get(name_of(tag))
        if category_of(tag) == "genre" and parent:
            known.add(f"genre---{parent}")
        if tag in IMPLIED:
            known.add(IMPLIED[tag])
    return frozenset(known & set(TAGS))


@dataclass(frozen=True)
class Panel:
    """How the teachers' logits become evidence for our tags.

    Attributes:
        columns: teacher -> our tag -> the columns of its logits that mean it, of which the highest counts.
        centres: teacher -> ``(n_tags,)`` float32, mean over the corpus.
        spreads: teacher -> ``(n_tags,)`` float32, standard deviation over the corpus.
        spread: ``(n_tags,)`` float32, of the average of the teachers.
        offsets: ``(n_tags,)`` float32, logits at which a tag's mean probability is its prior.
    """

    columns: Mapping[str, Mapping[int, tuple[int, ...]]]
    centres: Mapping[str, Array]
    spreads: Mapping[str, Array]
    spread: Array
    offsets: Array

    @property
    def taught(self) -> NDArray[np.bool_]:
        """Which tags any teacher knows, ``(n_tags,)``."""
        known = {tag for columns in self.columns.values() for tag in columns}
        return np.array([tag in known for tag in range(len(TAGS))])

    @classmethod
    def fit(cls, folder: Path) -> tuple[Panel, dict[str, tuple[Array, Array]]]:
        """Puts the teachers on one scale over a corpus that all have heard.

        Args:
            folder: holds ``audioset.npz``, ``jamendo.npz`` and ``msd.npz``.

        Returns:
            The panel, and track id -> (start seconds ``(n,)`` of the first teacher's grid, evidence ``(n, n_tags)``).
        """
        heard = {name: _read(folder / f"{name}.npz", TEACHERS[name][0]) for name in TEACHERS}
        columns = {name: teacher.columns for name, teacher in heard.items()}
        best = {name: _named(teacher.logits, teacher.columns) for name, teacher in heard.items()}
        centres = {name: rows.mean(axis=0) for name, rows in best.items()}
        spreads = {name: np.maximum(rows.std(axis=0), np.float32(1e-6)) for name, rows in best.items()}
        panel = cls(columns, centres, spreads, np.ones(len(TAGS), np.float32), np.zeros(len(TAGS), np.float32))
        grid, aligned = _aligned({name: teacher.rows for name, teacher in heard.items()})
        average = panel.evidence({name: heard[name].logits[rows] for name, rows in aligned.items()})
        spread = np.maximum(average.std(axis=0), np.float32(1e-6)).astype(np.float32)
        offsets = [_offset(average[:, i] / spread[i], _prior(tag)) for i, tag in enumerate(TAGS)]
        panel = replace(panel, spread=spread, offsets=np.array(offsets, dtype=np.float32))
        return panel, {track: (starts, average[rows] / spread) for track, (starts, rows) in grid.items()}

    def evidence(self, logits: Mapping[str, Array]) -> Array:
        """Weighted average of the teachers' z-scores, ``{teacher: (n, n_labels)} -> (n, n_tags)`` float32."""
        total = np.zeros((1, len(TAGS)), dtype=np.float32)
        shares = np.zeros(len(TAGS), dtype=np.float32)
        for name, (_mapping, share) in TEACHERS.items():
            known = np.isin(np.arange(len(TAGS)), list(self.columns[name]))
            z = (_named(logits[name], self.columns[name]) - self.centres[name]) / self.spreads[name]
            total, shares = total + share * known * z, shares + share * known
        averaged: Array = (total / np.maximum(shares, np.float32(1e-9)) / self.spread).astype(np.float32)
        return averaged

    def probability(self, evidence: Array) -> Array:
        """Probability of every tag, ``(..., n_tags)`` float32 in [0, 1]."""
        return sigmoid(SHARPNESS * evidence + self.offsets)


class _Teacher(NamedTuple):
    """What one teacher said of the corpus: logits, tag -> columns, and track -> (start seconds, rows)."""

    logits: Array
    columns: Mapping[int, tuple[int, ...]]
    rows: Mapping[str, tuple[Array, NDArray[np.int64]]]


def _read(path: Path, mapping: Mapping[str, tuple[str, ...]]) -> _Teacher:
    with np.load(path) as file:
        column = {str(label): i for i, label in enumerate(file["labels"])}
        scores = np.clip(file["scores"].astype(np.float32), 1e-5, 1 - 1e-5)
        tracks, starts = file["track"], file["start_seconds"].astype(np.float32)
    columns = {i: tuple(column[name] for name in mapping[tag]) for i, tag in enumerate(TAGS) if tag in mapping}
    order = np.lexsort((starts, tracks))
    names, first = np.unique(tracks[order], return_index=True)
    pieces = dict(zip(names.tolist(), np.split(order, first[1:]), strict=True))
    rows = {str(track): (starts[pieces[track]], pieces[track]) for track in dict.fromkeys(tracks.tolist())}
    return _Teacher(np.log(scores / (1 - scores)), columns, rows)


def _named(logits: Array, columns: Mapping[int, tuple[int, ...]]) -> Array:
    """A teacher's logits in our columns, ``(n, n_tags)``; tags it does not know are 0."""
    best = np.zeros((len(logits), len(TAGS)), dtype=np.float32)
    for tag, own in columns.items():
        best[:, tag] = logits[:, own].max(axis=1)
    return best


def _aligned(
    heard: Mapping[str, Mapping[str, tuple[Array, NDArray[np.int64]]]],
) -> tuple[dict[str, tuple[Array, NDArray[np.int64]]], dict[str, NDArray[np.int64]]]:
    """All teachers on the grid of the first.

    Returns:
        Track -> (start seconds, places in the common list); teacher -> its row for each place of the common list.
    """
    tracks = [track for track in next(iter(heard.values())) if all(track in rows for rows in heard.values())]
    grid, n = {}, 0
    aligned: dict[str, list[NDArray[np.int64]]] = {name: [] for name in heard}
    for track in tracks:
        starts = next(iter(heard.values()))[track][0]
        grid[track] = (starts, np.arange(n, n + len(starts)))
        n += len(starts)
        for name, rows in heard.items():
            own, places = rows[track]
            aligned[name].append(places[np.clip(np.searchsorted(own, starts + 1.0, side="right") - 1, 0, None)])
    return grid, {name: np.concatenate(places) for name, places in aligned.items()}


def real_targets(
    panel: Panel, evidence: Mapping[str, tuple[Array, Array]], labels: Mapping[str, Labels]
) -> dict[str, TagTargets]:
    """Targets of real music from teachers' evidence and labels."""
    targets, taught = {}, panel.taught
    for track, (starts, z) in evidence.items():
        probability = panel.probability(z)
        weight = np.where(taught, 1.0, 0.0).astype(np.float32)
        _apply_labels(probability, weight, labels.get(track, Labels(frozenset())), taught)
        targets[track] = TagTargets(starts, probability, weight)
    return targets


def exact_targets(tags: Sequence[str]) -> TagTargets:
    """Targets of a studio track: everything is known."""
    named = with_implied(frozenset(tags))
    probability = np.array([[0.97 if tag in named else 0.01 for tag in TAGS]], dtype=np.float32)
    return TagTargets(np.zeros(1, dtype=np.float32), probability, np.ones(len(TAGS), dtype=np.float32))


def _apply_labels(probability: Array, weight: Array, labels: Labels, taught: NDArray[np.bool_]) -> None:
    named = with_implied(labels.tags)
    if labels.stem:
        named = frozenset(tag for tag in named if category_of(tag) != "genre")
    floor = SOFT_LABEL_FLOOR if labels.generated else LABEL_FLOOR
    genre_known = any(category_of(tag) == "genre" for tag in named)
    for i, tag in enumerate(TAGS):
        if tag in named:
            probability[:, i] = np.maximum(probability[:, i], floor)
            weight[i] = max(weight[i], 1.0)
        elif category_of(tag) == "genre" and genre_known:
            probability[:, i] *= UNNAMED_GENRE_FACTOR
            weight[i] = max(weight[i], 0.3)
        if not taught[i] and tag not in named:
            probability[:, i] = 0.02
            weight[i] = 0.3 if genre_known else 0.15


def _prior(tag: str) -> float:
    return COMMON.get(tag, PRIOR[category_of(tag)])


def _offset(z: Array, prior: float) -> float:
    """Offset of the logit at which the mean probability over the corpus is the prior (bisection)."""
    low, high = -20.0, 20.0
    for _ in range(60):
        middle = 0.5 * (low + high)
        if float(sigmoid(SHARPNESS * z + middle).mean()) > prior:
            high = middle
        else:
            low = middle
    return 0.5 * (low + high)


def sigmoid(x: Array) -> Array:
    """Logits as probabilities, float32."""
    result: Array = (1.0 / (1.0 + np.exp(-x))).astype(np.float32)
    return result
