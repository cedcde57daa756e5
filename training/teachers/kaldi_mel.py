"""Log-mel front-end of EfficientAT, with Kaldi's mel filterbank.

Schmid, Koutini & Widmer, "Efficient large-scale audio tagging via transformer-to-CNN knowledge
distillation", ICASSP 2023. The filterbank is Kaldi's ``get_mel_banks``: triangles that are linear
in mel, not in hertz, over all FFT bins but the Nyquist bin, which gets weight 0.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

SAMPLE_RATE = 32_000  # Hz
_N_FFT = 1024
_WINDOW = 800  # samples, 25 ms
_HOP = 320  # samples, 10 ms
_N_MELS = 128
_PRE_EMPHASIS = 0.97


class KaldiLogMel(nn.Module):
    """Pre-emphasised, normalised log-mel at 32 kHz."""

    window: Tensor
    banks: Tensor

    def __init__(self) -> None:
        super().__init__()
        window = torch.hann_window(_WINDOW, periodic=False)
        self.register_buffer("window", window, persistent=False)
        self.register_buffer("banks", kaldi_mel_banks(_N_MELS, _N_FFT, SAMPLE_RATE), persistent=False)

    def forward(self, waveform: Tensor) -> Tensor:
        """``(batch, n_samples)`` float32 at 32 kHz -> ``(batch, 128, n_frames)`` float32."""
        emphasised = waveform[:, 1:] - _PRE_EMPHASIS * waveform[:, :-1]
        spectrum = torch.stft(
            emphasised,
            n_fft=_N_FFT,
            hop_length=_HOP,
            win_length=_WINDOW,
            window=self.window,
            center=True,
            return_complex=True,
        )
        power = spectrum.real.square() + spectrum.imag.square()
        return (torch.log(self.banks @ power + 1e-5) + 4.5) / 5.0


def kaldi_mel_banks(n_mels: int, n_fft: int, sample_rate: int) -> Tensor:
    """Kaldi's triangular filters from 0 Hz to half the sample rate.

    Returns:
        ``(n_mels, n_fft / 2 + 1)`` float32; the last column (Nyquist) is 0.
    """
    n_bins = n_fft // 2
    bin_hz = torch.arange(n_bins, dtype=torch.float64) * (sample_rate / n_fft)
    bin_mel = _mel(bin_hz)
    edges = torch.linspace(0.0, 1.0, n_mels + 2, dtype=torch.float64)
    edges = edges * _mel(torch.tensor(sample_rate / 2, dtype=torch.float64))
    left, centre, right = (edges[i : i + n_mels, None] for i in range(3))
    rising = (bin_mel - left) / (centre - left)
    falling = (right - bin_mel) / (right - centre)
    banks = torch.minimum(rising, falling).clamp_min(0.0)
    return torch.nn.functional.pad(banks, (0, 1)).float()


def _mel(frequency_hz: Tensor) -> Tensor:
    return 1127.0 * torch.log1p(frequency_hz / 700.0)
