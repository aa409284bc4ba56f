"""Days as people type them: 2026-03-05, 3-5, 3/5, 3月5日; pure."""

import re
from datetime import date

_DAY = re.compile(r"(?:(\d{4})\s*[-/年.]\s*)?(\d{1,2})\s*[-/月.]\s*(\d{1,2})\s*日?(?!\d)")


class NoSuchDay(ValueError):
    """A day that the calendar has not, such as 30 February."""


def read_days(text: str, today: date) -> tuple[list[date], str]:
    """The days in a text, in order, and the rest of it.

    A day without a year is the next one: 3-5 said in December is in the coming year, said on 6 March it was yesterday.
    NoSuchDay for what looks like a day and is none.
    """
    found: list[date] = []
    for year, month, day in _DAY.findall(text):
        try:
            meant = date(int(year or today.year), int(month), int(day))
            if not year and (today - meant).days > _LONG_AGO:
                meant = meant.replace(year=today.year + 1)
        except ValueError:
            raise NoSuchDay(f"{month}-{day}") from None
        found.append(meant)
    return found, " ".join(_DAY.sub(" ", text).split())


_LONG_AGO = 180  # days: a day so long over is meant in the coming year
