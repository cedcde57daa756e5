"""The codebook's file: beside its checkpoint, verified, and refused by any other."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from safetensors.numpy import save

from models.checkpoint import build_network, load_checkpoint, save_checkpoint, write_hashed
from models.short_chunk_res.codebook import codebook_path, load_codebook, save_codebook
from models.short_chunk_res.embedder import WEIGHTS, ShortChunkResEmbedder, load_embedder
from models.spec import ShortChunkResSpec
from segue.audio.waveform import SAMPLE_RATE, Waveform
from segue.codebook import Codebook
from segue.errors import CheckpointInvalid, ModelMissing

SPEC = ShortChunkResSpec(name="small", n_channels=4, embedding_dim=16, tags=("genre---techno",), texture_dim=8)
CODEBOOK = Codebook(
    np.random.default_rng(0).normal(size=(6, 16)).astype(np.float16).astype(np.float32),
    (np.array([0, 1, 2, 0, 1, 2], dtype=np.int16),),
)


def checkpoint(folder, seed):
    torch.manual_seed(seed)
    path = folder / f"embedder{seed}.safetensors"
    save_checkpoint(build_network(SPEC), SPEC, path)
    return path


@pytest.fixture
def path(tmp_path):
    return checkpoint(tmp_path, 1)


def test_what_was_saved_is_read_again(path):
    assert load_codebook(path) is None
    digest = save_codebook(CODEBOOK, path, {"seed": 0})
    assert codebook_path(path).name == "embedder1.codebook.safetensors"
    assert codebook_path(path).with_name("embedder1.codebook.safetensors.sha256").read_text().split()[0] == digest
    found = load_codebook(path)
    np.testing.assert_array_equal(found.centroids, CODEBOOK.centroids)
    np.testing.assert_array_equal(found.parents[0], CODEBOOK.parents[0])
    assert found.sizes == (6, 3)


def test_another_checkpoint_refuses_it(path, tmp_path):
    save_codebook(CODEBOOK, path, {})
    other = checkpoint(tmp_path, 2)
    for suffix in ("", ".sha256"):
        source = codebook_path(path).with_name(codebook_path(path).name + suffix)
        target = codebook_path(other).with_name(codebook_path(other).name + suffix)
        target.write_bytes(source.read_bytes().replace(b"embedder1", b"embedder2"))
    with pytest.raises(CheckpointInvalid, match="segue train codebook"):
        load_embedder(other)


def told(path, **changes):
    digest = path.with_name(path.name + ".sha256").read_text().split()[0]
    return {"segue": json.dumps({"version": 1, "checkpoint": digest, "provenance": {}} | changes)}


def test_damage_and_other_versions_are_refused(path):
    centroids = {"centroids": CODEBOOK.centroids.astype(np.float16)}
    for content in (
        save(centroids, told(path, version=2)),
        save(centroids, told(path, checkpoint="0" * 64)),
        save(centroids, {"segue": "{}"}),
        save(centroids),
        save({"middles": CODEBOOK.centroids}, told(path)),
        save({**centroids, "parents.0": np.zeros(3, dtype=np.int16)}, told(path)),
        b"nothing of the kind",
    ):
        write_hashed(codebook_path(path), content)
        with pytest.raises(CheckpointInvalid):
            load_codebook(path)
    save_codebook(CODEBOOK, path, {})
    with codebook_path(path).open("ab") as file:
        file.write(b"x")
    with pytest.raises(CheckpointInvalid, match="sha256"):
        load_codebook(path)


def test_a_checkpoint_is_needed(tmp_path):
    with pytest.raises(ModelMissing):
        save_codebook(CODEBOOK, tmp_path / "none.safetensors", {})


def test_the_embedder_fills_codes(path):
    waveform = Waveform(np.random.default_rng(3).normal(0, 0.1, 21 * SAMPLE_RATE).astype(np.float32))
    without = load_embedder(path).embed(waveform)
    assert without.codes.shape == (len(without.chunk_embeddings), 0)
    save_codebook(CODEBOOK, path, {})
    heard = load_embedder(path).embed(waveform)
    np.testing.assert_array_equal(heard.codes, CODEBOOK.assign(heard.chunk_embeddings))
    assert heard.codes.shape == (len(heard.chunk_embeddings), 2) and heard.codes.dtype == np.int16


def test_the_lengths_must_agree(path):
    network, spec = load_checkpoint(path, "short_chunk_res")
    with pytest.raises(CheckpointInvalid, match="16"):
        ShortChunkResEmbedder(network, spec, "x", codebook=Codebook(np.ones((2, 3), dtype=np.float32)))


def test_the_codebook_that_ships_belongs_to_the_checkpoint_that_ships():
    assert WEIGHTS.is_file()
    codebook = load_codebook(WEIGHTS)
    assert codebook is not None and codebook.sizes == (256, 64, 16, 4) and codebook.dim == 128
