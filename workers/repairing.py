"""Repair after wrong rules: what they decided is decided again by the right ones, as new events with the repair's id.

Nothing recorded is changed. A loop that is over, or whose patient has arrived, is not decided again: somebody calls.
Whoever was told what the right rules would not have told them sees their card withdrawn; who had opened one is named.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from events.base import Actor, Cause, Refused
from events.handling import Journal
from events.notice import NoticeState, NoticeWithdrawn, RecordDelivery
from events.referral_commands import TriageReferral
from events.referral_state import ReferralState, ReferralStatus
from models.database import Transaction
from models.deliveries import ActionTokenRow, CardRow, NoticeRow
from models.history import table_of
from models.values import ActorKind
from workers.deciding import triage, words_needed
from workers.loading import FactLoader
from workers.outcomes import Do

_CARDS, _NOTICES, _TOKENS = table_of(CardRow), table_of(NoticeRow), table_of(ActionTokenRow)
# Before anybody has taken the patient: what was decided can be decided again.
_UNTAKEN = frozenset(
    {
        ReferralStatus.requested, ReferralStatus.redirected, ReferralStatus.offered, ReferralStatus.information_asked,
        ReferralStatus.declined, ReferralStatus.advised,
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wrong:
    """A loop of a what-if's list, and what the wrong rules told that the right ones would not: (recipient, purpose)."""

    loop: str
    told: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Repaired:
    """What a repair does, or would do: priorities decided again, loops somebody must call about, cards withdrawn."""

    decided: list[dict[str, str]] = field(default_factory=list)
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
        found.append(Wrong(each["loop"], tuple(sorted(was - would_be))))
    return found


async def repair(
    tx: Transaction, journal: Journal, loader: FactLoader, wrong: Sequence[Wrong], unique: str, actor: str,
    now: datetime, really: bool,
) -> Repaired:  # fmt: skip
    """Decide these loops again by the loader's rules; with `really` false only say what would be done."""
    done = Repaired()
    cause = Cause(f"repair-{unique}", Actor(ActorKind.person, actor), now)
    loaded = await journal.load(tx, [each.loop for each in wrong])
    for each in wrong:
        working = loaded[each.loop]
        state = working.state
        if not isinstance(state, ReferralState) or state.status not in _UNTAKEN:
            code = state.code if isinstance(state, ReferralState) else each.loop
            status = str(state.status) if state is not None else "unknown"
            done.calls.append({"loop": each.loop, "code": code, "status": status})
        else:
            facts = await loader.load(tx, words_needed(working.history[-1], state), loaded)
            for outcome in triage(working.history[-1], state, facts):
                if isinstance(outcome, Do) and isinstance(outcome.command, TriageReferral):
                    right = outcome.command.decision.priority
                    if right is state.priority:
                        done.unchanged.append(state.code)
                        continue
                    try:
                        journal.decide(working, outcome.command, cause, "triage-")
                    except Refused:
                        done.calls.append({"loop": each.loop, "code": state.code, "status": str(state.status)})
                        continue
                    done.decided.append({"code": state.code, "was": str(state.priority), "now": str(right)})
        await _withdraw(tx, journal, each, state, cause, done, really)
    if really:
        await journal.record(tx, [working for working in loaded.values() if working.new])
    return done


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
        if not really:
            continue
        await tx.execute(
            update(_CARDS)
            .where(*cards)
            .values(withdrawn_by=cause.id, wanted_version=_CARDS.c.wanted_version + 1, next_at=cause.at)
        )
        unused = (_TOKENS.c.notice.in_(notices), _TOKENS.c.used_at.is_(None))
        await tx.execute(update(_TOKENS).where(*unused).values(expires_at=cause.at))
        for working in (await journal.load(tx, notices)).values():
            if isinstance(working.state, NoticeState):
                outcome = NoticeWithdrawn(reason="repaired")
                journal.decide(working, RecordDelivery(stream=working.stream, outcome=outcome), cause)
                await journal.record(tx, [working])
