"""Train the codebook: words for chunks, by clustering the embeddings of the training split's recorded audio.

K-means (Lloyd 1982, seeded as by Arthur & Vassilvitskii 2007) makes the finest level from chunks, and every coarser
level from the centroids of the one before it, so that the levels are nested. The embedder is the checkpoint as it
ships: a new checkpoint needs a new codebook.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans

from models.checkpoint import load_checkpoint
from models.short_chunk_res.codebook import save_codebook
from models.short_chunk_res.embedder import ShortChunkResEmbedder
from segue.codebook import Codebook
from segue.errors import SegueError
from training.corpus import read_manifest
from training.features import Features, Half

log = logging.getLogger(__name__)

SIZES = (256, 64, 16, 4)
"""Words of each level, the finest first."""

SEED = 40
N_RUNS = 4  # of k-means, the best of which counts

Array = NDArray[np.float32]


def train_codebook(cache: Path, checkpoint: Path, sizes: Sequence[int] = SIZES) -> str:
    """Hears the training split of real music, learns the words and writes them beside the checkpoint.

    Args:
        cache: where features were prepared.
        checkpoint: the embedder's ``.safetensors`` file.
        sizes: words of each level, falling; fewer where there is less music.

    Returns:
        The sha256 of the codebook's file.

    Raises:
        SegueError: nothing of the training split has been prepared.
    """
    network, spec = load_checkpoint(checkpoint, "short_chunk_res")
    tracks = list(embeddings(cache, ShortChunkResEmbedder(network, spec, spec.name)))
    if not tracks:
        raise SegueError(f"{cache} holds no recording of the training split; 'segue train prepare-real' fills it.")
    chunks = np.concatenate(tracks)
    codebook = learn_codebook(chunks, sizes)
    log.info("%d chunks of %d recordings, levels of %s words", len(chunks), len(tracks), codebook.sizes)
    provenance = {"recordings": len(tracks), "chunks": len(chunks), "sizes": codebook.sizes, "seed": SEED}
    return save_codebook(codebook, checkpoint, provenance)


def embeddings(cache: Path, embedder: ShortChunkResEmbedder) -> Iterator[Array]:
    """Chunk embeddings of each recording of the training split of real music, ``(n_chunks, dim)`` float32."""
    for entry in read_manifest(cache, "real"):
        if entry.split == "train":
            mel = _filled(Features.load(entry.features_path(cache), "mel128").mel128, embedder)
            yield embedder.hear_chunks(np.ascontiguousarray(mel.T.astype(np.float32))).embedding


def learn_codebook(chunks: Array, sizes: Sequence[int] = SIZES) -> Codebook:
    """Nested words of chunks.

    Args:
        chunks: ``(n_chunks, dim)`` float32.
        sizes: words of each level, falling; a level is left out where it would be no coarser.
    """
    centroids, _ = _clusters(chunks, min(sizes[0], len(np.unique(chunks, axis=0))))
    level, parents = centroids, []
    for size in sizes[1:]:
        if size < len(level):
            level, members = _clusters(level, size)
            parents.append(members.astype(np.int16))
    return Codebook(centroids, tuple(parents))


def _clusters(rows: Array, n_clusters: int) -> tuple[Array, NDArray[np.int32]]:
    """Centroids ``(n_clusters, dim)`` and the cluster of each row ``(n_rows,)``."""
    found = KMeans(n_clusters, n_init=N_RUNS, random_state=SEED).fit(rows)
    return found.cluster_centers_.astype(np.float32), found.labels_


def _filled(mel: Half, embedder: ShortChunkResEmbedder) -> Half:
    """The log-mel of a recording, repeated to a whole chunk where it is shorter."""
    n_frames = embedder.spec.input_samples // embedder.spec.log_mel.hop_length + 1
    return mel if len(mel) >= n_frames else np.resize(mel, (n_frames, mel.shape[1]))
