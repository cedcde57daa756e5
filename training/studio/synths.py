"""One subtractive synthesiser, and the patches that genres draw from it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from training.studio.effects import adsr
from training.studio.oscillators import (
    LOWEST_CUTOFF_HZ,
    harmonic_tables,
    hertz,
    phases,
    read_tables,
)
from training.studio.score import Samples


@dataclass(frozen=True)
class Synth:
    """Unison oscillators, resonant low-pass with envelope and LFO, amplitude envelope, drive.

    Times are in seconds, detune in cents, filter movements in octaves, ``lfo_hz`` in Hz.
    """

    sample_rate: int
    seed: int
    wave: str = "saw"
    pulse_width: float = 0.5
    unison: int = 1
    detune_cents: float = 10.0
    cutoff_hz: float = 2000.0
    resonance: float = 0.1
    filter_octaves: float = 0.0
    filter_decay: float = 0.2
    lfo_hz: float = 0.0
    lfo_octaves: float = 0.0
    lfo_square: bool = False
    attack: float = 0.005
    decay: float = 0.3
    sustain: float = 0.7
    release: float = 0.1
    sub: float = 0.0
    drive: float = 0.0
    vibrato_cents: float = 0.0
    pitch_drop: float = 0.0
    tables: dict[float, Samples] = field(default_factory=dict, compare=False)

    def render(self, pitch: float, seconds: float, velocity: float) -> Samples:
        """Sound one note; see ``Voice``."""
        f0 = hertz(pitch)
        envelope = adsr(
            int(seconds * self.sample_rate), self.sample_rate,
            self.attack, self.decay, self.sustain, self.release,
        )  # fmt: skip
        n = len(envelope)
        t = np.arange(n, dtype=np.float32) / np.float32(self.sample_rate)
        tables = self._tables(pitch, f0)
        cutoff = self._cutoff(t, velocity)
        rng = np.random.default_rng((self.seed, int(pitch * 100)))
        bend = self._bend(t)
        sound = np.zeros(n, np.float32)
        spread = np.linspace(-1, 1, self.unison) if self.unison > 1 else np.zeros(1)
        for position in spread:
            f = f0 * 2.0 ** (position * self.detune_cents / 1200)
            start = float(rng.random()) if self.unison > 1 else 0.0
            source = f if bend is None else (f * bend).astype(np.float32)
            sound += read_tables(tables, phases(source, n, start, self.sample_rate), cutoff)
        sound /= np.float32(self.unison**0.5)
        if self.sub:
            sound += np.float32(self.sub) * np.sin(np.float32(2 * np.pi * f0) * t)
        if self.drive:
            sound = np.tanh(sound * np.float32(self.drive)) / np.float32(self.drive**0.5)
        return np.asarray(sound * envelope * np.float32(velocity), np.float32)

    def _tables(self, pitch: float, f0: float) -> Samples:
        if pitch not in self.tables:
            count = max(1, min(int(0.46 * self.sample_rate / f0), 700))
            amplitudes = waveform(self.wave, count, self.pulse_width)
            self.tables[pitch] = harmonic_tables(amplitudes, f0, self.resonance)
        return self.tables[pitch]

    def _cutoff(self, t: Samples, velocity: float) -> float | Samples:
        base = float(np.log2(self.cutoff_hz / LOWEST_CUTOFF_HZ)) + 0.8 * (velocity - 0.8)
        if not self.filter_octaves and not self.lfo_octaves:
            return base
        curve = np.full(len(t), base, np.float32)
        if self.filter_octaves:
            amount = np.float32(self.filter_octaves * (0.4 + 0.6 * velocity))
            curve += amount * np.exp(-t / np.float32(self.filter_decay))
        if self.lfo_octaves:
            wobble = -np.cos(np.float32(2 * np.pi * self.lfo_hz) * t)
            curve += np.float32(self.lfo_octaves) * (np.tanh(4 * wobble) if self.lfo_square else wobble)
        return curve

    def _bend(self, t: Samples) -> Samples | None:
        if not self.vibrato_cents and not self.pitch_drop:
            return None
        cents = np.zeros(len(t), np.float32)
        if self.vibrato_cents:
            depth = self.vibrato_cents * np.minimum(t / 0.4, 1.0)
            cents = depth * np.sin(np.float32(2 * np.pi * 5.3) * t)
        if self.pitch_drop:
            cents = cents + np.float32(1200 * self.pitch_drop) * np.exp(-t / np.float32(0.03))
        return np.asarray(np.exp2(cents / np.float32(1200)), np.float32)


def waveform(wave: str, n: int, pulse_width: float) -> npt.NDArray[np.float64]:
    """Amplitudes of the first n harmonics of ``saw``, ``pulse``, ``triangle`` or ``sine``."""
    k = np.arange(1, n + 1)
    if wave == "saw":
        return np.asarray(0.6 / k)
    if wave == "pulse":
        return np.asarray(0.9 * np.sin(np.pi * k * pulse_width) / k)
    if wave == "triangle":
        return np.asarray(np.where(k % 2 == 1, 0.8 / k**2, 0.0) * np.where(k % 4 == 3, -1, 1))
    return np.asarray(np.where(k == 1, 0.8, 0.0))


class Patches:
    """Draws random patches of the families that genres ask for."""

    def __init__(self, sample_rate: int, rng: np.random.Generator) -> None:
        """Patches at a sample rate, drawn from rng."""
        self._sample_rate = sample_rate
        self._rng = rng

    def _base(self) -> Synth:
        return Synth(self._sample_rate, int(self._rng.integers(1 << 31)))

    def pad(self) -> Synth:
        """Slow, wide, soft."""
        u = self._rng.uniform
        return replace(
            self._base(), wave=str(self._rng.choice(["saw", "saw", "pulse", "triangle"])),
            pulse_width=u(0.2, 0.5), unison=int(self._rng.integers(3, 6)), detune_cents=u(6, 18),
            cutoff_hz=u(500, 3500), resonance=u(0, 0.3), lfo_hz=u(0.05, 0.4), lfo_octaves=u(0, 0.8),
            attack=u(0.15, 0.9), decay=1.0, sustain=0.85, release=u(0.4, 1.4),
        )  # fmt: skip

    def supersaw(self) -> Synth:
        """Seven saws, as trance likes them."""
        u = self._rng.uniform
        return replace(
            self._base(), unison=7, detune_cents=u(14, 30), cutoff_hz=u(4000, 11000),
            resonance=0.05, attack=u(0.005, 0.03), decay=u(0.3, 1.0), sustain=u(0.5, 0.9),
            release=u(0.15, 0.4),
        )  # fmt: skip

    def stab(self) -> Synth:
        """Short chord stab."""
        u = self._rng.uniform
        return replace(
            self._base(), wave=str(self._rng.choice(["saw", "pulse"])), pulse_width=u(0.25, 0.5),
            unison=int(self._rng.integers(2, 5)), detune_cents=u(5, 16), cutoff_hz=u(300, 1800),
            resonance=u(0.05, 0.5), filter_octaves=u(1, 3), filter_decay=u(0.06, 0.25),
            attack=0.003, decay=u(0.1, 0.4), sustain=u(0, 0.4), release=u(0.06, 0.3),
        )  # fmt: skip

    def pluck(self) -> Synth:
        """Decaying sequence sound."""
        u = self._rng.uniform
        return replace(
            self._base(), wave=str(self._rng.choice(["saw", "pulse", "triangle"])),
            pulse_width=u(0.15, 0.5), unison=int(self._rng.integers(1, 4)), detune_cents=u(4, 14),
            cutoff_hz=u(250, 1200), resonance=u(0.1, 0.6), filter_octaves=u(1.5, 4),
            filter_decay=u(0.05, 0.3), attack=0.002, decay=u(0.1, 0.4), sustain=u(0, 0.15),
            release=u(0.08, 0.35),
        )  # fmt: skip

    def lead(self) -> Synth:
        """Singing solo line."""
        u = self._rng.uniform
        return replace(
            self._base(), wave=str(self._rng.choice(["saw", "pulse", "pulse", "triangle"])),
            pulse_width=u(0.1, 0.5), unison=int(self._rng.integers(1, 4)), detune_cents=u(5, 15),
            cutoff_hz=u(1200, 6000), resonance=u(0.05, 0.4), filter_octaves=u(0, 1.5),
            filter_decay=u(0.1, 0.6), attack=u(0.004, 0.05), decay=u(0.2, 0.8), sustain=u(0.5, 0.9),
            release=u(0.08, 0.3), vibrato_cents=u(0, 22),
        )  # fmt: skip

    def bass(self) -> Synth:
        """Plain analogue bass."""
        u = self._rng.uniform
        return replace(
            self._base(), wave=str(self._rng.choice(["saw", "pulse", "triangle"])),
            pulse_width=u(0.2, 0.5), unison=int(self._rng.integers(1, 3)), detune_cents=u(3, 10),
            cutoff_hz=u(120, 500), resonance=u(0, 0.5), filter_octaves=u(0.5, 3),
            filter_decay=u(0.05, 0.3), attack=0.003, decay=u(0.1, 0.5), sustain=u(0.3, 0.9),
            release=0.05, sub=u(0.1, 0.6), drive=u(0.6, 2.5),
        )  # fmt: skip

    def acid(self) -> Synth:
        """Squelching resonant line."""
        u = self._rng.uniform
        return replace(
            self._base(), wave=str(self._rng.choice(["saw", "pulse"])), cutoff_hz=u(180, 600),
            resonance=u(0.75, 0.97), filter_octaves=u(1.5, 3.5), filter_decay=u(0.06, 0.25),
            attack=0.002, decay=u(0.2, 0.5), sustain=0.4, release=0.03, drive=u(1.5, 4),
        )  # fmt: skip

    def reese(self) -> Synth:
        """Two or three saws beating against each other over a sub."""
        u = self._rng.uniform
        return replace(
            self._base(), unison=int(self._rng.integers(2, 4)), detune_cents=u(18, 40),
            cutoff_hz=u(250, 900), resonance=u(0.1, 0.4), lfo_hz=u(0.2, 1.5), lfo_octaves=u(0.2, 1),
            attack=0.01, decay=0.5, sustain=0.9, release=0.06, sub=u(0.5, 1.0), drive=u(1, 2.5),
        )  # fmt: skip

    def wobble(self, lfo_hz: float) -> Synth:
        """Dubstep growl with a tempo-synchronous filter."""
        u = self._rng.uniform
        return replace(
            self._base(), wave=str(self._rng.choice(["saw", "pulse"])), pulse_width=u(0.2, 0.5),
            unison=2, detune_cents=u(6, 20), cutoff_hz=u(350, 800), resonance=u(0.3, 0.75),
            lfo_hz=lfo_hz, lfo_octaves=u(1.3, 2.3), lfo_square=bool(self._rng.random() < 0.4),
            attack=0.004, decay=0.5, sustain=0.95, release=0.04, sub=u(0.4, 0.9), drive=u(2, 5),
        )  # fmt: skip

    def sub(self) -> Synth:
        """Sine-like low bass."""
        u = self._rng.uniform
        return replace(
            self._base(), wave=str(self._rng.choice(["sine", "triangle"])), cutoff_hz=u(200, 700),
            attack=0.006, decay=u(0.4, 1.2), sustain=u(0.5, 0.9), release=0.08, drive=u(1, 2.2),
        )  # fmt: skip

    def eight_oh_eight(self) -> Synth:
        """Tuned long kick that serves as bass."""
        u = self._rng.uniform
        return replace(
            self._base(), wave="sine", cutoff_hz=400, attack=0.002, decay=u(0.5, 1.3),
            sustain=u(0.05, 0.3), release=0.12, drive=u(1.5, 5), pitch_drop=u(0.6, 1.4),
        )  # fmt: skip

    def chip(self) -> Synth:
        """Bare pulse or triangle of an old games console."""
        u = self._rng.uniform
        width = float(self._rng.choice([0.125, 0.25, 0.5]))
        return replace(
            self._base(), wave="pulse", pulse_width=width, cutoff_hz=14000, attack=0.001,
            decay=u(0.1, 0.6), sustain=u(0.3, 0.9), release=0.02,
            vibrato_cents=float(self._rng.choice([0, 15, 30])),
        )  # fmt: skip

    def chip_bass(self) -> Synth:
        """Triangle channel."""
        return replace(self._base(), wave="triangle", cutoff_hz=9000, attack=0.001, sustain=0.95, release=0.01)
