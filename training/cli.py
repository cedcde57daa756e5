"""``segue train``: one command per step, each resumable."""

from __future__ import annotations

import logging
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from training.datasets.cli import import_dataset

train = typer.Typer(no_args_is_help=True, help="Train both networks: prepare data, train, export. Every step resumes.")

CacheOption = Annotated[Path, typer.Option("--cache", help="Folder of prepared features.")]
RunsOption = Annotated[Path, typer.Option("--runs", help="Folder of training runs: state and metrics.")]
DataOption = Annotated[
    Path, typer.Option("--data", help="Labelled music: tracks.csv, music/ and teachers/.", exists=True, file_okay=False)
]
CACHE, RUNS = Path("cache"), Path("runs")
EMBEDDER = Path("models/short_chunk_res/weights/short_chunk_res.safetensors")
SOUND_FONT = Path("/usr/share/sounds/sf2/FluidR3_GM.sf2")


class Part(StrEnum):
    """What of the Short-Chunk ResNet is trained."""

    TRUNK = "trunk"
    TAGS = "tags"
    TEMPO = "tempo"
    KEY = "key"


@train.callback()
def _say_what_happens() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")


train.command("import")(import_dataset)


@train.command("prepare-real")
def prepare_real(data: DataOption, cache: CacheOption = CACHE) -> None:
    """Decode labelled music into features."""
    from training import prepare

    print(f"{prepare.prepare_real(data, cache)} recordings are ready in {cache}.")


@train.command("prepare-studio")
def prepare_studio(
    n_tracks: Annotated[int, typer.Option("--tracks", min=1, help="How many tracks in all.")] = 460,
    cache: CacheOption = CACHE,
) -> None:
    """Compose and render studio tracks into features."""
    from training import prepare

    print(f"{prepare.prepare_studio(cache, n_tracks)} studio tracks are ready in {cache}.")


@train.command("prepare-midi")
def prepare_midi(
    archive: Annotated[Path, typer.Argument(help="pop909.zip.", exists=True, dir_okay=False)],
    sound_font: Annotated[Path, typer.Option(help="A General MIDI sound font.", exists=True)] = SOUND_FONT,
    n_songs: Annotated[int, typer.Option("--songs", min=1, help="Only the first so many.")] = 500,
    cache: CacheOption = CACHE,
) -> None:
    """Render MIDI songs with annotated key and beats into features."""
    from training import prepare

    print(f"{prepare.prepare_midi(archive, sound_font, cache, n_songs)} songs are ready in {cache}.")


@train.command("prepare-waveforms")
def prepare_waveforms(
    data: DataOption,
    n_studio: Annotated[int, typer.Option("--tracks", min=0, help="How many studio tracks.")] = 435,
    midi: Annotated[Path | None, typer.Option(help="pop909.zip.", exists=True, dir_okay=False)] = None,
    n_songs: Annotated[int, typer.Option("--songs", min=0, help="How many of its songs.")] = 120,
    sound_font: Annotated[Path, typer.Option(help="A General MIDI sound font.")] = SOUND_FONT,
    cache: CacheOption = CACHE,
) -> None:
    """Decode and render the audio that scenes are made from."""
    from training import prepare_scenes as scenes

    n_ready = scenes.prepare_waveforms(data, cache, n_studio, midi, n_songs, sound_font)
    print(f"{n_ready} waveforms are ready in {cache}.")


@train.command("prepare-scenes")
def prepare_scenes(
    teachers: Annotated[Path, typer.Option(help="Folder of the teachers' weights.", exists=True, file_okay=False)],
    n_scenes: Annotated[int, typer.Option("--scenes", min=1, help="How many, in whole shards of 256.")] = 20_992,
    n_jobs: Annotated[int, typer.Option("--jobs", min=1, help="Processes.")] = 1,
    cache: CacheOption = CACHE,
) -> None:
    """Make scenes of recordings, blends of two included, and let the teachers hear them."""
    from training import prepare_scenes as scenes

    print(f"{scenes.prepare_scenes(teachers, cache, n_scenes, n_jobs)} scenes are ready in {cache}.")


@train.command("crnn")
def crnn(
    data: DataOption,
    cache: CacheOption = CACHE,
    runs: RunsOption = RUNS,
) -> None:
    """Train the CRNN tagger."""
    from training.train_crnn import train as train_crnn

    train_crnn(cache, data / "teachers", runs / "crnn")


@train.command("short-chunk-res")
def short_chunk_res(part: Part, data: DataOption, cache: CacheOption = CACHE, runs: RunsOption = RUNS) -> None:
    """Train one part of the Short-Chunk ResNet."""
    from training.train_short_chunk_res import key, tags, tempo, trunk

    run = runs / part.value
    if part is Part.TRUNK:
        trunk.train_trunk(cache, data / "teachers", run)
    elif part is Part.TAGS:
        tags.train_tags(cache, data / "teachers", runs)
    elif part is Part.TEMPO:
        tempo.train_tempo(cache, run)
    else:
        key.train_key(cache, run)


@train.command("export")
def export(
    data: DataOption,
    target: Annotated[Path, typer.Option(help="Folder of the packages' models.")] = Path("models"),
    cache: CacheOption = CACHE,
    runs: RunsOption = RUNS,
) -> None:
    """Calibrate thresholds and write both checkpoints."""
    from training.export import export as export_both

    tagger = target / "crnn" / "weights" / "crnn.safetensors"
    embedder = target / "short_chunk_res" / "weights" / "short_chunk_res.safetensors"
    digests = export_both(cache, data / "teachers", runs, (tagger, embedder))
    for path, digest in zip((tagger, embedder), digests, strict=True):
        print(f"{path}: {digest}")


@train.command("codebook")
def codebook(
    checkpoint: Annotated[Path, typer.Option(help="The embedder's checkpoint, .safetensors.")] = EMBEDDER,
    cache: CacheOption = CACHE,
) -> None:
    """Learn the words that chunks are counted by, for one checkpoint of the embedder."""
    from training.train_codebook import train_codebook

    print(f"The codebook of {checkpoint}: {train_codebook(cache, checkpoint)}")


@train.command("all")
def everything(
    data: DataOption,
    teachers: Annotated[Path, typer.Option(help="Folder of the teachers' weights.", exists=True, file_okay=False)],
    midi: Annotated[Path, typer.Option(help="pop909.zip.", exists=True, dir_okay=False)],
    n_jobs: Annotated[int, typer.Option("--jobs", min=1, help="Processes that make scenes.")] = 1,
    cache: CacheOption = CACHE,
    runs: RunsOption = RUNS,
    target: Annotated[Path, typer.Option(help="Folder of the packages' models.")] = Path("models"),
) -> None:
    """Both networks from nothing: every step in order. Broken off, it goes on where it was."""
    prepare_real(data, cache)
    prepare_studio(cache=cache)
    prepare_midi(midi, cache=cache)
    prepare_waveforms(data, midi=midi, cache=cache)
    prepare_scenes(teachers, n_jobs=n_jobs, cache=cache)
    crnn(data, cache, runs)
    for part in Part:
        short_chunk_res(part, data, cache, runs)
    export(data, target, cache, runs)
    codebook(target / "short_chunk_res" / "weights" / "short_chunk_res.safetensors", cache)
