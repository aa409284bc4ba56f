"""What the listing commands read: referrals, events, what is parked. Nothing here opens sealed text."""

import asyncio
import difflib
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

from sqlalchemy import select

from admin.refusals import CommandRefused
from events import log
from events.catalog import EVENTS
from events.exporting import Selection, without_sealed
from models.database import Database, Transaction
from models.deliveries import GIVEN_UP, UpdateRow
from models.history import table_of
from models.journal import FailureRow, LogRow, ParkedRow, StreamRow
from models.summaries import SummaryRow
from models.values import StreamKind, parse_referral_code

Row = dict[str, Any]
_LOG, _STREAMS, _SUMMARIES = table_of(LogRow), table_of(StreamRow), table_of(SummaryRow)
_FAILURES, _PARKED, _UPDATES = table_of(FailureRow), table_of(ParkedRow), table_of(UpdateRow)
_ENVELOPE = [column for column in _LOG.columns if column.name not in {"data", "hash"}]
_PAUSE = 0.5
_AT_ONCE = 500


async def referrals(tx: Transaction, everything: bool, limit: int) -> list[Row]:
    """The referrals that are open (or all), those due first at the top."""
    query = select(_SUMMARIES).where(_SUMMARIES.c.kind == StreamKind.referral)
    if not everything:
        query = query.where(_SUMMARIES.c.open)
    query = query.order_by(_SUMMARIES.c.due.is_(None), _SUMMARIES.c.due, _SUMMARIES.c.begun_at.desc())
    return [dict(row) for row in (await tx.execute(query.limit(limit))).mappings()]


async def referral(tx: Transaction, code: str) -> Row:
    """One referral by its code, with what else is in its loop and its events."""
    query = select(_SUMMARIES).where(_SUMMARIES.c.code == _code(code))
    row = (await tx.execute(query)).mappings().first()
    if row is None:
        raise CommandRefused(f"CODE: there is no referral {_code(code)}; see refloop referrals list --all")
    loop = select(_SUMMARIES).where(_SUMMARIES.c.loop == row["loop"], _SUMMARIES.c.stream != row["stream"])
    others = [dict(other) for other in (await tx.execute(loop.order_by(_SUMMARIES.c.begun_at))).mappings()]
    return dict(row) | {"loop_streams": others, "events": (await stream(tx, row["stream"]))["events"]}


def _code(text: str) -> str:
    code = parse_referral_code(text)
    if code is None:
        raise CommandRefused(f"CODE: {text!r} cannot be one; right is R- and five characters, such as R-7K2F4")
    return code


async def stream(tx: Transaction, name: str) -> Row:
    """A stream by its id or a referral's code: its head and its events in order."""
    if parse_referral_code(name) is not None:
        found = await tx.execute(select(_SUMMARIES.c.stream).where(_SUMMARIES.c.code == _code(name)))
        name = found.scalar() or name
    head = (await tx.execute(select(_STREAMS).where(_STREAMS.c.id == name))).mappings().first()
    if head is None:
        raise CommandRefused(f"STREAM: there is no stream {name!r}; right is an id of refloop events list, or a code")
    rows = await tx.execute(select(_LOG).where(_LOG.c.stream == name).order_by(_LOG.c.version))
    return dict(head) | {"events": [_event(row) for row in rows.mappings()]}


async def events(tx: Transaction, limit: int, chosen: Selection) -> list[Row]:
    """The newest of the chosen events, oldest of them first."""
    if chosen.type is not None and chosen.type not in EVENTS:
        near = difflib.get_close_matches(chosen.type, EVENTS, n=2)
        meant = f"; did you mean {' or '.join(near)}?" if near else "; right is such as ReferralAccepted"
        raise CommandRefused(f"--type: no event is called {chosen.type!r}{meant}")
    query = select(*_ENVELOPE).where(*chosen.conditions()).order_by(_LOG.c.position.desc()).limit(limit)
    return [dict(row) for row in (await tx.execute(query)).mappings()][::-1]


async def tail(database: Database, newest: int) -> AsyncIterator[Row]:
    """The newest events and then every new one, for ever; none is passed over, whoever commits late."""
    settled = await log.settled_position(database)
    async with database.reading() as transaction:
        first = select(_LOG.c.position).where(_LOG.c.position <= settled).order_by(_LOG.c.position.desc())
        passed = (await transaction.execute(first.offset(newest).limit(1))).scalar() or 0
    while True:
        while passed < settled:
            query = select(*_ENVELOPE).where(_LOG.c.position > passed, _LOG.c.position <= settled)
            async with database.reading() as transaction:
                page = await transaction.execute(query.order_by(_LOG.c.position).limit(_AT_ONCE))
                rows = [dict(row) for row in page.mappings()]
            for event in rows:
                yield event
            passed = rows[-1]["position"] if rows else settled
        await asyncio.sleep(_PAUSE)
        settled = await log.settled_position(database)


def _event(row: Mapping[Any, Any]) -> Row:
    return dict(row) | {"data": without_sealed(json.loads(row["data"]))}


async def parked(tx: Transaction) -> list[Row]:
    """What waits for a person: parked reactions, messages nobody could read, updates from the chat that could not be
    handled (those go after seven days); also what is tried again.
    """
    failures = await tx.execute(select(_FAILURES).order_by(_FAILURES.c.first_at))
    messages = await tx.execute(select(_PARKED).where(_PARKED.c.redriven_at.is_(None)).order_by(_PARKED.c.parked_at))
    columns = [_UPDATES.c[name] for name in ("id", "bot", "update_id", "attempts", "reason", "handled_at")]
    given_up = await tx.execute(
        select(*columns).where(_UPDATES.c.reason.startswith(GIVEN_UP)).order_by(_UPDATES.c.handled_at)
    )
    return [
        *map(_failure, failures.mappings()), *map(_message, messages.mappings()), *map(_update, given_up.mappings())
    ]  # fmt: skip


def grouped(rows: list[Row]) -> list[Row]:
    """What is parked, by kind and cause: how many, and when the first and the last; most first."""
    groups: dict[tuple[str, str], Row] = {}
    for row in rows:
        cause = row["reason"].partition(":")[0]
        first, last = row.get("first_at") or row["parked_at"], row.get("last_at") or row["parked_at"]
        group = groups.setdefault(
            (row["kind"], cause), {"kind": row["kind"], "cause": cause, "count": 0, "first_at": first, "last_at": last}
        )
        group["count"] += 1
        group["first_at"], group["last_at"] = min(group["first_at"], first), max(group["last_at"], last)
    return sorted(groups.values(), key=lambda group: (-group["count"], group["kind"], group["cause"]))


async def parked_one(tx: Transaction, unique: str) -> Row:
    """One of them by its id."""
    for row in await parked(tx):
        if row["id"] == unique:
            return row
    raise CommandRefused(f"ID: nothing parked is called {unique!r}; see refloop parking list")


def _failure(row: Mapping[Any, Any]) -> Row:
    state = "parked" if row["parked_at"] else "tried again"
    return {"id": f"{row['consumer']}/{row['stream']}", "kind": "reaction", "state": state, **row}


def _message(row: Mapping[Any, Any]) -> Row:
    """Without its payload, which is sealed and not for a terminal."""
    shown = {name: row[name] for name in ("id", "queue", "reason", "parked_at")}
    state = "edited" if row["edited_at"] else "unreadable"
    return {"kind": "message", "state": state, **shown}


def _update(row: Mapping[Any, Any]) -> Row:
    """Without what was typed; an update is not tried again, so its state differs from a reaction's."""
    shown = {name: row[name] for name in ("bot", "update_id", "attempts")}
    reason = row["reason"].removeprefix(GIVEN_UP)
    return {
        "id": f"update/{row['id']}", "kind": "update", "state": "given up", "reason": reason,
        "parked_at": row["handled_at"], **shown,
    }  # fmt: skip
