"""Is it still true? Looked at just before a notice is sent, for the state may have moved while it waited; pure.

A notice that is no longer true is withdrawn, not sent; what replaced it has a notice of its own.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from events.base import EndReason, Situation
from events.discharge import DischargeState, DischargeStatus
from events.follow_up import Alarm, PlanState
from events.purposes import Purpose
from events.referral_state import ReferralState, ReferralStatus
from models.values import Priority

Loop = ReferralState | DischargeState | PlanState

_NOTHING: Mapping[str, str] = MappingProxyType({})
_ASKING = frozenset({Situation.offered, Situation.held, Situation.information_asked})

# What a referral must be waiting for, for a notice of this purpose to be true.
_WHILE: dict[Purpose, frozenset[Situation]] = {
    Purpose.to_be_routed: frozenset({Situation.to_be_routed}),
    Purpose.time_needed: frozenset({Situation.accepted}),
    Purpose.information_given: _ASKING,
    Purpose.time_refused: frozenset({Situation.accepted}),
    Purpose.where_is_patient: frozenset({Situation.on_the_way, Situation.accepted}),
    Purpose.arrived_or_missed: frozenset({Situation.time_passed}),
    Purpose.outcome_due: frozenset({Situation.arrived}),
    Purpose.cancel_asked: frozenset({Situation.cancel_asked}),
    Purpose.declined: frozenset({Situation.declined}),
    Purpose.advised: frozenset({Situation.advised}),
    Purpose.information_asked: frozenset({Situation.information_asked}),
    Purpose.missed: frozenset({Situation.missed}),
}

# News: true while the loop is open, whatever it waits for.
_WHILE_OPEN = frozenset({Purpose.sent, Purpose.amended, Purpose.reopened, Purpose.patient_wrote})
# News that stays true: what happened has happened.
_ALWAYS = frozenset(
    {
        Purpose.taken_back, Purpose.reported, Purpose.cancel_answered,
        Purpose.return_form_answered, Purpose.parked, Purpose.shown,
        Purpose.on_board, Purpose.hand_over, Purpose.duty_unreachable,
        Purpose.list_handed_over, Purpose.undo_lapsed, Purpose.proposal_lapsed,
    }
)  # fmt: skip


def still_wanted(
    purpose: Purpose, state: Loop, recipient: str, step: int, params: Mapping[str, str] = _NOTHING
) -> bool:
    """Whether a notice of `purpose` for `recipient` is still true of the state it is about.

    `step` is the notice's: one of an earlier step is dropped when the same person has been asked again since. `params`
    are the notice's: `at` (the appointment it is about) and `row` (the follow-up) tell an old one from a new one.
    """
    if purpose in _ALWAYS:
        return True
    match state:
        case ReferralState():
            return _of_referral(purpose, state, recipient, step, params)
        case DischargeState():
            return _of_discharge(purpose, state)
        case PlanState():
            return _of_plan(purpose, state, step, params)


def _of_referral(purpose: Purpose, state: ReferralState, recipient: str, step: int, params: Mapping[str, str]) -> bool:
    if purpose in _WHILE:
        return state.situation in _WHILE[purpose]
    if purpose in _WHILE_OPEN:
        return state.open
    check = _REFERRAL_CHECKS.get(purpose)
    return check is not None and check(state, recipient, step, params)


def _offer(state: ReferralState, recipient: str, step: int, params: Mapping[str, str]) -> bool:
    if state.situation in (Situation.held, Situation.information_asked):
        return state.held_by == recipient
    if state.priority is Priority.stat and 0 < step < state.step:
        # Asked again every minute: after a pause of the chat only the newest repeat is news.
        return False
    last = max((asked.step for asked in state.asked if asked.person == recipient), default=None)
    return state.situation is Situation.offered and last is not None and last <= step


def _nobody_has_it(state: ReferralState, recipient: str, step: int, params: Mapping[str, str]) -> bool:
    # Whoever has it answers; a hospital's system that asked back has nobody, so its coordinator goes on.
    return state.situation in _ASKING and state.held_by in (None, recipient)


def _somebody_has_it(state: ReferralState, recipient: str, step: int, params: Mapping[str, str]) -> bool:
    return state.open and (state.accepted_by is not None or state.situation is Situation.held)


def _nobody_yet(state: ReferralState, recipient: str, step: int, params: Mapping[str, str]) -> bool:
    # Also said where nothing moves later on; a step beyond the present one belongs to a silence that has ended.
    return state.situation is not None and step <= state.step


def _come_now(state: ReferralState, recipient: str, step: int, params: Mapping[str, str]) -> bool:
    return state.come_now and state.situation is Situation.accepted


def _time(state: ReferralState, recipient: str, step: int, params: Mapping[str, str]) -> bool:
    appointment = state.appointment
    if appointment is None or state.situation not in (Situation.time_offered, Situation.confirmed):
        return False
    return params.get("at", appointment.at.isoformat()) == appointment.at.isoformat()


def _cancelled(state: ReferralState, recipient: str, step: int, params: Mapping[str, str]) -> bool:
    # Where another time has been given meanwhile, that message says it.
    return not (state.open and state.told_patient)


def _to_call(state: ReferralState, recipient: str, step: int, params: Mapping[str, str]) -> bool:
    if "at" in params:
        return _time(state, recipient, step, params)  # of a time to come that the patient was not reminded of
    if state.situation is None:
        # They were told to come and nobody could tell them not to.
        return state.status in (ReferralStatus.cancelled, ReferralStatus.withdrawn)
    return state.situation is not Situation.arrived


def _unseen(state: ReferralState, recipient: str, step: int, params: Mapping[str, str]) -> bool:
    return state.situation in (Situation.to_be_routed, Situation.offered) and not state.seen


def _no_consent(state: ReferralState, recipient: str, step: int, params: Mapping[str, str]) -> bool:
    return state.open and state.consent != "given"


_REFERRAL_CHECKS: dict[Purpose, Callable[[ReferralState, str, int, Mapping[str, str]], bool]] = {
    Purpose.offer: _offer,
    Purpose.coordinator_asked: _nobody_has_it,
    Purpose.nobody_yet: _nobody_yet,
    Purpose.somebody_has_it: _somebody_has_it,
    Purpose.patient_come_now: _come_now,
    Purpose.patient_time: _time,
    Purpose.patient_time_soon: _time,
    Purpose.patient_cancelled: _cancelled,
    Purpose.call_item: _to_call,
    Purpose.patient_unseen: _unseen,
    Purpose.consent_needed: _no_consent,
}


def _of_discharge(purpose: Purpose, state: DischargeState) -> bool:
    match purpose:
        case Purpose.return_form_due:
            return state.status in (DischargeStatus.discharged, DischargeStatus.form_returned)
        case Purpose.return_form:
            return state.status is DischargeStatus.form_sent
        case _:
            return purpose is Purpose.call_item and not state.ended


def _visit_soon(state: PlanState, params: Mapping[str, str]) -> bool:
    row = state.row
    if row is None or state.paused or state.muted:
        return False
    return params.get("at", row.due_at.isoformat()) == row.due_at.isoformat()


_OF_OPEN_PLANS: dict[Purpose, Callable[[PlanState, Mapping[str, str]], bool]] = {
    Purpose.plan_card: lambda state, params: True,
    Purpose.plan_handed_over: lambda state, params: True,
    Purpose.patient_wrote: lambda state, params: True,
    Purpose.refer_up: lambda state, params: state.referral is None,
    Purpose.patient_visit_soon: _visit_soon,
}


def _of_plan(purpose: Purpose, state: PlanState, step: int, params: Mapping[str, str]) -> bool:
    if purpose is Purpose.high_reading and state.ended_reason is not EndReason.died:
        # A number too high stays true when it was the last answer of its plan.
        wanted = params.get("reading", state.last_reading)
        return any(unique == wanted for unique, _ in state.readings)
    if not state.open:
        return False
    if purpose in _OF_OPEN_PLANS:
        return _OF_OPEN_PLANS[purpose](state, params)
    here = int(params.get("row", state.current)) == state.current
    match purpose:
        case Purpose.feels_worse:
            return here and state.worse_at is not None
        case Purpose.patient_unseen:
            return here and state.alarm is Alarm.unseen
        case Purpose.patient_follow_up:
            # Held back until the second reminder was due as well: the two would ask the same in one message.
            newest = step == 0 or step >= state.step
            quiet = state.calling or state.paused or state.muted
            return here and newest and state.worse_at is None and not quiet
        case Purpose.call_item if "at" in params:
            # To be called before the visit; from the day on the reminder has a call of its own.
            return _visit_soon(state, params) and not (state.reminded or state.coming)
        case _:
            return purpose is Purpose.call_item and here
