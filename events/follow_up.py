"""A follow-up plan and its rows: events, state, commands, decide; pure.

The rows, their dates and the pack they came from are frozen in the plan when it is made.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from events.actions import Party, PartyKind
from events.base import (
    Command,
    DeadlinePassed,
    EndReason,
    Event,
    Holder,
    LoopClosed,
    PassDeadline,
    Recorded,
    Refused,
    Situation,
    Value,
    altered,
    deadline_passed,
)
from models.values import Priority, Role


class PlanRow(Value):
    """One follow-up: what kind, when, and the rule that put it there."""

    number: int
    due_at: datetime
    kind: str
    rule: str


class FollowUpPlanned(Event):
    """A plan begins."""

    patient: str
    patient_key: str
    centre: str
    discharge: str | None = None
    rows: tuple[PlanRow, ...]
    pack: str
    pack_version: str
    pack_hash: str


class FollowUpAnswered(Event):
    """The patient, or somebody for them, answered a follow-up."""

    by: str
    row: int
    answer: str


class ReadingRecorded(Event):
    """A measurement sent in; mmHg and mmol/L."""

    by: str
    row: int | None = None
    sbp: int | None = None
    dbp: int | None = None
    glucose_mmol_l: float | None = None
    glucose_kind: str | None = None


class ReadingWithdrawn(Event):
    """ "Wrong number": a reading is taken back."""

    by: str
    reading: str


class FollowUpMissed(Event):
    """No answer to the reminders: on the team's call list."""

    row: int


class FollowUpDone(Event):
    """One follow-up is done."""

    by: str
    row: int


class FollowUpLost(Event):
    """The patient could not be reached; counted."""

    by: str
    row: int
    outcome: str


class DangerAnswered(Event):
    """What was said to the question about danger signs, after "I feel worse"; no sign: none of them."""

    by: str
    row: int
    signs: tuple[str, ...] = ()


class TeamAlarmed(Event):
    """These people are asked to look at a patient who feels worse. `facility` covers at this hour; None: none does."""

    facility: str | None = None
    to: tuple[str, ...] = ()


class WorseSeen(Event):
    """One of them has opened it."""

    by: str


class PlanMoved(Event):
    """The patient belongs to another centre: its team follows up from here."""

    centre: str


class PlanEnded(Event):
    """The plan stops before its last row."""

    by: str
    reason: EndReason


class PlanCompleted(Event):
    """Every row is done, or counted as lost."""


class PlanStatus(StrEnum):
    """Where a plan stands."""

    running = "running"
    completed = "completed"
    ended = "ended"
    closed = "closed"


class Alarm(StrEnum):
    """Where it stands with a patient who feels worse: asked about danger signs, not yet seen by anybody, seen."""

    asked = "asked"
    unseen = "unseen"
    seen = "seen"


@dataclass(frozen=True)
class PlanState:
    """All that is known of one plan."""

    id: str
    loop: str
    version: int
    status: PlanStatus
    patient: str
    patient_key: str
    centre: str
    discharge: str | None
    rows: tuple[PlanRow, ...]
    pack: str
    holder: Holder
    begun_at: datetime
    since: datetime
    due: datetime | None
    current: int = 0
    step: int = 0
    calling: bool = False
    done: tuple[int, ...] = ()
    lost: tuple[int, ...] = ()
    last_reading: str | None = None
    readings: tuple[tuple[str, ReadingRecorded], ...] = ()
    worse_at: datetime | None = None
    priority: Priority = Priority.routine
    ended_reason: EndReason | None = None
    alarm: Alarm | None = None
    signs: tuple[str, ...] = ()
    alarmed: tuple[str, ...] = ()
    covering: str | None = None
    row_step: int = 0  # where the row's own steps stood when the alarm began

    @property
    def open(self) -> bool:
        """Whether rows are left."""
        return self.status is PlanStatus.running

    @property
    def row(self) -> PlanRow | None:
        """The row that is waited for, or None after the last."""
        return self.rows[self.current] if self.current < len(self.rows) else None

    @property
    def reminded(self) -> bool:
        """Whether the patient has been asked about the present row."""
        return (self.row_step if self.alarming else self.step) > 0

    @property
    def alarming(self) -> bool:
        """Whether a patient who feels worse still waits for somebody to look."""
        return self.alarm in (Alarm.asked, Alarm.unseen)

    @property
    def situation(self) -> Situation | None:
        """The row of the silence table."""
        if self.open and self.alarming:
            return Situation.danger_asked if self.alarm is Alarm.asked else Situation.danger_unseen
        return Situation.follow_up_due if self.open else None


def evolve(state: PlanState | None, recorded: Recorded) -> PlanState:
    """The state after one more event."""
    if state is None:
        plan: FollowUpPlanned = recorded.event
        return PlanState(
            id=recorded.stream, loop=recorded.loop, version=recorded.version, status=PlanStatus.running,
            patient=plan.patient, patient_key=plan.patient_key, centre=plan.centre, discharge=plan.discharge,
            rows=plan.rows, pack=f"{plan.pack} {plan.pack_version}", holder=Holder(Role.family_doctor, plan.centre),
            begun_at=recorded.occurred_at, since=recorded.occurred_at, due=plan.due,
        )  # fmt: skip
    state = altered(_evolve(state, recorded), version=recorded.version)
    return altered(state, due=recorded.event.due) if recorded.event.due else state


# What a passed deadline becomes when the steps of a row were late: the waiting of the last of them begins now.
_BEGINS_AGAIN = Situation.follow_up_due


def _next_row(state: PlanState, at: datetime) -> PlanState:
    calm = _calm(altered(state, current=state.current + 1, calling=False, worse_at=None), at, None)
    return altered(calm, step=0, alarm=None, signs=(), alarmed=(), covering=None)


def _calm(state: PlanState, at: datetime, person: str | None) -> PlanState:
    """Nobody waits to be looked at any more: the row's own steps go on from here."""
    step = state.row_step if state.alarming else state.step
    holder = Holder(Role.family_doctor, state.covering or state.centre if person else state.centre, None, person)
    return altered(state, step=step, since=at, due=None, holder=holder, priority=Priority.routine)


def _alarmed(state: PlanState, at: datetime, alarm: Alarm, priority: Priority, **changes: Any) -> PlanState:
    step = state.row_step if state.alarming else state.step
    waits: dict[str, Any] = {"row_step": step, "since": at, "step": 0, "due": None}
    return altered(state, alarm=alarm, priority=priority, **waits, **changes)


def _evolve(state: PlanState, recorded: Recorded) -> PlanState:
    event, at = recorded.event, recorded.occurred_at
    match event:
        case FollowUpAnswered(answer=answer):
            if answer != "worse" or state.alarming:
                return state
            return _alarmed(state, at, Alarm.asked, Priority.asap, worse_at=at, signs=())
        case DangerAnswered(signs=signs):
            return _alarmed(state, at, Alarm.unseen, Priority.stat if signs else Priority.asap, signs=signs)
        case TeamAlarmed(facility=facility, to=to):
            holder = Holder(Role.family_doctor, facility or state.centre, None, to[0] if to else None)
            return altered(state, covering=facility, alarmed=to, holder=holder)
        case WorseSeen(by=by):
            return altered(_calm(state, at, by), alarm=Alarm.seen)
        case ReadingRecorded():
            kept = (*state.readings, (recorded.id, event))
            return altered(state, readings=kept, last_reading=recorded.id)
        case ReadingWithdrawn(reading=reading):
            kept = tuple(entry for entry in state.readings if entry[0] != reading)
            return altered(state, readings=kept, last_reading=kept[-1][0] if kept else None)
        case FollowUpMissed():
            return altered(state, calling=True, due=None)
        case FollowUpDone(row=row):
            return _next_row(altered(state, done=(*state.done, row)), at)
        case FollowUpLost(row=row):
            return _next_row(altered(state, lost=(*state.lost, row)), at)
        case PlanMoved(centre=centre):
            return altered(state, centre=centre, holder=Holder(Role.family_doctor, centre), due=None)
        case PlanEnded(reason=reason):
            return altered(state, status=PlanStatus.ended, ended_reason=reason, due=None)
        case PlanCompleted():
            return altered(state, status=PlanStatus.completed, due=None)
        case LoopClosed():
            return altered(state, status=PlanStatus.closed, due=None)
        case DeadlinePassed(becomes=Situation.danger_unseen):
            return _alarmed(state, at, Alarm.unseen, Priority.stat)
        case DeadlinePassed(reached=reached, becomes=becomes):
            since = at if becomes == _BEGINS_AGAIN else state.since
            return altered(state, step=reached, since=since, due=None)
        case _:
            raise TypeError(f"a plan knows no {recorded.type}")


class PlanFollowUp(Command):
    """Begin a plan. Fields as in FollowUpPlanned."""

    patient: str
    patient_key: str
    centre: str
    discharge: str | None = None
    rows: tuple[PlanRow, ...]
    pack: str
    pack_version: str
    pack_hash: str
    by: Party


class AnswerFollowUp(Command):
    """ "I am fine" or "I feel worse", to the row that was asked about."""

    by: Party
    row: int
    answer: str


class AnswerDanger(Command):
    """Which danger signs there are; none: none of those that were asked about."""

    by: Party
    row: int
    signs: tuple[str, ...] = ()


class AlarmTeam(Command):
    """Ask these people to look; only rules do."""

    by: Party
    facility: str | None = None
    to: tuple[str, ...] = ()


class SeeWorse(Command):
    """Note that somebody of the team has opened it."""

    by: Party


class RecordReading(Command):
    """A measurement; answers the present row if it was asked about."""

    by: Party
    sbp: int | None = None
    dbp: int | None = None
    glucose_mmol_l: float | None = None
    glucose_kind: str | None = None


class WithdrawReading(Command):
    """ "Wrong number"."""

    by: Party
    reading: str


class CloseFollowUp(Command):
    """The team records a row as done (called, visited) or lost."""

    by: Party
    row: int
    outcome: str


class MovePlan(Command):
    """Another centre follows up; only rules move a plan, after the papers."""

    by: Party
    centre: str


class EndPlan(Command):
    """Stop the plan."""

    by: Party
    reason: EndReason


class ClosePlanLoop(Command):
    """Close the loop where the plan is its root."""

    by: Party


def _patient_side(state: PlanState, by: Party) -> bool:
    return by.kind in (PartyKind.patient, PartyKind.contact) and state.patient in by.patients


def _team(state: PlanState, by: Party) -> bool:
    return by.kind is PartyKind.rule or bool(by.at(state.centre) | by.at(state.covering))


def _finish(state: PlanState, closing: Event) -> list[Event]:
    last = state.current + 1 >= len(state.rows)
    return [closing, PlanCompleted()] if last else [closing]


def decide(command: Command, state: PlanState | None, now: datetime) -> list[Event]:
    """What follows from a command; [] where it is already so."""
    if isinstance(command, PlanFollowUp):
        if state is not None:
            return []
        return [FollowUpPlanned(**{name: getattr(command, name) for name in _PLANNED})]
    if state is None:
        raise Refused("unknown-plan")
    if isinstance(command, PassDeadline):
        return _passed(command, state)
    if isinstance(command, ClosePlanLoop):
        if command.by.kind is not PartyKind.rule:
            raise Refused("not-yours")
        return [LoopClosed(by=command.by.id)] if state.status is not PlanStatus.closed else []
    if isinstance(command, WithdrawReading):
        return _withdraw(command, state)
    if not state.open:
        raise Refused("not-now", status=state.status, action="follow_up")
    match command:
        case AnswerFollowUp(by=by, row=row, answer=answer):
            if not (_patient_side(state, by) or _team(state, by)):
                raise Refused("not-yours")
            if row != state.current:
                raise Refused("already-answered")
            said = FollowUpAnswered(by=by.id, row=row, answer=answer)
            if answer == "worse" and _team(state, by):
                return [said, WorseSeen(by=by.id)]  # the team knows: it is they who say so
            if state.alarming:
                # "Fine" after "worse" is told, and calls nobody off.
                return [said] if answer != "worse" else []
            # What nobody has asked about yet stays to be asked: "fine" said twice is one follow-up.
            if answer == "worse" or not state.reminded:
                return [said]
            return [said, *_finish(state, FollowUpDone(by=by.id, row=row))]
        case RecordReading(by=by):
            if not (_patient_side(state, by) or _team(state, by)):
                raise Refused("not-yours")
            row_number = state.current if state.reminded else None
            values = command.model_dump(exclude={"by", "stream"}, exclude_none=True)
            reading = ReadingRecorded(by=by.id, row=row_number, **values)
            answers = state.reminded and not state.alarming
            done = _finish(state, FollowUpDone(by=by.id, row=state.current)) if answers else []
            return [reading, *done]
        case CloseFollowUp(by=by, row=row, outcome=outcome):
            if not _team(state, by):
                raise Refused("not-yours")
            if row != state.current:
                raise Refused("already-answered")
            lost = outcome == "not_reached"
            event = FollowUpLost(by=by.id, row=row, outcome=outcome) if lost else FollowUpDone(by=by.id, row=row)
            return _finish(state, event)
        case AnswerDanger(by=by, row=row, signs=signs):
            if not (_patient_side(state, by) or _team(state, by)):
                raise Refused("not-yours")
            late = state.alarm is Alarm.unseen and bool(signs) and not state.signs
            if row != state.current or not (state.alarm is Alarm.asked or late):
                raise Refused("already-answered")
            return [DangerAnswered(by=by.id, row=row, signs=signs)]
        case AlarmTeam(by=by, facility=facility, to=to):
            if by.kind is not PartyKind.rule:
                raise Refused("not-yours")
            return [TeamAlarmed(facility=facility, to=to)] if state.alarm is Alarm.unseen else []
        case SeeWorse(by=by):
            if not _team(state, by):
                raise Refused("not-yours")
            return [WorseSeen(by=by.id)] if state.alarm is Alarm.unseen else []
        case MovePlan(by=by, centre=centre):
            if by.kind is not PartyKind.rule:
                raise Refused("not-yours")
            return [] if centre == state.centre else [PlanMoved(centre=centre)]
        case EndPlan(by=by, reason=reason):
            if not _team(state, by):
                raise Refused("not-yours")
            return [PlanEnded(by=by.id, reason=reason)]
        case _:
            raise TypeError(f"no command for a plan: {type(command).__name__}")


def _withdraw(command: WithdrawReading, state: PlanState) -> list[Event]:
    """A wrong number stays wrong when the plan is over: the last reading ends it."""
    if not _patient_side(state, command.by):
        raise Refused("not-yours")
    known = any(unique == command.reading for unique, _ in state.readings)
    return [ReadingWithdrawn(by=command.by.id, reading=command.reading)] if known else []


def _passed(command: PassDeadline, state: PlanState) -> list[Event]:
    passed = deadline_passed(command, state)
    if passed is None:
        return []
    lost = command.becomes == "lost"
    if lost and not state.calling and command.reached > command.step + 1:
        # Late, after an outage: whoever was not called yet is called now. Giving up has a time of its own.
        passed, lost = passed.model_copy(update={"reached": command.reached - 1, "becomes": _BEGINS_AGAIN}), False
    events: list[Event] = [passed]
    if command.calls and not state.calling:
        events.append(FollowUpMissed(row=state.current))
    if lost:
        events += _finish(state, FollowUpLost(by="silence", row=state.current, outcome="not_reached"))
    return events


_PLANNED = [name for name in FollowUpPlanned.model_fields if name != "due"]
