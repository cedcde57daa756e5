"""Front-ends: from waveform to what the networks see.

:class:`LogMel` is the front-end of Won et al. 2020 (sota-music-tagging-models): torchaudio's mel
spectrogram (HTK scale, no filter normalisation, power) in decibels.

:class:`LogFrequency` feeds the key branch. The log-mel resolves 31 Hz, which below about 500 Hz
cannot tell semitones apart; a half-second window resolves 2 Hz. Its magnitude spectrum is mapped to
36 bins per octave, as constant-Q front-ends for key do (Korzeniowski & Widmer, "Genre-agnostic key
classification with convolutional neural networks", ISMIR 2018). A fixed window is coarser than a
constant Q in the bass and finer in the treble, and costs one FFT.

Both are computed in float32, also under autocast, and hold nothing that is learnt: their tables are
rebuilt from the spec and never stored in a checkpoint.
"""

from __future__ import annotations

import math
import warnings

import torch
from torch import Tensor, nn

from models.audio_transforms import MelSpectrogram
from models.spec import LogFrequencySpec, LogMelSpec

_FLOOR_POWER = 1e-10  # -100 dB


class LogMel(nn.Module):
    """Log-mel spectrogram in dB, at least -100.

    Args:
        spec: sample rate, STFT and mel bands.
    """

    def __init__(self, spec: LogMelSpec) -> None:
        super().__init__()
        self.spec = spec
        self.mel = _mel_spectrogram(spec)

    def forward(self, waveform: Tensor) -> Tensor:
        """``(batch, n_samples)`` float32 in [-1, 1] -> ``(batch, n_mels, n_frames)`` dB."""
        with torch.autocast(waveform.device.type, enabled=False):
            power: Tensor = self.mel(waveform.float())
            return 10.0 * torch.log10(power.clamp_min(_FLOOR_POWER))

    def tables(self) -> dict[str, Tensor]:
        """The fixed tables by torchaudio's names: ``spectrogram.window``, ``mel_scale.fb``."""
        return dict(self.mel.named_buffers())


def _mel_spectrogram(spec: LogMelSpec) -> nn.Module:
    with warnings.catch_warnings():
        # 128 mels of 257 FFT bins, as published: some low bands are narrower than a bin and stay
        # empty, which torchaudio warns of. They are constant, so batch norm and training cope.
        warnings.filterwarnings("ignore", message="At least one mel filterbank has all zero")
        return MelSpectrogram(
            sample_rate=spec.sample_rate,
            n_fft=spec.n_fft,
            hop_length=spec.hop_length,
            f_min=spec.f_min,
            f_max=spec.f_max,
            n_mels=spec.n_mels,
            power=2.0,
            mel_scale="htk",
            norm=None,
        )


class LogFrequency(nn.Module):
    """Compressed magnitudes on a logarithmic frequency axis.

    Bin ``k`` lies at ``f_c_hz * 2 ** ((k - centre) / bins_per_octave)``, where ``centre`` is half
    the bins of a semitone, rounded down: bins 0, 1 and 2 belong to the lowest C (a third of a
    semitone flat, in tune, a third sharp), and bins ``3 p`` to ``3 p + 2`` to pitch class ``p``.

    Args:
        spec: STFT, bins and compression.
    """

    filterbank: Tensor
    window: Tensor

    def __init__(self, spec: LogFrequencySpec) -> None:
        super().__init__()
        self.spec = spec
        self.register_buffer("window", torch.hann_window(spec.window_length), persistent=False)
        self.register_buffer("filterbank", gaussian_filterbank(spec), persistent=False)

    def forward(self, waveform: Tensor) -> Tensor:
        """``(batch, n_samples)`` float32 -> ``(batch, n_bins, n_frames)`` float32, at least 0."""
        with torch.autocast(waveform.device.type, enabled=False):
            magnitude = self._amplitude(waveform.float())
            return torch.log1p(self.spec.compression * (self.filterbank @ magnitude))

    def _amplitude(self, waveform: Tensor) -> Tensor:
        """STFT magnitude ``(batch, n_fft / 2 + 1, n_frames)``, a full-scale sine peaking at 1."""
        spectrum = torch.stft(
            waveform,
            n_fft=self.spec.n_fft,
            hop_length=self.spec.hop_length,
            win_length=self.spec.window_length,
            window=self.window,
            center=True,
            pad_mode="constant",
            return_complex=True,
        )
        return spectrum.abs() * (2.0 / self.window.sum())


def centre_frequencies_hz(spec: LogFrequencySpec) -> Tensor:
    """Frequency of each log-frequency bin, ``(n_bins,)`` float64, Hz."""
    offset = spec.bins_per_octave // 12 // 2
    steps = torch.arange(spec.n_bins, dtype=torch.float64) - offset
    return spec.f_c_hz * 2.0 ** (steps / spec.bins_per_octave)


def gaussian_filterbank(spec: LogFrequencySpec) -> Tensor:
    """Gaussian filters over FFT bins, ``(n_bins, n_fft / 2 + 1)`` float32, rows summing to 1.

    A filter's standard deviation is half the distance to the next bin, but no less than half an FFT
    bin, so that no filter falls between two FFT bins.
    """
    fft_bin_hz = spec.sample_rate / spec.n_fft
    fft_hz = torch.arange(spec.n_fft // 2 + 1, dtype=torch.float64) * fft_bin_hz
    centre_hz = centre_frequencies_hz(spec)
    spacing_hz = centre_hz * math.expm1(math.log(2.0) / spec.bins_per_octave)
    width_hz = (0.5 * spacing_hz).clamp_min(0.5 * fft_bin_hz)
    distance = (fft_hz[None, :] - centre_hz[:, None]) / width_hz[:, None]
    weights = torch.exp(-0.5 * distance.square())
    return (weights / weights.sum(dim=1, keepdim=True)).float()
