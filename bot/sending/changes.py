"""Cards that change in place: only the newest state is sent, and nothing when a card shows that already."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from weakref import WeakValueDictionary

from sqlalchemy import Update, bindparam, case, delete, literal, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine import RowMapping

from bot.cards.render import render
from bot.channel import NotSent, Refusal, Sent, Unknown
from bot.chat_side import ChatSide
from bot.sending.readers import load_readers
from bot.sending.tokens import Asked, labelled, write_tokens
from bot.sending.views import digest, load_subjects, may_open, open_subject, opened_view, view
from bot.texts import t
from bot.view import CardView, Rendered
from events.purposes import Purpose
from models.database import Transaction, UtcDateTime
from models.deliveries import CardRow, DeliveryRow, NoticeRow
from models.patient_reading import patients as load_patients
from models.values import StreamKind, derived_id, kind_of

_CARDS = CardRow.__table__  # type: ignore[attr-defined]
_DELIVERIES = DeliveryRow.__table__  # type: ignore[attr-defined]
_NOTICES = NoticeRow.__table__  # type: ignore[attr-defined]

UNKNOWN = ""  # the hash of a card of which nobody knows what it shows
FOLD_AFTER = timedelta(minutes=10)
_NOTED_WITHIN = timedelta(minutes=1)  # a sender that died is followed sooner than that
_TRY_AGAIN_AFTER = timedelta(seconds=5)
_ENDS = (Refusal.invalid, Refusal.blocked, Refusal.unreachable)


# Asked in every turn of the sender: built once.
_CHANGED = (
    select(_CARDS)
    .where(
        _CARDS.c.wanted_version > _CARDS.c.shown_version,
        _CARDS.c.next_at <= bindparam("now"),
        _CARDS.c.chat.not_in(bindparam("busy", expanding=True)),
    )
    .order_by(_CARDS.c.next_at, _CARDS.c.id)
    .limit(bindparam("most"))
)


_HELD = select(_CARDS.c.withdrawn_by, _CARDS.c.shown_hash).where(_CARDS.c.id == bindparam("id"))
_OF_CARDS = select(_NOTICES).where(_NOTICES.c.stream.in_(bindparam("streams", expanding=True)))


async def changed(tx: Transaction, now: datetime, limit: int, busy: Sequence[int] = ()) -> list[RowMapping]:
    """Cards that show less than they should, those that waited longest first; none in busy chats."""
    return list((await tx.execute(_CHANGED, {"now": now, "most": limit, "busy": list(busy)})).mappings())


async def card_at(tx: Transaction, chat: int, message: int) -> RowMapping | None:
    """The card that a message is, if it is one."""
    query = select(_CARDS).where(_CARDS.c.chat == chat, _CARDS.c.message == message)
    return (await tx.execute(query)).mappings().first()


async def card_pressed(tx: Transaction, chat: int, message: int, token: RowMapping) -> RowMapping | None:
    """The card that was pressed on. The press proves that it arrived, also before or without the sender's word."""
    if (known := await card_at(tx, chat, message)) is not None:
        return known
    arrived = (
        select(_DELIVERIES.c.id, _NOTICES.c.about, _NOTICES.c.purpose)
        .join(_NOTICES, _NOTICES.c.stream == _DELIVERIES.c.notice)
        .where(_DELIVERIES.c.notice == token["notice"], _DELIVERIES.c.chat == chat)
        .where(_DELIVERIES.c.state.in_(("sending", "unknown")), _NOTICES.c.recipient == token["party"])
        .order_by(_DELIVERIES.c.attempt.desc())
    )
    delivery = (await tx.execute(arrived)).mappings().first()
    if delivery is None:
        return await card_at(tx, chat, message)  # noted between the two looks, or no card at all
    # Behind from the start: what it shows was noted nowhere.
    await keep_cards(
        tx,
        [
            {
                "id": derived_id(delivery["id"], "card"), "about": delivery["about"], "notice": token["notice"],
                "purpose": delivery["purpose"], "recipient": token["party"], "chat": chat, "message": message,
                "shown_version": token["version"] - 1, "wanted_version": token["version"], "shown_hash": UNKNOWN,
                "opened": False, "next_at": token["created_at"],
            }
        ],
    )  # fmt: skip
    return await card_at(tx, chat, message)


async def is_on_its_way(tx: Transaction, chat: int, message: int, now: datetime) -> bool:
    """Whether a message may be a card that the sender has not noted yet: it notes it in a moment."""
    if await card_at(tx, chat, message) is not None:
        return False
    since = now - _NOTED_WITHIN
    sending = select(_DELIVERIES.c.id).where(
        _DELIVERIES.c.chat == chat, _DELIVERIES.c.state == "sending", _DELIVERIES.c.started_at > since
    )
    return (await tx.execute(sending.limit(1))).first() is not None


async def keep_cards(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep new cards; one that is kept already stays as it is."""
    await tx.execute(_KEEP[tx.dialect], rows)


_KEEP = {
    "postgresql": postgresql_insert(_CARDS).on_conflict_do_nothing(),
    "sqlite": sqlite_insert(_CARDS).on_conflict_do_nothing(),
}


@dataclass(frozen=True, slots=True)
class Showing:
    """A card as it is to look now. `opened` and `menu` are what its reader asked to see."""

    card: RowMapping
    view: CardView
    opened: bool = False


async def showing(
    tx: Transaction, side: ChatSide, cards: Sequence[RowMapping], opened: bool = False, menu: str | None = None
) -> list[Showing]:
    """How these cards are to look now; a card whose stream or reader is gone is left out.

    Opened only for somebody who may: for the others the card stays closed.
    """
    now, directory = side.clock.now(), side.directory()
    asked = await tx.execute(_OF_CARDS, {"streams": [card["notice"] for card in cards]})
    notices = {row["stream"]: row for row in asked.mappings()}
    readers = await load_readers(tx, {card["recipient"] for card in cards}, directory, now)
    loops = {card["about"]: notices[card["notice"]]["loop"] for card in cards if card["notice"] in notices}
    subjects = await load_subjects(tx, loops)
    found = []
    for card in cards:
        purpose, notice = Purpose(card["purpose"]), notices.get(card["notice"])
        reader = next(iter(readers.of(card["recipient"], purpose)), None)
        subject = subjects.get(card["about"])
        if notice is None or reader is None or subject is None:
            continue
        shown = view(purpose, subject, reader, json.loads(notice["params"]), directory, now, rules=side.rules())
        open_now = opened and may_open(subject, reader.party)
        if open_now:
            patient = (await load_patients(tx, [subject.state.patient], now)).get(subject.state.patient)
            shown = opened_view(shown, await open_subject(tx, side.keyring, subject, patient))
        found.append(Showing(card, replace(shown, menu=menu), open_now))
    return found


class Changes:
    """Edits cards through the limiter; one edit of a card at a time."""

    def __init__(self, side: ChatSide) -> None:
        self._side = side
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def show(self, card: RowMapping, opened: bool = False, menu: str | None = None) -> None:
        """Show a card as its reader has just asked to see it."""
        async with self._lock(card["id"]):
            await self._show(card, opened, menu, urgent=True)

    async def catch_up(self, unique: str) -> None:
        """Bring a card up to date, unless somebody has done so meanwhile; an opened one folds."""
        async with self._lock(unique):
            async with self._side.database.reading() as tx:
                card = await _still_behind(tx, unique, self._side.clock.now())
            if card is not None:
                await self._show(card, opened=False, menu=None, urgent=False)

    async def put_off(self, unique: str, seconds: float) -> None:
        """Try a card again only after so long."""
        again = self._side.clock.now() + timedelta(seconds=seconds)
        async with self._side.database.transaction() as tx:
            await tx.execute(update(_CARDS).where(_CARDS.c.id == unique).values(next_at=again))

    def _lock(self, unique: str) -> asyncio.Lock:
        # Held here only while somebody holds it.
        return self._locks.setdefault(unique, asyncio.Lock())

    async def _show(self, card: RowMapping, opened: bool, menu: str | None, urgent: bool) -> None:
        side = self._side
        await side.limiter.acquire(card["chat"], "urgent" if urgent else "plain")
        async with side.database.transaction() as tx:
            # Before it is drawn: what is chosen from here on (another language) finds it changed, or is drawn.
            held = (await tx.execute(select(_CARDS.c.shown_hash).where(_CARDS.c.id == card["id"]))).scalar()
            found = await showing(tx, side, [card], opened, menu)
            if not found:
                await tx.execute(delete(_CARDS).where(_CARDS.c.id == card["id"]))
                return
            rendered = render(found[0].view)
            withdrawn, held = await _withdrawn_and_held(tx, card)
            replaced = withdrawn or await _is_replaced(tx, card)
            if withdrawn:
                rendered = Rendered(t(found[0].view.language, "card-withdrawn"))
            elif replaced:
                # Asked again below: one card with buttons is enough, and only the newest follows what happens.
                newer = t(found[0].view.language, "card-replaced")
                rendered = Rendered(f"{rendered.text}\n{newer}")
            shown_hash, version = digest(rendered), found[0].view.state.version
            if held == shown_hash:
                await tx.execute(_shows(card["id"], found[0], held, shown_hash, version, side.clock.now()))
                return
            asked = Asked(card["recipient"], card["chat"], card["notice"], card["about"], version)
            outgoing, tokens = labelled(rendered, asked, side.clock.now())
            await write_tokens(tx, tokens)
            if found[0].opened:
                # Before it is: whatever becomes of us, a name on a screen is folded away again.
                await tx.execute(_opens(card["id"], version, side.clock.now()))
                held = UNKNOWN
        result = await side.channel.update(card["chat"], card["message"], outgoing)
        async with side.database.transaction() as tx:
            await self._note(tx, card, found[0], held, shown_hash, version, result)
            if replaced and isinstance(result, Sent):
                await tx.execute(delete(_CARDS).where(_CARDS.c.id == card["id"]))

    async def _note(
        self,
        tx: Transaction,
        card: RowMapping,
        shown: Showing,
        held: str | None,
        shown_hash: str,
        version: int,
        result: Sent | NotSent | Unknown,
    ) -> None:
        now = self._side.clock.now()
        if isinstance(result, Sent):
            await tx.execute(_shows(card["id"], shown, held, shown_hash, version, now))
            return
        if isinstance(result, NotSent) and result.refusal in _ENDS:
            await tx.execute(delete(_CARDS).where(_CARDS.c.id == card["id"]))
            return
        if shown.opened and isinstance(result, Unknown):
            return  # it may be open: it folds when it would have
        wait = _TRY_AGAIN_AFTER
        if isinstance(result, NotSent) and result.retry_after is not None:
            self._side.limiter.pause(card["chat"], result.retry_after)
            wait = timedelta(seconds=result.retry_after)
        # An edit may be repeated at will: showing the same twice is showing it once.
        again = {"next_at": now + wait} | ({"opened": card["opened"]} if shown.opened else {})
        await tx.execute(update(_CARDS).where(_CARDS.c.id == card["id"]).values(again))


async def _withdrawn_and_held(tx: Transaction, card: RowMapping) -> tuple[bool, str | None]:
    """Whether a repair took the card back (its reader should never have had it), and the hash of what it shows."""
    row = (await tx.execute(_HELD, {"id": card["id"]})).first()
    return (False, None) if row is None else (row.withdrawn_by is not None, row.shown_hash)


async def _is_replaced(tx: Transaction, card: RowMapping) -> bool:
    """Whether the same person was asked the same again in a newer message of this chat.

    The follow-ups of a plan are questions of their own, however alike they look.
    """
    if kind_of(card["about"]) is StreamKind.plan:
        return False
    same = [_CARDS.c[name] == card[name] for name in ("about", "recipient", "purpose", "chat")]
    repeated = _NOTICES.c.marked & (_NOTICES.c.stream == _CARDS.c.notice)
    query = select(_CARDS.c.id).where(*same, repeated, _CARDS.c.message > card["message"]).limit(1)
    return (await tx.execute(query)).first() is not None


async def _still_behind(tx: Transaction, unique: str, now: datetime) -> RowMapping | None:
    behind = _CARDS.c.wanted_version > _CARDS.c.shown_version
    query = select(_CARDS).where(_CARDS.c.id == unique, behind, _CARDS.c.next_at <= now)
    return (await tx.execute(query)).mappings().first()


def _opens(card: str, version: int, now: datetime) -> Update:
    """What the row of a card says while it is being opened: open, due when it folds, and nobody knows what it shows."""
    behind = case((_CARDS.c.wanted_version > version, _CARDS.c.wanted_version), else_=version)
    return (
        update(_CARDS)
        .where(_CARDS.c.id == card)
        .values(
            shown_version=version - 1, wanted_version=behind, shown_hash=UNKNOWN, opened=True, next_at=now + FOLD_AFTER
        )
    )


def _shows(card: str, shown: Showing, held: str | None, shown_hash: str, version: int, now: datetime) -> Update:
    """What the card's row says after it was shown; an opened one is due again when it folds.

    `held`: what it showed before. Where that was changed meanwhile (another language), it stays behind.
    """
    return (
        update(_CARDS)
        .where(_CARDS.c.id == card, _CARDS.c.shown_hash == held)
        .values(
            shown_version=version - shown.opened,
            wanted_version=case((_CARDS.c.wanted_version > version, _CARDS.c.wanted_version), else_=version),
            shown_hash=shown_hash,
            opened=shown.opened,
            next_at=case(
                (_CARDS.c.wanted_version > version, literal(now, UtcDateTime)),
                else_=literal(now + FOLD_AFTER if shown.opened else now, UtcDateTime),
            ),
        )
    )
