"""The clock of the sandbox: the system's, plus an offset that only ever grows.

The offset lives in a text file (seconds, decimal) that the program under test reads too; that file
is the whole agreement between the two, neither imports the other.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path


class SandboxClock:
    """Tells the sandbox's time; only `advance_to` changes it."""

    def __init__(self, file: Path | None = None) -> None:
        """`file`: where the offset is kept; None keeps it in memory only."""
        self._file = file
        self._offset = _read_offset(file) if file else 0.0

    @property
    def offset(self) -> float:
        """Seconds the sandbox is ahead of the system clock."""
        return self._offset

    def now(self) -> datetime:
        """Aware UTC time."""
        return _system_now() + timedelta(seconds=self._offset)

    def stamp(self) -> float:
        """Unix time in seconds, as Telegram's `date` fields count it."""
        return self.now().timestamp()

    def advance_to(self, target: datetime) -> None:
        """Moves forward to `target`; a target in the past changes nothing."""
        ahead = (target - _system_now()).total_seconds()
        if ahead <= self._offset:
            return
        self._offset = ahead
        if self._file:
            # Readers look at any moment: they must find the old number or the new one, never half of one.
            draft = self._file.with_name(self._file.name + ".new")
            draft.write_text(f"{ahead:.6f}\n", encoding="ascii")
            draft.replace(self._file)


def _system_now() -> datetime:
    return datetime.now(UTC)


def _read_offset(file: Path) -> float:
    try:
        text = file.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return 0.0
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"clock file {file.name}: expected a number of seconds, found {text[:40]!r}") from None
