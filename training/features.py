"""Features: what the networks see, computed once per recording and cached.

Both networks train on cached front-end output, time first, float16, so that an epoch costs minutes on two cores.
The front-ends are those of inference (:mod:`models.frontend`).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from models.frontend import LogFrequency, LogMel
from models.spec import LogFrequencySpec, LogMelSpec

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
        texture: ``(n_seconds / 10, 384)`` float16: a teacher's embedding of every 10 s; None where not heard.
    """

    mel96: Half
    mel128: Half
    log_frequency: Half
    texture: Half | None = None

    @property
    def duration_seconds(self) -> float:
        """Length in seconds."""
        return float(self.mel96.shape[0] / FRAMES_PER_SECOND)

    def save(self, path: Path) -> None:
        """Writes all arrays, whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        arrays = {name: value for name, value in vars(self).items() if value is not None}
        partial = path.with_name(f".{path.stem}.{os.getpid()}.npz")
        try:
            np.savez(partial, **arrays)
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)

    @classmethod
    def load(cls, path: Path, *names: str) -> Features:
        """Reads the named arrays (all by default); the others are empty."""
        with np.load(path) as file:
            wanted = [name for name in file.files if not names or name in names]
            arrays = {name: file[name] for name in wanted}
        empty = np.zeros((0, 0), dtype=np.float16)
        return cls(**{"mel96": empty, "mel128": empty, "log_frequency": empty, **arrays})


class FeatureExtractor:
    """Runs the three front-ends over whole waveforms."""

    @cached_property
    def _front_ends(self) -> tuple[LogMel, LogMel, LogFrequency]:
        return LogMel(LogMelSpec(n_mels=96)), LogMel(LogMelSpec(n_mels=128)), LogFrequency(LogFrequencySpec())

    @torch.inference_mode()
    def extract(self, samples: NDArray[np.float32], texture: NDArray[np.float32] | None = None) -> Features:
        """Features of ``(n_samples,)`` float32 audio at 16 kHz."""
        waveform = torch.from_numpy(np.ascontiguousarray(samples))[None]
        mel96, mel128, log_frequency = (
            np.ascontiguousarray(front_end(waveform)[0].T.numpy().astype(np.float16)) for front_end in self._front_ends
        )
        return Features(mel96, mel128, log_frequency, None if texture is None else texture.astype(np.float16))
