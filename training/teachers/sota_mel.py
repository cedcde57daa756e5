"""Front-end of the sota-music-tagging-models teachers, from the tables stored beside their weights."""

from __future__ import annotations

import torch
from torch import Tensor, nn

SAMPLE_RATE = 16_000  # Hz
_N_FFT = 512
_HOP = 256
_N_MELS = 96


class StoredLogMel(nn.Module):
    """Log-mel in dB with a stored window and mel filterbank (``mel.w`` and ``mel.fb``)."""

    w: Tensor
    fb: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("w", torch.zeros(_N_FFT))
        self.register_buffer("fb", torch.zeros(_N_FFT // 2 + 1, _N_MELS))

    def forward(self, waveform: Tensor) -> Tensor:
        """``(batch, n_samples)`` float32 at 16 kHz -> ``(batch, 96, n_frames)`` dB."""
        spectrum = torch.stft(
            waveform,
            n_fft=_N_FFT,
            hop_length=_HOP,
            window=self.w,
            center=True,
            return_complex=True,
        )
        power = self.fb.T @ spectrum.abs().square()
        return 10.0 * torch.log10(power.clamp_min(1e-10))
