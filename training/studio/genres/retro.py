"""Synthwave and chiptune."""

from __future__ import annotations

from training.studio.genres.base import Genre, harmonise
from training.studio.sketch import BODY, FULL, Sketch


def synthwave(s: Sketch) -> None:
    """Gated snare, octave bass, bright pads, a heroic lead."""
    harmonise(s)
    kit = s.drums.machine(0.4)
    s.beat(
        kit,
        {
            "kick": s.pick("x...x...x...x...", "x.......x.......", "x.....x.x......."),
            "snare": "....x.......x...",
            "hat": s.pick("x.o.x.o.x.o.x.o.", "xgogxgogxgogxgog"),
            "tom": s.pick("................", "..............oo"),
        },
        s.bars(*BODY, "outro"),
        "drummachine",
        -14,
        send=0.12,
    )
    line = s.pick("rrrrrrrrrrrrrrrr", "r.r.r.r.r.r.r.r.", "rrorrrorrrorrror", ".rrr.rrr.rrr.rrr", "r.o.r.o.r.o.r.o.")
    s.play(
        "bass", s.patches.bass(), s.bass(line, s.bars(*BODY, "intro"), 31, 0.75), "synthbass", level_db=-16, duck=0.3
    )
    s.play(
        "pad",
        s.patches.supersaw() if s.maybe(0.3) else s.patches.pad(),
        s.hold(s.bars(), 63),
        "synthesizer",
        level_db=-20,
        send=0.4,
        duck=0.3,
    )
    arp = s.arpeggio(s.bars("intro", "verse", "break"), 70, float(s.rng.choice([0.25, 0.5])), 0.8)
    s.play("arp", s.patches.pluck(), arp, "synthesizer", level_db=-21, send=0.3, echo=0.5, sweep=True)
    tune = s.melody(s.bars("chorus", "drop", "break"), 66, 84, 0.5, 0.5, 4)
    s.play("lead", s.patches.lead(), tune, "synthesizer", level_db=-18, send=0.35, echo=0.5)
    s.fills(kit, "drummachine", -14, 0.9)


def chiptune(s: Sketch) -> None:
    """Two pulses, a triangle and noise."""
    harmonise(s)
    kit = s.drums.chip()
    s.beat(
        kit,
        {
            "kick": s.pick("x...x...x...x...", "x.....x.x.......", "x..x..x.x.....x."),
            "snare": s.pick("....x.......x...", "....x..x....x..x"),
            "hat": s.pick("..x...x...x...x.", "x.o.x.o.x.o.x.o.", "gogogogogogogogo"),
        },
        s.bars(),
        "drummachine",
        -16,
        send=0.0,
    )
    line = s.pick("r.o.r.o.r.o.r.o.", "rrorrrorrrorrror", "r..r..o.r..r..o.", "r.f.o.f.r.f.o.f.")
    s.play("triangle", s.patches.chip_bass(), s.bass(line, s.bars(), 36, 0.8), "synthbass", level_db=-16)
    if s.maybe(0.7):
        notes = s.arpeggio(s.bars("intro", *FULL, "break"), 64, 0.125, 0.95)
    else:
        notes = s.comp("x.x.x.x.x.x.x.x.", s.bars("intro", *FULL, "break"), 64, 2, 0.6)
    s.play("pulse two", s.patches.chip(), notes, "synthesizer", level_db=-20)
    tune = s.melody(s.bars(), 69, 91, 0.65, float(s.rng.choice([0.5, 0.25])), 2, 0.85)
    s.play("pulse one", s.patches.chip(), tune, "synthesizer", level_db=-16, echo=s.rng.uniform(0, 0.4))
    s.fills(kit, "drummachine", -17, 0.8)


GENRES = (
    Genre("synthwave", (80, 124), synthwave, ("electronic",), 0.85, "song", (0.6, 0.85)),
    Genre(
        "chiptune",
        (110, 175),
        chiptune,
        ("electronic",),
        0.4,
        "song",
        (0.6, 0.85),
        rms_db=(-15, -12),
        tilt_db=(-2, 1),
        top_hz=(14000, 15800),
    ),
)
