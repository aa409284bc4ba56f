"""The silence table applied to states: by when somebody must act, and what is due when nobody did; pure."""

from collections.abc import Callable
from datetime import datetime, time, timedelta

from events.base import PassDeadline, Situation, Waiting
from events.follow_up import PlanState
from events.projections import Loop
from events.referral_state import ReferralState
from models.directory import Directory
from workers.facts import Rules, asked_at
from workers.rules.calendar import Desk, DeskHours, Opening, WorkCalendar
from workers.rules.limits import LimitFacts
from workers.rules.silence import DueSteps, Who

# Nobody is asked what came of an inpatient before the discharge says so, until three days before the initiator is told
# that there is no outcome (flows: the silence table, fourteen days).
STAY = timedelta(days=11)


class Deadlines:
    """`due` stamps events, `passed` tells the ticker what a passed deadline means."""

    def __init__(self, rules: Callable[[], Rules], directory: Callable[[], Directory]) -> None:
        self._rules = rules
        self._directory = directory
        # The desks of the present directory, made once each: every event that moves a deadline asks for one.
        self._desks: dict[tuple[str, str | None] | None, Desk] = {}
        self._desks_of: tuple[Directory, WorkCalendar] | None = None

    def due(self, state: Waiting, at: datetime) -> datetime:
        """The next instant at which silence in this state leads to something."""
        if state.situation is None:
            raise ValueError("a state that waits for nobody has no deadline")
        silence = self._rules().silence_at(self._directory(), asked_at(state))
        facts = self._facts(state)
        return silence.next_limit(state.situation, state.priority, state.step, state.since or at, facts)

    def passed(self, state: Loop, now: datetime) -> PassDeadline | None:
        """The command that says what has passed by `now`, or None where nothing waits any more."""
        if state.situation is None or state.due is None or state.due > now:
            return None
        silence = self._rules().silence_at(self._directory(), asked_at(state))
        facts = self._facts(state)
        situation = state.situation
        steps = silence.due_steps(situation, state.priority, state.step, state.since, now, facts)
        if steps is None:
            # The table or the calendar has changed since the deadline was stamped: take the one step that it was for.
            step = silence.rows[situation].step(state.priority, state.step + 1)
            steps = DueSteps(state.step + 1, step.ask, step.tell, step.becomes)
        return PassDeadline(
            stream=state.id, situation=situation, step=state.step, reached=steps.number, becomes=steps.becomes,
            calls=Who.call_item in steps.ask,
        )  # fmt: skip

    def _facts(self, state: Waiting) -> LimitFacts:
        directory, calendar = self._directory(), self._rules().calendar
        if self._desks_of is None or self._desks_of[0] is not directory or self._desks_of[1] is not calendar:
            self._desks, self._desks_of = {}, (directory, calendar)
        place = (state.holder.facility, state.holder.department) if state.holder else None
        desk = self._desks.get(place)
        if desk is None:
            desk = self._desks[place] = desk_of(place, directory, calendar)
        return limit_facts(state, desk, directory)


def limit_facts(state: Waiting, desk: Desk, directory: Directory) -> LimitFacts:
    """What the limits of this state lean on: the desk that owes the answer, and the known instants."""
    match state:
        case ReferralState():
            return LimitFacts(
                desk,
                window_ends=state.since + STAY if state.inpatient and state.situation is Situation.arrived else None,
                appointment=state.appointment.at if state.appointment else None,
                expected_arrival=state.expected_at or _expected(state, directory),
                clock_began=state.asked[0].at if state.asked else state.requested_at,
            )
        case PlanState(paused_until=until) if until is not None:
            return LimitFacts(desk, window_ends=until)
        case PlanState(row=row) if row is not None:
            return LimitFacts(desk, window_ends=row.due_at)
        case _:
            return LimitFacts(desk)


def desk_of(place: tuple[str, str | None] | None, directory: Directory, calendar: WorkCalendar) -> Desk:
    """The desk whose working days count for a holder at a facility and department, in the calendar of the place."""
    if place is None:
        return Desk(calendar)
    facility, code = place
    openings: tuple[Opening, ...] = ()
    department = directory.department(facility, code) if code else None
    if department is not None:
        openings = tuple(
            Opening(day, _wall(window.start), _wall(window.end if not window.over_midnight else _LAST_MINUTE))
            for window in department.desk_hours
            for day in sorted(window.days)
        )
    days = WorkCalendar(directory.zone(facility), {**calendar.overrides, **directory.day_overrides})
    return Desk(days, DeskHours(openings))


_LAST_MINUTE = 24 * 60 - 1


def _wall(minute: int) -> time:
    return time(*divmod(min(minute, _LAST_MINUTE), 60))


def _expected(state: ReferralState, directory: Directory) -> datetime | None:
    """When somebody who comes now should be there: by the driving time, where it is known."""
    if not state.come_now or state.accepted_at is None or state.facility is None:
        return None
    minutes = directory.driving_minutes(state.initiator_facility, state.facility)
    return state.accepted_at + timedelta(minutes=minutes) if minutes is not None else None
