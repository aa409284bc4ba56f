"""The rows of cards: which are behind, which message is one, and what is written once one was shown."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, case, delete, exists, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine import RowMapping

from models.among import among, outside
from models.database import Transaction, UtcDateTime
from models.deliveries import CardRow, DeliveryRow, NoticeRow
from models.values import StreamKind, derived_id

_CARDS = CardRow.__table__  # type: ignore[attr-defined]
_DELIVERIES = DeliveryRow.__table__  # type: ignore[attr-defined]
_NOTICES = NoticeRow.__table__  # type: ignore[attr-defined]

UNKNOWN = ""  # the hash of a card of which nobody knows what it shows
FOLD_AFTER = timedelta(minutes=10)
_NOTED_WITHIN = timedelta(minutes=1)  # a sender that died is followed sooner than that


# Asked in every turn of the sender: built once.
_CHANGED = (
    select(_CARDS)
    .where(
        _CARDS.c.wanted_version > _CARDS.c.shown_version,
        _CARDS.c.next_at <= bindparam("now"),
        outside(_CARDS.c.chat, "busy"),
    )
    .order_by(_CARDS.c.next_at, _CARDS.c.id)
    .limit(bindparam("most"))
)


# With what its notice says, and whether the same person was asked the same again in a newer message of this chat. The
# follow-ups of a plan are questions of their own, however alike they look.
_NEWER, _REPEAT = _CARDS.alias("newer"), _NOTICES.alias("repeat")
_REPLACED = exists().where(
    *(_NEWER.c[name] == _CARDS.c[name] for name in ("about", "recipient", "purpose", "chat")),
    _NEWER.c.message > _CARDS.c.message, _NEWER.c.notice == _REPEAT.c.stream, _REPEAT.c.marked,
    _CARDS.c.about.not_like(f"{StreamKind.plan}-%"),
)  # fmt: skip
_AS_THEY_ARE = (
    select(_CARDS, _NOTICES.c.loop, _NOTICES.c.params, _REPLACED.label("replaced"))
    .join(_NOTICES, _NOTICES.c.stream == _CARDS.c.notice, isouter=True)
    .where(among(_CARDS.c.id, "ids"))
    .order_by(_CARDS.c.id)
)
_UNTOUCHED = _AS_THEY_ARE.with_for_update(of=_CARDS, skip_locked=True)
_FREE = select(_CARDS.c.id).where(among(_CARDS.c.id, "ids")).with_for_update(skip_locked=True)


async def changed(tx: Transaction, now: datetime, limit: int, busy: Collection[int] = ()) -> list[RowMapping]:
    """Cards that show less than they should, those that waited longest first; none in busy chats."""
    return list((await tx.execute(_CHANGED, {"now": now, "most": limit, "busy": list(busy)})).mappings())


async def as_they_are(tx: Transaction, cards: Iterable[str]) -> list[RowMapping]:
    """These cards as they are now, with `loop` and `params` of their notice and whether they are `replaced`."""
    return list((await tx.execute(_AS_THEY_ARE, {"ids": list(cards)})).mappings())


async def untouched(tx: Transaction, cards: Iterable[str]) -> list[RowMapping]:
    """The same, locked, and without those that somebody is changing at this moment.

    Who changes several cards and waits for one of them while he holds another may wait for somebody who does the same.
    """
    return list((await tx.execute(_UNTOUCHED, {"ids": list(cards)})).mappings())


async def free(tx: Transaction, cards: Collection[str]) -> set[str]:
    """Those of the cards that nobody is changing at this moment: locked, so that they can be changed together."""
    if tx.dialect == "sqlite" or len(cards) == 1:
        return set(cards)
    return set((await tx.execute(_FREE, {"ids": list(cards)})).scalars())


async def card_at(tx: Transaction, chat: int, message: int) -> RowMapping | None:
    """The card that a message is, if it is one."""
    query = select(_CARDS).where(_CARDS.c.chat == chat, _CARDS.c.message == message)
    return (await tx.execute(query)).mappings().first()


# A chat gets one message at a time: what began together went as one, and that is no card (bot/sending/gathering.py).
_OTHER = _DELIVERIES.alias("other")
_GATHERED = exists().where(
    _OTHER.c.chat == _DELIVERIES.c.chat, _OTHER.c.started_at == _DELIVERIES.c.started_at,
    _OTHER.c.id != _DELIVERIES.c.id,
)  # fmt: skip


async def card_pressed(tx: Transaction, chat: int, message: int, token: RowMapping) -> RowMapping | None:
    """The card that was pressed on. The press proves that it arrived, also before or without the sender's word."""
    if (known := await card_at(tx, chat, message)) is not None:
        return known
    arrived = (
        select(_DELIVERIES.c.id, _NOTICES.c.about, _NOTICES.c.purpose, _GATHERED.label("gathered"))
        .join(_NOTICES, _NOTICES.c.stream == _DELIVERIES.c.notice)
        .where(_DELIVERIES.c.notice == token["notice"], _DELIVERIES.c.chat == chat)
        .where(_DELIVERIES.c.state.in_(("sending", "unknown")), _NOTICES.c.recipient == token["party"])
        .order_by(_DELIVERIES.c.attempt.desc())
    )
    delivery = (await tx.execute(arrived)).mappings().first()
    if delivery is None:
        return await card_at(tx, chat, message)  # noted between the two looks, or no card at all
    if delivery["gathered"]:
        return None
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
class Shown:
    """What a card shows now. `held`: the hash of what it showed before."""

    card: str
    held: str
    version: int
    hash: str
    opened: bool = False


async def note_shown(tx: Transaction, cards: Sequence[Shown], now: datetime) -> None:
    """What the rows say after the cards were shown; an opened one is due again when it folds.

    Where what it showed was changed meanwhile (another language), a card stays behind.
    """
    rows = [
        {
            "of_card": each.card, "of_held": each.held, "of_hash": each.hash, "of_version": each.version,
            "of_shown": each.version - each.opened, "of_opened": each.opened, "of_now": now,
            "of_folds": now + FOLD_AFTER if each.opened else now,
        }
        for each in cards
    ]  # fmt: skip
    if rows:
        await tx.execute(_SHOWN, rows)


async def note_opening(tx: Transaction, card: str, version: int, now: datetime) -> None:
    """A card is being opened: it is due when it folds, and nobody knows what it shows."""
    row = {"of_card": card, "of_version": version, "of_shown": version - 1, "of_folds": now + FOLD_AFTER}
    await tx.execute(_OPENING, [row])


async def put_off(tx: Transaction, until: Mapping[str, datetime]) -> None:
    """Try these cards again only then."""
    if until:
        await tx.execute(_PUT_OFF, [{"of_card": card, "of_until": when} for card, when in until.items()])


async def close_again(tx: Transaction, card: str, opened: bool) -> None:
    """A card was not opened after all: it is as it was."""
    await tx.execute(update(_CARDS).where(_CARDS.c.id == card).values(opened=opened))


async def forget(tx: Transaction, cards: Collection[str]) -> None:
    """These messages follow nothing any more."""
    if cards:
        await tx.execute(_FORGET, {"ids": list(cards)})


_FORGET = delete(_CARDS).where(among(_CARDS.c.id, "ids"))
_ONE = update(_CARDS).where(_CARDS.c.id == bindparam("of_card"))
_FURTHER = _CARDS.c.wanted_version > bindparam("of_version")
_WANTED = case((_FURTHER, _CARDS.c.wanted_version), else_=bindparam("of_version"))
_FOLDS = bindparam("of_folds", type_=UtcDateTime)
_PUT_OFF = _ONE.values(next_at=bindparam("of_until"))
_SHOWN = _ONE.where(_CARDS.c.shown_hash == bindparam("of_held")).values(
    shown_version=bindparam("of_shown"), wanted_version=_WANTED, shown_hash=bindparam("of_hash"),
    opened=bindparam("of_opened"), next_at=case((_FURTHER, bindparam("of_now", type_=UtcDateTime)), else_=_FOLDS),
)  # fmt: skip
_OPENING = _ONE.values(
    shown_version=bindparam("of_shown"), wanted_version=_WANTED, shown_hash=UNKNOWN, opened=True, next_at=_FOLDS
)
