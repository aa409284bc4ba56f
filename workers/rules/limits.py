"""How long something may take, as a pack writes it: `5min`, `3 working_days`, `after_appointment 4h`.

A limit becomes an instant with the facts it needs. When a fact is missing, or what it gives is already past,
the row's fallback counts: there is always an instant, and it is always later than the moment it is counted
from.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BeforeValidator

from workers.rules.calendar import Desk


class LimitKind(StrEnum):
    """What a limit is counted in or from."""

    clock = "clock"
    working_days = "working_days"
    same_day = "same_day"
    before_appointment = "before_appointment"
    after_appointment = "after_appointment"
    after_expected = "after_expected"
    window = "window"
    none = "none"


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit. `span` for what runs by the clock, `days` for what counts working days."""

    kind: LimitKind
    span: timedelta = timedelta(0)
    days: int = 0


@dataclass(frozen=True)
class LimitFacts:
    """What the limits of one loop lean on.

    desk: the desk of whoever is asked, in the site's calendar. appointment, expected_arrival, window_ends:
    instants, when known. clock_began: for a limit that runs on, when the first clock was started.
    """

    desk: Desk
    appointment: datetime | None = None
    expected_arrival: datetime | None = None
    window_ends: datetime | None = None
    clock_began: datetime | None = None


_UNITS = {"min": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_SPAN = r"(?P<count>\d+)\s*(?P<unit>min|h|d)"
_LIMIT = re.compile(
    rf"(?P<word>after_appointment|after_expected)?\s*{_SPAN}"
    r"|(?P<before>before_appointment)?\s*(?P<days>[1-9]\d*)\s+working_days?"
    r"|(?P<bare>same_day|window|none)"
)


def parse_limit(text: Any) -> Limit:
    """The limit a pack writes; ValueError says what would be right."""
    if isinstance(text, Limit):
        return text
    found = _LIMIT.fullmatch(str(text).strip())
    if found is None:
        raise ValueError(
            f"{text!r} is not a limit: such as 5min, 2h, 3d, 1 working_day, same_day, after_appointment 4h, "
            "before_appointment 1 working_day, after_expected 30min, window, none"
        )
    if found["bare"]:
        return Limit(LimitKind(found["bare"]))
    if found["days"]:
        kind = LimitKind.before_appointment if found["before"] else LimitKind.working_days
        return Limit(kind, days=int(found["days"]))
    return Limit(LimitKind(found["word"] or "clock"), span=int(found["count"]) * _UNITS[found["unit"]])


LimitText = Annotated[Limit, BeforeValidator(parse_limit)]


def instant(limit: Limit, start: datetime, facts: LimitFacts, fallback: Limit) -> datetime:
    """When the limit runs out, counted from `start`; always after `start`.

    `fallback` counts when a fact is missing or past; it must be one of the clock or of working days.
    """
    at = computed(limit, start, facts)
    if at is not None and at > start:
        return at
    at = computed(fallback, start, facts)
    if at is None or at <= start:
        raise ValueError(f"the fallback {fallback} gives no instant after {start}")
    if limit.kind is LimitKind.before_appointment and facts.appointment and start < facts.appointment < at:
        return facts.appointment
    return at


def computed(limit: Limit, start: datetime, facts: LimitFacts) -> datetime | None:
    """When the limit runs out by its own facts; None where one is missing. It may be before `start`."""
    match limit.kind:
        case LimitKind.clock:
            return start + limit.span
        case LimitKind.working_days:
            return facts.desk.days_later(start, limit.days)
        case LimitKind.same_day:
            return facts.desk.end_of_day(start)
        case LimitKind.before_appointment:
            return facts.appointment and facts.desk.days_before(facts.appointment, limit.days)
        case LimitKind.after_appointment:
            return facts.appointment and facts.appointment + limit.span
        case LimitKind.after_expected:
            return facts.expected_arrival and facts.expected_arrival + limit.span
        case LimitKind.window:
            return facts.window_ends
        case LimitKind.none:
            return None
