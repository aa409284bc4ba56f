"""`refloop parking show|fix`: what a parked thing says, and a parked message with something in it put right."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from admin.keys import keyring_for
from admin.looking import Row, parked_one
from admin.opening import opened
from admin.refusals import BadInput, CommandRefused
from admin.settings import Settings
from events import parked_nudges
from events.exporting import without_sealed
from events.intake.answers import Answer
from events.intake.bodies import open_body, payload_aad
from events.intake.masking import NoSuchPlace, changed, masked
from events.intake.reception import Reception
from models.database import Database, Transaction
from models.history import table_of
from models.journal import LogRow, ParkedRow
from models.sealed import CannotOpen, Keyring

_PARKED, _LOG = table_of(ParkedRow), table_of(LogRow)


async def show(settings: Settings, unique: str) -> Row:
    """One parked thing with its payload: of a reaction the event it stumbles over, of a message its body.

    Sealed text and whatever may be about a person is hidden.
    """
    async with opened(settings) as database:
        keyring = await keyring_for(settings, database)
        async with database.reading() as transaction:
            found = await parked_one(transaction, unique)
            match found["kind"]:
                case "reaction":
                    return found | {"payload": await _event(transaction, found["stream"], found["version"])}
                case "message":
                    return found | await _message(transaction, keyring, unique)
                case _:
                    return found


async def _event(transaction: Transaction, stream: str, version: int) -> Any:
    query = select(_LOG.c.type, _LOG.c.data).where(_LOG.c.stream == stream, _LOG.c.version == version)
    row = (await transaction.execute(query)).first()
    return None if row is None else {"type": row.type, "data": without_sealed(json.loads(row.data))}


async def _message(transaction: Transaction, keyring: Keyring, unique: str) -> Row:
    row = (await transaction.execute(select(_PARKED).where(_PARKED.c.id == unique))).mappings().one()
    try:
        body, source = open_body(keyring, row["payload"], payload_aad(unique))
    except (CannotOpen, ValueError):
        return {"payload": None}
    said = {"source": source, "payload": _shown(row["queue"], body.content)}
    return said | ({"edited_at": row["edited_at"], "edited_by": row["edited_by"]} if row["original"] else {})


def _shown(queue: str, content: bytes) -> Any:
    """A nudge names streams, versions and events, never a person; whatever else is in such a queue is masked."""
    try:
        parked_nudges.named_in(content)
    except parked_nudges.NotHandedBack:
        return masked(content)
    return json.loads(content) if queue.startswith(parked_nudges.OURS) else masked(content)


@dataclass(frozen=True, slots=True)
class Mend:
    """What is to be put right: places and their new values, or a whole new content."""

    places: tuple[tuple[str, Any], ...] = ()
    content: str | None = None


def mend_of(places: Sequence[str], file: Path | None) -> Mend:
    """What the options say. BadInput names the one that cannot be right."""
    if bool(places) == (file is not None):
        raise BadInput("give --set PLACE=VALUE (as often as needed), or --file FILE with the whole mended message")
    if file is not None:
        try:
            return Mend(content=file.read_text("utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise BadInput(f"--file: {file}: {getattr(error, 'strerror', None) or 'not UTF-8'}") from None
    pairs = []
    for each in places:
        place, equals, value = each.partition("=")
        if not equals or not place.startswith("/"):
            raise BadInput(f"--set: {each!r} is no change; right is such as /data/priority=urgent")
        pairs.append((place, _value(value)))
    return Mend(tuple(pairs))


def _value(text: str) -> Any:
    """JSON where it is some, else the text itself; `null` takes the place away."""
    try:
        return json.loads(text)
    except ValueError:
        return text


async def mend(reception: Reception, unique: str, wish: Mend, actor: str) -> list[Answer]:
    """Edit a parked message, if it would be taken so; what came first is kept. CommandRefused says why not."""
    body = await reception.parked.body(unique)
    if body is None:
        raise CommandRefused(f"ID: {unique!r} is no parked message that can be changed; see refloop parking list")
    answers = await reception.parked.edit(unique, _content(body.content, wish), actor)
    refused = [answer for answer in answers if answer.status >= 400]
    if refused:
        why = "; ".join(answer.reason for answer in refused)
        raise CommandRefused(f"{unique} was not changed, it would be refused so: {why}")
    return answers


async def mend_nudge(database: Database, keyring: Keyring, unique: str, wish: Mend, actor: str, now: datetime) -> bool:
    """The same for a message of a queue of our own; False where this is none. CommandRefused says why not."""
    async with database.transaction() as transaction:
        body = await parked_nudges.parked_nudge(transaction, keyring, unique)
        if body is None:
            return False
        try:
            edited = replace(body, content=_content(body.content, wish))
            await parked_nudges.edit(transaction, keyring, unique, edited, actor, now)
        except parked_nudges.NotHandedBack as error:
            raise CommandRefused(f"{unique} was not changed: {error}") from None
    return True


async def hand_nudge_back(database: Database, keyring: Keyring, unique: str, now: datetime) -> list[str] | None:
    """Give a parked nudge to its consumers again, once; the streams, None where this is no nudge that waits.

    CommandRefused says why it cannot be.
    """
    async with database.transaction() as transaction:
        body = await parked_nudges.parked_nudge(transaction, keyring, unique)
        if body is None:
            return None
        try:
            return await parked_nudges.hand_back(transaction, unique, body, now)
        except parked_nudges.NotHandedBack as error:
            raise CommandRefused(f"{unique} was not handed back: {error}; refloop parking fix mends it") from None


async def hand_nudges_back(
    database: Database, keyring: Keyring, messages: Sequence[str], now: datetime
) -> tuple[list[str], dict[str, str], list[str]]:
    """The same for several: those handed back, of others why not, and those that are no nudges."""
    handed: list[str] = []
    others: list[str] = []
    left: dict[str, str] = {}
    for message in messages:
        try:
            found = await hand_nudge_back(database, keyring, message, now)
        except CommandRefused as error:
            left[message] = str(error)
        else:
            (handed if found is not None else others).append(message)
    return handed, left, others


def _content(content: bytes, wish: Mend) -> bytes:
    if wish.content is not None:
        return wish.content.encode()
    try:
        for place, value in wish.places:
            content = changed(content, place, value)
    except NoSuchPlace as error:
        raise CommandRefused(f"--set: {error}") from None
    return content
