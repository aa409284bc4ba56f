"""`refloop notices retell`: something said again on purpose, marked as a repeat, after two admins have approved it.

Each is a notice of its own with the same purpose, recipient and subject. The sender looks at it as at any other: what
is not true any more, or no longer theirs, is not told.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import RowMapping

from admin.asking_admins import ask_admins
from admin.refusals import CommandRefused
from events.base import Actor, Cause
from events.handling import Journal
from events.notice import NoticeRequested, NoticeState
from events.purposes import Purpose
from models.audit import write_audit
from models.database import Database, Transaction, chunks
from models.deliveries import NoticeRow
from models.directory import load_directory
from models.history import table_of
from models.proposals import ProposalRefused, propose, take_approved
from models.summaries import SummaryRow
from models.values import ActorKind, StreamKind, derived_id, parse_referral_code, stream_id

KIND = "retell"
MOST = 1000  # at once: more is no repeat, it is a flood
_TOLD = ("sent", "unknown", "failed")
_AT_ONCE = 100
_NOTICES, _SUMMARIES = table_of(NoticeRow), table_of(SummaryRow)


@dataclass(frozen=True, slots=True)
class Which:
    """Which notices are meant; what is given must all fit. Times are when they were asked for, `since` included."""

    loop: str | None = None
    purpose: str | None = None
    recipient: str | None = None
    since: datetime | None = None
    until: datetime | None = None


async def preview(tx: Transaction, which: Which) -> dict[str, Any]:
    """What would be told again: how many of each purpose and to how many people. CommandRefused for a bad choice."""
    rows = await _chosen(tx, which)
    return {
        "notices": len(rows), "people": len({row["recipient"] for row in rows}),
        "purposes": dict(sorted(Counter(row["purpose"] for row in rows).items())),
    }  # fmt: skip


async def propose_again(
    database: Database, journal: Journal, which: Which, reason: str, actor: str, now: datetime
) -> dict[str, Any]:
    """The preview, put before the admins; nothing is told yet."""
    async with database.transaction() as tx:
        rows = await _chosen(tx, which)
        if not rows:
            raise CommandRefused("nothing was told that fits: there is nothing to tell again")
        counts = await preview(tx, which)
        admins = (await load_directory(tx, now)).admins(now)
        unique = await propose(tx, KIND, [row["stream"] for row in rows], reason, actor, now, len(rows))
        about = (rows[0]["about"], rows[0]["loop"])
        await ask_admins(tx, journal, admins, KIND, unique, len(rows), reason, about, now)
        await write_audit(tx, now, actor, "retell propose", f"{unique} {len(rows)} notices", reason)
    return {"retell": unique, "dry_run": True, "admins": list(admins), **counts}


async def tell_again(
    database: Database, journal: Journal, unique: str, reason: str, actor: str, now: datetime
) -> dict[str, Any]:
    """Queue them again, each marked, once two admins have approved; once, however often it is asked for."""
    async with database.transaction() as tx:
        admins = (await load_directory(tx, now)).admins(now)
        try:
            streams: list[str] = await take_approved(tx, KIND, unique, admins, actor, now)
        except ProposalRefused as error:
            raise CommandRefused(str(error)) from None
        told = 0
        for some in chunks(streams, _AT_ONCE):
            told += await _queue(tx, journal, some, unique, actor, now)
        await write_audit(tx, now, actor, "retell carry out", f"{unique} {told} notices", reason)
    return {"retell": unique, "dry_run": False, "notices": told}


async def _queue(
    tx: Transaction, journal: Journal, streams: Sequence[str], unique: str, actor: str, now: datetime
) -> int:
    again = []
    for stream, working in (await journal.load(tx, streams)).items():
        state = working.state
        if not isinstance(state, NoticeState):
            continue
        event = NoticeRequested(
            purpose=state.purpose, lane=state.lane, recipient=state.recipient, about=state.about, step=state.step,
            params=state.params | {"repeat": "yes"},
        )  # fmt: skip
        cause = Cause(f"retell-{unique}", Actor(ActorKind.person, actor), now)
        name = stream_id(StreamKind.notice, derived_id("retell", unique, stream))
        again.append(journal.begin(name, working.loop, event, cause))
    await journal.record(tx, again)
    return len(again)


async def _chosen(tx: Transaction, which: Which) -> Sequence[RowMapping]:
    if which == Which():
        raise CommandRefused("say which: some of --loop, --purpose, --to, --since and --until")
    if which.purpose is not None and which.purpose not in list(Purpose):
        raise CommandRefused(f"--purpose: {which.purpose!r} is none; right is one of {', '.join(Purpose)}")
    query = select(_NOTICES).where(_NOTICES.c.state.in_(_TOLD))
    if which.loop is not None:
        query = query.where(_NOTICES.c.loop == await _loop(tx, which.loop))
    for column, value in (("purpose", which.purpose), ("recipient", which.recipient)):
        if value is not None:
            query = query.where(_NOTICES.c[column] == value)
    if which.since is not None:
        query = query.where(_NOTICES.c.requested_at >= which.since)
    if which.until is not None:
        query = query.where(_NOTICES.c.requested_at < which.until)
    rows = (await tx.execute(query.order_by(_NOTICES.c.requested_at, _NOTICES.c.stream).limit(MOST + 1))).mappings()
    found = rows.all()
    if len(found) > MOST:
        raise CommandRefused(f"more than {MOST} notices fit: choose fewer")
    return found


async def _loop(tx: Transaction, name: str) -> str:
    code = parse_referral_code(name)
    place = _SUMMARIES.c.code == code if code is not None else _SUMMARIES.c.stream == name
    loop: str | None = (await tx.execute(select(_SUMMARIES.c.loop).where(place))).scalar()
    if loop is None:
        raise CommandRefused(f"--loop: there is no loop {name!r}; right is a code such as R-7K2F4, or a stream's id")
    return loop
