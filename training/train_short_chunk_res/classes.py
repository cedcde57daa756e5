"""What tempo and key have in common: a distribution over classes, learnt from random crops of features."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from training.dataset import Example

Array = NDArray[np.float32]
Row = tuple[Array, Array, np.float32]
MAX_EVALUATED_FRAMES = 6000


class LabelledBatch(NamedTuple):
    """Crops with a distribution to predict.

    Attributes:
        features: ``(batch, n_bands, n_frames)`` float32.
        target: ``(batch, n_classes)`` float32, rows sum to 1.
        weight: ``(batch,)`` float32.
    """

    features: Tensor
    target: Tensor
    weight: Tensor


def distribution_loss(network: nn.Module, batch: LabelledBatch) -> dict[str, Tensor]:
    """Weighted cross-entropy against soft targets."""
    log_probability = functional.log_softmax(network(batch.features).float(), dim=1)
    loss = -(batch.target * log_probability).sum(dim=1)
    return {"cross_entropy": (loss * batch.weight).sum() / batch.weight.sum()}


def batch_of(rows: Sequence[Row]) -> LabelledBatch:
    """One batch of rows of (features, target, weight)."""
    features, targets, weights = zip(*rows, strict=True)
    return LabelledBatch(
        torch.from_numpy(np.stack(features)), torch.from_numpy(np.stack(targets)), torch.tensor(np.array(weights))
    )


def evaluate_classes(
    development: Sequence[Example], feature: str, score: Callable[[Example, Array], dict[str, float]]
) -> Callable[[nn.Module], dict[str, float]]:
    """Means of a score over whole development recordings, by corpus."""

    @torch.inference_mode()
    def evaluate(network: nn.Module) -> dict[str, float]:
        network.eval()
        sums: dict[str, list[float]] = {}
        for example in development:
            array = getattr(example.features, feature)[:MAX_EVALUATED_FRAMES].astype(np.float32).T
            probability = torch.softmax(network(torch.from_numpy(array.copy())[None]).float(), dim=1)[0].numpy()
            for name, value in score(example, probability).items():
                sums.setdefault(f"{name}_{example.entry.corpus}", []).append(value)
        return {name: float(np.mean(values)) for name, values in sums.items()}

    return evaluate
