"""Four to the floor: house, techno, trance, disco."""

from __future__ import annotations

from dataclasses import replace

from training.studio.genres.base import Genre, harmonise
from training.studio.sketch import BODY, FULL, Sketch

_FLOOR = "x...x...x...x..."


def house(s: Sketch) -> None:
    """Soulful chords over a swung machine."""
    harmonise(s, "sevenths" if s.maybe(0.65) else "triads")
    kit = s.drums.machine(0.25)
    s.beat(
        kit,
        {
            "kick": _FLOOR,
            "clap": s.pick("....x.......x...", "....x.......x..g", "....x..g....x..."),
            "open": s.pick("..x...x...x...x.", "..x...x...x...x?"),
            "hat": s.pick("?.g?g.g?g.g?g.gg", "gogogogogogogogo", "g.gog.gog.gog.go", "..g...g...g...g."),
        },
        s.bars("intro", *BODY, "outro"),
        "drummachine",
        -14,
        send=0.02,
    )
    if s.maybe(0.55):
        hands = s.drums.percussion()
        pattern = s.pick("..o..o....o.oo..", "o..o..o...o.o...", "..go..o...go..oo")
        lines = {s.pick("conga", "bongo"): pattern, "shaker": "ogxgogxgogxgogxg"}
        s.beat(hands, lines, s.bars(*BODY), "percussion", -13, human_ms=5)
    bass = s.patches.bass() if s.maybe(0.7) else s.patches.sub()
    line = s.pick(
        "..r...r...r...r.",
        "r..r..r.r..r..o.",
        "..rr..r...rr..o.",
        "r.....r..r.r..s.",
        "r..r...o..r.r.f.",
        "..r..r..r..r.ro.",
    )
    s.play("bass", bass, s.bass(line, s.bars(*FULL, "build"), 31, 0.8), "synthbass", level_db=-16.5, duck=0.5)
    stab = s.pick(
        "..x...x...x...x.",
        "x..x..x...x..x..",
        "x-..x-....x-....",
        "..x..x..x...x...",
        "x..x......x..x..",
        "...x..x....x..x.",
    )
    rows = s.bars("intro", *BODY, "break")
    colour = s.pick("piano", "electricpiano", "organ", "stab")
    if colour == "stab":
        s.play(
            "stab",
            s.patches.stab(),
            s.comp(stab, rows, 60, 4, 0.7),
            "synthesizer",
            level_db=-19,
            send=0.3,
            echo=0.3,
            duck=0.5,
            sweep=True,
        )
    else:
        s.play(
            "keys",
            s.instruments.named(colour),
            s.comp(stab, rows, 61, 4, 0.9),
            colour,
            level_db=-18,
            send=0.2,
            echo=0.1,
            duck=0.35,
            sweep=True,
        )
    if s.maybe(0.6):
        s.play(
            "pad",
            s.patches.pad(),
            s.hold(s.bars("break", "build", "drop"), 64),
            "synthesizer",
            level_db=-24,
            send=0.4,
            duck=0.6,
        )
    if s.maybe(0.5):
        tune = s.melody(s.bars("drop", "chorus"), 67, 84, 0.35, 0.5)
        s.play("lead", s.patches.pluck(), tune, "synthesizer", level_db=-23, send=0.3, echo=0.5)
    s.fills(kit, "drummachine", -15, 0.5)
    s.build_up(kit, -15)


def techno(s: Sketch) -> None:
    """Hard, hypnotic, few chords."""
    harmonise(s, "drone")
    kit = s.drums.machine(float(s.rng.uniform(0.5, 1)))
    s.beat(
        kit,
        {
            "kick": s.pick(_FLOOR, _FLOOR, "x...x...x...x..g"),
            "clap": s.pick("................", "....x.......x...", "............x..."),
            "open": s.pick("..x...x...x...x.", "..x...x...x...x.", "......x.......x."),
            "hat": s.pick("gogogogogogogogo", "xgogxgogxgogxgog", "..g...g...g...gg", "gggggggggggggggg"),
            "rim": s.pick("................", "...x..x....x..x.", ".o..o..o..o..o.."),
            "ride": s.pick("................", "x...x...x...x...", "..o...o...o...o."),
            "tom": s.pick("................", "...o.....o....o.", "..o..o.....o...."),
        },
        s.bars("intro", *BODY, "outro"),
        "drummachine",
        -13,
        send=0.04,
    )
    rumble = replace(s.patches.sub(), cutoff_hz=180.0, decay=0.15)
    line = s.pick("..rr..rr..rr..rr", ".rrr.rrr.rrr.rrr", "..r...r...r...r.", "r.rr.rr.r.rr.rro")
    s.play(
        "rumble",
        rumble,
        s.bass(line, s.bars(*FULL, "build", "intro"), 29, 0.9),
        "synthbass",
        level_db=-17,
        duck=0.8,
        send=0.15,
    )
    if s.maybe(0.55):
        acid = s.pick("rr.or.s.rr.ro.rf", "r.ro.rrs.r.or.or", "rrorrsrorrfrorrs", "r..o.r.rr..s.ro.")
        s.play(
            "acid",
            s.patches.acid(),
            s.bass(acid, s.bars(*BODY, "break"), 33, 0.7),
            "synthbass",
            level_db=-20,
            send=0.15,
            echo=0.25,
            sweep=True,
        )
    else:
        notes = s.arpeggio(s.bars("intro", *BODY, "break"), 58, 0.25, 0.6, 0.55)
        s.play(
            "sequence", s.patches.pluck(), notes, "synthesizer", level_db=-20, send=0.25, echo=0.4, duck=0.4, sweep=True
        )
    if s.maybe(0.7):
        pattern = s.pick("...x............", "x.....x.........", "......x...x.....", "..x.....x.......")
        s.play(
            "stab",
            s.patches.stab(),
            s.comp(pattern, s.bars(*BODY, "break"), 58, 3, 0.5),
            "synthesizer",
            level_db=-21,
            send=0.5,
            echo=0.6,
            duck=0.3,
        )
    if s.maybe(0.85):
        s.play("drone", s.patches.pad(), s.hold(s.bars(), 57, 3), "synthesizer", level_db=-23.5, send=0.5, duck=0.5)
    s.fills(kit, "drummachine", -15, 0.4)
    s.build_up(kit, -15)


def trance(s: Sketch) -> None:
    """Supersaws, rolling bass, long breakdowns, a big tune."""
    harmonise(s)
    kit = s.drums.machine(0.4)
    s.beat(
        kit,
        {
            "kick": _FLOOR,
            "clap": "....x.......x...",
            "open": "..x...x...x...x.",
            "hat": s.pick("gogogogogogogogo", "g.gog.gog.gog.go", "gggggggggggggggg"),
            "ride": s.pick("................", "x...x...x...x..."),
        },
        s.bars("intro", "verse", "drop", "chorus", "outro"),
        "drummachine",
        -14,
    )
    line = s.pick(".rrr.rrr.rrr.rrr", "..r...r...r...r.", ".rro.rro.rro.rro", "..rr..rr..rr..rr")
    s.play(
        "bass", s.patches.bass(), s.bass(line, s.bars("intro", *FULL), 30, 0.8), "synthbass", level_db=-16.5, duck=0.6
    )
    bars = s.bars("intro", *BODY, "break")
    arp = s.arpeggio(bars, 69, 0.25, 0.7, float(s.rng.uniform(0.7, 1)))
    s.play("arp", s.patches.pluck(), arp, "synthesizer", level_db=-21, send=0.3, echo=0.5, duck=0.4, sweep=True)
    saw = s.patches.supersaw()
    if s.maybe(0.5):
        chords = s.comp(
            s.pick("x..x..x...x..x..", "x.x.x.x.x.x.x.x.", "x--x--x--x--x---"), s.bars("drop", "chorus"), 64, 4, 0.8
        )
    else:
        chords = s.hold(s.bars("drop", "chorus"), 64)
    s.play("saws", saw, chords, "synthesizer", level_db=-17.5, send=0.3, echo=0.2, duck=0.7)
    s.play("pad", s.patches.pad(), s.hold(s.bars("break", "build", "verse"), 62), "synthesizer", level_db=-20, send=0.5)
    tune = s.melody(s.bars("drop", "build", "break"), 69, 86, 0.55, 0.5, 4)
    s.play("lead", s.patches.lead(), tune, "synthesizer", level_db=-19, send=0.35, echo=0.5, duck=0.3)
    if s.maybe(0.35):
        s.play(
            "piano",
            s.instruments.piano(),
            s.comp("x-----x---x-x---", s.bars("break"), 62),
            "piano",
            level_db=-19,
            send=0.4,
        )
    s.fills(kit, "drummachine", -15, 0.7)
    s.build_up(kit, -14)


def disco(s: Sketch) -> None:
    """Live kit on the floor, octave bass, strings, chicken-scratch guitar."""
    harmonise(s, "sevenths" if s.maybe(0.5) else "triads")
    kit = s.drums.acoustic(0.8)
    s.beat(
        kit,
        {
            "kick": _FLOOR,
            "snare": s.pick("....x.......x...", "....x.......x..g"),
            "hat": s.pick("x.g.x.g.x.g.x.g.", "xgogxgogxgogxgog", "gg.ogg.ogg.ogg.o"),
            "open": "..x...x...x...x.",
        },
        s.bars("intro", *BODY, "outro", "break"),
        "drums",
        -14,
        human_ms=4,
    )
    hands = s.drums.percussion()
    lines = {"conga": "o..og.o.o..og.oo", "tambourine": s.pick("....x.......x...", "ogxgogxgogxgogxg")}
    s.beat(hands, lines, s.bars(*BODY), "percussion", -14, human_ms=6)
    line = s.pick("r.o.r.o.r.o.r.o.", "r.orr.orr.orr.of", "r..or.o.r..of.o.", "r.r.o.rfr.r.o.fa")
    s.play("bass", s.instruments.electric_bass(), s.bass(line, s.bars(), 30, 0.8), "bass", level_db=-16, human_ms=4)
    scratch = s.pick("..xg..xg..xg..xg", "x.gxg.gxx.gxg.gx", "g.xgg.xxg.xgg.xx")
    s.play(
        "guitar",
        s.instruments.electric_guitar(0.75),
        s.comp(scratch, s.bars(*BODY), 65, 3, 0.5, 0.01),
        "electricguitar",
        level_db=-21,
        send=0.1,
        human_ms=5,
    )
    s.play(
        "strings",
        s.instruments.violin(4),
        s.hold(s.bars("chorus", "break", "verse"), 72, 3),
        "strings",
        level_db=-20,
        send=0.35,
    )
    if s.maybe(0.7):
        tune = s.melody(s.bars("chorus", "intro"), 74, 91, 0.5, 0.5)
        s.play("violins", s.instruments.violin(4), tune, "strings", level_db=-20, send=0.3)
    if s.maybe(0.6):
        hits = s.comp(s.pick("x..x............", "......x.x.......", "x.......x..x...."), s.bars("chorus"), 65, 3, 0.8)
        s.play("brass", s.instruments.trumpet(3), hits, "brass", level_db=-18, send=0.2)
    if s.maybe(0.6):
        keys, tag = s.player((s.instruments.piano(), "piano"), (s.instruments.electric_piano(), "electricpiano"))
        s.play("keys", keys, s.comp("x..x..x.x..x..x.", s.bars(*BODY), 62), tag, level_db=-20, send=0.15, human_ms=5)
    s.fills(kit, "drums", -15, 0.9)


GENRES = (
    Genre("house", (116, 130), house, ("electronic",), 0.6, swing=(0.5, 0.58)),
    Genre(
        "techno", (124, 146), techno, ("electronic",), 1.0, rms_db=(-13, -10.5), intensity=(0.8, 1.0), swing=(0.5, 0.53)
    ),
    Genre(
        "trance",
        (128, 145),
        trance,
        ("electronic",),
        0.8,
        rms_db=(-13, -10.5),
        intensity=(0.8, 1.0),
        reverb_seconds=(1.5, 3.5),
    ),
    Genre("disco", (108, 128), disco, (), 0.5, form="song", rms_db=(-16, -12.5)),
)
