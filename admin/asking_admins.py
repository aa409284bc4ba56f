"""A proposal put before every admin in their chat: two of them must press before it is carried out."""

from datetime import datetime

from events.base import Actor, Cause
from events.handling import Journal
from events.notice import NoticeRequested
from events.purposes import Purpose
from models.database import Transaction
from models.values import ActorKind, Lane, StreamKind, derived_id, stream_id


async def ask_admins(
    tx: Transaction, journal: Journal, admins: tuple[str, ...], kind: str, unique: str, size: int, reason: str,
    about: tuple[str, str], now: datetime,
) -> None:  # fmt: skip
    """Ask them; `about` is the stream and loop that it is about first of all."""
    for admin in admins:
        event = NoticeRequested(
            purpose=Purpose.parked, lane=Lane.asap, recipient=admin, about=about[0],
            params={"proposal": unique, "kind": kind, "count": str(size), "reason": reason},
        )  # fmt: skip
        cause = Cause(f"proposal|{unique}|{admin}", Actor(ActorKind.rule, "proposals"), now)
        stream = stream_id(StreamKind.notice, derived_id("proposal", unique, admin))
        await journal.record(tx, [journal.begin(stream, about[1], event, cause)])
