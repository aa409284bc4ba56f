"""The reactions that tell staff about a referral: who, why, in which lane, not before when; pure."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from events import referral as e
from events.base import DeadlinePassed, Recorded, Situation
from events.projections import Loop
from events.purposes import Purpose
from events.referral_state import ReferralState
from models.values import Lane, Priority, Role
from workers.asking import OFFERING, initiator_of, passed_steps, people_of
from workers.facts import Facts
from workers.gathering import gathered_at
from workers.outcomes import Outcome, ShowAnew, Tell
from workers.rules.quiet_hours import RecipientKind, SendPolicy
from workers.rules.silence import Who

# Nothing is told after this long: whoever has not been reached is on a list by then.
STALE = timedelta(days=7)
# Consent that was left for later is asked for after this long (flows: a proposal, evidence A).
CONSENT_WITHIN = timedelta(hours=24)

LANES = {
    Priority.stat: Lane.stat,
    Priority.asap: Lane.asap,
    Priority.urgent: Lane.urgent,
    Priority.routine: Lane.routine,
}

# What a situation asks of whoever the silence table names.
_ASKED_FOR = {
    Situation.to_be_routed: Purpose.to_be_routed,
    Situation.offered: Purpose.offer,
    Situation.held: Purpose.offer,
    Situation.information_asked: Purpose.offer,
    Situation.declined: Purpose.declined,
    Situation.advised: Purpose.advised,
    Situation.accepted: Purpose.time_needed,
    Situation.time_offered: Purpose.call_item,
    Situation.confirmed: Purpose.arrived_or_missed,
    Situation.on_the_way: Purpose.where_is_patient,
    Situation.time_passed: Purpose.arrived_or_missed,
    Situation.missed: Purpose.missed,
    Situation.arrived: Purpose.outcome_due,
    Situation.cancel_asked: Purpose.cancel_asked,
    Situation.return_form_due: Purpose.return_form_due,
    Situation.return_form_unread: Purpose.return_form,
    Situation.follow_up_due: Purpose.call_item,
    Situation.danger_asked: Purpose.feels_worse,
    Situation.danger_unseen: Purpose.feels_worse,
}


def staff(
    purpose: Purpose,
    person: str | None,
    state: Loop,
    facts: Facts,
    step: int = 0,
    params: Mapping[str, str] | None = None,
) -> list[Outcome]:
    """A notice to a member of staff: at once when pressing, else outside their quiet hours."""
    if not person:
        return []
    messages, now = facts.messages(state), facts.now
    gathered = gathered_at(purpose, person, state, facts)
    if gathered is not None:
        # At night the hourly card comes without a sound.
        night = messages.when_to_send(gathered, SendPolicy(), RecipientKind.staff, Priority.routine) > gathered
        more = {**(params or {}), "gather": "yes"}
        lane = LANES[state.priority]
        until = gathered + STALE
        return [Tell(purpose, person, lane, step, more, not_before=gathered, expires_at=until, silent=night)]
    when = messages.when_to_send(now, SendPolicy(), RecipientKind.staff, state.priority, f"{state.id}{person}")
    return [
        Tell(
            purpose, person, LANES[state.priority], step, params or {},
            not_before=when if when > now else None, expires_at=now + STALE,
        )
    ]  # fmt: skip


def initiator(
    purpose: Purpose, state: ReferralState, facts: Facts, params: Mapping[str, str] | None = None
) -> list[Outcome]:
    """A notice to the initiator, or to their coordinator where a system referred or they have left."""
    return staff(purpose, initiator_of(state, facts.directory, facts.now), state, facts, params=params)


def show_anew(recorded: Recorded, state: Loop, facts: Facts) -> Sequence[Outcome]:
    """Cards change in place, silently."""
    return [ShowAnew()]


def sent(recorded: Recorded, state: ReferralState, facts: Facts) -> Sequence[Outcome]:
    """The initiator's own card, which follows the referral from now on."""
    if state.initiator is None:
        return ()
    return [Tell(Purpose.sent, state.initiator, Lane.reply, expires_at=facts.now + STALE, silent=True)]


def consent_later(recorded: Recorded, state: ReferralState, facts: Facts) -> Sequence[Outcome]:
    """Whoever sent it before the patient had agreed is asked about that a day later."""
    if state.initiator is None or state.consent == "given":
        return ()
    at = facts.messages(state).when_to_send(
        facts.now + CONSENT_WITHIN, SendPolicy(), RecipientKind.staff, Priority.routine, f"{state.id}consent"
    )
    return [Tell(Purpose.consent_needed, state.initiator, Lane.routine, not_before=at, expires_at=at + STALE)]


def offered(recorded: Recorded, state: ReferralState, facts: Facts) -> Sequence[Outcome]:
    """Ask those who were named."""
    event: e.ReferralOffered = recorded.event
    found: list[Outcome] = []
    for person in event.to:
        roles = {held.role for held in facts.directory.roles(person, facts.now) if held.facility == event.facility}
        coordinates = bool(roles & {Role.coordinator, Role.head}) and Role.doctor not in roles
        purpose = Purpose.coordinator_asked if coordinates else Purpose.offer
        found += staff(purpose, person, state, facts, event.step)
    return [*found, *_coordinator_sees(recorded, state, facts)]


def _coordinator_sees(recorded: Recorded, state: ReferralState, facts: Facts) -> Sequence[Outcome]:
    """An emergency is seen by the coordinator at once, on a silent card that follows it; they are asked by the table.

    Once for each time that asking begins: not when the next is asked (flows: the emergency road).
    """
    event: e.ReferralOffered = recorded.event
    coordinator = facts.directory.coordinator(event.facility, facts.now)
    asking_began = not any(state.since <= each.at < recorded.occurred_at for each in state.asked)
    if state.priority is not Priority.stat or not coordinator or coordinator in event.to or not asking_began:
        return ()
    # After the questions of the same moment.
    return [Tell(Purpose.on_board, coordinator, Lane.asap, expires_at=facts.now + STALE, silent=True)]


def routing_asked(recorded: Recorded, state: ReferralState, facts: Facts) -> Sequence[Outcome]:
    """Ask the coordinators where it is to go."""
    event: e.RoutingAsked = recorded.event
    return [out for person in event.to for out in staff(Purpose.to_be_routed, person, state, facts, state.step)]


def held(recorded: Recorded, state: ReferralState, facts: Facts) -> Sequence[Outcome]:
    """Somebody has it: the initiator hears at once."""
    return initiator(Purpose.somebody_has_it, state, facts)


def accepted(recorded: Recorded, state: ReferralState, facts: Facts) -> Sequence[Outcome]:
    """The same, unless the initiator knows already that somebody has it: then the card says the rest."""
    return () if state.held_first else initiator(Purpose.somebody_has_it, state, facts)


def declined(recorded: Recorded, state: ReferralState, facts: Facts) -> Sequence[Outcome]:
    """The initiator chooses what next."""
    return initiator(Purpose.declined, state, facts)


def advised(recorded: Recorded, state: ReferralState, facts: Facts) -> Sequence[Outcome]:
    """The initiator takes the advice or insists."""
    return initiator(Purpose.advised, state, facts)


def information_asked(recorded: Recorded, state: ReferralState, facts: Facts) -> Sequence[Outcome]:
    """The initiator is asked."""
    return initiator(Purpose.information_asked, state, facts)


def information_given(recorded: Recorded, state: ReferralState, facts: Facts) -> Sequence[Outcome]:
    """Whoever asked gets the answer."""
    return _recipient(Purpose.information_given, state, facts)


def redirected(recorded: Recorded, state: ReferralState, facts: Facts) -> Sequence[Outcome]:
    """Whoever had it is told that it went on."""
    event: e.ReferralRedirected = recorded.event
    former = event.former if event.former != event.by else None
    return staff(Purpose.taken_back, former, state, facts)


def taken_over(recorded: Recorded, state: ReferralState, facts: Facts) -> Sequence[Outcome]:
    """Whoever had it may leave it alone now."""
    return staff(Purpose.taken_back, recorded.event.former, state, facts)


def given_back(recorded: Recorded, state: ReferralState, facts: Facts) -> Sequence[Outcome]:
    """The initiator had been told that somebody has it: no longer."""
    return initiator(Purpose.nobody_yet, state, facts, {"given_back": "yes"})


def time_refused(recorded: Recorded, state: ReferralState, facts: Facts) -> Sequence[Outcome]:
    """Another time is needed."""
    return _recipient(Purpose.time_refused, state, facts)


def time_cancelled(recorded: Recorded, state: ReferralState, facts: Facts) -> Sequence[Outcome]:
    """The department's calendar took the time back: whoever accepted gives another."""
    return _recipient(Purpose.time_refused, state, facts, {"wants": "cancelled"})


def _recipient(
    purpose: Purpose, state: ReferralState, facts: Facts, params: Mapping[str, str] | None = None
) -> list[Outcome]:
    """A notice to who has it there, or to the coordinator where a hospital's system answered or they have left."""
    people = people_of(Who.recipient, state, facts)
    return [out for person in people for out in staff(purpose, person, state, facts, params=params)]


def missed(recorded: Recorded, state: ReferralState, facts: Facts) -> Sequence[Outcome]:
    """The patient's centre makes a new time or ends it; the initiator knows."""
    centre = people_of(Who.patient_centre, state, facts)
    told = [out for person in centre for out in staff(Purpose.missed, person, state, facts)]
    return told if state.initiator in centre else [*told, *initiator(Purpose.missed, state, facts)]


def reopened(recorded: Recorded, state: ReferralState, facts: Facts) -> Sequence[Outcome]:
    """The initiator's side chooses what next; whoever had accepted it hears that it goes on."""
    event: e.ReferralReopened = recorded.event
    own = initiator_of(state, facts.directory, facts.now)
    people = dict.fromkeys(person for person in (own, event.former) if person != event.by)
    return [out for person in people for out in staff(Purpose.reopened, person, state, facts)]


def reported(recorded: Recorded, state: ReferralState, facts: Facts) -> Sequence[Outcome]:
    """What came of it."""
    return initiator(Purpose.reported, state, facts)


def amended(recorded: Recorded, state: ReferralState, facts: Facts) -> Sequence[Outcome]:
    """Whoever has it, or is asked, sees what changed; whoever declined is asked no more."""
    if state.held_by or state.accepted_by:
        people = people_of(Who.recipient, state, facts)
    else:
        people = people_of(Who.asked, state, facts) if state.situation in OFFERING else []
    changed = " ".join(recorded.event.changed)
    return [
        out for person in people for out in staff(Purpose.amended, person, state, facts, params={"changed": changed})
    ]


def priority_changed(recorded: Recorded, state: ReferralState, facts: Facts) -> Sequence[Outcome]:
    """Whoever has it hears that it has become more or less urgent, unless they said so themselves."""
    holder = state.held_by or state.accepted_by
    if holder is None or holder == recorded.event.by:
        return ()
    return _recipient(Purpose.amended, state, facts, {"changed": "priority"})


def cancel_asked(recorded: Recorded, state: ReferralState, facts: Facts) -> Sequence[Outcome]:
    """The recipient confirms or goes on."""
    return _recipient(Purpose.cancel_asked, state, facts)


def cancel_answered(recorded: Recorded, state: ReferralState, facts: Facts) -> Sequence[Outcome]:
    """The initiator hears what became of the cancellation."""
    return initiator(Purpose.cancel_answered, state, facts)


def silence(recorded: Recorded, state: Loop, facts: Facts) -> Sequence[Outcome]:
    """Nobody answered: ask again whom the table says to ask, and tell whom it says to tell."""
    event: DeadlinePassed = recorded.event
    ask, tell = passed_steps(event, state, facts)
    purpose = _ASKED_FOR[event.situation]
    found: list[Outcome] = []
    for who in ask:
        if who in (Who.patient, Who.call_item):
            continue  # workers/telling_patients.py
        if who in _NEWLY_ASKED and event.situation in OFFERING:
            continue  # asked by a new ReferralOffered or RoutingAsked, which tells them
        people = people_of(who, state, facts)
        if who is Who.asked and isinstance(state, ReferralState):
            # Not those whom this very step has asked: they have just been told.
            people = [person for person in people if person in _asked_before(recorded, state)]
        for person in people:
            why = _for(person, who, purpose, state, facts)
            found += staff(why, person, state, facts, event.reached, {"repeat": "yes"})
    for who in tell:
        found += [
            out
            for person in people_of(who, state, facts)
            for out in staff(_told(event.situation), person, state, facts, event.reached, {"silence": "yes"})
        ]
    return found


_NEWLY_ASKED = frozenset({Who.next_on_duty, Who.everybody, Who.coordinator, Who.head, Who.next_tier_coordinator})


def _asked_before(recorded: Recorded, state: ReferralState) -> set[str]:
    return {asked.person for asked in state.asked if asked.at < recorded.occurred_at}


def _told(situation: Situation) -> Purpose:
    return Purpose.outcome_due if situation is Situation.arrived else Purpose.nobody_yet


def _for(person: str, who: Who, purpose: Purpose, state: Loop, facts: Facts) -> Purpose:
    """What a person is asked for: the initiator's side of a question is asked to answer it, not to decide."""
    if isinstance(state, ReferralState):
        if state.situation is Situation.information_asked and who in (Who.initiator, Who.initiator_coordinator):
            return Purpose.information_asked
        if purpose is Purpose.offer:
            roles = {held.role for held in facts.directory.roles(person, facts.now) if held.facility == state.facility}
            if Role.doctor not in roles and roles & {Role.coordinator, Role.head}:
                return Purpose.coordinator_asked
    return purpose
