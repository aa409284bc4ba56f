"""The one place that asks what time it is.

`now()` is what the world calls now, in UTC. In the demo and in tests it is the system's time plus an offset read from
a file that the sandbox writes, so that days pass in seconds. `monotonic()` is for limiters, leases and timeouts and is
never moved by the offset. Bench and simulator use a driven clock that drives both.
"""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol


class Clock(Protocol):
    """What the rest of the code may ask."""

    def now(self) -> datetime:
        """The time, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds from an arbitrary start, never going back."""
        ...


class SystemClock:
    """The machine's clock, plus the offset that `clock_file` holds, if one is given.

    The file holds seconds as a decimal number; it is read again when it changes. A file that is missing or being
    replaced leaves the offset as it was.
    """

    def __init__(self, clock_file: Path | None = None) -> None:
        self._file = clock_file
        self._stamp = (0, 0)
        self._offset = 0.0

    def offset(self) -> float:
        """By how many seconds this clock is ahead of the machine's; it changes when somebody moves the clock."""
        if self._file is None:
            return 0.0
        try:
            status = self._file.stat()
            stamp = (status.st_mtime_ns, status.st_ino)
            if stamp != self._stamp:
                self._offset = float(self._file.read_text())
                self._stamp = stamp
        except (OSError, ValueError):
            pass
        return self._offset

    def now(self) -> datetime:
        return datetime.fromtimestamp(time.time() + self.offset(), UTC)

    def monotonic(self) -> float:
        return time.monotonic()


class DrivenClock:
    """A clock that moves only when told to; for benches, simulators and pure tests."""

    def __init__(self, start: datetime) -> None:
        self._now = start
        self._monotonic = 0.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    def forward(self, by: timedelta) -> None:
        """Move both faces of the clock; never back."""
        if by < timedelta(0):
            raise ValueError("a clock never goes back")
        self._now += by
        self._monotonic += by.total_seconds()
