"""Repair after wrong rules: what they decided is decided again by the right ones, as new events with the repair's id.

Nothing recorded is changed. A loop that is over, or whose patient has arrived, is not decided again: somebody calls.
Whoever was told what the right rules would not have told them sees their card withdrawn; who had opened one is named.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select

from events.base import Actor, Cause, EndReason, Refused, Situation
from events.handling import Journal, Working
from events.referral_commands import (
    AskCancel,
    HandOver,
    OfferReferral,
    ReferralCommand,
    TriageReferral,
    WithdrawReferral,
)
from events.referral_state import ReferralState, ReferralStatus
from events.taking_back import take_back
from models.database import Transaction
from models.deliveries import CardRow, NoticeRow
from models.history import table_of
from models.values import ActorKind, Role
from workers.asking import RULES
from workers.deciding import triage, words_needed
from workers.loading import FactLoader
from workers.outcomes import Do

_CARDS, _NOTICES = table_of(CardRow), table_of(NoticeRow)
# Before anybody has taken the patient: what was decided can be decided again.
_UNTAKEN = frozenset(
    {
        ReferralStatus.requested, ReferralStatus.redirected, ReferralStatus.offered, ReferralStatus.information_asked,
        ReferralStatus.declined, ReferralStatus.advised,
    }
)  # fmt: skip


# What still can be taken back without asking anybody; further on the recipient is asked.
_TAKEN_BACK = frozenset(
    {Situation.to_be_routed, Situation.offered, Situation.declined, Situation.advised, Situation.missed}
)


@dataclass(frozen=True, slots=True)
class Wrong:
    """A loop, what the wrong rules told in it that the right ones would not, and what is to be done about it.

    `told`: (recipient, purpose). `holder`: whom the right rules would have left it with. `move`: to whom it is moved
    whatever the rules say. `cancel`: it should never have been sent.
    """

    loop: str
    told: tuple[tuple[str, str], ...] = ()
    holder: str | None = None
    move: str | None = None
    cancel: bool = False


@dataclass(slots=True)
class Repaired:
    """What a repair does, or would do: what is decided again, moved, cancelled, called about; cards withdrawn."""

    decided: list[dict[str, str]] = field(default_factory=list)
    moved: list[dict[str, str]] = field(default_factory=list)
    cancelled: list[dict[str, str]] = field(default_factory=list)
    calls: list[dict[str, str]] = field(default_factory=list)
    withdrawn: list[dict[str, str]] = field(default_factory=list)
    opened: list[dict[str, str]] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """For --json and the audit."""
        return asdict(self)


def wrong_loops(diff: Mapping[str, Any]) -> list[Wrong]:
    """The list that `refloop events what-if --json` wrote; KeyError or TypeError when it is none."""
    found = []
    for each in diff["changed"]:
        notices = [one for one in each["differences"] if one["facet"] == "notices"]
        would_be = {(entry["to"], entry["purpose"]) for one in notices for entry in one["would_be"]}
        was = {(entry["to"], entry["purpose"]) for one in notices for entry in one["was"]}
        # Where somebody answered something else, nobody can say who would have it now.
        holder = None if each["unknown_from"] else _right_holder(each)
        found.append(Wrong(each["loop"], tuple(sorted(was - would_be)), holder))
    return found


def _right_holder(each: Mapping[str, Any]) -> str | None:
    """The person with whom the right rules would have left the loop's own stream, where that is another."""
    mine = [
        entry
        for one in each["differences"]
        if one["facet"] == "holders"
        for entry in one["would_be"]
        if entry["stream"] == each["loop"] and entry["holder"]
    ]
    if not mine:
        return None
    before, role, person = _split(max(mine, key=lambda entry: str(entry["at"]))["holder"])
    return person if before and role else None


def _split(holder: str) -> tuple[str, str, str | None]:
    """Place, role and person of a holder as what-if writes it: facility/department/role/person, but what is None."""
    parts = holder.split("/")
    at = next((number for number, part in enumerate(parts) if part in list(Role)), None)
    if at is None:
        return "", "", None
    return "/".join(parts[:at]), parts[at], parts[at + 1] if len(parts) > at + 1 else None


async def repair(
    tx: Transaction, journal: Journal, loader: FactLoader, wrong: Sequence[Wrong], unique: str, actor: str,
    now: datetime, really: bool,
) -> Repaired:  # fmt: skip
    """Put these loops right by the loader's rules; with `really` false only say what would be done."""
    done = Repaired()
    cause = Cause(f"repair-{unique}", Actor(ActorKind.person, actor), now)
    loaded = await journal.load(tx, [each.loop for each in wrong])
    for each in wrong:
        working = loaded[each.loop]
        state = working.state
        if each.cancel or each.move:
            _as_told(journal, working, each, cause, done)
        elif not isinstance(state, ReferralState) or state.status not in _UNTAKEN:
            done.calls.append(_call(each.loop, state))
        else:
            facts = await loader.load(tx, words_needed(working.history[-1], state), loaded)
            for outcome in triage(working.history[-1], state, facts):
                if isinstance(outcome, Do) and isinstance(outcome.command, TriageReferral):
                    _triage_again(journal, working, outcome.command, each, cause, done)
        await _withdraw(tx, journal, each, state, cause, done, really)
    if really:
        await journal.record(tx, [working for working in loaded.values() if working.new])
    return done


def _call(loop: str, state: Any) -> dict[str, str]:
    code = state.code if isinstance(state, ReferralState) else loop
    return {"loop": loop, "code": code, "status": str(state.status) if state is not None else "unknown"}


def _triage_again(
    journal: Journal, working: Working, command: TriageReferral, wrong: Wrong, cause: Cause, done: Repaired
) -> None:
    """The priority by the right rules; where that is the same, the holder they would have left it with."""
    state: ReferralState = working.state
    right = command.decision.priority
    if right is not state.priority:
        if _decided(journal, working, command, "triage-", cause, done):
            done.decided.append({"code": state.code, "was": str(state.priority), "now": str(right)})
    elif wrong.holder is not None and wrong.holder != state.holder.person and state.situation is Situation.offered:
        _move(journal, working, wrong.holder, cause, done)
    else:
        done.unchanged.append(state.code)


def _as_told(journal: Journal, working: Working, wrong: Wrong, cause: Cause, done: Repaired) -> None:
    """What the list itself asks for: take it back, or move it to somebody."""
    state = working.state
    if not isinstance(state, ReferralState):
        done.calls.append(_call(wrong.loop, state))
    elif wrong.move is not None:
        _move(journal, working, wrong.move, cause, done)
    else:
        command: ReferralCommand
        if state.situation in _TAKEN_BACK:
            command = WithdrawReferral(stream=state.id, by=RULES, reason=EndReason.entered_in_error)
        else:
            command = AskCancel(stream=state.id, by=RULES, reason=EndReason.entered_in_error)
        if _decided(journal, working, command, "cancel-", cause, done):
            how = "withdrawn" if isinstance(command, WithdrawReferral) else "the recipient is asked to let go"
            done.cancelled.append({"code": state.code, "was": str(state.status), "how": how})


def _move(journal: Journal, working: Working, person: str, cause: Cause, done: Repaired) -> None:
    """Ask somebody else; who has taken the patient keeps it until the other has taken over."""
    state: ReferralState = working.state
    command: ReferralCommand
    if state.situation is Situation.offered and state.facility is not None:
        command = OfferReferral(
            stream=state.id, by=RULES, facility=state.facility, department=state.department, to=(person,)
        )
    else:
        command = HandOver(stream=state.id, by=RULES, to=person)
    if _decided(journal, working, command, "move-", cause, done):
        done.moved.append({"code": state.code, "was": state.holder.person or str(state.holder.role), "now": person})


def _decided(
    journal: Journal, working: Working, command: ReferralCommand, salt: str, cause: Cause, done: Repaired
) -> bool:
    """Whether the command is allowed where the loop stands; where it is not, somebody has to call."""
    state = working.state
    try:
        return bool(journal.decide(working, command, cause, salt).events)
    except Refused:
        done.calls.append(_call(working.stream, state))
        return False


async def _withdraw(
    tx: Transaction, journal: Journal, wrong: Wrong, state: Any, cause: Cause, done: Repaired, really: bool
) -> None:
    """Cards that should not be there, and notices of the same kind that have not gone out yet."""
    seen = {person for person, _ in getattr(state, "seen", ())}
    code = getattr(state, "code", wrong.loop)
    for recipient, purpose in wrong.told:
        told = (_NOTICES.c.loop == wrong.loop, _NOTICES.c.recipient == recipient, _NOTICES.c.purpose == purpose)
        notices = list((await tx.execute(select(_NOTICES.c.stream).where(*told))).scalars())
        cards = (_CARDS.c.notice.in_(notices),)
        for card in (await tx.execute(select(_CARDS).where(*cards))).mappings():
            done.withdrawn.append({"code": code, "person": recipient, "purpose": purpose})
            if card["opened"] or recipient in seen:
                done.opened.append({"code": code, "person": recipient})
        if really:
            await take_back(tx, journal, notices, cause, "repaired")
