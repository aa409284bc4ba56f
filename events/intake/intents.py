"""What a message asks of us, in our own words: the small union between the translators and the recording; pure.

A translator says who and what it read, never what follows: facilities and patients are still names and numbers of
the source. `element` is where in the message it stands (a FHIR path, or a field), for the answer's sake.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Literal

from events.base import EndReason
from events.discharge import Disposition
from events.follow_up import Programme, Severity
from events.referral import Appointment, ClinicalPicture, DeclineReason, OutcomeKind
from models.values import Direction, Priority, Sex

RequestAsk = Literal["take", "amend", "cancel", "withdraw", "outcome", "refuse"]
Identifier = tuple[str, str]  # system, value; system "" is a number of the source's own


@dataclass(frozen=True, slots=True)
class PlaceIn:
    """A facility or department as a message names it: by identifiers, by our id, by words."""

    identifiers: tuple[Identifier, ...] = ()
    names: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    people: tuple[Identifier, ...] = ()

    @property
    def named(self) -> bool:
        """Whether the message says anything about the place at all."""
        return bool(self.identifiers or self.names)


@dataclass(frozen=True, slots=True)
class PatientIn:
    """A patient as a message gives them; `reference` is what the source itself calls them (Patient/123).

    `birth`: YYYY, YYYY-MM or YYYY-MM-DD. A patient with neither identifier nor reference is nobody we could find again.
    """

    identifiers: tuple[Identifier, ...] = ()
    reference: str | None = None
    name: str | None = None
    birth: str | None = None
    sex: Sex | None = None
    phone: str | None = None
    area: str | None = None
    language: str | None = None
    centre: PlaceIn = PlaceIn()
    element: str = ""
    dead: bool = False

    @property
    def named(self) -> bool:
        """Whether anything identifies the patient."""
        return bool(self.identifiers or self.reference)


@dataclass(frozen=True, slots=True)
class LinkIn:
    """What a message calls one of our referrals: our code, or keys of a source."""

    codes: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()

    @property
    def named(self) -> bool:
        """Whether the message says which referral it is about."""
        return bool(self.codes or self.keys)


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """Something a message wants done; `element` is where it stands there."""

    element: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralIn(Intent):
    """See this patient; the same key again is a newer version of the same referral.

    `keys`: the business key first, then others under which it may be referred to. `new` and `known` say what its status
    asks where we do not know it and where we do; `refusal` why, where that is to refuse.
    """

    keys: tuple[str, ...]
    patient: PatientIn
    new: RequestAsk = "take"
    known: RequestAsk = "amend"
    refusal: str = ""
    initiator: PlaceIn = PlaceIn()
    recipient: PlaceIn = PlaceIn()
    direction: Direction | None = None
    asked_priority: Priority | None = None
    picture: ClinicalPicture = field(default_factory=ClinicalPicture)
    impression: str | None = None
    reason: str | None = None
    history: str | None = None
    treatment: str | None = None
    consent: Literal["given", "later", "emergency"] = "later"
    incomplete: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelIn(Intent):
    """Let go of a referral: a request while somebody has it, a withdrawal before."""

    link: LinkIn
    reason: EndReason = EndReason.other


class AnswerKind(StrEnum):
    """What a recipient's system may answer."""

    seen = "seen"
    accepted = "accepted"
    declined = "declined"
    cancel_confirmed = "cancel_confirmed"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerIn(Intent):
    """The recipient's system answers a referral."""

    link: LinkIn
    kind: AnswerKind
    reason: DeclineReason = DeclineReason.other
    comment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitIn(Intent):
    """Something about a referred patient at the source's facility: by the referral, or by patient and place."""

    link: LinkIn = LinkIn()
    patient: PatientIn | None = None
    facility: PlaceIn = PlaceIn()
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivalIn(VisitIn):
    """The patient is there; `stay`: as an inpatient."""

    stay: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MissedIn(VisitIn):
    """The patient did not come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeIn(VisitIn):
    """A time is booked for the patient."""

    appointment: Appointment


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeCancelledIn(VisitIn):
    """A time does not hold any more; `at` is that time, where the message says it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeIn(VisitIn):
    """What came of the visit; not a discharge."""

    kind: OutcomeKind = OutcomeKind.treated
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DischargeIn(VisitIn):
    """A stay is over. `form`: the fields of the return form that the message carries.

    `emergency`: a stay only where the facility's parameter says so; a visit otherwise. `destination`: where the patient
    went to, where that is not home.
    """

    keys: tuple[str, ...]
    disposition: Disposition = Disposition.home
    destination: PlaceIn = PlaceIn()
    emergency: bool = False
    conditions: tuple[str, ...] = ()
    form: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class VoidIn(Intent):
    """A stay that was reported by mistake."""

    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingIn(Intent):
    """A measurement at home or in the clinic; mmHg and mmol/L."""

    patient: PatientIn
    at: datetime | None = None
    sbp: int | None = None
    dbp: int | None = None
    glucose_mmol_l: float | None = None
    glucose_kind: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentIn(Intent):
    """Somebody begins a programme of follow-up at the source's centre, or ends it for a reason."""

    patient: PatientIn
    programme: Programme
    begins_on: date | None = None
    severity: Severity | None = None
    ended: EndReason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotOurs(Intent):
    """Read and understood, but nothing Refloop does: why. `code` is a FHIR issue type."""

    reason: str
    code: str = "not-supported"


@dataclass(frozen=True, slots=True)
class Message:
    """One message as translated: its own id (None: the body's hash is taken), what it asks, what was odd about it."""

    id: str | None
    intents: tuple[Intent, ...]
    remarks: tuple[str, ...] = ()
