"""Tables: the study for the terminal and, as Markdown, for the documentation."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from training.evaluate.recommendations.results import Gain, Share, Study

SYSTEMS = {
    "segue": "tag gate, then the default weights: what a user gets",
    "gate_only": "tag gate, then random order",
    "ranking_only": "default weights, no gate",
    "tags_only": "tag gate, then the tags axis alone: the first network by itself",
    "mixable": "as segue, limited to 6 % of the tempo and standard keys; share of what is offered",
    "former_weights": "as segue, with the weights set by hand that were the default before",
    "preset_harmonic": "as segue, with the preset's weights",
    "preset_same_tempo": "as segue, with the preset's weights",
    "preset_texture": "as segue, with the preset's weights",
    "preset_genre": "as segue, with the preset's weights",
    "axis_sound": "no gate, the embedding alone",
    "axis_tags": "no gate, tag scores alone",
    "axis_tempo": "no gate, tempo alone",
    "axis_key": "no gate, key alone",
    "axis_energy": "no gate, energy alone",
    "axis_segue": "no gate, how one ends and the other begins alone",
    "ranking_epsilon_0": "as ranking_only, chunks weighted by TF-IDF with 256 words",
    "sound_epsilon_0": "as axis_sound, chunks weighted by TF-IDF with 256 words",
    "ranking_epsilon_0.25": "as ranking_only, 64 words",
    "sound_epsilon_0.25": "as axis_sound, 64 words",
    "ranking_epsilon_0.5": "as ranking_only, 16 words",
    "sound_epsilon_0.5": "as axis_sound, 16 words",
    "ranking_epsilon_0.75": "as ranking_only, 4 words",
    "sound_epsilon_0.75": "as axis_sound, 4 words",
    "random_weights": "as segue, both networks before training",
    "signal_features": "MFCC, chroma and onset statistics, nearest first",
    "no_listening": "one list for everyone: the most frequent genre first",
    "best_fixed_list": "one list for everyone, made of the answers",
    "random": "chance",
    "oracle": "the most that is possible here, each column by itself",
}
"""System -> what it does, in the order of the tables."""

Row = tuple[str, ...]


def share_rows(study: Study) -> tuple[Row, list[Row]]:
    """Header and rows: system by system, a criterion in each column."""
    criteria = _criteria(study)
    header = ("system", *_with_sizes(study))
    cells = {(share.system, share.criterion): _cell(share) for share in study.shares}
    systems = dict.fromkeys(share.system for share in study.shares)
    return header, [(system, *(cells.get((system, c), "") for c in criteria)) for system in systems]


def gain_rows(study: Study) -> tuple[Row, list[Row]]:
    """Header and rows: difference by difference, a criterion in each column."""
    criteria = _criteria(study)
    cells = {(gain.system, gain.against, gain.criterion): _cell(gain, "+") for gain in study.gains}
    pairs = dict.fromkeys((gain.system, gain.against, gain.shows) for gain in study.gains)
    header = ("what is added", "difference", *_with_sizes(study))
    return header, [(shows, f"{a} - {b}", *(cells.get((a, b, c), "") for c in criteria)) for a, b, shows in pairs]


def notes(study: Study) -> list[str]:
    """What belongs beside the tables, one sentence each."""
    lines = []
    if study.gate_keeps:
        kept = ", ".join(f"{criterion} {share:.0%}" for criterion, share in study.gate_keeps.items())
        lines.append(f"Candidates that pass the gate as finally applied, on average: {kept}.")
    if study.copies:
        lines.append(f"Left out as copies of an earlier file: {', '.join(study.copies)}.")
    return lines


def print_study(study: Study, console: Console) -> None:
    """Prints both tables and the notes."""
    title = "recommendations: share of the top 5 that is right by reference (95 % interval)"
    console.print(_table(title, *share_rows(study)))
    console.print(_table("what each part adds (paired 95 % interval)", *gain_rows(study)))
    for line in notes(study):
        console.print(line, highlight=False, markup=False)


def markdown(study: Study) -> str:
    """Both tables and the notes as Markdown."""
    header, rows = share_rows(study)
    told = [(f"`{system}`", SYSTEMS.get(system, ""), *cells) for system, *cells in rows]
    shares = _markdown_table((header[0], "what it does", *header[1:]), told)
    models = ", ".join(f"{role} `{name}`" for role, name in study.models.items() if role != "layout")
    parts = [f"Judged: {models}."] if models else []
    return "\n\n".join([*parts, shares, _markdown_table(*gain_rows(study)), *notes(study)])


def _criteria(study: Study) -> list[str]:
    return list(dict.fromkeys(share.criterion for share in study.shares))


def _with_sizes(study: Study) -> list[str]:
    """Each criterion with the number of its queries and of their groups."""
    sizes = {share.criterion: f"{share.criterion} (n={share.n}, {share.n_groups} groups)" for share in study.shares}
    return list(sizes.values())


def _cell(row: Share | Gain, sign: str = "") -> str:
    """``0.53 (0.48 to 0.58)``."""
    value = f"{row.value:{sign}.2f}"
    return f"{value} ({row.low:{sign}.2f} to {row.high:{sign}.2f})" if math.isfinite(row.low) else value


def _table(title: str, header: Row, rows: Sequence[Row]) -> Table:
    table = Table(*header, title=title, title_justify="left")
    for row in rows:
        table.add_row(*row)
    return table


def _markdown_table(header: Row, rows: Sequence[Row]) -> str:
    lines = [header, ("---",) * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
