"""Why somebody is told something: one row per purpose, read by the reactions that ask for a notice and by the sender.

`on_unknown` says what follows when nobody knows whether a message arrived (docs/decisions/0006): repeat it once,
marked; leave it to the deadline of the question; or show it on the coordinator's list.
"""

from dataclasses import dataclass
from enum import StrEnum


class Audience(StrEnum):
    """Who reads it; patients and contacts never see codes, and never a department that tells."""

    staff = "staff"
    patient = "patient"
    admin = "admin"


class OnUnknown(StrEnum):
    """What follows an unknown delivery."""

    repeat = "repeat"
    deadline = "deadline"
    show = "show"


class Purpose(StrEnum):
    """The closed set of reasons."""

    # The recipient's side
    offer = "offer"
    coordinator_asked = "coordinator_asked"
    to_be_routed = "to_be_routed"
    time_needed = "time_needed"
    information_given = "information_given"
    time_refused = "time_refused"
    where_is_patient = "where_is_patient"
    arrived_or_missed = "arrived_or_missed"
    outcome_due = "outcome_due"
    cancel_asked = "cancel_asked"
    amended = "amended"
    taken_back = "taken_back"
    reopened = "reopened"
    # The initiator's side
    sent = "sent"
    somebody_has_it = "somebody_has_it"
    nobody_yet = "nobody_yet"
    declined = "declined"
    advised = "advised"
    information_asked = "information_asked"
    missed = "missed"
    reported = "reported"
    cancel_answered = "cancel_answered"
    consent_needed = "consent_needed"
    # What they asked to see again
    shown = "shown"
    # The coordinator's side
    on_board = "on_board"
    hand_over = "hand_over"
    duty_unreachable = "duty_unreachable"
    # Papers and follow-up, at the centre and at the discharge desk
    return_form_due = "return_form_due"
    return_form = "return_form"
    return_form_answered = "return_form_answered"
    feels_worse = "feels_worse"
    high_reading = "high_reading"
    call_item = "call_item"
    plan_card = "plan_card"
    plan_handed_over = "plan_handed_over"
    list_handed_over = "list_handed_over"
    undo_lapsed = "undo_lapsed"
    proposal_lapsed = "proposal_lapsed"
    patient_wrote = "patient_wrote"
    refer_up = "refer_up"
    # Patients and contacts
    patient_come_now = "patient_come_now"
    patient_time = "patient_time"
    patient_cancelled = "patient_cancelled"
    patient_follow_up = "patient_follow_up"
    patient_visit_soon = "patient_visit_soon"
    patient_time_soon = "patient_time_soon"
    patient_unseen = "patient_unseen"
    # The running of the system
    parked = "parked"


@dataclass(frozen=True, slots=True)
class PurposeRule:
    """How notices of a purpose behave.

    `asks`: it waits for an answer and has buttons. `routine_digest`: routine ones wait for the digest hours.
    `budget`: counts against a patient's messages per day and week. `repeat_for_stat`: stat overrides `on_unknown`.
    `follows`: its card changes in place with the state. `of_house`: it is about a list and no loop.
    """

    audience: Audience
    on_unknown: OnUnknown
    asks: bool = False
    budget: bool = False
    repeat_for_stat: bool = False
    follows: bool = True
    of_house: bool = False


_ASK = PurposeRule(Audience.staff, OnUnknown.deadline, asks=True)
_TELL = PurposeRule(Audience.staff, OnUnknown.show)

PURPOSES: dict[Purpose, PurposeRule] = {
    Purpose.offer: PurposeRule(Audience.staff, OnUnknown.deadline, asks=True, repeat_for_stat=True),
    Purpose.coordinator_asked: PurposeRule(Audience.staff, OnUnknown.deadline, asks=True, repeat_for_stat=True),
    Purpose.to_be_routed: _ASK,
    Purpose.time_needed: _ASK,
    Purpose.information_given: _TELL,
    Purpose.time_refused: _ASK,
    Purpose.where_is_patient: _ASK,
    Purpose.arrived_or_missed: _ASK,
    Purpose.outcome_due: _ASK,
    Purpose.cancel_asked: _ASK,
    Purpose.amended: _TELL,
    Purpose.taken_back: _TELL,
    Purpose.reopened: _ASK,
    Purpose.sent: _TELL,
    Purpose.somebody_has_it: _TELL,
    Purpose.nobody_yet: PurposeRule(Audience.staff, OnUnknown.show, repeat_for_stat=True),
    Purpose.declined: _ASK,
    Purpose.advised: _ASK,
    Purpose.information_asked: _ASK,
    Purpose.missed: _ASK,
    Purpose.reported: _TELL,
    Purpose.cancel_answered: _TELL,
    Purpose.consent_needed: PurposeRule(Audience.staff, OnUnknown.deadline, asks=True),
    Purpose.shown: PurposeRule(Audience.staff, OnUnknown.deadline),
    Purpose.on_board: _TELL,
    Purpose.hand_over: PurposeRule(Audience.staff, OnUnknown.repeat, asks=True, follows=False, of_house=True),
    Purpose.duty_unreachable: PurposeRule(Audience.staff, OnUnknown.repeat, follows=False, of_house=True),
    Purpose.return_form_due: _ASK,
    Purpose.return_form: _ASK,
    Purpose.return_form_answered: _ASK,
    Purpose.feels_worse: PurposeRule(Audience.staff, OnUnknown.repeat, asks=True),
    Purpose.high_reading: PurposeRule(Audience.staff, OnUnknown.repeat, asks=True),
    Purpose.call_item: _ASK,
    Purpose.plan_card: _TELL,
    Purpose.plan_handed_over: _TELL,
    Purpose.list_handed_over: PurposeRule(Audience.staff, OnUnknown.repeat, follows=False, of_house=True),
    Purpose.undo_lapsed: PurposeRule(Audience.staff, OnUnknown.repeat, follows=False, of_house=True),
    Purpose.proposal_lapsed: PurposeRule(Audience.admin, OnUnknown.repeat, follows=False, of_house=True),
    Purpose.patient_wrote: _ASK,
    Purpose.refer_up: _ASK,
    Purpose.patient_come_now: PurposeRule(Audience.patient, OnUnknown.repeat, asks=True),
    Purpose.patient_time: PurposeRule(Audience.patient, OnUnknown.repeat, asks=True),
    Purpose.patient_cancelled: PurposeRule(Audience.patient, OnUnknown.show),
    Purpose.patient_follow_up: PurposeRule(Audience.patient, OnUnknown.deadline, asks=True, budget=True),
    Purpose.patient_visit_soon: PurposeRule(Audience.patient, OnUnknown.show, asks=True, budget=True),
    Purpose.patient_time_soon: PurposeRule(Audience.patient, OnUnknown.show, asks=True),
    Purpose.patient_unseen: PurposeRule(Audience.patient, OnUnknown.repeat),
    Purpose.parked: PurposeRule(Audience.admin, OnUnknown.show, follows=False),
}
