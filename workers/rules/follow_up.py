"""The follow-up plan after a discharge, a birth or an enrolment: which days, what kind, by whom, by which rules.

The plan is made once, with the pack of that day, and its rows are kept: a later pack does not move them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal

from pydantic import Field

from workers.rules.calendar import WorkCalendar
from workers.rules.pack import Pack, PackRef
from workers.rules.table import Frozen
from workers.rules.visit import months_later


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One follow-up: the day it is due, what kind, who does it, the rules that put it there (the first of them is
    `rule`)."""

    due: date
    kind: str
    who: str
    rules: tuple[str, ...]

    @property
    def rule(self) -> str:
        return self.rules[0]


@dataclass(frozen=True, slots=True)
class FollowUpDecision:
    """A plan: its rows in order of their days, what was not known, and the pack it came from."""

    rows: tuple[PlanRow, ...]
    data_incomplete: tuple[str, ...]
    inputs: Mapping[str, Any]
    pack: PackRef


class Schedule(Frozen):
    """When a row of a plan falls due, what kind it is, who does it."""

    days: tuple[int, ...] = ()
    months: tuple[int, ...] = ()
    weeks: tuple[int, ...] = ()
    start: Literal["event", "birth"] = Field("event", alias="from")
    kind: str
    who: str
    shift: Literal["none", "earlier", "later"]


_TABLES = ("after_discharge", "after_birth", "enrolment")
_KINDS = ("visit", "call", "check_in")  # the most demanding first


def plan_follow_up(pack: Pack, given: Mapping[str, Any], day: date, calendar: WorkCalendar) -> FollowUpDecision:
    """The plan that begins on `day` (of the discharge or the enrolment).

    `given`: values by the pack's input names; None or absent is unknown. birth_date: a date, or ISO text.
    At most one row a day; none before `day`.
    """
    stored = {name: value for name, value in given.items() if value not in (None, (), [])}
    columns = pack.inputs
    missing = [name for name, value in stored.items() if columns[name].range and columns[name].absurd(value)]
    known = {name: value for name, value in stored.items() if name not in missing}
    if "maternal" in known.get("programmes", ()) and "gestation_weeks" not in known:
        known["gestation_weeks"] = pack.parameters["assumed_gestation_weeks"]
        missing.append("gestation_weeks")
    found: dict[date, PlanRow] = {}
    for table in _TABLES:
        for row in pack.tables[table].decide(known, day).rows:
            schedule = Schedule.model_validate(row.then)
            for wanted in _days(schedule, day, known):
                due = _shifted(wanted, day, schedule.shift, calendar)
                found[due] = _together(found.get(due), PlanRow(due, schedule.kind, schedule.who, (row.id,)))
    return FollowUpDecision(tuple(found[due] for due in sorted(found)), tuple(dict.fromkeys(missing)), stored, pack.ref)


def plan_after_discharge(
    pack: Pack,
    discharged_on: date,
    calendar: WorkCalendar,
    risk: str | None = None,
    conditions: Iterable[str] = (),
    birth: bool | None = None,
) -> tuple[PlanRow, ...]:
    """The rows of the plan after a discharge."""
    given = {"event": "discharge", "risk": risk, "conditions": tuple(conditions), "birth": birth}
    return plan_follow_up(pack, given, discharged_on, calendar).rows


def ask_at(pack: Pack, due: date, calendar: WorkCalendar) -> datetime:
    """The instant (UTC) at which a row of that day falls due."""
    return datetime.combine(due, time.fromisoformat(pack.parameters["ask_at"]), calendar.zone).astimezone(UTC)


def _days(schedule: Schedule, day: date, known: Mapping[str, Any]) -> list[date]:
    start = _birth(known, day) if schedule.start == "birth" else day
    wanted = [start + timedelta(days=days) for days in schedule.days]
    wanted += [months_later(start, months) for months in schedule.months]
    if schedule.weeks:
        now = timedelta(weeks=known["gestation_weeks"])
        # A week that has begun already, with its window still open, is for now.
        wanted += [max(day, day + timedelta(weeks=week) - now) for week in schedule.weeks]
    return [each for each in wanted if each >= day]


def _birth(known: Mapping[str, Any], day: date) -> date:
    born = known.get("birth_date", day)
    return born if isinstance(born, date) else date.fromisoformat(born)


def _together(one: PlanRow | None, other: PlanRow) -> PlanRow:
    if one is None:
        return other
    demanding = min((one, other), key=lambda row: _KINDS.index(row.kind))
    return PlanRow(one.due, demanding.kind, demanding.who, tuple(dict.fromkeys(one.rules + other.rules)))


def _shifted(wanted: date, start: date, shift: str, calendar: WorkCalendar) -> date:
    if shift == "none" or calendar.is_working(wanted):
        return wanted
    if shift == "later":
        return calendar.next_working_day(wanted)
    earlier = calendar.previous_working_day(wanted)
    return earlier if earlier > start else wanted
