"""Everything that happens, in order: the stream the page and the tests' phones listen to."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

KEPT_CHANGES = 20_000


@dataclass(frozen=True)
class Change:
    """One thing that happened: `number` counts up by one, `at` is unix time on the sandbox clock."""

    number: int
    kind: str
    at: float
    data: dict[str, Any]


class Journal:
    """Keeps the newest changes and tells listeners of each new one."""

    def __init__(self) -> None:
        self.last = 0
        self._changes: deque[Change] = deque(maxlen=KEPT_CHANGES)
        self._listeners: list[Callable[[Change], None]] = []

    def add(self, kind: str, at: float, data: dict[str, Any]) -> Change:
        self.last += 1
        change = Change(self.last, kind, at, data)
        self._changes.append(change)
        for listener in tuple(self._listeners):
            listener(change)
        return change

    def since(self, number: int) -> list[Change]:
        """What happened after `number`, oldest first (only what is still kept)."""
        return [change for change in self._changes if change.number > number]

    def listen(self, listener: Callable[[Change], None]) -> Callable[[], None]:
        """Calls `listener` for every change from now on; the returned function ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)
