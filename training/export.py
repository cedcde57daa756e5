"""Export: from finished runs to the checkpoints that ship, thresholds calibrated, provenance written in.

A tag's threshold lies where half as many recordings again score above it as carry the tag by label or by teacher, on
the development split: in the gate a tag too many is forgiven sooner than one too few. Scores of a tag that hardly
vary are spread around the threshold, so that every tag uses the range from 0 to 1; a tag that cannot be told from
chance is left out.
"""

from __future__ import annotations

import json
import logging
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from models.checkpoint import save_checkpoint
from models.crnn.network import CRNN
from models.crnn.vocabulary import TAGS
from models.short_chunk_res.network import ShortChunkRes
from models.spec import CRNNSpec
from training import train_crnn, train_short_chunk_res
from training.dataset import Example, load_examples, split
from training.loop import averaged_weights
from training.scores import tag_areas
from training.train_crnn import window_logits

log = logging.getLogger(__name__)

Array = NDArray[np.float32]
MIN_SPREAD = 0.08  # standard deviation of a tag's scores across recordings
ACTIVE_PER_CARRYING = 1.5  # 1 would be the break-even point of precision and recall
MIN_CARRYING = 5  # recordings of real music
MIN_AREA = 0.6  # below this ROC-AUC, on real and studio music, a tag is left out
LICENCE = "MIT"


@dataclass(frozen=True)
class TagCalibration:
    """What is done to one tag's logits at export.

    Attributes:
        threshold: score at or above which the tag is active.
        scale: factor of the logit.
        shift: added afterwards.
    """

    threshold: float
    scale: float = 1.0
    shift: float = 0.0


def export_crnn(cache: Path, teachers: Path, run: Path, target: Path, config_path: Path = train_crnn.CONFIG) -> str:
    """Calibrates and writes the tagger; answers the sha256 of the file."""
    config = tomllib.loads(config_path.read_text())
    network = CRNN(len(TAGS), **config["network"])
    network.load_state_dict(_under("network.", averaged_weights(run)))
    network.eval()
    examples = load_examples(cache, config["data"]["corpora"], ["mel96"], teachers)
    development = [example for example in split(examples, "dev") if example.targets is not None]
    logits = [window_logits(network, example.features.mel96) for example in development]
    scores = np.stack([_sigmoid(rows).mean(axis=0) for rows in logits])
    kept = [i for i, tag in enumerate(TAGS) if _learnt(tag, development, scores)]
    log.info("left out: %s", [tag for i, tag in enumerate(TAGS) if i not in kept])
    calibrations = [_calibrate_on_real(development, logits, i) for i in kept]
    _fold(network, kept, calibrations)
    spec = CRNNSpec(
        name="crnn",
        tags=tuple(TAGS[i] for i in kept),
        thresholds=tuple(round(calibration.threshold, 4) for calibration in calibrations),
        licence=LICENCE,
        provenance=_provenance(config, {"crnn": run}),
        **config["network"],
    )
    return save_checkpoint(network, spec, target, half_precision=True)


def export_short_chunk_res(runs: Path, target: Path, config_path: Path = train_short_chunk_res.CONFIG) -> str:
    """Puts the three trained parts together and writes the embedder; answers the sha256 of the file."""
    config = tomllib.loads(config_path.read_text())
    parts = {part: runs / part for part in ("trunk", "tempo", "key")}
    spec = train_short_chunk_res.network_spec(config, licence=LICENCE, provenance=_provenance(config, parts))
    network = ShortChunkRes(spec)
    weights = {n: t for n, t in averaged_weights(parts["trunk"]).items() if n.split(".")[0] != "opinions"}
    weights |= {f"rhythm.{name}": tensor for name, tensor in averaged_weights(parts["tempo"]).items()}
    weights |= {f"harmony.{name}": tensor for name, tensor in averaged_weights(parts["key"]).items()}
    network.load_state_dict(weights)
    return save_checkpoint(network, spec, target, half_precision=True)


def _calibrate_on_real(development: Sequence[Example], logits: Sequence[Array], column: int) -> TagCalibration:
    """Calibrates a tag on real music where enough of it carries the tag, else on studio music too."""
    carries = _carries(development, column)
    real = np.array([example.entry.corpus == "real" for example in development])
    used = np.flatnonzero(real) if carries[real].sum() >= MIN_CARRYING else np.arange(len(development))
    return calibrate([logits[row][:, column] for row in used.tolist()], carries[used])


def calibrate(logits: Sequence[Array], carries: NDArray[np.bool_]) -> TagCalibration:
    """Threshold of one tag, its scores spread where they hardly vary.

    Args:
        logits: ``(n_windows,)`` of each recording.
        carries: ``(n,)``: recordings that carry the tag.
    """
    n_active = int(np.clip(np.ceil(ACTIVE_PER_CARRYING * carries.sum()), 2, len(logits) - 1))

    def scores(scale: float, shift: float) -> Array:
        return np.array([_sigmoid(scale * rows + shift).mean() for rows in logits], dtype=np.float32)

    def cut(values: Array) -> float:
        return float(np.sort(values)[-n_active])

    plain = scores(1.0, 0.0)
    if plain.std() >= MIN_SPREAD:
        return TagCalibration(_clipped(cut(plain)))
    centre = float(_logit(np.float32(cut(plain))))
    for scale in np.arange(1.0, 8.0, 0.1):
        spread = scores(float(scale), float(-scale * centre))
        if spread.std() >= MIN_SPREAD:
            break
    return TagCalibration(_clipped(cut(spread)), float(scale), float(-scale * centre))


def _clipped(threshold: float) -> float:
    return min(0.9, max(0.02, threshold))


def _learnt(tag: str, development: Sequence[Example], scores: Array) -> bool:
    """Whether the tag can be told on real or on studio music."""
    category = tag.partition("---")[0]
    entries = [example.entry for example in development]
    areas: list[Mapping[str, float]] = [tag_areas(entries, scores, corpus, category) for corpus in ("real", "studio")]
    known = [area[tag] for area in areas if tag in area]
    return not known or max(known) >= MIN_AREA


def _carries(development: Sequence[Example], column: int) -> NDArray[np.bool_]:
    """Recordings whose mean target says that they carry the tag."""
    means = [example.targets.probability[:, column].mean() for example in development if example.targets is not None]
    return np.array(means) >= 0.5


def _fold(network: CRNN, kept: Sequence[int], calibrations: Sequence[TagCalibration]) -> None:
    """Builds selection, scale and shift of the logits into the last layer."""
    scale = torch.tensor([calibration.scale for calibration in calibrations])
    shift = torch.tensor([calibration.shift for calibration in calibrations])
    dense = torch.nn.Linear(network.dense.in_features, len(kept))
    with torch.no_grad():
        dense.weight.copy_(network.dense.weight[list(kept)] * scale[:, None])
        dense.bias.copy_(network.dense.bias[list(kept)] * scale + shift)
    network.dense = dense


def _under(prefix: str, weights: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in weights.items() if name.startswith(prefix)}


def _provenance(config: dict[str, Any], runs: Mapping[str, Path]) -> dict[str, Any]:
    """Configuration and last metrics of the runs, as plain JSON."""
    metrics = {}
    for name, run in runs.items():
        lines = (run / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
        metrics[name] = json.loads(lines[-1])
    return {"config": config, "metrics": metrics}


def _logit(score: Array | np.float32) -> Any:
    clipped = np.clip(score, 1e-5, 1 - 1e-5)
    return np.log(clipped / (1 - clipped))


def _sigmoid(x: Array) -> Array:
    result: Array = (1.0 / (1.0 + np.exp(-x))).astype(np.float32)
    return result
