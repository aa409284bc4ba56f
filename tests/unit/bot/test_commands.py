"""Every button that a card can have leads to a command."""

from datetime import UTC, datetime

import pytest

from bot.handlers.commands import COMMANDS, prompt_for
from bot.handlers.press import Press
from events.actions import Action, Party, PartyKind

BY = Party(PartyKind.practitioner, "lin")
PARAMS = {
    "at": datetime(2026, 3, 5, 1, 0, tzinfo=UTC).isoformat(), "priority": "stat", "kind": "treated",
    "facility": "county", "department": "cardiology", "answer": "received", "row": "1", "outcome": "called",
    "wants": "cannot_come", "reading": "r1", "muted": "yes", "severity": "severe", "to": "fang-lan", "centre": "liuwan",
    "visit": '{"findings": {"sbp": 145, "dbp": 92}, "visit_class": "satisfactory"}',
}  # fmt: skip
REASONS = {
    "decline": "no_capacity", "give_back": "bed_lost", "ask_cancel": "resolved", "withdraw": "duplicate",
    "close": "resolved", "change_priority": "examined", "end_plan": "moved", "pause_plan": "away",
}  # fmt: skip
# Done by rules and systems, or not by one press.
NOT_BUTTONS = {
    Action.see, Action.amend, Action.triage, Action.offer, Action.identify, Action.hand_over,
    Action.withdraw_outcome, Action.attach, Action.cancel_time,
}  # fmt: skip


@pytest.mark.parametrize("action", sorted(COMMANDS))
def test_a_press_becomes_its_command(action: str) -> None:
    params = PARAMS | ({"reason": REASONS[action]} if action in REASONS else {})
    command = COMMANDS[action](Press("referral-1", BY, params, "words"))
    assert command.stream == "referral-1"
    assert getattr(command, "by") == BY  # noqa: B009 - every command of a press names its party


def test_every_right_that_is_no_machines_has_a_button_here() -> None:
    missing = {action for action in Action if action not in COMMANDS} - NOT_BUTTONS
    assert {str(action) for action in missing} <= {"ask_routing"}


def test_only_an_unexplained_decline_asks_for_words() -> None:
    assert prompt_for("decline", {"reason": "other"}) == "words-comment"
    assert prompt_for("decline", {"reason": "no_capacity"}) is None
    assert prompt_for("ask_information", {}) == "words-question"
