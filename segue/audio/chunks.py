"""From a waveform to fixed-length chunks of it; positions depend on the audio alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from segue.audio.waveform import SAMPLE_RATE

CHUNK_SAMPLES = 59_049  # what a Short-Chunk ResNet hears at once, 3^10
CHUNK_SECONDS = CHUNK_SAMPLES / SAMPLE_RATE


def chunk_starts(n_samples: int, chunk_samples: int) -> list[int]:
    """First sample of each chunk: back to back, the last one moved back to end with the audio.

    A remainder of at most a tenth of a chunk gets none of its own and is left unheard.

    Args:
        n_samples: length of the audio, > 0. Shorter audio has one chunk, at 0.
        chunk_samples: length of a chunk, > 0.
    """
    last = n_samples - chunk_samples
    if last <= 0:
        return [0]
    starts = list(range(0, last + 1, chunk_samples))
    return [*starts, last] if last - starts[-1] > chunk_samples // 10 else starts


def chunk(samples: NDArray[np.float32], chunk_samples: int) -> NDArray[np.float32]:
    """Cuts audio into the chunks of :func:`chunk_starts`; short audio is repeated to fill one.

    Args:
        samples: ``(n_samples,)`` float32, at least one sample.
        chunk_samples: length of a chunk.

    Returns:
        ``(n_chunks, chunk_samples)`` float32.
    """
    if samples.shape[0] < chunk_samples:
        samples = np.resize(samples, chunk_samples)
    return np.stack([samples[start : start + chunk_samples] for start in chunk_starts(len(samples), chunk_samples)])
