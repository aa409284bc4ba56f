"""Messages taken in again once what kept us from them is mended: a parked one, or all that were refused in a time."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import select

from admin.refusals import CommandRefused
from admin.settings import Settings
from events.handling import Journal
from events.intake.answers import Answer
from events.intake.bodies import open_body
from events.intake.reception import Reception
from events.intake.rereading_bodies import asked, difference
from events.intake.tables import Tables, reading_by, with_mapping
from models.clock import Clock
from models.database import Database
from models.directory_cache import DirectoryCache
from models.history import table_of
from models.journal import IntakeRow
from models.sealed import CannotOpen, Keyring
from workers.deadlines import Deadlines
from workers.packs_in_force import PacksInForce
from workers.reactions import SUBSCRIBERS


@asynccontextmanager
async def reception_of(
    settings: Settings, database: Database, keyring: Keyring, clock: Clock
) -> AsyncIterator[tuple[Reception, DirectoryCache]]:
    """The intake, without anybody to wake: the sweep finds what came of it within seconds."""
    directory = DirectoryCache(database, clock)
    in_force = PacksInForce(clock, settings.zone)
    directory.also.append(in_force)
    deadlines = Deadlines(in_force.current, directory.current)
    journal = Journal(keyring, clock, deadlines.due, SUBSCRIBERS, outbox=not settings.embedded)
    await directory.refresh()
    reception = Reception(database, journal, keyring, clock, directory)
    reception.start()
    try:
        yield reception, directory
    finally:
        await reception.stop()


async def take_again(settings: Settings, database: Database, keyring: Keyring, clock: Clock, message: str) -> list[int]:
    """Take it in, with one effect however often; the statuses answered. CommandRefused says why it was not taken.

    Nobody is woken: the sweep finds what came of it within seconds.
    """
    async with reception_of(settings, database, keyring, clock) as (reception, _):
        answers = await reception.parked.take(message)
    if why := _not_taken(message, answers):
        raise CommandRefused(why)
    return [answer.status for answer in answers]


async def take_several_again(
    settings: Settings, database: Database, keyring: Keyring, clock: Clock, messages: Sequence[str]
) -> tuple[list[str], dict[str, str]]:
    """The same for several, one after the other: those that were taken, and of the others why not."""
    taken, left = [], {}
    async with reception_of(settings, database, keyring, clock) as (reception, _):
        for message in messages:
            if why := _not_taken(message, await reception.parked.take(message)):
                left[message] = why
            else:
                taken.append(message)
    return taken, left


def _not_taken(message: str, answers: Sequence[Answer]) -> str | None:
    if not answers:
        return f"{message} cannot be taken in again: let its sender send it anew, then refloop parking settle {message}"
    refused = [answer for answer in answers if answer.status >= 400]
    if refused:
        why = "; ".join(f"{answer.status} {problem.text}" for answer in refused for problem in answer.problems)
        return f"{message} was not taken: {why}"
    return None


_INTAKE = table_of(IntakeRow)


async def take_refused_again(
    settings: Settings, database: Database, keyring: Keyring, clock: Clock, source: str, since: datetime,
    until: datetime, really: bool, mapping: str | None = None,
) -> list[dict[str, Any]]:  # fmt: skip
    """The messages of a source that were refused from `since` to before `until`, as they would be answered now; with a
    `mapping` (the text of a mapping table) also those that were taken and would ask something else by it.

    With `really` those that would be taken are taken: once, since the same message id has one effect, and the same id
    by the same mapping one more; what has been taken again is said to be (`already`). What would ask the same is left
    alone. CommandRefused for a source nobody knows, or a
    mapping that is none.
    """
    tables = _tables(mapping)
    again = f"~{sha256(mapping.encode()).hexdigest()[:12]}" if mapping is not None else ""
    async with reception_of(settings, database, keyring, clock) as (reception, directory):
        known = directory.current().source(source)
        if known is None or not known.active:
            raise CommandRefused(f"--source: no active source is called {source!r}")
        zone = directory.current().zone(known.facility)
        query = select(_INTAKE).where(_INTAKE.c.source == source, _INTAKE.c.body.is_not(None))
        query = query.where(_INTAKE.c.received_at >= since, _INTAKE.c.received_at < until)
        async with database.reading() as transaction:
            rows = (await transaction.execute(query.order_by(_INTAKE.c.received_at, _INTAKE.c.id))).mappings().all()
        found: list[dict[str, Any]] = []
        bodies: set[bytes] = set()  # a batch has a row for each of its messages
        for row in rows:
            refused = row["status"] >= 400
            if not refused and tables is None:
                continue
            try:
                body, _ = open_body(keyring, row["body"], f"intake|body|{row['id']}")
            except CannotOpen:
                continue
            ways = [asked(body, row["channel"], row["received_at"], zone, each) for each in (None, tables)]
            lines = difference(*ways)
            if body.content in bodies or not (refused or lines):
                continue
            bodies.add(body.content)
            given = (known, row["channel"], body.content, body.content_type, body.headers)
            suffix = "" if refused else again
            with reading_by(tables):
                answers = await reception.take(*given, dry_run=True, again=suffix)
                already = all(answer.repeat for answer in answers)
                taken = all(answer.status < 400 for answer in answers) and not already
                if taken and really:
                    answers = await reception.take(*given, again=suffix)
            found.append(
                {
                    "intake": row["id"], "received_at": row["received_at"].isoformat(), "was": row["status"],
                    "why": row["reason"], "kind": "missing" if refused else "corrected", "diff": lines,
                    "now": [answer.status for answer in answers],
                    "what": [answer.code or answer.reason for answer in answers], "taken": taken and really,
                    "already": already,
                }
            )  # fmt: skip
        return found


def _tables(mapping: str | None) -> Tables | None:
    try:
        return with_mapping(mapping) if mapping is not None else None
    except ValueError as error:
        raise CommandRefused(f"--mapping: {error}") from None
