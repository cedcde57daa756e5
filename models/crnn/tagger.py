"""Tagger: the CRNN over a whole track, window by window.

The score of a tag is the mean, over the track's 29 s windows, of the sigmoid of its logit (divided by the
tag's calibrated temperature where the spec has one).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from models.checkpoint import checkpoint_sha256, load_checkpoint
from models.crnn.network import CRNN
from models.frontend import LogMel
from models.runtime import Runtime, windows
from models.spec import CRNNSpec
from segue.audio.waveform import Waveform
from segue.tags import TagScores, TagVocabulary

WEIGHTS = Path(__file__).parent / "weights" / "crnn.safetensors"

_BATCH_WINDOWS = {"cpu": 1, "cuda": 8}  # a CPU is twice as fast where activations are small enough to be reused
_UNCALIBRATED_THRESHOLD = 0.5


class CRNNTagger:
    """Hears genre and instruments of a whole track. Safe to call from several threads.

    Args:
        network: with trained weights.
        spec: what it was built from; gives the vocabulary its tags and thresholds.
        name: model name and checkpoint hash.
        runtime: where it runs; the best there is by default.
    """

    def __init__(self, network: CRNN, spec: CRNNSpec, name: str, runtime: Runtime | None = None) -> None:
        self.name = name
        self.spec = spec
        self.vocabulary = TagVocabulary(spec.tags, spec.thresholds or (_UNCALIBRATED_THRESHOLD,) * len(spec.tags))
        self._runtime = runtime or Runtime.detect()
        self._network = self._runtime.place(network)
        self._log_mel = self._runtime.place(LogMel(spec.log_mel))
        self._temperatures = self._runtime.tensor(
            np.asarray(spec.tag_temperatures or (1.0,) * len(spec.tags), dtype=np.float32)
        )

    def tag(self, waveform: Waveform) -> TagScores:
        """Scores the whole vocabulary; audio shorter than a window is repeated to fill one."""
        mean = self.window_scores(waveform).mean(axis=0, dtype=np.float64)
        return TagScores(self.vocabulary, mean.astype(np.float32))

    @torch.inference_mode()
    def window_scores(self, waveform: Waveform, batch_size: int | None = None) -> NDArray[np.float32]:
        """Scores of every window of the track, ``(n_windows, n_tags)`` float32 in [0, 1].

        Args:
            waveform: the track.
            batch_size: windows that are run at once, by default what suits the device; says nothing about
                where they lie.
        """
        batch_size = batch_size or _BATCH_WINDOWS[self._runtime.device.type]
        rows = []
        for batch in windows(waveform.samples, self.spec.input_samples, batch_size):
            log_mel = self._log_mel(self._runtime.tensor(batch))
            with self._runtime.autocast():
                logits = self._network(log_mel)
            rows.append(torch.sigmoid(logits / self._temperatures).cpu().numpy())
        return np.concatenate(rows)


def load_tagger(path: Path | None = None) -> CRNNTagger:
    """The trained tagger.

    Args:
        path: a checkpoint; by default the one that comes with Segue.

    Raises:
        ModelMissing: there is no such file.
        CheckpointInvalid: it is not a CRNN checkpoint, or damaged.
    """
    path = path or WEIGHTS
    network, spec = load_checkpoint(path, "crnn")
    return CRNNTagger(network, spec, name=f"crnn@{checkpoint_sha256(path)[:12]}")
