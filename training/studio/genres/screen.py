"""For radio and cinema: rnb, edm, soundtrack."""

from __future__ import annotations

from training.studio.genres.base import MAJOR_SEVENTHS, MINOR_LOOPS, MINOR_SEVENTHS, Genre, harmonise
from training.studio.sketch import BODY, FULL, Sketch, kit_tag


def rnb(s: Sketch) -> None:
    """Slow machine groove, rich chords, round bass."""
    s.harmonise(MINOR_SEVENTHS if s.key.mode == "minor" else MAJOR_SEVENTHS)
    kit = s.drums.machine(0.2)
    s.beat(
        kit,
        {
            "kick": s.pick("x..x......x.....", "x.....x..x......", "x......x..x..x.."),
            s.pick("snare", "clap"): s.pick("....x.......x...", "........x......."),
            "hat": s.pick("xgogxgogxgogxgog", "x.o.x.ogx.o.x.go", "x.gox.gox.gox.gg"),
            "rim": s.pick("................", "...o.....o....o."),
        },
        s.bars(*BODY),
        kit_tag(kit), -14, human_ms=5, send=0.06,
    )  # fmt: skip
    s.play("bass", s.patches.sub(), s.bass(s.pick("r--r--....r-f-..", "r-----r-..r-s-..", "r-..r-......r-o-"),
           s.bars(*BODY), 30), "synthbass", level_db=-15, human_ms=4)  # fmt: skip
    pattern = s.pick("x-----x---x-----", "x-------x-----x-", "x--x------x-----")
    s.play("keys", s.instruments.electric_piano(), s.comp(pattern, s.bars(), 62, 4, 0.97, 0.012), "electricpiano",
           level_db=-16.5, human_ms=7, send=0.2)  # fmt: skip
    s.play("pad", s.patches.pad(), s.hold(s.bars("chorus", "break"), 66), "synthesizer", level_db=-22, send=0.4)
    voice, tag = s.player(
        (s.instruments.electric_guitar(), "electricguitar"), (s.instruments.saxophone(), "saxophone"),
        (s.patches.lead(), "synthesizer"),
    )  # fmt: skip
    tune = s.melody(s.bars("chorus", "intro", "break"), 64, 81, 0.45, 0.5, 2)
    s.play("tune", voice, tune, tag, level_db=-18.5, send=0.3, echo=0.2, human_ms=9)
    s.fills(kit, kit_tag(kit), -16, 0.4)


def edm(s: Sketch) -> None:
    """Festival drops: huge saws, simple hooks, long builds."""
    harmonise(s)
    kit = s.drums.machine(0.9)
    drop = s.bars("drop", "outro")
    s.beat(
        kit,
        {
            "kick": "x...x...x...x...",
            "clap": "....x.......x...",
            "open": "..x...x...x...x.",
            "hat": s.pick("................", "gogogogogogogogo"),
        },
        [*s.bars("intro", "verse"), *drop],
        "drummachine", -13, send=0.05,
    )  # fmt: skip
    hook = s.pick("x..x..x.x..x..x.", "x.x.x..x.xx.x...", "x--x--x-x--x--x-", "x...x..x..x.x.x.")
    s.play("saws", s.patches.supersaw(), s.comp(hook, s.bars("drop"), 66, 4, 0.8), "synthesizer", level_db=-15,
           send=0.25, duck=0.75)  # fmt: skip
    s.play("bass", s.patches.bass(), s.bass(s.pick("..r...r...r...r.", "r..r..r.r..r..r."), s.bars(*FULL), 30),
           "synthbass", level_db=-16, duck=0.7)  # fmt: skip
    tune = s.melody(s.bars("drop"), 72, 88, 0.55, 0.5, 4)
    s.play("lead", s.patches.lead(), tune, "synthesizer", level_db=-18, send=0.3, echo=0.3, duck=0.4)
    voice, tag = s.player((s.instruments.piano(), "piano"), (s.patches.pluck(), "synthesizer"))
    s.play("break", voice, s.comp("x-----x---x-x---", s.bars("break", "build", "verse", "intro"), 62), tag,
           level_db=-18, send=0.35, echo=0.2)  # fmt: skip
    s.play("pad", s.patches.pad(), s.hold(s.bars("break", "build", "verse"), 64), "synthesizer", level_db=-21, send=0.5)
    s.fills(kit, "drummachine", -14, 0.6)
    s.build_up(kit, -12)


def soundtrack(s: Sketch) -> None:
    """Orchestra: ostinato strings, brass chorale, timpani."""
    s.harmonise(
        MINOR_LOOPS if s.key.mode == "minor" else ("I V vi IV", "I IV V I", "I iii IV V", "I IV ii V", "I V IV I")
    )
    s.play("strings", s.instruments.violin(5), s.hold(s.bars(), 62), "strings", level_db=-18, send=0.5)
    s.play("cellos", s.instruments.cello(3), s.bass(s.pick("r---------------", "r-r-r-r-r-r-r-r-", "r--r--r-r--r--r-"),
           s.bars(), 36, 0.9, 0.0), "cello", level_db=-17, send=0.4, human_ms=8)  # fmt: skip
    ostinato = s.arpeggio(s.bars(*BODY), 67, float(s.rng.choice([0.25, 0.5])), 0.7)
    s.play("ostinato", s.instruments.violin(4), ostinato, "strings", level_db=-19, send=0.4, human_ms=7)
    s.play("brass", s.instruments.trumpet(4), s.comp(s.pick("x-------x-------", "x---------------", "x-----x-x-------"),
           s.bars("chorus", "verse"), 58), "brass", level_db=-17, send=0.45, human_ms=8)  # fmt: skip
    tag = s.pick("violin", "trumpet", "piano", "clarinet", "flute", "harp")
    tune = s.melody(s.bars("intro", "verse", "chorus", "break"), 64, 86, 0.45, 0.5, 4)
    s.play("theme", s.instruments.named(tag), tune, tag, level_db=-16.5, send=0.45, human_ms=12)
    drums = s.drums.acoustic(0.0)
    pattern = s.pick("x.......x..x....", "x..x..x.x..x..x.", "x...............", "x.......x.......")
    s.beat(drums, {"tom": pattern, "kick": "x.......x......."}, s.bars("chorus", "build"), "percussion", -15, 8, 0.4)
    s.fills(drums, "percussion", -16, 0.5)


GENRES = (
    Genre("rnb", (62, 100), rnb, (), 0.6, "song", (0.4, 0.65), (0.5, 0.6), 0.5, (-16, -12)),
    Genre("edm", (124, 132), edm, ("electronic",), 0.6, intensity=(0.9, 1.0), rms_db=(-12.5, -10)),
    Genre("soundtrack", (70, 150), soundtrack, (), 0.75, "song", (0.4, 0.85), rms_db=(-18, -14),
          reverb_seconds=(2, 3.5)),
)  # fmt: skip
