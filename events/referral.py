"""What can happen to a referral; pure. What it then is: referral_state.py and referral_evolving.py.

Status and event names follow 360X / BSeR task business status in words (docs/glossary.md).
"""

from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import Field

from events.base import EndReason, Event, Personal, Value
from models.documents import DocumentKind
from models.values import Direction, Priority, Sex


class DeclineReason(StrEnum):
    """Why a recipient cannot take a referral; `other` needs a comment (e-RS)."""

    no_capacity = "no_capacity"
    wrong_specialty = "wrong_specialty"
    no_equipment = "no_equipment"
    information_missing = "information_missing"
    not_needed = "not_needed"
    other = "other"


class GiveBackReason(StrEnum):
    """Why an accepted referral is given back."""

    emergency_here = "emergency_here"
    bed_lost = "bed_lost"
    not_my_field = "not_my_field"
    shift_ended = "shift_ended"
    other = "other"


class LowerReason(StrEnum):
    """Why a priority is lowered by hand."""

    examined = "examined"
    improved = "improved"
    entered_wrong = "entered_wrong"


class OutcomeKind(StrEnum):
    """What came of the visit."""

    treated = "treated"
    discharged = "discharged"
    admitted_elsewhere = "admitted_elsewhere"
    no_treatment_needed = "no_treatment_needed"
    died = "died"


class Vitals(Value):
    """Measurements at the time of the referral; absent = not known. Units in the names; pressures in mmHg."""

    sbp: int | None = None
    dbp: int | None = None
    heart_rate: int | None = None
    resp_rate: int | None = None
    temp_c: float | None = None
    spo2: int | None = None
    avpu: Literal["A", "V", "P", "U"] | None = None
    glucose_mmol_l: float | None = None
    glucose_kind: Literal["fasting", "random"] | None = None


class ClinicalPicture(Value):
    """What is known of the patient's condition, as codes and numbers (the words are sealed).

    `suspected`: the emergency pathway that a doctor named, whatever the rules find.
    """

    age: int | None = None
    sex: Sex | None = None
    pregnant: bool | None = None
    newborn: bool | None = None
    vitals: Vitals = Vitals()
    symptoms: tuple[str, ...] = ()
    programmes: tuple[str, ...] = ()
    onset_at: datetime | None = None
    suspected: str | None = None


class Decision(Value):
    """What a rule decided and on what: enough to explain it and to decide the same again (N8)."""

    priority: Priority
    asked: Priority | None = None
    pathway: str | None = None
    rules: tuple[str, ...] = ()
    because: dict[str, str] = Field(default_factory=dict)
    inputs: dict[str, str | int | float | bool | tuple[str, ...] | None] = Field(default_factory=dict)
    sources: tuple[str, ...] = ()
    data_incomplete: tuple[str, ...] = ()
    pack: str
    pack_version: str
    pack_hash: str


class Appointment(Value):
    """A time and place offered to a patient."""

    at: datetime
    place_zh: str = ""
    place_en: str = ""


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


class TimeOffered(Event):
    """A time is offered to the patient."""

    by: str
    appointment: Appointment


class TimeConfirmed(Event):
    """The patient, a contact, or somebody for them says yes."""

    by: str


class TimeRefused(Event):
    """The patient cannot come then; another time is needed."""

    by: str
    wants: Literal["another_time", "cannot_come"] = "another_time"


class TimeCancelled(Event):
    """The hospital's calendar took the time back; the acceptance stands and another time is needed.

    `appointment` is the time that does not hold any more; `told`: whether the patient had been told to come.
    """

    by: str
    appointment: Appointment
    told: bool = True


class PatientSetOut(Event):
    """The patient is on the way."""

    by: str
    expected_at: datetime | None = None


class PatientArrived(Event):
    """The patient is there."""

    by: str
    facility: str | None = None


class PatientMissed(Event):
    """The patient did not come."""

    by: str


class DocumentAttached(Event):
    """A photo or PDF was added; its content is kept sealed beside the log (models/documents.py)."""

    by: str
    document: str
    kind: DocumentKind


class InterimNoteAdded(Event):
    """News from the recipient that does not close the loop."""

    by: str
    note: Personal


class ConditionReported(Event):
    """How the patient is, by the criteria for going down (rules pack `hints`): met, and unmet. Closes nothing."""

    by: str
    met: tuple[str, ...] = ()
    unmet: tuple[str, ...] = ()


class SentDown(Event):
    """The patient goes down to `facility`: a referral of its own begins, and the recipient's part here is over."""

    by: str
    referral: str
    code: str
    facility: str


class OutcomeReported(Event):
    """What came of it; closes the recipient's part."""

    by: str
    kind: OutcomeKind
    text: Personal | None = None
    discharge: str | None = None


class OutcomeWithdrawn(Event):
    """The outcome was entered in error: the patient is still there, and the recipient owes one."""

    by: str


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
