"""Services: the composition of models, decoder, catalogue and worker threads that routes work with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from app.analyses import RecentAnalyses
from app.pool import InferencePool
from app.sessions import LiveSessions
from app.settings import Settings
from segue.analyse import Analyser
from segue.mixer import Mixer
from segue.ports import Catalogue


@dataclass(frozen=True)
class Services:
    """What one process holds, built once, and closed at the end of its life.

    Attributes:
        analyser: decoder, tagger and embedder, models loaded.
        catalogue: opened for that analyser's space.
        pool: worker threads for analysis.
        analyses: what was heard in recent uploads.
        sessions: what was heard lately on each deck or microphone.
    """

    analyser: Analyser
    catalogue: Catalogue
    pool: InferencePool
    analyses: RecentAnalyses = field(default_factory=RecentAnalyses)
    sessions: LiveSessions = field(default_factory=LiveSessions)

    @cached_property
    def mixer(self) -> Mixer:
        """The mixer of the analyser's vectors."""
        return self.analyser.mixer

    def close(self) -> None:
        """Finishes work in flight, then gives the decoder's processes and the catalogue's files back."""
        self.pool.close()
        close_decoder: Callable[[], None] | None = getattr(self.analyser.decoder, "close", None)
        if close_decoder is not None:
            close_decoder()
        self.catalogue.close()


def build_services(settings: Settings) -> Services:
    """Loads both networks and opens the catalogue.

    Raises:
        ModelError: weights are missing or damaged.
        CatalogueError: the catalogue cannot be opened, or was made with other models.
    """
    from index.store import open_catalogue
    from models.crnn.tagger import load_tagger
    from models.short_chunk_res.embedder import load_embedder
    from segue.audio.decode import Decoder
    from segue.audio.limits import DecodeLimits

    decoder = Decoder(DecodeLimits(max_bytes=settings.max_upload_bytes), n_workers=settings.analyse_concurrency)
    analyser = Analyser(decoder, load_tagger(), load_embedder())
    catalogue = open_catalogue(settings.catalogue, analyser.space, analyser.tagger.vocabulary)
    return Services(analyser, catalogue, InferencePool(settings.analyse_concurrency, settings.analyse_queue))
