"""Whether the working days are known: a year that is not published yet has holidays at best, and no make-up days."""

from datetime import datetime
from zoneinfo import ZoneInfo

from admin.findings import Finding, Level
from workers.rules.calendar import Knowledge, WorkCalendar

_DECEMBER = 12  # by then next year's days are published, and plans reach into it
_WORDS = {
    Knowledge.published: "published",
    Knowledge.statutory_only: "not published: statutory holidays and Monday to Friday, make-up days are not known",
    Knowledge.weekdays_only: "not known: Monday to Friday",
}


def calendar_finding(now: datetime, zone: ZoneInfo) -> Finding:
    """This year's days and the next one's; `now` aware."""
    calendar = WorkCalendar(zone)
    day = calendar.local(now).date()
    known = {year: calendar.knowledge(year) for year in (day.year, day.year + 1)}
    says = "; ".join(f"{year} {_WORDS[knowledge]}" for year, knowledge in known.items())
    needed = [day.year, *([day.year + 1] if day.month == _DECEMBER else [])]
    if calendar.guessed_years(needed):
        return Finding("calendar", Level.warning, f"{says}. Give the days in a network file: `days:`")
    return Finding("calendar", Level.ok, says)
