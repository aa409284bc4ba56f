"""What intents about a patient at the source's facility do: time, arrival, missed, outcome, reading.

Stays and their papers: taking_discharges.py.
"""

from datetime import timedelta

from events.actions import Party, PartyKind
from events.follow_up import PausePlan, PauseReason, PlanState, RecordReading
from events.intake.intents import (
    ArrivalIn,
    MissedIn,
    OutcomeIn,
    ReadingIn,
    TimeCancelledIn,
    TimeIn,
    VisitIn,
)
from events.intake.problems import Problem, Unacceptable
from events.intake.taking import Outcome, Passed, Taking
from events.intake.taking_referrals import personal
from events.referral import OutcomeKind
from events.referral_commands import (
    AcceptReferral,
    AmendReferral,
    CancelTime,
    OfferTime,
    RecordArrival,
    RecordMissed,
    ReportOutcome,
)
from events.referral_state import ReferralState, ReferralStatus
from events.stopping import Death, record_dead
from models.database import Transaction

S = ReferralStatus
_RULES = Party(PartyKind.rule, "rules")
_ASKING = frozenset({S.requested, S.redirected, S.offered, S.information_asked})
_COMING = frozenset({S.accepted, S.scheduled, S.on_the_way})
_EXPECTED = _ASKING | _COMING | {S.missed}
THERE = frozenset({S.arrived})
DONE = frozenset({S.reported, S.closed})


def visited(taking: Taking, intent: VisitIn, stages: frozenset[ReferralStatus]) -> ReferralState:
    """The referral that a visit is about: as named, else the patient's only one at this facility and stage."""
    taking.here(intent.facility, f"{intent.element}.serviceProvider")
    if taking.names_ours(intent.link, intent.patient):
        state = taking.see(intent.link, intent.element)
        if state.facility != taking.facility:
            text = "only the recipient's system reports visits of a referral"
            raise Unacceptable(403, Problem(text, intent.element, "forbidden"))
        _same_patient(taking, intent, state)
        return state
    _, found = taking.of_patient(intent.patient, intent.element)
    fitting = [state for state in found if state.status in stages]
    if not fitting:
        text = "no open referral of this patient to your facility waits for this"
        raise Passed(Problem(text, intent.element, "not-found"))
    if len(fitting) > 1:
        text = f"{len(fitting)} referrals of this patient are open at your facility: name one (basedOn, or our code)"
        raise Unacceptable(422, Problem(text, intent.element, "multiple-matches"))
    return fitting[0]


def _same_patient(taking: Taking, intent: VisitIn, state: ReferralState) -> None:
    patient = taking.facts.patient(intent.patient)
    if patient is not None and patient != state.patient:
        text = "the referral that is named is another patient's"
        raise Unacceptable(409, Problem(text, intent.element, "conflict"))


def take_arrival(taking: Taking, intent: ArrivalIn) -> Outcome:
    """The patient is there; nobody need press. In hospital again without a referral: the follow-up stands still."""
    try:
        state = visited(taking, intent, _EXPECTED | THERE)
    except Passed:
        plans = _plans_of_readmitted(taking, intent)
        if not plans:
            raise
        for plan in plans:
            taking.do(PausePlan(stream=plan.id, by=_RULES, reason=PauseReason.in_hospital), element=intent.element)
        return Outcome(200, "in hospital again: the follow-up at home waits for the discharge", None, plans[0].id)
    if state.status in THERE | DONE:
        return Outcome(200, "as it was", state.code, state.id)
    command = RecordArrival(stream=state.id, by=taking.party, facility=taking.facility, inpatient=intent.stay)
    taking.do(command, at=intent.at, element=intent.element)
    return Outcome(200, "arrival taken", state.code, state.id)


def _plans_of_readmitted(taking: Taking, intent: ArrivalIn) -> list[PlanState]:
    """The open plans at home of a patient who has become an inpatient here."""
    patient = taking.facts.patient(intent.patient) if intent.stay else None
    if patient is None or taking.facts.identities.known(patient).doubts:
        return []
    streams = taking.facts.of_patient.get(patient, [])
    states = [taking.facts.workings[stream].state for stream in streams if stream in taking.facts.workings]
    return [each for each in states if isinstance(each, PlanState) and each.open and each.centre != taking.facility]


def take_missed(taking: Taking, intent: MissedIn) -> Outcome:
    """The patient did not come."""
    state = visited(taking, intent, _COMING | {S.missed})
    if state.status is S.missed:
        return Outcome(200, "as it was", state.code, state.id)
    taking.do(RecordMissed(stream=state.id, by=taking.party), element=intent.element)
    return Outcome(200, "noted as missed", state.code, state.id)


def take_time(taking: Taking, intent: TimeIn) -> Outcome:
    """A time is booked: accepts the referral where nobody has yet."""
    state = visited(taking, intent, _EXPECTED)
    if state.status in _ASKING:
        command = AcceptReferral(stream=state.id, by=taking.party, appointment=intent.appointment)
        taking.do(command, element=intent.element)
        return Outcome(200, "accepted, the time is offered to the patient", state.code, state.id)
    handled = taking.do(
        OfferTime(stream=state.id, by=taking.party, appointment=intent.appointment), element=intent.element
    )
    what = "the time is offered to the patient" if handled.events else "as it was"
    return Outcome(200, what, state.code, state.id)


def take_time_cancelled(taking: Taking, intent: TimeCancelledIn) -> Outcome:
    """A time does not hold any more: another is needed. A time that was replaced already changes nothing."""
    state = visited(taking, intent, _COMING)
    held = state.appointment if state.status in _COMING else None
    if held is None or intent.at not in (None, held.at):
        return Outcome(200, "as it was", state.code, state.id)
    taking.do(CancelTime(stream=state.id, by=taking.party), element=intent.element)
    return Outcome(200, "the time is taken back, another is needed", state.code, state.id)


def take_outcome(taking: Taking, intent: OutcomeIn) -> Outcome:
    """What came of the visit: seen, not discharged."""
    state = visited(taking, intent, _COMING | THERE)
    if state.status in DONE:
        return Outcome(200, "as it was", state.code, state.id)
    arrive(taking, state, intent)
    command = ReportOutcome(stream=state.id, by=taking.party, kind=intent.kind, text=personal(intent.text))
    taking.do(command, at=intent.at, element=intent.element)
    if intent.kind is OutcomeKind.died:
        died(taking, state.patient, state.id, intent)
    return Outcome(200, "outcome taken", state.code, state.id)


def arrive(taking: Taking, state: ReferralState, intent: VisitIn) -> None:
    """Whoever was treated had come, whether or not anybody had answered the referral."""
    if state.status in _ASKING:
        command = RecordArrival(stream=state.id, by=taking.party, facility=taking.facility)
        taking.do(command, at=intent.at, element=intent.element)


def died(taking: Taking, patient: str, learnt_from: str, intent: VisitIn) -> None:
    """The source says that the patient died: written with the message, on the day that it names."""
    now, actor = taking.facts.now, f"source:{taking.source}"
    day = (intent.at or now).astimezone(taking.facts.directory.zone(taking.facility)).date()

    async def write(tx: Transaction) -> None:
        death = Death(patient, day, f"{learnt_from}|died", learnt_from, actor, now)
        await record_dead(tx, taking.journal, death)

    taking.writes.append(write)


def take_reading(taking: Taking, intent: ReadingIn) -> Outcome:
    """A measurement: to the patient's running plan at this centre, else to the referral that waits for it."""
    patient = taking.facts.patient(intent.patient)
    if patient is None:
        raise Passed(Problem("no plan or referral of this patient is known here", intent.element, "not-found"))
    now = taking.facts.now
    if intent.at is not None and intent.at > now + timedelta(minutes=10):
        raise Unacceptable(422, Problem("a measurement in the future", intent.element, "value"))
    values = {
        name: value
        for name in ("sbp", "dbp", "glucose_mmol_l", "glucose_kind")
        if (value := getattr(intent, name)) is not None
    }
    streams = taking.facts.of_patient.get(patient, [])
    states = [taking.facts.workings[stream].state for stream in streams if stream in taking.facts.workings]
    plans = [
        state for state in states if isinstance(state, PlanState) and state.open and state.centre == taking.facility
    ]
    for plan in plans:
        taking.do(RecordReading(stream=plan.id, by=taking.party, **values), at=intent.at, element=intent.element)
    if plans:
        return Outcome(200, "reading taken", None, plans[0].id)
    waiting = [
        state for state in states
        if isinstance(state, ReferralState) and state.initiator_facility == taking.facility
        and state.status in _EXPECTED | {S.declined, S.advised}
    ]  # fmt: skip
    if len(waiting) != 1:
        raise Passed(
            Problem("no plan or referral of yours waits for a reading of this patient", intent.element, "not-found")
        )
    vitals = waiting[0].picture.vitals.model_copy(update=values)
    picture = waiting[0].picture.model_copy(update={"vitals": vitals})
    taking.do(AmendReferral(stream=waiting[0].id, by=taking.party, picture=picture), element=intent.element)
    return Outcome(200, "reading added to the referral", waiting[0].code, waiting[0].id)
