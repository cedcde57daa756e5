"""Struck, plucked, bowed and blown voices, each a small physical sketch.

Plucked strings follow Karplus and Strong (1983), computed one period at a time: the string is a delay
line whose content is averaged on every round trip. Deviation: the integer period is resampled to the exact pitch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from training.studio.effects import adsr, coloured_noise
from training.studio.oscillators import (
    decaying_partials,
    harmonic_tables,
    hertz,
    phases,
    read_tables,
)
from training.studio.score import Samples


def damped(sound: Samples, seconds: float, release: float, sample_rate: int) -> Samples:
    """Let a ringing sound go when the note ends."""
    held = min(int(seconds * sample_rate), len(sound))
    tail = len(sound) - held
    if tail:
        t = np.arange(tail, dtype=np.float32) / np.float32(sample_rate)
        fade = np.linspace(1, 0, tail, dtype=np.float32)
        sound[held:] *= np.exp(-t / np.float32(release)) * fade
    return sound


@dataclass(frozen=True)
class Piano:
    """Stiff strings: stretched partials, two decaying polarisations, a hammer."""

    sample_rate: int
    seed: int
    brightness: float = 1.0
    hammer: float = 0.05
    detune_cents: float = 0.8

    def render(self, pitch: float, seconds: float, velocity: float) -> Samples:
        """Sound one note; see ``Voice``."""
        rng = np.random.default_rng((self.seed, int(pitch * 100)))
        f0 = hertz(pitch)
        stiffness = 0.00035 * 2.0 ** ((pitch - 60) / 14)
        k = np.arange(1, int(min(36, 9000 / f0)) + 2)
        f = k * f0 * np.sqrt(1 + stiffness * k**2)
        roll_off = 1.25 + 0.9 * (1 - velocity) / self.brightness + 0.012 * max(pitch - 55, 0)
        level = np.abs(np.sin(np.pi * k / 7.8)) * k ** (-roll_off) * rng.uniform(0.6, 1.3, len(k))
        ring = 7.0 * 2.0 ** ((48 - pitch) / 14)
        decay = ring / (1 + 0.22 * k)
        spread = 2.0 ** (self.detune_cents * rng.uniform(0.5, 1.5) / 1200)
        n = int((seconds + 0.25) * self.sample_rate)
        sound = decaying_partials(
            np.concatenate([f, f * spread]), np.concatenate([level, level * 0.6]),
            np.concatenate([decay * 0.22, decay]), n, self.sample_rate,
        )  # fmt: skip
        knock = min(n, int(0.04 * self.sample_rate))
        noise = coloured_noise(knock, self.sample_rate, 150, 900 + 2500 * velocity, rng)
        sound[:knock] += self.hammer * velocity * noise * np.linspace(1, 0, knock) ** 2
        return damped(sound, seconds, 0.07, self.sample_rate) * np.float32(velocity**1.3)


@dataclass(frozen=True)
class Struck:
    """Bars, tines and bells: a few inharmonic partials, each with its own decay."""

    sample_rate: int
    ratios: Sequence[float]
    levels: Sequence[float]
    decays: Sequence[float]
    bark: float = 0.0
    release: float = 0.12
    tremolo_hz: float = 0.0

    def render(self, pitch: float, seconds: float, velocity: float) -> Samples:
        """Sound one note; see ``Voice``."""
        f0 = hertz(pitch)
        shorter = 2.0 ** ((60 - pitch) / 24)
        n = int((seconds + 3 * self.release) * self.sample_rate)
        levels = np.asarray(self.levels) * velocity ** np.arange(len(self.levels))
        sound = decaying_partials(
            f0 * np.asarray(self.ratios), levels, shorter * np.asarray(self.decays), n,
            self.sample_rate,
        )  # fmt: skip
        if self.bark:
            driven = np.float32(self.bark * velocity) * sound
            sound = np.tanh(sound + driven * sound)
        if self.tremolo_hz:
            t = np.arange(n, dtype=np.float32) / np.float32(self.sample_rate)
            sound *= 1 + np.float32(0.35) * np.sin(np.float32(2 * np.pi * self.tremolo_hz) * t)
        attack = min(n, int(0.002 * self.sample_rate))
        sound[:attack] *= np.linspace(0, 1, attack, dtype=np.float32)
        return damped(sound, seconds, self.release, self.sample_rate) * np.float32(velocity)


@dataclass(frozen=True)
class Plucked:
    """Karplus-Strong string.

    Attributes:
        brightness: 0 (thumb, felt) to 1 (hard pick).
        ring_seconds: decay of the fundamental to 1/e at middle C.
        position: plucking point as a share of the string.
        mute: palm mute, 0 to 1.
        body: level of a low wooden resonance.
    """

    sample_rate: int
    seed: int
    brightness: float = 0.6
    ring_seconds: float = 1.5
    position: float = 0.18
    mute: float = 0.0
    body: float = 0.0

    def render(self, pitch: float, seconds: float, velocity: float) -> Samples:
        """Sound one note; see ``Voice``."""
        rng = np.random.default_rng((self.seed, int(pitch * 100)))
        f0 = hertz(pitch)
        period = max(int(self.sample_rate / f0), 4)
        n = int((seconds + 0.15) * self.sample_rate)
        string = self._string(f0, period, n, velocity, rng)
        ratio = (period + 0.5) * f0 / self.sample_rate
        positions = np.arange(n) * ratio
        sound = np.interp(positions, np.arange(len(string)), string).astype(np.float32)
        if self.body:
            thump = decaying_partials(
                np.array([98.0, 196.0, 365.0]), self.body * np.array([1.0, 0.6, 0.3]),
                np.array([0.05, 0.04, 0.03]), n, self.sample_rate,
            )  # fmt: skip
            sound += thump * np.float32(velocity)
        return damped(sound, seconds, 0.04, self.sample_rate) * np.float32(velocity)

    def _string(self, f0: float, period: int, n: int, velocity: float, rng: np.random.Generator) -> Samples:
        k = np.arange(1, period // 2 + 1)
        corner = (400 + 7000 * self.brightness**1.5 * (0.4 + 0.6 * velocity)) / f0
        level = np.sin(np.pi * k * self.position) / k**0.8 / (1 + (k / corner) ** 2)
        spectrum = np.zeros(period // 2 + 1, np.complex128)
        spectrum[1:] = level * np.exp(2j * np.pi * rng.random(len(k)))
        first = np.fft.irfft(spectrum, period)
        first /= np.abs(first).max() + 1e-9
        ring = self.ring_seconds * (1 - 0.93 * self.mute) * (260.0 / f0) ** 0.5
        loss = np.float32(np.exp(-1.0 / (f0 * ring)))
        rounds = int(n * 1.02) // period + 3
        cycles = np.zeros((rounds, period), np.float32)
        cycles[0] = first
        smooth = 0.5
        for i in range(1, rounds):
            last = cycles[i - 1]
            cycles[i, 1:] = (1 - smooth) * last[1:] + smooth * last[:-1]
            cycles[i, 0] = (1 - smooth) * last[0] + smooth * (cycles[i - 2, -1] if i > 1 else 0)
            cycles[i] *= loss
        return cycles.reshape(-1)


@dataclass(frozen=True)
class Sustained:
    """Bowed and blown tones: a fixed spectrum through a body, swelling, with vibrato and breath.

    Attributes:
        tilt: roll-off exponent of the harmonics (1 is a sawtooth).
        odd: share of the even harmonics taken away (a clarinet).
        formants: resonances as (hertz, gain) that stay put while the pitch moves.
        players: number of unison players.
        swell: how many octaves the spectrum opens during the attack.
    """

    sample_rate: int
    seed: int
    tilt: float = 1.0
    odd: float = 0.0
    formants: Sequence[tuple[float, float]] = ()
    players: int = 1
    attack: float = 0.08
    release: float = 0.15
    brightness_hz: float = 4000.0
    swell: float = 1.0
    vibrato_cents: float = 12.0
    breath: float = 0.02
    tables: dict[float, Samples] = field(default_factory=dict, compare=False)

    def render(self, pitch: float, seconds: float, velocity: float) -> Samples:
        """Sound one note; see ``Voice``."""
        rng = np.random.default_rng((self.seed, int(pitch * 100)))
        f0 = hertz(pitch)
        envelope = adsr(
            int(seconds * self.sample_rate), self.sample_rate,
            min(self.attack, seconds * 0.5), 1.0, 0.85, self.release,
        )  # fmt: skip
        n = len(envelope)
        t = np.arange(n, dtype=np.float32) / np.float32(self.sample_rate)
        opening = np.exp(-t / np.float32(self.attack + 0.02))
        base = np.log2(self.brightness_hz * (0.5 + 0.6 * velocity) / 60.0)
        cutoff = (base - self.swell * opening).astype(np.float32)
        sound = np.zeros(n, np.float32)
        for _ in range(self.players):
            f = f0 * self._wander(t, rng)
            start = float(rng.random())
            phase = phases(f.astype(np.float32), n, start, self.sample_rate)
            sound += read_tables(self._tables(pitch, f0), phase, cutoff)
        sound /= np.float32(self.players**0.5)
        if self.breath:
            air = coloured_noise(n, self.sample_rate, max(f0, 300), max(3 * f0, 2500), rng)
            sound += np.float32(self.breath) * air * (0.5 + opening)
        return sound * envelope * np.float32(velocity)

    def _wander(self, t: Samples, rng: np.random.Generator) -> Samples:
        rate = rng.uniform(4.8, 6.2)
        depth = self.vibrato_cents * rng.uniform(0.7, 1.2) * np.minimum(np.maximum(t - 0.1, 0), 0.4)
        cents = depth / 0.4 * np.sin(2 * np.pi * rate * t + rng.uniform(0, 6.28))
        offset = rng.normal(0, 4.0) if self.players > 1 else 0.0
        return np.asarray(np.exp2((cents + offset) / 1200), np.float32)

    def _tables(self, pitch: float, f0: float) -> Samples:
        if pitch not in self.tables:
            k = np.arange(1, max(2, min(int(0.45 * self.sample_rate / f0), 120)))
            level = k ** (-self.tilt) * np.where(k % 2 == 0, 1 - self.odd, 1.0)
            body = np.full(len(k), 0.35)
            for centre, gain in self.formants:
                body += gain * np.exp(-((np.log2(k * f0 / centre) / 0.45) ** 2))
            signs = np.random.default_rng(self.seed).choice([-1.0, 1.0], len(k))
            level = level * body * signs
            level *= 0.6 / np.sqrt(np.sum(level**2))
            self.tables[pitch] = harmonic_tables(level, f0, 0.0)
        return self.tables[pitch]


@dataclass(frozen=True)
class Organ:
    """Nine drawbars, key click and a rotating speaker."""

    sample_rate: int
    drawbars: Sequence[float]
    rotor_hz: float = 6.0
    click: float = 0.1

    def render(self, pitch: float, seconds: float, velocity: float) -> Samples:
        """Sound one note; see ``Voice``."""
        f0 = hertz(pitch) / 2
        amplitudes = np.zeros(16)
        for harmonic, level in zip((1, 3, 2, 4, 6, 8, 10, 12, 16), self.drawbars, strict=True):
            if f0 * harmonic < 0.45 * self.sample_rate:
                amplitudes[harmonic - 1] = 0.25 * level
        envelope = adsr(int(seconds * self.sample_rate), self.sample_rate, 0.004, 1.0, 1.0, 0.03)
        n = len(envelope)
        t = np.arange(n, dtype=np.float32) / np.float32(self.sample_rate)
        turn = np.sin(np.float32(2 * np.pi * self.rotor_hz) * t)
        f = (f0 * (1 + np.float32(0.003) * turn)).astype(np.float32)
        tables = harmonic_tables(amplitudes, f0, 0.0)
        sound = read_tables(tables, phases(f, n, 0.0, self.sample_rate), 7.5)
        sound *= 1 + np.float32(0.18) * turn
        clicking = min(n, int(0.006 * self.sample_rate))
        rng = np.random.default_rng(int(pitch * 100))
        sound[:clicking] += np.float32(self.click) * rng.standard_normal(clicking, np.float32)
        return np.asarray(sound * envelope * np.float32(velocity), np.float32)
