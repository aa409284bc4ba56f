"""A day and a time as people type them: "tomorrow 14:30", "明天下午两点半", "5 March 9:00", "周四 9:30"; pure.

The whole text must be the time: what has anything else in it is no time, so that nobody's words are taken for one.
"""

import re
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.drafts.days import NoSuchDay, read_days
from bot.drafts.measured import Scan, legible

FARTHEST = timedelta(days=365)


class Unclear(StrEnum):
    """Why a time cannot be taken."""

    unreadable = "unreadable"
    no_clock = "no-clock"
    no_such_day = "no-such-day"
    no_such_time = "no-such-time"
    past = "past"
    too_far = "too-far"


class NotATime(ValueError):
    """No time, and why."""

    def __init__(self, why: Unclear) -> None:
        super().__init__(why)
        self.why = why


_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CHINESE_DIGITS = "零一二三四五六七八九十"
_MONTH = r"(?P<month>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_DAY_NUMBER = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_NAMED_DATE = re.compile(
    rf"\b{_DAY_NUMBER}\s*(?:of\s+)?{_MONTH}(?:[\s,]*(?P<year>\d{{4}})(?![\d:]))?"
    rf"|\b{_MONTH.replace('month', 'month2')}\s*{_DAY_NUMBER.replace('day', 'day2')}(?![\d:])"
    r"(?:[\s,]*(?P<year2>\d{4})(?![\d:]))?"
)
_AHEAD = (
    (re.compile(r"大后天"), 3),
    (re.compile(r"后天|day\s+after\s+tomorrow"), 2),
    (re.compile(r"明天|明日|(?<!大)明(?=[早晚上下])|tomorrow|tmr"), 1),
    (re.compile(r"今天|今日|今(?=[早晚])|today|tonight"), 0),
)
_WEEKDAY = re.compile(
    r"(?P<next>下个?|next\s+)?(?:这|本|this\s+|on\s+)?"
    r"(?:(?:周|星期|礼拜)(?P<chinese>[一二三四五六日天])|\b(?P<english>mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?)"
)
_PART = (
    r"(?P<part>早上|早晨|清晨|上午|中午|下午|傍晚|晚上|凌晨|夜里|早|晚"
    r"|in\s+the\s+(?:morning|afternoon|evening)|morning|afternoon|evening|night)?"
)
_HOUR, _MINUTE = r"(?P<hour>\d{1,2}|十[一二]?|二十[一二三]?|[一二三四五六七八九两])", r"(?P<minute>\d{1,2})"
_CLOCK = re.compile(
    rf"{_PART}\s*(?:at\s+)?(?<!\d){_HOUR}\s*"
    rf"(?:[:.]\s*{_MINUTE}(?!\d)|[点时](?:钟|整|(?P<half>半)|(?P<quarter>一刻)|(?P<minute2>\d{{1,2}})分?)?)?"
    r"\s*(?P<half_day>[ap]\.?m\.?(?![a-z]))?"
)
_BETWEEN = re.compile(r"[\s,;.、，。!]|\bat\b|\bon\b|的|\bthe\b")
_AFTERNOON = ("下午", "傍晚", "晚", "afternoon", "evening", "night")
_NIGHT = ("晚", "夜", "night", "evening")


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a text says of a time, before it is known what day it is today.

    `ahead`: days from today; `weekday`: 0 is Monday, `next_week` for the one of the coming week; `numbers`: a date by
    its numbers, read later; `clock`: minutes since midnight.
    """

    ahead: int | None = None
    weekday: int | None = None
    next_week: bool = False
    numbers: str = ""
    named: tuple[int | None, int, int] | None = None
    clock: int | None = None
    wrong: Unclear | None = field(default=None)


def spoken(text: str) -> Spoken | None:
    """What a text says of a time; None when it has anything else in it, or nothing of a time."""
    scan = Scan(legible(text).lower())
    found: dict[str, object] = {}
    for pattern, days in _AHEAD:
        if scan.take(pattern):
            found["ahead"] = days
            break
    if weekday := scan.take(_WEEKDAY):
        of = weekday["chinese"]
        found["weekday"] = min("一二三四五六日天".index(of), 6) if of else _WEEKDAYS.index(weekday["english"])
        found["next_week"] = bool(weekday["next"])
    if named := scan.take(_NAMED_DATE):
        month = _MONTHS.index(named["month"] or named["month2"]) + 1
        year = named["year"] or named["year2"]
        found["named"] = (int(year) if year else None, month, int(named["day"] or named["day2"]))
    elif numbers := scan.take(_NUMBERS):
        found["numbers"] = numbers[0]
    found |= _clock(scan)
    if not found or _BETWEEN.sub("", scan.text):
        return None
    return Spoken(**found)  # type: ignore[arg-type]


_NUMBERS = re.compile(r"(?<![\d/.-])(?:\d{4}\s*[-/年.]\s*)?\d{1,2}\s*[-/月]\s*\d{1,2}\s*(?:日|号|(?![\d/:.-]))")


def _clock(scan: Scan) -> dict[str, object]:
    found = next((each for each in _CLOCK.finditer(scan.text) if _is_clock(each)), None)
    if found is None:
        return {}
    scan.text = f"{scan.text[: found.start()]} {scan.text[found.end() :]}"
    hour = _number(found["hour"])
    minute = int(found["minute"] or found["minute2"] or 0) + (30 if found["half"] else 15 if found["quarter"] else 0)
    part, half_day = found["part"] or "", (found["half_day"] or "").replace(".", "")
    if half_day and not 1 <= hour <= 12:
        return {"wrong": Unclear.no_such_time}
    if half_day:
        hour = hour % 12 + (12 if half_day == "pm" else 0)
    elif hour == 12 and any(word in part for word in _NIGHT):
        return {"wrong": Unclear.no_such_time}  # noon or midnight?
    elif (hour < 12 and any(word in part for word in _AFTERNOON)) or (part == "中午" and hour < 3):
        hour += 12
    if hour > 23 or minute > 59:
        return {"wrong": Unclear.no_such_time}
    return {"clock": hour * 60 + minute}


def _is_clock(found: re.Match[str]) -> bool:
    """A bare number is none: it needs minutes, a 点, am or pm, or a part of the day."""
    named = (found["minute"], found["half_day"], found["part"])
    return any(named) or "点" in found[0] or "时" in found[0]


def _number(text: str) -> int:
    if text.isascii():
        return int(text)
    if text == "两":
        return 2
    tens, ten, ones = text.rpartition("十")
    digits = [_CHINESE_DIGITS.index(each) for each in (tens, ones) if each]
    if not ten:
        return digits[0]
    return (_CHINESE_DIGITS.index(tens) if tens else 1) * 10 + (_CHINESE_DIGITS.index(ones) if ones else 0)


def moment(said: Spoken, now: datetime, zone: ZoneInfo) -> datetime:
    """The time that is meant, in UTC; NotATime when there is none, or it is over, or more than a year away.

    A clock time alone is of today; a weekday is the next one, today included.
    """
    if said.wrong is not None:
        raise NotATime(said.wrong)
    day = _day(said, now.astimezone(zone).date())
    if said.clock is None:
        raise NotATime(Unclear.no_clock)
    local = datetime.combine(day, time(*divmod(said.clock, 60)), zone)
    at = local.astimezone(now.tzinfo)
    if at.astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise NotATime(Unclear.no_such_time)  # the hour that the clocks leave out
    if at <= now:
        raise NotATime(Unclear.past)
    if at - now > FARTHEST:
        raise NotATime(Unclear.too_far)
    return at


def _day(said: Spoken, today: date) -> date:
    days: list[date] = []
    if said.ahead is not None:
        days.append(today + timedelta(days=said.ahead))
    if said.named is not None:
        year, month, number = said.named
        days.append(_dated(f"{year}-{month}-{number}" if year else f"{month}-{number}", today))
    if said.numbers:
        days.append(_dated(said.numbers.replace("号", "日"), today))
    if said.weekday is not None:
        ahead = (said.weekday - today.weekday()) % 7
        if said.next_week:
            ahead = said.weekday - today.weekday() + 7
        if not days:
            return today + timedelta(days=ahead)
        if days[0].weekday() != said.weekday:
            raise NotATime(Unclear.no_such_day)  # "Monday 5 March" where the 5th is a Thursday
    if len(set(days)) > 1:
        raise NotATime(Unclear.no_such_day)
    return days[0] if days else today


def _dated(text: str, today: date) -> date:
    try:
        days, _ = read_days(text, today)
    except NoSuchDay:
        raise NotATime(Unclear.no_such_day) from None
    return days[0]
