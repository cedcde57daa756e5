"""Waveform: decoded audio as every model hears it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE = 16_000  # Hz, what both networks were trained at


@dataclass(frozen=True, slots=True)
class Waveform:
    """Mono audio at ``SAMPLE_RATE``.

    Attributes:
        samples: ``(n_samples,)`` float32, nominally in [-1, 1] (inter-sample overs may exceed it).
    """

    samples: NDArray[np.float32]

    @property
    def n_samples(self) -> int:
        """Number of samples."""
        return int(self.samples.shape[0])

    @property
    def duration_seconds(self) -> float:
        """Length in seconds."""
        return self.n_samples / SAMPLE_RATE
