"""Convolutional recurrent network for music tagging.

Choi, Fazekas, Sandler & Cho, "Convolutional recurrent neural networks for music classification",
ICASSP 2017; as reimplemented and evaluated by Won, Ferraro, Bogdanov & Serra, "Evaluation of
CNN-based automatic music tagging models", SMC 2020 (sota-music-tagging-models). Parameter names are
those of the latter, so that its published checkpoints load strictly
(:mod:`models.import_checkpoint`).

Four convolutions see local patterns in the log-mel and shrink it to one vector per 96 frames, which
is 1.5 s; a two-layer GRU sums them up over the window; its last step is classified. Shapes for 29 s
(1,813 frames), and so 18 GRU steps of 128:

    (1, 96, 1813) -> (64, 48, 906) -> (128, 16, 302) -> (128, 4, 75) -> (128, 1, 18)

Conventions: log-mel in dB, 96 mels; the answer is logits, the sigmoid is the caller's. As in Won et
al., and unlike Choi et al., who use ELU, the activation is ReLU. Deviation from both: width and
hidden size are free.
"""

from __future__ import annotations

from torch import Tensor, nn

_POOLS = ((2, 2), (3, 3), (4, 4), (4, 4))
MIN_FRAMES = 96  # product of the pooling factors along time: one GRU step


class ConvBlock(nn.Module):
    """3x3 convolution, batch norm, ReLU, max pooling, dropout."""

    def __init__(self, n_in: int, n_out: int, pool: tuple[int, int], dropout: float = 0.1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(n_in, n_out, kernel_size=3, padding=1)
        self.bn = nn.BatchNorm2d(n_out)
        self.relu = nn.ReLU()
        self.mp = nn.MaxPool2d(pool)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        """``(batch, n_in, height, width)`` -> ``(batch, n_out, height / pool, width / pool)``."""
        pooled: Tensor = self.dropout(self.mp(self.relu(self.bn(self.conv(x)))))
        return pooled


class CRNN(nn.Module):
    """Tag logits of windows.

    Args:
        n_tags: number of logits.
        n_channels: channels of the first convolution; the others have twice as many.
        hidden_size: width of the GRU.
    """

    def __init__(self, n_tags: int, n_channels: int = 64, hidden_size: int = 32) -> None:
        super().__init__()
        wide = 2 * n_channels
        self.spec_bn = nn.BatchNorm2d(1)
        self.layer1 = ConvBlock(1, n_channels, _POOLS[0])
        self.layer2 = ConvBlock(n_channels, wide, _POOLS[1])
        self.layer3 = ConvBlock(wide, wide, _POOLS[2])
        self.layer4 = ConvBlock(wide, wide, _POOLS[3])
        self.layer5 = nn.GRU(wide, hidden_size, num_layers=2, batch_first=True)
        self.dropout = nn.Dropout(0.5)
        self.dense = nn.Linear(hidden_size, n_tags)

    def forward(self, log_mel: Tensor) -> Tensor:
        """``(batch, 96, n_frames)`` float32 dB, n_frames >= 96 -> ``(batch, n_tags)`` float32 logits."""
        logits: Tensor = self.dense(self.dropout(self.summarise(log_mel)))
        return logits.float()

    def summarise(self, log_mel: Tensor) -> Tensor:
        """Last GRU step: ``(batch, 96, n_frames)`` dB -> ``(batch, hidden_size)`` in (-1, 1)."""
        return self.listen(log_mel)[:, -1]

    def listen(self, log_mel: Tensor) -> Tensor:
        """Every GRU step, one per 96 frames: ``-> (batch, n_steps, hidden_size)`` in (-1, 1)."""
        x = self.spec_bn(log_mel.unsqueeze(1))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        steps = x.squeeze(2).transpose(1, 2)  # (batch, n_steps, 2 * n_channels)
        outputs: Tensor = self.layer5(steps)[0]
        return outputs
