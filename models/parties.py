"""How people are reached: the chats of staff, patients and contacts, what they opted out of, their language.

A party is anybody who can be told something, named by the id of the person, patient or contact.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index, Text, bindparam, select
from sqlmodel import Field

from models.database import Transaction, UtcDateTime
from models.history import (
    Changes,
    Dated,
    Origin,
    by_value,
    change,
    dated,
    end,
    one_of,
    open_rows,
    table_of,
    valid_at,
)
from models.registry import StaffSide
from models.values import Language, derived_id


class PartyKind(StrEnum):
    """What a party is."""

    practitioner = "practitioner"
    patient = "patient"
    contact = "contact"


class Channel(StrEnum):
    """By what a chat is carried."""

    telegram = "telegram"


class Purpose(StrEnum):
    """What a patient agrees to, or opts out of, each by itself."""

    sharing = "sharing"
    chat = "chat"
    reminders = "reminders"
    follow_up = "follow_up"


class ChatAddressRow(Dated, table=True):
    """A chat that stands for a party; `place` 1 is tried first. Blocked: the chat refused us since then."""

    __tablename__ = "chat_addresses"
    __table_args__ = dated(
        one_of("party_kind", PartyKind),
        one_of("channel", Channel),
        CheckConstraint("place >= 1", name="place"),
        Index(None, "party"),
        Index(None, "channel", "chat"),
    )

    party: str
    party_kind: PartyKind = Field(sa_type=Text)
    channel: Channel = Field(sa_type=Text)
    chat: str
    place: int = 1
    blocked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class OptOutRow(Dated, table=True):
    """A party does not want to be told things of this purpose; while the row is open."""

    __tablename__ = "opt_outs"
    __table_args__ = dated(one_of("purpose", Purpose), Index(None, "party"))

    party: str
    purpose: Purpose = Field(sa_type=Text)


class LanguageChoiceRow(StaffSide, table=True):
    """The language a party asked for in chat, over what the registry says; its `id` is the party."""

    __tablename__ = "language_choices"
    __table_args__ = dated(one_of("language", Language))

    language: Language = Field(sa_type=Text)


@dataclass(frozen=True)
class ChatAddress:
    """Where a party can be written to."""

    party: str
    party_kind: PartyKind
    channel: Channel
    chat: str
    place: int
    blocked_at: datetime | None


def _address_id(party: str, channel: Channel, chat: str) -> str:
    return derived_id("chat", party, channel, chat)


async def addresses(tx: Transaction, party_ids: Iterable[str], at: datetime) -> dict[str, tuple[ChatAddress, ...]]:
    """The chats of these parties then, in the order to try them, blocked ones too; each party is a key."""
    found = await by_value(tx, ChatAddressRow, "party", party_ids, at)
    return {
        party: tuple(sorted(map(_address, rows), key=lambda each: (each.place, each.chat)))
        for party, rows in found.items()
    }


_CHATS = table_of(ChatAddressRow)
# Asked with every update: built once.
_OF_CHAT = select(_CHATS).where(
    valid_at(ChatAddressRow, bindparam("at", type_=UtcDateTime())),
    _CHATS.c.channel == bindparam("channel"),
    _CHATS.c.chat == bindparam("chat"),
)


async def parties_of_chat(
    tx: Transaction, chat: str, at: datetime, channel: Channel = Channel.telegram
) -> tuple[ChatAddress, ...]:
    """Everybody a chat stands for at `at`: a person, a patient, and contacts may share one chat."""
    rows = (await tx.execute(_OF_CHAT, {"at": at, "channel": channel, "chat": chat})).mappings()
    return tuple(sorted((_address(row) for row in rows), key=lambda each: (each.party_kind, each.party)))


def _address(row: Mapping[Any, Any]) -> ChatAddress:
    return ChatAddress(
        row["party"],
        PartyKind(row["party_kind"]),
        Channel(row["channel"]),
        row["chat"],
        row["place"],
        row["blocked_at"],
    )


async def bind_chat(
    tx: Transaction,
    party: str,
    party_kind: PartyKind,
    chat: str,
    now: datetime,
    actor: str,
    channel: Channel = Channel.telegram,
) -> tuple[ChatAddress, ...]:
    """Let a chat stand for a party, tried first from now on; gives its other chats, which are to be told.

    A chat that already stands for the party only comes first and counts as not blocked any more.
    """
    known = (await addresses(tx, [party], now))[party]
    others = tuple(each for each in known if (each.channel, each.chat) != (channel, chat))
    order = [ChatAddress(party, party_kind, channel, chat, 1, None)]
    order += [replace(each, place=place) for place, each in enumerate(others, start=2)]
    await _write(tx, order, now, actor)
    return others


async def mark_blocked(
    tx: Transaction, chat: str, now: datetime, actor: str, channel: Channel = Channel.telegram
) -> tuple[ChatAddress, ...]:
    """The chat refused us: every party of it counts as unreachable there. Gives those it was news for."""
    newly = [each for each in await parties_of_chat(tx, chat, now, channel) if each.blocked_at is None]
    await _write(tx, [replace(each, blocked_at=now) for each in newly], now, actor)
    return tuple(newly)


async def mark_reachable(
    tx: Transaction, chat: str, now: datetime, actor: str, channel: Channel = Channel.telegram
) -> None:
    """Somebody wrote from the chat again: it is no longer blocked."""
    blocked = [each for each in await parties_of_chat(tx, chat, now, channel) if each.blocked_at is not None]
    await _write(tx, [replace(each, blocked_at=None) for each in blocked], now, actor)


async def unbind_chat(
    tx: Transaction, party: str, chat: str, now: datetime, actor: str, channel: Channel = Channel.telegram
) -> Changes:
    """The chat stands for the party no longer."""
    return await end(tx, ChatAddressRow, [_address_id(party, channel, chat)], now, actor, Origin.chat)


async def _write(tx: Transaction, chats: Collection[ChatAddress], now: datetime, actor: str) -> None:
    rows = [{"id": _address_id(each.party, each.channel, each.chat), **asdict(each)} for each in chats]
    await change(tx, ChatAddressRow, rows, now, actor, Origin.chat)


async def opt_out(tx: Transaction, party: str, purposes: Collection[Purpose], now: datetime, actor: str) -> None:
    """Tell the party nothing of these purposes any more."""
    rows = [{"id": _opt_out_id(party, each), "party": party, "purpose": each} for each in purposes]
    await change(tx, OptOutRow, rows, now, actor, Origin.chat)


async def opt_in(tx: Transaction, party: str, purposes: Collection[Purpose], now: datetime, actor: str) -> None:
    """The party wants to be told again."""
    await end(tx, OptOutRow, [_opt_out_id(party, each) for each in purposes], now, actor, Origin.chat)


def _opt_out_id(party: str, purpose: Purpose) -> str:
    return f"{party}/{purpose}"


async def opt_outs(tx: Transaction, party_ids: Iterable[str], at: datetime) -> dict[str, frozenset[Purpose]]:
    """What each of these parties does not want to be told of at `at`; every party is a key."""
    found = await by_value(tx, OptOutRow, "party", party_ids, at)
    return {party: frozenset(Purpose(row["purpose"]) for row in rows) for party, rows in found.items()}


async def choose_language(tx: Transaction, party: str, language: Language, now: datetime, actor: str) -> None:
    """Write to the party in this language from now on."""
    await change(tx, LanguageChoiceRow, [{"id": party, "language": language}], now, actor, Origin.chat)


async def chosen_languages(tx: Transaction, party_ids: Iterable[str]) -> dict[str, Language]:
    """The languages that those of these parties who chose one chose."""
    rows = await open_rows(tx, LanguageChoiceRow, party_ids)
    return {party: Language(row["language"]) for party, row in rows.items()}
