"""Who may do what in which stage: everybody who can meet a referral, a command for every action, and the table.

`python -m tests.unit.events.rights` prints the table as the code has it; what stands in rights.txt was read by people
against the design and is compared cell by cell.
"""

import sys
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from events import referral as e
from events import referral_commands as d
from events.actions import Action, Party, actions
from events.base import EndReason, Refused
from events.catalog import decide
from models.values import Priority, Role
from tests.unit.events.stages import STAGES
from tests.unit.events.story import (
    BEGIN,
    CENTRE_COORDINATOR,
    CHEN,
    CLINIC_SYSTEM,
    COLLEAGUE,
    DAUGHTER,
    DESK,
    FANG,
    HE,
    HOSPITAL,
    HOSPITAL_SYSTEM,
    LAI,
    LEFT,
    LI,
    LIN,
    MOVED,
    OTHER_PATIENT,
    OTHER_SYSTEM,
    RULES,
    STRANGER,
    TIAN,
    Story,
    decision,
    given,
    staff,
    words,
)  # fmt: skip

TABLE = Path(__file__).with_name("rights.txt")

# In STAGES, Dr Lin is the one who is asked, and who has it afterwards.
PARTIES: Mapping[str, Party] = {
    "initiator": HE,
    "initiator_coordinator": LAI,
    "initiator_system": CLINIC_SYSTEM,
    "asked_or_holder": LIN,
    "recipient_coordinator": CHEN,
    "recipient_system": HOSPITAL_SYSTEM,
    "patient": LI,
    "contact": DAUGHTER,
    "centre": FANG,
    "centre_coordinator": CENTRE_COORDINATOR,
    "asked_to_route": TIAN,
    "rule": RULES,
}

# Nobody of these may do anything, ever.
NOBODY: Mapping[str, Party] = {
    "a colleague who was not asked": COLLEAGUE,
    "the discharge desk": DESK,
    "the doctor who left": LEFT,
    "the doctor who works elsewhere now": MOVED,
    "a doctor of another hospital": STRANGER,
    "the system of another hospital": OTHER_SYSTEM,
    "another patient": OTHER_PATIENT,
    "an admin of the hospital": staff("ada", HOSPITAL, Role.admin),
    "somebody with the initiator's id who works elsewhere": staff(HE.id, "hekeng", Role.doctor),
}

# One command for each action, complete enough that only the right to it decides.
COMMANDS: Mapping[Action, tuple[type[d.ReferralCommand], dict[str, Any]]] = {
    Action.see: (d.SeeReferral, {}),
    Action.hold: (d.HoldReferral, {}),
    Action.accept: (d.AcceptReferral, {}),
    Action.decline: (d.DeclineReferral, {"reason": e.DeclineReason.no_capacity}),
    Action.advise: (d.AdviseReferral, {"advice": words()}),
    Action.redirect: (d.RedirectReferral, {"facility": HOSPITAL, "department": "emergency"}),
    Action.give_back: (d.GiveBackReferral, {"reason": e.GiveBackReason.bed_lost}),
    Action.ask_information: (d.AskInformation, {"question": words()}),
    Action.give_information: (d.GiveInformation, {"answer": words()}),
    Action.refuse_advice: (d.RefuseAdvice, {}),
    Action.offer_time: (d.OfferTime, {"appointment": e.Appointment(at=BEGIN + timedelta(days=9))}),
    Action.confirm_time: (d.ConfirmTime, {}),
    Action.refuse_time: (d.RefuseTime, {}),
    Action.cancel_time: (d.CancelTime, {}),
    Action.set_out: (d.SetOut, {}),
    Action.record_arrival: (d.RecordArrival, {}),
    Action.record_missed: (d.RecordMissed, {}),
    Action.attach: (d.AttachDocument, {"document": "document-1", "kind": "pdf"}),
    Action.add_note: (d.AddInterimNote, {"note": words()}),
    Action.report_outcome: (d.ReportOutcome, {"kind": e.OutcomeKind.treated}),
    Action.withdraw_outcome: (d.WithdrawOutcome, {}),
    Action.amend: (d.AmendReferral, {"reason": words()}),
    Action.change_priority: (d.ChangePriority, {"priority": Priority.asap}),
    Action.record_consent: (d.RecordConsent, {"given_by": "patient"}),
    Action.ask_cancel: (d.AskCancel, {"reason": EndReason.resolved}),
    Action.confirm_cancel: (d.ConfirmCancel, {}),
    Action.refuse_cancel: (d.RefuseCancel, {}),
    Action.withdraw: (d.WithdrawReferral, {"reason": EndReason.resolved}),
    Action.close: (d.CloseLoop, {"reason": EndReason.resolved}),
    Action.reopen: (d.ReopenReferral, {"reason": words()}),
    Action.ask_next: (d.AskNext, {}),
    Action.take_over: (d.TakeOver, {}),
    Action.identify: (d.IdentifyPatient, {"patient": "li-known"}),
    Action.hand_over: (d.HandOver, {"to": "zhou-min"}),
    Action.triage: (d.TriageReferral, {"decision": decision("asap")}),
    Action.offer: (d.OfferReferral, {"facility": HOSPITAL, "department": "cardiology", "to": ("zhou-min",)}),
}

Cells = Mapping[tuple[str, str], frozenset[str]]


def command(action: Action, story: Story, by: Party) -> d.ReferralCommand:
    """The command of an action, from this party."""
    kind, fields = COMMANDS[action]
    return kind(stream=story.stream, by=by, **fields)


def refusal(action: Action, story: Story, by: Party) -> str | None:
    """Why the decider refuses, or None where something follows."""
    try:
        decide(command(action, story, by), story.state, story.now)
    except Refused as refused:
        return refused.code
    return None


def as_written(table: Path = TABLE) -> dict[tuple[str, str], frozenset[str]]:
    """(stage, party) → what is allowed, as the file says; a party that is not named may do nothing."""
    cells: dict[tuple[str, str], frozenset[str]] = {}
    stage = ""
    for line in table.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith(("#", " ")):
            stage = line.strip()
        elif line.startswith(" "):
            party, *allowed = line.split()
            cells[stage, party] = frozenset(allowed)
    return cells


def as_built() -> str:
    """The table as the code has it."""
    lines = []
    for stage, story in STAGES.items():
        lines += ["", str(stage)]
        for name, party in PARTIES.items():
            allowed = actions(story.state, party)
            if allowed:
                lines.append(f"  {name:<22} {' '.join(action for action in Action if action in allowed)}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(as_built())

__all__ = ["COMMANDS", "NOBODY", "PARTIES", "as_built", "as_written", "command", "given", "refusal"]
