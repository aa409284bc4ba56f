"""A follow-up plan as it stands: the state and how each event changes it; pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from events import base
from events import follow_up_events as e
from events.base import (
    EndReason,
    Holder,
    Recorded,
    Sealed,
    Situation,
    advanced,
    altered,
    sealed,
    written_at_once,
)
from models.values import Priority, Role


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


@written_at_once
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
    rows: tuple[e.PlanRow, ...]
    pack: str
    holder: Holder
    begun_at: datetime
    since: datetime
    due: datetime | None
    programme: e.Programme = e.Programme.after_discharge
    current: int = 0
    step: int = 0
    calling: bool = False
    done: tuple[int, ...] = ()
    lost: tuple[int, ...] = ()
    skipped: tuple[int, ...] = ()
    last_reading: str | None = None
    readings: tuple[tuple[str, e.ReadingRecorded], ...] = ()
    visits: tuple[tuple[datetime, e.VisitRecorded], ...] = ()
    words: tuple[tuple[str, Sealed], ...] = ()
    documents: tuple[tuple[str, str], ...] = ()  # the event that brought it, and the document
    worse_at: datetime | None = None
    severity: e.Severity | None = None
    lead: str | None = None
    paused_until: datetime | None = None
    pause_reason: e.PauseReason | None = None
    muted: bool = False
    coming: bool = False
    referral: str | None = None
    referral_code: str | None = None
    priority: Priority = Priority.routine
    ended_reason: EndReason | None = None
    alarm: Alarm | None = None
    signs: tuple[str, ...] = ()
    alarmed: tuple[str, ...] = ()
    covering: str | None = None
    fresh: int = 1  # the version from which on the present row waits
    row_step: int = 0  # where the row's own steps stood when the alarm began

    @property
    def open(self) -> bool:
        """Whether rows are left."""
        return self.status is PlanStatus.running

    @property
    def paused(self) -> bool:
        """Whether it stands still."""
        return self.paused_until is not None

    @property
    def row(self) -> e.PlanRow | None:
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

    @property
    def unsatisfactory_visits(self) -> int:
        """How many visits in a row, up to the last, were not at target."""
        count = 0
        for _, visit in reversed(self.visits):
            if not visit.unsatisfactory:
                break
            count += 1
        return count


def evolve(state: PlanState | None, recorded: Recorded) -> PlanState:
    """The state after one more event."""
    if state is None:
        return _begin(recorded)
    after = _evolve(state, recorded)
    return advanced(state, after, recorded, fresh=recorded.version if after.fresh == _NOW else after.fresh)


def _begin(recorded: Recorded) -> PlanState:
    begun: e.FollowUpPlanned | e.PatientEnrolled = recorded.event
    planned = begun if isinstance(begun, e.FollowUpPlanned) else None
    return PlanState(
        id=recorded.stream, loop=recorded.loop, version=recorded.version, status=PlanStatus.running,
        patient=begun.patient, patient_key=begun.patient_key, centre=begun.centre,
        discharge=planned.discharge if planned else None, rows=planned.rows if planned else (),
        pack=f"{planned.pack} {planned.pack_version}" if planned else "", programme=begun.programme,
        severity=None if isinstance(begun, e.FollowUpPlanned) else begun.severity,
        holder=Holder(Role.family_doctor, begun.centre), begun_at=recorded.occurred_at, since=recorded.occurred_at,
        due=begun.due,
    )  # fmt: skip


_NOW = -1  # this very event; `evolve` writes its version
# What a passed deadline becomes when the steps of a row were late: the waiting of the last of them begins now.
BEGINS_AGAIN = Situation.follow_up_due


def _next_row(state: PlanState, at: datetime, **changes: object) -> PlanState:
    return _fresh(altered(state, current=state.current + 1, **changes), at)


def _fresh(state: PlanState, at: datetime) -> PlanState:
    """The present row waits from now on."""
    calm = _calm(altered(state, calling=False, worse_at=None, coming=False), at, None)
    return altered(calm, step=0, alarm=None, signs=(), alarmed=(), covering=None, fresh=_NOW)


def _calm(state: PlanState, at: datetime, person: str | None) -> PlanState:
    """Nobody waits to be looked at any more: the row's own steps go on from here."""
    step = state.row_step if state.alarming else state.step
    person = person or state.lead
    facility = state.covering or state.centre if person and person != state.lead else state.centre
    holder = Holder(Role.family_doctor, facility, None, person)
    return altered(state, step=step, since=at, due=None, holder=holder, priority=Priority.routine)


def _alarmed(state: PlanState, at: datetime, alarm: Alarm, priority: Priority, **changes: Any) -> PlanState:
    step = state.row_step if state.alarming else state.step
    waits: dict[str, Any] = {"row_step": step, "since": at, "step": 0, "due": None}
    return altered(state, alarm=alarm, priority=priority, **waits, **changes)


def _evolve(state: PlanState, recorded: Recorded) -> PlanState:
    event, at = recorded.event, recorded.occurred_at
    match type(event):
        case e.FollowUpPlanned:
            return altered(
                state, rows=event.rows, pack=f"{event.pack} {event.pack_version}", since=at, due=None, fresh=_NOW
            )
        case e.FollowUpAdded:
            return _added(state, event.row, at)
        case e.FollowUpAnswered if event.answer == "worse" and not state.alarming:
            return _alarmed(state, at, Alarm.asked, Priority.asap, worse_at=at, signs=())
        case e.FollowUpAnswered if event.answer == "fine" and state.alarm is Alarm.seen:
            return altered(state, coming=False, worse_at=None, alarm=None, signs=())
        case e.FollowUpAnswered:
            return altered(state, coming=event.answer == "coming")
        case e.DangerAnswered:
            return _alarmed(state, at, Alarm.unseen, Priority.stat if event.signs else Priority.asap, signs=event.signs)
        case e.TeamAlarmed:
            holder = Holder(Role.family_doctor, event.facility or state.centre, None, event.to[0] if event.to else None)
            return altered(state, covering=event.facility, alarmed=event.to, holder=holder)
        case e.WorseSeen:
            return altered(_calm(state, at, event.by), alarm=Alarm.seen)
        case e.FollowUpPostponed:
            rows = tuple(
                each.model_copy(update={"due_at": event.until}) if n == state.current else each
                for n, each in enumerate(state.rows)
            )
            return _fresh(altered(state, rows=rows), at)
        case e.WordsReceived:
            text, kept = sealed(recorded, "text"), event.document
            state = altered(state, words=(*state.words, (recorded.id, text))) if text else state
            return altered(state, documents=(*state.documents, (recorded.id, kept))) if kept else state
        case e.ReadingRecorded:
            kept = (*state.readings, (recorded.id, event))
            return altered(state, readings=kept, last_reading=recorded.id)
        case e.ReadingWithdrawn:
            kept = tuple(entry for entry in state.readings if entry[0] != event.reading)
            return altered(state, readings=kept, last_reading=kept[-1][0] if kept else None)
        case e.VisitRecorded:
            return altered(state, visits=(*state.visits, (at, event)))
        case e.FollowUpMissed:
            return altered(state, calling=True, due=None)
        case e.FollowUpDone:
            return _next_row(state, at, done=(*state.done, event.row))
        case e.FollowUpLost:
            return _next_row(state, at, lost=(*state.lost, event.row))
        case base.LoopClosed:
            return altered(state, status=PlanStatus.closed, due=None)
        case base.DeadlinePassed if event.becomes == Situation.danger_unseen:
            return _alarmed(state, at, Alarm.unseen, Priority.stat)
        case base.DeadlinePassed:
            since = at if event.becomes == BEGINS_AGAIN else state.since
            return altered(state, step=event.reached, since=since, due=None)
        case _:
            return _of_the_whole(state, recorded)


def _of_the_whole(state: PlanState, recorded: Recorded) -> PlanState:
    event, at = recorded.event, recorded.occurred_at
    match type(event):
        case e.SeveritySet:
            return altered(state, severity=event.severity)
        case e.PlanHandedOver:
            return altered(state, lead=event.to, holder=Holder(Role.family_doctor, state.centre, person=event.to))
        case e.UpReferralSent:
            return altered(state, referral=event.referral, referral_code=event.code)
        case e.UpReferralEnded:
            return altered(state, referral=None, referral_code=None)
        case e.PlanPaused:
            return _fresh(altered(state, paused_until=event.until, pause_reason=event.reason), at)
        case e.PlanResumed:
            return _resumed(state, at)
        case e.PlanMuted:
            return altered(state, muted=True)
        case e.PlanUnmuted:
            return altered(state, muted=False)
        case e.PlanMoved:
            return altered(
                state, centre=event.centre, lead=None, holder=Holder(Role.family_doctor, event.centre), due=None
            )
        case e.PlanEnded:
            return altered(state, status=PlanStatus.ended, ended_reason=event.reason, due=None)
        case e.PlanCompleted:
            return altered(state, status=PlanStatus.completed, due=None)
        case _:
            raise TypeError(f"a plan knows no {recorded.type}")


def _added(state: PlanState, row: e.PlanRow, at: datetime) -> PlanState:
    """The row in its place by day; never before the row that somebody was asked about already."""
    keep = state.current + 1 if state.reminded and state.row else state.current
    later = sorted((*state.rows[keep:], row), key=lambda each: each.due_at)
    rows = (*state.rows[:keep], *later)
    state = altered(state, rows=tuple(each.model_copy(update={"number": n}) for n, each in enumerate(rows)))
    return state if keep > state.current else _fresh(state, at)


def _resumed(state: PlanState, at: datetime) -> PlanState:
    """What fell due while it stood still is nobody's failure: left out, except that the last row is always asked."""
    number = state.current
    while number + 1 < len(state.rows) and state.rows[number].due_at <= at:
        number += 1
    left_out = tuple(range(state.current, number))
    return _fresh(altered(state, paused_until=None, current=number, skipped=(*state.skipped, *left_out)), at)
