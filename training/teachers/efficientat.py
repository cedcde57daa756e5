"""EfficientAT mn04: scores of 527 AudioSet classes and a 384-dimensional embedding.

Schmid, Koutini & Widmer, "Efficient large-scale audio tagging via transformer-to-CNN knowledge
distillation", ICASSP 2023: MobileNetV3-Large (Howard et al., "Searching for MobileNetV3", ICCV
2019) at width 0.4 with one input channel. Conventions: 32 kHz mono, stretches of 10 s; answers are
logits. Parameter names are those of the published weights.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn

from training.teachers.kaldi_mel import SAMPLE_RATE, KaldiLogMel
from training.teachers.weights import load_strictly, read_weights

N_CLASSES = 527
EMBEDDING_DIM = 384
STRETCH_SAMPLES = 10 * SAMPLE_RATE  # what one logit vector was trained on
_BN_EPS = 1e-3


class BlockSize(NamedTuple):
    """One inverted residual: channels in, expanded and out, and what happens between."""

    n_in: int
    n_expanded: int
    n_out: int
    kernel: int
    stride: int
    n_squeeze: int  # 0: no squeeze-and-excite
    hard_swish: bool  # otherwise ReLU


_BLOCKS = (
    BlockSize(8, 8, 8, 3, 1, 0, False),
    BlockSize(8, 24, 16, 3, 2, 0, False),
    BlockSize(16, 32, 16, 3, 1, 0, False),
    BlockSize(16, 32, 16, 5, 2, 8, False),
    BlockSize(16, 48, 16, 5, 1, 16, False),
    BlockSize(16, 48, 16, 5, 1, 16, False),
    BlockSize(16, 96, 32, 3, 2, 0, True),
    BlockSize(32, 80, 32, 3, 1, 0, True),
    BlockSize(32, 72, 32, 3, 1, 0, True),
    BlockSize(32, 72, 32, 3, 1, 0, True),
    BlockSize(32, 192, 48, 3, 1, 48, True),
    BlockSize(48, 272, 48, 3, 1, 72, True),
    BlockSize(48, 272, 64, 5, 2, 72, True),
    BlockSize(64, 384, 64, 5, 1, 96, True),
    BlockSize(64, 384, 64, 5, 1, 96, True),
)


def _convolution(
    n_in: int, n_out: int, kernel: int, stride: int, groups: int, activation: nn.Module | None
) -> nn.Sequential:
    layers: list[nn.Module] = [
        nn.Conv2d(n_in, n_out, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(n_out, eps=_BN_EPS),
    ]
    return nn.Sequential(*layers, *([activation] if activation else []))


class ChannelGate(nn.Module):
    """Squeeze-and-excite over channels: global average, two dense layers, sigmoid."""

    def __init__(self, n_channels: int, n_squeeze: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(n_channels, n_squeeze)
        self.fc2 = nn.Linear(n_squeeze, n_channels)

    def forward(self, x: Tensor) -> Tensor:
        """Scale ``(batch, n_channels, height, width)`` by a factor in (0, 1) per channel."""
        gate = torch.sigmoid(self.fc2(torch.relu(self.fc1(x.mean(dim=(2, 3))))))
        return x * gate[:, :, None, None]


class ConcurrentGates(nn.Module):
    """The published container of gates; mn04 has one, over channels."""

    def __init__(self, n_channels: int, n_squeeze: int) -> None:
        super().__init__()
        self.conc_se_layers = nn.ModuleList([ChannelGate(n_channels, n_squeeze)])

    def forward(self, x: Tensor) -> Tensor:
        """``(batch, n_channels, height, width)``, scaled."""
        scaled: Tensor = self.conc_se_layers[0](x)
        return scaled


class InvertedResidual(nn.Module):
    """Expand, filter each channel, gate, project; add the input where shapes allow."""

    def __init__(self, size: BlockSize) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        wide = size.n_expanded
        if wide != size.n_in:
            layers.append(_convolution(size.n_in, wide, 1, 1, 1, _activation(size)))
        layers.append(_convolution(wide, wide, size.kernel, size.stride, wide, _activation(size)))
        if size.n_squeeze:
            layers.append(ConcurrentGates(wide, size.n_squeeze))
        layers.append(_convolution(wide, size.n_out, 1, 1, 1, None))
        self.block = nn.Sequential(*layers)
        self.adds_input = size.stride == 1 and size.n_in == size.n_out

    def forward(self, x: Tensor) -> Tensor:
        """``(batch, n_in, height, width)`` -> ``(batch, n_out, height / stride, width / stride)``."""
        filtered: Tensor = self.block(x)
        return x + filtered if self.adds_input else filtered


def _activation(size: BlockSize) -> nn.Module:
    return nn.Hardswish() if size.hard_swish else nn.ReLU()


class EfficientAT(nn.Module):
    """mn04 with its front-end: ``hear`` takes audio, ``forward`` its log-mel."""

    def __init__(self) -> None:
        super().__init__()
        first, last = _BLOCKS[0].n_in, _BLOCKS[-1].n_out
        self.log_mel = KaldiLogMel()
        self.features = nn.Sequential(
            _convolution(1, first, 3, 2, 1, nn.Hardswish()),
            *(InvertedResidual(size) for size in _BLOCKS),
            _convolution(last, EMBEDDING_DIM, 1, 1, 1, nn.Hardswish()),
        )
        self.classifier = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(EMBEDDING_DIM, 512),
            nn.Hardswish(),
            nn.Dropout(0.2),
            nn.Linear(512, N_CLASSES),
        )

    def forward(self, log_mel: Tensor) -> tuple[Tensor, Tensor]:
        """``(batch, 128, n_frames)`` -> logits ``(batch, 527)``, embedding ``(batch, 384)``."""
        maps = self.features(log_mel.unsqueeze(1))
        embedding = maps.mean(dim=(2, 3))
        logits: Tensor = self.classifier(maps)
        return logits, embedding

    @torch.no_grad()
    def hear_parts(self, waveform: Tensor, n_parts: int) -> tuple[Tensor, Tensor]:
        """Hear a stretch of 32 kHz audio once, and what is special to each of its equal parts.

        Args:
            waveform: ``(batch, n_samples)`` float32 in [-1, 1].
            n_parts: into which the embedding is divided along time.

        Returns:
            Logits ``(batch, 527)`` of the whole and embeddings ``(batch, n_parts, 384)``, float32.
        """
        maps = self.features(self.log_mel(waveform).unsqueeze(1))
        parts = torch.stack([part.mean(dim=(2, 3)) for part in maps.tensor_split(n_parts, dim=3)], dim=1)
        return self.classifier(maps).float(), parts.float()

    @torch.no_grad()
    def hear(self, waveform: Tensor) -> tuple[Tensor, Tensor]:
        """Hear 32 kHz audio; best in stretches of 10 s (``STRETCH_SAMPLES``).

        Args:
            waveform: ``(n_samples,)`` or ``(batch, n_samples)`` float32 in [-1, 1].

        Returns:
            Logits ``(batch, 527)`` and embedding ``(batch, 384)`` float32, with batch 1 for one
            waveform. Sigmoid makes the logits AudioSet probabilities.
        """
        batch = waveform.unsqueeze(0) if waveform.ndim == 1 else waveform
        logits, embedding = self(self.log_mel(batch))
        return logits, embedding


def load_mn04(path: Path) -> EfficientAT:
    """The teacher in evaluation mode, from its bare weights.

    Raises:
        ModelMissing: there is no such file.
        CheckpointInvalid: it is not safetensors, or its keys or shapes differ.
    """
    teacher = EfficientAT()
    load_strictly(teacher, read_weights(path))
    return teacher.eval().requires_grad_(False)
