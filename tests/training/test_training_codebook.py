"""Training the codebook: nested words, the same every time, from the training split alone."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from models.checkpoint import build_network, save_checkpoint
from models.short_chunk_res.codebook import codebook_path, load_codebook
from models.short_chunk_res.embedder import ShortChunkResEmbedder, load_embedder
from models.spec import ShortChunkResSpec
from segue.errors import SegueError
from training import cli as training_cli
from training.corpus import Entry, append_to_manifest, read_manifest
from training.train_codebook import embeddings, learn_codebook, train_codebook

SPEC = ShortChunkResSpec(name="small", n_channels=4, embedding_dim=8, tags=("genre---techno",), texture_dim=8)


@pytest.fixture
def checkpoint(tmp_path):
    torch.manual_seed(2)
    path = tmp_path / "embedder.safetensors"
    save_checkpoint(build_network(SPEC), SPEC, path)
    return path


def test_words_are_learnt_from_the_training_split(made_up, checkpoint):
    tracks = list(embeddings(made_up.cache, load_embedder(checkpoint)))
    assert len(tracks) == sum(entry.split == "train" for entry in read_manifest(made_up.cache, "real"))
    train_codebook(made_up.cache, checkpoint, (4, 2))
    first = codebook_path(checkpoint).read_bytes()
    assert load_codebook(checkpoint).sizes == (4, 2)
    train_codebook(made_up.cache, checkpoint, (4, 2))
    assert codebook_path(checkpoint).read_bytes() == first


def test_the_command(made_up, checkpoint):
    options = ["codebook", "--checkpoint", str(checkpoint), "--cache", str(made_up.cache)]
    answer = CliRunner().invoke(training_cli.train, options)
    assert answer.exit_code == 0, answer.output
    codebook = load_codebook(checkpoint)
    assert codebook is not None and codebook.dim == 8
    assert isinstance(load_embedder(checkpoint), ShortChunkResEmbedder)


def test_levels_are_nested_and_never_finer_than_the_music():
    rows = np.random.default_rng(1).normal(size=(20, 4)).astype(np.float32)
    codebook = learn_codebook(rows, (64, 8, 2))
    assert codebook.sizes == (20, 8, 2)
    assert learn_codebook(np.repeat(rows[:3], 5, axis=0), (64, 8, 2)).sizes == (3, 2)
    np.testing.assert_array_equal(np.sort(codebook.assign(rows)[:, 0]), np.arange(20))


def test_a_short_recording_is_repeated(made_up, checkpoint, tmp_path):
    entry = next(entry for entry in read_manifest(made_up.cache, "real") if entry.split == "train")
    with np.load(entry.features_path(made_up.cache)) as file:
        arrays = {name: file[name][:100] for name in file}
    short = Entry("short", "real", "short", "train")
    short.features_path(tmp_path).parent.mkdir()
    np.savez(short.features_path(tmp_path), **arrays)
    append_to_manifest(tmp_path, short)
    (rows,) = embeddings(tmp_path, load_embedder(checkpoint))
    assert rows.shape == (1, 8)


def test_without_training_music_there_are_no_words(tmp_path, checkpoint):
    append_to_manifest(tmp_path, Entry("only", "real", "only", "dev"))
    with pytest.raises(SegueError, match="prepare-real"):
        train_codebook(tmp_path, checkpoint)
