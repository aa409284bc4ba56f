"""What the end of a stay does: its papers and its plan; a stay that was reported in chat, and one entered in error."""

from collections.abc import Iterable
from datetime import timedelta

from events.base import Recorded, Sealed
from events.discharge import DischargeState, Disposition
from events.discharge_decider import RecordDischarge, SendReturnForm, VoidDischarge
from events.intake.facts import DISCHARGE
from events.intake.intents import DischargeIn, OutcomeIn, VoidIn
from events.intake.places import centre_of, department_of, facility_of
from events.intake.problems import Problem, Unacceptable
from events.intake.taking import Outcome, Passed, Taking
from events.intake.taking_referrals import personal
from events.intake.taking_visits import DONE, THERE, arrive, died, take_outcome, visited
from events.referral import OutcomeKind, OutcomeReported
from events.referral_commands import ReportOutcome, RequestReferral
from events.referral_state import ReferralState, ReferralStatus
from models.database import Transaction
from models.values import Direction, StreamKind, derived_id, stream_id

# How far the doctor's word and the hospital's record of one stay may lie apart, where no referral is named.
_SAME_STAY = timedelta(days=2)


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
    state = visited(taking, intent, THERE) if linked else _only_arrived(taking, intent)
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
    if state is not None and state.status not in DONE:
        arrive(taking, state, intent)
        kind = OutcomeKind.died if dead else OutcomeKind.discharged
        report = ReportOutcome(stream=state.id, by=taking.party, kind=kind, discharge=stream)
        taking.do(report, at=at, element=intent.element)
    if dead:
        died(taking, patient, stream, intent)
    if intent.disposition is Disposition.other_hospital:
        _transfer(taking, intent, patient, key, state)
    return Outcome(201, "discharge taken", state.code if state else None, stream)


def _transfer(taking: Taking, intent: DischargeIn, patient: str, key: str, state: ReferralState | None) -> None:
    """On to another hospital of the network: a lateral referral, unless one was sent; the plan waits for them."""
    facts = taking.facts
    there = facility_of(intent.destination, taking.source, facts.directory)
    if there is None or there.id == taking.facility:
        taking.remarks.append("destination: no other hospital of the network is known by it; the plan waits")
        return
    if any(each.open and each.initiator_facility == taking.facility for each in facts.referrals(patient)):
        return
    known = facts.identities.known(patient)
    code = facts.fresh_code()
    stream = stream_id(StreamKind.referral, taking.new_stream())
    taking.do(
        RequestReferral(
            stream=stream, code=code, direction=Direction.lateral, patient=patient, patient_key=key,
            initiator_facility=taking.facility, source=taking.source,
            patient_centre=_centre(taking, intent, patient, state), recipient_facility=there.id,
            department=department_of(intent.destination, there.id, facts.directory),
            impression=personal(intent.form.get("diagnosis")), provisional=known.provisional,
        ),
        element=intent.element,
    )  # fmt: skip
    facts.codes[code] = stream
    facts.of_patient.setdefault(patient, []).append(stream)
    taking.remarks.append(f"destination: referred to {there.id} as {code}; the plan waits for the discharge there")


def _only_arrived(taking: Taking, intent: DischargeIn) -> ReferralState | None:
    patient = taking.facts.patient(intent.patient)
    if patient is None:
        return None
    _, found = taking.of_patient(intent.patient, intent.element)
    arrived = [state for state in found if state.status in THERE]
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
    if (
        state.status is not ReferralStatus.reported
        or state.outcome is not OutcomeKind.discharged
        or state.discharge is not None
    ):
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
        died(taking, state.patient, stream, intent)
    return Outcome(200, "joined to the stay that was reported", state.code, stream)


def _centre(taking: Taking, intent: DischargeIn, patient: str, state: ReferralState | None) -> str:
    """Where the patient is followed up: at the place of rehabilitation they went to, else at their centre: the team's,
    the referral's, the one named, that of the address; else the hospital itself, whose coordinator names it."""
    facts = taking.facts
    teams = (facts.directory.team(team) for team in facts.teams.get(patient, ()))
    if intent.disposition is Disposition.rehabilitation:
        there = facility_of(intent.destination, taking.source, facts.directory)
        if there is not None and there.id != taking.facility:
            return there.id
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
