"""Working days and desk hours: which day counts, and when a desk that is asked today must have answered.

A day is looked up in the site's own overrides, then in the State Council's published calendar
(chinesecalendar, with the make-up weekends 调休), then in the statutory holidays (holidays, which cannot know
the make-up days of a year not yet published), and at last Monday to Friday. The last two are a guess and say
so.

All arithmetic on hours of the day is in local time; instants come in and go out aware, out in UTC. On the
night the clock goes forward a local time that does not exist becomes the one an hour later; on the night it
goes back the first of the two is meant, which is the stricter.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

import chinese_calendar
from holidays import country_holidays

# Longer than any run of days without a desk (the longest holiday has 9); a desk that never opens must not
# hang us.
_HORIZON = 60
_SATURDAY = 5


class DayKind(StrEnum):
    """What the calendar makes of a day."""

    working = "working"
    make_up = "make_up"  # 调休: a weekend day that is worked
    weekend = "weekend"
    holiday = "holiday"

    @property
    def is_working(self) -> bool:
        return self in (DayKind.working, DayKind.make_up)


class Knowledge(StrEnum):
    """How well a year is known: published; only its statutory holidays; not at all."""

    published = "published"
    statutory_only = "statutory_only"
    weekdays_only = "weekdays_only"


@lru_cache(maxsize=16)
def _statutory(year: int) -> frozenset[date]:
    return frozenset(country_holidays("CN", years=[year]))


@lru_cache(maxsize=4096)
def _official(day: date) -> tuple[bool, bool, bool]:
    """Worked, holiday, published."""
    try:
        worked = chinese_calendar.is_workday(day)
        return worked, not worked and chinese_calendar.get_holiday_detail(day)[1] is not None, True
    except NotImplementedError:
        holiday = day in _statutory(day.year)
        return not holiday and day.weekday() < _SATURDAY, holiday, False


@dataclass(frozen=True)
class WorkCalendar:
    """The site's calendar. `overrides` says of single days whether they are worked and wins over
    everything."""

    zone: ZoneInfo
    overrides: Mapping[date, bool] = field(default_factory=dict)

    def kind(self, day: date) -> DayKind:
        """What this day is."""
        worked, holiday, _ = _official(day)
        if day in self.overrides:
            worked = self.overrides[day]
            holiday = not worked
        if worked:
            return DayKind.make_up if day.weekday() >= _SATURDAY else DayKind.working
        return DayKind.holiday if holiday else DayKind.weekend

    def is_working(self, day: date) -> bool:
        """True on working days, make-up weekends included."""
        return self.kind(day).is_working

    def next_working_day(self, day: date, count: int = 1) -> date:
        """The `count`-th working day after `day`; `day` itself does not count. ValueError when count < 1."""
        if count < 1:
            raise ValueError("count must be 1 or more")
        while count:
            day += timedelta(days=1)
            count -= self.is_working(day)
        return day

    def previous_working_day(self, day: date) -> date:
        """The last working day before `day`."""
        day -= timedelta(days=1)
        while not self.is_working(day):
            day -= timedelta(days=1)
        return day

    def knowledge(self, year: int) -> Knowledge:
        """How well this year is known, overrides aside."""
        if _official(date(year, 7, 1))[2]:
            return Knowledge.published
        return Knowledge.statutory_only if _statutory(year) else Knowledge.weekdays_only

    def guessed_years(self, years: Iterable[int]) -> tuple[int, ...]:
        """Which of these years are not published yet, so that make-up days are unknown: the operator must be
        told."""
        return tuple(year for year in years if self.knowledge(year) is not Knowledge.published)

    def local(self, at: datetime) -> datetime:
        """The instant in the site's local time."""
        return at.astimezone(self.zone)

    def instant(self, day: date, wall: time) -> datetime:
        """The instant, in UTC, when the clock on the wall says this."""
        return datetime.combine(day, wall, self.zone).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Opening:
    """One stretch of a desk's week: weekday (Monday 0), from, to (later the same day)."""

    weekday: int
    opens: time
    closes: time


@dataclass(frozen=True, slots=True)
class DeskHours:
    """When a desk is open. Without openings it keeps `OFFICE_HOURS`, since a desk without hours would never
    owe an answer."""

    openings: tuple[Opening, ...] = ()

    def on(self, kind: DayKind, weekday: int) -> tuple[tuple[time, time], ...]:
        """The stretches of one day, in order; none when closed. A make-up weekend keeps the hours of an
        ordinary day."""
        week = self.openings or OFFICE_HOURS
        if kind is DayKind.holiday:
            return ()
        own = [(part.opens, part.closes) for part in week if part.weekday == weekday]
        if kind is DayKind.make_up and not own:
            ordinary = min(part.weekday for part in week)
            own = [(part.opens, part.closes) for part in week if part.weekday == ordinary]
        return tuple(sorted(own))


# A proposal (evidence A): what a desk keeps until its own hours are in the registry.
OFFICE_HOURS = tuple(
    Opening(weekday, opens, closes)
    for weekday in range(5)
    for opens, closes in ((time(8), time(12)), (time(14), time(17, 30)))
)


@dataclass(frozen=True)
class Desk:
    """A desk in its calendar: the arithmetic of limits that count the desk's working days."""

    calendar: WorkCalendar
    hours: DeskHours = DeskHours()

    def openings(self, day: date) -> tuple[tuple[time, time], ...]:
        """The stretches the desk is open on this day."""
        return self.hours.on(self.calendar.kind(day), day.weekday())

    def is_open(self, at: datetime) -> bool:
        """True while somebody sits there."""
        local = self.calendar.local(at)
        return any(opens <= local.time() < closes for opens, closes in self.openings(local.date()))

    def days_later(self, at: datetime, days: int) -> datetime:
        """The same hour of the desk's `days`-th working day after `at`, moved into its hours (UTC).

        An hour before opening, or at noon, becomes the next opening of that day; one after closing becomes
        the closing.
        """
        local = self.calendar.local(at)
        day = local.date()
        for _ in range(days):
            day = self._step(day, 1)
        return self._within(day, local.time())

    def days_before(self, at: datetime, days: int) -> datetime:
        """The same hour of the desk's `days`-th working day before `at`, moved into its hours (UTC)."""
        local = self.calendar.local(at)
        day = local.date()
        for _ in range(days):
            day = self._step(day, -1)
        return self._within(day, local.time())

    def end_of_day(self, at: datetime) -> datetime:
        """When the desk closes on the local day of `at`; without hours that day, local midnight (UTC)."""
        day = self.calendar.local(at).date()
        openings = self.openings(day)
        if openings:
            return self.calendar.instant(day, openings[-1][1])
        return self.calendar.instant(day + timedelta(days=1), time(0))

    def next_opening(self, at: datetime) -> datetime:
        """`at` itself when the desk is open, else when it opens next (UTC)."""
        if self.is_open(at):
            return at.astimezone(UTC)
        local = self.calendar.local(at)
        for opens, _ in self.openings(local.date()):
            if opens > local.time():
                return self.calendar.instant(local.date(), opens)
        day = self._step(local.date(), 1)
        return self.calendar.instant(day, self.openings(day)[0][0])

    def _step(self, day: date, direction: int) -> date:
        for _ in range(_HORIZON):
            day += timedelta(days=direction)
            if self.openings(day):
                return day
        return day

    def _within(self, day: date, wall: time) -> datetime:
        openings = self.openings(day)
        for opens, closes in openings:
            if wall < opens:
                return self.calendar.instant(day, opens)
            if wall <= closes:
                return self.calendar.instant(day, wall)
        return self.calendar.instant(day, openings[-1][1] if openings else wall)
