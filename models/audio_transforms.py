"""The one door to torchaudio; nothing else in Segue imports it.

torchaudio's transforms are pure PyTorch, but its Linux wheel on PyPI carries a native extension
that links CUDA, and importing it beside a CPU-only torch raises ``OSError``. Segue needs the
transforms alone. So: import torchaudio as it comes; where its extension cannot be loaded, put a
stand-in for ``torchaudio._extension`` in place that says "not available", and import once more.
torchaudio then chooses its pure PyTorch code by itself. Written for torchaudio 2.11.0.

The only public name is :class:`MelSpectrogram`.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from types import ModuleType
from typing import NoReturn

from torch import nn

__all__ = ["MelSpectrogram"]

_EXTENSION = "torchaudio._extension"


def _fail_if_no_align(_function: object) -> Callable[..., NoReturn]:
    """Decorator of torchaudio's two functions that cannot work without the native extension."""

    def fail(*_args: object, **_kwargs: object) -> NoReturn:
        raise RuntimeError("forced alignment needs torchaudio's native extension")

    return fail


def extension_stand_in() -> ModuleType:
    """A module with the names that torchaudio's pure PyTorch code asks of its native extension."""
    module = ModuleType(_EXTENSION, "Stand-in: torchaudio's native extension is not available.")
    vars(module).update(
        _IS_TORCHAUDIO_EXT_AVAILABLE=False,
        _IS_ALIGN_AVAILABLE=False,
        fail_if_no_align=_fail_if_no_align,
    )
    return module


def import_transforms() -> ModuleType:
    """Import ``torchaudio.transforms``, with or without torchaudio's native extension.

    Raises:
        ModuleNotFoundError: torchaudio is not installed.
    """
    try:
        return importlib.import_module("torchaudio.transforms")
    except ModuleNotFoundError:
        raise
    except (OSError, ImportError):
        _forget_half_imported()
        sys.modules[_EXTENSION] = extension_stand_in()
        return importlib.import_module("torchaudio.transforms")


def _forget_half_imported() -> None:
    for name in [n for n in sys.modules if n == "torchaudio" or n.startswith("torchaudio.")]:
        del sys.modules[name]


MelSpectrogram: type[nn.Module] = import_transforms().MelSpectrogram
"""``torchaudio.transforms.MelSpectrogram``: ``(..., n_samples) -> (..., n_mels, n_frames)``."""
