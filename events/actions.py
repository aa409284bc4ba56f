"""What may this person do now: one table for cards, API and decider alike; pure.

`actions(state, party)` answers for a referral. A right is a pair (who somebody is to this referral, what it is waiting
for); nothing else decides. Duty is checked when somebody is asked, role and facility when they answer.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from events.base import Situation
from events.referral_state import ReferralState, ReferralStatus
from models.values import Priority, Role


class PartyKind(StrEnum):
    """What kind of somebody acts."""

    practitioner = "practitioner"
    patient = "patient"
    contact = "contact"
    source = "source"
    rule = "rule"


@dataclass(frozen=True, slots=True)
class Position:
    """A role somebody has at a facility (and department) at this moment."""

    facility: str
    role: Role
    department: str | None = None


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody who acts, with the roles and the patients they have at this moment.

    `patients` are those a patient or contact may answer for; a source has one position, at its facility.
    """

    kind: PartyKind
    id: str
    positions: frozenset[Position] = frozenset()
    patients: frozenset[str] = frozenset()

    def at(self, facility: str | None) -> frozenset[Role]:
        """The roles at a facility."""
        return frozenset(position.role for position in self.positions if position.facility == facility)


class Relation(StrEnum):
    """Who a party is to one referral."""

    initiator = "initiator"
    initiator_coordinator = "initiator_coordinator"
    initiator_system = "initiator_system"
    asked = "asked"
    holder = "holder"
    successor = "successor"
    recipient_coordinator = "recipient_coordinator"
    recipient_system = "recipient_system"
    patient = "patient"
    centre = "centre"
    rule = "rule"


class Action(StrEnum):
    """What can be done about a referral."""

    see = "see"
    hold = "hold"
    accept = "accept"
    decline = "decline"
    advise = "advise"
    redirect = "redirect"
    give_back = "give_back"
    ask_information = "ask_information"
    give_information = "give_information"
    refuse_advice = "refuse_advice"
    offer_time = "offer_time"
    confirm_time = "confirm_time"
    refuse_time = "refuse_time"
    cancel_time = "cancel_time"
    set_out = "set_out"
    record_arrival = "record_arrival"
    record_missed = "record_missed"
    add_note = "add_note"
    attach = "attach"
    report_outcome = "report_outcome"
    withdraw_outcome = "withdraw_outcome"
    amend = "amend"
    change_priority = "change_priority"
    record_consent = "record_consent"
    ask_cancel = "ask_cancel"
    confirm_cancel = "confirm_cancel"
    refuse_cancel = "refuse_cancel"
    withdraw = "withdraw"
    close = "close"
    reopen = "reopen"
    ask_next = "ask_next"
    take_over = "take_over"
    identify = "identify"
    hand_over = "hand_over"
    triage = "triage"
    offer = "offer"


_CARE = frozenset({Role.doctor, Role.nurse, Role.family_doctor, Role.head})
_COORDINATION = frozenset({Role.coordinator, Role.head})

S, R = Situation, Relation

_INITIATORS = frozenset({R.initiator, R.initiator_coordinator, R.initiator_system})
_RECIPIENTS = frozenset({R.holder, R.recipient_coordinator, R.recipient_system})
_ANSWERERS = frozenset({R.asked, R.holder, R.recipient_coordinator, R.recipient_system})
_FOR_PATIENT = frozenset({R.patient, R.centre, R.initiator, R.initiator_coordinator})

_ASKING = frozenset({S.offered, S.held, S.information_asked})
_COMING = frozenset({S.accepted, S.time_offered, S.confirmed, S.on_the_way, S.time_passed})
_BEFORE_ARRIVAL = frozenset({S.to_be_routed, S.declined, S.advised, S.missed}) | _ASKING | _COMING
_OPEN = _BEFORE_ARRIVAL | {S.arrived, S.cancel_asked}

# (situations, who may). A situation is a row of the silence table, or a status that waits for nobody.
Rights = tuple[tuple[AbstractSet[str], AbstractSet[Relation]], ...]

RIGHTS: dict[Action, Rights] = {
    Action.see: ((_OPEN, _ANSWERERS),),
    Action.hold: (({S.offered}, {R.asked, R.recipient_coordinator}),),
    Action.accept: ((_ASKING, _ANSWERERS),),
    Action.decline: ((_ASKING, _ANSWERERS),),
    Action.advise: ((_ASKING, _ANSWERERS),),
    Action.redirect: (
        (_ASKING, _ANSWERERS),
        ({S.to_be_routed, S.declined, S.advised, S.missed, S.offered}, _INITIATORS),
    ),
    Action.ask_information: (({S.offered, S.held}, _ANSWERERS),),
    Action.give_information: (({S.information_asked}, _INITIATORS),),
    Action.refuse_advice: (({S.advised}, _INITIATORS),),
    Action.give_back: (({S.accepted, S.time_offered, S.confirmed, S.on_the_way, S.time_passed}, _RECIPIENTS),),
    Action.offer_time: (
        ({S.accepted, S.time_offered, S.confirmed, S.time_passed, S.missed}, _RECIPIENTS),
        ({S.missed}, {R.centre}),
    ),
    Action.confirm_time: (({S.time_offered}, _FOR_PATIENT),),
    Action.refuse_time: (({S.time_offered, S.confirmed}, _FOR_PATIENT),),
    Action.cancel_time: (({S.time_offered, S.confirmed, S.on_the_way, S.time_passed}, {R.recipient_system}),),
    Action.set_out: (({S.accepted, S.time_offered, S.confirmed, S.time_passed}, _FOR_PATIENT),),
    Action.record_arrival: (
        (_COMING | {S.missed, S.cancel_asked}, _RECIPIENTS),
        (_ASKING | {S.to_be_routed}, {R.recipient_system}),
    ),
    Action.record_missed: (({S.accepted, S.time_offered, S.confirmed, S.on_the_way, S.time_passed}, _RECIPIENTS),),
    Action.attach: ((_OPEN, _INITIATORS | _ANSWERERS | {R.centre, R.patient}),),
    Action.add_note: ((_COMING | {S.arrived, S.missed}, _RECIPIENTS),),
    Action.report_outcome: ((_COMING | {S.arrived, S.missed, S.cancel_asked}, _RECIPIENTS | {R.rule}),),
    Action.withdraw_outcome: (({ReferralStatus.reported}, {R.rule}),),
    Action.amend: ((_BEFORE_ARRIVAL, {R.initiator, R.initiator_coordinator, R.initiator_system, R.rule}),),
    Action.change_priority: (
        (_BEFORE_ARRIVAL, {R.initiator, R.initiator_coordinator, R.asked, R.holder, R.recipient_coordinator}),
    ),
    Action.record_consent: ((_OPEN, {R.initiator, R.initiator_coordinator, R.centre}),),
    # A repair (workers/repairing.py) takes back what wrong rules sent, as the rules.
    Action.ask_cancel: ((_COMING | {S.held, S.information_asked}, _INITIATORS | {R.patient, R.centre, R.rule}),),
    Action.confirm_cancel: (({S.cancel_asked}, _RECIPIENTS),),
    Action.refuse_cancel: (({S.cancel_asked}, _RECIPIENTS),),
    Action.withdraw: (({S.to_be_routed, S.offered, S.declined, S.advised, S.missed}, _INITIATORS | {R.rule}),),
    Action.close: (
        ({S.declined, S.advised}, _INITIATORS),
        (
            {S.missed, S.time_passed},
            {R.centre, R.initiator, R.initiator_coordinator, R.recipient_coordinator},
        ),
        ({ReferralStatus.reported}, {R.rule, R.centre, R.initiator_coordinator}),
    ),
    Action.reopen: (
        (
            {ReferralStatus.closed, ReferralStatus.cancelled, ReferralStatus.withdrawn},
            _INITIATORS | {R.centre},
        ),
    ),
    Action.ask_next: (({S.offered, S.held}, {R.recipient_coordinator}),),
    Action.take_over: ((_COMING | {S.held}, {R.successor, R.recipient_coordinator}),),
    Action.identify: (
        (_OPEN | {ReferralStatus.reported}, {R.recipient_coordinator, R.initiator_coordinator, R.centre}),
    ),
    Action.hand_over: ((_COMING | {S.held}, {R.rule}),),
    Action.triage: ((_BEFORE_ARRIVAL, {R.rule}),),
    Action.offer: (({S.offered, S.to_be_routed}, {R.rule}),),
}


def relations(state: ReferralState, party: Party) -> frozenset[Relation]:
    """Who the party is to this referral, by the roles it has now."""
    if party.kind is PartyKind.rule:
        return frozenset({R.rule})
    if party.kind in (PartyKind.patient, PartyKind.contact):
        return frozenset({R.patient}) if state.patient in party.patients else frozenset()
    if party.kind is PartyKind.source:
        sides = {state.initiator_facility: R.initiator_system, state.facility: R.recipient_system}
        return frozenset(relation for facility, relation in sides.items() if party.at(facility))
    found = set()
    here, there = party.at(state.initiator_facility), party.at(state.facility)
    if here & _CARE and party.id == state.initiator:
        found.add(R.initiator)
    routing = state.facility is None and any(asked.person == party.id for asked in state.asked)
    if here & _COORDINATION or (routing and party.positions):
        found.add(R.initiator_coordinator)
    if there & (_CARE | _COORDINATION):
        if any(asked.person == party.id for asked in state.asked):
            found.add(R.asked)
        if party.id in (state.held_by, state.accepted_by, state.holder.person):
            found.add(R.holder)
        if party.id in state.handed_to:
            found.add(R.successor)
    if there & _COORDINATION:
        found.add(R.recipient_coordinator)
    centre = party.at(state.patient_centre or state.initiator_facility)
    if centre & (_COORDINATION | {Role.family_doctor}):
        found.add(R.centre)
    return frozenset(found)


def permitted(action: Action, state: ReferralState, who: AbstractSet[Relation]) -> bool:
    """Whether somebody of these relations may do this now.

    Being asked ends where one person has it: from then on only the holder and the coordinator answer.
    """
    return action in _permitted(state, who)


def _permitted(state: ReferralState, who: AbstractSet[Relation]) -> frozenset[Action]:
    if state.held_by and R.asked in who and R.holder not in who:
        who = who - {R.asked}
    return _rights_of(state.situation or state.status, frozenset(who))


@cache  # a card asks for every reader, and there are few
def _rights_of(stage: Situation | ReferralStatus, who: frozenset[Relation]) -> frozenset[Action]:
    return frozenset(
        action for action, rights in RIGHTS.items() if any(stage in stages and who & may for stages, may in rights)
    )


def actions(state: ReferralState, party: Party) -> frozenset[Action]:
    """What the party may do about the referral as it stands; empty for a stranger."""
    who = relations(state, party)
    # An emergency is not advised about from afar; the decider says so too, in words of its own.
    possible = set(Action) - ({Action.advise} if state.priority is Priority.stat else set())
    if state.situation is S.accepted and not state.come_now:
        possible -= {Action.record_missed}  # nobody was told when to come
    if state.appointment is None:
        possible -= {Action.cancel_time}
    return _permitted(state, who) & possible
