"""Windows of the week on a wall clock: desk hours, duty, cover."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = 24 * 60


@lru_cache(maxsize=2 * _DAY)  # a rota of a thousand rows has a dozen times
def minute_of_day(text: str) -> int:
    """HH:MM as minutes from midnight, 24:00 as 1440; ValueError for anything else."""
    hours, _, minutes = text.partition(":")
    if not re.fullmatch("[0-9]{2}:[0-9]{2}", text):
        raise ValueError(f"{text!r} is not a time; write HH:MM, such as 08:30")
    total = int(hours) * 60 + int(minutes)
    if int(minutes) > 59 or total > _DAY:
        raise ValueError(f"{text!r} is not a time of the day; 00:00 to 24:00")
    return total


@dataclass(frozen=True, slots=True)
class Window:
    """From one minute of the day to another on weekdays (0: Monday); an end not after its start: next day."""

    days: frozenset[int]
    start: int
    end: int

    @classmethod
    def of(cls, starts: str, ends: str, days: frozenset[int] = frozenset(range(7))) -> "Window":
        """The window between two wall-clock times, HH:MM."""
        return cls(days, minute_of_day(starts), minute_of_day(ends))

    @classmethod
    def from_row(cls, row: dict[str, Any]) -> "Window":
        """The window as a JSON column holds it: {"days": [0, 4], "starts": "08:00", "ends": "17:30"}."""
        return cls.of(row["starts"], row["ends"], frozenset(row["days"]))

    @property
    def over_midnight(self) -> bool:
        """Whether it ends on the next day."""
        return self.end <= self.start

    def day_of(self, local: datetime) -> date | None:
        """The day whose window holds this wall-clock time, whatever its weekday; None when no day's does.

        Just after midnight that is the day before, for a window that goes over midnight.
        """
        minute = local.hour * 60 + local.minute
        if self.start <= minute and (self.over_midnight or minute < self.end):
            return local.date()
        if self.over_midnight and minute < self.end:
            return local.date() - timedelta(days=1)
        return None

    def holds(self, local: datetime) -> bool:
        """Whether this wall-clock time is in the window."""
        day = self.day_of(local)
        return day is not None and day.weekday() in self.days

    def spans(self) -> list[tuple[int, int]]:
        """The window as minutes from Monday 00:00, each span within one week."""
        week, found = 7 * _DAY, []
        for day in self.days:
            start = day * _DAY + self.start
            end = day * _DAY + self.end + (_DAY if self.over_midnight else 0)
            found.append((start, min(end, week)))
            if end > week:
                found.append((0, end - week))
        return sorted(found)

    def overlaps(self, other: "Window") -> bool:
        """Whether some minute of the week is in both."""
        return any(a < d and c < b for a, b in self.spans() for c, d in other.spans())
