"""Played together: funk, reggae, jazz."""

from __future__ import annotations

from training.studio.genres.base import Genre
from training.studio.sketch import BODY, Sketch


def funk(s: Sketch) -> None:
    """One chord, sixteenths, the one."""
    s.harmonise(
        ("i7 i7 i7 iv7", "i9 i9 i9 i9", "i7 IV7 i7 IV7", "i7 i7 iv7 v7")
        if s.key.mode == "minor"
        else ("I9 I9 I9 IV9", "I9 IV9 I9 V9", "I7 I7 IV7 I7")
    )
    kit = s.drums.acoustic(0.9)
    s.beat(
        kit,
        {
            "kick": s.pick("x.x...x...x..x..", "x..x..x...x.....", "x.x.......x..x..", "x......x.xx....."),
            "snare": s.pick("....x..g.g..x..g", "....x.g.g.g.x.g.", "....x..g....x.gg"),
            "hat": s.pick("xgogxgogxgogxgog", "x.o.x.o.x.o.x.o."),
            "open": s.pick("......x.........", "..............x."),
        },
        s.playing(),
        "drums",
        -13.5,
        human_ms=4,
    )
    line = s.pick("r..r..o..r.s.rf.", "r-.o.r..s.r-..ra", "rr.o..rs..rr.of.", "r.r..o.r-.f.s.o.")
    s.play("bass", s.instruments.electric_bass(), s.bass(line, s.bars(), 30, 0.7), "bass", level_db=-15, human_ms=4)
    scratch = s.pick("x.gxg.xgx.gxg.xg", "..xgx.g...xgx.gx", "g.xx.g.xg.xx.g.x")
    s.play(
        "guitar",
        s.instruments.electric_guitar(0.6),
        s.comp(scratch, s.bars(*BODY, "intro"), 66, 3, 0.5, 0.008),
        "electricguitar",
        level_db=-19,
        human_ms=4,
        send=0.06,
    )
    hits = s.comp(
        s.pick("......x.x.......", "x.....x.........", "..x..x....x..x.."), s.bars("chorus", "verse"), 65, 4, 0.7
    )
    s.play("horns", s.instruments.trumpet(3), hits, "brass", level_db=-17, send=0.12, human_ms=5)
    keys, tag = s.player((s.instruments.electric_piano(), "electricpiano"), (s.instruments.organ(), "organ"))
    s.play(
        "keys",
        keys,
        s.comp(s.pick("x..x....x..x....", "..x-..x-....x-.."), s.bars(*BODY, "break"), 60, 4, 0.7),
        tag,
        level_db=-19,
        human_ms=5,
        send=0.08,
    )
    if s.maybe(0.5):
        s.play(
            "sax",
            s.instruments.saxophone(),
            s.melody(s.bars("chorus", "break"), 60, 79, 0.6, 0.25, blue=True),
            "saxophone",
            level_db=-18,
            send=0.15,
            human_ms=8,
        )
    if s.maybe(0.5):
        s.beat(s.drums.percussion(), {"conga": "o.goo.goo.goo.go"}, s.bars(*BODY), "percussion", -15, 6)
    s.fills(kit, "drums", -14, 0.7)


def reggae(s: Sketch) -> None:
    """One drop, skank, deep bass."""
    s.harmonise(
        ("i iv i v", "i bVII i bVII", "i i iv v", "i bVI bVII i")
        if s.key.mode == "minor"
        else ("I IV I V", "I V IV V", "I ii I V", "I IV V IV", "I I IV V")
    )
    kit = s.drums.acoustic(0.6)
    s.beat(
        kit,
        {
            "kick": s.pick("........x.......", "x.......x.......", "x...x...x...x..."),
            s.pick("rim", "snare"): "........x.......",
            "hat": s.pick("x.o.x.o.x.o.x.o.", "g.x.g.x.g.x.g.xo"),
        },
        s.playing(),
        "drums",
        -14.5,
        human_ms=6,
        send=0.06,
    )
    line = s.pick("r-..r-f.r-..t-r.", "..r-r-..f-..r-..", "r---..r.t.f.....", "r-r-..f-r-..o-f.")
    s.play("bass", s.instruments.electric_bass(), s.bass(line, s.bars(), 29, 0.95), "bass", level_db=-13.5, human_ms=6)
    s.play(
        "skank",
        s.instruments.electric_guitar(0.5),
        s.comp("....x.......x...", s.bars(), 65, 3, 0.45, 0.01),
        "electricguitar",
        level_db=-18,
        human_ms=6,
        send=0.12,
        echo=0.15,
    )
    bubble = s.pick("..o.x.o...o.x.o.", "..oox.o...oox.o.", "....x.......x...")
    tag = s.pick("organ", "piano")
    voice = s.instruments.organ() if tag == "organ" else s.instruments.piano()
    s.play(
        "bubble", voice, s.comp(bubble, s.bars(*BODY, "break"), 60, 3, 0.6), tag, level_db=-18.5, human_ms=6, send=0.1
    )
    tune = s.melody(s.bars("chorus", "intro", "break"), 62, 79, 0.4, 0.5)
    tag = s.pick("brass", "saxophone", "flute")
    melody = s.instruments.named(tag)
    s.play("tune", melody, tune, tag, level_db=-18, human_ms=9, send=0.3, echo=0.5)
    if s.maybe(0.5):
        s.beat(s.drums.percussion(), {"bongo": "o..oo..oo..oo..o"}, s.bars(*BODY), "percussion", -16, 7)
    s.fills(kit, "drums", -15, 0.8)


def jazz(s: Sketch) -> None:
    """Swing ride, walking bass, comping, a soloist."""
    s.harmonise(
        (
            "i6 i6 ii7b5|V7 i6",
            "i6 iv7 ii7b5|V7 i6",
            "i7 bVImaj7 ii7b5 V7 i6 i6 ii7b5|V7 i6",
            "i6 i6 iv7 iv7 i6 ii7b5|V7 i6 V7",
        )
        if s.key.mode == "minor"
        else (
            "Imaj7|vi7 ii7|V7",
            "Imaj7 vi7 ii7 V7",
            "ii7 V7 Imaj7 Imaj7",
            "Imaj7 Imaj7 ii7|V7 Imaj7",
            "I6|vi7 ii7|V7 iii7|vi7 ii7|V7",
            "Imaj7 IVmaj7 iii7|vi7 ii7|V7",
        )
    )
    kit = s.drums.acoustic(0.4)
    brushes = s.score.groove.tempo_bpm < 120 and s.maybe(0.6)
    lines = {"ride": s.pick("x.xox.xo", "x.xox.x.", "x.x.x.xo")} if not brushes else {"brush": "xgx.xgx."}
    lines |= {
        "kick": s.pick("g...g...", "....?...", "g......?"),
        "snare": s.pick("...g..?.", ".....g.?", "........"),
        "hat": "..x...x.",
    }
    s.beat(kit, lines, s.bars(), "drums", -18, human_ms=8, send=0.1)
    s.play("bass", s.instruments.upright_bass(), s.walk(s.bars(), 30), "bass", level_db=-16, human_ms=8, send=0.05)
    pattern = s.pick("x-.x-...", ".x-..x..", "x-....x.", "x..x-...x---....", "..x-.x-.x-......")
    keys, tag = s.player((s.instruments.piano(), "piano"), (s.instruments.electric_guitar(), "electricguitar"))
    s.play("comp", keys, s.comp(pattern, s.bars(), 59, 4, 0.85, 0.01), tag, level_db=-19, human_ms=10, send=0.12)
    soloists = ("saxophone", "saxophone", "trumpet", "trumpet", "piano", "mallets", "flute")
    tag = s.pick(*soloists)
    voice = s.instruments.named(tag)
    tune = s.melody(s.bars("intro", *BODY, "break", "outro"), 58, 80, 0.6, 0.5, 4)
    s.play("solo", voice, tune, tag, level_db=-16, human_ms=14, send=0.15)
    s.fills(kit, "drums", -20, 0.4)


GENRES = (
    Genre("funk", (92, 118), funk, (), 0.6, "song", (0.6, 0.85), (0.5, 0.57), 0.5, (-15.5, -12)),
    Genre("reggae", (66, 92), reggae, (), 0.5, "song", (0.4, 0.6), (0.5, 0.6), 0.5, (-16, -12.5)),
    Genre("jazz", (95, 210), jazz, (), 0.35, "song", (0.3, 0.55), (0.6, 0.68), 1.0, (-19, -15.5)),
)
