"""What an enrolment in a programme does: it begins a follow-up plan at the source's own centre, or ends one."""

from events.follow_up import EndPlan, EnrolPatient, PlanState
from events.intake.intents import EnrolmentIn
from events.intake.problems import Problem, Unacceptable
from events.intake.taking import Outcome, Taking
from models.values import StreamKind, stream_id


def take_enrolment(taking: Taking, intent: EnrolmentIn) -> Outcome:
    """A plan of the programme at this centre: begun where there is none, ended with its reason."""
    patient = taking.facts.patient(intent.patient)
    if patient is None:
        problem = Problem("who is the patient? An identifier is required", f"{intent.element}.patient", "required")
        raise Unacceptable(422, problem)
    known = taking.facts.identities.known(patient)
    states = [
        taking.facts.workings[stream].state
        for stream in taking.facts.of_patient.get(patient, [])
        if stream in taking.facts.workings
    ]
    open_ones = [
        state
        for state in states
        if isinstance(state, PlanState) and state.open and state.programme is intent.programme
        and state.centre == taking.facility
    ]  # fmt: skip
    if intent.ended is not None:
        return _end(taking, intent, open_ones)
    if known.dead:
        raise Unacceptable(409, Problem("this patient has died: nobody is enrolled", intent.element, "conflict"))
    if open_ones:
        return Outcome(200, "as it was", None, open_ones[0].id)
    taking.doubt(patient)
    day = intent.begins_on or taking.facts.now.astimezone(taking.facts.directory.zone(taking.facility)).date()
    stream = stream_id(StreamKind.plan, taking.new_stream())
    command = EnrolPatient(
        stream=stream, by=taking.party, patient=patient, patient_key=known.key_id, centre=taking.facility,
        programme=intent.programme, begins_on=day, severity=intent.severity,
    )  # fmt: skip
    taking.do(command, element=intent.element)
    return Outcome(201, "enrolled", None, stream)


def _end(taking: Taking, intent: EnrolmentIn, open_ones: list[PlanState]) -> Outcome:
    if not open_ones or intent.ended is None:
        problem = Problem("this patient has no running plan of this programme here", intent.element, "not-found")
        raise Unacceptable(404, problem)
    for plan in open_ones:
        taking.do(EndPlan(stream=plan.id, by=taking.party, reason=intent.ended), element=intent.element)
    return Outcome(200, "ended; nothing more is sent", None, open_ones[0].id)
