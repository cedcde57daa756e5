"""The real thing behind :mod:`app.cli.context`: imported late, for torch and FAISS take seconds to load."""

from __future__ import annotations

from pathlib import Path

from models.crnn.tagger import load_tagger
from models.short_chunk_res.embedder import load_embedder

from index.store import SqliteCatalogue, open_existing
from index.store import open_catalogue as open_in_space
from segue.analyse import Analyser
from segue.audio.decode import Decoder


def load_analyser(n_workers: int) -> Analyser:
    """Both networks, and a decoder with so many processes."""
    return Analyser(Decoder(n_workers=n_workers), load_tagger(), load_embedder())


def open_catalogue(folder: Path, analyser: Analyser | None) -> SqliteCatalogue:
    """The catalogue of a folder, in the analyser's space or in its own."""
    if analyser is None:
        return open_existing(folder)
    return open_in_space(folder, analyser.space, analyser.tagger.vocabulary)
