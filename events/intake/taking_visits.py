"""What intents about a patient at the source's facility do: time, arrival, missed, outcome, discharge, reading."""

from collections.abc import Iterable
from datetime import timedelta

from events.base import Recorded, Sealed
from events.discharge import DischargeState, Disposition
from events.discharge_decider import RecordDischarge, SendReturnForm, VoidDischarge
from events.follow_up import PlanState, RecordReading
from events.intake.facts import DISCHARGE
from events.intake.intents import (
    ArrivalIn,
    DischargeIn,
    MissedIn,
    OutcomeIn,
    ReadingIn,
    TimeCancelledIn,
    TimeIn,
    VisitIn,
    VoidIn,
)
from events.intake.places import centre_of, department_of, facility_of
from events.intake.problems import Problem, Unacceptable
from events.intake.taking import Outcome, Passed, Taking
from events.intake.taking_referrals import personal
from events.referral import OutcomeKind, OutcomeReported
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
from models.values import StreamKind, derived_id, stream_id

S = ReferralStatus
_ASKING = frozenset({S.requested, S.redirected, S.offered, S.information_asked})
_COMING = frozenset({S.accepted, S.scheduled, S.on_the_way})
_EXPECTED = _ASKING | _COMING | {S.missed}
_THERE = frozenset({S.arrived})
_DONE = frozenset({S.reported, S.closed})
# How far the doctor's word and the hospital's record of one stay may lie apart, where no referral is named.
_SAME_STAY = timedelta(days=2)


def _referral(taking: Taking, intent: VisitIn, stages: frozenset[ReferralStatus]) -> ReferralState:
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
    """The patient is there; nobody need press."""
    state = _referral(taking, intent, _EXPECTED | _THERE)
    if state.status in _THERE | _DONE:
        return Outcome(200, "as it was", state.code, state.id)
    command = RecordArrival(stream=state.id, by=taking.party, facility=taking.facility)
    taking.do(command, at=intent.at, element=intent.element)
    return Outcome(200, "arrival taken", state.code, state.id)


def take_missed(taking: Taking, intent: MissedIn) -> Outcome:
    """The patient did not come."""
    state = _referral(taking, intent, _COMING | {S.missed})
    if state.status is S.missed:
        return Outcome(200, "as it was", state.code, state.id)
    taking.do(RecordMissed(stream=state.id, by=taking.party), element=intent.element)
    return Outcome(200, "noted as missed", state.code, state.id)


def take_time(taking: Taking, intent: TimeIn) -> Outcome:
    """A time is booked: accepts the referral where nobody has yet."""
    state = _referral(taking, intent, _EXPECTED)
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
    state = _referral(taking, intent, _COMING)
    held = state.appointment if state.status in _COMING else None
    if held is None or intent.at not in (None, held.at):
        return Outcome(200, "as it was", state.code, state.id)
    taking.do(CancelTime(stream=state.id, by=taking.party), element=intent.element)
    return Outcome(200, "the time is taken back, another is needed", state.code, state.id)


def take_outcome(taking: Taking, intent: OutcomeIn) -> Outcome:
    """What came of the visit: seen, not discharged."""
    state = _referral(taking, intent, _COMING | _THERE)
    if state.status in _DONE:
        return Outcome(200, "as it was", state.code, state.id)
    _arrive(taking, state, intent)
    command = ReportOutcome(stream=state.id, by=taking.party, kind=intent.kind, text=personal(intent.text))
    taking.do(command, at=intent.at, element=intent.element)
    if intent.kind is OutcomeKind.died:
        _died(taking, state.patient, state.id, intent)
    return Outcome(200, "outcome taken", state.code, state.id)


def _arrive(taking: Taking, state: ReferralState, intent: VisitIn) -> None:
    """Whoever was treated had come, whether or not anybody had answered the referral."""
    if state.status in _ASKING:
        command = RecordArrival(stream=state.id, by=taking.party, facility=taking.facility)
        taking.do(command, at=intent.at, element=intent.element)


def take_discharge(taking: Taking, intent: DischargeIn) -> Outcome:
    """A stay is over; it joins the loop of the referral that brought the patient, and reports its outcome."""
    stream = next(
        (
            taking.facts.keys[key]
            for each in intent.keys
            if (key := (taking.source, DISCHARGE + each)) in taking.facts.keys
        ),
        None,
    )
    working = taking.facts.workings.get(stream) if stream else None
    if working is not None and isinstance(working.state, DischargeState):
        return _papers(taking, intent, working.state)
    emergency_is_stay = taking.facts.directory.parameter("emergency_stay_is_discharge", taking.facility, False)
    if intent.emergency and not emergency_is_stay:
        kind = OutcomeKind.died if intent.disposition is Disposition.expired else OutcomeKind.treated
        text = "\n".join(intent.form.values()) or None
        visit = OutcomeIn(
            element=intent.element, link=intent.link, patient=intent.patient, facility=intent.facility, at=intent.at,
            kind=kind, text=text,
        )  # fmt: skip
        return take_outcome(taking, visit)
    return _discharge(taking, intent)


def _discharge(taking: Taking, intent: DischargeIn) -> Outcome:
    taking.here(intent.facility, f"{intent.element}.serviceProvider")
    facts = taking.facts
    linked = taking.names_ours(intent.link, intent.patient)
    state = _referral(taking, intent, _THERE) if linked else _only_arrived(taking, intent)
    patient = facts.patient(intent.patient) if state is None else state.patient
    if state is not None and (outcome := _told_in_chat(taking, state)) is not None:
        return _join(taking, intent, state, outcome)
    if patient is None:
        text = "who is the patient? An identifier or a reference is required"
        raise Unacceptable(422, Problem(text, f"{intent.element}.subject", "required"))
    key = state.patient_key if state else facts.identities.known(patient).key_id
    if state is None:
        taking.doubt(patient)
    stream = stream_id(StreamKind.discharge, taking.new_stream())
    at = min(intent.at or facts.now, facts.now)
    taking.do(
        RecordDischarge(
            stream=stream, patient=patient, patient_key=key, facility=taking.facility,
            centre=_centre(taking, intent, patient, state), discharged_at=at, disposition=intent.disposition,
            department=department_of(intent.facility, taking.facility, facts.directory),
            referral=state.id if state else None, source=taking.source, conditions=intent.conditions, by=taking.party,
        ),
        at=at, loop=state.loop if state else None, element=intent.element,
    )  # fmt: skip
    taking.register(intent.keys, stream, DISCHARGE)
    if intent.form:
        _send(taking, stream, intent.form)
    dead = intent.disposition is Disposition.expired
    if state is not None and state.status not in _DONE:
        _arrive(taking, state, intent)
        kind = OutcomeKind.died if dead else OutcomeKind.discharged
        report = ReportOutcome(stream=state.id, by=taking.party, kind=kind, discharge=stream)
        taking.do(report, at=at, element=intent.element)
    if dead:
        _died(taking, patient, stream, intent)
    return Outcome(201, "discharge taken", state.code if state else None, stream)


def _only_arrived(taking: Taking, intent: DischargeIn) -> ReferralState | None:
    patient = taking.facts.patient(intent.patient)
    if patient is None:
        return None
    _, found = taking.of_patient(intent.patient, intent.element)
    arrived = [state for state in found if state.status in _THERE]
    if not arrived:
        at = intent.at or taking.facts.now
        told = [(state, _told_in_chat(taking, state)) for state in found]
        arrived = [state for state, said in told if said is not None and abs(at - said.occurred_at) <= _SAME_STAY]
    if len(arrived) > 1:
        text = f"{len(arrived)} arrived referrals of this patient are open here: name one (basedOn, or our code)"
        raise Unacceptable(422, Problem(text, intent.element, "multiple-matches"))
    return arrived[0] if arrived else None


def _told_in_chat(taking: Taking, state: ReferralState) -> Recorded | None:
    """The outcome that began a stay of its own: a doctor reported the discharge before the message came."""
    if state.status is not S.reported or state.outcome is not OutcomeKind.discharged or state.discharge is not None:
        return None
    working = taking.facts.workings[state.id]
    said = [each for each in (*working.history, *working.new) if isinstance(each.event, OutcomeReported)]
    return said[-1] if said else None


def _join(taking: Taking, intent: DischargeIn, state: ReferralState, outcome: Recorded) -> Outcome:
    """The stay that was reported in chat: it keeps its one plan, and what is new in the papers is sent on."""
    # As the reaction to the outcome names it (workers/deciding.py): whoever is first begins it, the other finds it.
    stream = stream_id(StreamKind.discharge, derived_id(outcome.id, "discharge"))
    if stream in taking.keys.values():
        return Outcome(200, "as it was", state.code, stream)  # this very message said it already
    taking.register(intent.keys, stream, DISCHARGE)
    at = min(intent.at or taking.facts.now, taking.facts.now)
    begin = RecordDischarge(
        stream=stream, patient=state.patient, patient_key=state.patient_key, facility=taking.facility,
        centre=_centre(taking, intent, state.patient, state), discharged_at=at, disposition=intent.disposition,
        department=state.department, referral=state.id, source=taking.source, conditions=intent.conditions,
        by=taking.party,
    )  # fmt: skip

    async def write(tx: Transaction) -> None:
        # Its id is known only once the referral is loaded, so it is not among what the batch has locked.
        taking.facts.workings |= await taking.journal.load(tx, [stream])
        await taking.facts.keyring.load(tx, {state.patient_key})
        taking.do(begin, at=at, loop=state.loop)
        working = taking.facts.workings[stream]
        _papers(taking, intent, working.state)
        await taking.journal.record(tx, [working])

    taking.writes.append(write)
    if intent.disposition is Disposition.expired:
        _died(taking, state.patient, stream, intent)
    return Outcome(200, "joined to the stay that was reported", state.code, stream)


def _centre(taking: Taking, intent: DischargeIn, patient: str, state: ReferralState | None) -> str:
    """The patient's centre: the team's, the referral's, the one named, that of the address; else the hospital itself,
    whose coordinator names it."""
    facts = taking.facts
    teams = (facts.directory.team(team) for team in facts.teams.get(patient, ()))
    team = next((found.facility for found in teams if found is not None), None)
    named = facility_of(intent.patient.centre, taking.source, facts.directory) if intent.patient else None
    asked = (state.patient_centre or state.initiator_facility) if state else None
    area = (
        centre_of(facts.identities.area(patient), facts.directory) if facts.patient(intent.patient) == patient else None
    )
    return team or asked or (named.id if named else None) or area or taking.facility


def _papers(taking: Taking, intent: DischargeIn, state: DischargeState) -> Outcome:
    """The same stay again: the papers that are new are sent on."""
    taking.here(intent.facility, f"{intent.element}.serviceProvider")
    new = {
        field: text for field, text in intent.form.items() if _text(taking, state, _last(state.form, field)) != text
    }  # fmt: skip
    if new and not state.ended:
        _send(taking, state.id, new)
        return Outcome(200, "papers taken", None, state.id)
    return Outcome(200, "as it was", None, state.id)


def _last(form: Iterable[tuple[str, Sealed]], field: str) -> Sealed | None:
    found = [text for name, text in form if name == field]
    return found[-1] if found else None


def _text(taking: Taking, state: DischargeState, held: Sealed | None) -> str | None:
    return taking.facts.keyring.open(state.patient_key, held.sealed, held.aad) if held and held.sealed else None


def _send(taking: Taking, stream: str, form: dict[str, str]) -> None:
    fields = {name: personal(text) for name, text in form.items()}
    taking.do(SendReturnForm(stream=stream, by=taking.party, **fields))


def _died(taking: Taking, patient: str, learnt_from: str, intent: VisitIn) -> None:
    now, actor = taking.facts.now, f"source:{taking.source}"
    day = (intent.at or now).astimezone(taking.facts.directory.zone(taking.facility)).date()

    async def write(tx: Transaction) -> None:
        death = Death(patient, day, f"{learnt_from}|died", learnt_from, actor, now)
        await record_dead(tx, taking.journal, death)

    taking.writes.append(write)


def take_void(taking: Taking, intent: VoidIn) -> Outcome:
    """A stay that was entered in error."""
    keys = [(taking.source, DISCHARGE + key) for key in intent.keys]
    stream = next((taking.facts.keys[key] for key in keys if key in taking.facts.keys), None)
    if stream is None:
        raise Passed(
            Problem("entered in error, and no stay is known under its identifiers", intent.element, "not-found")
        )
    handled = taking.do(VoidDischarge(stream=stream, by=taking.party), element=intent.element)
    return Outcome(200, "taken back" if handled.events else "as it was", None, stream)


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
