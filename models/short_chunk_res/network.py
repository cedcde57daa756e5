"""Short-Chunk ResNet with Segue's heads.

The trunk is that of Won et al. 2020 (:mod:`models.short_chunk_res.trunk`). On its feature sit the
embedding, the energy and, where the spec lists tags, the published tag head. Tempo and key read
what the trunk cannot hold: rhythm from the log-mel over time
(:mod:`models.short_chunk_res.rhythm`), harmony from a finer frequency axis
(:mod:`models.short_chunk_res.harmony`). In training a linear map from the embedding predicts a
teacher's embedding of the same audio ("texture"), so that neighbours by ear become neighbours by
cosine; inference drops it.
"""

from __future__ import annotations

import copy
import dataclasses
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.short_chunk_res.harmony import KeyBranch
from models.short_chunk_res.rhythm import RhythmBranch
from models.short_chunk_res.trunk import TagHead, Trunk
from models.spec import ShortChunkResSpec


class ShortChunkOutput(NamedTuple):
    """What the network hears in a batch of chunks; all float32.

    Attributes:
        embedding: ``(batch, embedding_dim)``, rows unit-norm.
        tempo_logits: ``(batch, n_tempo_bins)``, softmax over the bins of ``spec.tempo``.
        key_logits: ``(batch, 24)``, softmax over ``spec.key_classes``.
        energy: ``(batch,)`` in [0, 1].
        tag_logits: ``(batch, n_tags)``, sigmoid each; None where the spec lists no tags.
        texture: ``(batch, texture_dim)``, the predicted teacher embedding; None in inference.
    """

    embedding: Tensor
    tempo_logits: Tensor
    key_logits: Tensor
    energy: Tensor
    tag_logits: Tensor | None = None
    texture: Tensor | None = None


class ShortChunkRes(nn.Module):
    """All heads of the Short-Chunk ResNet, from the features of chunks.

    Args:
        spec: widths, grids and heads.
    """

    def __init__(self, spec: ShortChunkResSpec) -> None:
        super().__init__()
        self.trunk = Trunk(spec.n_channels)
        feature_dim = self.trunk.feature_dim
        self.embedding = nn.Linear(feature_dim, spec.embedding_dim)
        self.energy = nn.Linear(feature_dim, 1)
        self.rhythm = RhythmBranch(spec.log_mel, spec.tempo)
        self.harmony = KeyBranch(spec.log_frequency)
        self.tags = TagHead(feature_dim, len(spec.tags)) if spec.tags else None
        self.texture = nn.Linear(spec.embedding_dim, spec.texture_dim) if spec.texture_dim else None

    def forward(self, log_mel: Tensor, log_frequency: Tensor) -> ShortChunkOutput:
        """Hear chunks.

        Args:
            log_mel: ``(batch, 128, n_frames)`` dB from :class:`models.frontend.LogMel`.
            log_frequency: ``(batch, 252, n_coarse_frames)`` from
                :class:`models.frontend.LogFrequency`, of the same audio.
        """
        feature = self.trunk(log_mel)
        embedding = functional.normalize(self.embedding(feature).float(), dim=1)
        return ShortChunkOutput(
            embedding=embedding,
            tempo_logits=self.rhythm(log_mel),
            key_logits=self.harmony(log_frequency),
            energy=torch.sigmoid(self.energy(feature).float()).squeeze(1),
            tag_logits=None if self.tags is None else self.tags(feature).float(),
            texture=None if self.texture is None else self.texture(embedding).float(),
        )


class ShortChunkResTagger(nn.Module):
    """The published classifier: trunk and tag head alone.

    Args:
        n_tags: number of logits.
        n_channels: channels of the first block (published: 128).
    """

    def __init__(self, n_tags: int, n_channels: int = 128) -> None:
        super().__init__()
        self.trunk = Trunk(n_channels)
        self.tags = TagHead(self.trunk.feature_dim, n_tags)

    def forward(self, log_mel: Tensor) -> Tensor:
        """``(batch, 128, n_frames)`` dB -> ``(batch, n_tags)`` logits."""
        logits: Tensor = self.tags(self.trunk(log_mel))
        return logits.float()


def without_training_heads(network: ShortChunkRes, spec: ShortChunkResSpec) -> tuple[ShortChunkRes, ShortChunkResSpec]:
    """A copy for inference: the same weights less the texture head, and the spec that says so."""
    inference = copy.deepcopy(network)
    inference.texture = None
    return inference, dataclasses.replace(spec, texture_dim=None)
