"""Loop: the one training loop, on CPU or CUDA, that resumes where it was stopped.

AdamW with a linear warm-up and a cosine decay, an exponential moving average of the weights (which is what is evaluated
and exported), metrics as one JSON line per report. Batches are a function of the step number, so a run that
is stopped and resumed sees what an uninterrupted one would have seen; without dropout it ends with the same weights to
the bit, with dropout its masks are others. State is kept as safetensors: no pickles.
"""

from __future__ import annotations

import copy
import json
import logging
import math
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from segue.errors import SegueError

log = logging.getLogger(__name__)

BatchT = TypeVar("BatchT", bound=tuple[Tensor, ...])
N_PREFETCHED = 3


@dataclass(frozen=True)
class LoopConfig:
    """How long and how fast to learn.

    Attributes:
        n_steps: optimiser steps.
        learning_rate: peak, reached after the warm-up.
        weight_decay: of AdamW.
        warmup_steps: linear rise.
        report_every: steps between evaluations; state is saved with each.
        ema_decay: of the weight average.
        bfloat16: autocast; on CPUs with AVX512-BF16 2.5 to 5 times faster.
    """

    n_steps: int
    learning_rate: float = 2e-3
    weight_decay: float = 0.02
    warmup_steps: int = 200
    report_every: int = 500
    ema_decay: float = 0.998
    bfloat16: bool = True

    def rate(self, step: int) -> float:
        """Learning rate of a step."""
        if step < self.warmup_steps:
            return self.learning_rate * (step + 1) / self.warmup_steps
        done = (step - self.warmup_steps) / max(1, self.n_steps - self.warmup_steps)
        return self.learning_rate * (0.5 + 0.5 * math.cos(math.pi * min(1.0, done)))


class Trainer(Generic[BatchT]):
    """Trains one module.

    Args:
        network: trained in place.
        config: how long and how fast.
        run: folder for state and metrics.
        make_batch: step number -> named tuple of tensors on the CPU; called from one other thread.
        losses: network, batch on its device -> named losses, whose sum is minimised.
        evaluate: averaged network on the CPU -> named metrics.
    """

    def __init__(
        self,
        network: nn.Module,
        config: LoopConfig,
        run: Path,
        make_batch: Callable[[int], BatchT],
        losses: Callable[[nn.Module, BatchT], dict[str, Tensor]],
        evaluate: Callable[[nn.Module], dict[str, float]],
    ) -> None:
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.network = network.to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.config, self.run, self.make_batch, self.losses, self.evaluate = config, run, make_batch, losses, evaluate
        self.average = copy.deepcopy(self.network).eval().requires_grad_(False)
        self.optimiser = torch.optim.AdamW(self.network.parameters(), weight_decay=config.weight_decay)
        self.step = 0
        run.mkdir(parents=True, exist_ok=True)

    def fit(self) -> nn.Module:
        """Trains to the end, resuming where an earlier run stopped; answers the averaged network."""
        self._resume()
        sums: dict[str, float] = {}
        started, first = time.monotonic(), self.step
        for batch in self._batches():
            for name, value in self._learn(batch).items():
                sums[name] = sums.get(name, 0.0) + value
            self.step += 1
            if self.step % self.config.report_every == 0 or self.step == self.config.n_steps:
                n = self.step - first
                means = {name: value / n for name, value in sums.items()}
                self._report(means, (time.monotonic() - started) / n)
                sums, first, started = {}, self.step, time.monotonic()
        assert isinstance(self.average, nn.Module)
        return self.average

    def _learn(self, batch: BatchT) -> dict[str, float]:
        for group in self.optimiser.param_groups:
            group["lr"] = self.config.rate(self.step)
        self.network.train()
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.config.bfloat16):
            losses = self.losses(self.network, moved(batch, self.device))
        self.optimiser.zero_grad(set_to_none=True)
        torch.stack(list(losses.values())).sum().backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        nn.utils.clip_grad_norm_(self.network.parameters(), 3.0)
        self.optimiser.step()
        self._update_average()
        return {name: float(value.detach()) for name, value in losses.items()}

    @torch.no_grad()
    def _update_average(self) -> None:
        decay = min(self.config.ema_decay, (self.step + 1) / (self.step + 10))
        averaged = dict(self.average.state_dict())
        for name, value in self.network.state_dict().items():
            if value.is_floating_point():
                averaged[name].lerp_(value, 1.0 - decay)
            else:
                averaged[name].copy_(value)

    def _batches(self) -> Iterator[BatchT]:
        """Batches of the steps still to do, made ahead in another thread."""
        with ThreadPoolExecutor(1) as pool:
            steps = range(self.step, self.config.n_steps)
            waiting = [pool.submit(self.make_batch, step) for step in steps[:N_PREFETCHED]]
            for step in steps:
                batch = waiting.pop(0).result()
                if step + N_PREFETCHED < self.config.n_steps:
                    waiting.append(pool.submit(self.make_batch, step + N_PREFETCHED))
                yield batch

    def _report(self, losses: dict[str, float], seconds_per_step: float) -> None:
        on_cpu = self.average if self.device.type == "cpu" else copy.deepcopy(self.average).cpu()
        metrics = self.evaluate(on_cpu)
        row = {"step": self.step, "seconds_per_step": seconds_per_step, **losses, **metrics}
        rounded = {name: round(value, 4) for name, value in row.items()}
        with (self.run / "metrics.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(rounded) + "\n")
        log.info("%s", rounded)
        self._save()

    def _save(self) -> None:
        tensors = {f"network.{k}": v for k, v in self.network.state_dict().items()}
        tensors |= {f"average.{k}": v for k, v in self.average.state_dict().items()}
        for number, state in self.optimiser.state_dict()["state"].items():
            tensors |= {f"optimiser.{number}.{k}": torch.as_tensor(v) for k, v in state.items()}
        tensors["step"] = torch.tensor(self.step)
        partial = self.run / "state.partial"
        save_file({k: v.contiguous() for k, v in tensors.items()}, partial)
        partial.replace(self.run / "state.safetensors")

    def _resume(self) -> None:
        path = self.run / "state.safetensors"
        if not path.exists():
            return
        tensors = load_file(path)
        self.step = int(tensors.pop("step"))
        self.network.load_state_dict(_under(tensors, "network."))
        self.average.load_state_dict(_under(tensors, "average."))
        state: dict[int, dict[str, Tensor]] = {}
        for name, value in _under(tensors, "optimiser.").items():
            number, _, field = name.partition(".")
            state.setdefault(int(number), {})[field] = value
        groups = self.optimiser.state_dict()["param_groups"]
        self.optimiser.load_state_dict({"state": state, "param_groups": groups})
        log.info("resumed at step %d of %d", self.step, self.config.n_steps)


def moved(batch: BatchT, device: torch.device) -> BatchT:
    """The same named tuple with its tensors on a device."""
    if all(tensor.device == device for tensor in batch):
        return batch
    return type(batch)(*(tensor.to(device) for tensor in batch))


def _under(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}


def averaged_weights(run: Path) -> dict[str, Tensor]:
    """The averaged weights of a run.

    Raises:
        SegueError: there is no such run.
    """
    path = run / "state.safetensors"
    if not path.exists():
        raise SegueError(f"{path} is missing; train this part first, see 'segue train --help'.")
    tensors = load_file(path)
    return {name.removeprefix("average."): value for name, value in tensors.items() if name.startswith("average.")}
