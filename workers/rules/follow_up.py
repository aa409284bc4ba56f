"""The follow-up plan after a discharge: which days, what kind, by whom, by which rule.

The plan is made once, with the pack of that day, and its rows are kept: a later pack does not move them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from pydantic import Field

from workers.rules.calendar import WorkCalendar
from workers.rules.pack import Pack
from workers.rules.table import Frozen


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One follow-up: the day it is due, what kind, who does it, the rule that put it there."""

    due: date
    kind: str
    who: str
    rule: str


class _Schedule(Frozen):
    days: tuple[int, ...] = Field(min_length=1)
    kind: str
    who: str
    shift: Literal["none", "earlier", "later"]


def plan_after_discharge(
    pack: Pack,
    discharged_on: date,
    calendar: WorkCalendar,
    risk: str | None = None,
    conditions: Iterable[str] = (),
    birth: bool | None = None,
) -> tuple[PlanRow, ...]:
    """The rows of the plan in order of their days, at most one a day; none of them before the day of
    discharge."""
    known = {"risk": risk, "conditions": tuple(conditions), "birth": birth}
    by_day: dict[date, PlanRow] = {}
    for row in pack.tables["after_discharge"].decide(known, discharged_on).rows:
        schedule = _Schedule.model_validate(row.then)
        for days in schedule.days:
            due = _shifted(discharged_on + timedelta(days=days), schedule.shift, calendar)
            by_day.setdefault(due, PlanRow(due, schedule.kind, schedule.who, row.id))
    return tuple(by_day[day] for day in sorted(by_day))


def ask_at(pack: Pack, due: date, calendar: WorkCalendar) -> datetime:
    """The instant (UTC) at which a row of that day falls due."""
    return datetime.combine(due, time.fromisoformat(pack.parameters["ask_at"]), calendar.zone).astimezone(UTC)


def _shifted(day: date, shift: str, calendar: WorkCalendar) -> date:
    if shift == "none" or calendar.is_working(day):
        return day
    return calendar.next_working_day(day) if shift == "later" else calendar.previous_working_day(day)
