"""The sources: systems of a facility that may send us events, and their keys."""

import hashlib
import secrets
from datetime import datetime

from models.database import Transaction
from models.history import Origin, by_value, change, end, open_rows
from models.registry import FacilityRow, SourceRow


class SourceRefused(ValueError):
    """A source that cannot be added, and why."""


def key_hash(key: str) -> str:
    """What is kept of a source's key: its SHA-256, hexadecimal (the key itself has 256 random bits)."""
    return hashlib.sha256(key.encode()).hexdigest()


async def add_source(
    tx: Transaction, name: str, facility: str, now: datetime, actor: str, amqp_user: str | None = None
) -> str:
    """Add a source of a facility and give its key, which is shown once and not kept.

    `amqp_user`: what it publishes as, when it sends over the broker. SourceRefused when the facility is not known, or
    the name or the user is taken.
    """
    if facility not in await open_rows(tx, FacilityRow, [facility]):
        raise SourceRefused(f"facility: {facility!r} is not in the network; see the ids in the network file")
    if name in await open_rows(tx, SourceRow, [name]):
        raise SourceRefused(f"name: there is a source {name!r} already; choose another name, or a new key for it")
    if amqp_user is not None and (await by_value(tx, SourceRow, "amqp_user", [amqp_user], now))[amqp_user]:
        raise SourceRefused(f"amqp_user: {amqp_user!r} is another source's; a source has a user of its own")
    return await _new_key(tx, {"id": name, "facility": facility, "amqp_user": amqp_user}, now, actor)


async def renew_key(tx: Transaction, name: str, now: datetime, actor: str) -> str:
    """Give a source a new key; the old one counts no longer. SourceRefused when there is no such source."""
    row = (await open_rows(tx, SourceRow, [name])).get(name)
    if row is None:
        raise SourceRefused(f"name: there is no source {name!r}")
    source = {"id": name, "facility": row["facility"], "amqp_user": row["amqp_user"]}
    return await _new_key(tx, source, now, actor)


async def _new_key(tx: Transaction, source: dict[str, str | None], now: datetime, actor: str) -> str:
    key = f"rl_{secrets.token_urlsafe(32)}"
    row = {**source, "key_hash": key_hash(key), "active": True}
    await change(tx, SourceRow, [row], now, actor, Origin.command)
    return key


async def end_source(tx: Transaction, name: str, now: datetime, actor: str) -> None:
    """The source may send nothing any more."""
    await end(tx, SourceRow, [name], now, actor, Origin.command)
