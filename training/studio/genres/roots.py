"""Acoustic traditions: folk, country, latin."""

from __future__ import annotations

from training.studio.genres.base import Genre
from training.studio.score import Note
from training.studio.sketch import BODY, FULL, Sketch

_SIMPLE = ("I IV I V", "I V vi IV", "I I IV V", "I IV V I", "I vi IV V", "I V IV I")
_SIMPLE_MINOR = ("i bVII bVI V", "i iv i v", "i bVII i v", "i bIII bVII i", "i bVI bVII i")


def folk(s: Sketch) -> None:
    """Fingerpicked guitar, a tune on a fiddle, flute or accordion."""
    s.harmonise(_SIMPLE_MINOR if s.key.mode == "minor" else _SIMPLE)
    guitar = s.instruments.acoustic_guitar()
    if s.maybe(0.65):
        figure = ("r.f.o.f.r.f.o.f.", "r.o.f.o.r.o.f.o.", "rfofrfofrfofrfof") if s.bar == 4 else ("r.f.o.f.o.f.",)
        notes = s.bass(s.pick(*figure), s.bars(), 40, 1.8)
        notes += s.arpeggio(s.bars(), 62, 0.5, 2.0, float(s.rng.uniform(0.6, 1.0)))
    else:
        strum = ("x-x-xgx-x-x-xgx-", "x---x-xg..xgx-xg", "x-xgx-xgx-xgx-xg") if s.bar == 4 else ("x---x-x-x-x-",)
        notes = s.comp(s.pick(*strum), s.bars(), 57, 5, 1.0, 0.02)
    s.play("guitar", guitar, notes, "acousticguitar", level_db=-16, send=0.1, human_ms=8)
    if s.maybe(0.5):
        s.play(
            "bass", s.instruments.upright_bass(), s.bass("r-------f-------" if s.bar == 4 else "r-----------",
            s.bars(*BODY), 31), "bass", level_db=-18, human_ms=8,
        )  # fmt: skip
    tag = s.pick("violin", "flute", "accordion", "clarinet")
    tune = s.melody(s.bars("intro", "chorus", "verse", "break"), 64, 83, 0.6, 0.5, 2)
    s.play("tune", s.instruments.named(tag), tune, tag, level_db=-17, send=0.2, human_ms=12)
    if s.maybe(0.4):
        hands = s.drums.percussion()
        pattern = "....o.......o..." if s.bar == 4 else "....o...o..."
        s.beat(hands, {"tambourine": pattern, "shaker": pattern.replace(".", "g")}, s.bars(*FULL), "percussion", -18, 8)


def country(s: Sketch) -> None:
    """Boom-chick bass, strummed and twanging guitars, a train beat, a fiddle."""
    s.harmonise(_SIMPLE)
    kit = s.drums.acoustic(0.6)
    lines = {"kick": s.pick("x.......x.......", "x.......x.x....."),
             "snare": s.pick("gogxgogxgogxgogx", "....x.......x...", "g.gxg.gxg.gxg.gx")}  # fmt: skip
    s.beat(kit, lines | {"hat": "x...x...x...x..."}, s.playing(), "drums", -16, human_ms=5)
    s.play("bass", s.instruments.electric_bass(), s.bass("r---....f---....", s.bars(), 29, 0.9, 0.3), "bass",
           level_db=-16, human_ms=5)  # fmt: skip
    strum = s.pick("....x-......x-..", "x-..x-x-x-..x-xg", "x-xgx-xgx-xgx-xg")
    s.play("strum", s.instruments.acoustic_guitar(), s.comp(strum, s.bars(), 59, 5, 0.9, 0.015),
           "acousticguitar", level_db=-17.5, human_ms=6, send=0.08)  # fmt: skip
    tag = s.pick("violin", "electricguitar", "piano")
    tune = s.melody(s.bars("intro", "chorus", "break"), 62, 81, 0.6, 0.5, 2)
    s.play("tune", s.instruments.named(tag), tune, tag, level_db=-17, send=0.2, human_ms=9)
    licks = s.melody(s.bars(*BODY), 55, 72, 0.4, 0.5, 2)
    s.play("licks", s.instruments.electric_guitar(), licks, "electricguitar", level_db=-19, send=0.15, human_ms=7)
    s.fills(kit, "drums", -17, 0.6)


def latin(s: Sketch) -> None:
    """Clave, tumbao, montuno or bossa guitar."""
    if s.key.mode == "minor":
        s.harmonise(("i7 iv7 V7 i7", "i i V7 V7", "i7 bVII bVImaj7 V7", "i6 i6 ii7b5 V7"))
    else:
        s.harmonise(("Imaj7 vi7 ii7 V7", "I IV V7 I", "Imaj7 Imaj7 ii7 V7", "I IV V7 IV"))
    hands = s.drums.percussion()
    clave = s.pick("x..x..x...x.x...", "..x.x...x..x..x.", "x..x..x...x..x..", "x..x...x..x.x...")
    lines = {"block": clave, "conga": s.pick("g.o.g.xxg.o.g.oo", "o.g.x.oog.g.x.oo", "gogxgooogogxgooo"),
             "shaker": s.pick("xgogxgogxgogxgog", "x.g.x.g.x.g.x.g."),
             "bongo": s.pick("xgogxgog", "x.g.x.gg")}  # fmt: skip
    s.beat(hands, lines, s.bars(), "percussion", -12, human_ms=5, send=0.08)
    bossa = s.maybe(0.45)
    tumbao = s.pick("r-....f-..r-....", "r-....r-f-....r-") if bossa else s.pick("...r--..f---r---", "r..f..o-...f..r-")
    voice = s.instruments.upright_bass() if s.maybe(0.6) else s.instruments.electric_bass()
    s.play("bass", voice, s.bass(tumbao, s.bars(), 31, 0.9), "bass", level_db=-15.5, human_ms=6)
    if bossa:
        pattern = s.pick("x--x--x---x--x--", "x-..x-..x..x-..x")
        s.play("guitar", s.instruments.acoustic_guitar(), s.comp(pattern, s.bars(), 60, 4, 0.9, 0.008),
               "acousticguitar", level_db=-16, human_ms=6, send=0.12)  # fmt: skip
    else:
        pattern = s.pick("x.xx.x.xx.x.x.x.", "x..x.xx.x.x.xx.x", "..x.xx.x.xx.x.x.")
        low = s.comp(pattern, s.bars(), 62, 3, 0.8)
        high = [Note(n.start, n.length, n.pitch + 12, n.velocity) for n in low]
        s.play("montuno", s.instruments.piano(), low + high, "piano", level_db=-16.5, human_ms=5, send=0.1)
    tag = s.pick("brass", "trumpet", "flute", "saxophone")
    tune = s.melody(s.bars("intro", "chorus", "break"), 64, 82, 0.55, 0.5, 2)
    s.play("tune", s.instruments.named(tag), tune, tag, level_db=-17, send=0.2, human_ms=8)
    if s.maybe(0.5):
        kit = s.drums.acoustic(0.8)
        lines = {"kick": "x..x....x..x....", "rim": clave, "hat": "x.o.x.o.x.o.x.o."}
        s.beat(kit, lines, s.bars(*FULL), "drums", -17, human_ms=5)


GENRES = (
    Genre("folk", (80, 140), folk, (), 0.35, "song", (0.2, 0.45), rms_db=(-20, -15.5), meters=(4, 4, 3)),
    Genre("country", (84, 132), country, (), 0.0, "song", (0.45, 0.7), (0.5, 0.58), 0.5, (-16, -12.5)),
    Genre("latin", (88, 132), latin, (), 0.6, "song", (0.5, 0.8), rms_db=(-17, -13)),
)  # fmt: skip
