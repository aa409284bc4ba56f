"""Discharges, plans and notices: what follows from every command in every state."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from events import discharge as dis
from events import discharge_decider as papers
from events import follow_up as f
from events import notice as n
from events.actions import Party
from events.base import EndReason, LoopClosed, Situation
from events.discharge import DischargeStatus, FormAnswer
from events.follow_up import PlanStatus
from events.notice import NoticeStatus
from models.values import Role
from tests.unit.events.story import (
    BEGIN,
    CENTRE,
    CHEN,
    DAUGHTER,
    DESK,
    FANG,
    HE,
    HOSPITAL_SYSTEM,
    LEFT,
    LI,
    LIN,
    OTHER_PATIENT,
    OTHER_SYSTEM,
    RULES,
    STRANGER,
    Story,
    asked_for,
    discharged,
    given,
    planned,
    staff,
    words,
)

YANQIAO = staff("tan-xue", "yanqiao", Role.family_doctor)

Order = tuple[type[Any], Party | str | None, dict[str, Any]]  # a command, from whom, with what
_SENT = dis.ReturnFormSent(by=DESK.id, diagnosis=words())
_BACK = dis.ReturnFormAnswered(by=FANG.id, answer=FormAnswer.not_our_patient)
_RECEIVED = dis.ReturnFormAnswered(by=FANG.id, answer=FormAnswer.received)

DISCHARGES: Mapping[str, Story] = {
    DischargeStatus.discharged: given(discharged()),
    DischargeStatus.form_sent: given(discharged(), _SENT),
    DischargeStatus.form_returned: given(discharged(), _SENT, _BACK),
    DischargeStatus.form_received: given(discharged(), _SENT, _RECEIVED),
    DischargeStatus.closed: given(discharged(), _SENT, _RECEIVED, LoopClosed(by=RULES.id)),
    DischargeStatus.voided: given(discharged(), dis.DischargeVoided(by=HOSPITAL_SYSTEM.id)),
}

_TO_DISCHARGE: Mapping[str, Order] = {
    "send": (papers.SendReturnForm, DESK, {"results": words()}),
    "answer": (papers.AnswerReturnForm, FANG, {"answer": FormAnswer.received}),
    "pull": (papers.PullReturnForm, FANG, {}),
    "name": (papers.NameCentre, CHEN, {"centre": "yanqiao"}),
    "plan": (papers.FollowPlan, RULES, {"plan": "plan-1"}),
    "void": (papers.VoidDischarge, HOSPITAL_SYSTEM, {}),
    "close": (papers.CloseDischargeLoop, RULES, {}),
}

# state → what each command leads to: an event, "-" (already so), or why it is refused
OF_A_DISCHARGE = """
              send            answer              pull              name         plan          void              close
discharged   ReturnFormSent  not-now            ReturnFormPulled CentreNamed PlanFollowed DischargeVoided  LoopClosed
form_sent    ReturnFormSent ReturnFormAnswered  not-now          CentreNamed PlanFollowed DischargeVoided  LoopClosed
form_returned ReturnFormSent  not-now            ReturnFormPulled CentreNamed PlanFollowed DischargeVoided  LoopClosed
form_received ReturnFormSent  not-now             not-now          CentreNamed PlanFollowed DischargeVoided  LoopClosed
closed        not-now         not-now             not-now           not-now     PlanFollowed -                -
voided        not-now         not-now             not-now           not-now     PlanFollowed -                -
"""

_DONE = f.FollowUpDone(by=LI.id, row=0)
_READ = f.ReadingRecorded(by=LI.id, row=0, sbp=145, dbp=92)
PLANS: Mapping[str, Story] = {
    PlanStatus.running: given(planned(), _READ),
    PlanStatus.completed: given(planned(1), _READ, _DONE, f.PlanCompleted()),
    PlanStatus.ended: given(planned(), _READ, f.PlanEnded(by=FANG.id, reason=EndReason.other)),
    PlanStatus.closed: given(planned(1), _READ, _DONE, f.PlanCompleted(), LoopClosed(by=RULES.id)),
}
_TO_PLAN: Mapping[str, Order] = {
    "answer": (f.AnswerFollowUp, LI, {"row": 0, "answer": "fine"}),
    "reading": (f.RecordReading, DAUGHTER, {"sbp": 150, "dbp": 95}),
    "wrong": (f.WithdrawReading, LI, {"reading": "event-2"}),
    "call": (f.CloseFollowUp, FANG, {"row": 0, "outcome": "reached"}),
    "move": (f.MovePlan, RULES, {"centre": "yanqiao"}),
    "end": (f.EndPlan, FANG, {"reason": EndReason.patient_refused}),
    "close": (f.ClosePlanLoop, RULES, {}),
}
OF_A_PLAN = """
           answer            reading          wrong             call          move       end        close
running    FollowUpAnswered  ReadingRecorded  ReadingWithdrawn  FollowUpDone  PlanMoved  PlanEnded  LoopClosed
completed  not-now           not-now          ReadingWithdrawn  not-now       not-now    not-now    LoopClosed
ended      not-now           not-now          ReadingWithdrawn  not-now       not-now    not-now    LoopClosed
closed     not-now           not-now          ReadingWithdrawn  not-now       not-now    not-now    -
"""

_UNKNOWN = n.NoticeUnknown(address="telegram:1")
_DELIVERED = n.NoticeDelivered(address="telegram:1", message="7")
NOTICES: Mapping[str, Story] = {
    NoticeStatus.requested: given(asked_for()),
    NoticeStatus.delivered: given(asked_for(), _DELIVERED),
    NoticeStatus.unknown: given(asked_for(), _UNKNOWN),
    NoticeStatus.failed: given(asked_for(), n.NoticeFailed(reason="blocked")),
    NoticeStatus.withdrawn: given(asked_for(), n.NoticeWithdrawn(reason="expired")),
    NoticeStatus.answered: given(asked_for(), _DELIVERED, n.NoticeAnswered(by=LIN.id, answer="accept")),
}
_TO_NOTICE: Mapping[str, Order] = {
    "delivered": (n.RecordDelivery, None, {"outcome": _DELIVERED}),
    "unknown": (n.RecordDelivery, None, {"outcome": _UNKNOWN}),
    "failed": (n.RecordDelivery, None, {"outcome": n.NoticeFailed(reason="blocked")}),
    "withdrawn": (n.RecordDelivery, None, {"outcome": n.NoticeWithdrawn(reason="expired")}),
    "answered": (n.RecordAnswer, LIN.id, {"answer": "accept"}),
    "back": (n.TakeBackNotice, None, {"reason": "repaired"}),
}
OF_A_NOTICE = """
            delivered        unknown        failed        withdrawn        answered        back
requested   NoticeDelivered  NoticeUnknown  NoticeFailed  NoticeWithdrawn  NoticeAnswered  NoticeWithdrawn
delivered   -                -              -             -                NoticeAnswered  CardWithdrawn
unknown     NoticeDelivered  NoticeUnknown  NoticeFailed  NoticeWithdrawn  NoticeAnswered  CardWithdrawn
failed      -                -              -             -                NoticeAnswered  -
withdrawn   -                -              -             -                NoticeAnswered  -
answered    -                -              -             -                -               CardWithdrawn
"""


def _cells(table: str) -> list[tuple[str, str, str]]:
    head, *lines = [line.split() for line in table.strip().splitlines()]
    return [(state, command, cell) for state, *cells in lines for command, cell in zip(head, cells, strict=True)]


def _became(story: Story, kind: type[Any], by: Party | str | None, fields: dict[str, Any]) -> str:
    found = story.when(kind, by, **fields)
    if found.refusal is not None:
        return found.refusal.code
    return "+".join(type(event).__name__ for event in found.events) or "-"


@pytest.mark.parametrize("state, command, cell", _cells(OF_A_DISCHARGE))
def test_of_a_discharge(state: str, command: str, cell: str) -> None:
    assert DISCHARGES[state].state.status == state
    assert _became(DISCHARGES[state], *_TO_DISCHARGE[command]) == cell


@pytest.mark.parametrize("state, command, cell", _cells(OF_A_PLAN))
def test_of_a_plan(state: str, command: str, cell: str) -> None:
    assert PLANS[state].state.status == state
    assert _became(PLANS[state], *_TO_PLAN[command]) == cell


@pytest.mark.parametrize("state, command, cell", _cells(OF_A_NOTICE))
def test_of_a_notice(state: str, command: str, cell: str) -> None:
    assert NOTICES[state].state.status == state
    assert _became(NOTICES[state], *_TO_NOTICE[command]) == cell


def test_the_tables_leave_out_no_state() -> None:
    for table, states, commands in (
        (OF_A_DISCHARGE, DischargeStatus, _TO_DISCHARGE),
        (OF_A_PLAN, PlanStatus, _TO_PLAN),
        (OF_A_NOTICE, NoticeStatus, _TO_NOTICE),
    ):
        cells = _cells(table)
        assert {state for state, _, _ in cells} == set(states)
        assert {command for _, command, _ in cells} == set(commands)


@pytest.mark.parametrize("command", ["send", "answer", "pull", "name", "plan", "void", "close"])
@pytest.mark.parametrize("party", [STRANGER, OTHER_SYSTEM, LI, LEFT, HE], ids=lambda party: party.id)
def test_strangers_may_do_nothing_about_a_discharge(command: str, party: Party) -> None:
    kind, _, fields = _TO_DISCHARGE[command]
    DISCHARGES["form_sent"].when(kind, party, **fields).refused("not-yours")


@pytest.mark.parametrize("command", ["answer", "reading", "wrong", "call", "move", "end", "close"])
@pytest.mark.parametrize("party", [STRANGER, OTHER_SYSTEM, OTHER_PATIENT, LEFT, HE], ids=lambda party: party.id)
def test_strangers_may_do_nothing_about_a_plan(command: str, party: Party) -> None:
    kind, _, fields = _TO_PLAN[command]
    PLANS["running"].when(kind, party, **fields).refused("not-yours")


def test_the_team_moves_a_plan_only_with_the_consent_of_the_patient() -> None:
    PLANS["running"].when(f.MovePlan, FANG, centre="yanqiao").refused("consent-needed")
    PLANS["running"].when(f.MovePlan, FANG, centre="yanqiao", consent=True).then(
        f.PlanMoved(centre="yanqiao", by=FANG.id)
    )


@pytest.mark.parametrize("command", ["call", "move", "end"])
def test_patients_do_not_end_their_own_plan(command: str) -> None:
    kind, _, fields = _TO_PLAN[command]
    PLANS["running"].when(kind, LI, **fields).refused("not-yours")


# Papers


def test_a_discharge_is_recorded_once() -> None:
    DISCHARGES["discharged"].told(_record(discharged_at=BEGIN)).nothing()


def test_a_discharge_in_the_future_is_refused() -> None:
    given().told(_record(discharged_at=BEGIN + timedelta(days=1))).refused("discharge-in-future")


def test_an_empty_form_is_no_form() -> None:
    DISCHARGES["discharged"].when(papers.SendReturnForm, DESK).refused("form-empty")


def test_the_form_waits_at_the_centre_and_a_wrong_centre_sends_it_back() -> None:
    assert DISCHARGES["form_sent"].state.holder.facility == CENTRE
    back = DISCHARGES["form_returned"].state
    assert (back.holder.role, back.situation) == (Role.coordinator, Situation.return_form_due)


def test_naming_the_right_centre_sends_the_form_there() -> None:
    story = DISCHARGES["form_returned"].when(papers.NameCentre, CHEN, centre="yanqiao").happens()
    assert (story.state.holder.facility, story.state.situation) == ("yanqiao", Situation.return_form_unread)


def test_naming_a_centre_before_there_is_a_form_leaves_the_desk_to_write_it() -> None:
    story = DISCHARGES["discharged"].when(papers.NameCentre, CHEN, centre="yanqiao").happens()
    assert (story.state.centre, story.state.holder.role) == ("yanqiao", Role.discharge_desk)


def test_a_medicine_the_centre_does_not_have_is_still_a_form_received() -> None:
    story = DISCHARGES["form_sent"].when(papers.AnswerReturnForm, FANG, answer=FormAnswer.medicine_not_available)
    assert story.happens().state.situation is None


def _record(**changes: Any) -> papers.RecordDischarge:
    fields = discharged().model_dump(exclude={"due", "by"})
    return papers.RecordDischarge(stream="discharge-1", by=HOSPITAL_SYSTEM, **{**fields, **changes})
