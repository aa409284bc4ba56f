"""The log: written once, sealed from the first event, read again whatever somebody did to its file."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from events import log
from events.base import Actor, Cause, Personal, sealed
from events.rebuilding import rebuild
from events.referral import DeclineReason
from events.referral_commands import (
    AcceptReferral,
    AddInterimNote,
    AskInformation,
    DeclineReferral,
    RecordArrival,
    SeeReferral,
)
from events.replay import verify
from models.sealed import CannotOpen
from models.values import ActorKind
from tests.conftest import Template
from tests.integration.world import Core, core, prepare
from tests.unit.events.story import CHEN, HE, LIN

CANARY = "金丝雀 canary-7Q"
LOG_COLUMNS = (
    "id", "type", "schema_version", "loop", "caused_by", "actor", "occurred_at", "recorded_at", "data", "hash",
)  # fmt: skip
SUMMARY_COLUMNS = {
    "due": "'gibberish'", "since": "X'00FF'", "begun_at": "''", "status": "'gibberish'", "version": "9",
    "holder_person": "'nobody'", "open": "0", "situation": "NULL",
}  # fmt: skip
_TRIGGERS = ("update", "delete", "replace")


@pytest.fixture
async def file(sqlite_template: Template, tmp_path: Path) -> AsyncIterator[tuple[Core, Path]]:
    """A SQLite installation and its file."""
    path = tmp_path / "refloop.db"
    shutil.copy(sqlite_template("network", prepare)[0], path)
    async with core(f"sqlite+aiosqlite:///{path}") as parts:
        yield parts, path


async def words_everywhere(world: Core) -> str:
    """A referral with words of a doctor in every place that takes them."""
    handled = await world.request(
        impression=Personal(text=f"impression {CANARY}"), reason=Personal(text=f"reason {CANARY}"),
        history=Personal(text=f"history {CANARY}"), treatment=Personal(text=f"treatment {CANARY}"),
    )  # fmt: skip
    stream: str = handled.state.id
    await world.do(AskInformation(stream=stream, by=LIN, question=Personal(text=f"question {CANARY}")))
    comment = Personal(text=f"comment {CANARY}")
    await world.do(DeclineReferral(stream=stream, by=LIN, reason=DeclineReason.other, comment=comment))
    return stream


async def history(world: Core, *streams: str) -> dict[str, list[Any]]:
    async with world.database.reading() as transaction:
        found: dict[str, list[Any]] = dict(await log.read_streams(transaction, streams))
        return found


async def test_a_doctor_s_words_are_nowhere_in_the_file(file: tuple[Core, Path]) -> None:
    world, path = file
    await words_everywhere(world)
    for each in path.parent.glob("refloop.db*"):
        stored = each.read_bytes()
        for said in (CANARY, "canary-7Q", "金丝雀"):
            assert said.encode() not in stored, each.name
            assert json.dumps(said).strip('"').encode() not in stored, each.name


async def test_the_words_open_with_the_patient_s_key_where_they_were_written(world: Core) -> None:
    stream = await words_everywhere(world)
    requested = (await history(world, stream))[stream][0]
    text_ = sealed(requested, "reason")
    key = requested.event.patient_key
    assert text_ is not None
    assert world.keyring.open(key, text_.sealed, text_.aad) == f"reason {CANARY}"


async def test_words_that_changed_places_do_not_open(world: Core) -> None:
    one, two = await words_everywhere(world), await words_everywhere(world)
    found = await history(world, one, two)
    first, second = found[one][0], found[two][0]
    key = first.event.patient_key
    for there, field in ((second, "reason"), (first, "impression")):
        elsewhere, own = sealed(there, field), sealed(first, "reason")
        assert elsewhere is not None
        assert own is not None
        with pytest.raises(CannotOpen):
            world.keyring.open(key, own.sealed, elsewhere.aad)


async def test_a_changed_letter_of_sealed_words_does_not_open(world: Core) -> None:
    stream = await words_everywhere(world)
    requested = (await history(world, stream))[stream][0]
    own = sealed(requested, "reason")
    assert own is not None
    flipped = own.sealed[:30] + ("A" if own.sealed[30] != "A" else "B") + own.sealed[31:]
    with pytest.raises(CannotOpen):
        world.keyring.open(requested.event.patient_key, flipped, own.aad)


async def test_what_was_recorded_is_neither_changed_nor_removed(world: Core) -> None:
    await world.request()
    statements = ["UPDATE log SET actor = 'person:nobody'", "DELETE FROM log"]
    statements += [] if world.database.is_sqlite else ["TRUNCATE log"]
    for statement in statements:
        with pytest.raises(DBAPIError, match=r"append only|permission denied"):
            async with world.database.transaction() as transaction:
                await transaction.execute(text(statement))
    await world.verified()


async def test_two_who_begin_the_same_stream_begin_it_once(world: Core) -> None:
    handled = await world.request()
    begun = handled.events[0]
    copy = log.Writing(begun.stream, begun.loop, None, None, [begun])
    with pytest.raises(log.Conflict):
        async with world.database.transaction() as transaction:
            await log.append(transaction, [copy])
    await world.verified()


async def test_of_two_presses_at_once_one_is_recorded(world: Core) -> None:
    stream = (await world.request()).state.id
    answers = await asyncio.gather(
        *(world.journal.handle_alone(world.database, RecordArrival(stream=stream, by=by), _cause(world, by.id))
          for by in (LIN, CHEN)),
        *(world.journal.handle_alone(world.database, SeeReferral(stream=stream, by=LIN), _cause(world, f"see{n}"))
          for n in range(4)),
        return_exceptions=True,
    )  # fmt: skip
    assert all(not isinstance(each, log.Conflict | DBAPIError) for each in answers)
    rows = await world.rows("SELECT count(*) AS n FROM log WHERE stream = :s AND type = 'ReferralSeen'", s=stream)
    assert rows[0].n == 1
    await world.settle()
    await world.verified()


async def test_the_same_cause_cannot_be_recorded_twice(world: Core) -> None:
    stream = (await world.request()).state.id
    note = AddInterimNote(stream=stream, by=LIN, note=Personal(text="she is better"))
    await world.journal.handle_alone(world.database, _accept(stream), _cause(world, "accept"))
    await world.journal.handle_alone(world.database, note, _cause(world, "once"))
    with pytest.raises(log.Conflict):
        await world.journal.handle_alone(world.database, note, _cause(world, "once"))
    rows = await world.rows("SELECT count(*) AS n FROM log WHERE type = 'InterimNoteAdded'")
    assert rows[0].n == 1


async def test_what_happened_earlier_is_dated_then_and_nothing_is_dated_tomorrow(world: Core) -> None:
    stream = (await world.request()).state.id
    yesterday, tomorrow = (world.clock.now() + timedelta(days=d) for d in (-1, 1))
    for n, said in enumerate((yesterday, tomorrow)):
        who = (LIN, CHEN)[n]
        cause = Cause(f"late{n}", _cause(world, "x").actor, said)
        handled = await world.journal.handle_alone(world.database, SeeReferral(stream=stream, by=who), cause)
        assert handled.events[0].occurred_at == min(said, world.clock.now())
        assert handled.events[0].recorded_at == world.clock.now()


@pytest.mark.parametrize("value", ["'gibberish'", "X'00FF'", "''"])
async def test_gibberish_in_any_cell_of_the_file_is_named(file: tuple[Core, Path], value: str) -> None:
    world, _ = file
    whole = (await world.request()).state.id
    spoilt = {column: (await world.request()).state.id for column in LOG_COLUMNS}
    for column, stream in spoilt.items():
        await _spoil(world, f"UPDATE log SET {column} = {value} WHERE stream = :s AND version = 2", stream)
    report = await verify(world.database)
    assert {finding.stream for finding in report.findings} == set(spoilt.values())
    assert whole not in spoilt.values()


async def test_a_stream_of_no_kind_is_named(file: tuple[Core, Path]) -> None:
    world, _ = file
    stream = (await world.request()).state.id
    await _spoil(world, "UPDATE streams SET id = 'nothing-1' WHERE id = :s", stream)
    report = await verify(world.database)
    assert {"nothing-1", stream} <= {finding.stream for finding in report.findings}


async def test_a_summary_that_cannot_even_be_read_is_named_and_mended(file: tuple[Core, Path]) -> None:
    world, _ = file
    spoilt = {column: (await world.request()).state.id for column in SUMMARY_COLUMNS}
    for column, stream in spoilt.items():
        value = SUMMARY_COLUMNS[column]
        await _spoil(world, f"UPDATE summaries SET {column} = {value} WHERE stream = :s", stream)
    report = await verify(world.database)
    assert {finding.stream for finding in report.findings} == set(spoilt.values())
    assert (await rebuild(world.database)).changed == len(spoilt)
    await world.verified()


async def _spoil(world: Core, statement: str, stream: str) -> None:
    """As somebody with the file would."""
    async with world.database.transaction() as transaction:
        for name in _TRIGGERS:
            await transaction.execute(text(f"DROP TRIGGER IF EXISTS log_append_only_{name}"))
        await transaction.execute(text(statement), {"s": stream})


def _cause(world: Core, unique: str) -> Cause:
    return Cause(unique, Actor(ActorKind.person, HE.id), world.clock.now())


def _accept(stream: str) -> Any:
    return AcceptReferral(stream=stream, by=LIN, come_now=True)
