"""musicnn: scores of 50 MTG-Jamendo tags.

Pons & Serra, "musicnn: Pre-trained convolutional neural networks for music audio tagging", ISMIR
2019 late-breaking; as reimplemented by Won et al. 2020 (sota-music-tagging-models), whose parameter
names are kept. Conventions: 16 kHz mono, stretches of 3 s; answers are logits.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.teachers.sota_mel import SAMPLE_RATE, StoredLogMel
from training.teachers.weights import load_strictly, read_weights

N_TAGS = 50
EMBEDDING_DIM = 200
STRETCH_SAMPLES = 3 * SAMPLE_RATE
_N_VERTICAL = 204
_N_HORIZONTAL = 51
_N_MIDDLE = 64


class VerticalFilters(nn.Module):
    """Timbre: tall filters, their maximum over frequency."""

    def __init__(self, height: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, _N_VERTICAL, (height, 7), padding=(0, 3))
        self.bn = nn.BatchNorm2d(_N_VERTICAL)

    def forward(self, x: Tensor) -> Tensor:
        """``(batch, 1, 96, n_frames)`` -> ``(batch, 204, n_frames)``; in evaluation mode alone.

        Each position along frequency is convolved in time with the bands as channels, and the batch norm is folded into
        the weights: the same result three times as fast on a CPU.
        """
        norm = self.bn
        assert norm.running_mean is not None and norm.running_var is not None and self.conv.bias is not None
        scale = norm.weight * torch.rsqrt(norm.running_var + norm.eps)
        weight = self.conv.weight[:, 0] * scale[:, None, None]
        bias = (self.conv.bias - norm.running_mean) * scale + norm.bias
        windows = x[:, 0].unfold(1, self.conv.kernel_size[0], 1).transpose(2, 3)
        n_batch, n_positions, height, n_frames = windows.shape
        flat = windows.reshape(n_batch * n_positions, height, n_frames)
        maps = functional.conv1d(flat, weight, bias, padding=3).reshape(n_batch, n_positions, -1, n_frames)
        return torch.relu(maps.amax(dim=1))


class HorizontalFilters(nn.Module):
    """Rhythm: long filters over the mean of all bands."""

    def __init__(self, length: int) -> None:
        super().__init__()
        self.conv = nn.Conv1d(1, _N_HORIZONTAL, length, padding=length // 2)
        self.bn = nn.BatchNorm1d(_N_HORIZONTAL)

    def forward(self, x: Tensor) -> Tensor:
        """``(batch, 1, 96, n_frames)`` -> ``(batch, 51, n_frames)``."""
        return torch.relu(self.bn(self.conv(x.mean(dim=2))))


class MiddleConv(nn.Module):
    """7-tap convolution along time, batch norm, ReLU."""

    def __init__(self, n_in: int) -> None:
        super().__init__()
        self.conv = nn.Conv1d(n_in, _N_MIDDLE, 7, padding=3)
        self.bn = nn.BatchNorm1d(_N_MIDDLE)

    def forward(self, x: Tensor) -> Tensor:
        """``(batch, n_in, n_frames)`` -> ``(batch, 64, n_frames)``."""
        return torch.relu(self.bn(self.conv(x)))


class Musicnn(nn.Module):
    """Musically motivated filters, three residual convolutions, mean and maximum over time."""

    def __init__(self) -> None:
        super().__init__()
        self.mel = StoredLogMel()
        self.spec_bn = nn.BatchNorm2d(1)
        self.layers = nn.ModuleList(
            [VerticalFilters(67), VerticalFilters(38), *(HorizontalFilters(n) for n in (129, 65, 33))]
        )
        n_front = 2 * _N_VERTICAL + 3 * _N_HORIZONTAL
        self.layer1 = MiddleConv(n_front)
        self.layer2 = MiddleConv(_N_MIDDLE)
        self.layer3 = MiddleConv(_N_MIDDLE)
        self.dense1 = nn.Linear(2 * (n_front + 3 * _N_MIDDLE), EMBEDDING_DIM)
        self.bn = nn.BatchNorm1d(EMBEDDING_DIM)
        self.dense2 = nn.Linear(EMBEDDING_DIM, N_TAGS)

    def forward(self, log_mel: Tensor) -> tuple[Tensor, Tensor]:
        """``(batch, 96, n_frames)`` dB -> logits ``(batch, 50)``, embedding ``(batch, 200)``."""
        x = self.spec_bn(log_mel.unsqueeze(1))
        front = torch.cat([layer(x) for layer in self.layers], dim=1)
        first = self.layer1(front)
        second = self.layer2(first) + first
        third = self.layer3(second) + second
        everything = torch.cat([front, first, second, third], dim=1)
        summary = torch.cat([everything.amax(dim=2), everything.mean(dim=2)], dim=1)
        embedding = torch.relu(self.bn(self.dense1(summary)))
        return self.dense2(embedding), embedding

    @torch.no_grad()
    def hear(self, waveform: Tensor) -> tuple[Tensor, Tensor]:
        """Hear 16 kHz audio; best in stretches of 3 s (``STRETCH_SAMPLES``).

        Args:
            waveform: ``(n_samples,)`` or ``(batch, n_samples)`` float32 in [-1, 1].

        Returns:
            Logits ``(batch, 50)`` and embedding ``(batch, 200)`` float32.
        """
        batch = waveform.unsqueeze(0) if waveform.ndim == 1 else waveform
        logits, embedding = self(self.mel(batch))
        return logits, embedding


def load_musicnn(path: Path) -> Musicnn:
    """The teacher in evaluation mode, from its bare weights.

    Raises:
        ModelMissing: there is no such file.
        CheckpointInvalid: it is not safetensors, or its keys or shapes differ.
    """
    teacher = Musicnn()
    load_strictly(teacher, read_weights(path))
    return teacher.eval().requires_grad_(False)
