"""The written forms of a network file: ids, days, hours, phone numbers, births, time zones."""

import re
from datetime import date
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field

from models.phones import normal_phone
from models.week import WEEKDAYS, minute_of_day

_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


def _an_id(text: str) -> str:
    if not _ID.fullmatch(text):
        raise ValueError(f"{text!r} cannot be an id; use small letters, digits, - and _, such as county-1")
    return text


def _a_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{name!r} is not a time zone; write it such as Asia/Shanghai") from None
    return name


def _days(given: Any) -> Any:
    """all, mon-fri, sat,sun or a list of days, as the numbers of weekdays (Monday is 0)."""
    words = ",".join(str(each) for each in given) if isinstance(given, list) else str(given)
    found: set[int] = set()
    for word in words.replace(" ", "").lower().split(","):
        first, dash, last = word.partition("-")
        if word == "all":
            found.update(range(7))
        elif first in WEEKDAYS and (last in WEEKDAYS or not dash):
            start, stop = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
            found.update(day % 7 for day in range(start, stop + 1 if start <= stop else stop + 8))
        else:
            raise ValueError(f"{word!r} is not a day; write all, mon-fri, or mon,wed,sun")
    return sorted(found)


def _hours(text: str) -> tuple[str, str]:
    """08:00-17:30 as its two times; an end not after the start is on the next day."""
    starts, dash, ends = text.replace(" ", "").partition("-")
    if not dash:
        raise ValueError(f"{text!r} are not hours; write them such as 08:00-17:30")
    if minute_of_day(starts) == 24 * 60:
        raise ValueError(f"{text!r} starts at 24:00; write 00:00 of the next day")
    minute_of_day(ends)
    return starts, ends


def _birth(text: str) -> str:
    try:
        date.fromisoformat(text + "-01-01"[: 10 - len(text)] if len(text) in (4, 7) else text)
    except ValueError:
        raise ValueError("is not a birth date; write 1954, 1954-03 or 1954-03-02") from None
    return text


Id = Annotated[str, AfterValidator(_an_id)]
Phone = Annotated[str, AfterValidator(normal_phone)]
Zone = Annotated[str, AfterValidator(_a_zone)]
Days = Annotated[list[int], BeforeValidator(_days)]
Hours = Annotated[str, AfterValidator(lambda text: "-".join(_hours(text)))]
Birth = Annotated[str, AfterValidator(_birth)]
Words = Annotated[str, Field(min_length=1, max_length=200)]
Number24 = Annotated[str, Field(min_length=3, max_length=40, pattern=r"^[0-9+\-() /]+$")]
