"""Bars: where the bars of a track begin and how loud each of them is; DJs think in 8, 16 and 32 of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PHRASE_BARS = 8  # the smallest phrase that counts; longer ones are whole numbers of it


@dataclass(frozen=True)
class BarGrid:
    """The bars of a whole track.

    Attributes:
        starts: where each bar begins, ``(n_bars,)`` float32, seconds, rising.
        levels: loudness of each bar beside the loudest one, ``(n_bars,)`` float32 in [0, 1].
        phrase_offset: number (0..7) of the first bar that begins a phrase; every eighth bar from there does.
        confidence: in [0, 1]; low for music without a steady beat.

    Raises:
        ValueError: not one level per bar, or a phrase offset outside 0..7.
    """

    starts: NDArray[np.float32]
    levels: NDArray[np.float32]
    phrase_offset: int
    confidence: float

    def __post_init__(self) -> None:
        if self.starts.shape != self.levels.shape or self.starts.ndim != 1:
            raise ValueError(f"{self.starts.shape} bars have {self.levels.shape} levels; one each is needed.")
        if not 0 <= self.phrase_offset < PHRASE_BARS:
            raise ValueError(f"The phrase offset is {self.phrase_offset}; it must be 0 to {PHRASE_BARS - 1}.")

    def __len__(self) -> int:
        return len(self.starts)

    @property
    def phrases(self) -> NDArray[np.intp]:
        """Numbers of the bars that begin a phrase, ``(n_phrases,)``."""
        return np.arange(self.phrase_offset, len(self.starts), PHRASE_BARS)
