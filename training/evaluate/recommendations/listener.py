"""Listener: keeps what the study needs of each file while the evaluation hears it, so that nothing is heard twice."""

from __future__ import annotations

from dataclasses import dataclass

from segue.analyse import Analyser, features
from segue.ports import Decoded, NewTrack
from segue.track import Analysis, Description
from training.evaluate.manifest import Entry
from training.evaluate.metrics import Floats
from training.evaluate.recommendations.signal import signal_features
from training.evaluate.tracks import EvaluatedTrack


@dataclass(frozen=True)
class HeardTrack:
    """One recording with its references and all that was heard.

    Attributes:
        track: references and group.
        trained: as the catalogue would store it.
        untrained: the same by networks with random weights.
        signal: ``(54,)`` signal features.
    """

    track: EvaluatedTrack
    trained: NewTrack
    untrained: NewTrack
    signal: Floats


class Listener:
    """Listens in on an evaluation, file by file.

    Args:
        analyser: the one under evaluation.
        untrained: the same with random weights.

    Attributes:
        tracks: recordings so far; a copy of an earlier one is left out, as a catalogue would.
        copies: names of the files left out as copies.
    """

    def __init__(self, analyser: Analyser, untrained: Analyser) -> None:
        self.analyser = analyser
        self.untrained = untrained
        self.tracks: list[HeardTrack] = []
        self.copies: list[str] = []
        self._known: set[str] = set()

    def __call__(self, entry: Entry, decoded: Decoded, analysis: Analysis) -> None:
        """Keeps one file."""
        if analysis.content_hash in self._known:
            self.copies.append(entry.track.name)
            return
        untrained = _stored(entry, self.untrained.hear(decoded), self.untrained)
        signal = signal_features(decoded.waveform)
        self._known.add(analysis.content_hash)
        self.tracks.append(HeardTrack(entry.track, _stored(entry, analysis, self.analyser), untrained, signal))


def _stored(entry: Entry, analysis: Analysis, analyser: Analyser) -> NewTrack:
    return NewTrack(analysis, Description(title=entry.track.name), analyser.mixer.encode(features(analysis)))
