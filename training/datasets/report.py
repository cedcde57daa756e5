"""Report: what an import found, for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from training.datasets.base import Ledger, Row
from training.datasets.split import straddling

N_SHOWN = 10
N_NAMED = 3


def report_lines(ledger: Ledger, rows: Sequence[Row], n_others: int, out: Path) -> Iterator[str]:
    """The import in lines.

    Args:
        ledger: of the loader.
        rows: its rows with splits.
        n_others: audio files that the labels do not name.
        out: the CSV they were written to.
    """
    splits = Counter(row.split for row in rows)
    told = ", ".join(f"{splits[name]:,} {name}" for name in ("train", "dev", "test") if splits[name])
    yield f"{len(rows):,} rows written to {out}: {told}, in {len({row.group for row in rows}):,} groups"
    yield (
        f"labels: {_count(rows, 'genres')} with genres, {_count(rows, 'instruments')} with instruments, "
        f"{_count(rows, 'bpm')} with a tempo, {_count(rows, 'key')} with a key, "
        f"{sum(not row.labelled for row in rows):,} unlabelled"
    )
    yield (
        f"audio: {len(rows):,} found, {_named(ledger.missing, 'missing')}, {_named(ledger.empty, 'empty')}, "
        f"{n_others:,} that no label names"
    )
    for reason, count in ledger.left_out.most_common():
        yield f"left out: {count:,} x {reason}"
    if ledger.unknown_words:
        common = ", ".join(f"{word} {count:,}" for word, count in ledger.unknown_words.most_common(N_SHOWN))
        yield f"words without a tag of ours: {len(ledger.unknown_words):,}, most often {common}"
    if not splits["dev"]:
        yield "note: no rows for development, which training needs; raise --dev-share or import another set beside this"
    shared = straddling(rows)
    if shared:
        yield f"note: {len(shared):,} groups are on more than one side of the published split, for example {shared[0]}"
    for note in ledger.notes:
        yield f"note: {note}"


def _count(rows: Sequence[Row], label: str) -> str:
    return f"{sum(bool(getattr(row, label)) for row in rows):,}"


def _named(names: Sequence[str], what: str) -> str:
    examples = ", ".join(names[:N_NAMED]) + (", ..." if len(names) > N_NAMED else "")
    return f"{len(names):,} {what}" + (f" ({examples})" if names else "")
