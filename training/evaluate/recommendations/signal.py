"""Signal: the features people used before networks, as a baseline."""

from __future__ import annotations

import numpy as np

from segue.audio.waveform import SAMPLE_RATE, Waveform
from training.evaluate.metrics import Floats

N_MFCC = 20
N_FEATURES = 2 * N_MFCC + 12 + 2
_MAX_SECONDS = 120  # from the middle


def signal_features(waveform: Waveform) -> Floats:
    """Mean and standard deviation of 20 MFCCs, mean chroma, mean and standard deviation of onset strength.

    Args:
        waveform: mono at 16 kHz; of more than two minutes the middle is taken.

    Returns:
        ``(54,)`` float64.
    """
    from librosa.feature import chroma_stft, mfcc
    from librosa.onset import onset_strength

    spare = max(0, len(waveform.samples) - _MAX_SECONDS * SAMPLE_RATE)
    samples = waveform.samples[spare // 2 : len(waveform.samples) - spare // 2]
    timbre = mfcc(y=samples, sr=SAMPLE_RATE, n_mfcc=N_MFCC)
    chroma = chroma_stft(y=samples, sr=SAMPLE_RATE, tuning=0.0)
    onsets = onset_strength(y=samples, sr=SAMPLE_RATE)
    parts = (timbre.mean(axis=1), timbre.std(axis=1), chroma.mean(axis=1), [onsets.mean(), onsets.std()])
    return np.concatenate(parts).astype(np.float64)
