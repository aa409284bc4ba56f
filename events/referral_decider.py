"""What follows from a command to a referral: who may, and which events; pure."""

from datetime import datetime, timedelta

from events import referral as e
from events.actions import permitted, relations
from events.base import (
    Command,
    EndReason,
    Event,
    LoopClosed,
    PassDeadline,
    Refused,
    deadline_passed,
)
from events.referral_commands import (
    AcceptReferral,
    AddInterimNote,
    AdviseReferral,
    AmendReferral,
    AskCancel,
    AskInformation,
    AskNext,
    AskRouting,
    AttachDocument,
    CancelTime,
    ChangePriority,
    CloseLoop,
    ConfirmCancel,
    ConfirmTime,
    DeclineReferral,
    GiveBackReferral,
    GiveInformation,
    HandOver,
    HoldReferral,
    IdentifyPatient,
    OfferReferral,
    OfferTime,
    RecordArrival,
    RecordConsent,
    RecordMissed,
    RedirectReferral,
    ReferralCommand,
    RefuseAdvice,
    RefuseCancel,
    RefuseTime,
    ReopenReferral,
    ReportCondition,
    ReportOutcome,
    RequestReferral,
    SeeReferral,
    SendDown,
    SetOut,
    TakeOver,
    TriageReferral,
    WithdrawOutcome,
    WithdrawReferral,
)
from events.referral_state import ReferralState, ReferralStatus
from models.values import Priority, referral_code

_THERE_NOW = frozenset(
    {
        ReferralStatus.requested, ReferralStatus.redirected, ReferralStatus.offered,
        ReferralStatus.information_asked,
    }
)  # fmt: skip
_SLACK = timedelta(minutes=5)  # clocks of two machines differ


def decide(command: Command, state: ReferralState | None, now: datetime) -> list[Event]:
    """What follows from a command; [] where it is already so. Refused where state or person forbid it."""
    if isinstance(command, RequestReferral):
        if state is not None:
            raise Refused("exists", referral=state.code)
        return [e.ReferralRequested(**{name: getattr(command, name) for name in _REQUESTED})]
    if state is None:
        raise Refused("unknown-referral")
    if isinstance(command, PassDeadline):
        passed = deadline_passed(command, state)
        return [passed] if passed else []
    if not isinstance(command, ReferralCommand):
        raise TypeError(f"no command for a referral: {type(command).__name__}")
    _allow(command, state)
    return _decide(command, state, now)


_REQUESTED = [name for name in e.ReferralRequested.model_fields if name != "due"]


def _allow(command: ReferralCommand, state: ReferralState) -> None:
    who = relations(state, command.by)
    if not who:
        raise Refused("not-yours")
    if not permitted(command.action, state, who):
        raise Refused("not-now", status=state.status, action=command.action)


def _decide(command: ReferralCommand, state: ReferralState, now: datetime) -> list[Event]:
    by = command.by.id
    match command:
        case TriageReferral(decision=decision):
            anew = bool(state.asked) and decision.priority is not state.priority
            return [] if decision == state.decision else [e.ReferralTriaged(decision=decision, anew=anew)]
        case OfferReferral(facility=facility, department=department, to=to):
            return [e.ReferralOffered(facility=facility, department=department, to=to, step=state.step)]
        case AskRouting(to=to):
            if state.legs:
                raise Refused("not-now", status=state.status, action=command.action)
            return [e.RoutingAsked(to=to)]
        case SeeReferral():
            seen = any(person == by for person, _ in state.seen)
            return [] if seen else [e.ReferralSeen(by=by)]
        case HoldReferral():
            return [e.ReferralHeld(by=by)]
        case AcceptReferral(come_now=come_now, appointment=appointment):
            _in_future(appointment, now)
            # An emergency skips the booking.
            come_now = come_now or (appointment is None and state.priority is Priority.stat)
            accepted = e.ReferralAccepted(
                by=by, facility=state.facility or "", come_now=come_now, appointment=appointment
            )
            return [accepted]
        case DeclineReferral(reason=reason, comment=comment):
            if reason is e.DeclineReason.other and comment is None:
                raise Refused("comment-needed")
            return [e.ReferralDeclined(by=by, reason=reason, comment=comment)]
        case AdviseReferral(advice=advice):
            if state.priority is Priority.stat:
                raise Refused("no-advice-for-stat")
            return [e.ReferralAdvised(by=by, advice=advice)]
        case RefuseAdvice():
            return [e.AdviceRefused(by=by)]
        case RedirectReferral(facility=facility, department=department, reason=reason):
            # Whoever declined, or had it before it was opened again, may be asked anew.
            if (facility, department) == (state.facility, state.department) and state.status in _THERE_NOW:
                raise Refused("same-recipient")
            former = state.held_by or state.accepted_by
            return [e.ReferralRedirected(by=by, facility=facility, department=department, reason=reason, former=former)]
        case GiveBackReferral(reason=reason):
            return [e.ReferralGivenBack(by=by, reason=reason, told=state.told_patient)]
        case AskInformation(question=question):
            return [e.InformationAsked(by=by, question=question)]
        case GiveInformation(answer=answer):
            return [e.InformationGiven(by=by, answer=answer)]
        case OfferTime(appointment=appointment):
            _in_future(appointment, now)
            same = state.appointment == appointment and state.status is ReferralStatus.scheduled
            return [] if same else [e.TimeOffered(by=by, appointment=appointment)]
        case ConfirmTime():
            return [e.TimeConfirmed(by=by)]
        case RefuseTime(wants=wants):
            return [e.TimeRefused(by=by, wants=wants)]
        case CancelTime():
            if state.appointment is None:
                raise Refused("not-now", status=state.status, action=command.action)  # who comes now has no time
            return [e.TimeCancelled(by=by, appointment=state.appointment)]
        case SetOut(expected_at=expected_at):
            return [e.PatientSetOut(by=by, expected_at=expected_at)]
        case RecordArrival(facility=facility, inpatient=inpatient):
            return [e.PatientArrived(by=by, facility=facility, inpatient=inpatient or None)]
        case RecordMissed():
            if state.status is ReferralStatus.accepted and not state.come_now:
                raise Refused("not-now", status=state.status, action=command.action)  # nobody was told when to come
            return [e.PatientMissed(by=by)]
        case AttachDocument(document=document, kind=kind, caption=caption):
            there = document in state.documents
            return [] if there else [e.DocumentAttached(by=by, document=document, kind=kind, caption=caption)]
        case AddInterimNote(note=note):
            return [e.InterimNoteAdded(by=by, note=note)]
        case ReportCondition(met=met, unmet=unmet):
            told = (met, unmet) == (state.met, state.unmet)
            return [] if told else [e.ConditionReported(by=by, met=met, unmet=unmet)]
        case SendDown():
            return _send_down(command, state)
        case ReportOutcome():
            return _report(command, state)
        case WithdrawOutcome():
            return [e.OutcomeWithdrawn(by=by)]
        case AmendReferral():
            return _amend(command, state)
        case ChangePriority(priority=priority, reason=reason):
            if priority is state.priority:
                return []
            if priority < state.priority and reason is None:
                raise Refused("reason-needed")
            return [e.PriorityChanged(by=by, priority=priority, reason=reason)]
        case RecordConsent(given_by=given_by):
            return [] if state.consent == "given" else [e.ConsentRecorded(by=by, given_by=given_by)]
        case AskNext():
            return [e.NextAsked(by=by)]
        case HandOver(to=to):
            return [] if to in (*state.handed_to, state.held_by, state.accepted_by) else [e.HandOverAsked(to=to)]
        case TakeOver():
            former = state.held_by or state.accepted_by
            return [] if former == by else [e.ReferralTakenOver(by=by, former=former)]
        case IdentifyPatient(patient=patient):
            known = patient == state.patient and not state.provisional
            return [] if known else [e.PatientIdentified(by=by, patient=patient)]
        case AskCancel(reason=reason):
            return [e.CancelAsked(by=by, reason=reason)]
        case ConfirmCancel():
            before = state.before_cancel or state
            return [e.CancelConfirmed(by=by, told=before.told_patient)]
        case RefuseCancel():
            return [e.CancelRefused(by=by)]
        case WithdrawReferral(reason=reason):
            return [e.ReferralWithdrawn(by=by, reason=reason)]
        case CloseLoop(reason=reason):
            if reason is None and state.status is not ReferralStatus.reported:
                raise Refused("reason-needed")
            return [LoopClosed(by=by, reason=reason)]
        case ReopenReferral(reason=reason):
            return [e.ReferralReopened(by=by, reason=reason, former=state.accepted_by)]
        case _:
            raise TypeError(f"no command for a referral: {type(command).__name__}")


def _in_future(appointment: e.Appointment | None, now: datetime) -> None:
    if appointment is not None and appointment.at < now - _SLACK:
        raise Refused("time-in-past")


def _report(command: ReportOutcome, state: ReferralState) -> list[Event]:
    by = command.by.id
    events: list[Event] = []
    if state.status is not ReferralStatus.arrived:
        events.append(e.PatientArrived(by=by, facility=state.facility))
    events.append(e.OutcomeReported(by=by, kind=command.kind, text=command.text, discharge=command.discharge))
    if command.kind is not e.OutcomeKind.discharged:
        reason = EndReason.died if command.kind is e.OutcomeKind.died else None
        events.append(LoopClosed(by=by, reason=reason))
    return events


def _send_down(command: SendDown, state: ReferralState) -> list[Event]:
    if command.facility == state.facility:
        raise Refused("same-recipient")
    down = e.SentDown(
        by=command.by.id, referral=f"referral-{command.unique}", code=referral_code(int(command.unique[:10], 16)),
        facility=command.facility,
    )  # fmt: skip
    treated = ReportOutcome(stream=command.stream, by=command.by, kind=e.OutcomeKind.treated)
    return [down, *_report(treated, state)]


def _amend(command: AmendReferral, state: ReferralState) -> list[Event]:
    changed = []
    if command.asked_priority not in (None, state.asked_priority):
        changed.append("priority")
    if command.picture not in (None, state.picture):
        changed.append("picture")
    changed += [field for field in ("impression", "reason") if getattr(command, field) is not None]
    if command.recipient_facility is not None and not state.legs:
        changed.append("recipient")
    if not changed:
        return []
    kept = {name: getattr(command, name) for name in _AMENDED}
    return [e.ReferralAmended(by=command.by.id, changed=tuple(changed), **kept)]


_AMENDED = ("asked_priority", "picture", "impression", "reason", "recipient_facility", "department")
