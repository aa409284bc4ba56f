"""The reactions that decide: triage, plans after a discharge, and when a loop is done; pure."""

from collections.abc import Sequence
from datetime import timedelta

from events.base import EndReason, Recorded, Sealed
from events.discharge import DischargeState, DischargeStatus, Disposition
from events.discharge_decider import CloseDischargeLoop, FollowPlan, RecordDischarge
from events.follow_up import ClosePlanLoop, EndPlan, MovePlan, PlanFollowUp, PlanState, PlanStatus
from events.projections import Loop
from events.referral import Decision, OutcomeKind
from events.referral_commands import CloseLoop, TriageReferral, WithdrawOutcome
from events.referral_state import ReferralState, ReferralStatus
from models.values import Priority, StreamKind, derived_id, kind_of, stream_id
from workers.asking import RULES
from workers.care import calendar_of, frozen_rows
from workers.facts import Facts
from workers.outcomes import Do, Need, Outcome, StreamNeeded, TextNeeded
from workers.rules.follow_up import plan_after_discharge
from workers.rules.triage import TriageInputs, decide_triage


def words_needed(recorded: Recorded, state: ReferralState) -> Sequence[Need]:
    """The words a doctor wrote: rules look for symptom words in them."""
    texts = [text for text in (state.note("reason"), state.note("impression")) if isinstance(text, Sealed)]
    return [TextNeeded(state.patient_key, text) for text in texts]


def triage(recorded: Recorded, state: ReferralState, facts: Facts) -> Sequence[Outcome]:
    """Decide the priority of what was requested or amended."""
    picture = state.picture
    known = picture.vitals.model_dump(exclude_none=True) | {
        name: value
        for name in ("age", "pregnant", "newborn", "symptoms", "programmes")
        if (value := getattr(picture, name)) is not None
    }
    if picture.sex is not None:
        known["sex"] = str(picture.sex)
    if picture.onset_at is not None:
        known["onset_min"] = max(0.0, (facts.now - picture.onset_at) / timedelta(minutes=1))
    facility = facts.directory.facility(state.facility or state.initiator_facility)
    if facility is not None and facility.city:
        known["city"] = facility.city
    reason = "\n".join(  # a line's end also ends a denial: "无" must not swallow the next text
        facts.texts[text.aad]
        for text in (state.note("reason"), state.note("impression"))
        if text and text.aad in facts.texts
    )
    pack = facts.pack("triage", state.facility or state.initiator_facility)
    decided = decide_triage(
        pack,
        TriageInputs(**known),
        _asked(state),
        reason,
        facts.rules.calendar.local(facts.now).date(),
    )
    decision = Decision(
        priority=decided.priority, asked=decided.asked, pathway=decided.pathway, rules=decided.rules,
        because={"zh": decided.because.zh, "en": decided.because.en}, inputs=dict(decided.inputs),
        sources=decided.sources,
        data_incomplete=decided.data_incomplete, pack=decided.pack.name,
        pack_version=decided.pack.version, pack_hash=decided.pack.hash,
    )  # fmt: skip
    return [Do(TriageReferral(stream=state.id, by=RULES, decision=decision))]


def _asked(state: ReferralState) -> Priority | None:
    """What was asked for, or what somebody has raised it to since: only a person takes that back, with a reason."""
    return max((each for each in (state.asked_priority, state.raised) if each is not None), default=None)


def discharge_after_outcome(recorded: Recorded, state: ReferralState, facts: Facts) -> Sequence[Outcome]:
    """A doctor reported the discharge in chat: the stay's own stream begins, with its papers and its plan."""
    if state.outcome is not OutcomeKind.discharged or state.discharge is not None:
        return ()
    # Of this outcome, not of the referral: one that was opened again may end in another stay.
    stream = stream_id(StreamKind.discharge, derived_id(recorded.id, "discharge"))
    command = RecordDischarge(
        stream=stream, by=RULES, patient=state.patient, patient_key=state.patient_key, facility=state.facility or "",
        department=state.department, centre=state.patient_centre or state.initiator_facility,
        discharged_at=recorded.occurred_at, referral=state.id,
    )  # fmt: skip
    return [Do(command, loop=state.loop)]


def plan(recorded: Recorded, state: DischargeState, facts: Facts) -> Sequence[Outcome]:
    """A plan for somebody who went home (or to a place that looks after them)."""
    if state.ended or state.plan is not None or state.disposition in (Disposition.expired, Disposition.other_hospital):
        return ()
    calendar = calendar_of(facts, state.centre)
    risk = "high" if state.disposition is Disposition.against_advice else None
    day = calendar.local(state.discharged_at).date()
    pack = facts.pack("follow_up", state.centre)
    planned = plan_after_discharge(pack, day, calendar, risk, state.conditions)
    rows = frozen_rows(planned, state.patient, state.discharged_at, calendar, pack)
    stream = stream_id(StreamKind.plan, derived_id(state.id, "plan"))
    begin = PlanFollowUp(
        stream=stream, by=RULES, patient=state.patient, patient_key=state.patient_key, centre=state.centre,
        discharge=state.id, rows=rows, pack=pack.name, pack_version=pack.version, pack_hash=pack.hash,
    )  # fmt: skip
    return [Do(begin, loop=state.loop), Do(FollowPlan(stream=state.id, by=RULES, plan=stream))]


def move_plan(recorded: Recorded, state: DischargeState, facts: Facts) -> Sequence[Outcome]:
    """The plan goes where the papers go: the team of the wrong centre has nothing more to do with the patient."""
    return [Do(MovePlan(stream=state.plan, by=RULES, centre=state.centre))] if state.plan else ()


def root_needed(recorded: Recorded, state: DischargeState | PlanState) -> Sequence[Need]:
    """The streams that say whether the loop is done."""
    other = state.plan if isinstance(state, DischargeState) else state.discharge
    return [StreamNeeded(stream) for stream in dict.fromkeys((state.loop, other)) if stream and stream != state.id]


def close_when_done(recorded: Recorded, state: DischargeState | PlanState, facts: Facts) -> Sequence[Outcome]:
    """Close the loop once its plan is over and its papers are with the team."""
    discharge, followed = _both(state, facts)
    if discharge is not None and discharge.plan is not None and followed is None:
        return ()  # begun by an earlier event of this very batch: it carries the loop
    if followed is not None and followed.status not in (
        PlanStatus.completed,
        PlanStatus.ended,
        PlanStatus.closed,
    ):
        return ()
    died = discharge is not None and discharge.disposition is Disposition.expired
    died = died or (followed is not None and followed.ended_reason is EndReason.died)
    if discharge is not None and discharge.status is not DischargeStatus.form_received and not died:
        return ()
    return close_root(state.loop, facts, EndReason.died if died else None, state)


def _both(state: DischargeState | PlanState, facts: Facts) -> tuple[DischargeState | None, PlanState | None]:
    if isinstance(state, DischargeState):
        return state, facts.states.get(state.plan) if state.plan else None
    return facts.states.get(state.discharge) if state.discharge else None, state


def close_root(loop: str, facts: Facts, reason: EndReason | None, own: DischargeState | PlanState) -> Sequence[Outcome]:
    """The command that closes the loop, by the kind of its root."""
    match kind_of(loop):
        case StreamKind.referral:
            root: ReferralState | None = facts.states.get(loop)
            if root is None or root.status is not ReferralStatus.reported:
                return ()
            return [Do(CloseLoop(stream=loop, by=RULES, reason=reason))]
        case StreamKind.discharge:
            return [Do(CloseDischargeLoop(stream=loop, by=RULES, reason=reason))]
        case StreamKind.plan:
            return [Do(ClosePlanLoop(stream=loop, by=RULES))]
        case StreamKind.notice | StreamKind.pack:
            return ()


def undone(recorded: Recorded, state: DischargeState, facts: Facts) -> Sequence[Outcome]:
    """A discharge that never was has no plan, and its loop nothing to wait for: a referred patient is still there."""
    reason = EndReason.entered_in_error
    plans = [Do(EndPlan(stream=state.plan, by=RULES, reason=reason))] if state.plan else []
    root = facts.states.get(state.loop)
    if not isinstance(root, ReferralState):
        return [*plans, *close_root(state.loop, facts, reason, state)]
    if root.status is ReferralStatus.reported and root.discharge in (None, state.id):
        return [*plans, Do(WithdrawOutcome(stream=root.id, by=RULES))]
    return plans


def end_of_the_dead(recorded: Recorded, state: Loop, facts: Facts) -> Sequence[Outcome]:
    """Whoever died is not followed up; nobody is lost who is known to be dead."""
    known = facts.patient(state.patient).patient
    if not isinstance(state, PlanState) or known is None or not known.dead:
        return ()
    return [Do(EndPlan(stream=state.id, by=RULES, reason=EndReason.died))]


def of_the_dead(recorded: Recorded, state: DischargeState, facts: Facts) -> Sequence[Outcome]:
    """A discharge by death has no plan and no return form to answer."""
    if state.disposition is not Disposition.expired:
        return ()
    return close_root(state.loop, facts, EndReason.died, state)
