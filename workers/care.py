"""The reactions that keep follow-up plans: rows for an enrolment, a referral up and back, a stay in hospital, the next
year; pure.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from events import follow_up as f
from events.base import EndReason, Recorded
from events.discharge import DischargeState, Disposition
from events.follow_up import PlanState, Programme
from events.projections import Loop
from events.referral import ClinicalPicture, OutcomeKind, Vitals
from events.referral_commands import RequestReferral
from events.referral_state import ReferralState, ReferralStatus
from models.values import Direction, StreamKind, derived_id, stream_id
from workers.asking import RULES
from workers.facts import Facts
from workers.outcomes import AgeNeeded, Do, Need, Outcome, PatientNeeded, PlansNeeded
from workers.rules.calendar import WorkCalendar
from workers.rules.follow_up import PlanRow, ask_at, plan_follow_up
from workers.rules.pack import Pack
from workers.rules.spread import minute_of

# After a referral the centre looks what came of it (BPH3: within two weeks).
OUTCOME_CHECK = timedelta(days=14)
# A year that is over is followed by the next one.
_YEARLY = frozenset({Programme.hypertension, Programme.diabetes, Programme.smi, Programme.elderly})


def calendar_of(facts: Facts, facility: str) -> WorkCalendar:
    """The working days of a facility: the site's own days first, then the published calendar."""
    return WorkCalendar(facts.directory.zone(facility), facts.directory.day_overrides)


def frozen_rows(
    rows: Sequence[PlanRow], patient: str, not_before: datetime, calendar: WorkCalendar, pack: Pack
) -> tuple[f.PlanRow, ...]:
    """The rows as the plan keeps them: each at the patient's own minute of its day. `pack`: it says the hour."""
    return tuple(
        f.PlanRow(
            number=number, kind=row.kind, rule=row.rule, who=row.who,
            due_at=max(ask_at(pack, row.due, calendar) + minute_of(patient), not_before),
        )
        for number, row in enumerate(rows)
    )  # fmt: skip


def enrolled(recorded: Recorded, state: PlanState, facts: Facts) -> Sequence[Outcome]:
    """The rows of a programme, by the pack of today; who is in a programme without rows is visited once."""
    event: f.PatientEnrolled = recorded.event
    calendar = calendar_of(facts, state.centre)
    given: dict[str, object] = {"event": "enrolment", "programmes": [str(event.programme)]}
    if event.programme is Programme.birth:
        given = {"event": "discharge", "birth": True, "birth_date": event.begins_on.isoformat()}
    pack = facts.pack("follow_up", state.centre)
    planned = plan_follow_up(pack, given, event.begins_on, calendar).rows
    first = planned or (PlanRow(calendar.next_working_day(event.begins_on), "visit", "family_doctor_team", ("FIRST",)),)
    rows = frozen_rows(first, state.patient, recorded.occurred_at, calendar, pack)
    command = f.PlanFollowUp(
        stream=state.id, by=RULES, patient=state.patient, patient_key=state.patient_key, centre=state.centre,
        programme=state.programme, rows=rows, pack=pack.name, pack_version=pack.version, pack_hash=pack.hash,
    )  # fmt: skip
    return [Do(command)]


def next_year(recorded: Recorded, state: PlanState, facts: Facts) -> Sequence[Outcome]:
    """A programme goes on: the next year is a plan of its own, with the pack of that day."""
    if state.programme not in _YEARLY or not state.rows:
        return ()
    day = facts.rules.calendar.local(recorded.occurred_at).date()
    command = f.EnrolPatient(
        stream=stream_id(StreamKind.plan, derived_id(state.id, "next")), by=RULES, patient=state.patient,
        patient_key=state.patient_key, centre=state.centre, programme=state.programme, begins_on=day,
        severity=state.severity,
    )  # fmt: skip
    return [Do(command)]


def age_needed(recorded: Recorded, state: PlanState) -> Sequence[Need]:
    """The patient, and how old they are: rules and the first card of a referral say so."""
    return [PatientNeeded(state.patient), AgeNeeded(state.patient)]


def send_up(recorded: Recorded, state: PlanState, facts: Facts) -> Sequence[Outcome]:
    """The referral that the team sends, with what the last visit found; within two weeks somebody looks at it."""
    event: f.UpReferralSent = recorded.event
    found = state.visits[-1][1].findings if state.visits else f.Findings()
    programmes = () if state.programme is Programme.after_discharge else (str(state.programme),)
    picture = ClinicalPicture(
        vitals=Vitals(
            sbp=found.sbp, dbp=found.dbp, glucose_mmol_l=found.glucose_mmol_l, glucose_kind=found.glucose_kind
        ),
        symptoms=found.danger,
        age=facts.ages.get(state.patient),
        sex=known.sex if (known := facts.patient(state.patient).patient) else None,
        programmes=programmes,
    )
    referral = RequestReferral(
        stream=event.referral, code=event.code, direction=Direction.up, patient=state.patient,
        patient_key=state.patient_key, initiator=event.by if facts.directory.person(event.by) else None,
        initiator_facility=state.centre, patient_centre=state.centre, recipient_facility=event.facility,
        department=event.department, asked_priority=event.priority, picture=picture, consent="given",
    )  # fmt: skip
    return [Do(referral), *_check(state, recorded.occurred_at, facts)]


def _check(state: PlanState, at: datetime, facts: Facts) -> Sequence[Outcome]:
    calendar = calendar_of(facts, state.centre)
    day: date = calendar.local(at).date() + OUTCOME_CHECK
    if not calendar.is_working(day):
        day = calendar.previous_working_day(day)
    due = ask_at(facts.pack("follow_up", state.centre), day, calendar) + minute_of(state.patient)
    return [Do(f.AddFollowUp(stream=state.id, by=RULES, due_at=due, kind="outcome_check", rule="HTN-CL-03"))]


def plans_needed(recorded: Recorded, state: Loop) -> Sequence[Need]:
    """The patient's open plans."""
    return [PlansNeeded(state.patient)]


def in_hospital(recorded: Recorded, state: ReferralState, facts: Facts) -> Sequence[Outcome]:
    """Whoever is in hospital is not asked at home how they are."""
    if state.status is not ReferralStatus.arrived or recorded.event.facility == state.patient_centre:
        return ()
    return [
        Do(f.PausePlan(stream=plan.id, by=RULES, reason=f.PauseReason.in_hospital))
        for plan in facts.plans.get(state.patient, ())
    ]


def back_home(recorded: Recorded, state: Loop, facts: Facts) -> Sequence[Outcome]:
    """The stay or the visit is over: the plans that stood still for it go on, the one that sent them up is back."""
    if isinstance(state, ReferralState):
        if state.status not in _OVER:
            return ()
        home = state.outcome in (None, OutcomeKind.treated, OutcomeKind.no_treatment_needed)
    else:
        home = isinstance(state, DischargeState) and state.disposition in (
            Disposition.home, Disposition.against_advice, Disposition.rehabilitation,
        )  # fmt: skip
    found: list[Outcome] = []
    for plan in facts.plans.get(state.patient, ()):
        if home:
            found.append(Do(f.ResumePlan(stream=plan.id, by=RULES, only=f.PauseReason.in_hospital)))
        if plan.referral is not None and plan.referral == state.loop:
            found.append(Do(f.EndUpReferral(stream=plan.id, by=RULES, referral=plan.referral)))
    return found


_OVER = frozenset({ReferralStatus.reported, ReferralStatus.closed, ReferralStatus.cancelled, ReferralStatus.withdrawn})


def moved_together(recorded: Recorded, state: PlanState, facts: Facts) -> Sequence[Outcome]:
    """A patient who moved to another centre is followed up there in every programme."""
    event: f.PlanMoved = recorded.event
    if event.team is None:
        return ()  # only the papers of one stay went another way
    return [
        Do(f.MovePlan(stream=plan.id, by=RULES, centre=event.centre))
        for plan in facts.plans.get(state.patient, ())
        if plan.id != state.id and plan.centre == event.left
    ]


def end_of_enrolment(recorded: Recorded, state: PlanState, facts: Facts) -> Sequence[Outcome]:
    """A patient who moved away or died is in no programme any more: their other plans end as well."""
    if state.ended_reason not in (EndReason.moved, EndReason.died):
        return ()
    return [
        Do(f.EndPlan(stream=plan.id, by=RULES, reason=state.ended_reason))
        for plan in facts.plans.get(state.patient, ())
        if plan.id != state.id
    ]
