"""Panel: the three teachers hearing scenes together."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np
import soxr
import torch
from numpy.typing import NDArray
from torch import nn

from segue.audio.waveform import SAMPLE_RATE
from training.teachers.efficientat import load_mn04
from training.teachers.fcn import load_fcn
from training.teachers.kaldi_mel import SAMPLE_RATE as EFFICIENTAT_RATE
from training.teachers.musicnn import STRETCH_SAMPLES as MUSICNN_SAMPLES
from training.teachers.musicnn import load_musicnn

ModuleT = TypeVar("ModuleT", bound=nn.Module)

WEIGHTS = {
    "audioset": "efficientat_mn04_audioset.safetensors",
    "jamendo": "sota_musicnn_jamendo.safetensors",
    "msd": "sota_fcn_msd.safetensors",
}


class Verdict(NamedTuple):
    """What the panel says of scenes; all float32, scores as logits.

    Attributes:
        audioset: ``(batch, 527)``.
        jamendo: ``(batch, 50)``.
        msd: ``(batch, 50)``.
        embedding: ``(batch, n_chunks, 384)``, EfficientAT's, of each chunk.
    """

    audioset: NDArray[np.float32]
    jamendo: NDArray[np.float32]
    msd: NDArray[np.float32]
    embedding: NDArray[np.float32]


class Panel:
    """The three published teachers.

    Args:
        checkpoints: folder with the files of :data:`WEIGHTS`.

    Raises:
        ModelMissing: one is not there.
    """

    def __init__(self, checkpoints: Path) -> None:
        self._efficientat = _channels_last(load_mn04(checkpoints / WEIGHTS["audioset"]))
        self._musicnn = load_musicnn(checkpoints / WEIGHTS["jamendo"])
        self._fcn = _channels_last(load_fcn(checkpoints / WEIGHTS["msd"]))

    @torch.inference_mode()
    def hear(self, scenes: NDArray[np.float32], n_chunks: int) -> Verdict:
        """Hears ``(batch, n_samples)`` float32 audio at 16 kHz, at least 6 s long."""
        faster = [soxr.resample(scene, SAMPLE_RATE, EFFICIENTAT_RATE, quality="MQ") for scene in scenes]
        with torch.autocast("cpu", torch.bfloat16):
            audioset, embedding = self._efficientat.hear_parts(torch.from_numpy(np.stack(faster)), n_chunks)
            msd = self._fcn.hear_repeated(torch.from_numpy(scenes))
            jamendo, _embedding = self._musicnn.hear(torch.from_numpy(_beginning_and_end(scenes)))
        mean = jamendo.float().reshape(2, len(scenes), -1).mean(dim=0)
        return Verdict(audioset.numpy(), mean.numpy(), msd.numpy(), embedding.numpy())


def _channels_last(teacher: ModuleT) -> ModuleT:
    """The same with its weights laid out as CPUs like them."""
    placed: ModuleT = teacher.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stub lacks it
    return placed


def _beginning_and_end(scenes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Stretches of musicnn's length from both halves, ``(2 * batch, 48000)``."""
    margin = (scenes.shape[1] // 2 - MUSICNN_SAMPLES) // 2
    first = scenes[:, margin : margin + MUSICNN_SAMPLES]
    last = scenes[:, -margin - MUSICNN_SAMPLES : scenes.shape[1] - margin]
    return np.ascontiguousarray(np.concatenate([first, last]))
