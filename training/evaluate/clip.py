"""Clip: only so many seconds of every file, as collections of short clips are judged."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from segue.audio.waveform import SAMPLE_RATE, Waveform
from segue.ports import AudioDecoder, Decoded


class ClipAt(StrEnum):
    """Where in a file the clip lies."""

    START = "start"
    MIDDLE = "middle"


@dataclass(frozen=True)
class Clip:
    """Which part of a file is heard.

    Attributes:
        seconds: length; a shorter file is heard whole.
        at: where it lies.
    """

    seconds: float
    at: ClipAt = ClipAt.MIDDLE

    def cut(self, waveform: Waveform) -> Waveform:
        """The part of a waveform."""
        n_samples = min(waveform.n_samples, round(self.seconds * SAMPLE_RATE))
        first = (waveform.n_samples - n_samples) // 2 if self.at is ClipAt.MIDDLE else 0
        return Waveform(waveform.samples[first : first + n_samples])


@dataclass(frozen=True)
class ClippingDecoder:
    """Decodes whole files and hands on a part of each.

    Attributes:
        decoder: what decodes them.
        clip: the part.
    """

    decoder: AudioDecoder
    clip: Clip

    def decode(self, source: Path | bytes) -> Decoded:
        """Decodes a file. Raises AudioError."""
        decoded = self.decoder.decode(source)
        return replace(decoded, waveform=self.clip.cut(decoded.waveform))
