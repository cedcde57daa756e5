"""Broken beats and heavy bass: drum and bass, dubstep, breakbeat, trap, hip hop, lo-fi, downtempo."""

from __future__ import annotations

from dataclasses import replace

from training.studio.genres.base import Genre, harmonise
from training.studio.score import Note
from training.studio.sketch import BODY, FULL, Sketch


def drumnbass(s: Sketch) -> None:
    """Fast breaks over half-time bass."""
    harmonise(s, s.pick("drone", "triads", "sevenths"))
    liquid = s.maybe(0.5)
    kit = s.drums.acoustic(1.0) if s.maybe(0.4) else s.drums.machine(0.6)
    s.beat(kit, {
        "kick": s.pick("x.........x.....", "x.....g...x.....", "x..?......x..?..", "x.x.......x....."),
        "snare": s.pick("....x.......x...", "....x..g.g..x...", "....x..g....x..g", "....x.g..g..x.g."),
        "hat": s.pick("x.o.x.o.x.o.x.o.", "xgogxgogxgogxgog", "x.ogx.ogx.ogx.og"),
        "ride": s.pick("................", "x...x...x...x..."),
    }, s.bars(*FULL, "intro", "outro"), "drummachine", -13, send=0.03)  # fmt: skip
    shaker = s.drums.percussion()
    s.beat(shaker, {"shaker": "gogxgogxgogxgogx"}, s.bars("intro", *BODY), "", -14)
    voice = s.patches.reese() if not liquid or s.maybe(0.4) else s.patches.sub()
    line = s.pick("r---------r-----", "r-----r---s-----", "r-------..r-o---", "r--r--r-----f---",
                  "r-----------o-s-r-----r---------")  # fmt: skip
    s.play("bass", voice, s.bass(line, s.bars(*FULL), 29, 0.95), "synthbass", level_db=-15.5,
           duck=0.4)  # fmt: skip
    rows = s.bars("intro", "break", "build", *(FULL if liquid else ()))
    s.play("pad", s.patches.pad(), s.hold(rows, 63), "synthesizer", level_db=-20, send=0.5,
           sweep=True)  # fmt: skip
    if liquid:
        keys, tag = (s.instruments.piano(), "piano") if s.maybe(0.5) else (
            s.instruments.electric_piano(), "electricpiano")  # fmt: skip
        pattern = s.pick("x-----x-----x---", "x---x-----x-----", "x--x--x---x-----")
        s.play("keys", keys, s.comp(pattern, s.bars("intro", "break", *BODY), 65), tag,
               level_db=-18, send=0.3, echo=0.25)  # fmt: skip
    else:
        stab = s.comp(s.pick("x..x............", "......x.........", "x.....x..x......"),
                      s.bars(*BODY), 62, 3, 0.6)  # fmt: skip
        s.play("stab", s.patches.stab(), stab, "synthesizer", level_db=-19, send=0.3, echo=0.5)
    tune = s.melody(s.bars(*FULL, "break"), 67, 84, 0.3, 1.0, 4)
    s.play("lead", s.patches.lead(), tune, "synthesizer", level_db=-23, send=0.4, echo=0.5)
    s.fills(kit, "drummachine", -14, 0.8)
    s.build_up(kit, -14)


def dubstep(s: Sketch) -> None:
    """Half-time drums, wobbling growls."""
    harmonise(s, s.pick("drone", "triads"))
    kit = s.drums.machine(0.9)
    s.beat(kit, {
        "kick": s.pick("x.....?...?.....", "x..x......?.....", "x.........x.....", "x.....x....?...."),
        "snare": s.pick("........x.......", "........x.......", "........x......g"),
        "hat": s.pick("x.g.x.g.x.g.x.g.", "x..o..o.x..o..o.", "g.gog.gog.gogogo"),
    }, s.bars("intro", *FULL, "outro"), "drummachine", -12.5, send=0.06)  # fmt: skip
    beat_hz = s.score.groove.tempo_bpm / 60
    rates = s.rng.permutation([1.0, 1.5, 2.0, 3.0, 4.0])[:3]
    growls = [replace(s.patches.wobble(1.0), lfo_hz=float(r) * beat_hz) for r in rates]
    lines = [s.pick("r-------r---....", "r---....r---r---", "r-----..r-..o---", "r---r-..----r-s-"),
             s.pick("....r---....r-r-", "........r-------", "..r-....r---....")]  # fmt: skip
    for i, line in enumerate(lines):
        rows = s.bars(*FULL) if i == 0 else s.bars(*FULL)[1::2]
        s.play(f"growl {i}", growls[i], s.bass(line, rows, 41, 0.95), "synthbass",
               level_db=-15 - 2 * i, send=0.08, duck=0.3)  # fmt: skip
    s.play("sub", s.patches.sub(), s.bass("r-------r-------", s.bars(*FULL), 29), "synthbass",
           level_db=-18, duck=0.4)  # fmt: skip
    s.play("pad", s.patches.pad(), s.hold(s.bars("intro", "break", "build", "outro"), 62),
           "synthesizer", level_db=-19, send=0.5)  # fmt: skip
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
    s.beat(kit, {
        "kick": s.pick("x.x.......x.....", "x.....x...x.....", "x..x......xx....", "x.....x..x......"),
        "snare": s.pick("....x..g.g..x...", "....x.......x...", "....x..g....x.gg"),
        "hat": s.pick("x.o.x.o.x.o.x.o.", "xgogxgogxgogxgog"),
        "open": s.pick("..............x.", "......x.........", "................"),
    }, s.bars("intro", *BODY, "outro"), "drums", -13, human_ms=3, send=0.05)  # fmt: skip
    line = s.pick("r..r..r...r.o...", "r..o..r.s.r..r..", "r.r...o...r..f..", "r-----r-s---r-o-")
    bass = s.patches.acid() if s.maybe(0.35) else s.patches.bass()
    s.play("bass", bass, s.bass(line, s.bars(*FULL, "build"), 31, 0.85), "synthbass",
           level_db=-15.5)  # fmt: skip
    stab = s.pick("x..x..x.........", "..x..x....x..x..", "x.......x..x....")
    s.play("stab", s.patches.stab(), s.comp(stab, s.bars(*BODY, "break"), 62, 4, 0.6),
           "synthesizer", level_db=-18, send=0.3, echo=0.4, sweep=True)  # fmt: skip
    if s.maybe(0.6):
        s.play("organ", s.instruments.organ(), s.comp("x..x..x.x..x..x.", s.bars("drop", "break"),
               65, 3, 0.5), "organ", level_db=-20, send=0.15)  # fmt: skip
    tune = s.melody(s.bars("drop", "break"), 67, 84, 0.4, 0.5)
    s.play("lead", s.patches.lead(), tune, "synthesizer", level_db=-21, send=0.25, echo=0.4)
    s.fills(kit, "drums", -14, 0.9)
    s.build_up(kit, -15)


def trap(s: Sketch) -> None:
    """Long 808s, rattling hats, dark bells."""
    harmonise(s)
    kit = s.drums.machine(0.6)
    kicks = s.pick("x.....x...x.....", "x..x......x...?.", "x......x..x.....", "x.....x.x.....x.")
    s.beat(kit, {
        "kick": kicks, "clap": s.pick("........x.......", "........x......."),
        "snare": s.pick("........o.......", "................"),
        "open": s.pick("................", "......x.........", "..............x."),
        "rim": s.pick("................", "...o.....o......"),
    }, s.bars("intro", *FULL, "build"), "drummachine", -13)  # fmt: skip
    s.play("hats", kit["hat"], _rattle(s, s.bars(*FULL, "build")), "drummachine", level_db=-25)
    line = kicks.replace("x", "r").replace("?", "o")
    voice = s.patches.eight_oh_eight()
    s.play("808", voice, s.bass(_held(line), s.bars(*FULL), 28, 0.95), "synthbass", level_db=-14.5)
    bells, tag = (s.instruments.mallets(), "mallets") if s.maybe(0.4) else (
        (s.instruments.piano(), "piano") if s.maybe(0.4) else (s.patches.pluck(), "synthesizer"))  # fmt: skip
    tune = s.melody(s.bars(), 64, 81, 0.55, 0.5, 2)
    s.play("bells", bells, tune, tag, level_db=-18, send=0.35, echo=0.3)
    s.play("pad", s.patches.pad(), s.hold(s.bars(), 60, 3), "synthesizer", level_db=-22, send=0.4)
    if s.maybe(0.4):
        s.play("strings", s.instruments.violin(4), s.comp("x-------x-------", s.bars("chorus"), 67, 3),
               "strings", level_db=-21, send=0.3)  # fmt: skip
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
    tag = "drums" if "brush" in kit else "drummachine"
    s.beat(kit, {
        "kick": s.pick("x.....x..x......", "x..x......x.....", "x......x.xx.....", "x.x....x..x....."),
        "snare": s.pick("....x.......x...", "....x..g....x...", "....x.......x..g"),
        "hat": s.pick("x.o.x.o.x.o.x.o.", "x.o.x.ogx.o.x.og", "xxo.x.o.xxo.x.o."),
        "open": s.pick("................", "..............x."),
    }, s.bars("intro", *BODY, "outro"), tag, -13, human_ms=7, send=0.04)  # fmt: skip
    bass, name = ((s.instruments.electric_bass(), "bass") if s.maybe(0.5)
                  else (s.patches.sub(), "synthbass"))  # fmt: skip
    line = s.pick("r-....r-.r-.....", "r--r......r-f-..", "r-....r.s-r-....", "r-.....o.rr-....")
    s.play("bass", bass, s.bass(line, s.bars(*BODY), 31, 0.9), name, level_db=-15, human_ms=5)
    colour = s.pick("piano", "electricpiano", "acousticguitar", "strings", "organ")
    makers = {"piano": s.instruments.piano, "electricpiano": s.instruments.electric_piano,
              "acousticguitar": s.instruments.acoustic_guitar,
              "strings": lambda: s.instruments.violin(4), "organ": s.instruments.organ}  # fmt: skip
    pattern = s.pick("x-----x-----x---", "x--x--x---------", "x-------x-----x-", "x-..x-..x-..x-..")
    s.play("sample", makers[colour](), s.comp(pattern, s.bars(), 62, 4, 0.95, 0.015), colour,
           level_db=-17, send=0.15, human_ms=6)  # fmt: skip
    if s.maybe(0.7):
        voice, name = ((s.instruments.flute(), "flute") if s.maybe(0.4)
                       else (s.instruments.trumpet(2), "brass"))  # fmt: skip
        tune = s.melody(s.bars("chorus", "intro", "break"), 67, 84, 0.4, 0.5)
        s.play("hook", voice, tune, name, level_db=-19, send=0.2, human_ms=8)
    s.fills(kit, tag, -14, 0.4)


def lofi(s: Sketch) -> None:
    """Sleepy beats through a worn tape."""
    harmonise(s, "sevenths")
    kit = s.drums.acoustic(0.5) if s.maybe(0.5) else s.drums.machine(0.1)
    tag = "drums" if "brush" in kit else "drummachine"
    s.beat(kit, {
        "kick": s.pick("x.....x...x.....", "x..x......x.....", "x......x..x....."),
        s.pick("snare", "rim"): "....x.......x...",
        "hat": s.pick("x.o.x.o.x.o.x.o.", "o.g.o.g.o.g.o.gg"),
    }, s.bars(*BODY), tag, -16, human_ms=9, send=0.05)  # fmt: skip
    s.play("bass", s.instruments.upright_bass() if s.maybe(0.5) else s.patches.sub(),
           s.bass(s.pick("r-----r-..f-....", "r---....r---....", "r-----..r-..o-.."), s.bars(*BODY),
                  31), "", level_db=-17, human_ms=8)  # fmt: skip
    bass = s.score.parts[-1]
    bass.tag = "synthbass" if hasattr(bass.voice, "wave") else "bass"
    keys, name = (s.instruments.piano(), "piano") if s.maybe(0.45) else (
        s.instruments.electric_piano(), "electricpiano")  # fmt: skip
    pattern = s.pick("x-------x-----x-", "x-----x-----x---", "x--x------x-----")
    s.play("keys", keys, s.comp(pattern, s.bars(), 62, 4, 0.97, 0.02), name, level_db=-16,
           send=0.2, human_ms=10)  # fmt: skip
    voice, name = ((s.instruments.acoustic_guitar(), "acousticguitar") if s.maybe(0.5)
                   else (s.instruments.mallets(), "mallets"))  # fmt: skip
    tune = s.melody(s.bars(*FULL, "break"), 64, 81, 0.4, 0.5)
    s.play("tune", voice, tune, name, level_db=-19, send=0.3, echo=0.2, human_ms=10)
    s.fills(kit, tag, -17, 0.2)


def downtempo(s: Sketch) -> None:
    """Slow beats, warm pads, space."""
    harmonise(s, "sevenths" if s.maybe(0.6) else "triads")
    kit = s.drums.machine(0.2) if s.maybe(0.6) else s.drums.acoustic(0.5)
    tag = "drums" if "brush" in kit else "drummachine"
    s.beat(kit, {
        "kick": s.pick("x.....x...x.....", "x.......x.......", "x..x....x......."),
        "snare": s.pick("....x.......x...", "....x.......x..g", "........x......."),
        "hat": s.pick("..o...o...o...o.", "x.g.x.g.x.g.x.g.", "gogxgogxgogxgogx"),
    }, s.bars(*BODY), tag, -16, human_ms=4, send=0.12)  # fmt: skip
    hands = s.drums.percussion()
    s.beat(hands, {s.pick("conga", "bongo"): s.pick("..o..g.o..o.g.o.", "o..g..o...o..g.."),
                   "shaker": "g.o.g.o.g.o.g.o."}, s.bars(*FULL), "percussion", -15, 8)  # fmt: skip
    line = s.pick("r-----r---f-----", "r-------..r-s-..", "r---r-----o---..")
    s.play("bass", s.patches.sub() if s.maybe(0.6) else s.patches.bass(),
           s.bass(line, s.bars(*BODY), 30), "synthbass", level_db=-16)  # fmt: skip
    s.play("pad", s.patches.pad(), s.hold(s.bars(), 61), "synthesizer", level_db=-19, send=0.5,
           sweep=s.maybe(0.5))  # fmt: skip
    arp = s.arpeggio(s.bars("verse", "chorus", "break"), 69, 0.5, 0.9, 0.6)
    s.play("arp", s.patches.pluck(), arp, "synthesizer", level_db=-22, send=0.4, echo=0.6)
    voice, name = ((s.instruments.electric_piano(), "electricpiano"),
                   (s.instruments.acoustic_guitar(), "acousticguitar"),
                   (s.instruments.flute(), "flute"))[int(s.rng.integers(3))]  # fmt: skip
    tune = s.melody(s.bars(*FULL, "break"), 64, 81, 0.35, 0.5, 4)
    s.play("tune", voice, tune, name, level_db=-19, send=0.4, echo=0.3, human_ms=7)
    s.fills(kit, tag, -17, 0.3)


GENRES = (
    Genre("drumnbass", (168, 180), drumnbass, ("electronic",), 0.85, rms_db=(-13, -10.5),
          intensity=(0.85, 1.0)),
    Genre("dubstep", (136, 146), dubstep, ("electronic",), 1.0, rms_db=(-12.5, -10),
          intensity=(0.85, 1.0)),
    Genre("breakbeat", (122, 140), breakbeat, ("electronic",), 0.8, swing=(0.5, 0.55)),
    Genre("trap", (130, 160), trap, ("hiphop",), 0.95, form="song", tilt_db=(-4, 0)),
    Genre("hiphop", (82, 100), hiphop, (), 0.75, form="song", swing=(0.52, 0.62),
          intensity=(0.55, 0.8), tilt_db=(-5, -1), hiss_db=(-62, -50)),
    Genre("lofi", (68, 90), lofi, ("hiphop",), 0.5, form="song", swing=(0.54, 0.64),
          intensity=(0.2, 0.4), rms_db=(-19, -15), top_hz=(4500, 8500), tilt_db=(-6, -2),
          hiss_db=(-52, -40)),
    Genre("downtempo", (80, 110), downtempo, ("electronic",), 0.65, form="flow", swing=(0.5, 0.58),
          intensity=(0.3, 0.6), rms_db=(-17, -13), reverb_seconds=(1.5, 3.5)),
)  # fmt: skip
