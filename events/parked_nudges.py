"""A nudge that nobody could read, put right and handed back: what lies in the parking of a queue of our own.

Such a message is only a hint that streams have reached a version. What it should say is checked against the log; handed
back, it goes the way of every nudge (the outbox): each consumer does what it has not done yet, and nothing twice.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update

from events.intake.bodies import open_body, payload_aad, seal_body
from events.intake.translating import Body
from models.database import Transaction
from models.history import table_of
from models.journal import LogRow, OutboxRow, ParkedRow
from models.sealed import CannotOpen, Keyring
from models.values import kind_of

_PARKED, _LOG = table_of(ParkedRow), table_of(LogRow)
INTAKE = "refloop.intake"
OURS = "refloop."  # how the names of our own queues begin; messages of sources are kept under "intake"
RIGHT = 'right is a list such as [{"stream": "referral-…", "version": 3, "types": ["ReferralOffered"]}]'


class NotHandedBack(ValueError):
    """A message that is no nudge, or names what the log does not have; the text says which field and what is right."""


@dataclass(frozen=True, slots=True)
class Named:
    """What a nudge names: a stream, and the version that it has reached."""

    stream: str
    version: int


def named_in(content: bytes) -> list[Named]:
    """The streams that a nudge names; pure. NotHandedBack names the first field that is not right."""
    try:
        whole = json.loads(content)
    except (ValueError, RecursionError):
        raise NotHandedBack(f"the message is no JSON; {RIGHT}") from None
    if not isinstance(whole, list) or not whole:
        raise NotHandedBack(f"the message is no list of nudges; {RIGHT}")
    return [_named(each, f"/{number}") for number, each in enumerate(whole)]


def _named(value: Any, place: str) -> Named:
    if not isinstance(value, dict) or value.keys() - {"stream", "version", "types"}:
        raise NotHandedBack(f"{place}: {RIGHT}")
    stream, version = value.get("stream"), value.get("version")
    try:
        kind_of(stream if isinstance(stream, str) else "")
    except ValueError as error:
        raise NotHandedBack(f"{place}/stream: {error}") from None
    if type(version) is not int or version < 1:
        raise NotHandedBack(f"{place}/version: right is a number from 1 on")
    return Named(str(stream), version)


async def parked_nudge(tx: Transaction, keyring: Keyring, unique: str) -> Body | None:
    """The message of one of our own queues that waits under this id; None where there is none."""
    query = select(_PARKED.c.queue, _PARKED.c.payload)
    query = query.where(_PARKED.c.id == unique, _PARKED.c.redriven_at.is_(None)).with_for_update()
    row = (await tx.execute(query)).first()
    # In the intake's queue lie messages of sources, here those whose sender nobody can name.
    if row is None or not row.queue.startswith(OURS) or row.queue == INTAKE:
        return None
    try:
        return open_body(keyring, row.payload, payload_aad(unique))[0]
    except (CannotOpen, ValueError):
        return None


async def edit(tx: Transaction, keyring: Keyring, unique: str, body: Body, actor: str, now: datetime) -> None:
    """Put an edited nudge in the place of a parked one, if it could be handed back so; what first came is kept.

    NotHandedBack says why not; then nothing is changed.
    """
    await _types(tx, named_in(body.content))
    values = {
        "payload": seal_body(keyring, body, None, payload_aad(unique)) or "",
        "original": func.coalesce(_PARKED.c.original, _PARKED.c.payload), "edited_at": now, "edited_by": actor,
    }  # fmt: skip
    await tx.execute(update(_PARKED).where(_PARKED.c.id == unique).values(**values))


async def hand_back(tx: Transaction, unique: str, body: Body, now: datetime) -> list[str]:
    """Give the nudge to all who are told of these events, and settle it; the streams. NotHandedBack says why not."""
    named = named_in(body.content)
    types = await _types(tx, named)
    rows = [
        {"stream": each.stream, "version": each.version, "lane": "rest", "types": types[each.stream], "created_at": now}
        for each in named
    ]
    await tx.execute(insert(OutboxRow), rows)
    await tx.execute(update(_PARKED).where(_PARKED.c.id == unique).values(redriven_at=now))
    return [each.stream for each in named]


async def _types(tx: Transaction, named: Sequence[Named]) -> dict[str, str]:
    """The names of the events that each stream really has, up to the version named; what the message says is a hint."""
    found = {}
    for number, each in enumerate(named):
        query = select(_LOG.c.version, _LOG.c.type).where(_LOG.c.stream == each.stream)
        rows = (await tx.execute(query.order_by(_LOG.c.version))).all()
        if not rows:
            raise NotHandedBack(f"/{number}/stream: the log has no stream {each.stream!r}")
        if each.version > rows[-1].version:
            raise NotHandedBack(f"/{number}/version: {each.stream} is at version {rows[-1].version}")
        found[each.stream] = " ".join(dict.fromkeys(row.type for row in rows if row.version <= each.version))
    return found
