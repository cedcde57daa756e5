"""What the commands print: analyses and recommendations as JSON objects, tables and lines."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from rich.table import Table

from segue.key import KeyEstimate
from segue.results import Recommendation, Recommendations
from segue.segue_points import Transition
from segue.tags import TagScores, category_of, name_of
from segue.tempo import TempoEstimate
from segue.track import Analysis, Description

N_SHARED_SHOWN = 5


def analysis_json(path: str, analysis: Analysis, with_embedding: bool) -> dict[str, Any]:
    """Everything heard in one file; ``tags`` holds the whole vocabulary."""
    heard = analysis.hearing
    told: dict[str, Any] = {
        "path": path,
        "duration_seconds": round(analysis.duration_seconds, 3),
        "tempo": tempo_json(heard.tempo),
        "key": key_json(heard.key),
        "energy": _rounded(heard.energy),
        "tags": tags_json(analysis.tags),
    }
    if with_embedding:
        told["embedding"] = [_rounded(x, 6) for x in analysis.sound.tolist()]
    return told


def tempo_json(tempo: TempoEstimate) -> dict[str, Any]:
    """``{"bpm", "confidence", "alternatives"}``."""
    others = [{"bpm": other.bpm, "confidence": _rounded(other.confidence)} for other in tempo.alternatives]
    return {"bpm": round(tempo.bpm, 1), "confidence": _rounded(tempo.confidence), "alternatives": others}


def key_json(key: KeyEstimate) -> dict[str, Any]:
    """``{"name", "camelot", "open_key", "confidence", "alternatives"}``."""
    others = [
        {"name": other.key.name, "camelot": other.key.camelot, "confidence": _rounded(other.confidence)}
        for other in key.alternatives
    ]
    return {
        "name": key.key.name,
        "camelot": key.key.camelot,
        "open_key": key.key.open_key,
        "confidence": _rounded(key.confidence),
        "alternatives": others,
    }


def tags_json(tags: TagScores) -> list[dict[str, Any]]:
    """Every tag of the vocabulary, in its order."""
    return [
        {
            "name": name_of(label),
            "category": category_of(label),
            "score": _rounded(tags.score(label)),
            "active": label in tags.active,
        }
        for label in tags.vocabulary.labels
    ]


def recommendations_json(path: str, analysis: Analysis, answer: Recommendations) -> dict[str, Any]:
    """The query as heard, the pool sizes and the results."""
    pool = answer.pool
    return {
        "query": analysis_json(path, analysis, with_embedding=False),
        "pool": {
            "catalogue": pool.catalogue,
            "after_limits": pool.after_limits,
            "as_asked": pool.as_asked,
            "after_tags": pool.after_tags,
            "relaxed": pool.relaxed,
        },
        "results": [_result_json(result) for result in answer.results],
    }


def _result_json(result: Recommendation) -> dict[str, Any]:
    track = result.track
    return {
        "rank": result.rank,
        "track_id": track.id,
        "title": track.description.title,
        "artist": track.description.artist,
        "path": track.description.path,
        "similarity": _rounded(result.similarity),
        "components": {axis: _rounded(cosine) for axis, cosine in result.components.items()},
        "contributions": {axis: _rounded(part) for axis, part in result.contributions.items()},
        "shared_tags": list(result.shared_tags),
        "tempo": {
            "bpm": track.tempo.bpm,
            "ratio": result.tempo_ratio,
            "pitch_percent": round(result.pitch_percent, 2),
        },
        "key": {
            "name": track.key.key.name,
            "camelot": track.key.key.camelot,
            "relation": result.key_relation,
            "without_key_lock": {
                "name": result.pitched_key.name,
                "camelot": result.pitched_key.camelot,
                "relation": result.pitched_relation,
            },
            "detune_cents": round(result.detune_cents, 1),
        },
        "segment": None
        if result.segment is None
        else {name: _rounded(x) for name, x in asdict(result.segment).items()},
        "transition": None if result.transition is None else _transition_json(result.transition),
        "duplicates": list(result.duplicates),
    }


def _transition_json(found: Transition) -> dict[str, Any]:
    return {
        "mix_out_seconds": _rounded(found.mix_out_seconds, 2),
        "mix_in_seconds": _rounded(found.mix_in_seconds, 2),
        "overlap_bars": found.overlap_bars,
        "overlap_seconds": _rounded(found.overlap_seconds, 2),
        "score": _rounded(found.score),
        "confidence": _rounded(found.confidence),
    }


def analysis_lines(path: str, analysis: Analysis) -> list[str]:
    """The same for people: a few lines with active tags only."""
    heard = analysis.hearing
    active = ", ".join(name_of(label) for label in analysis.tags.strongest(analysis.tags.active))
    return [
        path,
        f"  {clock(analysis.duration_seconds)}   {heard.tempo.bpm:.1f} BPM ({heard.tempo.confidence:.0%})   "
        f"{heard.key.key.camelot} {heard.key.key.name} ({heard.key.confidence:.0%})   energy {heard.energy:.2f}",
        f"  {active or 'no tag is active'}",
    ]


def recommendations_table(answer: Recommendations) -> Table:
    """One row per result: how near it is, and why."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name, justify in (("#", "right"), ("similarity", "right"), ("track", "left"), ("BPM", "right")):
        table.add_column(name, justify=justify, no_wrap=name != "track")  # type: ignore[arg-type]  # literals above
    table.add_column("pitch", justify="right", no_wrap=True)
    table.add_column("key", no_wrap=True)
    table.add_column("shared tags")
    places = [_place(result) for result in answer.results]
    if any(places):
        table.add_column("where")
    for result, place in zip(answer.results, places, strict=True):
        table.add_row(*_row(result), *([place] if any(places) else []))
    return table


def _place(result: Recommendation) -> str:
    """Which parts are alike, or where to mix; empty where whole tracks were compared."""
    if (alike := result.segment) is not None:
        yours = f"{clock(alike.query_start_seconds)} to {clock(alike.query_end_seconds)}"
        return f"{yours} is like its {clock(alike.start_seconds)} to {clock(alike.end_seconds)}"
    if (move := result.transition) is not None:
        return f"out at {clock(move.mix_out_seconds)}, in at {clock(move.mix_in_seconds)}, {move.overlap_bars} bars"
    return ""


def _row(result: Recommendation) -> tuple[str, ...]:
    track = result.track
    shared = [name_of(label) for label in result.shared_tags[:N_SHARED_SHOWN]]
    beat = {2.0: " half time", 0.5: " double time"}.get(result.tempo_ratio, "")
    return (
        str(result.rank),
        f"{result.similarity:.3f}",
        track_name(track.description),
        f"{track.tempo.bpm:.1f}",
        f"{result.pitch_percent:+.1f} %{beat}",
        f"{track.key.key.camelot} ({result.key_relation.replace('_', ' ')})",
        ", ".join(shared) or "none",
    )


def pool_line(answer: Recommendations) -> str:
    """How the catalogue was cut down, in words."""
    pool = answer.pool
    relaxed = "" if pool.relaxed == "as_asked" else f" (asked for: {pool.as_asked}; gate loosened to {pool.relaxed})"
    limited = "" if pool.after_limits == pool.catalogue else f"{pool.after_limits} meet the limits, "
    return f"{pool.catalogue} tracks in the catalogue, {limited}{pool.after_tags} pass the tag gate{relaxed}"


def track_name(description: Description) -> str:
    """``"Artist - Title"`` as far as known, else the file's name."""
    title = description.title or (description.path or "untitled").rpartition("/")[2]
    return f"{description.artist} - {title}" if description.artist else title


def clock(seconds: float) -> str:
    """``"4:07"``."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"


def _rounded(value: float, digits: int = 4) -> float:
    return round(float(value), digits)
