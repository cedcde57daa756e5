"""Transitions in words: why one is good, and what to know before trusting it."""

from __future__ import annotations

from segue.key import Key
from segue.segue_points import LOW_CONFIDENCE, MAX_PITCH_PERCENT, Caveat, Playable, Transition

_BEAT = {0.5: "half the tempo", 1.0: "the tempo", 2.0: "double the tempo"}
_CAVEATS: dict[Caveat, str] = {
    "no_bars_out": "The bars of the first track are not known, or too few; it is left at the end of its audio.",
    "no_bars_in": "The bars of the next track are not known, or too few; it starts with its audio.",
    "unsure_bars": "The bars are uncertain (confidence {confidence:.2f}, below {low}); check the beat by ear.",
    "no_outro": "The first track has no outro of this length; the overlap begins while its body plays.",
    "no_intro": "The next track has no intro of this length; its body enters during the overlap.",
    "too_short": "There is no room for 8 whole bars, or for as many as were asked for; the overlap is what there is.",
    "out_of_pitch_range": "The tempi are too far apart: the next track would have to be pitched {pitch:+.1f} %.",
}


def transition_reasons(found: Transition, from_: Playable, to: Playable) -> list[str]:
    """Short sentences on one transition, what to do first."""
    return [
        _what_to_do(found),
        *_shape(found),
        _tempo(found, from_, to),
        _keys(found, from_.key, to.key),
        _sound(found),
    ]


def transition_caveats(found: Transition) -> list[tuple[Caveat, str]]:
    """Codes and sentences of what to know before trusting a transition."""
    numbers = {"confidence": found.confidence, "low": LOW_CONFIDENCE, "pitch": found.pitch_percent}
    return [(caveat, _CAVEATS[caveat].format(**numbers)) for caveat in found.caveats]


def moment(seconds: float) -> str:
    """``"3:44.0"``: to a tenth of a second, so that bars can be told apart."""
    tenths = round(seconds * 10)
    return f"{tenths // 600}:{tenths % 600 // 10:02d}.{tenths % 10}"


def _what_to_do(found: Transition) -> str:
    length = f"{found.overlap_bars} bars ({found.overlap_seconds:.1f} s)"
    if not found.overlap_bars:
        length = f"{found.overlap_seconds:.1f} s"
    return (
        f"Start the next track at {moment(found.mix_in_seconds)} when the first one is at "
        f"{moment(found.mix_out_seconds)}; both play for {length}."
    )


def _shape(found: Transition) -> list[str]:
    told = []
    if not {"no_outro", "no_bars_out"} & set(found.caveats):
        told.append("The overlap lies in the outro of the first track.")
    if not {"no_intro", "no_bars_in"} & set(found.caveats):
        told.append("The body of the next track enters when the overlap ends.")
    return told


def _tempo(found: Transition, from_: Playable, to: Playable) -> str:
    pitch = found.pitch_percent
    if abs(pitch) > MAX_PITCH_PERCENT:
        return f"{to.tempo_bpm:.1f} BPM is out of pitch range of {from_.tempo_bpm:.1f}."
    how = "without pitching" if abs(pitch) < 0.05 else f"when pitched {pitch:+.1f} %"
    return f"{to.tempo_bpm:.1f} BPM beats at {_BEAT[found.tempo_ratio]} of {from_.tempo_bpm:.1f} {how}."


def _keys(found: Transition, from_: Key, to: Key) -> str:
    told = f"{from_.camelot} to {to.camelot} is {found.key_relation.replace('_', ' ')}"
    if found.pitched_key == to:
        return f"{told}."
    pitched = f"{found.pitched_key.camelot}, {found.pitched_relation.replace('_', ' ')}"
    return f"{told} with key lock; without, it becomes {pitched}."


def _sound(found: Transition) -> str:
    return f"During the overlap their sounds have a cosine of {found.sound:.2f}."
