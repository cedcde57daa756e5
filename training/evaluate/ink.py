"""Ink: how every diagram is drawn, readable on white and on near-black."""

from __future__ import annotations

from typing import Any

INK, PALE, BLUE, ORANGE = "#6e7781", "#8b949e", "#3b82f6", "#e0702a"
STYLE: dict[Any, Any] = {
    "svg.hashsalt": "segue",  # the same results make the same file
    "svg.fonttype": "none",
    "font.size": 8,
    "text.color": INK,
    "axes.edgecolor": PALE,
    "axes.labelcolor": INK,
    "axes.titlesize": 9,
    "axes.titlecolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
}
