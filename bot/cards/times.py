"""Times as people say them, and the times that are proposed to patients; pure.

What staff read is short and names the day when it is not today; what patients read is the whole date in words.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from bot.texts import Markup, t
from models.directory import Directory
from models.values import Language, Priority

_WEEK = 6  # days ahead for which the weekday alone is clear
_LONG_AGO = 300  # days after which a date needs its year
_HALF_HOUR = timedelta(minutes=30)
_OPENS, _CLOSES = 8, 17  # the hours in which an urgent patient is given a time
_CLINIC_TIMES = (time(9, 30), time(14, 30))
_SEARCH = 21  # days: no run of holidays is longer


def short(language: Language, at: datetime, now: datetime, zone: ZoneInfo) -> Markup:
    """A time for staff: 03:12, tomorrow 16:00, Thu 9:30, 12 March 9:30; in the site's zone."""
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    ahead = (local.date() - today).days
    clock = f"{local:%H:%M}" if ahead == 0 else f"{local.hour}:{local:%M}"
    if ahead == 0:
        return t(language, "time-today", clock=clock)
    if abs(ahead) == 1:
        return t(language, "time-tomorrow" if ahead == 1 else "time-yesterday", clock=clock)
    if 1 < ahead <= _WEEK:
        return t(language, "time-week", weekday=t(language, "weekday-short", day=local.weekday()), clock=clock)
    month = t(language, "month-name", month=local.month)
    if abs(ahead) < _LONG_AGO:
        return t(language, "time-date", month=month, day=local.day, clock=clock)
    return t(language, "time-year", year=str(local.year), month=month, day=local.day, clock=clock)


def day_words(language: Language, at: datetime, zone: ZoneInfo) -> Markup:
    """A day for staff: Thu 12 March, with the year when it is another one's."""
    local = at.astimezone(zone)
    month = t(language, "month-name", month=local.month)
    weekday = t(language, "weekday-short", day=local.weekday())
    return t(language, "day-words", weekday=weekday, month=month, day=local.day, year=str(local.year))


def in_words(language: Language, at: datetime, zone: ZoneInfo) -> Markup:
    """A time for patients: "Thursday 5 March, 9:00 am", in the site's zone."""
    local = at.astimezone(zone)
    return t(
        language,
        "time-words",
        weekday=t(language, "weekday-long", day=local.weekday()),
        month=t(language, "month-name", month=local.month),
        day=local.day,
        part=t(language, "part-of-day", part=_part_of_day(local)),
        clock=f"{local.hour % 12 or 12}:{local:%M}",
    )


def _part_of_day(local: datetime) -> str:
    for before, part in ((5, "night"), (12, "morning"), (13, "noon"), (18, "afternoon")):
        if local.hour < before:
            return part
    return "evening"


def proposed(
    priority: Priority, now: datetime, zone: ZoneInfo, directory: Directory, facility: str, department: str | None
) -> list[datetime]:
    """Six times to offer, soonest first (UTC of `now`'s zone).

    stat and asap: the half-hours after the next; urgent: hours of the working day, from an hour on; routine: mornings
    and afternoons of the days on which the department's desk is open, from tomorrow.
    """
    if priority >= Priority.asap:
        first = _half_hour_after(now + _HALF_HOUR)
        return [first + step * _HALF_HOUR for step in range(6)]
    days = _working_days(now.astimezone(zone).date(), directory, facility, department, zone)
    if priority is Priority.urgent:
        earliest = now + timedelta(hours=1)
        hours = (datetime.combine(day, time(hour, 30), zone) for day in days for hour in range(_OPENS, _CLOSES))
        found = (at for at in hours if at >= earliest)
    else:
        tomorrow = now.astimezone(zone).date() + timedelta(days=1)
        found = (datetime.combine(day, at, zone) for day in days if day >= tomorrow for at in _CLINIC_TIMES)
    return [at.astimezone(now.tzinfo) for at in islice(found, 6)]


def _half_hour_after(now: datetime) -> datetime:
    over = timedelta(minutes=now.minute % 30, seconds=now.second, microseconds=now.microsecond)
    return now - over + _HALF_HOUR


def _working_days(
    first: date, directory: Directory, facility: str, department: str | None, zone: ZoneInfo
) -> Iterator[date]:
    place = directory.department(facility, department) if department else None
    for day in (first + timedelta(days=ahead) for ahead in range(_SEARCH)):
        if place is not None and place.desk_hours:
            clinics = (datetime.combine(day, at, zone) for at in _CLINIC_TIMES)
            works = any(directory.desk_open(facility, place.code, at) for at in clinics)
        else:
            works = directory.day_overrides.get(day, day.weekday() < 5)
        if works:
            yield day
