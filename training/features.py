"""Features: what the networks see, computed once per recording and cached.

Both networks train on cached front-end output, time first, float16, so that an epoch costs minutes on two cores.
The front-ends are those of inference (:mod:`models.frontend`).
"""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from models.frontend import LogFrequency, LogMel
from models.spec import LogFrequencySpec, LogMelSpec
from segue.audio.chunks import chunk_starts

FRAMES_PER_SECOND = LogMelSpec().frames_per_second  # 62.5, of both log-mels
KEY_FRAMES_PER_SECOND = LogFrequencySpec().sample_rate / LogFrequencySpec().hop_length  # 7.8

Half = NDArray[np.float16]


@dataclass(frozen=True)
class Features:
    """Cached features of one recording.

    Attributes:
        mel96: ``(n_frames, 96)`` float16, dB: the CRNN's log-mel.
        mel128: ``(n_frames, 128)`` float16, dB: the Short-Chunk ResNet's log-mel.
        log_frequency: ``(n_coarse_frames, 252)`` float16: the key branch's input.
    """

    mel96: Half
    mel128: Half
    log_frequency: Half

    @property
    def duration_seconds(self) -> float:
        """Length in seconds."""
        return float(self.mel96.shape[0] / FRAMES_PER_SECOND)

    def save(self, path: Path) -> None:
        """Writes all arrays, whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{path.stem}.{os.getpid()}.npz")
        try:
            np.savez(partial, **vars(self))
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)

    @classmethod
    def load(cls, path: Path, *names: str) -> Features:
        """Reads the named arrays (all by default); the others are empty."""
        with np.load(path) as file:
            wanted = [name for name in (f.name for f in fields(cls)) if not names or name in names]
            arrays = {name: file[name] for name in wanted}
        empty = np.zeros((0, 0), dtype=np.float16)
        return cls(**{"mel96": empty, "mel128": empty, "log_frequency": empty, **arrays})


class FeatureExtractor:
    """Runs the three front-ends over whole waveforms."""

    @cached_property
    def _front_ends(self) -> tuple[LogMel, LogMel, LogFrequency]:
        return LogMel(LogMelSpec(n_mels=96)), LogMel(LogMelSpec(n_mels=128)), LogFrequency(LogFrequencySpec())

    @torch.inference_mode()
    def extract(self, samples: NDArray[np.float32]) -> Features:
        """Features of ``(n_samples,)`` float32 audio at 16 kHz."""
        waveform = torch.from_numpy(np.ascontiguousarray(samples))[None]
        mel96, mel128, log_frequency = (
            np.ascontiguousarray(front_end(waveform)[0].T.numpy().astype(np.float16)) for front_end in self._front_ends
        )
        return Features(mel96, mel128, log_frequency)

    @torch.inference_mode()
    def log_mels(self, samples: NDArray[np.float32]) -> tuple[Half, Half]:
        """Both log-mels of ``(batch, n_samples)`` float32 audio, ``(batch, n_frames, 96)`` and ``(.., 128)``."""
        waveforms = torch.from_numpy(np.ascontiguousarray(samples))
        crnn, short_chunk, _ = self._front_ends
        half = [front_end(waveforms).transpose(1, 2).numpy().astype(np.float16) for front_end in (crnn, short_chunk)]
        return half[0], half[1]


def stretches(mel: Half, n_samples: int) -> NDArray[np.float32]:
    """Windows or chunks of a whole recording, where inference lays them.

    Args:
        mel: ``(n_frames, n_bands)``; a short one is repeated.
        n_samples: length of a stretch of audio.

    Returns:
        ``(n_stretches, n_bands, n_stretch_frames)`` float32.
    """
    hop_length = LogMelSpec().hop_length
    n_frames = n_samples // hop_length + 1
    if len(mel) < n_frames:
        mel = np.resize(mel, (n_frames, mel.shape[1]))
    starts = [round(start / hop_length) for start in chunk_starts((len(mel) - 1) * hop_length, n_samples)]
    return np.stack([mel[start : start + n_frames].T.astype(np.float32) for start in starts])
