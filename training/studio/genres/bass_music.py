"""Broken beats over heavy bass: drum and bass, dubstep, breakbeat."""

from __future__ import annotations

from dataclasses import replace

from training.studio.genres.base import Genre, harmonise
from training.studio.sketch import BODY, FULL, Sketch, kit_tag


def drumnbass(s: Sketch) -> None:
    """Fast breaks over half-time bass."""
    harmonise(s, s.pick("drone", "triads", "sevenths"))
    liquid = s.maybe(0.5)
    kit = s.drums.acoustic(1.0) if s.maybe(0.4) else s.drums.machine(0.6)
    s.beat(
        kit,
        {
            "kick": s.pick("x.........x.....", "x.....g...x.....", "x..?......x..?..", "x.x.......x....."),
            "snare": s.pick("....x.......x...", "....x..g.g..x...", "....x..g....x..g", "....x.g..g..x.g."),
            "hat": s.pick("x.o.x.o.x.o.x.o.", "xgogxgogxgogxgog", "x.ogx.ogx.ogx.og"),
            "ride": s.pick("................", "x...x...x...x..."),
        },
        s.bars(*FULL, "intro", "outro"),
        kit_tag(kit),
        -13,
        send=0.03,
    )
    shaker = s.drums.percussion()
    s.beat(shaker, {"shaker": "gogxgogxgogxgogx"}, s.bars("intro", *BODY), "", -14)
    voice = s.patches.reese() if not liquid or s.maybe(0.4) else s.patches.sub()
    line = s.pick(
        "r---------r-----",
        "r-----r---s-----",
        "r-------..r-o---",
        "r--r--r-----f---",
        "r-----------o-s-r-----r---------",
    )
    s.play("bass", voice, s.bass(line, s.bars(*FULL), 29, 0.95), "synthbass", level_db=-15.5, duck=0.4)
    rows = s.bars("intro", "break", "build", *(FULL if liquid else ()))
    s.play("pad", s.patches.pad(), s.hold(rows, 63), "synthesizer", level_db=-20, send=0.5, sweep=True)
    if liquid:
        keys, tag = s.player((s.instruments.piano(), "piano"), (s.instruments.electric_piano(), "electricpiano"))
        pattern = s.pick("x-----x-----x---", "x---x-----x-----", "x--x--x---x-----")
        s.play(
            "keys", keys, s.comp(pattern, s.bars("intro", "break", *BODY), 65), tag, level_db=-18, send=0.3, echo=0.25
        )
    else:
        stab = s.comp(s.pick("x..x............", "......x.........", "x.....x..x......"), s.bars(*BODY), 62, 3, 0.6)
        s.play("stab", s.patches.stab(), stab, "synthesizer", level_db=-19, send=0.3, echo=0.5)
    tune = s.melody(s.bars(*FULL, "break"), 67, 84, 0.3, 1.0, 4)
    s.play("lead", s.patches.lead(), tune, "synthesizer", level_db=-23, send=0.4, echo=0.5)
    s.fills(kit, kit_tag(kit), -14, 0.8)
    s.build_up(kit, -14)


def dubstep(s: Sketch) -> None:
    """Half-time drums, wobbling growls."""
    harmonise(s, s.pick("drone", "triads"))
    kit = s.drums.machine(0.9)
    s.beat(
        kit,
        {
            "kick": s.pick("x.....?...?.....", "x..x......?.....", "x.........x.....", "x.....x....?...."),
            "snare": s.pick("........x.......", "........x.......", "........x......g"),
            "hat": s.pick("x.g.x.g.x.g.x.g.", "x..o..o.x..o..o.", "g.gog.gog.gogogo"),
        },
        s.bars("intro", *FULL, "outro"),
        "drummachine",
        -12.5,
        send=0.06,
    )
    beat_hz = s.score.groove.tempo_bpm / 60
    rates = s.rng.permutation([1.0, 1.5, 2.0, 3.0, 4.0])[:3]
    growls = [replace(s.patches.wobble(1.0), lfo_hz=float(r) * beat_hz) for r in rates]
    lines = [
        s.pick("r-------r---....", "r---....r---r---", "r-----..r-..o---", "r---r-..----r-s-"),
        s.pick("....r---....r-r-", "........r-------", "..r-....r---...."),
    ]
    for i, line in enumerate(lines):
        rows = s.bars(*FULL) if i == 0 else s.bars(*FULL)[1::2]
        s.play(
            f"growl {i}",
            growls[i],
            s.bass(line, rows, 41, 0.95),
            "synthbass",
            level_db=-15 - 2 * i,
            send=0.08,
            duck=0.3,
        )
    s.play("sub", s.patches.sub(), s.bass("r-------r-------", s.bars(*FULL), 29), "synthbass", level_db=-18, duck=0.4)
    s.play(
        "pad",
        s.patches.pad(),
        s.hold(s.bars("intro", "break", "build", "outro"), 62),
        "synthesizer",
        level_db=-19,
        send=0.5,
    )
    tune = s.melody(s.bars("intro", "break", "build", "outro"), 67, 82, 0.4, 0.5)
    s.play("lead", s.patches.pluck(), tune, "synthesizer", level_db=-19, send=0.4, echo=0.5)
    stab = s.comp(s.pick("x.......x.......", "x..x..x.........", "x---------------"), s.bars(*FULL), 65)
    s.play("saws", s.patches.supersaw(), stab, "synthesizer", level_db=-19, send=0.3, duck=0.5)
    s.fills(kit, "drummachine", -14, 0.8)
    s.build_up(kit, -13)


def breakbeat(s: Sketch) -> None:
    """Syncopated breaks, big bass, stabs."""
    harmonise(s, s.pick("drone", "triads"))
    kit = s.drums.acoustic(0.7) if s.maybe(0.6) else s.drums.machine(0.6)
    s.beat(
        kit,
        {
            "kick": s.pick("x.x.......x.....", "x.....x...x.....", "x..x......xx....", "x.....x..x......"),
            "snare": s.pick("....x..g.g..x...", "....x.......x...", "....x..g....x.gg"),
            "hat": s.pick("x.o.x.o.x.o.x.o.", "xgogxgogxgogxgog"),
            "open": s.pick("..............x.", "......x.........", "................"),
        },
        s.bars("intro", *BODY, "outro"),
        kit_tag(kit),
        -13,
        human_ms=3,
        send=0.05,
    )
    line = s.pick("r..r..r...r.o...", "r..o..r.s.r..r..", "r.r...o...r..f..", "r-----r-s---r-o-")
    bass = s.patches.acid() if s.maybe(0.35) else s.patches.bass()
    s.play("bass", bass, s.bass(line, s.bars(*FULL, "build"), 31, 0.85), "synthbass", level_db=-15.5)
    stab = s.pick("x..x..x.........", "..x..x....x..x..", "x.......x..x....")
    s.play(
        "stab",
        s.patches.stab(),
        s.comp(stab, s.bars(*BODY, "break"), 62, 4, 0.6),
        "synthesizer",
        level_db=-18,
        send=0.3,
        echo=0.4,
        sweep=True,
    )
    if s.maybe(0.6):
        s.play(
            "organ",
            s.instruments.organ(),
            s.comp("x..x..x.x..x..x.", s.bars("drop", "break"), 65, 3, 0.5),
            "organ",
            level_db=-20,
            send=0.15,
        )
    tune = s.melody(s.bars("drop", "break"), 67, 84, 0.4, 0.5)
    s.play("lead", s.patches.lead(), tune, "synthesizer", level_db=-21, send=0.25, echo=0.4)
    s.fills(kit, kit_tag(kit), -14, 0.9)
    s.build_up(kit, -15)


GENRES = (
    Genre("drumnbass", (168, 180), drumnbass, ("electronic",), 0.85, rms_db=(-13, -10.5), intensity=(0.85, 1.0)),
    Genre("dubstep", (136, 146), dubstep, ("electronic",), 1.0, rms_db=(-12.5, -10), intensity=(0.85, 1.0)),
    Genre("breakbeat", (122, 140), breakbeat, ("electronic",), 0.8, swing=(0.5, 0.55)),
)
