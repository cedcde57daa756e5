"""Half speed: trap, hip hop, lo-fi, downtempo."""

from __future__ import annotations

from training.studio.genres.base import Genre, harmonise
from training.studio.score import Note
from training.studio.sketch import BODY, FULL, Sketch, kit_tag


def trap(s: Sketch) -> None:
    """Long 808s, rattling hats, dark bells."""
    harmonise(s)
    kit = s.drums.machine(0.6)
    kicks = s.pick("x.....x...x.....", "x..x......x...?.", "x......x..x.....", "x.....x.x.....x.")
    s.beat(
        kit,
        {
            "kick": kicks,
            "clap": s.pick("........x.......", "........x......."),
            "snare": s.pick("........o.......", "................"),
            "open": s.pick("................", "......x.........", "..............x."),
            "rim": s.pick("................", "...o.....o......"),
        },
        s.bars("intro", *FULL, "build"),
        "drummachine",
        -13,
    )
    s.play("hats", kit["hat"], _rattle(s, s.bars(*FULL, "build")), "drummachine", level_db=-25)
    line = kicks.replace("x", "r").replace("?", "o")
    voice = s.patches.eight_oh_eight()
    s.play("808", voice, s.bass(_held(line), s.bars(*FULL), 28, 0.95, 0.0), "synthbass", level_db=-14.5)
    bells, tag = s.player(
        (s.instruments.mallets(), "mallets"), (s.instruments.piano(), "piano"), (s.patches.pluck(), "synthesizer")
    )
    tune = s.melody(s.bars(), 64, 81, 0.55, 0.5, 2)
    s.play("bells", bells, tune, tag, level_db=-18, send=0.35, echo=0.3)
    s.play("pad", s.patches.pad(), s.hold(s.bars(), 60, 3), "synthesizer", level_db=-22, send=0.4)
    if s.maybe(0.4):
        s.play(
            "strings",
            s.instruments.violin(4),
            s.comp("x-------x-------", s.bars("chorus"), 67, 3),
            "strings",
            level_db=-21,
            send=0.3,
        )
    s.fills(kit, "drummachine", -15, 0.4)


def _held(line: str) -> str:
    out = ""
    for c in line:
        out += "-" if c == "." and out and out[-1] in "ro-" else c
    return out


def _rattle(s: Sketch, bars: list[int]) -> list[Note]:
    """Eighth or sixteenth hats with rolls of thirty-seconds and triplets."""
    base = s.pick("x.o.x.o.x.o.x.o.", "xgogxgogxgogxgog")
    notes = s.steps(base, bars)
    for bar in bars:
        if s.maybe(0.6):
            start = bar * s.bar + float(s.rng.choice([1, 1.5, 2.5, 3, 3.5]))
            step = float(s.rng.choice([0.125, 1 / 6, 0.125, 1 / 12]))
            for i in range(round(0.5 / step)):
                notes.append(Note(start + i * step, step, 0, 0.5 + 0.4 * i * step))
    return notes


def hiphop(s: Sketch) -> None:
    """Boom bap: dusty kit, sampled keys, round bass."""
    harmonise(s, "sevenths" if s.maybe(0.6) else "triads")
    kit = s.drums.acoustic(0.7) if s.maybe(0.5) else s.drums.machine(0.3)
    tag = kit_tag(kit)
    s.beat(
        kit,
        {
            "kick": s.pick("x.....x..x......", "x..x......x.....", "x......x.xx.....", "x.x....x..x....."),
            "snare": s.pick("....x.......x...", "....x..g....x...", "....x.......x..g"),
            "hat": s.pick("x.o.x.o.x.o.x.o.", "x.o.x.ogx.o.x.og", "xxo.x.o.xxo.x.o."),
            "open": s.pick("................", "..............x."),
        },
        s.bars("intro", *BODY, "outro"),
        tag,
        -13,
        human_ms=7,
        send=0.04,
    )
    bass, name = s.player((s.instruments.electric_bass(), "bass"), (s.patches.sub(), "synthbass"))
    line = s.pick("r-....r-.r-.....", "r--r......r-f-..", "r-....r.s-r-....", "r-.....o.rr-....")
    s.play("bass", bass, s.bass(line, s.bars(*BODY), 31, 0.9), name, level_db=-15, human_ms=5)
    colour = s.pick("piano", "electricpiano", "acousticguitar", "strings", "organ")
    pattern = s.pick("x-----x-----x---", "x--x--x---------", "x-------x-----x-", "x-..x-..x-..x-..")
    s.play(
        "sample",
        s.instruments.named(colour),
        s.comp(pattern, s.bars(), 62, 4, 0.95, 0.015),
        colour,
        level_db=-17,
        send=0.15,
        human_ms=6,
    )
    if s.maybe(0.7):
        voice, name = s.player((s.instruments.flute(), "flute"), (s.instruments.trumpet(2), "brass"))
        tune = s.melody(s.bars("chorus", "intro", "break"), 67, 84, 0.4, 0.5)
        s.play("hook", voice, tune, name, level_db=-19, send=0.2, human_ms=8)
    s.fills(kit, tag, -14, 0.4)


def lofi(s: Sketch) -> None:
    """Sleepy beats through a worn tape."""
    harmonise(s, "sevenths")
    kit = s.drums.acoustic(0.5) if s.maybe(0.5) else s.drums.machine(0.1)
    tag = kit_tag(kit)
    s.beat(
        kit,
        {
            "kick": s.pick("x.....x...x.....", "x..x......x.....", "x......x..x....."),
            s.pick("snare", "rim"): "....x.......x...",
            "hat": s.pick("x.o.x.o.x.o.x.o.", "o.g.o.g.o.g.o.gg"),
        },
        s.bars(*BODY),
        tag,
        -16,
        human_ms=9,
        send=0.05,
    )
    s.play(
        "bass",
        s.instruments.upright_bass() if s.maybe(0.5) else s.patches.sub(),
        s.bass(s.pick("r-----r-..f-....", "r---....r---....", "r-----..r-..o-.."), s.bars(*BODY), 31),
        "",
        level_db=-17,
        human_ms=8,
    )
    bass = s.score.parts[-1]
    bass.tag = "synthbass" if hasattr(bass.voice, "wave") else "bass"
    keys, name = s.player((s.instruments.piano(), "piano"), (s.instruments.electric_piano(), "electricpiano"))
    pattern = s.pick("x-------x-----x-", "x-----x-----x---", "x--x------x-----")
    s.play("keys", keys, s.comp(pattern, s.bars(), 62, 4, 0.97, 0.02), name, level_db=-16, send=0.2, human_ms=10)
    voice, name = s.player((s.instruments.acoustic_guitar(), "acousticguitar"), (s.instruments.mallets(), "mallets"))
    tune = s.melody(s.bars(*FULL, "break"), 64, 81, 0.4, 0.5)
    s.play("tune", voice, tune, name, level_db=-19, send=0.3, echo=0.2, human_ms=10)
    s.fills(kit, tag, -17, 0.2)


def downtempo(s: Sketch) -> None:
    """Slow beats, warm pads, space."""
    harmonise(s, "sevenths" if s.maybe(0.6) else "triads")
    kit = s.drums.machine(0.2) if s.maybe(0.6) else s.drums.acoustic(0.5)
    tag = kit_tag(kit)
    s.beat(
        kit,
        {
            "kick": s.pick("x.....x...x.....", "x.......x.......", "x..x....x......."),
            "snare": s.pick("....x.......x...", "....x.......x..g", "........x......."),
            "hat": s.pick("..o...o...o...o.", "x.g.x.g.x.g.x.g.", "gogxgogxgogxgogx"),
        },
        s.bars(*BODY),
        tag,
        -16,
        human_ms=4,
        send=0.12,
    )
    hands = s.drums.percussion()
    s.beat(
        hands,
        {s.pick("conga", "bongo"): s.pick("..o..g.o..o.g.o.", "o..g..o...o..g.."), "shaker": "g.o.g.o.g.o.g.o."},
        s.bars(*FULL),
        "percussion",
        -15,
        8,
    )
    line = s.pick("r-----r---f-----", "r-------..r-s-..", "r---r-----o---..")
    s.play(
        "bass",
        s.patches.sub() if s.maybe(0.6) else s.patches.bass(),
        s.bass(line, s.bars(*BODY), 30),
        "synthbass",
        level_db=-16,
    )
    s.play("pad", s.patches.pad(), s.hold(s.bars(), 61), "synthesizer", level_db=-19, send=0.5, sweep=s.maybe(0.5))
    arp = s.arpeggio(s.bars("verse", "chorus", "break"), 69, 0.5, 0.9, 0.6)
    s.play("arp", s.patches.pluck(), arp, "synthesizer", level_db=-22, send=0.4, echo=0.6)
    voice, name = (
        (s.instruments.electric_piano(), "electricpiano"),
        (s.instruments.acoustic_guitar(), "acousticguitar"),
        (s.instruments.flute(), "flute"),
    )[int(s.rng.integers(3))]
    tune = s.melody(s.bars(*FULL, "break"), 64, 81, 0.35, 0.5, 4)
    s.play("tune", voice, tune, name, level_db=-19, send=0.4, echo=0.3, human_ms=7)
    s.fills(kit, tag, -17, 0.3)


GENRES = (
    Genre("trap", (130, 160), trap, ("hiphop",), 0.95, form="song", tilt_db=(-4, 0)),
    Genre(
        "hiphop",
        (82, 100),
        hiphop,
        (),
        0.75,
        form="song",
        swing=(0.52, 0.62),
        intensity=(0.55, 0.8),
        tilt_db=(-5, -1),
        hiss_db=(-62, -50),
    ),
    Genre(
        "lofi",
        (68, 90),
        lofi,
        ("hiphop",),
        0.5,
        form="song",
        swing=(0.54, 0.64),
        intensity=(0.2, 0.4),
        rms_db=(-19, -15),
        top_hz=(4500, 8500),
        tilt_db=(-6, -2),
        hiss_db=(-52, -40),
    ),
    Genre(
        "downtempo",
        (80, 110),
        downtempo,
        ("electronic",),
        0.65,
        form="flow",
        swing=(0.5, 0.58),
        intensity=(0.3, 0.6),
        rms_db=(-17, -13),
        reverb_seconds=(1.5, 3.5),
    ),
)
