"""Reasons: results and warnings in words."""

from __future__ import annotations

from app.schemas.recommendations import WarningBody
from segue.key import Key, Relation
from segue.limits import Limits, TempoLimit
from segue.options import Options
from segue.results import Recommendation, Recommendations
from segue.segue_points import MAX_PITCH_PERCENT
from segue.tags import TagScores, name_of
from segue.tempo import TempoEstimate, tempo_ratio

LOW_TEMPO_CONFIDENCE = 0.3
LOW_KEY_CONFIDENCE = 0.3

_KEY_WORDS: dict[Relation, str] = {
    "same": "the same key as yours",
    "relative": "the relative key of your {query}",
    "adjacent": "one step on the wheel from your {query}",
    "energy_boost": "a semitone above your {query}, an energy boost",
    "diagonal": "diagonal to your {query} on the wheel",
    "parallel": "the parallel key of your {query}",
    "two_steps": "two steps on the wheel from your {query}",
    "distant": "far from your {query} on the wheel",
}
_LEVEL = {0.5: "half ", 1.0: "", 2.0: "double "}


def reasons(result: Recommendation, query_key: Key, limits: Limits | None = None) -> list[str]:
    """Short sentences on one result, the most telling first.

    Args:
        result: the result.
        query_key: key of the query.
        limits: what was asked for: a target tempo, or a player without key lock, is spoken of.
    """
    limits = limits or Limits()
    sound = result.components["sound"]
    told = [
        *_tag_reasons(result.shared_tags),
        _tempo_reason(result, limits.tempo),
        _key_reason(result, query_key, limits.key.key_lock),
    ]
    if (segment := result.segment) is not None:
        told.append(
            f"{_clock(segment.query_start_seconds)} to {_clock(segment.query_end_seconds)} of your track sounds like "
            f"{_clock(segment.start_seconds)} to {_clock(segment.end_seconds)} of it ({segment.similarity:.2f} of 1)."
        )
    elif result.contributions["segue"] and not result.contributions["sound"]:
        segue = result.components["segue"]
        told.append(f"Its beginning is {_degree(segue)} in sound to what it follows ({segue:.2f} of 1).")
    else:
        told.append(f"Sound {_degree(sound)} ({sound:.2f} of 1).")
    if (move := result.transition) is not None and move.overlap_bars:
        told.append(
            f"Start it at {_clock(move.mix_in_seconds)} when yours reaches {_clock(move.mix_out_seconds)}, "
            f"and mix over {move.overlap_bars} bars."
        )
    if result.duplicates:
        told.append(f"Stands for {len(result.duplicates) + 1} copies of one recording.")
    return told


def _tag_reasons(shared: tuple[str, ...]) -> list[str]:
    if not shared:
        return ["Shares no tag with your track."]
    return [f"Shares {joined([name_of(label) for label in shared[:4]])}."]


def _tempo_reason(result: Recommendation, limit: TempoLimit) -> str:
    bpm, ratio, pitch, yours = result.track.tempo.bpm, result.tempo_ratio, result.pitch_percent, "your tempo"
    if limit.target_bpm is not None:
        (ratio, pitch), yours = tempo_ratio(limit.target_bpm, bpm), f"{limit.target_bpm:g} BPM"
    level = f"at {_LEVEL[ratio]}{yours}"
    if abs(pitch) < 0.05:
        return f"{bpm:.1f} BPM beats {level} without pitching."
    if abs(pitch) > max(MAX_PITCH_PERCENT, limit.tolerance_percent or 0.0):
        return f"{bpm:.1f} BPM is out of pitch range: it would need {pitch:+.1f} %."
    return f"{bpm:.1f} BPM beats {level} when pitched {pitch:+.1f} %."


def _key_reason(result: Recommendation, query_key: Key, key_lock: bool) -> str:
    key, pitched = result.track.key.key, result.pitched_key
    if key_lock or pitched == key:
        return f"{key.name} ({key.camelot}) is {_KEY_WORDS[result.key_relation].format(query=query_key.camelot)}."
    words = _KEY_WORDS[result.pitched_relation].format(query=query_key.camelot)
    return f"{key.name} ({key.camelot}) is heard as {pitched.name} ({pitched.camelot}) without key lock, {words}."


def _clock(seconds: float) -> str:
    """``"1:07"``."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02d}"


def _degree(cosine: float) -> str:
    if cosine >= 0.9:
        return "very close"
    return "close" if cosine >= 0.7 else "related" if cosine >= 0.4 else "different"


def joined(words: list[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def warnings(
    answer: Recommendations, options: Options, tags: TagScores, tempo: TempoEstimate, key_confidence: float
) -> list[WarningBody]:
    """What to know before trusting the answer."""
    found: list[WarningBody] = []

    def warn(code: str, message: str) -> None:
        found.append(WarningBody(code=code, message=message))

    pool = answer.pool
    if pool.catalogue == 0:
        warn("empty_catalogue", "The catalogue is empty; add tracks with POST /v1/tracks or segue index add.")
    elif pool.after_limits == 0:
        warn("nothing_meets_the_limits", f"None of {pool.catalogue} tracks meets the limits; widen one of them.")
    elif pool.relaxed != "as_asked":
        warn(
            "gate_relaxed",
            f"Only {pool.as_asked} of {pool.after_limits} tracks share the tags asked for, so the gate was loosened "
            f"to {pool.relaxed!r}; {pool.after_tags} tracks were ranked.",
        )
    if pool.after_limits and options.after is None and len(answer.results) < (options.limit or 0):
        warn(
            "few_results",
            f"{len(answer.results)} results instead of {options.limit}: no more tracks meet the conditions.",
        )
    if not tags.active:
        warn("no_active_tags", "No tag of your track reaches its threshold, so the tag gate let every track pass.")
    if tempo.confidence < LOW_TEMPO_CONFIDENCE:
        warn("low_tempo_confidence", f"{tempo.bpm:.1f} BPM is uncertain (confidence {tempo.confidence:.2f}).")
    if key_confidence < LOW_KEY_CONFIDENCE:
        warn("low_key_confidence", f"The key is uncertain (confidence {key_confidence:.2f}).")
    return found
