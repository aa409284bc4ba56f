"""Who is asked: the people behind the words of the silence table, and the reactions that offer a referral; pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from events.actions import Party, PartyKind
from events.base import DeadlinePassed, Recorded, Situation
from events.discharge import DischargeState
from events.follow_up import PlanState
from events.projections import Loop
from events.referral import PriorityChanged
from events.referral_commands import AskRouting, OfferReferral
from events.referral_state import ReferralState, ReferralStatus
from models.directory import Directory
from models.values import Priority, Role
from workers.facts import Facts, asked_at
from workers.outcomes import Do, Outcome
from workers.rules.silence import Who

RULES = Party(PartyKind.rule, "rules")
# Here people are asked by name: by an offer, or to route it.
OFFERING = frozenset({Situation.offered, Situation.to_be_routed, Situation.held})
MORE_THAN_ALL = 50  # more steps than any table lists, fewer than a week of silence by the minute


def passed_steps(event: DeadlinePassed, state: Loop, facts: Facts) -> tuple[tuple[Who, ...], tuple[Who, ...]]:
    """Whom the steps that have just been taken ask and tell, each once, in order."""
    row = facts.rules.silence_at(facts.directory, asked_at(state)).rows[event.situation]
    priority = state.priority
    last = min(event.reached, event.step + MORE_THAN_ALL)
    steps = [row.step(priority, number) for number in range(event.step + 1, last + 1)]
    ask = dict.fromkeys(who for step in steps for who in step.ask)
    if Who.asked in ask and event.situation not in OFFERING:
        # Nobody was asked by name here: those whom the steps of this situation ask.
        ask = dict.fromkeys(who for step in row.steps_for(priority) for who in step.ask) | ask
        del ask[Who.asked]
    tell = dict.fromkeys(who for step in steps for who in step.tell)
    return tuple(ask), tuple(tell)


def place(recorded: Recorded, state: ReferralState, facts: Facts) -> Sequence[Outcome]:
    """Ask the first who answers for what came in, was redirected, given back, insisted on, or became more urgent."""
    if state.status not in (ReferralStatus.requested, ReferralStatus.redirected, ReferralStatus.offered):
        return ()
    if not state.triaged or state.held_by:
        return ()
    anew = isinstance(recorded.event, PriorityChanged) or getattr(recorded.event, "anew", False)
    if state.asked and not anew:
        return ()  # an amendment alone asks nobody twice
    if state.facility is None:
        coordinator = facts.directory.coordinator(state.initiator_facility, facts.now)
        return _routing(state, [coordinator])
    first = first_asked(state, facts.directory, facts)
    return [_offer(state, first)]


def first_asked(state: ReferralState, directory: Directory, facts: Facts) -> list[str]:
    """The first to be asked: on duty; routine: the referral desk. Nobody there: coordinator, then head."""
    facility = state.facility or ""
    closed = directory.closed(facility, state.department, facts.now)
    if not closed:
        people = (
            _desk(state, directory, facts) if state.priority is Priority.routine else _duty(state, directory, facts.now)
        )
        people = [person for person in people if person not in state.excluded]
        if people:
            return people[:1]
    return _known([directory.coordinator(facility, facts.now), directory.head(facility, state.department, facts.now)])[
        :1
    ]


def _duty(state: ReferralState, directory: Directory, at: datetime) -> list[str]:
    facility = state.facility or ""
    people = list(directory.on_duty(facility, state.department, at)) if state.department else []
    return people or list(directory.on_duty(facility, None, at))


def _desk(state: ReferralState, directory: Directory, facts: Facts) -> list[str]:
    if state.department is None:
        return _known([directory.coordinator(state.facility or "", facts.now)])
    return list(directory.desk(state.facility or "", state.department, facts.now))


def ask_next(recorded: Recorded, state: ReferralState, facts: Facts) -> Sequence[Outcome]:
    """On silence: who has not been asked yet and is to be asked now."""
    event: DeadlinePassed = recorded.event
    if state.status not in (ReferralStatus.requested, ReferralStatus.redirected, ReferralStatus.offered):
        return ()
    if state.held_by:
        return ()  # whoever has it is asked again, and nobody else (workers/telling.py)
    ask, _ = passed_steps(event, state, facts)
    asked = {each.person for each in state.asked} | state.excluded
    if event.situation is Situation.to_be_routed:
        people = [p for who in ask for p in people_of(who, state, facts)]
        return _routing(state, [person for person in people if person not in asked])
    found: list[str] = []
    for who in ask:
        # An empty step is skipped at once: nobody else on duty means the coordinator, then the head.
        fresh = ask_next_after(state, facts) if who is Who.next_on_duty else _fresh(state, facts, asked, who)
        found += [person for person in fresh if person not in found]
    return [_offer(state, found)] if found else ()


def ask_next_by_hand(recorded: Recorded, state: ReferralState, facts: Facts) -> Sequence[Outcome]:
    """The coordinator waits no longer."""
    people = ask_next_after(state, facts)
    return [_offer(state, people)] if people and state.situation is Situation.offered else ()


def ask_next_after(state: ReferralState, facts: Facts) -> list[str]:
    """The next to be asked when somebody who was asked cannot be reached: on duty, else coordinator, else head."""
    asked = {each.person for each in state.asked} | state.excluded
    for who in (Who.next_on_duty, Who.coordinator, Who.head):
        fresh = _fresh(state, facts, asked, who)
        if fresh:
            return fresh[:1]
    return []


def _fresh(state: ReferralState, facts: Facts, asked: set[str], who: Who) -> list[str]:
    return [person for person in people_of(who, state, facts) if person not in asked]


def _offer(state: ReferralState, people: Sequence[str]) -> Outcome:
    facility = state.facility or ""
    return Do(
        OfferReferral(stream=state.id, by=RULES, facility=facility, department=state.department, to=tuple(people))
    )


def _routing(state: ReferralState, people: Iterable[str | None]) -> Sequence[Outcome]:
    known = _known(people)
    return [Do(AskRouting(stream=state.id, by=RULES, to=tuple(known)))] if known else ()


def _known(people: Iterable[str | None]) -> list[str]:
    return list(dict.fromkeys(person for person in people if person))


def people_of(who: Who, state: Loop, facts: Facts) -> list[str]:
    """The staff behind a word of the silence table, at this moment; patients are not staff."""
    match state:
        case ReferralState():
            return _known(_of_referral(who, state, facts))
        case DischargeState():
            return _known(_of_papers(who, state.facility, state.centre, state.patient, facts))
        case PlanState() if state.alarming and state.alarmed and who in (Who.family_doctor_team, Who.holder):
            return list(state.alarmed)
        case PlanState():
            return _known(_of_papers(who, state.centre, state.centre, state.patient, facts, state.lead))


def _of_referral(who: Who, state: ReferralState, facts: Facts) -> Iterable[str | None]:
    directory, now = facts.directory, facts.now
    here, there = state.initiator_facility, state.facility
    match who:
        case Who.asked:
            return [each.person for each in state.asked]
        case Who.holder | Who.recipient:
            # While a question is open the holder is the initiator, who is no recipient.
            held = state.holder.person if state.holder.facility == there else None
            has = state.held_by or state.accepted_by or held
            return [_still(has, there or here, directory, now) or directory.coordinator(there or here, now)]
        case Who.next_on_duty:
            if state.priority is Priority.routine:
                return _desk(state, directory, facts)  # never night duty, which may have begun when the limit runs out
            return _duty(state, directory, now)
        case Who.department:
            has = _still(state.accepted_by, there or here, directory, now)
            return [has] if has else _duty(state, directory, now)[:1]
        case Who.everybody:
            people = _duty(state, directory, now) + list(directory.on_duty(there or here, None, now))
            return [
                *people,
                directory.coordinator(there or here, now),
                directory.head(there or here, state.department, now),
            ]
        case Who.coordinator | Who.recipient_coordinator:
            return [directory.coordinator(there or here, now)]
        case Who.head:
            return [directory.head(there or here, state.department, now)]
        case Who.initiator:
            return [initiator_of(state, directory, now)]
        case Who.initiator_coordinator:
            return [directory.coordinator(here, now)]
        case Who.next_tier_coordinator:
            return [directory.next_tier_coordinator(here, now)]
        case Who.patient_centre | Who.patient_centre_coordinator | Who.call_item | Who.family_doctor_team:
            return [directory.coordinator(state.patient_centre or here, now)]
        case Who.discharge_desk:
            return [directory.discharge_desk(there or here, now)]
        case Who.patient:
            return []


def initiator_of(state: ReferralState, directory: Directory, now: datetime) -> str | None:
    """Who is told as the initiator: whoever referred, or the coordinator where a system did, or they have left (T7)."""
    here = state.initiator_facility
    return _still(state.initiator, here, directory, now) or directory.coordinator(here, now)


def _still(person: str | None, facility: str, directory: Directory, now: datetime) -> str | None:
    """The person while they work there."""
    return person if person and works_at(person, facility, directory, now) else None


def works_at(person: str, facility: str, directory: Directory, now: datetime) -> bool:
    """Whether the registry gives the person a role there at this moment."""
    return any(held.facility == facility for held in directory.roles(person, now))


def _of_papers(
    who: Who, facility: str, centre: str, patient: str, facts: Facts, lead: str | None = None
) -> Iterable[str | None]:
    directory, now = facts.directory, facts.now
    match who:
        case Who.discharge_desk:
            return [directory.discharge_desk(facility, now)]
        case Who.recipient_coordinator:
            # Where one person is desk and coordinator, silence goes on to the head: who was silent was asked already.
            coordinator = directory.coordinator(facility, now)
            head = directory.head(facility, None, now)
            return [head or coordinator if coordinator == directory.discharge_desk(facility, now) else coordinator]
        case Who.coordinator | Who.head:
            return [directory.coordinator(facility, now)]
        case Who.patient_centre_coordinator | Who.patient_centre:
            return [directory.coordinator(centre, now)]
        case Who.next_tier_coordinator:
            return [directory.next_tier_coordinator(centre, now)]
        case Who.family_doctor_team | Who.call_item | Who.holder:
            return [_present(lead, centre, facts) if lead else team_lead(patient, centre, facts)]
        case _:
            return []


def team_lead(patient: str, centre: str, facts: Facts) -> str | None:
    """Who of the patient's family-doctor team at the centre answers; without a team a family doctor or coordinator.

    Whoever is on leave is covered by the colleague the registry names.
    """
    directory, now = facts.directory, facts.now
    for team in facts.patient(patient).teams:
        found = directory.team(team)
        if found is not None and found.facility == centre:
            return _present(directory.team_lead(team, now), centre, facts)
    doctors = directory.with_role(Role.family_doctor, centre, now)
    return _present(doctors[0] if doctors else directory.coordinator(centre, now), centre, facts)


def follows(state: PlanState, facts: Facts) -> str | None:
    """Who answers for a plan now: whom it was handed to, else the team's lead; on leave their cover.

    Whoever works at the centre no more (T7) answers for nothing: from that moment it is the team's again.
    """
    lead = _present(state.lead, state.centre, facts)
    if lead is not None and facts.directory.is_practitioner_at(lead, state.centre, facts.now):
        return lead
    return team_lead(state.patient, state.centre, facts)


def _present(person: str | None, centre: str, facts: Facts) -> str | None:
    return facts.directory.stands_in(person, centre, facts.now) if person else None
