"""What can happen to a referral; pure. What it then is: referral_state.py and referral_evolving.py.

Status and event names follow 360X / BSeR task business status in words (docs/glossary.md). The values that events carry
are in referral_values.py, what happens once it is accepted in referral_care.py; both are known here by name.
"""

from typing import Literal

from events.base import EndReason, Event, Personal
from events.referral_care import (
    ConditionReported,
    DocumentAttached,
    InterimNoteAdded,
    OutcomeReported,
    OutcomeWithdrawn,
    PatientArrived,
    PatientMissed,
    PatientSetOut,
    SentDown,
    TimeCancelled,
    TimeConfirmed,
    TimeOffered,
    TimeRefused,
)
from events.referral_values import (
    Appointment,
    ClinicalPicture,
    Decision,
    DeclineReason,
    GiveBackReason,
    LowerReason,
    OutcomeKind,
    Vitals,
)
from models.values import Direction, Priority

__all__ = [
    "Appointment", "ClinicalPicture", "ConditionReported", "Decision", "DeclineReason", "DocumentAttached",
    "GiveBackReason", "InterimNoteAdded", "LowerReason", "OutcomeKind", "OutcomeReported", "OutcomeWithdrawn",
    "PatientArrived", "PatientMissed", "PatientSetOut", "SentDown", "TimeCancelled", "TimeConfirmed", "TimeOffered",
    "TimeRefused", "Vitals",
]  # fmt: skip


class ReferralRequested(Event):
    """Somebody asks another facility to see a patient. No recipient named: it waits to be routed.

    `wants`: advice, where it is a question; it becomes a referral when the advice is not enough.
    """

    code: str
    direction: Direction
    patient: str
    patient_key: str
    initiator: str | None = None
    initiator_facility: str
    source: str | None = None
    patient_centre: str | None = None
    recipient_facility: str | None = None
    department: str | None = None
    asked_priority: Priority | None = None
    picture: ClinicalPicture = ClinicalPicture()
    impression: Personal | None = None
    reason: Personal | None = None
    history: Personal | None = None
    treatment: Personal | None = None
    consent: Literal["given", "later", "emergency"] = "later"
    provisional: bool = False
    data_incomplete: tuple[str, ...] = ()
    return_of: str | None = None
    wants: Literal["advice"] | None = None


class ReferralTriaged(Event):
    """The rules gave it a priority; the decision carries its reasons. `anew`: it changed after people were asked."""

    decision: Decision
    anew: bool = False


class ReferralOffered(Event):
    """These people are asked to answer; with nobody named, the facility's coordinator is."""

    facility: str
    department: str | None = None
    to: tuple[str, ...] = ()
    step: int = 0


class RoutingAsked(Event):
    """These coordinators are asked where the patient is to go."""

    to: tuple[str, ...]


class ReferralSeen(Event):
    """Somebody who was asked has opened it."""

    by: str


class ReferralHeld(Event):
    """ "I have it": one person answers for it, undecided as yet."""

    by: str


class ReferralAccepted(Event):
    """The recipient takes the patient; come now, or at a time that is offered here or later."""

    by: str
    facility: str
    come_now: bool = False
    appointment: Appointment | None = None


class ReferralDeclined(Event):
    """The recipient cannot take the patient; the initiator chooses what next (a decline never closes)."""

    by: str
    reason: DeclineReason
    comment: Personal | None = None


class ReferralAdvised(Event):
    """The recipient advises to treat where the patient is."""

    by: str
    advice: Personal


class AdviceRefused(Event):
    """The initiator insists on the referral; it is offered again."""

    by: str


class ReferralRedirected(Event):
    """Sent on to another facility or department; the one who had it (`former`) is told."""

    by: str
    facility: str
    department: str | None = None
    reason: DeclineReason | None = None
    former: str | None = None


class ReferralGivenBack(Event):
    """An accepted referral returned by the one who accepted it; the next is asked. `told`: the patient knew."""

    by: str
    reason: GiveBackReason
    told: bool = False


class InformationAsked(Event):
    """The recipient asks the initiator something."""

    by: str
    question: Personal


class InformationGiven(Event):
    """The initiator's answer."""

    by: str
    answer: Personal


class ReferralAmended(Event):
    """The initiator sent a newer version; only what changed is given."""

    by: str
    asked_priority: Priority | None = None
    picture: ClinicalPicture | None = None
    impression: Personal | None = None
    reason: Personal | None = None
    recipient_facility: str | None = None
    department: str | None = None
    changed: tuple[str, ...] = ()


class PriorityChanged(Event):
    """Raised or lowered by a person; lowering has a coded reason."""

    by: str
    priority: Priority
    reason: LowerReason | None = None


class NextAsked(Event):
    """The coordinator does not wait any longer: the next is asked at once."""

    by: str


class HandOverAsked(Event):
    """The shift of whoever has it is over: this one, on duty now, is asked to take it over."""

    to: str


class ReferralTakenOver(Event):
    """Somebody else of the recipient's side has it from now on."""

    by: str
    former: str | None = None


class PatientIdentified(Event):
    """A person has looked: it is this patient."""

    by: str
    patient: str


class CancelAsked(Event):
    """The initiator wants to cancel; the recipient confirms (360X: cancelling is a request)."""

    by: str
    reason: EndReason


class CancelConfirmed(Event):
    """The recipient agreed to the cancellation. `told`: the patient had been told to come."""

    by: str
    told: bool = False


class CancelRefused(Event):
    """The recipient goes on; the referral is where it was."""

    by: str


class ReferralWithdrawn(Event):
    """Taken back before anybody answered, or entered in error."""

    by: str
    reason: EndReason


class ConsentRecorded(Event):
    """Who informed whom, and that they agreed."""

    by: str
    given_by: str


class ReferralReopened(Event):
    """A closed loop is opened again, with a reason; whoever had accepted it (`former`) is told."""

    by: str
    reason: Personal
    former: str | None = None
