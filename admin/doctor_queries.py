"""The checks of `refloop doctor` that ask the database what is stuck; each one question, one finding."""

from collections.abc import Callable, Coroutine, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select

from admin.findings import Finding, Level, worse
from models.audit import NOBODY_LETS_IN, AuditRow
from models.database import Transaction
from models.deliveries import GIVEN_UP, NoticeRow, UpdateRow
from models.history import as_of, table_of
from models.installation import sender_held
from models.journal import CursorRow, FailureRow, LeaseRow, OutboxRow, ParkedRow
from models.parties import addresses
from models.registry import FacilityRow, RoleRow
from models.values import Role
from workers.auditor import audit

_CURSORS, _FAILURES, _OUTBOX = table_of(CursorRow), table_of(FailureRow), table_of(OutboxRow)
_NOTICES, _UPDATES, _PARKED, _LEASES = (
    table_of(NoticeRow), table_of(UpdateRow), table_of(ParkedRow), table_of(LeaseRow)
)  # fmt: skip
_AUDIT = table_of(AuditRow)
_A_WEEK = timedelta(days=7)


async def _waiting(
    tx: Transaction, now: datetime, since: ColumnElement[Any], *where: ColumnElement[bool]
) -> tuple[int, float]:
    """How many rows there are, and for how many seconds the oldest."""
    query = select(func.count().label("rows"), func.min(since).label("oldest")).where(*where)
    row = (await tx.execute(query)).mappings().one()
    oldest: datetime | None = row["oldest"]
    return row["rows"], max(0.0, (now - oldest).total_seconds()) if oldest is not None else 0.0


async def _network(tx: Transaction, now: datetime) -> Finding:
    facilities = len(await as_of(tx, FacilityRow, now))
    admins = len(await as_of(tx, RoleRow, now, table_of(RoleRow).c.role == Role.admin))
    if not facilities:
        return Finding("network", Level.warning, "empty: refloop network load FILE")
    if not admins:
        return Finding("network", Level.warning, "nobody has the role admin: give it to a person in the network file")
    return Finding("network", Level.ok, f"{facilities} facilities, {admins} admins")


async def _loops(tx: Transaction, now: datetime) -> Finding:
    seen = await audit(tx, now)
    if seen.unheld:
        words = f"{len(seen.unheld)} open loops have no holder or deadline, such as {seen.unheld[0]}"
        return Finding("open loops", Level.broken, words)
    if seen.overdue:
        words = f"{len(seen.overdue)} deadlines passed unnoticed, such as {seen.overdue[0]}: does the ticker run?"
        return Finding("open loops", Level.broken, words)
    return Finding("open loops", Level.ok, f"{seen.open_loops}, each with one holder and one deadline")


async def _outbox(tx: Transaction, now: datetime) -> Finding:
    count, age = await _waiting(tx, now, _OUTBOX.c.created_at)
    hint = ": does the relay run, are all queues bound?" if age >= 60 else ""
    return worse("outbox", age, 60, 300, f"{count} nudges wait, the oldest for {age:.0f} seconds{hint}")


async def _cursors(tx: Transaction, now: datetime) -> Finding:
    failing = select(_FAILURES.c.stream).where(
        _FAILURES.c.stream == _CURSORS.c.stream, _FAILURES.c.consumer == _CURSORS.c.consumer
    )
    behind = (_CURSORS.c.wanted > _CURSORS.c.done) & ~failing.exists()
    count, age = await _waiting(tx, now, _CURSORS.c.since, behind)
    hint = ": do the workers run?" if age >= 60 else ""
    return worse("reactions", age, 60, 300, f"{count} streams wait, the oldest for {age:.0f} seconds{hint}")


async def _failures(tx: Transaction, now: datetime) -> Finding:
    failing, _ = await _waiting(tx, now, _FAILURES.c.first_at)
    parked, _ = await _waiting(tx, now, _FAILURES.c.parked_at, _FAILURES.c.parked_at.is_not(None))
    if parked:
        words = f"{parked} reactions are parked: refloop parking list, mend, refloop parking redrive"
        return Finding("parking", Level.broken, words)
    unreadable, _ = await _waiting(tx, now, _PARKED.c.parked_at, _PARKED.c.redriven_at.is_(None))
    if unreadable:
        return Finding("parking", Level.warning, f"{unreadable} messages nobody could read: refloop parking list")
    level = Level.warning if failing else Level.ok
    return Finding("parking", level, f"{failing} reactions are tried again" if failing else "nothing")


async def _sender(tx: Transaction, now: datetime) -> Finding:
    held = await sender_held(tx)
    if held is not None:
        return Finding("sender", Level.broken, f"held ({held}): look, then refloop sender release")
    ready = (_NOTICES.c.state.in_(("waiting", "retry"))) & (_NOTICES.c.next_at <= now)
    count, age = await _waiting(tx, now, _NOTICES.c.next_at, ready)
    owners = (await tx.execute(select(_LEASES.c.name).where(_LEASES.c.owner != ""))).scalars().all()
    by = f"lease {', '.join(owners)}" if owners else "nobody holds the lease: does the bot run?"
    return worse("sender", age, 120, 600, f"{count} notices wait, the oldest for {age:.0f} seconds; {by}")


async def _updates(tx: Transaction, now: datetime) -> Finding:
    given_up, _ = await _waiting(tx, now, _UPDATES.c.handled_at, _UPDATES.c.reason.startswith(GIVEN_UP))
    if given_up:
        words = f"{given_up} could not be handled: refloop parking list, have it said again, refloop parking settle"
        return Finding("answers", Level.broken, words)
    count, age = await _waiting(tx, now, _UPDATES.c.received_at, _UPDATES.c.handled_at.is_(None))
    return worse("answers", age, 60, 300, f"{count} wait to be handled, the oldest for {age:.0f} seconds")


async def _joining(tx: Transaction, now: datetime) -> Finding:
    """Whoever shared their number while nobody who may let them in had a chat, and has none to this day."""
    since = (_AUDIT.c.action == NOBODY_LETS_IN) & (_AUDIT.c.at > now - _A_WEEK)
    asked = (await tx.execute(select(_AUDIT.c.subject).where(since).distinct())).scalars().all()
    known = await addresses(tx, asked, now)
    waits = sorted(person for person in asked if all(each.blocked_at for each in known.get(person, ())))
    if waits:
        names = ", ".join(waits[:5]) + (" and others" if len(waits) > 5 else "")
        words = f"nobody who may let them in has a chat: refloop invite PERSON, for {names} or for their head"
        return Finding("joining", Level.warning, words)
    return Finding("joining", Level.ok, "nobody waits to be let in unheard")


STUCK_CHECKS: Mapping[str, Callable[[Transaction, datetime], Coroutine[Any, Any, Finding]]] = {
    "network": _network,
    "open loops": _loops,
    "outbox": _outbox,
    "reactions": _cursors,
    "parking": _failures,
    "sender": _sender,
    "answers": _updates,
    "joining": _joining,
}
