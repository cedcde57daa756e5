"""Short-chunk CNN with residual connections: trunk and tag head, as published.

Won, Ferraro, Bogdanov & Serra, "Evaluation of CNN-based automatic music tagging models", SMC 2020
(sota-music-tagging-models, ``ShortChunkCNN_Res``). Seven residual blocks halve a chunk's log-mel in
both directions, 128 mels to 1; a global max pool over what time is left gives one vector.

Conventions: log-mel in dB, 128 mels; answers are logits. Parameter names inside each module are the
published ones; :mod:`models.import_checkpoint` holds the map from the published flat layout.
Deviation: the number of channels is free (published: 128).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions with batch norm, and a strided 3x3 convolution as shortcut.

    The shortcut is an identity where neither stride nor number of channels changes.
    """

    def __init__(self, n_in: int, n_out: int, stride: int = 2) -> None:
        super().__init__()
        self.conv_1 = nn.Conv2d(n_in, n_out, kernel_size=3, stride=stride, padding=1)
        self.bn_1 = nn.BatchNorm2d(n_out)
        self.conv_2 = nn.Conv2d(n_out, n_out, kernel_size=3, padding=1)
        self.bn_2 = nn.BatchNorm2d(n_out)
        self.has_shortcut = stride != 1 or n_in != n_out
        if self.has_shortcut:
            self.conv_3 = nn.Conv2d(n_in, n_out, kernel_size=3, stride=stride, padding=1)
            self.bn_3 = nn.BatchNorm2d(n_out)

    def forward(self, x: Tensor) -> Tensor:
        """``(batch, n_in, height, width)`` -> ``(batch, n_out, height / 2, width / 2)``."""
        residual = self.bn_2(self.conv_2(torch.relu(self.bn_1(self.conv_1(x)))))
        shortcut = self.bn_3(self.conv_3(x)) if self.has_shortcut else x
        return torch.relu(shortcut + residual)


class Trunk(nn.Module):
    """Seven residual blocks and a global max pool.

    Args:
        n_channels: channels of the first block; the last has four times as many.
    """

    def __init__(self, n_channels: int) -> None:
        super().__init__()
        c = n_channels
        self.feature_dim = 4 * c
        self.spec_bn = nn.BatchNorm2d(1)
        self.layer1 = ResidualBlock(1, c)
        self.layer2 = ResidualBlock(c, c)
        self.layer3 = ResidualBlock(c, 2 * c)
        self.layer4 = ResidualBlock(2 * c, 2 * c)
        self.layer5 = ResidualBlock(2 * c, 2 * c)
        self.layer6 = ResidualBlock(2 * c, 2 * c)
        self.layer7 = ResidualBlock(2 * c, 4 * c)

    def forward(self, log_mel: Tensor) -> Tensor:
        """``(batch, 128, n_frames)`` dB -> ``(batch, 4 * n_channels)`` float32, at least 0."""
        x = self.spec_bn(log_mel.unsqueeze(1))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        x = self.layer7(self.layer6(self.layer5(x)))
        return torch.amax(x.squeeze(2), dim=2)


class TagHead(nn.Module):
    """Two dense layers with batch norm, ReLU and dropout between them: feature to tag logits."""

    def __init__(self, feature_dim: int, n_tags: int) -> None:
        super().__init__()
        self.dense1 = nn.Linear(feature_dim, feature_dim)
        self.bn = nn.BatchNorm1d(feature_dim)
        self.dropout = nn.Dropout(0.5)
        self.dense2 = nn.Linear(feature_dim, n_tags)

    def forward(self, feature: Tensor) -> Tensor:
        """``(batch, feature_dim)`` -> ``(batch, n_tags)`` logits."""
        hidden = torch.relu(self.bn(self.dense1(feature)))
        logits: Tensor = self.dense2(self.dropout(hidden))
        return logits
