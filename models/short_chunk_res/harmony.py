"""Key branch: key logits from log-frequency features, equivariant to transposition.

After Korzeniowski & Widmer, "Genre-agnostic key classification with convolutional neural networks",
ISMIR 2018: convolutions along log-frequency and time, averaged over time. Where they classify with
a dense layer and transpose the training data, here transposition is built in. The axis of
``n_octaves`` whole octaves is padded circularly, octaves are folded by mean and maximum, and one
circular filter over the twelve pitch classes answers for every tonic. Rotating the input by one
semitone (``bins_per_octave / 12`` bins) rotates the logits by one tonic, exactly; real music
differs at the ends of the axis only, where it holds little.

Key classes: 0 to 11 are C to B major, 12 to 23 are C to B minor.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.spec import LogFrequencySpec

_N_CHANNELS = 16
_N_PITCH = 24
_N_HIDDEN = 32
_KERNEL = 5
_PITCH_CLASSES = 12


class KeyBranch(nn.Module):
    """Key logits of any stretch of audio.

    Args:
        spec: log-frequency front-end, for its octaves and bins.
    """

    def __init__(self, spec: LogFrequencySpec) -> None:
        super().__init__()
        self.n_octaves = spec.n_octaves
        self.bins_per_octave = spec.bins_per_octave
        self.local = nn.ModuleList(
            LogFrequencyConv(n_in, n_out) for n_in, n_out in ((1, 8), (8, _N_CHANNELS), (16, 16))
        )
        width = spec.bins_per_octave // _PITCH_CLASSES  # bins per semitone
        self.semitones = nn.Conv2d(2 * _N_CHANNELS, _N_PITCH, (width, 1), stride=(width, 1))
        self.tonics = nn.Conv1d(_N_PITCH, _N_HIDDEN, kernel_size=_PITCH_CLASSES)
        self.dropout = nn.Dropout(0.2)
        self.modes = nn.Conv1d(_N_HIDDEN, 2, kernel_size=1)

    def forward(self, log_frequency: Tensor) -> Tensor:
        """``(batch, n_bins, n_frames)`` float32 -> ``(batch, 24)`` float32 logits."""
        x = standardise(log_frequency).unsqueeze(1)
        for convolution in self.local:
            x = convolution(x)
        pitch_classes = functional.elu(self.semitones(self._fold(x))).mean(dim=3)
        around = torch.cat([pitch_classes, pitch_classes[..., :-1]], dim=2)  # (batch, 24, 23)
        hidden = self.dropout(functional.elu(self.tonics(around)))  # (batch, 32, 12)
        logits: Tensor = self.modes(hidden)
        return logits.flatten(1).float()

    def _fold(self, x: Tensor) -> Tensor:
        """Mean and maximum over octaves: ``(b, c, n_bins, t)`` -> ``(b, 2 c, bins_per_octave, t)``."""
        batch, n_channels, _, n_frames = x.shape
        shape = (batch, n_channels, self.n_octaves, self.bins_per_octave, n_frames)
        octaves = x.reshape(shape)
        return torch.cat([octaves.mean(dim=2), octaves.amax(dim=2)], dim=1)


class LogFrequencyConv(nn.Module):
    """5x5 convolution, circular along log-frequency, zero-padded along time; batch norm, ELU."""

    def __init__(self, n_in: int, n_out: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(n_in, n_out, _KERNEL, padding=(0, _KERNEL // 2), bias=False)
        self.bn = nn.BatchNorm2d(n_out)

    def forward(self, x: Tensor) -> Tensor:
        """``(batch, n_in, n_bins, n_frames)`` -> ``(batch, n_out, n_bins, n_frames)``."""
        margin = _KERNEL // 2
        around = torch.cat([x[:, :, -margin:], x, x[:, :, :margin]], dim=2)
        return functional.elu(self.bn(self.conv(around)))


def standardise(features: Tensor) -> Tensor:
    """Zero mean and unit deviation over all bins and frames of each item; silence stays 0."""
    centred = features - features.mean(dim=(1, 2), keepdim=True)
    deviation = centred.square().mean(dim=(1, 2), keepdim=True).sqrt()
    return centred / (deviation + 1e-3)
