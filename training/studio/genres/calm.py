"""Without a drum kit: ambient, solo piano, solo and ensemble strings."""

from __future__ import annotations

from training.studio.genres.base import Genre
from training.studio.score import Note
from training.studio.sketch import Sketch


def ambient(s: Sketch) -> None:
    """Slow pads, far bells, hardly a pulse."""
    if s.key.mode == "minor":
        s.harmonise(("i9 i9 bVImaj7 bVImaj7", "iadd9 iadd9 iv7 iv7", "i i iv i", "i7 i7 v7 i7"))
    else:
        s.harmonise(("Iadd9 I6 IVmaj7 Iadd9", "Iadd9 Iadd9 vi7 IVmaj7", "I I IV I", "Iadd9 V6 IVadd9 Iadd9"))
    s.play("pad", s.patches.pad(), s.hold(s.bars(), 60), "synthesizer", level_db=-16, send=0.7, sweep=s.maybe(0.5))
    s.play("drone", s.patches.sub(), s.bass("r---------------", s.bars(), 33, 1.0, 0.0), "", level_db=-17)
    s.play(
        "second pad",
        s.patches.pad(),
        s.hold(s.bars("verse", "chorus", "break"), 70, 3),
        "synthesizer",
        level_db=-20,
        send=0.8,
    )
    voices = (
        (s.instruments.piano(), "piano"),
        (s.instruments.mallets(), "mallets"),
        (s.patches.pluck(), "synthesizer"),
        (s.instruments.harp(), "harp"),
        (s.instruments.electric_piano(), "electricpiano"),
    )
    voice, tag = voices[int(s.rng.integers(5))]
    tune = s.melody(s.bars("verse", "chorus", "intro"), 65, 84, 0.3, 1.0, 4)
    s.play("bells", voice, tune, tag, level_db=-19, send=0.8, echo=0.6, human_ms=20)
    if s.maybe(0.4):
        s.play(
            "arp",
            s.patches.pluck(),
            s.arpeggio(s.bars("verse", "chorus"), 67, 0.5, 0.9, 0.6),
            "synthesizer",
            level_db=-23,
            send=0.7,
            echo=0.6,
            sweep=True,
        )
    if s.maybe(0.4):
        s.play(
            "strings",
            s.instruments.violin(4),
            s.hold(s.bars("chorus", "break"), 67, 3),
            "strings",
            level_db=-20,
            send=0.7,
        )


def piano(s: Sketch) -> None:
    """A pianist alone: left-hand figures, right-hand tune."""
    _classical_harmony(s)
    voice = s.instruments.piano()
    figures = (
        ("r-f-o-f-r-f-o-f-", "r-f-t-f-r-f-t-f-", "r-----f-o-----f-", "rfofrfofrfofrfof", "r---f---o---f---")
        if s.bar == 4
        else ("r-f-o-f-o-f-", "r---x---x---", "r-f-o-o-f-o-")
    )
    everywhere = s.bars()
    left = s.bass(s.pick(*figures), everywhere, int(s.rng.integers(38, 44)), 1.2)
    left = [Note(n.start, n.length, n.pitch, n.velocity * 0.75) for n in left]
    step = float(s.rng.choice([0.5, 0.5, 0.25]))
    density = 0.6 if step == 0.5 else 0.45
    right = s.melody(everywhere, 66, 86, density, step, 4, 1.0)
    if s.maybe(0.5):
        right += s.comp("x-------x-------" if s.bar == 4 else "x-----------", s.bars("chorus"), 66, 3)
    if s.maybe(0.4):
        right += [
            Note(n.start, n.length, n.pitch + 12, n.velocity * 0.8) for n in right if n.pitch < 80 and n.start % 1 == 0
        ]
    s.play("piano", voice, left + right, "piano", level_db=-16, send=0.25, human_ms=12)


def strings(s: Sketch) -> None:
    """Violin, cello or a whole section."""
    _classical_harmony(s)
    kind = s.pick("solo violin", "solo cello", "ensemble", "ensemble")
    everywhere = s.bars()
    quick = s.maybe(0.5)
    if kind == "solo violin":
        voice, tag, low, high = s.instruments.violin(), "violin", 57, 88
    else:
        voice, tag, low, high = s.instruments.cello(), "cello", 38, 66
    if kind != "ensemble":
        tune = s.melody(everywhere, low, high, 0.75, 0.25 if quick else 0.5, 4, 0.98)
        if quick and s.maybe(0.6):
            tune = s.arpeggio(everywhere, (low + high) / 2, 0.25, 0.98, 1.0, 2)
        s.play("solo", voice, tune, tag, level_db=-16, send=0.3, human_ms=10)
        s.score.parts[-1].tag = tag
        s.play(
            "double stop",
            voice,
            s.bass("r---------------" if s.bar == 4 else "r-----------", s.bars("chorus", "outro"), low, 1.0),
            tag,
            level_db=-19,
            send=0.3,
        )
        return
    s.play("violas", s.instruments.violin(3), s.hold(everywhere, 60, 3), "strings", level_db=-19, send=0.35)
    s.play(
        "cellos",
        s.instruments.cello(2),
        s.bass("r-----f-r-----f-" if s.bar == 4 else "r---f---o---", everywhere, 38, 1.0),
        "cello",
        level_db=-18,
        send=0.3,
        human_ms=10,
    )
    if quick:
        s.play(
            "ostinato",
            s.instruments.violin(3),
            s.arpeggio(s.bars("verse", "chorus", "build"), 69, 0.5, 0.7),
            "strings",
            level_db=-19,
            send=0.3,
            human_ms=8,
        )
    tune = s.melody(everywhere, 67, 90, 0.55, 0.5, 4, 1.0)
    s.play(
        "violins", s.instruments.violin(1 if s.maybe(0.4) else 4), tune, "violin", level_db=-16, send=0.35, human_ms=12
    )


def _classical_harmony(s: Sketch) -> None:
    if s.key.mode == "minor":
        s.harmonise(
            (
                "i iv V i i bVI ii7b5 V",
                "i V i iv i iv V i",
                "i bVII bIII bVI iv V i i",
                "i i iv iv V V i i",
                "i v bVI iv i iv V i",
            )
        )
    else:
        s.harmonise(
            (
                "I IV V I vi ii V I",
                "I V vi IV I IV V I",
                "I I IV I ii V7 I I",
                "I vi ii V I IV V7 I",
                "I V I IV I ii V I",
            )
        )


GENRES = (
    Genre(
        "ambient",
        (58, 96),
        ambient,
        ("electronic",),
        0.5,
        "flow",
        (0.08, 0.25),
        rms_db=(-20, -16),
        reverb_seconds=(3, 5),
        tilt_db=(-6, -1),
    ),
    Genre(
        "piano",
        (62, 136),
        piano,
        (),
        0.5,
        intensity=(0.12, 0.4),
        meters=(4, 4, 3),
        form="flow",
        rms_db=(-22, -17),
        tilt_db=(-3, 1),
        guests=0.0,
    ),
    Genre(
        "strings",
        (62, 132),
        strings,
        (),
        0.5,
        intensity=(0.12, 0.4),
        meters=(4, 4, 3),
        form="flow",
        rms_db=(-21, -16.5),
        tilt_db=(-3, 1),
        guests=0.0,
    ),
)
