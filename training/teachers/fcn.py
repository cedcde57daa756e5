"""FCN: scores of 50 last.fm tags, trained on the Million Song Dataset.

Choi, Fazekas & Sandler, "Automatic tagging using deep convolutional neural networks", ISMIR 2016;
as reimplemented by Won et al. 2020 (sota-music-tagging-models), whose parameter names are kept.
Conventions: 16 kHz mono, stretches of 29 s; answers are logits.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from training.teachers.sota_mel import SAMPLE_RATE, StoredLogMel
from training.teachers.weights import load_strictly, read_weights

N_TAGS = 50
EMBEDDING_DIM = 64
_LAST_STEPS = 5  # along time, before the last block, of 29 s
STRETCH_SAMPLES = 29 * SAMPLE_RATE


class FCNBlock(nn.Module):
    """3x3 convolution, batch norm, ReLU, max pooling."""

    def __init__(self, n_in: int, n_out: int, pool: tuple[int, int]) -> None:
        super().__init__()
        self.conv = nn.Conv2d(n_in, n_out, kernel_size=3, padding=1)
        self.bn = nn.BatchNorm2d(n_out)
        self.mp = nn.MaxPool2d(pool)

    def forward(self, x: Tensor) -> Tensor:
        """``(batch, n_in, height, width)`` -> ``(batch, n_out, height / pool, width / pool)``."""
        pooled: Tensor = self.mp(torch.relu(self.bn(self.conv(x))))
        return pooled


class FCN(nn.Module):
    """Five pooled convolutions from the log-mel to one vector, and a dense layer."""

    def __init__(self) -> None:
        super().__init__()
        self.mel = StoredLogMel()
        self.spec_bn = nn.BatchNorm2d(1)
        self.layer1 = FCNBlock(1, 64, (2, 4))
        self.layer2 = FCNBlock(64, 128, (2, 4))
        self.layer3 = FCNBlock(128, 128, (2, 4))
        self.layer4 = FCNBlock(128, 128, (3, 5))
        self.layer5 = FCNBlock(128, EMBEDDING_DIM, (4, 4))
        self.dense = nn.Linear(EMBEDDING_DIM, N_TAGS)

    def forward(self, log_mel: Tensor) -> tuple[Tensor, Tensor]:
        """``(batch, 96, about 1813)`` dB -> logits ``(batch, 50)``, embedding ``(batch, 64)``."""
        x = self.spec_bn(log_mel.unsqueeze(1))
        x = self.layer5(self.layer4(self.layer3(self.layer2(self.layer1(x)))))
        embedding: Tensor = x.flatten(1)
        return self.dense(embedding), embedding

    @torch.no_grad()
    def hear_repeated(self, waveform: Tensor) -> Tensor:
        """Hear a shorter stretch as if it were repeated to 29 s, at the price of the stretch alone.

        The maps before the last block are repeated, not the audio: what differs are the seams.

        Args:
            waveform: ``(batch, n_samples)`` float32 in [-1, 1] at 16 kHz, at least 6 s.

        Returns:
            Logits ``(batch, 50)`` float32.
        """
        x = self.spec_bn(self.mel(waveform).unsqueeze(1))
        maps = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        steps = torch.arange(_LAST_STEPS) % maps.shape[3]
        logits: Tensor = self.dense(self.layer5(maps[..., steps]).flatten(1))
        return logits.float()

    @torch.no_grad()
    def hear(self, waveform: Tensor) -> tuple[Tensor, Tensor]:
        """Hear 16 kHz audio of 29 s.

        Args:
            waveform: ``(464000,)`` or ``(batch, 464000)`` float32 in [-1, 1].

        Returns:
            Logits ``(batch, 50)`` and embedding ``(batch, 64)`` float32.
        """
        batch = waveform.unsqueeze(0) if waveform.ndim == 1 else waveform
        logits, embedding = self(self.mel(batch))
        return logits, embedding


def load_fcn(path: Path) -> FCN:
    """The teacher in evaluation mode, from its bare weights.

    Raises:
        ModelMissing: there is no such file.
        CheckpointInvalid: it is not safetensors, or its keys or shapes differ.
    """
    teacher = FCN()
    load_strictly(teacher, read_weights(path))
    return teacher.eval().requires_grad_(False)
