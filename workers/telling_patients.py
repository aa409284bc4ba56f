"""The reactions that tell patients and families, and what follows when nobody of them can be reached; pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from events import follow_up as f
from events import referral as e
from events.base import DeadlinePassed, Recorded, Situation
from events.follow_up import PlanState
from events.notice import NoticeState
from events.projections import Loop
from events.purposes import PURPOSES, Audience, Purpose
from events.referral_commands import OfferReferral
from events.referral_state import ReferralState
from models.values import Lane, Priority
from workers import alarming
from workers.asking import RULES, ask_next_after, follows, passed_steps, people_of
from workers.facts import Facts
from workers.outcomes import Do, Need, Outcome, PatientNeeded, StreamNeeded, Tell
from workers.rules.quiet_hours import RecipientKind, SendPolicy
from workers.rules.silence import Who
from workers.rules.triage import TriageInputs, decide_triage
from workers.telling import staff

# Follow-ups that the team does by itself: there is nothing for the patient to answer.
_OF_THE_TEAM = frozenset({"call", "outcome_check"})


# Whoever was told of a time later than this before the reminder needs none.
REMINDED_AFTER = timedelta(hours=12)


def patient_needed(recorded: Recorded, state: Loop) -> Sequence[Need]:
    """The patient, with contacts and teams."""
    return [PatientNeeded(state.patient)]


def patient(
    purpose: Purpose, lane: Lane, state: Loop, facts: Facts, step: int = 0, useless_after: datetime | None = None,
    at_once: bool = False, params: Mapping[str, str] | None = None,
) -> list[Outcome]:  # fmt: skip
    """A notice to the patient or, without a chat of their own, to the first contact who may hear it (the sender looks).

    Nobody reachable is a normal state: then somebody of the centre calls. Nobody dead is written to, and
    nobody who may be somebody else.
    """
    known = facts.patient(state.patient)
    if known.patient is not None and known.patient.dead:
        return []
    if not known.reachable or (known.patient is not None and known.patient.doubts):
        return call_item(state, facts, step)
    when = facts.now
    if not at_once:
        policy = SendPolicy(useless_after=useless_after)
        when = facts.messages(state).when_to_send(
            facts.now, policy, RecipientKind.patient, state.priority, state.patient
        )
    return [
        Tell(
            purpose, state.patient, lane, step, params or {}, not_before=when if when > facts.now else None,
            expires_at=useless_after,
        )
    ]  # fmt: skip


def call_item(state: Loop, facts: Facts, step: int = 0) -> list[Outcome]:
    """Somebody of the patient's centre has to telephone; nobody telephones about the dead."""
    known = facts.patient(state.patient).patient
    if known is not None and known.dead:
        return []
    if isinstance(state, PlanState):
        people: Sequence[str | None] = [follows(state, facts)]
    else:
        people = people_of(Who.patient_centre, state, facts)
    return [out for person in people for out in staff(Purpose.call_item, person, state, facts, step)]


def told_of_acceptance(recorded: Recorded, state: ReferralState, facts: Facts) -> Sequence[Outcome]:
    """Come now, or at a time; without either there is nothing to tell yet."""
    event: e.ReferralAccepted = recorded.event
    if event.appointment is not None:
        return _time(state, facts)
    if not event.come_now or not facts.patient(state.patient).reachable:
        return ()  # who comes now is with the initiator, and the initiator knows
    return patient(Purpose.patient_come_now, Lane.asap, state, facts, at_once=True)


def told_of_time(recorded: Recorded, state: ReferralState, facts: Facts) -> Sequence[Outcome]:
    """Where and when, with [I will come] [Another time] [Cannot come]."""
    return _time(state, facts)


def _time(state: ReferralState, facts: Facts) -> Sequence[Outcome]:
    if state.appointment is None:
        return ()
    at = state.appointment.at
    soon = at - facts.now < timedelta(hours=24)
    lane = Lane.asap if soon or state.priority >= Priority.asap else Lane.urgent
    params = {"at": at.isoformat()}
    told = patient(Purpose.patient_time, lane, state, facts, useless_after=at, params=params)
    reminder = facts.messages(state).last_reminder(at)
    if reminder - facts.now < REMINDED_AFTER or not facts.patient(state.patient).reachable:
        return told
    again = Purpose.patient_time_soon
    return [*told, Tell(again, state.patient, Lane.urgent, not_before=reminder, expires_at=at, params=params)]


def told_when_known(recorded: Recorded, state: ReferralState, facts: Facts) -> Sequence[Outcome]:
    """Nobody was written to while it might have been somebody else: now they hear what stands."""
    if state.situation is Situation.time_offered:
        return _time(state, facts)
    if state.come_now and state.situation is Situation.accepted and facts.patient(state.patient).reachable:
        return patient(Purpose.patient_come_now, Lane.asap, state, facts, at_once=True)
    return ()


def told_of_cancellation(recorded: Recorded, state: ReferralState, facts: Facts) -> Sequence[Outcome]:
    """A patient who had been told to come is told not to."""
    return patient(Purpose.patient_cancelled, Lane.urgent, state, facts) if recorded.event.told else ()


def silence_of_patient(recorded: Recorded, state: Loop, facts: Facts) -> Sequence[Outcome]:
    """A follow-up is due, or nobody answered to a time or a reminder: ask the patient, then let somebody call."""
    event: DeadlinePassed = recorded.event
    ask, tell = passed_steps(event, state, facts)
    if isinstance(state, PlanState) and event.situation is Situation.danger_unseen and Who.patient in tell:
        return alarming.tell_unseen(state, facts, event.reached)
    if state.situation is not event.situation or event.becomes not in (None, event.situation):
        return ()
    if Who.call_item in ask:
        return call_item(state, facts, event.reached)
    if Who.patient in ask and isinstance(state, PlanState):
        if state.muted or (state.row is not None and state.row.kind in _OF_THE_TEAM):
            return call_item(state, facts, event.reached)  # the team's to do, not the patient's to answer
        params = {"row": str(state.current)} | ({"repeat": "yes"} if event.step else {})
        return patient(Purpose.patient_follow_up, Lane.routine, state, facts, event.reached, params=params)
    return ()


def high_reading(recorded: Recorded, state: PlanState, facts: Facts) -> Sequence[Outcome]:
    """A reading that the triage rules call urgent or more goes to the team at once."""
    event: f.ReadingRecorded = recorded.event
    inputs = TriageInputs(
        sbp=event.sbp, dbp=event.dbp, glucose_mmol_l=event.glucose_mmol_l, glucose_kind=event.glucose_kind,
        symptoms=event.symptoms,
    )  # fmt: skip
    decided = decide_triage(facts.pack("triage", state.centre), inputs, on=facts.rules.calendar.local(facts.now).date())
    if decided.priority < Priority.urgent:
        return ()
    return _team(Purpose.high_reading, state, facts, reading=recorded.id)


def _team(purpose: Purpose, state: PlanState, facts: Facts, **params: str) -> list[Outcome]:
    lead = follows(state, facts) or facts.directory.coordinator(state.centre, facts.now)
    return [Tell(purpose, lead, Lane.asap, params=params)] if lead else []


def about_needed(recorded: Recorded, state: NoticeState) -> Sequence[Need]:
    """What the notice was about, and the team of the patient it was for."""
    about = StreamNeeded(state.about)
    if PURPOSES[Purpose(state.purpose)].audience is not Audience.patient:
        return [about]
    return [about, PatientNeeded(state.recipient)]


def unreachable(recorded: Recorded, state: NoticeState, facts: Facts) -> Sequence[Outcome]:
    """A notice that reached nobody: for a patient somebody calls; for one who was asked, the next is asked at once."""
    about = facts.states.get(state.about)
    if about is None:
        return ()
    if PURPOSES[Purpose(state.purpose)].audience is Audience.patient:
        # A follow-up is the team's: coordinators see them as counts, never one by one.
        person = (
            follows(about, facts)
            if isinstance(about, PlanState)
            else facts.directory.coordinator(_centre(about), facts.now)
        )
        params = {"opted_out": "yes"} if state.reason == "opted_out" else {}
        if state.purpose in (Purpose.patient_visit_soon, Purpose.patient_time_soon):
            params |= {"at": state.params.get("at", "")}  # still to come: there is nothing to close yet
        return [Tell(Purpose.call_item, person, Lane.urgent, about=state.about, params=params)] if person else ()
    if isinstance(about, ReferralState) and state.purpose == Purpose.offer and about.situation is Situation.offered:
        people = ask_next_after(about, facts)
        if people:
            command = OfferReferral(
                stream=about.id,
                by=RULES,
                facility=about.facility or "",
                department=about.department,
                to=tuple(people),
            )
            return [Do(command)]
    return ()


def _centre(about: Loop) -> str:
    if isinstance(about, ReferralState):
        return about.patient_centre or about.initiator_facility
    return about.centre
