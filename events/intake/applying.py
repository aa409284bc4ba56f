"""Which function takes which intent: the one table from what a message asks to what is done."""

from events.intake.intents import (
    AnswerIn,
    ArrivalIn,
    CancelIn,
    DischargeIn,
    EnrolmentIn,
    Intent,
    MissedIn,
    NotOurs,
    OutcomeIn,
    ReadingIn,
    ReferralIn,
    TimeCancelledIn,
    TimeIn,
    VoidIn,
)
from events.intake.taking import Outcome, Taking, not_ours
from events.intake.taking_discharges import take_discharge, take_void
from events.intake.taking_enrolments import take_enrolment
from events.intake.taking_referrals import take_answer, take_cancel, take_referral
from events.intake.taking_visits import (
    take_arrival,
    take_missed,
    take_outcome,
    take_reading,
    take_time,
    take_time_cancelled,
)


def apply(taking: Taking, intent: Intent) -> Outcome:
    """What became of an intent. Unacceptable refuses the message, Passed only this part of it."""
    match intent:
        case ReferralIn():
            return take_referral(taking, intent)
        case CancelIn():
            return take_cancel(taking, intent)
        case AnswerIn():
            return take_answer(taking, intent)
        case ArrivalIn():
            return take_arrival(taking, intent)
        case MissedIn():
            return take_missed(taking, intent)
        case TimeIn():
            return take_time(taking, intent)
        case TimeCancelledIn():
            return take_time_cancelled(taking, intent)
        case DischargeIn():
            return take_discharge(taking, intent)
        case OutcomeIn():
            return take_outcome(taking, intent)
        case VoidIn():
            return take_void(taking, intent)
        case ReadingIn():
            return take_reading(taking, intent)
        case EnrolmentIn():
            return take_enrolment(taking, intent)
        case NotOurs():
            raise not_ours(intent)
        case _:
            raise TypeError(f"no such intent: {type(intent).__name__}")
