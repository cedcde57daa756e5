"""Recent: things kept in memory for a while, by id; nothing of them ever reaches the disk."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

KEPT_SECONDS = 3600.0
MAX_KEPT = 256

Thing = TypeVar("Thing")


class Recent(Generic[Thing]):
    """The things used last. Safe to use from several threads.

    Args:
        kept_seconds: for how long after its last use a thing is kept.
        max_kept: those not used for longest are dropped beyond so many.
        clock: seconds, never going back.
    """

    def __init__(self, kept_seconds: float, max_kept: int, clock: Callable[[], float]) -> None:
        self.kept_seconds = kept_seconds
        self._max_kept = max_kept
        self._clock = clock
        self._lock = threading.RLock()
        self._kept: OrderedDict[str, tuple[float, Thing]] = OrderedDict()

    def put(self, name: str, thing: Thing) -> None:
        """Keeps a thing, in place of the one that had its name."""
        with self._lock:
            self._drop_old()
            self._kept[name] = (self._clock(), thing)
            self._kept.move_to_end(name)
            while len(self._kept) > self._max_kept:
                self._kept.popitem(last=False)

    def get(self, name: str) -> Thing | None:
        """A thing, which is kept for longer by that; None where there is none any more."""
        with self._lock:
            self._drop_old()
            if name not in self._kept:
                return None
            thing = self._kept[name][1]
            self.put(name, thing)
            return thing

    def change(self, name: str, into: Callable[[Thing], Thing]) -> Thing | None:
        """Puts what a thing becomes in its place, nobody coming between; None where there is none any more."""
        with self._lock:
            thing = self.get(name)
            if thing is None:
                return None
            changed = into(thing)
            self.put(name, changed)
            return changed

    def drop(self, name: str) -> bool:
        """Forgets a thing; False where there was none."""
        with self._lock:
            self._drop_old()
            return self._kept.pop(name, None) is not None

    def __len__(self) -> int:
        """How many are kept."""
        with self._lock:
            self._drop_old()
            return len(self._kept)

    def _drop_old(self) -> None:
        oldest = self._clock() - self.kept_seconds
        while self._kept and next(iter(self._kept.values()))[0] < oldest:
            self._kept.popitem(last=False)


class Keeper(Generic[Thing]):
    """What keeps recent things under rules of its own. Safe to use from several threads.

    Args:
        kept_seconds: for how long after its last use a thing is kept.
        max_kept: those not used for longest are dropped beyond so many.
        clock: seconds, never going back.
    """

    def __init__(
        self,
        kept_seconds: float = KEPT_SECONDS,
        max_kept: int = MAX_KEPT,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._recent: Recent[Thing] = Recent(kept_seconds, max_kept, clock)

    def __len__(self) -> int:
        """How many are kept."""
        return len(self._recent)
