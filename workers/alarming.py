"""A patient feels worse: who covers at this hour, who is asked to look, and what the patient hears meanwhile; pure.

The question about danger signs is put at once by the chat side (bot/handlers/danger.py). Any sign, or no answer within
its limit, makes it stat; none of them asap (flows: the emergency road). Sources: packs/silence.yaml, SIL-DANGER-*.
"""

from collections.abc import Sequence

from events import follow_up as f
from events.actions import Relation, permitted
from events.base import DeadlinePassed, Recorded, Situation
from events.follow_up import Alarm, AlarmTeam, PlanState
from events.purposes import Purpose
from events.referral_commands import AmendReferral
from models.patients import Scope
from models.values import Lane
from workers.asking import RULES, follows
from workers.facts import Facts
from workers.outcomes import Do, Need, Outcome, ReferralsNeeded, Tell
from workers.telling import staff


def alarm(recorded: Recorded, state: PlanState, facts: Facts) -> Sequence[Outcome]:
    """The question was answered: ask whoever covers now."""
    return _alarm(state, facts) if state.alarm is Alarm.unseen else ()


def alarm_unanswered(recorded: Recorded, state: PlanState, facts: Facts) -> Sequence[Outcome]:
    """Nobody answered the question: the same as a yes."""
    event: DeadlinePassed = recorded.event
    unanswered = event.situation is Situation.danger_asked and event.becomes == Situation.danger_unseen
    return _alarm(state, facts) if unanswered and state.alarm is Alarm.unseen else ()


def _alarm(state: PlanState, facts: Facts) -> Sequence[Outcome]:
    directory, now = facts.directory, facts.now
    lead = follows(state, facts) or directory.coordinator(state.centre, now)
    cover = directory.covering_facility(state.centre, now)
    people = [lead]
    if cover is not None and lead not in directory.on_duty(cover, None, now):
        people.append(next(iter(directory.on_duty(cover, None, now)), None) or directory.coordinator(cover, now))
    to = tuple(dict.fromkeys(person for person in people if person))
    return [Do(AlarmTeam(stream=state.id, by=RULES, facility=cover, to=to))]


# What the signs that patients are asked about are called in the triage rules.
_SYMPTOMS = {
    "consciousness": "consciousness_change", "headache": "severe_headache", "vomiting": "vomiting",
    "vision": "blurred_vision", "eye_pain": "eye_pain", "palpitation": "palpitation",
    "chest_tightness": "chest_tightness", "cannot_lie_flat": "cannot_lie_flat",
}  # fmt: skip


def referrals_needed(recorded: Recorded, state: PlanState) -> Sequence[Need]:
    """The open referrals of the patient."""
    return [ReferralsNeeded(state.patient)]


def referral_worse(recorded: Recorded, state: PlanState, facts: Facts) -> Sequence[Outcome]:
    """A danger sign before the arrival: the referral is amended with it, and so decided again."""
    event: f.DangerAnswered = recorded.event
    signs = tuple(_SYMPTOMS[each] for each in event.signs if each in _SYMPTOMS)
    found: list[Outcome] = []
    for referral in facts.referrals.get(state.patient, ()):
        known = referral.picture.symptoms
        picture = referral.picture.model_copy(update={"symptoms": tuple(dict.fromkeys((*known, *signs)))})
        amend = AmendReferral(stream=referral.id, by=RULES, picture=picture)
        if signs and permitted(amend.action, referral, {Relation.rule}):
            found.append(Do(amend))
    return found


def team_told(recorded: Recorded, state: PlanState, facts: Facts) -> Sequence[Outcome]:
    """Those who are asked to look; where nobody covers now the patient is told so."""
    event: f.TeamAlarmed = recorded.event
    found = [out for person in event.to for out in staff(Purpose.feels_worse, person, state, facts)]
    return found if event.facility else [*found, *tell_unseen(state, facts)]


def heard_by_phone(recorded: Recorded, state: PlanState, facts: Facts) -> Sequence[Outcome]:
    """Somebody of the team heard it from the patient: whoever answers for the patient hears it too."""
    event: f.FollowUpAnswered = recorded.event
    lead = follows(state, facts) or facts.directory.coordinator(state.centre, facts.now)
    if event.answer != "worse" or state.alarm is not Alarm.seen or lead in (None, event.by):
        return ()
    return [Tell(Purpose.feels_worse, lead, Lane.asap)] if lead else ()


def tell_unseen(state: PlanState, facts: Facts, step: int = 0) -> list[Outcome]:
    """No doctor has seen it yet: to the patient and to every contact who may know, at any hour."""
    known = facts.patient(state.patient)
    if known.patient is not None and (known.patient.dead or known.patient.doubts):
        return []
    may_know = {each.id for each in known.contacts if Scope.readings in each.scope or each.guardian}
    return [
        Tell(Purpose.patient_unseen, party, Lane.stat, step)
        for party in known.reachable
        if party == state.patient or party in may_know
    ]
