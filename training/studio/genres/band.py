"""Played by hand: rock, punk, metal, blues, funk, reggae, jazz."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from training.studio.effects import high_pass, low_pass
from training.studio.genres.base import Genre, harmonise
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
        ("i bVII bVI bVII", "i bVI bIII bVII", "i iv bVI V", "i i bVII iv", "i bIII iv i")
        if minor else ("I IV V IV", "I bVII IV I", "I V vi IV", "I IV I V", "I I IV V", "I vi IV V")
    )  # fmt: skip
    kit = s.drums.acoustic(float(s.rng.uniform(0.2, 0.7)))
    cymbal = "ride" if s.maybe(0.3) else "hat"
    s.beat(kit, {
        "kick": s.pick("x.....x.x.......", "x.x.....x.x.....", "x......xx.......", "x..x..x.x......."),
        "snare": s.pick("....x.......x...", "....x.......x..g"),
        cymbal: s.pick("x.o.x.o.x.o.x.o.", "x...x...x...x...", "x.x.x.x.x.x.x.x."),
    }, s.bars(), "drums", -13, human_ms=_LIVE, send=0.06)  # fmt: skip
    _bass(s, s.pick("r.r.r.r.r.r.r.r.", "r-..r.r-r-..r.f.", "r-----r.r-----s."), s.instruments.electric_bass())
    power = s.pick("x-x-x-x-x-x-x-x-", "x-----x-x-----x-", "x---..x-x-x-..x-", "x-------x-----x-")
    s.play("rhythm", s.instruments.electric_guitar(), _power(s, power, s.bars("chorus", "intro", "verse")),
           "electricguitar", level_db=-16, human_ms=_LIVE, send=0.06,
           insert=amplifier(s, float(s.rng.uniform(3, 15))))  # fmt: skip
    if s.maybe(0.6):
        arp = s.arpeggio(s.bars("verse", "break", "outro"), 62, 0.5, 1.6)
        voice, tag = ((s.instruments.acoustic_guitar(), "acousticguitar") if s.maybe(0.5)
                      else (s.instruments.electric_guitar(), "electricguitar"))  # fmt: skip
        s.play("picking", voice, arp, tag, level_db=-18, human_ms=_LIVE, send=0.2)
    if s.maybe(0.35):
        s.play("organ", s.instruments.organ(), s.hold(s.bars("chorus", "break"), 64, 3), "organ",
               level_db=-21, send=0.1)  # fmt: skip
    tune = s.melody(s.bars("chorus", "break"), 60, 81, 0.5, 0.5)
    s.play("solo", s.instruments.electric_guitar(), tune, "electricguitar", level_db=-17, send=0.25,
           echo=0.25, human_ms=_LIVE, insert=amplifier(s, 12))  # fmt: skip
    s.fills(kit, "drums", -13, 0.9)


def punk(s: Sketch) -> None:
    """Fast, three chords, all down strokes."""
    minor = s.key.mode == "minor"
    s.harmonise(("i bVI bIII bVII", "i i bVI bVII", "i iv bVI V") if minor
                else ("I IV V IV", "I V vi IV", "I IV V V", "I I IV V"))  # fmt: skip
    kit = s.drums.acoustic(0.5)
    s.beat(kit, {
        "kick": s.pick("x...x...x...x...", "x.....x.x.....x.", "x...x.x.x...x.x."),
        "snare": s.pick("..x...x...x...x.", "....x.......x..."),
        s.pick("hat", "open", "ride"): "x.x.x.x.x.x.x.x.",
    }, s.bars(), "drums", -12.5, human_ms=6, send=0.05)  # fmt: skip
    _bass(s, "r.r.r.r.r.r.r.r.", s.instruments.electric_bass())
    power = s.pick("x-x-x-x-x-x-x-x-", "xxxxxxxxxxxxxxxx", "x-xxx-xxx-xxx-xx")
    s.play("rhythm", s.instruments.electric_guitar(), _power(s, power, s.bars()), "electricguitar",
           level_db=-14.5, human_ms=6, send=0.04, insert=amplifier(s, float(s.rng.uniform(10, 30))))  # fmt: skip
    tune = s.melody(s.bars("chorus"), 62, 79, 0.5, 0.5)
    s.play("octaves", s.instruments.electric_guitar(), tune, "electricguitar", level_db=-18,
           human_ms=6, insert=amplifier(s, 10))  # fmt: skip
    s.fills(kit, "drums", -13, 0.8)


def metal(s: Sketch) -> None:
    """Low tremolo riffs, palm mutes, double kick."""
    s.harmonise(("i i bVI bVII", "i i bVI v", "i bVI i bVII", "i i iv bVI", "i bIII bVI V"))
    kit = s.drums.acoustic(1.0)
    s.beat(kit, {
        "kick": s.pick("xxxxxxxxxxxxxxxx", "x.xxx.xxx.xxx.xx", "xx.xxx.xxx.xx.x.", "x.x.x.x.x.x.x.x."),
        "snare": s.pick("....x.......x...", "..x...x...x...x.", "........x......."),
        s.pick("ride", "open", "crash"): "x...x...x...x...",
    }, s.bars(), "drums", -12.5, human_ms=2, send=0.05)  # fmt: skip
    riff = s.pick("r.rrr.rrr.rrr.s.", "rrr.rrr.rr.r.rt.", "rrrrrrrrrrrrrrrr", "r.rr.rr.r.rr.rtf")
    gain = float(s.rng.uniform(25, 60))
    muted = [
        Note(n.start, n.length, n.pitch + up, n.velocity)
        for n in s.bass(riff, s.bars("verse", "intro", "build", "drop"), 38, 0.8) for up in (0, 7)
    ]  # fmt: skip
    s.play("chug", s.instruments.electric_guitar(0.8), muted, "electricguitar", level_db=-14,
           human_ms=2, insert=amplifier(s, gain))  # fmt: skip
    chords = _power(s, s.pick("x-------x-------", "x---x---x---x---", "xxxxxxxxxxxxxxxx"), s.bars("chorus", "break", "outro"), 38)
    s.play("wall", s.instruments.electric_guitar(), chords, "electricguitar", level_db=-14,
           human_ms=2, insert=amplifier(s, gain))  # fmt: skip
    _bass(s, riff, s.instruments.electric_bass())
    tune = s.melody(s.bars("chorus", "break"), 67, 88, 0.8, 0.25)
    s.play("solo", s.instruments.electric_guitar(), tune, "electricguitar", level_db=-17, send=0.2,
           echo=0.3, insert=amplifier(s, 20))  # fmt: skip
    s.fills(kit, "drums", -12, 1.0)


def blues(s: Sketch) -> None:
    """Twelve bars, shuffled."""
    if s.key.mode == "minor":
        s.harmonise(("i7 i7 i7 i7 iv7 iv7 i7 i7 bVI7 V7 i7 V7", "i7 iv7 i7 i7 iv7 iv7 i7 i7 V7 iv7 i7 i7"))
    else:
        s.harmonise(("I7 I7 I7 I7 IV7 IV7 I7 I7 V7 IV7 I7 V7", "I7 IV7 I7 I7 IV7 IV7 I7 I7 V7 IV7 I7 I7"))
    kit = s.drums.acoustic(0.3)
    s.beat(kit, {
        "kick": s.pick("x...x...", "x...x..o", "x..ox..."), "snare": "..x...x.",
        s.pick("hat", "ride"): s.pick("xoxoxoxo", "x.xox.xo"),
    }, s.bars(), "drums", -15, human_ms=7, send=0.06)  # fmt: skip
    bass = s.instruments.electric_bass() if s.maybe(0.6) else s.instruments.upright_bass()
    notes = s.walk(s.bars(), 31) if s.maybe(0.5) else s.bass(s.pick("rrttffss", "r.t.f.t.", "rrrrffss").replace("s", "o"), s.bars(), 31)
    s.play("bass", bass, notes, "bass", level_db=-16, human_ms=7)
    comping = s.pick("x-..x-..", ".x-..x..", "xoxoxoxo", "x..x-...")
    colour, gain = s.pick("piano", "organ", "electricguitar"), 2.5
    maker = {"piano": s.instruments.piano, "organ": s.instruments.organ,
             "electricguitar": s.instruments.electric_guitar}  # fmt: skip
    s.play("comp", maker[colour](), s.comp(comping, s.bars(), 59, 4, 0.8, 0.01), colour,
           level_db=-18, human_ms=8, send=0.1)  # fmt: skip
    tune = s.melody(s.bars("intro", *BODY, "break"), 62, 81, 0.5, 0.5, 2, blue=True)
    voice = s.instruments.electric_guitar()
    s.play("solo", voice, tune, "electricguitar", level_db=-16, human_ms=9, send=0.2,
           insert=amplifier(s, gain * float(s.rng.uniform(0.6, 2))))  # fmt: skip
    s.fills(kit, "drums", -16, 0.6)


def funk(s: Sketch) -> None:
    """One chord, sixteenths, the one."""
    s.harmonise(("i7 i7 i7 iv7", "i9 i9 i9 i9", "i7 IV7 i7 IV7", "i7 i7 iv7 v7") if s.key.mode == "minor"
                else ("I9 I9 I9 IV9", "I9 IV9 I9 V9", "I7 I7 IV7 I7"))  # fmt: skip
    kit = s.drums.acoustic(0.9)
    s.beat(kit, {
        "kick": s.pick("x.x...x...x..x..", "x..x..x...x.....", "x.x.......x..x..", "x......x.xx....."),
        "snare": s.pick("....x..g.g..x..g", "....x.g.g.g.x.g.", "....x..g....x.gg"),
        "hat": s.pick("xgogxgogxgogxgog", "x.o.x.o.x.o.x.o."), "open": s.pick("......x.........", "..............x."),
    }, s.bars(), "drums", -13.5, human_ms=4)  # fmt: skip
    line = s.pick("r..r..o..r.s.rf.", "r-.o.r..s.r-..ra", "rr.o..rs..rr.of.", "r.r..o.r-.f.s.o.")
    s.play("bass", s.instruments.electric_bass(), s.bass(line, s.bars(), 30, 0.7), "bass",
           level_db=-15, human_ms=4)  # fmt: skip
    scratch = s.pick("x.gxg.xgx.gxg.xg", "..xgx.g...xgx.gx", "g.xx.g.xg.xx.g.x")
    s.play("guitar", s.instruments.electric_guitar(0.6), s.comp(scratch, s.bars(*BODY, "intro"), 66, 3,
           0.5, 0.008), "electricguitar", level_db=-19, human_ms=4, send=0.06)  # fmt: skip
    hits = s.comp(s.pick("......x.x.......", "x.....x.........", "..x..x....x..x.."),
                  s.bars("chorus", "verse"), 65, 4, 0.7)  # fmt: skip
    s.play("horns", s.instruments.trumpet(3), hits, "brass", level_db=-17, send=0.12, human_ms=5)
    keys, tag = (s.instruments.electric_piano(), "electricpiano") if s.maybe(0.5) else (
        s.instruments.organ(), "organ")  # fmt: skip
    s.play("keys", keys, s.comp(s.pick("x..x....x..x....", "..x-..x-....x-.."), s.bars(*BODY, "break"),
           60, 4, 0.7), tag, level_db=-19, human_ms=5, send=0.08)  # fmt: skip
    if s.maybe(0.5):
        s.play("sax", s.instruments.saxophone(), s.melody(s.bars("chorus", "break"), 60, 79, 0.6, 0.25,
               blue=True), "saxophone", level_db=-18, send=0.15, human_ms=8)  # fmt: skip
    if s.maybe(0.5):
        s.beat(s.drums.percussion(), {"conga": "o.goo.goo.goo.go"}, s.bars(*BODY), "percussion", -15, 6)
    s.fills(kit, "drums", -14, 0.7)


def reggae(s: Sketch) -> None:
    """One drop, skank, deep bass."""
    s.harmonise(("i iv i v", "i bVII i bVII", "i i iv v", "i bVI bVII i") if s.key.mode == "minor"
                else ("I IV I V", "I V IV V", "I ii I V", "I IV V IV", "I I IV V"))  # fmt: skip
    kit = s.drums.acoustic(0.6)
    s.beat(kit, {
        "kick": s.pick("........x.......", "x.......x.......", "x...x...x...x..."),
        s.pick("rim", "snare"): "........x.......", "hat": s.pick("x.o.x.o.x.o.x.o.", "g.x.g.x.g.x.g.xo"),
    }, s.bars(), "drums", -14.5, human_ms=6, send=0.06)  # fmt: skip
    line = s.pick("r-..r-f.r-..t-r.", "..r-r-..f-..r-..", "r---..r.t.f.....", "r-r-..f-r-..o-f.")
    s.play("bass", s.instruments.electric_bass(), s.bass(line, s.bars(), 29, 0.95), "bass",
           level_db=-13.5, human_ms=6)  # fmt: skip
    s.play("skank", s.instruments.electric_guitar(0.5), s.comp("....x.......x...", s.bars(), 65, 3, 0.45,
           0.01), "electricguitar", level_db=-18, human_ms=6, send=0.12, echo=0.15)  # fmt: skip
    bubble = s.pick("..o.x.o...o.x.o.", "..oox.o...oox.o.", "....x.......x...")
    tag = s.pick("organ", "piano")
    voice = s.instruments.organ() if tag == "organ" else s.instruments.piano()
    s.play("bubble", voice, s.comp(bubble, s.bars(*BODY, "break"), 60, 3, 0.6), tag, level_db=-18.5,
           human_ms=6, send=0.1)  # fmt: skip
    tune = s.melody(s.bars("chorus", "intro", "break"), 62, 79, 0.4, 0.5)
    voices = ((s.instruments.trumpet(3), "brass"), (s.instruments.saxophone(), "saxophone"),
              (s.instruments.flute(), "flute"))  # fmt: skip
    melody, tag = voices[int(s.rng.integers(3))]
    s.play("tune", melody, tune, tag, level_db=-18, human_ms=9, send=0.3, echo=0.5)
    if s.maybe(0.5):
        s.beat(s.drums.percussion(), {"bongo": "o..oo..oo..oo..o"}, s.bars(*BODY), "percussion", -16, 7)
    s.fills(kit, "drums", -15, 0.8)


def jazz(s: Sketch) -> None:
    """Swing ride, walking bass, comping, a soloist."""
    s.harmonise(
        ("i6 i6 ii7b5|V7 i6", "i6 iv7 ii7b5|V7 i6", "i7 bVImaj7 ii7b5 V7 i6 i6 ii7b5|V7 i6",
         "i6 i6 iv7 iv7 i6 ii7b5|V7 i6 V7") if s.key.mode == "minor"
        else ("Imaj7|vi7 ii7|V7", "Imaj7 vi7 ii7 V7", "ii7 V7 Imaj7 Imaj7", "Imaj7 Imaj7 ii7|V7 Imaj7",
              "I6|vi7 ii7|V7 iii7|vi7 ii7|V7", "Imaj7 IVmaj7 iii7|vi7 ii7|V7"))  # fmt: skip
    kit = s.drums.acoustic(0.4)
    brushes = s.score.groove.tempo_bpm < 120 and s.maybe(0.6)
    lines = {"ride": s.pick("x.xox.xo", "x.xox.x.", "x.x.x.xo")} if not brushes else {"brush": "xgx.xgx."}
    lines |= {"kick": s.pick("g...g...", "....?...", "g......?"), "snare": s.pick("...g..?.", ".....g.?", "........"),
              "hat": "..x...x."}  # fmt: skip
    s.beat(kit, lines, s.bars(), "drums", -18, human_ms=8, send=0.1)
    s.play("bass", s.instruments.upright_bass(), s.walk(s.bars(), 30), "bass", level_db=-16,
           human_ms=8, send=0.05)  # fmt: skip
    pattern = s.pick("x-.x-...", ".x-..x..", "x-....x.", "x..x-...x---....", "..x-.x-.x-......")
    keys, tag = (s.instruments.piano(), "piano") if s.maybe(0.75) else (
        s.instruments.electric_guitar(), "electricguitar")  # fmt: skip
    s.play("comp", keys, s.comp(pattern, s.bars(), 59, 4, 0.85, 0.01), tag, level_db=-19,
           human_ms=10, send=0.12)  # fmt: skip
    voices = ((s.instruments.saxophone(), "saxophone"), (s.instruments.trumpet(), "trumpet"),
              (s.instruments.piano(), "piano"), (s.instruments.mallets(), "mallets"),
              (s.instruments.flute(), "flute"))  # fmt: skip
    voice, tag = voices[int(s.rng.choice(5, p=[0.35, 0.25, 0.2, 0.12, 0.08]))]
    tune = s.melody(s.bars("intro", *BODY, "break", "outro"), 58, 80, 0.6, 0.5, 4)
    s.play("solo", voice, tune, tag, level_db=-16, human_ms=14, send=0.15)
    s.fills(kit, "drums", -20, 0.4)


def _bass(s: Sketch, line: str, voice: object) -> None:
    s.play("bass", s.instruments.electric_bass() if voice is None else voice,  # type: ignore[arg-type]
           s.bass(line, s.bars(), 28, 0.9), "bass", level_db=-16, human_ms=_LIVE)  # fmt: skip


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
    Genre("funk", (92, 118), funk, (), 0.6, "song", (0.6, 0.85), (0.5, 0.57), 0.5, (-15.5, -12)),
    Genre("reggae", (66, 92), reggae, (), 0.5, "song", (0.4, 0.6), (0.5, 0.6), 0.5, (-16, -12.5)),
    Genre("jazz", (95, 210), jazz, (), 0.35, "song", (0.3, 0.55), (0.6, 0.68), 1.0, (-19, -15.5)),
)  # fmt: skip
