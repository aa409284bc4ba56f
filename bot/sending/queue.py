"""What waits to be told: which notices could go now, and what is written before one of them goes.

A notice is looked at again at the last moment: is it still true, is it still theirs, can they be reached
(docs/decisions/0006)? Then the intent is written, and only then anything is sent.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Select, bindparam, insert, literal_column, select, union_all, update
from sqlalchemy.engine import RowMapping

from bot.cards.render import render
from bot.channel import Outgoing
from bot.chat_side import ChatSide
from bot.relevance import still_wanted
from bot.sending.gathering import others, together, within_budget
from bot.sending.house import house_card
from bot.sending.readers import Reader, Readers, load_readers
from bot.sending.tokens import Asked, labelled, write_tokens
from bot.sending.views import Subject, digest, load_readable_subjects, may_read, view
from bot.view import Rendered
from events.notice import NoticeFailed, NoticeWithdrawn
from events.purposes import PURPOSES, Audience, Purpose
from models.among import outside
from models.database import Transaction
from models.deliveries import DeliveryRow, NoticeRow
from models.holds import hold_back
from models.values import Lane, derived_id

_NOTICES = NoticeRow.__table__  # type: ignore[attr-defined]
_DELIVERIES = DeliveryRow.__table__  # type: ignore[attr-defined]

_log = structlog.get_logger("sender")

SENDABLE = ("waiting", "retry")
HELD_FOR = timedelta(minutes=1)
_PURPOSES = frozenset(Purpose)
AT_A_LOOK = 12  # of each lane: more than may go at once, so that a chat that must wait does not hold the others


@dataclass(frozen=True, slots=True)
class Waiting:
    """A notice that could go now, to whom, into which chat."""

    row: RowMapping
    reader: Reader
    chat: int


@dataclass(frozen=True, slots=True)
class Settled:
    """A notice that ends without being sent."""

    notice: str
    outcome: NoticeFailed | NoticeWithdrawn


@dataclass(frozen=True, slots=True)
class Card:
    """What the message shows, so that it can change with the state."""

    about: str
    purpose: Purpose
    recipient: str
    version: int
    shown_hash: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A message with its intent written, ready to go. `on_unknown_repeat`: whether to repeat it once, marked."""

    delivery: str
    notice: str
    attempt: int
    chat: int
    recipient: str  # of the notice; who reads it may be a contact of theirs
    outgoing: Outgoing
    silent: bool
    urgent: bool
    card: Card | None
    also: tuple[tuple[str, str, int], ...] = ()  # delivery, notice and attempt of what goes in the same message


def _due(rank: int) -> Select[Any]:
    due = (
        select(_NOTICES)
        .where(
            _NOTICES.c.state.in_([literal_column(f"'{state}'") for state in SENDABLE]),
            _NOTICES.c.lane_rank == rank,
            _NOTICES.c.next_at <= bindparam("now"),
            outside(_NOTICES.c.recipient, "busy"),
        )
        .order_by(_NOTICES.c.next_at, _NOTICES.c.stream)
        .limit(AT_A_LOOK)
    )
    return select(due.subquery())


# Asked at every turn: building it took longer than its answer.
_DUE = union_all(*(_due(rank) for rank in range(len(Lane))))


async def sendable(tx: Transaction, now: datetime, busy: Collection[str]) -> list[RowMapping]:
    """The oldest notices of each lane that are due, but those to busy recipients."""
    rows = (await tx.execute(_DUE, {"now": now, "busy": list(busy)})).mappings().all()
    return sorted(rows, key=lambda row: (row["lane_rank"], row["next_at"], row["stream"]))


@dataclass(slots=True)
class Sorted:
    """What becomes of notices that are looked at: they can go, they end unsent, or they wait for newer code."""

    waiting: list[Waiting] = field(default_factory=list)
    settled: list[Settled] = field(default_factory=list)
    held: list[str] = field(default_factory=list)


def addressed(rows: Sequence[RowMapping], readers: Readers) -> Sorted:
    """Whom each notice goes to, those that nobody can be told, and those whose purpose this code does not know."""
    found_all = Sorted()
    waiting, settled = found_all.waiting, found_all.settled
    for row in rows:
        if row["purpose"] not in _PURPOSES:
            found_all.held.append(row["stream"])
            continue
        purpose, recipient = Purpose(row["purpose"]), row["recipient"]
        found = readers.of(recipient, purpose, Lane(row["lane"]))
        reader = next((each for each in found if each.chats), None)
        if PURPOSES[purpose].audience is Audience.patient and readers.patient_dead(recipient):
            settled.append(Settled(row["stream"], NoticeWithdrawn(reason="died")))
        elif PURPOSES[purpose].audience is Audience.patient and readers.patient_doubted(recipient):
            # It may be somebody else: nobody is written to, somebody of the centre calls.
            settled.append(Settled(row["stream"], NoticeFailed(reason="doubted")))
        elif not found:
            settled.append(Settled(row["stream"], NoticeFailed(reason="unknown_recipient")))
        elif reader is None:
            reason = "opted_out" if readers.declined(recipient, purpose) else "no_address"
            settled.append(Settled(row["stream"], NoticeFailed(reason=reason)))
        else:
            waiting.append(Waiting(row, reader, reader.chats[0]))
    return found_all


async def hold(tx: Transaction, side: ChatSide, notices: Sequence[str]) -> None:
    """Let notices wait that only newer code can tell, after going back to an older one; the others go on."""
    until = side.clock.now() + HELD_FOR
    waits = update(_NOTICES).where(_NOTICES.c.stream.in_(notices), _NOTICES.c.state.in_(SENDABLE))
    await tx.execute(waits.values(next_at=until))
    _log.warning("notices wait for newer code", notices=len(notices), first=notices[0])


async def write_intents(
    tx: Transaction, side: ChatSide, chosen: Sequence[Waiting], fence: int
) -> tuple[list[Letter], list[Settled], list[str]]:
    """Look again, render, and write down what is about to be sent; nothing has gone out yet.

    Gives the letters, the notices that end unsent, and those to be held.
    """
    now = side.clock.now()
    chosen = [*chosen, *await others(tx, side, chosen, now)]
    await hold_back(tx, [each.row["stream"] for each in chosen])
    still = select(_NOTICES.c.stream).where(
        _NOTICES.c.stream.in_([each.row["stream"] for each in chosen]), _NOTICES.c.state.in_(SENDABLE)
    )
    open_ = set((await tx.execute(still.with_for_update())).scalars())
    chosen = [each for each in chosen if each.row["stream"] in open_]
    chosen = await within_budget(tx, side, chosen, now)
    abouts = {each.row["about"]: each.row["loop"] for each in chosen}
    subjects, unreadable = await load_readable_subjects(tx, abouts)
    held = [each.row["stream"] for each in chosen if each.row["about"] in unreadable]
    chosen = [each for each in chosen if each.row["about"] not in unreadable]
    letters: list[Letter] = []
    settled: list[Settled] = []
    tokens: list[dict[str, Any]] = []
    for each in chosen:
        subject = subjects.get(each.row["about"])
        try:
            if PURPOSES[Purpose(each.row["purpose"])].of_house:
                listed = await house_card(tx, each.row, each.reader, side.directory(), now)
                if listed is None:
                    settled.append(Settled(each.row["stream"], NoticeWithdrawn(reason="no_longer_true")))
                    continue
                letter, rows = _letter_of(each, listed, 0, None, now)
                letters.append(letter)
                tokens += rows
                continue
            if (reason := _no_longer(each, subject, side, now)) is not None or subject is None:
                settled.append(Settled(each.row["stream"], NoticeWithdrawn(reason=reason or "unknown")))
                continue
            letter, rows = _letter(each, subject, side, now)
        except Exception as error:  # noqa: BLE001 - one that cannot be put into words must not hold up an emergency
            _log.error("notice cannot be written", notice=each.row["stream"], exc_info=error)
            settled.append(Settled(each.row["stream"], NoticeFailed(reason="unwritable")))
            continue
        letters.append(letter)
        tokens += rows
    if letters:
        await tx.execute(insert(_DELIVERIES), [_intent(each, fence, now) for each in letters])
        going = [each.notice for each in letters]
        await tx.execute(
            update(_NOTICES)
            .where(_NOTICES.c.stream.in_(going))
            .values(state="sending", attempts=_NOTICES.c.attempts + 1)
        )
        waiting = {each.row["stream"]: each for each in chosen}
        letters, tokens = together(letters, tokens, waiting, subjects, side, now)
        await write_tokens(tx, tokens)
    return letters, settled, held


def _no_longer(waiting: Waiting, subject: Subject | None, side: ChatSide, now: datetime) -> str | None:
    """Why a notice need not be sent any more."""
    row, purpose = waiting.row, Purpose(waiting.row["purpose"])
    if row["expires_at"] is not None and row["expires_at"] <= now:
        return "expired"
    if subject is None:
        return "unknown"
    if waiting.reader.patient is not None and waiting.reader.patient.id != subject.state.patient:
        return "no_longer_true"  # it turned out to be somebody else's
    if not may_read(subject, purpose, waiting.reader.party, side.directory()):
        return "role_ended"
    if not still_wanted(purpose, subject.state, row["recipient"], row["step"], json.loads(row["params"])):
        return "no_longer_true"
    return None


def _letter(waiting: Waiting, subject: Subject, side: ChatSide, now: datetime) -> tuple[Letter, list[dict[str, Any]]]:
    row, reader = waiting.row, waiting.reader
    purpose = Purpose(row["purpose"])
    params: Mapping[str, str] = json.loads(row["params"])
    rendered = render(view(purpose, subject, reader, params, side.directory(), now, row["marked"], side.rules()))
    version = subject.state.version
    follows = PURPOSES[purpose].follows
    card = Card(row["about"], purpose, reader.id, version, digest(rendered)) if follows else None
    return _letter_of(waiting, rendered, version, card, now)


def _letter_of(
    waiting: Waiting, rendered: Rendered, version: int, card: Card | None, now: datetime
) -> tuple[Letter, list[dict[str, Any]]]:
    row, attempt = waiting.row, waiting.row["attempts"] + 1
    asked = Asked(waiting.reader.id, waiting.chat, row["stream"], row["about"], version)
    outgoing, tokens = labelled(rendered, asked, now)
    letter = Letter(
        delivery=derived_id(row["stream"], attempt),
        notice=row["stream"],
        attempt=attempt,
        chat=waiting.chat,
        recipient=row["recipient"],
        outgoing=outgoing,
        silent=row["silent"],
        urgent=row["lane"] in (Lane.stat, Lane.reply),
        card=card,
    )
    return letter, tokens


def _intent(letter: Letter, fence: int, now: datetime) -> dict[str, Any]:
    return {
        "id": letter.delivery,
        "notice": letter.notice,
        "attempt": letter.attempt,
        "address": f"telegram:{letter.chat}",
        "chat": letter.chat,
        "state": "sending",
        "fence": fence,
        "message": None,
        "reason": None,
        "started_at": now,
        "ended_at": None,
    }


__all__ = [
    "AT_A_LOOK", "Card", "Letter", "Settled", "Sorted", "Waiting", "addressed", "hold", "load_readers", "sendable",
    "write_intents",
]  # fmt: skip
