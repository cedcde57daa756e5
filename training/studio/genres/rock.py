"""Loud guitars: rock, punk, metal, and the blues they come from."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from training.studio.effects import high_pass, low_pass
from training.studio.genres.base import Genre
from training.studio.score import Note, Samples
from training.studio.sketch import BODY, Sketch

_LIVE = 5.0  # milliseconds of human timing


def amplifier(s: Sketch, gain: float) -> Callable[[Samples], Samples]:
    """Distortion and a loudspeaker cabinet; gain 1 (edge) to 60 (wall of sound)."""
    top = float(s.rng.uniform(3500, 5500))
    low = float(s.rng.uniform(70, 120))

    def process(x: Samples) -> Samples:
        level = np.sqrt(np.mean(x**2)) * 4 + 1e-9
        tight = high_pass(x / np.float32(level), 110, s.sample_rate, 1)
        driven = np.tanh(tight * np.float32(gain) + np.float32(0.15)) - np.float32(0.15)
        return high_pass(low_pass(driven, top, s.sample_rate, 4), low, s.sample_rate)

    return process


def rock(s: Sketch) -> None:
    """Kit, bass, two guitars, perhaps an organ and a solo."""
    minor = s.key.mode == "minor"
    s.harmonise(
        ("i bVII bVI i", "i bVI bIII bVII", "i iv bVI V", "i i bVII iv", "i bIII iv i")
        if minor
        else ("I IV V IV", "I bVII IV I", "I V vi IV", "I IV I V", "I I IV V", "I vi IV V")
    )
    kit = s.drums.acoustic(float(s.rng.uniform(0.2, 0.7)))
    cymbal = "ride" if s.maybe(0.3) else "hat"
    s.beat(
        kit,
        {
            "kick": s.pick("x.....x.x.......", "x.x.....x.x.....", "x......xx.......", "x..x..x.x......."),
            "snare": s.pick("....x.......x...", "....x.......x..g"),
            cymbal: s.pick("x.o.x.o.x.o.x.o.", "x...x...x...x...", "x.x.x.x.x.x.x.x."),
        },
        s.playing(),
        "drums",
        -13,
        human_ms=_LIVE,
        send=0.06,
    )
    _bass(s, s.pick("r.r.r.r.r.r.r.r.", "r-..r.r-r-..r.f.", "r-----r.r-----s."))
    power = s.pick("x-x-x-x-x-x-x-x-", "x-----x-x-----x-", "x---..x-x-x-..x-", "x-------x-----x-")
    s.play(
        "rhythm",
        s.instruments.electric_guitar(),
        _power(s, power, s.bars("chorus", "intro", "verse")),
        "electricguitar",
        level_db=-14,
        human_ms=_LIVE,
        send=0.06,
        insert=amplifier(s, float(s.rng.uniform(3, 15))),
    )
    if s.maybe(0.6):
        arp = s.arpeggio(s.bars("verse", "break", "outro"), 62, 0.5, 1.6)
        voice, tag = s.player(
            (s.instruments.acoustic_guitar(), "acousticguitar"), (s.instruments.electric_guitar(), "electricguitar")
        )
        s.play("picking", voice, arp, tag, level_db=-18, human_ms=_LIVE, send=0.2)
    if s.maybe(0.35):
        s.play(
            "organ", s.instruments.organ(), s.hold(s.bars("chorus", "break"), 64, 3), "organ", level_db=-21, send=0.1
        )
    tune = s.melody(s.bars("chorus", "break"), 60, 81, 0.5, 0.5)
    s.play(
        "solo",
        s.instruments.electric_guitar(),
        tune,
        "electricguitar",
        level_db=-17,
        send=0.25,
        echo=0.25,
        human_ms=_LIVE,
        insert=amplifier(s, 12),
    )
    s.fills(kit, "drums", -13, 0.9)


def punk(s: Sketch) -> None:
    """Fast, three chords, all down strokes."""
    minor = s.key.mode == "minor"
    s.harmonise(
        ("i bVI bIII bVII", "i i bVI bVII", "i iv bVI V")
        if minor
        else ("I IV V IV", "I V vi IV", "I IV V V", "I I IV V")
    )
    kit = s.drums.acoustic(0.5)
    s.beat(
        kit,
        {
            "kick": s.pick("x...x...x...x...", "x.....x.x.....x.", "x...x.x.x...x.x."),
            "snare": s.pick("..x...x...x...x.", "....x.......x..."),
            s.pick("hat", "open", "ride"): "x.x.x.x.x.x.x.x.",
        },
        s.playing(),
        "drums",
        -12.5,
        human_ms=6,
        send=0.05,
    )
    _bass(s, "r.r.r.r.r.r.r.r.")
    power = s.pick("x-x-x-x-x-x-x-x-", "xxxxxxxxxxxxxxxx", "x-xxx-xxx-xxx-xx")
    s.play(
        "rhythm",
        s.instruments.electric_guitar(),
        _power(s, power, s.bars()),
        "electricguitar",
        level_db=-14.5,
        human_ms=6,
        send=0.04,
        insert=amplifier(s, float(s.rng.uniform(10, 30))),
    )
    tune = s.melody(s.bars("chorus"), 62, 79, 0.5, 0.5)
    s.play(
        "octaves",
        s.instruments.electric_guitar(),
        tune,
        "electricguitar",
        level_db=-18,
        human_ms=6,
        insert=amplifier(s, 10),
    )
    s.fills(kit, "drums", -13, 0.8)


def metal(s: Sketch) -> None:
    """Low tremolo riffs, palm mutes, double kick."""
    s.harmonise(("i i bVI bVII", "i i bVI v", "i bVI i bVII", "i i iv bVI", "i bIII bVI V"))
    kit = s.drums.acoustic(1.0)
    s.beat(
        kit,
        {
            "kick": s.pick("xxxxxxxxxxxxxxxx", "x.xxx.xxx.xxx.xx", "xx.xxx.xxx.xx.x.", "x.x.x.x.x.x.x.x."),
            "snare": s.pick("....x.......x...", "..x...x...x...x.", "........x......."),
            s.pick("ride", "open", "crash"): "x...x...x...x...",
        },
        s.playing(),
        "drums",
        -12.5,
        human_ms=2,
        send=0.05,
    )
    riff = s.pick("r.rrr.rrr.rrr.s.", "rrr.rrr.rr.r.rt.", "rrrrrrrrrrrrrrrr", "r.rr.rr.r.rr.rtf")
    riff = s.bent(riff, 1.0)
    gain = float(s.rng.uniform(25, 60))
    muted = [
        Note(n.start, n.length, n.pitch + up, n.velocity)
        for n in s.bass(riff, s.bars("verse", "intro", "build", "drop"), 38, 0.8, 0.0)
        for up in (0, 7)
    ]
    s.play(
        "chug",
        s.instruments.electric_guitar(0.8),
        muted,
        "electricguitar",
        level_db=-14,
        human_ms=2,
        insert=amplifier(s, gain),
    )
    chords = _power(
        s, s.pick("x-------x-------", "x---x---x---x---", "xxxxxxxxxxxxxxxx"), s.bars("chorus", "break", "outro"), 38
    )
    s.play(
        "wall",
        s.instruments.electric_guitar(),
        chords,
        "electricguitar",
        level_db=-14,
        human_ms=2,
        insert=amplifier(s, gain),
    )
    _bass(s, riff, 0.0)
    tune = s.melody(s.bars("chorus", "break"), 67, 88, 0.8, 0.25)
    s.play(
        "solo",
        s.instruments.electric_guitar(),
        tune,
        "electricguitar",
        level_db=-17,
        send=0.2,
        echo=0.3,
        insert=amplifier(s, 20),
    )
    s.fills(kit, "drums", -12, 1.0)


def blues(s: Sketch) -> None:
    """Twelve bars, shuffled."""
    if s.key.mode == "minor":
        s.harmonise(("i7 i7 i7 i7 iv7 iv7 i7 i7 bVI7 V7 i7 V7", "i7 iv7 i7 i7 iv7 iv7 i7 i7 V7 iv7 i7 i7"))
    else:
        s.harmonise(("I7 I7 I7 I7 IV7 IV7 I7 I7 V7 IV7 I7 V7", "I7 IV7 I7 I7 IV7 IV7 I7 I7 V7 IV7 I7 I7"))
    kit = s.drums.acoustic(0.3)
    s.beat(
        kit,
        {
            "kick": s.pick("x...x...", "x...x..o", "x..ox..."),
            "snare": "..x...x.",
            s.pick("hat", "ride"): s.pick("xoxoxoxo", "x.xox.xo"),
        },
        s.playing(),
        "drums",
        -15,
        human_ms=7,
        send=0.06,
    )
    bass = s.instruments.electric_bass() if s.maybe(0.6) else s.instruments.upright_bass()
    notes = (
        s.walk(s.bars(), 31)
        if s.maybe(0.5)
        else s.bass(s.pick("rrttffss", "r.t.f.t.", "rrrrffss").replace("s", "o"), s.bars(), 31)
    )
    s.play("bass", bass, notes, "bass", level_db=-16, human_ms=7)
    comping = s.pick("x-..x-..", ".x-..x..", "xoxoxoxo", "x..x-...")
    colour, gain = s.pick("piano", "organ", "electricguitar"), 2.5
    s.play(
        "comp",
        s.instruments.named(colour),
        s.comp(comping, s.bars(), 59, 4, 0.8, 0.01),
        colour,
        level_db=-18,
        human_ms=8,
        send=0.1,
    )
    tune = s.melody(s.bars("intro", *BODY, "break"), 62, 81, 0.5, 0.5, 2, blue=True)
    voice = s.instruments.electric_guitar()
    s.play(
        "solo",
        voice,
        tune,
        "electricguitar",
        level_db=-16,
        human_ms=9,
        send=0.2,
        insert=amplifier(s, gain * float(s.rng.uniform(0.6, 2))),
    )
    s.fills(kit, "drums", -16, 0.6)


def _bass(s: Sketch, line: str, bend: float = 0.6) -> None:
    s.play(
        "bass",
        s.instruments.electric_bass(),
        s.bass(line, s.bars(), 28, 0.9, bend),
        "bass",
        level_db=-18,
        human_ms=_LIVE,
    )


def _power(s: Sketch, pattern: str, bars: list[int], lowest: int = 40) -> list[Note]:
    notes = []
    for n in s.bass(pattern, bars, lowest, 0.9):
        for up in (0, 7, 12):
            notes.append(Note(n.start, n.length, n.pitch + up, n.velocity))
    return notes


GENRES = (
    Genre("rock", (96, 150), rock, (), 0.45, "song", (0.65, 0.9), rms_db=(-15, -11.5)),
    Genre("punk", (155, 200), punk, ("rock",), 0.3, "song", (0.85, 1.0), rms_db=(-13, -10.5)),
    Genre("metal", (100, 190), metal, ("rock",), 1.0, "song", (0.9, 1.0), rms_db=(-13, -10)),
    Genre("blues", (64, 130), blues, (), 0.2, "song", (0.4, 0.65), (0.62, 0.68), 1.0, (-17, -13.5)),
)
