"""What an admin does to notices that must not go out: hold, release, drop; each audited, with counts."""

from dataclasses import asdict
from typing import Any

from admin.refusals import CommandRefused
from events.base import Actor, Cause
from events.handling import Journal
from events.notice import NoticeWithdrawn, RecordDelivery
from events.purposes import Purpose
from models import holds
from models.audit import write_audit
from models.database import Database, chunks
from models.values import ActorKind

_AT_ONCE = 100


async def hold(database: Database, wish: holds.Wish, reason: str, actor: str, now: Any) -> dict[str, Any]:
    """Hold what the wish names; the hold's id and what it keeps already, by purpose."""
    if wish.purpose is not None and wish.purpose not in list(Purpose):
        raise CommandRefused(f"--purpose: {wish.purpose!r} is none; right is one of {', '.join(Purpose)}")
    async with database.transaction() as transaction:
        unique, kept = await holds.hold(transaction, wish, reason, actor, now)
        said = " ".join(f"{name}={value}" for name, value in asdict(wish).items() if value)
        await write_audit(transaction, now, actor, "notices hold", f"{unique} {said or 'all'}", reason)
    return {"hold": unique, "kept": kept}


async def release(database: Database, unique: str, reason: str, actor: str, now: Any) -> dict[str, Any]:
    """Let what a hold kept go out, as far as it is still true then."""
    async with database.transaction() as transaction:
        count = await holds.release(transaction, unique, actor, now)
        if count is None:
            raise _unknown(unique)
        await write_audit(transaction, now, actor, "notices release", unique, reason)
    return {"hold": unique, "released": count}


async def drop(database: Database, journal: Journal, unique: str, reason: str, actor: str, now: Any) -> dict[str, Any]:
    """Withdraw what a hold kept: each is an event of its notice, so that nobody wonders later."""
    async with database.transaction() as transaction:
        kept = await holds.kept(transaction, unique)
        if not await holds.end_dropped(transaction, unique, actor, now):
            raise _unknown(unique)
        for some in chunks(kept, _AT_ONCE):
            loaded = await journal.load(transaction, some)
            for stream, working in loaded.items():
                cause = Cause(f"drop|{unique}|{stream}", Actor(ActorKind.person, actor), now)
                outcome = NoticeWithdrawn(reason="dropped")
                journal.decide(working, RecordDelivery(stream=stream, outcome=outcome), cause)
            await journal.record(transaction, loaded.values())
        await write_audit(transaction, now, actor, "notices drop", f"{unique} {len(kept)}", reason)
    return {"hold": unique, "dropped": len(kept)}


def _unknown(unique: str) -> CommandRefused:
    return CommandRefused(f"HOLD: no hold {unique!r} is in force; see refloop notices list")
