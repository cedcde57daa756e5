"""Scene data: prepared shards as one sequence, mapped into memory, and what they teach."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from segue.errors import SegueError
from training.targets import Panel
from training.teachers.panel import Verdict

Array = NDArray[np.float32]

_MUSIC = ("Music", "Scary music")  # first and last of AudioSet's classes of music, in its order
_VOICES = ("Singing", "Humming")


@dataclass(frozen=True)
class Scenes:
    """Every prepared scene.

    Attributes:
        mels: of each shard, ``(n_scenes, n_frames, n_bands)`` float16 dB, on disk.
        verdict: what the teachers say, rows in the order of the scenes.
    """

    mels: tuple[NDArray[np.float16], ...]
    verdict: Verdict

    def __len__(self) -> int:
        return len(self.verdict.audioset)

    def mel(self, number: int) -> Array:
        """Log-mel of a scene, ``(n_frames, n_bands)`` float32 dB."""
        shard, row = divmod(number, len(self.mels[0]))
        mel: Array = self.mels[shard][row].astype(np.float32)
        return mel

    @classmethod
    def load(cls, cache: Path, name: Literal["mel96", "mel128"]) -> Scenes:
        """All shards that are there.

        Raises:
            SegueError: there are none.
        """
        folders = sorted((cache / "scenes").glob("[0-9]*"))
        if not folders:
            raise SegueError(f"{cache / 'scenes'} is empty; 'segue train prepare-scenes' fills it.")
        mels = tuple(np.load(folder / f"{name}.npy", mmap_mode="r") for folder in folders)
        fields = {
            field: np.concatenate([np.load(folder / f"{field}.npy") for folder in folders]).astype(np.float32)
            for field in Verdict._fields
        }
        return cls(mels, Verdict(**fields))


def evidence_of(verdict: Verdict, panel: Panel) -> Array:
    """Evidence for our tags, ``(n, n_tags)`` float32."""
    logits = {"audioset": verdict.audioset, "jamendo": verdict.jamendo, "msd": verdict.msd}
    return panel.evidence(logits)


def opinions_of(verdict: Verdict, audioset_labels: list[str]) -> Array:
    """Everything that the teachers say of music, each opinion with mean 0 and deviation 1, ``(n, n_opinions)``.

    More than our tags: a network that can answer all of it hears what they hear (Hinton et al. 2015).
    """
    bounds = [(audioset_labels.index(first), audioset_labels.index(last) + 1) for first, last in (_VOICES, _MUSIC)]
    logits = np.concatenate([*(verdict.audioset[:, a:b] for a, b in bounds), verdict.jamendo, verdict.msd], axis=1)
    standard: Array = (logits - logits.mean(axis=0)) / np.maximum(logits.std(axis=0), np.float32(1e-3))
    return np.clip(standard, -4.0, 4.0)


def audioset_labels(teachers: Path) -> list[str]:
    """Names of AudioSet's classes, from ``audioset.npz``."""
    with np.load(teachers / "audioset.npz") as file:
        return [str(label) for label in file["labels"]]
