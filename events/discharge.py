"""A discharge and its return form 回转单: events, state, commands, decide; pure.

What counts as a discharge: docs/interop.md. The form's fields: the printed 回转单 (BPH3), plus medicines.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
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
    Personal,
    Recorded,
    Refused,
    Sealed,
    Situation,
    altered,
    deadline_passed,
    sealed,
)
from models.values import Priority, Role


class Disposition(StrEnum):
    """Where the patient went; most real messages carry none (= home)."""

    home = "home"
    other_hospital = "other_hospital"
    rehabilitation = "rehabilitation"
    against_advice = "against_advice"
    expired = "expired"


class FormAnswer(StrEnum):
    """The family-doctor team's answer to a return form."""

    received = "received"
    not_our_patient = "not_our_patient"
    medicine_not_available = "medicine_not_available"
    not_found = "not_found"


class PatientDischarged(Event):
    """A stay is over."""

    patient: str
    patient_key: str
    facility: str
    centre: str
    discharged_at: datetime
    disposition: Disposition = Disposition.home
    department: str | None = None
    referral: str | None = None
    source: str | None = None
    conditions: tuple[str, ...] = ()
    by: str


class ReturnFormSent(Event):
    """The papers for the family-doctor team."""

    by: str
    diagnosis: Personal | None = None
    results: Personal | None = None
    treatment: Personal | None = None
    medicines: Personal | None = None
    next_plan: Personal | None = None
    rehabilitation: Personal | None = None


class ReturnFormAnswered(Event):
    """The team has it, or says why not."""

    by: str
    answer: FormAnswer


class ReturnFormPulled(Event):
    """The team has nothing yet and asks for it; the desk's time begins anew."""

    by: str


class CentreNamed(Event):
    """The coordinator names the centre that is the patient's."""

    by: str
    centre: str


class PlanFollowed(Event):
    """A follow-up plan was made and carries the loop from here."""

    plan: str


class DischargeVoided(Event):
    """The discharge was entered in error."""

    by: str


# The desk has so long before it is asked again.
_PULL_AGAIN = timedelta(hours=24)
FORM_FIELDS = ("diagnosis", "results", "treatment", "medicines", "next_plan", "rehabilitation")


class DischargeStatus(StrEnum):
    """Where the papers are."""

    discharged = "discharged"
    form_sent = "form_sent"
    form_returned = "form_returned"
    form_received = "form_received"
    closed = "closed"
    voided = "voided"


@dataclass(frozen=True)
class DischargeState:
    """All that is known of one discharge."""

    id: str
    loop: str
    version: int
    status: DischargeStatus
    patient: str
    patient_key: str
    facility: str
    department: str | None
    centre: str
    discharged_at: datetime
    disposition: Disposition
    referral: str | None
    source: str | None
    conditions: tuple[str, ...]
    holder: Holder
    since: datetime
    due: datetime | None
    priority: Priority = Priority.routine
    step: int = 0
    answer: FormAnswer | None = None
    answered_by: str | None = None
    plan: str | None = None
    pulled_at: datetime | None = None
    ended_reason: EndReason | None = None
    form: tuple[tuple[str, Sealed], ...] = ()

    @property
    def open(self) -> bool:
        """Whether the papers still wait for somebody."""
        return self.situation is not None

    @property
    def ended(self) -> bool:
        """Whether it is closed or void."""
        return self.status in (DischargeStatus.closed, DischargeStatus.voided)

    @property
    def situation(self) -> Situation | None:
        """The row of the silence table, or None when the plan carries the loop, or nobody is left to care for."""
        if self.disposition is Disposition.expired:
            return None
        match self.status:
            case DischargeStatus.discharged | DischargeStatus.form_returned:
                return Situation.return_form_due
            case DischargeStatus.form_sent:
                return Situation.return_form_unread
            case _:
                return None


def begin(recorded: Recorded) -> DischargeState:
    """The state that a PatientDischarged begins."""
    gone: PatientDischarged = recorded.event
    return DischargeState(
        id=recorded.stream, loop=recorded.loop, version=recorded.version, status=DischargeStatus.discharged,
        patient=gone.patient, patient_key=gone.patient_key, facility=gone.facility, department=gone.department,
        centre=gone.centre, discharged_at=gone.discharged_at, disposition=gone.disposition, referral=gone.referral,
        source=gone.source, conditions=gone.conditions, since=recorded.occurred_at, due=gone.due,
        holder=Holder(Role.discharge_desk, gone.facility, gone.department),
    )  # fmt: skip


def evolve(state: DischargeState | None, recorded: Recorded) -> DischargeState:
    """The state after one more event."""
    if state is None:
        return begin(recorded)
    state = altered(_evolve(state, recorded), version=recorded.version)
    return altered(state, due=recorded.event.due) if recorded.event.due else state


def _turn(
    state: DischargeState, at: datetime, status: DischargeStatus, holder: Holder, **changes: Any
) -> DischargeState:
    return altered(state, status=status, holder=holder, since=at, step=0, due=None, **changes)


def _evolve(state: DischargeState, recorded: Recorded) -> DischargeState:
    event, at = recorded.event, recorded.occurred_at
    status = DischargeStatus
    match event:
        case ReturnFormSent():
            found = [(field, text) for field in FORM_FIELDS if (text := sealed(recorded, field)) is not None]
            team = Holder(Role.family_doctor, state.centre)
            return _turn(state, at, status.form_sent, team, form=state.form + tuple(found))
        case ReturnFormAnswered(by=by, answer=answer):
            state = altered(state, answer=answer, answered_by=by)
            if answer in (FormAnswer.received, FormAnswer.medicine_not_available):
                return altered(state, status=status.form_received, due=None)
            return _turn(state, at, status.form_returned, Holder(Role.coordinator, state.facility))
        case ReturnFormPulled():
            return altered(state, since=at, step=0, due=None, pulled_at=at)
        case CentreNamed(centre=centre):
            if not state.form:
                return altered(state, centre=centre)
            return _turn(state, at, status.form_sent, Holder(Role.family_doctor, centre), centre=centre)
        case PlanFollowed(plan=plan):
            return altered(state, plan=plan)
        case DischargeVoided():
            return altered(state, status=status.voided, due=None)
        case LoopClosed(reason=reason):
            return altered(state, status=status.closed, due=None, ended_reason=reason)
        case DeadlinePassed(reached=reached):
            return altered(state, step=reached, due=None)
        case _:
            raise TypeError(f"a discharge knows no {recorded.type}")


class RecordDischarge(Command):
    """A stay is over. Fields as in PatientDischarged."""

    patient: str
    patient_key: str
    facility: str
    centre: str
    discharged_at: datetime
    disposition: Disposition = Disposition.home
    department: str | None = None
    referral: str | None = None
    source: str | None = None
    conditions: tuple[str, ...] = ()
    by: Party


class SendReturnForm(Command):
    """Send the papers; at least one field."""

    by: Party
    diagnosis: Personal | None = None
    results: Personal | None = None
    treatment: Personal | None = None
    medicines: Personal | None = None
    next_plan: Personal | None = None
    rehabilitation: Personal | None = None


class AnswerReturnForm(Command):
    """Say whether the papers came to the right place."""

    by: Party
    answer: FormAnswer


class PullReturnForm(Command):
    """Ask the discharge desk for papers that are missing."""

    by: Party


class NameCentre(Command):
    """Say which centre the patient belongs to."""

    by: Party
    centre: str


class FollowPlan(Command):
    """The plan made after this discharge."""

    by: Party
    plan: str


class VoidDischarge(Command):
    """It was entered in error."""

    by: Party


class CloseDischargeLoop(Command):
    """Nothing is left to do (when the discharge is the root)."""

    by: Party
    reason: EndReason | None = None


def _sender(state: DischargeState, by: Party) -> bool:
    return by.kind is PartyKind.rule or bool(by.at(state.facility))


def _only_rules(by: Party) -> None:
    if by.kind is not PartyKind.rule:
        raise Refused("not-yours")


def _team(state: DischargeState, by: Party) -> bool:
    return bool(by.at(state.centre) & {Role.family_doctor, Role.doctor, Role.coordinator, Role.head, Role.nurse})


def decide(command: Command, state: DischargeState | None, now: datetime) -> list[Event]:
    """What follows from a command; [] where it is already so."""
    if isinstance(command, RecordDischarge):
        if state is not None:
            return []
        if command.discharged_at > now:
            raise Refused("discharge-in-future")
        return [PatientDischarged(by=command.by.id, **{name: getattr(command, name) for name in _DISCHARGED})]
    if state is None:
        raise Refused("unknown-discharge")
    match command:
        case SendReturnForm(by=by):
            if not _sender(state, by):
                raise Refused("not-yours")
            fields = {name: value for name in FORM_FIELDS if (value := getattr(command, name)) is not None}
            if not fields:
                raise Refused("form-empty")
            if state.ended:
                raise Refused("not-now", status=state.status, action="send_form")
            return [ReturnFormSent(by=by.id, **fields)]
        case AnswerReturnForm(by=by, answer=answer):
            if not _team(state, by):
                raise Refused("not-yours")
            if state.status is not DischargeStatus.form_sent:
                raise Refused("not-now", status=state.status, action="answer_form")
            return [ReturnFormAnswered(by=by.id, answer=answer)]
        case PullReturnForm(by=by):
            if not _team(state, by):
                raise Refused("not-yours")
            if state.status not in (DischargeStatus.discharged, DischargeStatus.form_returned):
                raise Refused("not-now", status=state.status, action="pull_form")
            # Pulled twice is one question.
            again = state.pulled_at is None or now - state.pulled_at >= _PULL_AGAIN
            return [ReturnFormPulled(by=by.id)] if again else []
        case NameCentre(by=by, centre=centre):
            if not (by.at(state.facility) | by.at(state.centre)) & {Role.coordinator, Role.head}:
                raise Refused("not-yours")
            if state.ended:
                raise Refused("not-now", status=state.status, action="name_centre")
            return [] if centre == state.centre else [CentreNamed(by=by.id, centre=centre)]
        case FollowPlan(by=by, plan=plan):
            _only_rules(by)
            return [] if state.plan else [PlanFollowed(plan=plan)]
        case VoidDischarge(by=by):
            if not _sender(state, by):
                raise Refused("not-yours")
            return [] if state.ended else [DischargeVoided(by=by.id)]
        case CloseDischargeLoop(by=by, reason=reason):
            _only_rules(by)
            return [] if state.ended else [LoopClosed(by=by.id, reason=reason)]
        case PassDeadline():
            passed = deadline_passed(command, state)
            return [passed] if passed else []
        case _:
            raise TypeError(f"no command for a discharge: {type(command).__name__}")


_DISCHARGED = [name for name in PatientDischarged.model_fields if name not in ("due", "by")]
