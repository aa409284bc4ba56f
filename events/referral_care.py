"""What can happen to a referral once it is accepted: a time, the way, the arrival, what came of it; pure."""

from datetime import datetime
from typing import Literal

from events.base import Event, Personal
from events.referral_values import Appointment, OutcomeKind
from models.documents import DocumentKind


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
    """The patient is there; `inpatient`: for a stay, whose end the hospital's system tells by itself."""

    by: str
    facility: str | None = None
    inpatient: bool | None = None


class PatientMissed(Event):
    """The patient did not come."""

    by: str


class DocumentAttached(Event):
    """A photo, PDF or voice message was added; its content is kept sealed beside the log (models/documents.py).

    `caption`: what a patient wrote under it.
    """

    by: str
    document: str
    kind: DocumentKind
    caption: Personal | None = None


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
