"""What became of messages: recorded on the notice's stream and in its rows, many at once in one transaction.

Only a definite non-delivery is tried again. What nobody knows stays unknown; where the purpose says so it is repeated
once, marked as a repeat (N2).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import bindparam, func, select, update
from sqlalchemy.engine import RowMapping
from sqlalchemy.exc import DBAPIError

from bot.channel import NotSent, Refusal, Sent, Unknown
from bot.chat_side import ChatSide
from bot.sending.card_rows import keep_cards
from bot.sending.queue import Card, Letter, Settled
from events.base import Actor, Cause
from events.handling import Working
from events.notice import NoticeDelivered, NoticeFailed, NoticeUnknown, NoticeWithdrawn, RecordDelivery
from events.purposes import PURPOSES, OnUnknown, Purpose
from models.database import Transaction
from models.deliveries import DeliveryRow, NoticeRow
from models.parties import mark_blocked
from models.values import ActorKind, Lane, derived_id

_NOTICES = NoticeRow.__table__  # type: ignore[attr-defined]
_DELIVERIES = DeliveryRow.__table__  # type: ignore[attr-defined]
_log = structlog.get_logger("sender")

SENDER = Actor(ActorKind.rule, "sender")
REPEAT_AFTER = timedelta(seconds=20)
MOST_ATTEMPTS = 30  # with the waits below: about 25 minutes of a channel that does not work
_LONGEST_WAIT = 60.0

Outcome = NoticeDelivered | NoticeFailed | NoticeUnknown | NoticeWithdrawn


@dataclass(frozen=True, slots=True)
class Finished:
    """What the channel said to one attempt. `card` is there when the message shows a state."""

    delivery: str
    notice: str
    attempt: int
    chat: int
    result: Sent | NotSent | Unknown
    card: Card | None = None

    @classmethod
    def of(cls, letter: Letter, result: Sent | NotSent | Unknown) -> "Finished":
        """The end of a letter."""
        return cls(letter.delivery, letter.notice, letter.attempt, letter.chat, result, letter.card)


def backoff(attempt: int) -> timedelta:
    """How long to wait after so many attempts that were not delivered: 1, 2, 4 … 60 seconds."""
    return timedelta(seconds=min(_LONGEST_WAIT, 2.0 ** (attempt - 1)))


async def record_some(side: ChatSide, finished: Sequence[Finished], settled: Sequence[Settled] = ()) -> None:
    """Record them together; one by one when that fails, so that one bad row does not hold the others.

    DBAPIError: the database is away, and what is not recorded yet is to be tried again.
    """
    try:
        await _record_together(side, finished, settled)
    except Exception as error:  # noqa: BLE001 - found out one by one
        _log.warning("recording one by one", error=type(error).__name__)
        for done in finished:
            await _record_alone(side, [done], [])
        for end in settled:
            await _record_alone(side, [], [end])


async def _record_alone(side: ChatSide, finished: Sequence[Finished], settled: Sequence[Settled]) -> None:
    try:
        await _record_together(side, finished, settled)
    except DBAPIError:
        raise
    except Exception as error:  # noqa: BLE001 - it stays "sending", and is unknown after the next start
        _log.error("cannot record a delivery", error=type(error).__name__, exc_info=error)


async def _record_together(side: ChatSide, finished: Sequence[Finished], settled: Sequence[Settled]) -> None:
    async def work(tx: Transaction) -> None:
        await record(tx, side, finished, settled)

    await side.database.repeated(work)


async def record(
    tx: Transaction, side: ChatSide, finished: Sequence[Finished], settled: Sequence[Settled] = ()
) -> None:
    """Write what became of these attempts and notices."""
    now = side.clock.now()
    known = await _notices(tx, [each.notice for each in finished])
    outcomes: dict[str, tuple[str, Outcome]] = {each.notice: (each.notice, each.outcome) for each in settled}
    retries: list[dict[str, Any]] = []
    for each in finished:
        match each.result:
            case Sent(message=message):
                said = NoticeDelivered(address=_address(each.chat), message=str(message))
                outcomes[each.notice] = (each.delivery, said)
            case Unknown():
                outcomes[each.notice] = (each.delivery, NoticeUnknown(address=_address(each.chat)))
            case NotSent() as refused:
                again = _again(each, refused, now)
                if isinstance(again, NoticeFailed):
                    outcomes[each.notice] = (each.delivery, again)
                else:
                    retries.append({"of_stream": each.notice, "of_next_at": again})
    abouts = {each.card.about for each in finished if isinstance(each.result, Sent) and each.card}
    # The heads of what the new cards show are locked too: a change is either seen here or finds the card's row.
    loaded = await side.journal.load(tx, [*outcomes, *abouts])
    await _tell_streams(tx, side, outcomes, loaded)
    await _close_attempts(tx, finished, now)
    if retries:
        await tx.execute(_RETRY, retries)
    repeats = [each for each in finished if isinstance(each.result, Unknown)]
    await _repeat_once(tx, repeats, known, now)
    await _keep_cards(tx, finished, loaded, now)
    for each in finished:
        if isinstance(each.result, NotSent) and each.result.refusal in (Refusal.blocked, Refusal.unreachable):
            await mark_blocked(tx, str(each.chat), now, str(SENDER))


def _address(chat: int) -> str:
    return f"telegram:{chat}"


def _again(finished: Finished, refused: NotSent, now: datetime) -> NoticeFailed | datetime:
    """When to try again, or that it failed."""
    if refused.refusal is Refusal.invalid:
        return NoticeFailed(reason="invalid")
    if finished.attempt >= MOST_ATTEMPTS:
        return NoticeFailed(reason="channel")
    if refused.refusal in (Refusal.blocked, Refusal.unreachable):
        return now  # at the next address, if there is one
    if refused.retry_after is not None:
        return now + timedelta(seconds=refused.retry_after)
    return now + backoff(finished.attempt)


async def _notices(tx: Transaction, streams: Sequence[str]) -> dict[str, RowMapping]:
    rows = await tx.execute(select(_NOTICES).where(_NOTICES.c.stream.in_(streams)))
    return {row["stream"]: row for row in rows.mappings()}


async def _tell_streams(
    tx: Transaction, side: ChatSide, outcomes: dict[str, tuple[str, Outcome]], loaded: dict[str, Working]
) -> None:
    now = side.clock.now()
    for stream, (cause, outcome) in outcomes.items():
        command = RecordDelivery(stream=stream, outcome=outcome)
        # The kind of outcome is part of the cause: after "unknown" the same attempt may still turn out delivered.
        side.journal.decide(loaded[stream], command, Cause(f"{cause}:{type(outcome).__name__}", SENDER, now))
    await side.journal.record(tx, [loaded[stream] for stream in outcomes])


# A notice that was withdrawn while it was on its way stays withdrawn.
_RETRY = (
    update(_NOTICES)
    .where(_NOTICES.c.stream == bindparam("of_stream"), _NOTICES.c.state == "sending")
    .values(state="retry", next_at=bindparam("of_next_at"), addresses_tried=_NOTICES.c.addresses_tried + 1)
)

_CLOSE = (
    update(_DELIVERIES)
    .where(_DELIVERIES.c.id == bindparam("of_id"))
    .values(
        state=bindparam("of_state"),
        message=bindparam("of_message"),
        reason=bindparam("of_reason"),
        ended_at=bindparam("of_ended_at"),
    )
)


async def _close_attempts(tx: Transaction, finished: Sequence[Finished], now: datetime) -> None:
    if finished:
        await tx.execute(_CLOSE, [{"of_id": each.delivery, "of_ended_at": now, **_end(each)} for each in finished])


def _end(finished: Finished) -> dict[str, Any]:
    match finished.result:
        case Sent(message=message):
            return {"of_state": "sent", "of_message": message, "of_reason": None}
        case NotSent(refusal=refusal, reason=reason):
            return {"of_state": refusal, "of_message": None, "of_reason": reason}
        case Unknown(reason=reason):
            return {"of_state": "unknown", "of_message": None, "of_reason": reason}


async def _repeat_once(
    tx: Transaction, unknown: Sequence[Finished], known: dict[str, RowMapping], now: datetime
) -> None:
    wanted = [each.notice for each in unknown if each.notice in known and repeats(known[each.notice])]
    if not wanted:
        return
    count = select(_DELIVERIES.c.notice, func.count().label("times")).where(
        _DELIVERIES.c.notice.in_(wanted), _DELIVERIES.c.state == "unknown"
    )
    counted = await tx.execute(count.group_by(_DELIVERIES.c.notice))
    times = {row["notice"]: row["times"] for row in counted.mappings()}
    once = [{"of_stream": notice, "of_next_at": now + REPEAT_AFTER} for notice in wanted if times[notice] == 1]
    if once:
        await tx.execute(_REPEAT, once)


_REPEAT = (
    update(_NOTICES)
    .where(_NOTICES.c.stream == bindparam("of_stream"), _NOTICES.c.state == "unknown")
    .values(state="retry", next_at=bindparam("of_next_at"), marked=True)
)


def repeats(notice: RowMapping) -> bool:
    """Whether a notice whose delivery is unknown is sent once more, marked."""
    rule = PURPOSES[Purpose(notice["purpose"])]
    return rule.on_unknown is OnUnknown.repeat or (rule.repeat_for_stat and notice["lane"] == Lane.stat)


async def _keep_cards(tx: Transaction, finished: Sequence[Finished], loaded: dict[str, Working], now: datetime) -> None:
    rows = []
    for each in finished:
        if isinstance(each.result, Sent) and each.card is not None:
            card = each.card
            rows.append(
                {
                    "id": derived_id(each.delivery, "card"),
                    "about": card.about,
                    "notice": each.notice,
                    "purpose": card.purpose,
                    "recipient": card.recipient,
                    "chat": each.chat,
                    "message": each.result.message,
                    "shown_version": card.version,
                    "wanted_version": max(card.version, loaded[card.about].state.version),
                    "shown_hash": card.shown_hash,
                    "opened": False,
                    "next_at": now,
                }
            )
    if rows:
        await keep_cards(tx, rows)
