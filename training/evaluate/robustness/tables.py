"""Tables of the robustness study, for the terminal and for the page."""

from __future__ import annotations

import math

from rich.console import Console
from rich.table import Table

from training.evaluate.robustness.conditions import CONDITIONS
from training.evaluate.robustness.results import Results, Row, titles

CONDITION_TITLES = {condition.name: condition.title for condition in CONDITIONS}


def print_results(results: Results, console: Console) -> None:
    """Prints one table per score: value, interval, change from clean, n; then what could not be heard."""
    for score, title in zip(results.scores, titles(results.scores), strict=True):
        table = Table("condition", "value", "95 % interval", "change", "95 % interval", "n", title=title)
        table.title_justify = "left"
        for column in table.columns[1:]:
            column.justify = "right"
        for name in results.conditions:
            if row := results.get(name, score):
                table.add_row(condition_title(name), *_cells(row))
        console.print(table)
    for line in notes(results):
        console.print(line, highlight=False, markup=False)


def notes(results: Results) -> list[str]:
    """What a reader must know beside the numbers."""
    clip = results.clip
    part = "" if clip is None else f", {clip['seconds']:g} s from the {clip['at']} of each"
    lines = [
        f"{results.n_tracks} tracks{part}. Embeddings of two different clean tracks have a mean cosine of "
        f"{_number(results.other_track_cosine)}."
    ]
    if results.missing:
        lines.append(f"{len(results.missing)} files are not there: {', '.join(results.missing)}.")
    return lines + [f"Failed: {name}: {reason}" for name, reason in results.failures.items()]


def markdown_table(results: Results) -> str:
    """One row per condition, one column per score; bold where the change from clean is beyond chance."""
    head = ["condition", *titles(results.scores)]
    lines = [_line(head), _line(["---"] + ["---:"] * len(results.scores)), _line(["n", *_ns(results)])]
    for name in results.conditions:
        cells = [_markdown_cell(results, results.get(name, score)) for score in results.scores]
        lines.append(_line([condition_title(name), *cells]))
    return "\n".join(lines)


def condition_title(name: str) -> str:
    """What a condition is called."""
    return CONDITION_TITLES.get(name, name)


def beyond_chance(row: Row) -> bool:
    """Whether the interval of the change from clean leaves 0 out; cosines, which can only fall, are left unjudged."""
    return row.condition != "clean" and row.section != "embedding" and (row.change_low > 0 or row.change_high < 0)


def _cells(row: Row) -> tuple[str, ...]:
    change = (
        ("", "") if row.condition == "clean" else (_signed(row.change), _span(row.change_low, row.change_high, True))
    )
    return (_number(row.value), _span(row.low, row.high), *change, str(row.n))


def _markdown_cell(results: Results, row: Row | None) -> str:
    if row is None:
        return ""
    value = f"**{_number(row.value)}**" if beyond_chance(row) else _number(row.value)
    clean = results.get("clean", row.score)
    own_n = f", n {row.n}" if clean and row.n != clean.n else ""
    between = _span(row.low, row.high)
    return f"{value}<br>{between}{own_n}" if between else value + own_n


def _ns(results: Results) -> list[str]:
    cells = [results.get("clean", score) for score in results.scores]
    return ["" if row is None else str(row.n) for row in cells]


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _span(low: float, high: float, signed: bool = False) -> str:
    if not math.isfinite(low):
        return ""
    return f"{_signed(low)} to {_signed(high)}" if signed else f"{_number(low)} to {_number(high)}"


def _number(value: float) -> str:
    return f"{value:.3f}" if math.isfinite(value) else "-"


def _signed(value: float) -> str:
    return f"{value:+.3f}".replace("-", "−") if math.isfinite(value) else "-"
