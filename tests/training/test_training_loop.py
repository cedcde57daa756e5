from __future__ import annotations

import json
from typing import NamedTuple

import pytest
import torch
from torch import Tensor, nn

from training.loop import LoopConfig, Trainer, moved

CONFIG = LoopConfig(n_steps=12, learning_rate=0.05, warmup_steps=2, report_every=4, ema_decay=0.5, bfloat16=False)


class Pairs(NamedTuple):
    x: Tensor
    y: Tensor


def pairs(step: int) -> Pairs:
    x = torch.randn(16, 3, generator=torch.Generator().manual_seed(step))
    return Pairs(x, x @ torch.tensor([[1.0], [-2.0], [0.5]]))


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.BatchNorm1d(3), nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 1))


def losses(network: nn.Module, batch: Pairs) -> dict[str, Tensor]:
    return {"squares": (network(batch.x) - batch.y).square().mean()}


def trainer(run, config=CONFIG, make_batch=pairs) -> Trainer[Pairs]:
    test = pairs(10_000)

    def evaluate(network: nn.Module) -> dict[str, float]:
        assert not network.training
        with torch.no_grad():
            return {"test": float(losses(network, test)["squares"])}

    return Trainer(network(), config, run, make_batch, losses, evaluate)


def rows(run) -> list[dict[str, float]]:
    return [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]


def test_it_learns(tmp_path):
    config = LoopConfig(n_steps=150, learning_rate=0.05, warmup_steps=5, report_every=75, ema_decay=0.9)
    trainer(tmp_path, config).fit()
    first, last = rows(tmp_path)
    assert (first["step"], last["step"]) == (75, 150)
    assert last["test"] < 0.5 and last["squares"] < first["squares"]
    assert first["seconds_per_step"] >= 0


def test_resumed_is_uninterrupted_to_the_bit(tmp_path):
    whole = trainer(tmp_path / "whole")
    whole.fit()

    def broken(step: int) -> Pairs:
        if step == 9:
            raise KeyboardInterrupt
        return pairs(step)

    with pytest.raises(KeyboardInterrupt):
        trainer(tmp_path / "parts", make_batch=broken).fit()
    assert [row["step"] for row in rows(tmp_path / "parts")] == [4, 8]

    drawn = []
    resumed = trainer(tmp_path / "parts", make_batch=lambda step: (drawn.append(step), pairs(step))[1])
    resumed.fit()
    assert drawn == [8, 9, 10, 11]
    for mine, theirs in ((whole.network, resumed.network), (whole.average, resumed.average)):
        for name, tensor in mine.state_dict().items():
            assert torch.equal(tensor, theirs.state_dict()[name]), name
    without_clock = [[{**row, "seconds_per_step": 0} for row in rows(tmp_path / part)] for part in ("whole", "parts")]
    assert without_clock[0] == without_clock[1]


def test_a_finished_run_is_only_read(tmp_path):
    first = trainer(tmp_path).fit().state_dict()

    def none(step: int) -> Pairs:
        raise AssertionError("nothing is left to do")

    again = trainer(tmp_path, make_batch=none).fit().state_dict()
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert len(rows(tmp_path)) == 3


def test_state_holds_no_pickle(tmp_path):
    trainer(tmp_path).fit()
    assert {path.name for path in tmp_path.iterdir()} == {"metrics.jsonl", "state.safetensors"}


def test_learning_rate_rises_then_falls():
    config = LoopConfig(n_steps=100, learning_rate=1.0, warmup_steps=10)
    rates = [config.rate(step) for step in range(101)]
    assert rates[0] == pytest.approx(0.1) and rates[10] == pytest.approx(1.0)
    assert rates[:10] == sorted(rates[:10]) and rates[10:] == sorted(rates[10:], reverse=True)
    assert rates[100] == pytest.approx(0.0)


def test_the_average_is_short_at_first(tmp_path):
    one = trainer(tmp_path)
    before = one.network[1].weight.detach().clone()
    one._learn(pairs(0))
    after, average = one.network[1].weight, one.average[1].weight
    torch.testing.assert_close(average, 0.1 * before + 0.9 * after)


def test_batches_move_as_a_whole():
    batch = pairs(0)
    assert moved(batch, torch.device("cpu")) is batch
    there = moved(batch, torch.device("meta"))
    assert isinstance(there, Pairs) and {tensor.device.type for tensor in there} == {"meta"}
