"""Conditions: the ways of spoiling a recording that the robustness study asks about, and what becomes of its labels."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np

from segue.audio.waveform import SAMPLE_RATE
from segue.key import Key
from segue.tempo import MAX_BPM, MIN_BPM
from training import degrade
from training.degrade import Samples
from training.evaluate.bootstrap import SEED
from training.evaluate.robustness.mp3_copy import copy_as_mp3
from training.evaluate.tracks import References

Kind = Literal["clean", "first_seconds", "mp3_kbit", "low_pass_hz", "noise_db", "pitch_shift", "time_stretch"]
Decode = Callable[[Path | bytes], Samples]


@dataclass(frozen=True)
class Condition:
    """One way of spoiling, by one amount.

    Attributes:
        kind: the way.
        amount: rate, semitones, dB, kbit/s, Hz or seconds; 0 for ``clean``.
    """

    kind: Kind
    amount: float = 0.0

    @property
    def name(self) -> str:
        """Stable name, ``time_stretch=0.76``."""
        return self.kind if self.kind == "clean" else f"{self.kind}={self.amount:g}"

    @property
    def title(self) -> str:
        """For people, ``time-stretch × 0.76``."""
        a = f"{self.amount:g}"
        return {
            "clean": "clean",
            "first_seconds": f"first {a} s",
            "mp3_kbit": f"mp3, {a} kbit/s",
            "low_pass_hz": f"low-pass {self.amount / 1000:g} kHz",
            "noise_db": f"noise, {a} dB SNR",
            "pitch_shift": f"pitch {self.amount:+g}".replace("-", "−"),
            "time_stretch": f"time-stretch × {a}",
        }[self.kind]

    def apply(self, samples: Samples, path: Path, decode: Decode) -> Samples:
        """The spoilt recording; the same one gives the same each time.

        Args:
            samples: ``(n,)`` float32 at 16 kHz, the clean recording.
            path: the file it comes from: an mp3 copy is made of the file, not of its 16 kHz mono version.
            decode: for that copy.

        Raises:
            AudioError: the copy cannot be read.
        """
        match self.kind:
            case "clean":
                return samples
            case "first_seconds":
                return samples[: round(self.amount * SAMPLE_RATE)]
            case "mp3_kbit":
                return decode(copy_as_mp3(path, round(self.amount * 1000)))
            case "low_pass_hz":
                return degrade.low_pass(samples, self.amount)
            case "noise_db":
                seed = [SEED, zlib.crc32(samples.tobytes()), round(self.amount)]
                return degrade.add_noise(samples, self.amount, np.random.default_rng(seed))
            case "pitch_shift":
                return degrade.pitch_shift(samples, self.amount)
            case "time_stretch":
                return degrade.time_stretch(samples, self.amount)

    def move(self, references: References) -> References:
        """The truth about the spoilt recording: time-stretch moves the tempo, pitch shift the key.

        A tempo that leaves the range of tempi that Segue reports loses its octave: only Accuracy 2 counts it.
        """
        if self.kind == "time_stretch" and references.bpm is not None:
            bpm = references.bpm * self.amount
            return replace(
                references, bpm=bpm, bpm_octave_known=references.bpm_octave_known and MIN_BPM <= bpm <= MAX_BPM
            )
        if self.kind == "pitch_shift" and references.key is not None:
            key = references.key
            return replace(references, key=Key((key.tonic + round(self.amount)) % 12, key.mode))
        return references


CLEAN = Condition("clean")
CONDITIONS = (
    CLEAN,
    *(Condition("time_stretch", rate) for rate in (0.76, 0.85, 0.92, 1.08, 1.18, 1.36)),
    *(Condition("pitch_shift", semitones) for semitones in (-2, -1, 1, 2)),
    *(Condition("noise_db", snr) for snr in (20, 10)),
    *(Condition("mp3_kbit", rate) for rate in (128, 64)),
    Condition("low_pass_hz", 4000),
    Condition("first_seconds", 30),
)
"""What the study asks about, clean first."""
