"""Buttons of a follow-up plan and the commands they give; the params are listed in bot/cards/buttons.py."""

import json
from collections.abc import Callable
from datetime import datetime

from bot.handlers.press import Press
from events import follow_up as f
from events.base import Command, EndReason
from events.discharge_decider import PullReturnForm
from models.values import Priority, derived_id


def _visit(press: Press) -> Command:
    said = json.loads(press.params["visit"])
    due = said.pop("next_due", None)
    return f.RecordVisit(stream=press.about, by=press.by, next_due=datetime.fromisoformat(due) if due else None, **said)


def _send_up(press: Press) -> Command:
    # Of the plan and the visit, not of the press: two people who press send one referral.
    unique = derived_id("up", press.about, press.params.get("visit", ""), press.params["facility"])
    return f.SendUp(
        stream=press.about,
        by=press.by,
        unique=unique,
        facility=press.params["facility"],
        department=press.params.get("department"),
        priority=Priority(press.params["priority"]),
    )


PLANS: dict[str, Callable[[Press], Command]] = {
    "record_visit": _visit,
    "send_up": _send_up,
    "pull_form": lambda press: PullReturnForm(stream=press.about, by=press.by),
    "end_plan": lambda press: f.EndPlan(stream=press.about, by=press.by, reason=EndReason(press.params["reason"])),
    "pause_plan": lambda press: f.PausePlan(
        stream=press.about, by=press.by, reason=f.PauseReason(press.params["reason"])
    ),
    "resume_plan": lambda press: f.ResumePlan(stream=press.about, by=press.by),
    "mute_plan": lambda press: f.MutePlan(stream=press.about, by=press.by, muted=press.params["muted"] == "yes"),
    "set_severity": lambda press: f.SetSeverity(
        stream=press.about, by=press.by, severity=f.Severity(press.params["severity"])
    ),
    "hand_over": lambda press: f.HandOverPlan(stream=press.about, by=press.by, to=press.params["to"]),
    "move_plan": lambda press: f.MovePlan(
        stream=press.about, by=press.by, centre=press.params["centre"], consent=True, team=press.params.get("team")
    ),
}
