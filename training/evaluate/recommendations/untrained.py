"""Untrained: both networks as they are before training, for what the architecture and signal processing give alone.

Tempo, key and energy pass through the same signal processing as ever; thresholds stay those of the trained tagger.
"""

from __future__ import annotations

import torch

from models.checkpoint import build_network, read_spec
from models.crnn.network import CRNN
from models.crnn.tagger import WEIGHTS as TAGGER_WEIGHTS
from models.crnn.tagger import CRNNTagger
from models.short_chunk_res.embedder import WEIGHTS as EMBEDDER_WEIGHTS
from models.short_chunk_res.embedder import ShortChunkResEmbedder
from models.short_chunk_res.network import ShortChunkRes
from models.spec import CRNNSpec, ShortChunkResSpec
from segue.analyse import Analyser
from segue.errors import CheckpointInvalid
from segue.ports import AudioDecoder

SEED = 0


def untrained_analyser(decoder: AudioDecoder, seed: int = SEED) -> Analyser:
    """An analyser whose networks have the shape of the shipped ones and fresh weights.

    Args:
        decoder: as for trained networks.
        seed: same seed, same weights.

    Raises:
        ModelMissing: no checkpoint to take the shape from.
    """
    tagger_spec, embedder_spec = read_spec(TAGGER_WEIGHTS), read_spec(EMBEDDER_WEIGHTS)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        tagger, embedder = build_network(tagger_spec), build_network(embedder_spec)
    if not (isinstance(tagger, CRNN) and isinstance(tagger_spec, CRNNSpec)):
        raise CheckpointInvalid(f"{TAGGER_WEIGHTS.name} is no CRNN")
    if not (isinstance(embedder, ShortChunkRes) and isinstance(embedder_spec, ShortChunkResSpec)):
        raise CheckpointInvalid(f"{EMBEDDER_WEIGHTS.name} is no Short-Chunk ResNet")
    return Analyser(
        decoder,
        CRNNTagger(tagger, tagger_spec, f"crnn@random-{seed}"),
        ShortChunkResEmbedder(embedder, embedder_spec, f"short_chunk_res@random-{seed}"),
    )
