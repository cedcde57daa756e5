"""Rhythm branch: tempo logits from the log-mel.

The trunk's global max pool keeps *what* sounds and forgets *when*, so tempo has a small branch of
its own. Two views of a learnt onset signal are added up:

- Multi-scale filters along time, as in Schreiber & Müller, "A single-step approach to musical tempo
  estimation using a convolutional neural network", ISMIR 2018: short filters find onsets, parallel
  long ones (0.5 to 4.1 s) find their periods, global average pooling over time makes the length
  free.
- A tempogram: the normalised autocorrelation of the onset signal (Grosche & Müller, "Extracting
  predominant local pulse information from music recordings", TASLP 2011), read at the lag of every
  tempo bin and its double, triple and quadruple. It answers on a log-tempo axis, where another
  tempo is a shift, so what is learnt at one tempo serves all.

Deviations from Schreiber & Müller: 62.5 frames/s and 128 mels averaged to 32; the long filters run
at half the frame rate; one multi-scale stage instead of four; the tempogram.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from models.spec import LogMelSpec, TempoGrid

_N_BANDS = 32
_N_ONSET = 16
_LONG_FRAMES = (17, 33, 49, 65, 97, 129)  # at 31.25 frames/s: 0.5 to 4.1 s; odd, so centred
_N_PER_LENGTH = 12
_N_MIXED = 32
_N_CURVES = 8
_LAG_MULTIPLES = (1, 2, 3, 4)  # beats


class RhythmBranch(nn.Module):
    """Tempo logits of any stretch of at least a second; the longer, the sharper.

    Args:
        log_mel: front-end, for the frame rate and the number of mels.
        grid: tempo bins.
    """

    def __init__(self, log_mel: LogMelSpec, grid: TempoGrid) -> None:
        super().__init__()
        self.onsets = OnsetFilters(log_mel.n_mels)
        self.scales = MultiScaleFilters(grid.n_bins)
        self.tempogram = Tempogram(log_mel.frames_per_second, grid)

    def forward(self, log_mel: Tensor) -> Tensor:
        """``(batch, n_mels, n_frames)`` dB -> ``(batch, n_bins)`` float32 logits."""
        onsets = self.onsets(log_mel)
        logits: Tensor = self.scales(onsets).float() + self.tempogram(onsets)
        return logits


class OnsetFilters(nn.Module):
    """Three short convolutions along time on 32 averaged mel bands."""

    def __init__(self, n_mels: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(1)
        self.pool = nn.AvgPool2d((n_mels // _N_BANDS, 1))
        blocks: list[nn.Module] = []
        for n_in in (1, _N_ONSET, _N_ONSET):
            convolution = nn.Conv2d(n_in, _N_ONSET, kernel_size=(1, 5), padding=(0, 2), bias=False)
            blocks += [convolution, nn.BatchNorm2d(_N_ONSET), nn.ELU()]
        self.blocks = nn.Sequential(*blocks)

    def forward(self, log_mel: Tensor) -> Tensor:
        """``(batch, n_mels, n_frames)`` -> ``(batch, 16, 32, n_frames)``."""
        onsets: Tensor = self.blocks(self.pool(self.norm(log_mel.unsqueeze(1))))
        return onsets


class MultiScaleFilters(nn.Module):
    """Parallel long filters along time, mixed, averaged over time, and classified."""

    def __init__(self, n_bins: int) -> None:
        super().__init__()
        self.pool = nn.AvgPool2d((_N_BANDS // 4, 2))
        self.norm = nn.BatchNorm2d(_N_ONSET)
        self.filters = nn.ModuleList(
            nn.Conv2d(_N_ONSET, _N_PER_LENGTH, (1, length), padding=(0, length // 2), bias=False)
            for length in _LONG_FRAMES
        )
        n_filters = _N_PER_LENGTH * len(_LONG_FRAMES)
        self.mix = nn.Sequential(nn.BatchNorm2d(n_filters), nn.ELU(), nn.Conv2d(n_filters, _N_MIXED, 1), nn.ELU())
        self.classify = nn.Sequential(nn.Dropout(0.3), nn.Linear(_N_MIXED * 4, 64), nn.ELU(), nn.Linear(64, n_bins))

    def forward(self, onsets: Tensor) -> Tensor:
        """``(batch, 16, 32, n_frames)`` -> ``(batch, n_bins)`` logits."""
        x = self.norm(self.pool(onsets))
        x = torch.cat([long(x) for long in self.filters], dim=1)
        summary = self.mix(x).mean(dim=3).flatten(1)  # (batch, 32 * 4 bands)
        logits: Tensor = self.classify(summary)
        return logits


class Tempogram(nn.Module):
    """Autocorrelation of learnt onset curves, read on the tempo axis by convolutions."""

    lags: Tensor

    def __init__(self, frames_per_second: float, grid: TempoGrid) -> None:
        super().__init__()
        bpm = torch.tensor(grid.bins_bpm(), dtype=torch.float64)
        beats = torch.tensor(_LAG_MULTIPLES, dtype=torch.float64)
        lags = 60.0 * frames_per_second * beats[:, None] / bpm[None, :]  # frames, (4, n_bins)
        self.register_buffer("lags", lags.float(), persistent=False)
        self.curves = nn.Conv2d(_N_ONSET, _N_CURVES, kernel_size=1)
        n_in = _N_CURVES * len(_LAG_MULTIPLES)
        self.read = nn.Sequential(
            nn.Conv1d(n_in, 24, kernel_size=9, padding=4),
            nn.ELU(),
            nn.Conv1d(24, 24, kernel_size=9, padding=4),
            nn.ELU(),
            nn.Conv1d(24, 1, kernel_size=1),
        )
        self.octave_prior = nn.Parameter(torch.zeros(grid.n_bins))

    def forward(self, onsets: Tensor) -> Tensor:
        """``(batch, 16, 32, n_frames)`` -> ``(batch, n_bins)`` float32 logits."""
        curves = torch.relu(self.curves(onsets)).mean(dim=2)  # (batch, 8, n_frames)
        with torch.autocast(onsets.device.type, enabled=False):
            tempogram = self._sample(autocorrelation(curves.float()))
            logits: Tensor = self.read(tempogram).squeeze(1) + self.octave_prior
            return logits

    def _sample(self, correlation: Tensor) -> Tensor:
        """Linear interpolation at the lags; 0 beyond the last: ``-> (batch, 8 * 4, n_bins)``."""
        n_lags = correlation.shape[-1]
        inside = (self.lags < n_lags - 1).to(correlation.dtype)
        lower = self.lags.floor().clamp(max=n_lags - 2)
        fraction = (self.lags - lower).clamp(max=1.0)
        index = lower.long()
        values = correlation[..., index] * (1 - fraction) + correlation[..., index + 1] * fraction
        return (values * inside).flatten(1, 2)


def autocorrelation(curves: Tensor) -> Tensor:
    """Normalised autocorrelation along the last axis.

    Args:
        curves: ``(..., n_frames)`` float32.

    Returns:
        ``(..., n_frames)`` float32; lag 0 is 1 (0 for a constant curve). Long lags are divided by
        the number of frames that overlap, of which at least an eighth of the whole is assumed.
    """
    n_frames = curves.shape[-1]
    centred = curves - curves.mean(dim=-1, keepdim=True)
    spectrum = torch.fft.rfft(centred, n=2 * n_frames)
    products = torch.fft.irfft(spectrum.abs().square(), n=2 * n_frames)[..., :n_frames]
    overlap = torch.arange(n_frames, 0, -1, device=curves.device, dtype=curves.dtype)
    mean_product = products / overlap.clamp_min(n_frames / 8)
    variance = centred.square().mean(dim=-1, keepdim=True)
    normalised: Tensor = mean_product / (variance + 1e-6)
    return normalised
