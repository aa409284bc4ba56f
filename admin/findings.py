"""What a check of `refloop doctor` found."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad it is: as it should be; somebody should look; it does not work as promised."""

    ok = "ok"
    warning = "warning"
    broken = "broken"


@dataclass(frozen=True)
class Finding:
    """One check: what was looked at, how it is, and in words what was seen and what to do. Never a secret."""

    check: str
    level: Level
    says: str


def worse(check: str, value: float, warn: float, break_at: float, says: str) -> Finding:
    """A finding by two limits: from `warn` on somebody should look, from `break_at` on it is broken."""
    level = Level.broken if value >= break_at else Level.warning if value >= warn else Level.ok
    return Finding(check, level, says)
