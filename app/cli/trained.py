"""The trained networks and the real decoder; imported late, for torch takes seconds to load."""

from __future__ import annotations

import os

import torch

from models.crnn.tagger import load_tagger
from models.short_chunk_res.embedder import load_embedder
from segue.analyse import Analyser
from segue.audio.decode import Decoder


def load_analyser(n_workers: int) -> Analyser:
    """Both networks, and a decoder with so many processes; the workers share the cores among them.

    Raises:
        ModelError: weights are missing or damaged.
    """
    torch.set_num_threads(max(1, (os.cpu_count() or 1) // n_workers))
    return Analyser(Decoder(n_workers=n_workers), load_tagger(), load_embedder())
