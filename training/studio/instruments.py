"""The instrument room: random players of every acoustic and electric instrument."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from training.studio.acoustic import Organ, Piano, Plucked, Struck, Sustained
from training.studio.score import Voice


class Instruments:
    """Draws acoustic and electric instruments, no two quite alike."""

    def __init__(self, sample_rate: int, rng: np.random.Generator) -> None:
        """Instruments at a sample rate, drawn from rng."""
        self._sample_rate = sample_rate
        self._rng = rng

    def _seed(self) -> int:
        return int(self._rng.integers(1 << 31))

    def named(self, tag: str) -> Voice:
        """The instrument of a tag; ``strings`` and ``brass`` are sections."""
        makers: dict[str, Callable[[], Voice]] = {
            "piano": self.piano,
            "electricpiano": self.electric_piano,
            "organ": self.organ,
            "acousticguitar": self.acoustic_guitar,
            "electricguitar": self.electric_guitar,
            "strings": lambda: self.violin(4),
            "brass": lambda: self.trumpet(3),
            "saxophone": self.saxophone,
            "trumpet": self.trumpet,
            "flute": self.flute,
            "mallets": self.mallets,
            "harp": self.harp,
            "violin": self.violin,
            "cello": self.cello,
            "accordion": self.accordion,
            "clarinet": self.clarinet,
        }
        return makers[tag]()

    def piano(self) -> Piano:
        """Grand or upright."""
        u = self._rng.uniform
        return Piano(self._sample_rate, self._seed(), u(0.7, 1.5), u(0.02, 0.08), u(0.3, 2.5))

    def electric_piano(self) -> Struck:
        """Tine piano with pick-up bark."""
        u = self._rng.uniform
        return Struck(
            self._sample_rate, (1, 2, 3, u(6.8, 7.4), u(14, 16)),
            (0.7, u(0.08, 0.25), u(0.02, 0.1), u(0.05, 0.2), 0.03), (1.6, 0.9, 0.6, 0.12, 0.05),
            bark=u(0.3, 1.6), tremolo_hz=float(self._rng.choice([0, 0, u(3.5, 6)])),
        )  # fmt: skip

    def mallets(self) -> Struck:
        """Vibraphone, marimba or kalimba."""
        u = self._rng.uniform
        kinds = (
            ((1, 3.98, 9.9), (0.7, 0.15, 0.06), (1.6, 0.5, 0.1)),
            ((1, 3.93, 9.2), (0.7, 0.25, 0.1), (0.28, 0.09, 0.04)),
            ((1, 5.8, 6.3, 13.1), (0.7, 0.2, 0.1, 0.05), (0.6, 0.2, 0.12, 0.05)),
        )
        ratios, levels, decays = kinds[int(self._rng.integers(3))]
        return Struck(self._sample_rate, ratios, levels, decays, release=u(0.1, 0.4))

    def organ(self) -> Organ:
        """Tone-wheel organ."""
        bars = self._rng.uniform(0, 1, 9) * np.array([1, 1, 1, 1, 0.7, 0.8, 0.5, 0.5, 0.7])
        bars[[0, 2]] = self._rng.uniform(0.6, 1, 2)
        return Organ(self._sample_rate, bars.tolist(), self._rng.uniform(0.8, 7))

    def acoustic_guitar(self) -> Plucked:
        """Steel or nylon strings on a wooden body."""
        u = self._rng.uniform
        return Plucked(self._sample_rate, self._seed(), u(0.35, 0.9), u(0.6, 1.3), u(0.1, 0.25), 0.0, 0.12)

    def electric_guitar(self, mute: float = 0.0) -> Plucked:
        """Solid body; the amplifier is the part's insert."""
        u = self._rng.uniform
        return Plucked(self._sample_rate, self._seed(), u(0.4, 0.8), u(1.5, 3), u(0.08, 0.2), mute)

    def electric_bass(self) -> Plucked:
        """Finger or pick."""
        u = self._rng.uniform
        return Plucked(self._sample_rate, self._seed(), u(0.12, 0.55), u(0.5, 1.1), u(0.1, 0.3))

    def upright_bass(self) -> Plucked:
        """Plucked double bass."""
        u = self._rng.uniform
        return Plucked(self._sample_rate, self._seed(), u(0.04, 0.14), u(0.22, 0.4), u(0.15, 0.3), 0.0, 0.15)

    def harp(self) -> Plucked:
        """Long soft strings."""
        u = self._rng.uniform
        return Plucked(self._sample_rate, self._seed(), u(0.2, 0.4), u(1.0, 1.8), 0.4)

    def violin(self, players: int = 1) -> Sustained:
        """Violin, or a section of them."""
        u = self._rng.uniform
        return Sustained(
            self._sample_rate, self._seed(), u(0.9, 1.2),
            formants=((u(280, 320), 0.8), (u(500, 600), 0.7), (u(1000, 1300), 0.8), (2800, 0.9)),
            players=players, attack=u(0.04, 0.12), release=u(0.12, 0.35),
            brightness_hz=u(3000, 6500), vibrato_cents=u(8, 25), breath=0.015,
        )  # fmt: skip

    def cello(self, players: int = 1) -> Sustained:
        """Cello, or a section of them."""
        u = self._rng.uniform
        return Sustained(
            self._sample_rate, self._seed(), u(1.0, 1.3),
            formants=((u(100, 120), 0.8), (u(210, 260), 0.8), (u(420, 520), 0.6), (1700, 0.6)),
            players=players, attack=u(0.05, 0.14), release=u(0.12, 0.35),
            brightness_hz=u(1500, 3200), vibrato_cents=u(8, 20), breath=0.015,
        )  # fmt: skip

    def trumpet(self, players: int = 1) -> Sustained:
        """Trumpet, or a brass section."""
        u = self._rng.uniform
        return Sustained(
            self._sample_rate, self._seed(), u(0.5, 0.8), formants=((1200, 1.0), (2400, 0.5)),
            players=players, attack=u(0.02, 0.05), release=0.08, brightness_hz=u(2200, 4500),
            swell=u(1.5, 3), vibrato_cents=u(0, 10), breath=0.01,
        )  # fmt: skip

    def saxophone(self) -> Sustained:
        """Alto or tenor."""
        u = self._rng.uniform
        return Sustained(
            self._sample_rate, self._seed(), u(0.7, 1.0),
            formants=((u(500, 700), 0.9), (u(1300, 1700), 0.8), (2800, 0.4)),
            attack=u(0.02, 0.06), release=0.1, brightness_hz=u(2000, 3800), swell=1.2,
            vibrato_cents=u(8, 20), breath=u(0.03, 0.07),
        )  # fmt: skip

    def flute(self) -> Sustained:
        """Breathy, nearly a sine."""
        u = self._rng.uniform
        return Sustained(
            self._sample_rate, self._seed(), u(1.9, 2.5), attack=u(0.04, 0.08), release=0.1,
            brightness_hz=5000, swell=0.5, vibrato_cents=u(8, 18), breath=u(0.06, 0.14),
        )  # fmt: skip

    def clarinet(self) -> Sustained:
        """Odd harmonics, hardly any vibrato."""
        u = self._rng.uniform
        return Sustained(
            self._sample_rate, self._seed(), u(1.0, 1.3), u(0.8, 0.95), formants=((1500, 0.6),),
            attack=u(0.03, 0.06), release=0.08, brightness_hz=u(2000, 3500), swell=0.8,
            vibrato_cents=u(0, 5), breath=u(0.01, 0.03),
        )  # fmt: skip

    def accordion(self) -> Sustained:
        """Two or three reeds beating against each other."""
        u = self._rng.uniform
        return Sustained(
            self._sample_rate, self._seed(), u(0.5, 0.8), formants=((900, 0.5), (2600, 0.7)),
            players=3, attack=u(0.02, 0.04), release=0.06, brightness_hz=u(3500, 6000), swell=0.4,
            vibrato_cents=0.0, breath=0.01,
        )  # fmt: skip
