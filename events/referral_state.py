"""A referral as its events have made it (events/referral_evolving.py says how); pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import assert_never

from events import referral as e
from events.base import EndReason, Holder, Sealed, Situation, written_at_once
from models.values import Direction, Priority


class ReferralStatus(StrEnum):
    """Where a referral stands (BSeR task business status, in words)."""

    requested = "requested"
    offered = "offered"
    information_asked = "information_asked"
    accepted = "accepted"
    declined = "declined"
    advised = "advised"
    redirected = "redirected"
    scheduled = "scheduled"
    on_the_way = "on_the_way"
    arrived = "arrived"
    missed = "missed"
    reported = "reported"
    cancel_asked = "cancel_asked"
    cancelled = "cancelled"
    withdrawn = "withdrawn"
    closed = "closed"


# Nobody need do anything about these.
ENDED = frozenset({ReferralStatus.cancelled, ReferralStatus.withdrawn, ReferralStatus.closed})


@dataclass(frozen=True, slots=True)
class Asked:
    """One who was asked, when and at which step."""

    person: str
    at: datetime
    step: int


@dataclass(frozen=True, slots=True)
class Leg:
    """One recipient in the chain of redirections."""

    facility: str
    department: str | None
    at: datetime


@written_at_once
@dataclass(frozen=True)
class ReferralState:
    """All that is known of one referral. Times in UTC; people, facilities and patients by id."""

    id: str
    loop: str
    version: int
    code: str
    status: ReferralStatus
    direction: Direction
    patient: str
    patient_key: str
    initiator: str | None
    initiator_facility: str
    source: str | None
    patient_centre: str | None
    requested_at: datetime
    priority: Priority
    asked_priority: Priority | None
    picture: e.ClinicalPicture
    consent: str
    provisional: bool
    data_incomplete: tuple[str, ...]
    legs: tuple[Leg, ...]
    holder: Holder
    since: datetime
    due: datetime | None = None
    step: int = 0
    triaged: bool = False
    decision: e.Decision | None = None
    raised: Priority | None = None
    asked: tuple[Asked, ...] = ()
    excluded: frozenset[str] = frozenset()
    seen: tuple[tuple[str, datetime], ...] = ()
    held_by: str | None = None
    held_first: bool = False
    accepted_by: str | None = None
    accepted_at: datetime | None = None
    recorded_by: str | None = None  # who wrote down what the acceptor said by phone
    come_now: bool = False
    appointment: e.Appointment | None = None
    confirmed: bool = False
    confirmed_by: str | None = None  # the patient, a contact, or whoever wrote it down
    expected_at: datetime | None = None
    arrived_at: datetime | None = None
    inpatient: bool = False
    declined_reason: e.DeclineReason | None = None
    outcome: e.OutcomeKind | None = None
    discharge: str | None = None
    ended_reason: EndReason | None = None
    before_cancel: "ReferralState | None" = None
    passed: bool = False
    return_of: str | None = None
    wants: str | None = None
    handed_to: tuple[str, ...] = ()
    met: tuple[str, ...] = ()
    unmet: tuple[str, ...] = ()
    sent_down: str | None = None
    documents: tuple[str, ...] = ()
    notes: tuple[tuple[str, Sealed], ...] = ()

    @property
    def facility(self) -> str | None:
        """The present recipient."""
        return self.legs[-1].facility if self.legs else None

    @property
    def department(self) -> str | None:
        """The present recipient's department."""
        return self.legs[-1].department if self.legs else None

    @property
    def told_patient(self) -> bool:
        """Whether the patient has been told to come."""
        return self.appointment is not None or self.come_now

    @property
    def open(self) -> bool:
        """Whether anybody still has something to do about the loop."""
        return self.status not in ENDED

    @property
    def situation(self) -> Situation | None:
        """The row of the silence table, or None when this stream waits for nobody."""
        return _situation(self)

    def note(self, kind: str) -> Sealed | None:
        """The newest sealed text of a kind (impression, reason, question, answer, advice, comment, outcome, note)."""
        return next((text for name, text in reversed(self.notes) if name == kind), None)


def _situation(state: ReferralState) -> Situation | None:
    match state.status:
        case ReferralStatus.requested | ReferralStatus.redirected:
            return Situation.offered if state.legs else Situation.to_be_routed
        case ReferralStatus.offered:
            return Situation.held if state.held_by else Situation.offered
        case ReferralStatus.information_asked:
            return Situation.information_asked
        case ReferralStatus.declined:
            return Situation.declined
        case ReferralStatus.advised:
            return Situation.advised
        case ReferralStatus.accepted:
            return Situation.accepted
        case ReferralStatus.scheduled:
            if state.passed:
                return Situation.time_passed
            return Situation.confirmed if state.confirmed else Situation.time_offered
        case ReferralStatus.on_the_way:
            return Situation.on_the_way
        case ReferralStatus.arrived:
            return Situation.arrived
        case ReferralStatus.missed:
            return Situation.missed
        case ReferralStatus.cancel_asked:
            return Situation.cancel_asked
        case ReferralStatus.reported | ReferralStatus.cancelled | ReferralStatus.withdrawn | ReferralStatus.closed:
            return None
        case _:
            assert_never(state.status)
