"""Drum machines, acoustic kits and hand percussion: every hit is synthesised once for each track."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.studio.effects import coloured_noise, high_pass, low_pass
from training.studio.oscillators import decaying_partials, hertz
from training.studio.score import Samples


@dataclass(frozen=True)
class Hits:
    """A voice of recorded hits; the pitch of a note chooses the variant, length plays no part."""

    variants: tuple[Samples, ...]

    def render(self, pitch: float, seconds: float, velocity: float) -> Samples:
        """Sound one hit; see ``Voice``."""
        return self.variants[int(pitch) % len(self.variants)] * np.float32(velocity)


Kit = dict[str, Hits]


def _decay(n: int, sample_rate: int, seconds: float) -> Samples:
    t = np.arange(n, dtype=np.float32) / np.float32(sample_rate)
    fade = np.minimum((n - np.arange(n, dtype=np.float32)) / (0.1 * n), 1)
    return np.asarray(np.exp(-t / np.float32(seconds)) * fade, np.float32)


class DrumMaker:
    """Builds hits from random parameters."""

    def __init__(self, sample_rate: int, rng: np.random.Generator, tonic: int) -> None:
        """Hits at a sample rate, drawn from rng; machines are tuned to a tonic pitch class."""
        self._sr = sample_rate
        self._rng = rng
        self._tonic = tonic

    def _in_key(self, low_hz: float, steps: tuple[int, ...] = (0, 0, 0, 7)) -> float:
        """A frequency in the octave above low_hz: mostly the tonic, else the fifth."""
        pitch_class = self._tonic + int(self._rng.choice(steps))
        octaves = np.log2(hertz(24 + pitch_class % 12) / low_hz)
        return float(low_hz * 2.0 ** (octaves % 1.0))

    def machine(self, hardness: float = 0.5) -> Kit:
        """A drum machine; hardness 0 (soft, round) to 1 (distorted)."""
        u = self._rng.uniform
        h = hardness
        low = self._in_key(60, (0, 7))
        toms = (low * 2, low * 1.5, low)
        kick = self._swept(self._in_key(38), u(150, 420), u(0.015, 0.05), u(0.16, 0.4), u(0.1, 0.6), 1 + 4 * h)
        snare = self._snare(self._in_key(140), u(0.04, 0.1), u(0.3, 0.8), u(0.07, 0.2), u(1200, 3000))
        return {
            "kick": Hits((kick,)),
            "snare": Hits((snare,)),
            "clap": Hits((self._clap(),)),
            "rim": Hits((self._tuned([u(400, 520), u(1500, 1900)], 0.02, 0.3),)),
            "hat": Hits(tuple(self._metal(u(0.015, 0.05), u(5500, 9000), 0.1) for _ in range(2))),
            "open": Hits((self._metal(u(0.12, 0.35), u(5000, 8000), 0.5),)),
            "crash": Hits((self._metal(u(0.6, 1.2), u(3500, 6000), 2.0),)),
            "ride": Hits((self._metal(u(0.25, 0.5), u(4500, 7500), 0.9, 0.6),)),
            "tom": Hits(tuple(self._swept(f, f * 1.8, 0.05, 0.2, 0.1, 1.2) for f in toms)),
            "cowbell": Hits((self._tuned([u(535, 565), u(790, 830)], 0.08, 0.02),)),
            "shaker": Hits((self._shaker(),)),
        }  # fmt: skip

    def acoustic(self, tightness: float = 0.5) -> Kit:
        """A kit in a room; each drum has three slightly different hits."""
        u = self._rng.uniform
        body, shell = u(52, 70), u(175, 235)
        wires, room = u(0.08, 0.16) * (1.4 - tightness), u(0.03, 0.2) * (1.3 - tightness)
        ringing, hat_tone = u(0.05, 0.12), u(4000, 6500)
        kit: Kit = {}
        kit["kick"] = Hits(tuple(self._in_room(self._bass_drum(body), room * 0.5) for _ in range(3)))
        kit["snare"] = Hits(tuple(
            self._in_room(self._snare(shell, ringing, 0.9, wires, u(1500, 2200), modes=True), room)
            for _ in range(3)
        ))  # fmt: skip
        kit["rim"] = Hits((self._in_room(self._tuned([480, 1150, 1720], 0.018, 0.4), room),))
        kit["brush"] = Hits(tuple(self._brush() for _ in range(3)))
        kit["clap"] = Hits((self._clap(),))
        kit["hat"] = Hits(tuple(self._cymbal(u(0.03, 0.06), hat_tone, 0.15) for _ in range(3)))
        kit["open"] = Hits((self._cymbal(u(0.2, 0.5), hat_tone, 0.9),))
        kit["crash"] = Hits((self._cymbal(u(0.7, 1.4), u(1800, 3000), 2.5),))
        kit["ride"] = Hits(tuple(self._cymbal(u(0.4, 0.8), u(3000, 4500), 1.2, 0.5) for _ in "ab"))
        kit["tom"] = Hits(tuple(
            self._in_room(self._swept(f, f * 1.25, 0.06, 0.22, 0.3, 1.0), room) for f in (165, 120, 82)
        ))  # fmt: skip
        return kit

    def percussion(self) -> Kit:
        """Congas, bongos, shaker, tambourine, woodblock."""
        u = self._rng.uniform
        low, high = self._in_key(150, (0, 7)), self._in_key(260, (0, 7))
        return {
            "conga": Hits(tuple(self._skin(f, d) for f, d in ((low, 0.12), (high, 0.1), (high, 0.03)))),
            "bongo": Hits(tuple(self._skin(f, 0.06) for f in (u(380, 480), u(520, 640)))),
            "shaker": Hits(tuple(self._shaker() for _ in range(2))),
            "tambourine": Hits((self._metal(u(0.04, 0.1), 6500, 0.3),)),
            "block": Hits((self._tuned([u(700, 1000), u(1500, 2200)], 0.03, 0.1),)),
        }

    def chip(self) -> Kit:
        """Noise channel of an old games console."""
        kit: Kit = {}
        for name, hold, seconds in (
            ("kick", 12, 0.03), ("snare", 4, 0.09), ("hat", 1, 0.025), ("open", 1, 0.09), ("crash", 2, 0.5)
        ):  # fmt: skip
            n = int(self._sr * seconds * 5)
            steps = self._rng.choice([-1.0, 1.0], -(-n // hold)).astype(np.float32)
            noise = np.repeat(steps, hold)[:n] * np.float32(0.4)
            if name == "kick":
                noise *= np.float32(0.3)
            hit = noise * _decay(n, self._sr, seconds)
            if name == "kick":
                hit += self._swept(50, 300, 0.02, 0.1, 0, 1.5, n)
            kit[name] = Hits((hit,))
        kit["tom"] = Hits(tuple(self._swept(f, 3 * f, 0.04, 0.1, 0, 3) for f in (160, 110, 80)))
        return kit

    def _swept(
        self, f: float, start: float, drop: float, decay: float, click: float, drive: float,
        n: int | None = None,
    ) -> Samples:  # fmt: skip
        n = n or int(self._sr * min(decay * 4, 1.2))
        t = np.arange(n) / self._sr
        phase = 2 * np.pi * (f * t + (start - f) * drop * (1 - np.exp(-t / drop)))
        tone = (np.sin(phase) * _decay(n, self._sr, decay)).astype(np.float32)
        short = min(n, int(0.012 * self._sr))
        snap = coloured_noise(short, self._sr, 800, 6000, self._rng)
        tone[:short] += np.float32(0.4 * click) * snap * np.linspace(1, 0, short, dtype=np.float32)
        return np.asarray(np.tanh(tone * np.float32(drive)) / np.float32(np.tanh(drive)), np.float32)

    def _bass_drum(self, f: float) -> Samples:
        sound = self._swept(f, f * 2.2, 0.018, self._rng.uniform(0.09, 0.16), 0.5, 1.1)
        n = len(sound)
        shell = decaying_partials(
            np.array([f * 2.3, f * 3.6, 900.0, 2600.0]), np.array([0.15, 0.1, 0.1, 0.08]),
            np.array([0.05, 0.03, 0.008, 0.004]), n, self._sr,
        )  # fmt: skip
        return sound + shell

    def _snare(
        self, f: float, ring: float, wire_level: float, wire_seconds: float, wire_hz: float,
        modes: bool = False,
    ) -> Samples:  # fmt: skip
        n = int(self._sr * max(wire_seconds * 5, 0.25))
        ratios = np.array([1, 1.59, 2.14, 2.30, 2.65]) if modes else np.array([1, 1.8])
        tone = decaying_partials(
            f * ratios * self._rng.uniform(0.99, 1.01), 0.6 / np.arange(1, len(ratios) + 1),
            ring / np.sqrt(np.arange(1, len(ratios) + 1)), n, self._sr,
        )  # fmt: skip
        wires = coloured_noise(n, self._sr, wire_hz, 8000, self._rng)
        return tone + np.float32(0.4 * wire_level) * wires * _decay(n, self._sr, wire_seconds)

    def _clap(self) -> Samples:
        n = int(self._sr * 0.4)
        noise = coloured_noise(n, self._sr, self._rng.uniform(700, 1100), 3500, self._rng)
        envelope = np.float32(0.6) * _decay(n, self._sr, self._rng.uniform(0.05, 0.12))
        spacing = self._rng.uniform(0.008, 0.013)
        for i in range(3):
            start = int(i * spacing * self._sr)
            burst = _decay(int(0.02 * self._sr), self._sr, 0.004)
            envelope[start : start + len(burst)] += burst
        return np.asarray(noise * envelope * np.float32(0.4), np.float32)

    def _metal(self, decay: float, corner_hz: float, length: float, ping: float = 0.2) -> Samples:
        n = int(self._sr * min(max(length, decay * 4), 2.5))
        noise = coloured_noise(n, self._sr, corner_hz, 15000, self._rng)
        f = self._rng.uniform(2000, 11000, 12)
        tone = decaying_partials(f, np.full(12, 0.3 * ping), np.full(12, decay * 1.3), n, self._sr)
        return (np.float32(0.3) * noise + high_pass(tone, 3000, self._sr)) * _decay(n, self._sr, decay)

    def _cymbal(self, decay: float, corner_hz: float, length: float, ping: float = 0.0) -> Samples:
        n = int(self._sr * min(max(length, decay * 4), 3.0))
        count = 120
        f = np.exp(self._rng.uniform(np.log(400), np.log(14000), count))
        level = 0.05 / (1 + (corner_hz / f) ** 3) * self._rng.uniform(0.3, 1, count)
        phase = self._rng.uniform(0, 6.28, count)
        ringing = decay * (0.4 + self._rng.uniform(0, 1, count)) * (4000 / f) ** 0.2
        tone = decaying_partials(f, level, ringing, n, self._sr, phase)
        noise = coloured_noise(n, self._sr, corner_hz, 12000, self._rng) * _decay(n, self._sr, decay)
        tone += np.float32(0.12) * noise
        if ping:
            stick = np.array([2900.0, 3700.0, 5100.0]) * self._rng.uniform(0.9, 1.1)
            tone += decaying_partials(stick, np.full(3, 0.2 * ping), np.full(3, 0.08), n, self._sr)
        fade = np.minimum((n - np.arange(n, dtype=np.float32)) / (0.2 * n), 1)
        return np.asarray(tone * fade, np.float32)

    def _tuned(self, partials: list[float], decay: float, noise: float) -> Samples:
        n = int(self._sr * decay * 6)
        f = np.asarray(partials)
        tone = decaying_partials(f, np.full(len(f), 0.4), np.full(len(f), decay), n, self._sr)
        hiss = coloured_noise(n, self._sr, 1000, 6000, self._rng) * _decay(n, self._sr, decay / 3)
        return tone + np.float32(0.4 * noise) * hiss

    def _skin(self, f: float, decay: float) -> Samples:
        n = int(self._sr * 0.4)
        ratios = np.array([1, 1.59, 2.14, 2.65, 3.16])
        tone = decaying_partials(f * ratios, 0.5 / np.arange(1, 6), decay / np.arange(1.0, 6.0) ** 0.7, n, self._sr)
        slap = coloured_noise(n, self._sr, 600, 4000, self._rng) * _decay(n, self._sr, 0.008)
        return tone + np.float32(0.15) * slap

    def _shaker(self) -> Samples:
        n = int(self._sr * 0.15)
        t = np.arange(n, dtype=np.float32) / self._sr
        peak = self._rng.uniform(0.015, 0.04)
        swell = (t / peak) * np.exp(1 - t / peak)
        noise = coloured_noise(n, self._sr, self._rng.uniform(3500, 6000), 12000, self._rng)
        return np.asarray(np.float32(0.25) * noise * swell, np.float32)

    def _brush(self) -> Samples:
        n = int(self._sr * 0.3)
        noise = coloured_noise(n, self._sr, 900, 7000, self._rng)
        return np.asarray(np.float32(0.25) * noise * _decay(n, self._sr, 0.07), np.float32)

    def _in_room(self, hit: Samples, seconds: float) -> Samples:
        n = int(self._sr * (0.02 + seconds * 3))
        room = coloured_noise(n, self._sr, 150, 5000, self._rng) * _decay(n, self._sr, seconds)
        room *= np.float32(0.25) / np.sqrt(np.sum(room**2))
        wet = np.convolve(hit[: int(0.1 * self._sr)], room) if n < 400 else _fft(hit, room)
        out = np.zeros(max(len(hit), len(wet)), np.float32)
        out[: len(hit)] += hit
        out[: len(wet)] += low_pass(np.asarray(wet, np.float32), 6000, self._sr, 1)
        return out


def _fft(a: Samples, b: Samples) -> Samples:
    size = len(a) + len(b) - 1
    n = 1 << (size - 1).bit_length()
    product = np.fft.irfft(np.fft.rfft(a, n) * np.fft.rfft(b, n), n)
    return np.asarray(product[:size], np.float32)
