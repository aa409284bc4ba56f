"""What follows from a command to a follow-up plan; pure."""

from datetime import datetime, timedelta

from events import follow_up_events as e
from events.actions import Party, PartyKind
from events.base import Command, Event, LoopClosed, PassDeadline, Refused, deadline_passed
from events.follow_up_commands import (
    AddFollowUp,
    AlarmTeam,
    AnswerDanger,
    AnswerFollowUp,
    CloseFollowUp,
    ClosePlanLoop,
    EndPlan,
    EndUpReferral,
    EnrolPatient,
    HandOverPlan,
    MovePlan,
    MutePlan,
    PausePlan,
    PlanFollowUp,
    RecordReading,
    RecordVisit,
    ResumePlan,
    SeeWorse,
    SendUp,
    SendWords,
    SetSeverity,
    WithdrawReading,
)
from events.follow_up_state import BEGINS_AGAIN, Alarm, PlanState, PlanStatus
from models.values import referral_code

# A visit counts for the follow-up that is due within so many days. A proposal (evidence A).
COUNTS_WITHIN = timedelta(days=14)
# How much later a call is tried again, by what came of it (Simple's overdue list: anchors of the product).
LATER = {"agreed": timedelta(days=30), "later": timedelta(days=7)}
_REACHED = frozenset({"called", "visited"})
# "Another time" of a patient: asked again after a day.
ANOTHER_TIME = timedelta(days=1)
# A pause without an end of its own is looked at again after so long.
PAUSE = timedelta(days=30)
# Two follow-ups closer than this are one.
_SAME = timedelta(days=3)


def _patient_side(state: PlanState, by: Party) -> bool:
    return by.kind in (PartyKind.patient, PartyKind.contact) and state.patient in by.patients


def _team(state: PlanState, by: Party) -> bool:
    return by.kind is PartyKind.rule or bool(by.at(state.centre) | by.at(state.covering))


def _only(allowed: bool) -> None:
    if not allowed:
        raise Refused("not-yours")


def _finish(state: PlanState, closing: Event, more: tuple[Event, ...] = ()) -> list[Event]:
    last = state.current + 1 >= len(state.rows) and not more
    return [closing, *more, e.PlanCompleted()] if last else [closing, *more]


def decide(command: Command, state: PlanState | None, now: datetime) -> list[Event]:
    """What follows from a command; [] where it is already so."""
    if isinstance(command, EnrolPatient):
        enrolled = {name: getattr(command, name) for name in _ENROLLED}
        return [e.PatientEnrolled(by=command.by.id, **enrolled)] if state is None else []
    if isinstance(command, PlanFollowUp):
        if state is not None and (state.rows or not state.open):
            return []
        return [e.FollowUpPlanned(**{name: getattr(command, name) for name in _PLANNED})]
    if state is None:
        raise Refused("unknown-plan")
    if isinstance(command, PassDeadline):
        return _passed(command, state)
    if isinstance(command, ClosePlanLoop):
        _only(command.by.kind is PartyKind.rule)
        return [LoopClosed(by=command.by.id)] if state.status is not PlanStatus.closed else []
    if isinstance(command, WithdrawReading):
        return _withdraw(command, state)
    if not state.open:
        raise Refused("not-now", status=state.status, action="follow_up")
    return _of_row(command, state, now)


def _of_row(command: Command, state: PlanState, now: datetime) -> list[Event]:
    match command:
        case AnswerFollowUp():
            return _answered(command, state, now)
        case SendWords(by=by, text=text, document=document, kind=kind):
            _only(_patient_side(state, by))
            if document is not None and document in dict(state.documents).values():
                return []
            return [e.WordsReceived(by=by.id, text=text, document=document, kind=kind)]
        case RecordReading(by=by):
            _only(_patient_side(state, by) or _team(state, by))
            asked = state.reminded and not state.paused
            values = command.model_dump(exclude={"by", "stream", "answers"}, exclude_none=True)
            reading = e.ReadingRecorded(by=by.id, row=state.current if asked else None, **values)
            answers = asked and command.answers and not state.alarming
            return [reading, *_finish(state, e.FollowUpDone(by=by.id, row=state.current))] if answers else [reading]
        case RecordVisit():
            return _visited(command, state, now)
        case CloseFollowUp():
            return _called(command, state, now)
        case AnswerDanger(by=by, row=number, signs=signs):
            _only(_patient_side(state, by) or _team(state, by))
            late = state.alarm is Alarm.unseen and bool(signs) and not state.signs
            if number != state.current or not (state.alarm is Alarm.asked or late):
                raise Refused("already-answered")
            return [e.DangerAnswered(by=by.id, row=number, signs=signs)]
        case AlarmTeam(by=by, facility=facility, to=to):
            _only(by.kind is PartyKind.rule)
            return [e.TeamAlarmed(facility=facility, to=to)] if state.alarm is Alarm.unseen else []
        case SeeWorse(by=by):
            _only(_team(state, by))
            return [e.WorseSeen(by=by.id)] if state.alarm is Alarm.unseen else []
        case AddFollowUp(by=by):
            _only(by.kind is PartyKind.rule)
            row = _row(state, command.due_at, command.kind, command.rule, command.who)
            return [] if any(_close(each, row.due_at) for each in state.rows[state.current :]) else [
                e.FollowUpAdded(row=row)
            ]  # fmt: skip
        case _:
            return _of_the_whole(command, state, now)


def _of_the_whole(command: Command, state: PlanState, now: datetime) -> list[Event]:
    match command:
        case SetSeverity(by=by, severity=severity):
            _only(_team(state, by))
            return [e.SeveritySet(by=by.id, severity=severity)] if severity is not state.severity else []
        case HandOverPlan(by=by, to=to, together=together):
            _only(_team(state, by))
            return [e.PlanHandedOver(by=by.id, to=to, together=together)] if to != state.lead else []
        case SendUp(by=by):
            _only(_team(state, by))
            return _sent_up(command, state)
        case EndUpReferral(by=by, referral=referral):
            _only(by.kind is PartyKind.rule)
            return [e.UpReferralEnded(referral=referral)] if state.referral == referral else []
        case PausePlan(by=by, reason=reason, until=until):
            _only(_team(state, by))
            if until is not None and until <= now:
                raise Refused("time-in-past")
            return [] if state.paused else [e.PlanPaused(by=by.id, reason=reason, until=until or now + PAUSE)]
        case ResumePlan(by=by, only=reason):
            _only(_team(state, by))
            meant = state.paused and reason in (None, state.pause_reason)
            return [e.PlanResumed(by=by.id)] if meant else []
        case MutePlan(by=by, muted=muted):
            _only(_team(state, by))
            if muted is state.muted:
                return []
            return [e.PlanMuted(by=by.id) if muted else e.PlanUnmuted(by=by.id)]
        case MovePlan(by=by, centre=centre, consent=consent, team=team):
            _only(by.kind is PartyKind.rule or _team(state, by))
            if by.kind is not PartyKind.rule and not consent:
                raise Refused("consent-needed")
            moved = e.PlanMoved(centre=centre, by=by.id, team=team, left=state.centre if team else None)
            return [] if centre == state.centre else [moved]
        case EndPlan(by=by, reason=reason):
            _only(_team(state, by))
            return [e.PlanEnded(by=by.id, reason=reason)]
        case _:
            raise TypeError(f"no command for a plan: {type(command).__name__}")


def _answered(command: AnswerFollowUp, state: PlanState, now: datetime) -> list[Event]:
    by, row, answer = command.by, command.row, command.answer
    _only(_patient_side(state, by) or _team(state, by))
    if row != state.current:
        raise Refused("already-answered")
    said = e.FollowUpAnswered(by=by.id, row=row, answer=answer)
    if answer == "worse" and _team(state, by):
        return [said, e.WorseSeen(by=by.id)]  # the team knows: it is they who say so
    if state.alarming:
        # "Fine" after "worse" is told, and calls nobody off.
        return [said] if answer != "worse" else []
    match answer:
        case "worse":
            return [said]
        case "coming":
            return [said]
        case "later":
            return [said, e.FollowUpPostponed(by=by.id, row=row, until=now + ANOTHER_TIME, outcome=answer)]
        case "cannot":
            return [said] if state.calling else [said, e.FollowUpMissed(row=row)]
        case _ if not state.reminded:
            # What nobody has asked about yet stays to be asked: "fine" said twice is one follow-up.
            return [said]
        case _:
            return [said, *_finish(state, e.FollowUpDone(by=by.id, row=row))]


def _visited(command: RecordVisit, state: PlanState, now: datetime) -> list[Event]:
    by, row = command.by, state.row
    _only(_team(state, by))
    counts = row is not None and (state.reminded or row.due_at <= now + COUNTS_WITHIN)
    visit = e.VisitRecorded(
        by=by.id,
        row=state.current if counts else None,
        **{name: getattr(command, name) for name in _VISITED},
    )
    upcoming = state.rows[state.current + 1 if counts else state.current :]
    more: tuple[Event, ...] = ()
    if command.next_due is not None and not any(_close(each, command.next_due) for each in upcoming):
        earlier = not upcoming or command.next_due < upcoming[0].due_at
        if earlier and (upcoming or command.unsatisfactory):
            rule = command.rules[0] if command.rules else "visit"
            more = (e.FollowUpAdded(row=_row(state, command.next_due, "visit", rule, "family_doctor_team")),)
    if not counts:
        return [visit, *more]
    return [visit, *_finish(state, e.FollowUpDone(by=by.id, row=state.current), more)]


def _row(state: PlanState, due_at: datetime, kind: str, rule: str, who: str) -> e.PlanRow:
    return e.PlanRow(number=len(state.rows), due_at=due_at, kind=kind, rule=rule, who=who)


def _close(row: e.PlanRow, at: datetime) -> bool:
    return abs(row.due_at - at) <= _SAME


def _called(command: CloseFollowUp, state: PlanState, now: datetime) -> list[Event]:
    by, row, outcome = command.by, command.row, command.outcome
    _only(_team(state, by))
    if row != state.current:
        raise Refused("already-answered")
    if state.worse_at is not None and not (state.reminded or state.calling) and outcome in _REACHED:
        # They felt worse on a day on which nobody had asked: that is settled, the follow-up is still to come.
        seen = [e.WorseSeen(by=by.id)] if state.alarming else []
        return [*seen, e.FollowUpAnswered(by=by.id, row=row, answer="fine")]
    if outcome in LATER:
        return [e.FollowUpPostponed(by=by.id, row=row, until=now + LATER[outcome], outcome=outcome)]
    lost = outcome == "not_reached"
    event = e.FollowUpLost(by=by.id, row=row, outcome=outcome) if lost else e.FollowUpDone(by=by.id, row=row)
    return _finish(state, event)


def _sent_up(command: SendUp, state: PlanState) -> list[Event]:
    if state.referral is not None:
        raise Refused("already-referred", referral=state.referral_code or "")
    if command.facility == state.centre:
        raise Refused("same-recipient")
    return [
        e.UpReferralSent(
            by=command.by.id, referral=f"referral-{command.unique}", code=referral_code(int(command.unique[:10], 16)),
            facility=command.facility, department=command.department, priority=command.priority,
        )
    ]  # fmt: skip


def _withdraw(command: WithdrawReading, state: PlanState) -> list[Event]:
    """A wrong number stays wrong when the plan is over: the last reading ends it."""
    _only(_patient_side(state, command.by))
    known = any(unique == command.reading for unique, _ in state.readings)
    return [e.ReadingWithdrawn(by=command.by.id, reading=command.reading)] if known else []


def _passed(command: PassDeadline, state: PlanState) -> list[Event]:
    passed = deadline_passed(command, state)
    if passed is None:
        return []
    if state.paused and not state.alarming:
        return [
            passed.model_copy(update={"reached": command.step, "becomes": BEGINS_AGAIN}),
            e.PlanResumed(by="silence"),
        ]
    lost = command.becomes == "lost"
    if lost and not state.calling and command.reached > command.step + 1:
        # Late, after an outage: whoever was not called yet is called now. Giving up has a time of its own.
        passed, lost = passed.model_copy(update={"reached": command.reached - 1, "becomes": BEGINS_AGAIN}), False
    events: list[Event] = [passed]
    if command.calls and not state.calling:
        events.append(e.FollowUpMissed(row=state.current))
    if lost:
        events += _finish(state, e.FollowUpLost(by="silence", row=state.current, outcome="not_reached"))
    return events


_PLANNED = [name for name in e.FollowUpPlanned.model_fields if name != "due"]
_ENROLLED = [name for name in e.PatientEnrolled.model_fields if name not in ("due", "by")]
_VISITED = [name for name in e.VisitRecorded.model_fields if name not in ("due", "by", "row")]
