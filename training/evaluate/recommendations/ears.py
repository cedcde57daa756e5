"""Ears: vectors and tags of all tracks of a manifest, kept in a file between sweeps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from segue.analyse import Analyser
from segue.mixer import Mixer, Vector
from segue.tags import TagScores
from training.evaluate.manifest import Entry
from training.evaluate.metrics import Floats
from training.evaluate.recommendations.criteria import CRITERIA
from training.evaluate.run import hear_all
from training.evaluate.tracks import Estimates, EvaluatedTrack


@dataclass(frozen=True)
class Ears:
    """What was heard of all tracks.

    Attributes:
        mixer: layout of the vectors.
        tracks: references and groups.
        vectors: ``(n, dim)`` track vectors.
        tags: tag scores of each track.
    """

    mixer: Mixer
    tracks: tuple[EvaluatedTrack, ...]
    vectors: Vector
    tags: tuple[TagScores, ...]

    @property
    def components(self) -> Floats:
        """Cosine of each axis between all tracks, ``(n_axes, n, n)``."""
        blocks = [self.vectors[:, block].astype(np.float64) for block in self.mixer.blocks.values()]
        return np.stack([block @ block.T for block in blocks])


def hear_once(entries: Sequence[Entry], analyser: Analyser, path: Path | None = None) -> Ears:
    """Hears every file that some criterion has labels for, or reads what an earlier call heard.

    Args:
        entries: the files; those that fail are left out.
        analyser: what hears them.
        path: the ``.npz`` to keep it in; read where it holds the same files heard by the same networks, else
            written.
    """
    wanted = [entry for entry in entries if any(c.labelled(entry.track.references) for c in CRITERIA)]
    stamp = [repr(analyser.space), *(entry.track.name for entry in wanted)]
    tracks = _read(path, stamp, wanted)
    if tracks is None:
        tracks = list(hear_all(wanted, analyser).tracks)
        if path is not None:
            _write(path, stamp, tracks)
    scores = [estimates.tags for t in tracks if (estimates := t.estimates).tags is not None]
    vectors = [estimates.vector for t in tracks if (estimates := t.estimates).vector is not None]
    vocabulary = analyser.tagger.vocabulary
    tags = tuple(TagScores(vocabulary, row) for row in scores)
    return Ears(analyser.mixer, tuple(tracks), np.stack(vectors), tags)


def _read(path: Path | None, stamp: list[str], wanted: Sequence[Entry]) -> list[EvaluatedTrack] | None:
    if path is None or not path.is_file():
        return None
    with np.load(path) as kept:
        if kept["stamp"].tolist() != stamp:
            return None
        by_name = {entry.track.name: entry.track for entry in wanted}
        rows = zip(kept["names"].tolist(), kept["tags"], kept["vectors"], strict=True)
        return [replace(by_name[name], estimates=Estimates(tags=tags, vector=row)) for name, tags, row in rows]


def _write(path: Path, stamp: list[str], tracks: Sequence[EvaluatedTrack]) -> None:
    np.savez(
        path,
        stamp=np.array(stamp),
        names=np.array([track.name for track in tracks]),
        tags=np.stack([track.estimates.tags for track in tracks if track.estimates.tags is not None]),
        vectors=np.stack([track.estimates.vector for track in tracks if track.estimates.vector is not None]),
    )
