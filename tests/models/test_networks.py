"""The two networks: shapes, variable lengths, equivariance, heads."""

from __future__ import annotations

import math

import pytest
import torch

from models.crnn.network import CRNN, MIN_FRAMES
from models.frontend import LogFrequency
from models.short_chunk_res.harmony import KeyBranch, standardise
from models.short_chunk_res.network import ShortChunkRes, ShortChunkResTagger, without_training_heads
from models.short_chunk_res.rhythm import RhythmBranch, Tempogram, autocorrelation
from models.spec import KEY_CLASSES, LogFrequencySpec, LogMelSpec, ShortChunkResSpec, TempoGrid


@pytest.fixture(autouse=True)
def _seed():
    torch.manual_seed(2)


def small_spec(**changes) -> ShortChunkResSpec:
    return ShortChunkResSpec(**{"name": "small", "n_channels": 4, **changes})


@pytest.mark.parametrize("n_frames", [MIN_FRAMES, 200, 1813, 2000])
def test_crnn_takes_any_number_of_frames(n_frames):
    network = CRNN(n_tags=7, n_channels=4, hidden_size=8).eval()
    assert network(torch.randn(2, 96, n_frames)).shape == (2, 7)


def test_crnn_is_the_published_size():
    shapes = {k: tuple(v.shape) for k, v in CRNN(50).state_dict().items()}
    assert len(shapes) == 43  # 45 published entries less the two front-end tables
    assert shapes["layer2.conv.weight"] == (128, 64, 3, 3)
    assert shapes["layer5.weight_ih_l0"] == (96, 128)
    assert shapes["dense.weight"] == (50, 32)


def test_crnn_answers_per_item_and_from_the_last_step():
    network = CRNN(n_tags=3, n_channels=4, hidden_size=8).eval()
    x = torch.randn(3, 96, 400)
    torch.testing.assert_close(network(x)[1:2], network(x[1:2]))
    assert network.summarise(x).abs().max() < 1


def test_short_chunk_res_outputs():
    spec = small_spec(tags=("genre---techno", "genre---house"), texture_dim=384)
    out = ShortChunkRes(spec).eval()(torch.randn(3, 128, 231), torch.rand(3, 252, 29))
    assert out.embedding.shape == (3, 128)
    torch.testing.assert_close(out.embedding.norm(dim=1), torch.ones(3))
    assert out.tempo_logits.shape == (3, 256)
    assert out.key_logits.shape == (3, 24)
    assert out.energy.shape == (3,) and bool(((out.energy > 0) & (out.energy < 1)).all())
    assert out.tag_logits is not None and out.tag_logits.shape == (3, 2)
    assert out.texture is not None and out.texture.shape == (3, 384)


def test_every_weight_learns():
    network = ShortChunkRes(small_spec(tags=("genre---techno",), texture_dim=8))
    out = network(torch.randn(4, 128, 231), torch.rand(4, 252, 29))
    sum(part.square().sum() for part in out).backward()
    assert [name for name, p in network.named_parameters() if p.grad is None] == []


def test_outputs_are_float32_under_bf16_autocast():
    network = ShortChunkRes(small_spec(tags=("genre---techno",), texture_dim=8)).eval()
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        out = network(torch.randn(2, 128, 231), torch.rand(2, 252, 29))
    assert {part.dtype for part in out} == {torch.float32}


def test_training_head_is_dropped_for_inference():
    spec = small_spec(texture_dim=8)
    network = ShortChunkRes(spec).eval()
    copy, copy_spec = without_training_heads(network, spec)
    assert copy_spec.texture_dim is None and copy.texture is None and not copy.training
    x, y = torch.randn(2, 128, 231), torch.rand(2, 252, 29)
    torch.testing.assert_close(copy(x, y).embedding, network(x, y).embedding)
    assert copy(x, y).texture is None


def test_short_chunk_tagger_shape():
    assert ShortChunkResTagger(n_tags=5, n_channels=4).eval()(torch.randn(2, 128, 231)).shape == (2, 5)


@pytest.mark.parametrize("semitones", [1, 5, 11, 12])
def test_key_logits_turn_with_the_music(semitones):
    branch = KeyBranch(LogFrequencySpec()).eval()
    x = torch.rand(2, 252, 29)
    with torch.no_grad():
        heard, transposed = branch(x), branch(x.roll(3 * semitones, dims=1))
    turned = heard.reshape(2, 2, 12).roll(semitones, dims=2).flatten(1)
    torch.testing.assert_close(transposed, turned, atol=1e-5, rtol=1e-4)
    assert float((heard.amax(1) - heard.amin(1)).min()) > 1e-5


def test_key_logits_turn_with_transposed_notes():
    spec = LogFrequencySpec()
    seconds = torch.arange(59_049, dtype=torch.float64) / 16_000
    notes = 440 * 2.0 ** ((torch.tensor([60, 64, 67, 60 + 7]) - 69) / 12)

    def heard(ratio: float) -> torch.Tensor:
        tones = torch.sin(2 * math.pi * ratio * notes[:, None] * seconds)
        return LogFrequency(spec)(tones.mean(0).float().unsqueeze(0))

    branch = KeyBranch(spec).eval()
    with torch.no_grad():
        plain, higher = branch(heard(1.0)), branch(heard(2 ** (2 / 12)))
    turned = plain.reshape(2, 12).roll(2, dims=1).flatten()
    assert float((higher[0] - turned).abs().max()) < 0.1 * float(plain.max() - plain.min())


def test_key_classes_order():
    assert KEY_CLASSES[0] == "C major" and KEY_CLASSES[9] == "A major"
    assert KEY_CLASSES[12] == "C minor" and KEY_CLASSES[21] == "A minor"
    assert len(set(KEY_CLASSES)) == 24


def test_key_input_is_free_of_level_and_silence_is_finite():
    x = torch.rand(1, 252, 29)
    torch.testing.assert_close(standardise(3 * x), standardise(x), atol=1e-2, rtol=1e-2)
    assert bool(torch.isfinite(KeyBranch(LogFrequencySpec()).eval()(torch.zeros(1, 252, 29))).all())


@pytest.mark.parametrize("n_frames", [63, 231, 738])
def test_rhythm_branch_takes_any_length(n_frames):
    branch = RhythmBranch(LogMelSpec(n_mels=128), TempoGrid()).eval()
    logits = branch(torch.randn(2, 128, n_frames))
    assert logits.shape == (2, 256) and bool(torch.isfinite(logits).all())


def test_silence_has_a_finite_tempo_distribution_and_gradient():
    branch = RhythmBranch(LogMelSpec(n_mels=128), TempoGrid())
    branch(torch.full((2, 128, 231), -100.0)).square().sum().backward()
    assert all(bool(torch.isfinite(p.grad).all()) for p in branch.parameters())


def test_autocorrelation_peaks_at_the_period():
    clicks = torch.zeros(1, 462)
    clicks[0, ::31] = 1.0
    heard = autocorrelation(clicks)[0]
    assert float(heard[0]) == pytest.approx(1.0, abs=1e-2)
    assert int(heard[10:50].argmax()) + 10 == 31
    assert autocorrelation(torch.ones(1, 100)).abs().max() < 1e-3


def test_tempogram_reads_the_lag_of_each_bin():
    grid = TempoGrid()
    tempogram = Tempogram(62.5, grid)
    ramp = torch.arange(400.0).reshape(1, 1, 400)
    lags = tempogram._sample(ramp)[0]
    bin_120 = round(grid.position(120.0))
    assert float(lags[0, bin_120]) == pytest.approx(62.5 * 60 / grid.bins_bpm()[bin_120], rel=1e-5)
    assert float(tempogram._sample(ramp[..., :50])[0, 0, 0]) == 0.0  # 40 BPM lies beyond 50 frames


def test_rhythm_branch_learns_click_tempi():
    """A few steps on clicks are enough to tell tempi that were never trained on."""
    grid = TempoGrid(n_bins=64)
    branch = RhythmBranch(LogMelSpec(n_mels=128), grid).train()
    optimiser = torch.optim.AdamW(branch.parameters(), lr=5e-3)
    generator = torch.Generator().manual_seed(7)

    def clicks(bpm: torch.Tensor) -> torch.Tensor:
        x = torch.full((len(bpm), 128, 231), -60.0)
        for row, tempo in enumerate(bpm.tolist()):
            period = 62.5 * 60 / tempo
            phase = float(torch.rand((), generator=generator)) * period
            n_clicks = int((231 - phase - 1) // period) + 1
            x[row, :, (phase + period * torch.arange(n_clicks)).long()] = 0.0
        return x + torch.randn(x.shape, generator=generator)

    for _ in range(45):
        bpm = 80 * 2 ** torch.rand(16, generator=generator)
        bins = torch.tensor([round(grid.position(t)) for t in bpm.tolist()])
        loss = torch.nn.functional.cross_entropy(branch(clicks(bpm)), bins)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    bpm = torch.tensor([85.0, 97.0, 113.0, 128.0, 140.0, 152.0])
    with torch.no_grad():
        estimated = [grid.bins_bpm()[k] for k in branch.eval()(clicks(bpm)).argmax(1).tolist()]
    within = [abs(math.log2(e / r)) < math.log2(1.06) for e, r in zip(estimated, bpm.tolist(), strict=True)]
    assert sum(within) >= 5, estimated
