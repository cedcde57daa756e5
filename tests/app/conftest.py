"""The real application over fakes: they listen and search, only in a simple way."""

from __future__ import annotations

import hashlib
import importlib.util
import io
import math
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.main import create_app
from app.pool import InferencePool
from app.services import Services
from app.settings import Settings
from segue.analyse import Analyser
from segue.audio.waveform import SAMPLE_RATE, Waveform
from segue.errors import AudioTooShort, EmptyFile, NotAudio
from segue.fakes import FAKE_VOCABULARY, FakeEmbedder, FakeTagger, MemoryCatalogue
from segue.ports import Decoded
from segue.track import Description


class WavDecoder:
    """Reads WAV files of the models' own sample rate."""

    def __init__(self) -> None:
        self.seen: list[Path] = []

    def decode(self, source: Path | bytes) -> Decoded:
        content = source.read_bytes() if isinstance(source, Path) else source
        if isinstance(source, Path):
            self.seen.append(source)
        if not content:
            raise EmptyFile("The file has 0 bytes.")
        try:
            samples, _ = soundfile.read(io.BytesIO(content), dtype="float32")
        except soundfile.LibsndfileError:
            raise NotAudio("This is no audio file.") from None
        if len(samples) < SAMPLE_RATE:
            raise AudioTooShort("The track is shorter than a second.")
        digest = hashlib.sha256(samples.tobytes()).hexdigest()
        return Decoded(Waveform(samples), digest, Description(artist="Metadata Artist"), "wav", "pcm_s16le")


def wav(frequency_hz: float = 220.0, seconds: float = 2.0, level: float = 0.3) -> bytes:
    """A WAV file with a few partials."""
    t = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    tone = sum(np.sin(2 * math.pi * frequency_hz * k * t) / k for k in (1, 2, 3, 5))
    file = io.BytesIO()
    soundfile.write(file, level * np.asarray(tone), SAMPLE_RATE, format="WAV", subtype="PCM_16")
    return file.getvalue()


def make_services(concurrency: int = 2, queue: int = 4, tagger: FakeTagger | None = None) -> Services:
    analyser = Analyser(WavDecoder(), tagger or FakeTagger(), FakeEmbedder())
    catalogue = MemoryCatalogue(analyser.space, FAKE_VOCABULARY)
    return Services(analyser, catalogue, InferencePool(concurrency, queue))


@pytest.fixture(name="wav", scope="session")
def wav_fixture() -> Callable[..., bytes]:
    return wav


@pytest.fixture(name="make_services", scope="session")
def make_services_fixture() -> Callable[..., Services]:
    return make_services


@pytest.fixture
def services() -> Services:
    return make_services()


@pytest.fixture
def settings() -> Settings:
    return Settings(max_upload_mib=1)


@pytest.fixture
def app(services: Services, settings: Settings) -> FastAPI:
    return create_app(services, settings)


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app) as client:
        yield client


@pytest.fixture
def filled(client: TestClient) -> TestClient:
    """A client whose catalogue holds eight tracks."""
    for n in range(8):
        files = {"file": (f"track {n}.wav", wav(110.0 * 1.2**n))}
        assert client.post("/v1/tracks", files=files).status_code == 201
    return client


SHOWN_IDS = (
    "01JD3Q8W2N6V4T9XK5B7C1HZ0M",  # a track
    "01JD3QB5R1M8XK2P7V0C9T4WZE",  # another one
    "9f86d081884c7d659a2feaa0c55ad015",  # an analysis
    "01JD3R0C4YH2B8K6W5Z1N9TQXM",  # a collection
)


@pytest.fixture
def real(filled: TestClient) -> Callable[[str], str]:
    """Puts ids of this catalogue in the place of a documentation page's."""
    tracks = [track["id"] for track in filled.get("/v1/tracks").json()["tracks"]]
    analysis = filled.post("/v1/analyses", files={"file": ("a.wav", wav(140.0))}).json()["analysis_id"]
    collection = filled.post("/v1/collections", json={"name": "Warm-up"}).json()["id"]
    added = filled.post(f"/v1/collections/{collection}/tracks", json={"ids": tracks[3:]})
    assert added.status_code < 300
    ids = dict(zip(SHOWN_IDS, (tracks[0], tracks[4], analysis, collection), strict=True))

    def replace(text: str) -> str:
        for shown, mine in ids.items():
            text = text.replace(shown, mine)
        return text

    return replace


def _load_helpers() -> None:
    """Lets tests import ``docs_parameters`` by name."""
    spec = importlib.util.spec_from_file_location("docs_parameters", Path(__file__).with_name("docs_parameters.py"))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["docs_parameters"] = module
    spec.loader.exec_module(module)


_load_helpers()
