"""Export: from finished runs to the checkpoints that ship, thresholds calibrated, provenance written in.

Both networks score the tags, and the mean of the two counts. A tag's threshold lies where half as many recordings again
score above it as carry the tag by label or by teacher, on the development split: in the gate a tag too many is
forgiven sooner than one too few. Scores of a tag that hardly vary are spread around the threshold, so that every
tag uses the range from 0 to 1; a tag that cannot be told from chance is left out.
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
from torch import nn

from models.checkpoint import save_checkpoint
from models.crnn.network import CRNN
from models.crnn.vocabulary import TAGS
from models.short_chunk_res.network import ShortChunkRes
from models.short_chunk_res.trunk import TagHead
from models.spec import CRNNSpec
from training import train_crnn, train_short_chunk_res
from training.dataset import Example, load_examples, split
from training.loop import averaged_weights
from training.scores import tag_areas
from training.targets import sigmoid
from training.train_crnn import window_logits
from training.train_short_chunk_res.tags import chunk_logits, trained_trunk

log = logging.getLogger(__name__)

Array = NDArray[np.float32]
Opinions = tuple[Array, ...]
"""Logits of one recording: ``(n_windows, n_tags)`` by the CRNN, ``(n_chunks, n_tags)`` by the Short-Chunk ResNet."""

MIN_SPREAD = 0.08  # standard deviation of a tag's scores across recordings
ACTIVE_PER_CARRYING = 1.5  # 1 would be the break-even point of precision and recall
MIN_CARRYING = 5  # recordings of real music
MIN_AREA = 0.6  # below this ROC-AUC, on real and on studio music, a tag is left out
LICENCE = "MIT"
PARTS = ("trunk", "tags", "tempo", "key")


@dataclass(frozen=True)
class TagCalibration:
    """What is done to one tag's logits at export, in both networks.

    Attributes:
        threshold: score at or above which the tag is active.
        scale: factor of the logit.
        shift: added afterwards.
    """

    threshold: float
    scale: float = 1.0
    shift: float = 0.0


def export(
    cache: Path,
    teachers: Path,
    runs: Path,
    targets: tuple[Path, Path],
    config_paths: tuple[Path, Path] = (train_crnn.CONFIG, train_short_chunk_res.CONFIG),
) -> tuple[str, str]:
    """Calibrates the tags of both networks together and writes tagger and embedder.

    Args:
        cache: prepared features.
        teachers: folder of teacher scores.
        runs: finished runs: ``crnn``, ``trunk``, ``tags``, ``tempo`` and ``key``.
        targets: files of the tagger and of the embedder.
        config_paths: configurations of both.

    Returns:
        The sha256 of both files.
    """
    tagger_config, embedder_config = (tomllib.loads(path.read_text()) for path in config_paths)
    crnn, head = _crnn(runs, tagger_config), TagHead(4 * embedder_config["network"]["n_channels"], len(TAGS))
    head.load_state_dict(averaged_weights(runs / "tags"))
    trunk = trained_trunk(runs / "trunk", embedder_config["network"]["n_channels"])
    examples = load_examples(cache, tagger_config["data"]["corpora"], ["mel96", "mel128"], teachers)
    development = [example for example in split(examples, "dev") if example.targets is not None]
    del examples
    opinions = [
        (window_logits(crnn, example.features.mel96), chunk_logits(trunk, head.eval(), example.features.mel128))
        for example in development
    ]
    scores = np.stack([_score(opinion) for opinion in opinions])
    kept = [i for i, tag in enumerate(TAGS) if _learnt(tag, development, scores)]
    log.info("left out: %s", [tag for i, tag in enumerate(TAGS) if i not in kept])
    calibrations = [_calibrate_on_real(development, opinions, i) for i in kept]
    crnn.dense, head.dense2 = _folded(crnn.dense, kept, calibrations), _folded(head.dense2, kept, calibrations)
    tags = tuple(TAGS[i] for i in kept)
    spec = CRNNSpec(
        name="crnn",
        tags=tags,
        thresholds=tuple(round(calibration.threshold, 4) for calibration in calibrations),
        licence=LICENCE,
        provenance=_provenance(tagger_config, {"crnn": runs / "crnn"}),
        **tagger_config["network"],
    )
    tagger = save_checkpoint(crnn, spec, targets[0], half_precision=True)
    return tagger, _export_short_chunk_res(runs, head, tags, embedder_config, targets[1])


def _crnn(runs: Path, config: dict[str, Any]) -> CRNN:
    network = CRNN(len(TAGS), **config["network"])
    weights = averaged_weights(runs / "crnn")
    network.load_state_dict({n.removeprefix("network."): t for n, t in weights.items() if n.startswith("network.")})
    return network.eval()


def _export_short_chunk_res(
    runs: Path, head: TagHead, tags: tuple[str, ...], config: dict[str, Any], target: Path
) -> str:
    """Puts the trained parts together and writes the embedder; answers the sha256 of the file."""
    provenance = _provenance(config, {part: runs / part for part in PARTS})
    spec = train_short_chunk_res.network_spec(config, tags=tags, licence=LICENCE, provenance=provenance)
    network = ShortChunkRes(spec)
    weights = {n: t for n, t in averaged_weights(runs / "trunk").items() if n.split(".")[0] != "opinions"}
    weights |= {f"tags.{name}": tensor for name, tensor in head.state_dict().items()}
    weights |= {f"rhythm.{name}": tensor for name, tensor in averaged_weights(runs / "tempo").items()}
    weights |= {f"harmony.{name}": tensor for name, tensor in averaged_weights(runs / "key").items()}
    network.load_state_dict(weights)
    return save_checkpoint(network, spec, target, half_precision=True)


def _score(opinions: Opinions, scale: float = 1.0, shift: float = 0.0) -> Array:
    """Mean over the networks of the mean score over windows or chunks, as inference does it."""
    means: Array = np.mean([sigmoid(scale * rows + shift).mean(axis=0) for rows in opinions], axis=0)
    return means


def _calibrate_on_real(development: Sequence[Example], opinions: Sequence[Opinions], column: int) -> TagCalibration:
    """Calibrates a tag on real music where enough of it carries the tag, else on studio music too."""
    carries = _carries(development, column)
    real = np.array([example.entry.corpus == "real" for example in development])
    used = np.flatnonzero(real) if carries[real].sum() >= MIN_CARRYING else np.arange(len(development))
    return calibrate([tuple(rows[:, column] for rows in opinions[row]) for row in used.tolist()], carries[used])


def calibrate(opinions: Sequence[Opinions], carries: NDArray[np.bool_]) -> TagCalibration:
    """Threshold of one tag, its scores spread where they hardly vary.

    Args:
        opinions: of each recording, logits of the tag alone: ``(n_windows,)`` by each network.
        carries: ``(n,)``: recordings that carry the tag.
    """
    n_active = int(np.clip(np.ceil(ACTIVE_PER_CARRYING * carries.sum()), 2, len(opinions) - 1))

    def scores(scale: float, shift: float) -> Array:
        return np.array([_score(opinion, scale, shift) for opinion in opinions], dtype=np.float32)

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


def _folded(dense: nn.Linear, kept: Sequence[int], calibrations: Sequence[TagCalibration]) -> nn.Linear:
    """A last layer with selection, scale and shift of the logits built in."""
    scale = torch.tensor([calibration.scale for calibration in calibrations])
    shift = torch.tensor([calibration.shift for calibration in calibrations])
    folded = nn.Linear(dense.in_features, len(kept))
    with torch.no_grad():
        folded.weight.copy_(dense.weight[list(kept)] * scale[:, None])
        folded.bias.copy_(dense.bias[list(kept)] * scale + shift)
    return folded


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
