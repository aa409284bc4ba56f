"""A discharge and its return form 回转单: events, state and fold; pure. Commands: events/discharge_decider.py.

What counts as a discharge: docs/interop.md. The form's fields: the printed 回转单 (BPH3), plus medicines.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from events.base import (
    DeadlinePassed,
    EndReason,
    Event,
    Holder,
    LoopClosed,
    Personal,
    Recorded,
    Sealed,
    Situation,
    advanced,
    altered,
    sealed,
    written_at_once,
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


FORM_FIELDS = ("diagnosis", "results", "treatment", "medicines", "next_plan", "rehabilitation")


class DischargeStatus(StrEnum):
    """Where the papers are."""

    discharged = "discharged"
    form_sent = "form_sent"
    form_returned = "form_returned"
    form_received = "form_received"
    closed = "closed"
    voided = "voided"


@written_at_once
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
    return advanced(state, _evolve(state, recorded), recorded)


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
