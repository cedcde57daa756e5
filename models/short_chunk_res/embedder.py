"""Embedder: the Short-Chunk ResNet over a whole track.

The log-mel and the log-frequency features are computed once for the track. The trunk hears every chunk of
3.69 s by itself; the rhythm and the harmony branch hear longer stretches, whole numbers of chunks, and their
distributions are pooled over the track before signal processing has its say
(:mod:`models.short_chunk_res.tempo`, :mod:`models.short_chunk_res.key`). Bars follow from the same features and the
tempo (:mod:`models.short_chunk_res.bars`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from models.checkpoint import checkpoint_sha256, load_checkpoint
from models.frontend import LogFrequency, LogMel
from models.runtime import Runtime, filled, in_blocks
from models.short_chunk_res.bars import hear_bars
from models.short_chunk_res.codebook import load_codebook
from models.short_chunk_res.key import KeyWitnesses, estimate_key, key_witnesses
from models.short_chunk_res.network import ShortChunkRes, without_training_heads
from models.short_chunk_res.pooling import pool_log_probabilities
from models.short_chunk_res.tempo import TempoWitnesses, estimate_tempo, tempo_witnesses
from models.spec import ShortChunkResSpec
from segue.audio.chunks import chunk_starts
from segue.audio.waveform import Waveform
from segue.bars import BarGrid
from segue.codebook import Codebook
from segue.errors import CheckpointInvalid
from segue.key import KeyEstimate
from segue.tempo import TempoEstimate
from segue.track import Hearing

WEIGHTS = Path(__file__).parent / "weights" / "short_chunk_res.safetensors"

_BATCH_CHUNKS = 16  # more is slower on a CPU: activations no longer fit memory that is reused
_BATCH_STRETCHES = 8
_TEMPO_STRETCH_CHUNKS = 3  # 11.1 s
_KEY_STRETCH_CHUNKS = 4  # 14.8 s

Floats = NDArray[np.float32]


class Chunks(NamedTuple):
    """What is heard in every chunk of a track; all float32.

    Attributes:
        embedding: ``(n_chunks, dim)``, rows unit-norm.
        energy: ``(n_chunks,)`` in [0, 1].
        tags: ``(n_chunks, n_tags)`` scores in [0, 1]; ``n_tags`` is 0 for a network without a tag head.
    """

    embedding: Floats
    energy: Floats
    tags: Floats


class ShortChunkResEmbedder:
    """Hears texture, tempo, key, energy and bars of a whole track. Safe to call from several threads.

    Args:
        network: with trained weights.
        spec: what it was built from.
        name: model name and checkpoint hash.
        runtime: where it runs; the best there is by default.
        codebook: the words of chunks; without one they get no codes.

    Raises:
        CheckpointInvalid: a codebook for embeddings of another length.
    """

    def __init__(
        self,
        network: ShortChunkRes,
        spec: ShortChunkResSpec,
        name: str,
        runtime: Runtime | None = None,
        codebook: Codebook | None = None,
    ) -> None:
        if codebook is not None and codebook.dim != spec.embedding_dim:
            raise CheckpointInvalid(f"The codebook is for {codebook.dim} dimensions; {spec.embedding_dim} are needed.")
        network, self.spec = without_training_heads(network, spec)
        self.name = name
        self.dim = spec.embedding_dim
        self._codebook = codebook
        self._runtime = runtime or Runtime.detect()
        self._network = self._runtime.place(network)
        self._log_mel = self._runtime.place(LogMel(spec.log_mel))
        self._log_frequency = self._runtime.place(LogFrequency(spec.log_frequency))

    def embed(self, waveform: Waveform) -> Hearing:
        """Embeds every chunk, pools tempo, key and energy over the track, and finds its bars.

        Audio shorter than a chunk is repeated to fill one.
        """
        log_mel, log_frequency = self.log_mel(waveform), self.log_frequency(waveform)
        chunks, tempo = self.hear_chunks(log_mel), self.hear_tempo(log_mel)
        return Hearing(
            chunk_embeddings=chunks.embedding,
            tempo=tempo,
            key=self.hear_key(log_frequency),
            energy=float(np.clip(chunks.energy.mean(), 0.0, 1.0)),
            tags=dict(zip(self.spec.tags, chunks.tags.mean(axis=0).tolist(), strict=True)),
            bars=self.hear_bars(log_mel, log_frequency, tempo, waveform.duration_seconds),
            codes=self.codes(chunks.embedding),
        )

    def codes(self, embeddings: Floats) -> NDArray[np.int16]:
        """Codes of chunks, ``(n_chunks, n_levels)`` int16; ``n_levels`` is 0 without a codebook."""
        if self._codebook is None:
            return np.empty((len(embeddings), 0), dtype=np.int16)
        return self._codebook.assign(embeddings)

    @torch.inference_mode()
    def log_mel(self, waveform: Waveform) -> Floats:
        """Log-mel of the track, ``(128, n_frames)`` float32 dB."""
        samples, spec = filled(waveform.samples, self.spec.input_samples), self.spec.log_mel
        return in_blocks(self._log_mel, samples, spec.hop_length, spec.n_fft, self._runtime)

    @torch.inference_mode()
    def log_frequency(self, waveform: Waveform) -> Floats:
        """Log-frequency features of the track, ``(n_bins, n_coarse_frames)`` float32."""
        samples, spec = filled(waveform.samples, self.spec.input_samples), self.spec.log_frequency
        return in_blocks(self._log_frequency, samples, spec.hop_length, spec.n_fft, self._runtime)

    @torch.inference_mode()
    def hear_chunks(self, log_mel: Floats, batch_size: int = _BATCH_CHUNKS) -> Chunks:
        """What the trunk and its heads hear in every chunk.

        Args:
            log_mel: ``(128, n_frames)`` float32 dB, of the whole track.
            batch_size: chunks that are run at once; says nothing about where they lie.
        """
        heard = []
        for batch in _stretches(log_mel, self.spec.log_mel.hop_length, self.spec.input_samples, batch_size):
            with self._runtime.autocast():
                feature = self._network.trunk(self._runtime.tensor(batch))
            heard.append([output.cpu().numpy() for output in self._heads(feature.float())])
        return Chunks(*(np.concatenate(column) for column in zip(*heard, strict=True)))

    def _heads(self, feature: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        network = self._network
        tags = feature[:, :0] if network.tags is None else torch.sigmoid(network.tags(feature))
        energy = torch.sigmoid(network.energy(feature)).squeeze(1)
        return functional.normalize(network.embedding(feature), dim=1), energy, tags

    def hear_tempo(self, log_mel: Floats) -> TempoEstimate:
        """Tempo of the track whose log-mel is given, ``(128, n_frames)`` float32 dB."""
        pooled = pool_log_probabilities(self.tempo_log_probabilities(log_mel))
        return estimate_tempo(pooled, log_mel, self.spec.log_mel, self.spec.tempo)

    def tempo_witnesses(self, log_mel: Floats) -> TempoWitnesses:
        """As :meth:`hear_tempo`, beside what network and signal processing say alone."""
        pooled = pool_log_probabilities(self.tempo_log_probabilities(log_mel))
        return tempo_witnesses(pooled, log_mel, self.spec.log_mel, self.spec.tempo)

    def hear_key(self, log_frequency: Floats) -> KeyEstimate:
        """Key of the track whose log-frequency features are given, ``(n_bins, n_coarse_frames)`` float32."""
        pooled = pool_log_probabilities(self.key_log_probabilities(log_frequency))
        return estimate_key(pooled, log_frequency, self.spec.log_frequency)

    def key_witnesses(self, log_frequency: Floats) -> KeyWitnesses:
        """As :meth:`hear_key`, beside what network and signal processing say alone."""
        pooled = pool_log_probabilities(self.key_log_probabilities(log_frequency))
        return key_witnesses(pooled, log_frequency, self.spec.log_frequency)

    def hear_bars(
        self, log_mel: Floats, log_frequency: Floats, tempo: TempoEstimate, duration_seconds: float
    ) -> BarGrid | None:
        """Bars of the track whose features and tempo are given; None where it is shorter than two bars.

        Args:
            log_mel: ``(128, n_frames)`` float32 dB.
            log_frequency: ``(n_bins, n_coarse_frames)`` float32.
            tempo: its tempo.
            duration_seconds: of the audio, which may have been repeated to fill a chunk.
        """
        n_frames = 1 + int(duration_seconds * self.spec.log_mel.frames_per_second)
        return hear_bars(log_mel[:, :n_frames], log_frequency, tempo, self.spec.log_mel, self.spec.log_frequency)

    def tempo_log_probabilities(self, log_mel: Floats) -> Floats:
        """What the rhythm branch hears in every stretch, ``(n_stretches, n_tempo_bins)`` float32."""
        stretches = _stretches(
            log_mel, self.spec.log_mel.hop_length, _TEMPO_STRETCH_CHUNKS * self.spec.input_samples, _BATCH_STRETCHES
        )
        return self._log_probabilities(self._network.rhythm, stretches, self.spec.tempo_temperature)

    def key_log_probabilities(self, log_frequency: Floats) -> Floats:
        """What the harmony branch hears in every stretch, ``(n_stretches, 24)`` float32."""
        stretches = _stretches(
            log_frequency,
            self.spec.log_frequency.hop_length,
            _KEY_STRETCH_CHUNKS * self.spec.input_samples,
            _BATCH_STRETCHES,
        )
        return self._log_probabilities(self._network.harmony, stretches, self.spec.key_temperature)

    @torch.inference_mode()
    def _log_probabilities(
        self, branch: Callable[[Tensor], Tensor], stretches: Iterator[Floats], temperature: float
    ) -> Floats:
        rows = []
        for batch in stretches:
            with self._runtime.autocast():
                logits = branch(self._runtime.tensor(batch))
            rows.append(torch.log_softmax(logits.float() / temperature, dim=1).cpu().numpy())
        return np.concatenate(rows)


def _stretches(features: Floats, hop_length: int, n_samples: int, batch_size: int) -> Iterator[Floats]:
    """Back-to-back stretches of features, the last one moved back to end with the track.

    Args:
        features: ``(n_bins, n_frames)`` of a track.
        hop_length: samples between frames.
        n_samples: length of a stretch; a shorter track is one shorter stretch.
        batch_size: stretches in a batch.

    Yields:
        ``(batch, n_bins, n_samples // hop_length + 1)``.
    """
    starts = chunk_starts((features.shape[1] - 1) * hop_length, n_samples)
    n_frames = n_samples // hop_length + 1
    for first in range(0, len(starts), batch_size):
        frames = [round(start / hop_length) for start in starts[first : first + batch_size]]
        yield np.stack([features[:, frame : frame + n_frames] for frame in frames])


def load_embedder(path: Path | None = None) -> ShortChunkResEmbedder:
    """The trained embedder.

    Args:
        path: a checkpoint; by default the one that comes with Segue.

    Raises:
        ModelMissing: there is no such file.
        CheckpointInvalid: it is not a Short-Chunk ResNet checkpoint, or damaged, or its codebook is.
    """
    path = path or WEIGHTS
    network, spec = load_checkpoint(path, "short_chunk_res")
    name = f"short_chunk_res@{checkpoint_sha256(path)[:12]}"
    return ShortChunkResEmbedder(network, spec, name, codebook=load_codebook(path))
