"""What people and rules may ask of a referral: the commands; pure. What follows is in events/referral_decider.py."""

from datetime import datetime
from typing import ClassVar, Literal

from events import referral as e
from events.actions import Action, Party
from events.base import Command, EndReason, Personal
from models.documents import DocumentKind
from models.values import Direction, Priority


class ReferralCommand(Command):
    """Something asked of a referral by a party; `action` is the right it needs."""

    action: ClassVar[Action]
    by: Party


class RequestReferral(Command):
    """Begin a referral. Fields as in ReferralRequested."""

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
    picture: e.ClinicalPicture = e.ClinicalPicture()
    impression: Personal | None = None
    reason: Personal | None = None
    history: Personal | None = None
    treatment: Personal | None = None
    consent: Literal["given", "later", "emergency"] = "later"
    provisional: bool = False
    data_incomplete: tuple[str, ...] = ()
    return_of: str | None = None
    wants: Literal["advice"] | None = None


class TriageReferral(ReferralCommand):
    """Record what the rules decided."""

    action = Action.triage
    decision: e.Decision


class OfferReferral(ReferralCommand):
    """Ask these people to answer."""

    action = Action.offer
    facility: str
    department: str | None = None
    to: tuple[str, ...] = ()


class AskRouting(ReferralCommand):
    """Ask these coordinators where the patient is to go."""

    action = Action.offer
    to: tuple[str, ...]


class SeeReferral(ReferralCommand):
    """Note that somebody opened it."""

    action = Action.see


class HoldReferral(ReferralCommand):
    """ "I have it"."""

    action = Action.hold


class AcceptReferral(ReferralCommand):
    """Take the patient: now, at a time, or at a time to be named."""

    action = Action.accept
    come_now: bool = False
    appointment: e.Appointment | None = None


class DeclineReferral(ReferralCommand):
    """Say that it cannot be taken; reason `other` needs a comment."""

    action = Action.decline
    reason: e.DeclineReason
    comment: Personal | None = None


class AdviseReferral(ReferralCommand):
    """Advise to treat the patient where they are."""

    action = Action.advise
    advice: Personal


class RefuseAdvice(ReferralCommand):
    """Insist on the referral."""

    action = Action.refuse_advice


class RedirectReferral(ReferralCommand):
    """Send it on to another facility or department, or route it for the first time."""

    action = Action.redirect
    facility: str
    department: str | None = None
    reason: e.DeclineReason | None = None


class GiveBackReferral(ReferralCommand):
    """Return what was accepted."""

    action = Action.give_back
    reason: e.GiveBackReason


class AskInformation(ReferralCommand):
    """Ask the initiator."""

    action = Action.ask_information
    question: Personal


class GiveInformation(ReferralCommand):
    """Answer the recipient."""

    action = Action.give_information
    answer: Personal


class OfferTime(ReferralCommand):
    """Offer the patient a time."""

    action = Action.offer_time
    appointment: e.Appointment


class ConfirmTime(ReferralCommand):
    """Yes, at that time."""

    action = Action.confirm_time


class RefuseTime(ReferralCommand):
    """Not at that time."""

    action = Action.refuse_time
    wants: Literal["another_time", "cannot_come"] = "another_time"


class CancelTime(ReferralCommand):
    """The time does not hold any more; who accepted still has the referral."""

    action = Action.cancel_time


class SetOut(ReferralCommand):
    """The patient is on the way."""

    action = Action.set_out
    expected_at: datetime | None = None


class RecordArrival(ReferralCommand):
    """The patient is there."""

    action = Action.record_arrival
    facility: str | None = None
    inpatient: bool = False


class RecordMissed(ReferralCommand):
    """The patient did not come."""

    action = Action.record_missed


class AttachDocument(ReferralCommand):
    """Add a file that is kept already."""

    action = Action.attach
    document: str
    kind: DocumentKind
    caption: Personal | None = None


class AddInterimNote(ReferralCommand):
    """News that does not close."""

    action = Action.add_note
    note: Personal


class ReportCondition(ReferralCommand):
    """How the patient is, towards going down: everything that is met, and everything that is not."""

    action = Action.add_note
    met: tuple[str, ...] = ()
    unmet: tuple[str, ...] = ()


class SendDown(ReferralCommand):
    """Refer the patient down and report the outcome. `unique` makes the new referral's id and code."""

    action = Action.report_outcome
    unique: str
    facility: str


class ReportOutcome(ReferralCommand):
    """What came of it; says the arrival too where nobody had."""

    action = Action.report_outcome
    kind: e.OutcomeKind
    text: Personal | None = None
    discharge: str | None = None


class WithdrawOutcome(ReferralCommand):
    """The discharge that was reported never was: the patient is still there."""

    action = Action.withdraw_outcome


class AmendReferral(ReferralCommand):
    """A newer version from the initiator; give only what may have changed."""

    action = Action.amend
    asked_priority: Priority | None = None
    picture: e.ClinicalPicture | None = None
    impression: Personal | None = None
    reason: Personal | None = None
    recipient_facility: str | None = None
    department: str | None = None


class ChangePriority(ReferralCommand):
    """Raise, or lower with a reason."""

    action = Action.change_priority
    priority: Priority
    reason: e.LowerReason | None = None


class RecordConsent(ReferralCommand):
    """The patient, or somebody for them, agreed."""

    action = Action.record_consent
    given_by: str


class AskNext(ReferralCommand):
    """Wait no longer for those who were asked."""

    action = Action.ask_next


class TakeOver(ReferralCommand):
    """Have it instead of whoever had it."""

    action = Action.take_over


class HandOver(ReferralCommand):
    """Ask the one on duty now to take it over."""

    action = Action.hand_over
    to: str


class IdentifyPatient(ReferralCommand):
    """Say who the patient is."""

    action = Action.identify
    patient: str


class AskCancel(ReferralCommand):
    """Ask the recipient to let go of it."""

    action = Action.ask_cancel
    reason: EndReason


class ConfirmCancel(ReferralCommand):
    """Let go."""

    action = Action.confirm_cancel


class RefuseCancel(ReferralCommand):
    """Go on."""

    action = Action.refuse_cancel


class WithdrawReferral(ReferralCommand):
    """Take it back before anybody has it."""

    action = Action.withdraw
    reason: EndReason


class CloseLoop(ReferralCommand):
    """Nothing is left to do, or a coded end."""

    action = Action.close
    reason: EndReason | None = None


class ReopenReferral(ReferralCommand):
    """Open a closed loop again."""

    action = Action.reopen
    reason: Personal
