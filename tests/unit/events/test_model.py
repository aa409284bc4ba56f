"""Anybody does anything at any time to one loop (a referral, a discharge, a plan): what must hold all the same.

No exception but Refused; versions without gaps; whatever waits for somebody has one holder and a deadline that has not
passed (N4); what is over stays over; the log read again gives the same state (N5).
"""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from admin.parts import rules_in_force
from events import catalog
from events import discharge as dis
from events import discharge_decider as papers
from events import follow_up as f
from events import referral as e
from events import referral_commands as d
from events.actions import Action, Party, PartyKind, actions
from events.base import Actor, Cause, Command, EndReason, Refused, Situation
from events.handling import Journal, Working
from events.projections import summary
from events.referral_state import ENDED, ReferralState, ReferralStatus
from models.clock import DrivenClock
from models.directory import Directory
from models.documents import DocumentKind
from models.places import Contents
from models.sealed import Keyring
from models.values import ActorKind, Priority
from tests.unit.events.rights import NOBODY, PARTIES
from tests.unit.events.story import (
    BEGIN,
    CHEN,
    HOSPITAL,
    LIN,
    OTHER_HOSPITAL,
    PACK,
    PATIENT,
    RULES,
    STRANGER,
    ZHOU,
    discharged,
    plan_rows,
    requested,
    unplaced,
    words,
)
from workers.deadlines import Deadlines

REFERRAL, DISCHARGE, PLAN = "referral-1", "discharge-1", "plan-1"
ANYBODY = [*PARTIES.values(), *NOBODY.values(), ZHOU]
_IN_FORCE, _DIRECTORY = rules_in_force(ZoneInfo("Asia/Shanghai")), Directory(Contents())

people = st.lists(st.sampled_from([LIN.id, ZHOU.id, CHEN.id, STRANGER.id]), max_size=3, unique=True).map(tuple)
priorities = st.sampled_from(Priority)
places = st.fixed_dictionaries(
    {"facility": st.sampled_from([HOSPITAL, OTHER_HOSPITAL]), "department": st.sampled_from([None, "cardiology"])}
)
appointments = st.integers(-24, 24 * 40).map(lambda hours: e.Appointment(at=BEGIN + timedelta(hours=hours)))
maybe_appointments = st.none() | appointments
end_reasons = st.sampled_from(EndReason)
texts = st.none() | st.just(words())
decisions = st.builds(
    e.Decision, priority=priorities, rules=st.sampled_from([(), ("TRI-1",)]), **{k: st.just(v) for k, v in PACK.items()}
)

# What each command may carry.
FIELDS: dict[Any, st.SearchStrategy[dict[str, Any]]] = {
    kind: st.fixed_dictionaries(fields)
    for kind, fields in {
        d.SeeReferral: {},
        d.HoldReferral: {},
        d.AcceptReferral: {"come_now": st.booleans(), "appointment": maybe_appointments},
        d.DeclineReferral: {"reason": st.sampled_from(e.DeclineReason), "comment": texts},
        d.AdviseReferral: {"advice": st.just(words())},
        d.GiveBackReferral: {"reason": st.sampled_from(e.GiveBackReason)},
        d.AskInformation: {"question": st.just(words())},
        d.GiveInformation: {"answer": st.just(words())},
        d.RefuseAdvice: {},
        d.OfferTime: {"appointment": appointments},
        d.ConfirmTime: {},
        d.RefuseTime: {"wants": st.sampled_from(["another_time", "cannot_come"])},
        d.CancelTime: {},
        d.SetOut: {"expected_at": st.none() | st.just(BEGIN + timedelta(hours=1))},
        d.RecordArrival: {},
        d.RecordMissed: {},
        d.AttachDocument: {"document": st.sampled_from(["one", "two"]), "kind": st.sampled_from(DocumentKind)},
        d.AddInterimNote: {"note": st.just(words())},
        d.ReportCondition: {"met": st.sampled_from([(), ("stable",)]), "unmet": st.just(())},
        d.SendDown: {"unique": st.just("0" * 32), "facility": st.sampled_from(["liuwan", HOSPITAL])},
        d.ReportOutcome: {"kind": st.sampled_from(e.OutcomeKind), "text": texts},
        d.AmendReferral: {
            "asked_priority": st.none() | priorities,
            "picture": st.none() | st.builds(e.ClinicalPicture, age=st.integers(0, 99)),
            "reason": texts,
            "recipient_facility": st.sampled_from([None, HOSPITAL]),
        },
        d.ChangePriority: {"priority": priorities, "reason": st.none() | st.sampled_from(e.LowerReason)},
        d.RecordConsent: {"given_by": st.just("patient")},
        d.AskCancel: {"reason": end_reasons},
        d.ConfirmCancel: {},
        d.RefuseCancel: {},
        d.WithdrawReferral: {"reason": end_reasons},
        d.CloseLoop: {"reason": st.none() | end_reasons},
        d.ReopenReferral: {"reason": st.just(words())},
        d.TriageReferral: {"decision": decisions},
        d.AskRouting: {"to": people},
    }.items()
} | {d.RedirectReferral: places, d.OfferReferral: st.fixed_dictionaries({"to": people})}

KINDS = sorted(FIELDS, key=lambda kind: str(kind.__name__))
of_a_referral = st.sampled_from(KINDS).flatmap(lambda kind: st.tuples(st.just(kind), FIELDS[kind]))
of_a_discharge: st.SearchStrategy[tuple[Any, dict[str, Any]]] = st.one_of(
    st.tuples(st.just(papers.SendReturnForm), st.fixed_dictionaries({"diagnosis": texts})),
    st.tuples(st.just(papers.AnswerReturnForm), st.fixed_dictionaries({"answer": st.sampled_from(dis.FormAnswer)})),
    st.tuples(st.just(papers.NameCentre), st.fixed_dictionaries({"centre": st.sampled_from(["liuwan", "yanqiao"])})),
    st.tuples(st.just(papers.FollowPlan), st.just({"plan": PLAN})),
    st.tuples(st.sampled_from([papers.VoidDischarge, papers.CloseDischargeLoop]), st.just({})),
)
of_a_plan: st.SearchStrategy[tuple[Any, dict[str, Any]]] = st.one_of(
    st.tuples(
        st.just(f.AnswerFollowUp),
        st.fixed_dictionaries({"row": st.integers(0, 3), "answer": st.sampled_from(["fine", "worse"])}),
    ),
    st.tuples(st.just(f.RecordReading), st.fixed_dictionaries({"sbp": st.integers(60, 250), "dbp": st.just(80)})),
    st.tuples(st.just(f.WithdrawReading), st.fixed_dictionaries({"reading": st.sampled_from(["none", "last"])})),
    st.tuples(
        st.just(f.CloseFollowUp),
        st.fixed_dictionaries({"row": st.integers(0, 3), "outcome": st.sampled_from(["reached", "not_reached"])}),
    ),
    st.tuples(st.just(f.MovePlan), st.fixed_dictionaries({"centre": st.sampled_from(["liuwan", "yanqiao"])})),
    st.tuples(st.just(f.EndPlan), st.fixed_dictionaries({"reason": end_reasons})),
    st.tuples(st.just(f.ClosePlanLoop), st.just({})),
)


class Loop(RuleBasedStateMachine):
    """One loop, and everybody who may touch it."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = DrivenClock(BEGIN)
        self.deadlines = Deadlines(lambda: _IN_FORCE, lambda: _DIRECTORY)
        self.journal = Journal(Keyring(b"k" * 32), self.clock, self.deadlines.due, {})
        self.streams = {stream: Working(stream, REFERRAL, None, None, []) for stream in (REFERRAL, DISCHARGE, PLAN)}
        self.causes = 0

    def give(self, command: Command, by: Party) -> bool:
        """One command; whether it was taken. Anything but Refused is a bug."""
        working = self.streams[command.stream]
        before, self.causes = working.state, self.causes + 1
        kind = {PartyKind.source: ActorKind.source, PartyKind.rule: ActorKind.rule}.get(by.kind, ActorKind.person)
        cause = Cause(f"cause-{self.causes}", Actor(kind, by.id), self.clock.now())
        try:
            events = self.journal.decide(working, command, cause).events
        except Refused:
            assert working.state == before
            return False
        if isinstance(before, ReferralState) and before.status in ENDED:
            assert [each.type for each in events] in ([], ["ReferralReopened"])
        return True

    def teardown(self) -> None:
        """What stands in the log gives the same state."""
        for working in self.streams.values():
            again = []
            for each in working.new:
                stored = catalog.write_event(each.event)
                again.append(each._replace(event=catalog.read_event(each.type, each.event.schema_version, stored)))
            assert catalog.fold(again) == working.state

    @initialize(known=st.booleans(), priority=st.none() | priorities, own_system=st.booleans())
    def begin(self, known: bool, priority: Priority | None, own_system: bool) -> None:
        asked = requested(priority) if known else unplaced(priority=priority)
        fields = asked.model_dump(exclude={"due"}) | ({"initiator": None} if own_system else {})
        self.give(d.RequestReferral(stream=REFERRAL, **fields), RULES)
        self.give(papers.RecordDischarge(stream=DISCHARGE, by=RULES, **_leaving()), RULES)
        begin = f.PlanFollowUp(
            stream=PLAN, by=RULES, patient=PATIENT, patient_key="key-1", centre="liuwan", rows=plan_rows(3), **PACK
        )
        self.give(begin, RULES)
        assert all(working.state is not None for working in self.streams.values())

    @rule(what=of_a_referral, by=st.sampled_from(ANYBODY))
    def act(self, what: tuple[type[d.ReferralCommand], dict[str, Any]], by: Party) -> None:
        kind, fields = what
        state = self.streams[REFERRAL].state
        if kind is d.OfferReferral:
            fields = {**fields, "facility": state.facility or HOSPITAL, "department": state.department}
        shown = kind.action in actions(state, by)
        before = state.version
        taken = self.give(kind(stream=REFERRAL, by=by, **fields), by)
        assert shown or not taken
        assert taken or self.streams[REFERRAL].state.version == before

    @rule(data=st.data())
    def press_a_button(self, data: st.DataObject) -> None:
        """Only what somebody may do now: to come far."""
        state = self.streams[REFERRAL].state
        may = {name: actions(state, who) for name, who in PARTIES.items()}
        buttons = [(name, kind) for name in may for kind in KINDS if kind.action in may[name]]
        if buttons:
            name, kind = data.draw(st.sampled_from(buttons))
            self.act((kind, data.draw(FIELDS[kind])), PARTIES[name])

    @rule(what=of_a_discharge, by=st.sampled_from(ANYBODY))
    def papers(self, what: tuple[Any, dict[str, Any]], by: Party) -> None:
        kind, fields = what
        self.give(kind(stream=DISCHARGE, by=by, **fields), by)

    @rule(what=of_a_plan, by=st.sampled_from(ANYBODY))
    def follow_up(self, what: tuple[Any, dict[str, Any]], by: Party) -> None:
        kind, fields = what
        if fields.get("reading") == "last":
            fields = {"reading": self.streams[PLAN].state.last_reading or "none"}
        self.give(kind(stream=PLAN, by=by, **fields), by)

    @rule(hours=st.sampled_from([0.0, 0.02, 0.5, 3, 26, 24 * 9]))
    def time_passes(self, hours: float) -> None:
        """The ticker comes round: whatever is due is decided, and then nothing is due any more."""
        self.clock.forward(timedelta(hours=hours))
        for working in self.streams.values():
            for _ in range(20):
                command = self.deadlines.passed(working.state, self.clock.now())
                if command is None:
                    break
                before = working.state.version
                self.give(command, RULES)
                assert working.state.version > before, "a deadline that is due changes something"
            else:
                raise AssertionError(f"{working.stream} is due again and again")

    @invariant()
    def versions_have_no_gap(self) -> None:
        for working in self.streams.values():
            assert [each.version for each in working.new] == list(range(1, len(working.new) + 1))
            assert working.state is None or working.state.version == len(working.new)

    @invariant()
    def whatever_waits_has_one_holder_and_a_deadline_to_come(self) -> None:
        for working in self.streams.values():
            state = working.state
            if state is None:
                continue
            row = summary(state)
            if state.situation is None:
                assert row["due"] is None
                assert row["holder_facility"] is None
                continue
            assert state.open
            assert state.holder.facility
            assert state.due is not None
            assert state.due >= working.new[-1].recorded_at or state.due >= self.clock.now()

    @invariant()
    def an_open_referral_waits_or_its_papers_and_plan_do(self) -> None:
        state = self.streams[REFERRAL].state
        if state is None or not state.open or state.situation is not None:
            return
        assert state.status is ReferralStatus.reported
        assert state.outcome is e.OutcomeKind.discharged

    @invariant()
    def who_has_it_is_who_is_held_to_account(self) -> None:
        state = self.streams[REFERRAL].state
        if state is None:
            return
        if state.situation is Situation.held:
            assert state.holder.person == state.held_by
        if state.situation in (Situation.accepted, Situation.on_the_way, Situation.arrived):
            assert state.holder.person == state.accepted_by
            assert state.holder.facility == (state.facility or state.initiator_facility)
        if state.situation in (Situation.offered, Situation.to_be_routed, Situation.declined):
            assert state.held_by is None

    @invariant()
    def what_is_over_stays_over(self) -> None:
        state = self.streams[REFERRAL].state
        if state is not None and state.status in ENDED:
            for party in ANYBODY:
                assert actions(state, party) <= {Action.reopen}
        papers = self.streams[DISCHARGE].state
        if papers is not None and papers.ended:
            assert papers.situation is None


def _leaving() -> dict[str, Any]:
    return discharged().model_dump(exclude={"due", "by"})


def test_whatever_anybody_does_the_loop_holds_together() -> None:
    run_state_machine_as_test(
        Loop,
        settings=settings(
            max_examples=60, stateful_step_count=40, deadline=None, derandomize=True, database=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )  # fmt: skip
