"""How fast POST /v1/next answers: a real server process, both networks, a catalogue of 10,000 made-up tracks.

python benchmarks/live.py TRACK.mp3 [--tracks 10000] [--requests 60] [--seconds 10]

Pieces of the track are sent one after the other as 16-bit stereo WAV, as a client with a microphone does, in sessions
of 12. Prints how long answers took, how much processor time of the server and its decoder each of them cost (which says
more on a busy machine), and the stages that the server logs. The first answer is told apart: the decoder starts then.
Linux.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import subprocess
import sys
import tempfile
import time
import wave
from collections.abc import Iterator
from pathlib import Path

import httpx2
import numpy as np
from numpy.typing import NDArray

from index.store import open_catalogue
from models.crnn.tagger import load_tagger
from models.short_chunk_res.embedder import load_embedder
from segue.analyse import Analyser, features
from segue.audio.chunks import CHUNK_SECONDS
from segue.audio.decode import Decoder
from segue.audio.waveform import SAMPLE_RATE, Waveform
from segue.key import Key, KeyEstimate
from segue.ports import NewTrack
from segue.tags import TagScores
from segue.tempo import TempoEstimate
from segue.track import Analysis, Description, Hearing

N_CHUNKS = 65  # of each made-up track: four minutes
BATCH = 500
PIECES_PER_SESSION = 12


def made_up(analyser: Analyser, n_tracks: int) -> Iterator[NewTrack]:
    """Tracks whose chunks lie around one point each; every tag is active on one in ten."""
    rng = np.random.default_rng(1)
    vocabulary, dim = analyser.tagger.vocabulary, analyser.embedder.dim
    for number in range(n_tracks):
        chunks = rng.normal(size=(N_CHUNKS, dim)) + 2 * rng.normal(size=dim)
        chunks /= np.linalg.norm(chunks, axis=1, keepdims=True)
        active = rng.random(len(vocabulary.labels)) < 0.1
        scores = np.where(active, 0.95, 0.01).astype(np.float32)
        hearing = Hearing(
            chunks.astype(np.float32),
            TempoEstimate(float(rng.uniform(80, 160)), 0.9),
            KeyEstimate(Key.from_index(int(rng.integers(24))), 0.9),
            float(rng.random()),
        )
        analysis = Analysis(f"{number:064x}", N_CHUNKS * CHUNK_SECONDS, TagScores(vocabulary, scores), hearing)
        yield NewTrack(analysis, Description(f"Track {number}"), analyser.mixer.encode(features(analysis)))


def fill(folder: Path, analyser: Analyser, n_tracks: int, real: NewTrack) -> None:
    """Writes the made-up tracks and the one that plays."""
    source = made_up(analyser, n_tracks - 1)
    with open_catalogue(folder, analyser.space, analyser.tagger.vocabulary) as catalogue:
        catalogue.add(real)
        while batch := [new for new, _ in zip(source, range(BATCH), strict=False)]:
            catalogue.add_all(batch)


def piece(samples: NDArray[np.float32], number: int, seconds: float) -> bytes:
    """One piece as 16-bit stereo WAV at 48 kHz, every sample held for three."""
    length = int(seconds * SAMPLE_RATE)
    start = number * length % max(1, len(samples) - length)
    sound = np.repeat(np.rint(32767 * np.clip(samples[start : start + length], -1, 1)).astype("<i2"), 3)
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(3 * SAMPLE_RATE)
        out.writeframes(np.stack([sound, sound], axis=1).tobytes())
    return file.getvalue()


def processor_seconds(pid: int) -> float:
    """Processor time of a process and its children."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    own = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    threads = Path(f"/proc/{pid}/task").iterdir()
    children += [child for thread in threads for child in (thread / "children").read_text().split()]
    return own + sum(processor_seconds(int(child)) for child in set(children))


def ask(client: httpx2.Client, audio: bytes, session: str) -> tuple[float, dict[str, object]]:
    """Seconds and answer of one request."""
    start = time.perf_counter()
    response = client.post("/v1/next", files={"file": ("piece.wav", audio)}, data={"session": session})
    took = time.perf_counter() - start
    response.raise_for_status()
    return took, response.json()


def wait_until_ready(client: httpx2.Client, server: subprocess.Popen[bytes]) -> None:
    """Returns once the server answers."""
    while server.poll() is None:
        try:
            client.get("/readyz").raise_for_status()
            return
        except httpx2.HTTPError:
            time.sleep(0.2)
    raise SystemExit("The server did not start.")


def percentiles(values: list[float], unit: str) -> str:
    """Median, 95 % and largest."""
    median, most = np.percentile(values, [50, 95])
    return f"median {median:.3f} {unit}, 95 % {most:.3f} {unit}, largest {max(values):.3f} {unit}"


def main() -> None:
    """Fills, serves, asks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--tracks", type=int, default=10_000)
    parser.add_argument("--requests", type=int, default=60)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--port", type=int, default=8765)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        with Decoder() as decoder:
            analyser = Analyser(decoder, load_tagger(), load_embedder())
            decoded = decoder.decode(options.file)
            analysis = analyser.hear(decoded)
            real = NewTrack(analysis, Description("The one"), analyser.mixer.encode(features(analysis)))
            fill(Path(folder) / "catalogue", analyser, options.tracks, real)
        measure(Path(folder), decoded.waveform, options)


def measure(folder: Path, waveform: Waveform, options: argparse.Namespace) -> None:
    """Serves the catalogue, sends the pieces and prints what came of it."""
    command = [sys.executable, "-c", "from app.cli import main; main()", "serve", "--port", str(options.port)]
    log = folder / "log"
    with log.open("wb") as stderr:
        server = subprocess.Popen([*command, "--catalogue", str(folder / "catalogue")], stderr=stderr)
    try:
        with httpx2.Client(base_url=f"http://127.0.0.1:{options.port}", timeout=120) as client:
            wait_until_ready(client, server)
            session, clock, processor, named = "", [], [], 0
            for number in range(options.requests + 1):
                audio = piece(waveform.samples, number, options.seconds)
                before = processor_seconds(server.pid)
                took, answer = ask(client, audio, session)
                session = "" if (number + 1) % PIECES_PER_SESSION == 0 else str(answer["session"])
                clock.append(took)
                processor.append(processor_seconds(server.pid) - before)
                named += answer["playing"] is not None
    finally:
        server.terminate()
        server.wait()
    print(f"{options.tracks} tracks, {options.requests} requests of {options.seconds:g} s, {os.cpu_count()} cores")
    print(f"answer after     {percentiles(clock[1:], 's')}")
    print(f"first answer     {clock[0]:.3f} s")
    print(f"processor time   {percentiles(processor[1:], 's')}")
    print(f"track that plays recognised in {named} of {len(clock)}")
    lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    stages = [line["stages_ms"] for line in lines if line.get("route") == "/v1/next"][1:]
    for name in ("receive", "queue", "decode", "hear", "rank"):
        print(f"  {name:8}       {percentiles([stage[name] / 1000 for stage in stages], 's')}")


if __name__ == "__main__":
    main()
