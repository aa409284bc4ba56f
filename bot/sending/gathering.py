"""Less noise: what may wait goes together as one message, and patients get no more routine ones than the pack allows.

Staff get one card that says how much waits, with [Open]; patients get the texts below each other, and the buttons of
one question at a time (bot/handlers/asked_together.py). One alone goes as it is. What the budget holds back waits for
the next day and goes together with what is due then; nothing is dropped.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update
from sqlalchemy.engine import RowMapping

from bot.cards import house
from bot.channel import Outgoing
from bot.chat_side import ChatSide
from bot.sending.readers import Readers, load_readers
from bot.sending.tokens import Asked, labelled
from bot.sending.views import Subject
from events.purposes import PURPOSES, Audience, Purpose
from events.referral_state import ReferralState
from models.database import Transaction
from models.deliveries import DeliveryRow, NoticeRow
from models.values import Lane, Priority
from workers.rules.quiet_hours import RecipientKind, SendPolicy, message_policy

if TYPE_CHECKING:
    from bot.sending.queue import Letter, Waiting

_N = NoticeRow.__table__  # type: ignore[attr-defined]
_D = DeliveryRow.__table__  # type: ignore[attr-defined]

_WEEK = timedelta(days=7)
_MOST = 20  # notices in one message
BETWEEN = "\n\n"  # the texts of one message
_BUDGET = tuple(sorted(purpose for purpose, rule in PURPOSES.items() if rule.budget))


def gathers(row: RowMapping) -> bool:
    """Whether a notice may go together with others of its kind."""
    rule = PURPOSES[Purpose(row["purpose"])]
    return rule.budget or (rule.audience is Audience.staff and json.loads(row["params"]).get("gather") == "yes")


async def within_budget(tx: Transaction, side: ChatSide, chosen: Sequence["Waiting"], now: datetime) -> list["Waiting"]:
    """Those that may go today; the others are put off until tomorrow morning."""
    counted = {each.row["recipient"] for each in chosen if PURPOSES[Purpose(each.row["purpose"])].budget}
    if not counted:
        return list(chosen)
    policy = message_policy(side.pack("messages"), side.directory().site_zone)
    query = (
        select(_N.c.recipient, _D.c.ended_at, _D.c.chat, _D.c.message)
        .join(_D, _D.c.notice == _N.c.stream)
        .where(
            _N.c.recipient.in_(counted), _N.c.purpose.in_(_BUDGET), _D.c.state == "sent", _D.c.ended_at > now - _WEEK
        )
        .distinct()
    )
    sent: dict[str, set[tuple[int, int, datetime]]] = {}
    for row in (await tx.execute(query)).mappings():
        sent.setdefault(row["recipient"], set()).add((row["chat"], row["message"], row["ended_at"]))
    allowed: list[Waiting] = []
    put_off: list[Waiting] = []
    for each in chosen:
        # Several notices that went as one message count once.
        times = {(chat, message): at for chat, message, at in sent.get(each.row["recipient"], ())}
        over = PURPOSES[Purpose(each.row["purpose"])].budget and not policy.within_budget(list(times.values()), now)
        (put_off if over else allowed).append(each)
    if put_off:
        evening = now.astimezone(policy.zone).replace(hour=23, minute=0)
        for each in put_off:
            morning = policy.when_to_send(
                evening, SendPolicy(), RecipientKind.patient, Priority.routine, each.row["recipient"]
            )
            await tx.execute(update(_N).where(_N.c.stream == each.row["stream"]).values(next_at=morning))
    return allowed


async def others(tx: Transaction, side: ChatSide, chosen: Sequence["Waiting"], now: datetime) -> list["Waiting"]:
    """What waits besides for the same people and may go in the same message: only what the same reader would get."""
    first = {each.row["recipient"]: each for each in chosen if gathers(each.row)}
    if not first:
        return []
    query = select(_N).where(
        _N.c.recipient.in_(first), _N.c.state.in_(("waiting", "retry")), _N.c.next_at <= now,
        _N.c.stream.not_in([each.row["stream"] for each in chosen]),
    )  # fmt: skip
    rows = (await tx.execute(query.order_by(_N.c.next_at, _N.c.stream).with_for_update())).mappings().all()
    kinds = {recipient: _kind(each.row) for recipient, each in first.items()}
    found = [row for row in rows if gathers(row) and _kind(row) == kinds[row["recipient"]]][:_MOST]
    if not found:
        return []
    readers = await load_readers(tx, {row["recipient"] for row in found}, side.directory(), now)
    return [replace(first[row["recipient"]], row=row) for row in found if _same_reader(row, first, readers)]


def _same_reader(row: RowMapping, first: Mapping[str, "Waiting"], readers: Readers) -> bool:
    # What a patient does not want to hear, or a relative may not, does not come with what they may.
    told = readers.of(row["recipient"], Purpose(row["purpose"]), Lane(row["lane"]))
    reader = next((each for each in told if each.chats), None)
    with_ = first[row["recipient"]]
    return reader is not None and (reader.id, reader.chats[0]) == (with_.reader.id, with_.chat)


def _kind(row: RowMapping) -> Audience:
    return PURPOSES[Purpose(row["purpose"])].audience


def together(
    letters: Sequence["Letter"], tokens: list[dict[str, Any]], waiting: Mapping[str, "Waiting"],
    subjects: Mapping[str, Subject], side: ChatSide, now: datetime,
) -> tuple[list["Letter"], list[dict[str, Any]]]:  # fmt: skip
    """One letter a person for what goes together, and the tokens of all."""
    groups: dict[str, list[Letter]] = {}
    for letter in letters:
        each = waiting[letter.notice]
        key = f"{each.row['recipient']}|{_kind(each.row)}" if gathers(each.row) else letter.notice
        groups.setdefault(key, []).append(letter)
    result: list[Letter] = []
    for group in groups.values():
        first = group[0]
        if len(group) == 1:
            result.append(first)
            continue
        each = waiting[first.notice]
        also = tuple((one.delivery, one.notice, one.attempt) for one in group[1:])
        if _kind(each.row) is Audience.patient:
            asks = next((one for one in group if one.outgoing.buttons), first)
            outgoing = Outgoing(BETWEEN.join(one.outgoing.text for one in group), asks.outgoing.buttons)
            gone = {one.notice for one in group} - {asks.notice}
            tokens = [row for row in tokens if row["notice"] not in gone]
        else:
            gone = {one.notice for one in group}
            tokens = [row for row in tokens if row["notice"] not in gone]
            states = [subjects[waiting[one.notice].row["about"]].state for one in group]
            referrals = [state for state in states if isinstance(state, ReferralState)]
            rendered = house.digest(each.reader.language, referrals, sorted(gone), side.directory(), now)
            asked = Asked(each.reader.id, each.chat, first.notice, each.row["about"], 0)
            outgoing, more = labelled(rendered, asked, now)
            tokens += more
        result.append(replace(first, outgoing=outgoing, card=None, also=also, silent=all(one.silent for one in group)))
    return result, tokens
