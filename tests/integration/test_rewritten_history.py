"""T15: whoever rewrites the log past the triggers is found by `refloop events verify`, with the stream named."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from events.replay import Finding, verify
from tests.integration.world import Core, core


@pytest.fixture
async def opened(network_url: str) -> AsyncIterator[tuple[Core, str, str]]:
    """Two referrals with a history, on a database whose triggers somebody has taken away."""
    async with core(network_url) as parts:
        first, second = (await parts.request()).state.id, (await parts.request()).state.id
        await parts.verified()
        async with parts.database.transaction() as transaction:
            if transaction.dialect == "sqlite":
                for name in ("update", "delete", "replace"):
                    await transaction.execute(text(f"DROP TRIGGER log_append_only_{name}"))
            else:
                await transaction.execute(text("ALTER TABLE log DISABLE TRIGGER ALL"))
                await transaction.execute(text("GRANT ALL ON log TO CURRENT_USER"))
        yield parts, first, second


async def rewritten(parts: Core, stream: str, *statements: str) -> list[Finding]:
    """What is found in the stream after these statements; nothing may be found elsewhere."""
    async with parts.database.transaction() as transaction:
        for statement in statements:
            await transaction.execute(text(statement), {"s": stream} if ":s" in statement else None)
    report = await verify(parts.database)
    assert not report.ok
    assert {finding.stream for finding in report.findings} == {stream}
    return report.findings


# Bytes that are no text at all: a file can hold them, PostgreSQL takes none such.
NO_TEXT = "no text"


@pytest.mark.parametrize(
    "column, value",
    [
        ("data", "replace(data, 'chengxi-1', 'chengxi-2')"),
        ("data", NO_TEXT),
        ("actor", NO_TEXT),
        ("actor", "'person:nobody'"),
        ("on_behalf_of", "'nobody'"),
        ("occurred_at", "'1999-01-01T00:00:00.000000+00:00'"),
        ("caused_by", "'nothing'"),
        ("type", "'ReferralRequested2'"),
        ("loop", "'referral-other'"),
        ("id", "'another'"),
        ("hash", f"'{'0' * 64}'"),
    ],
)
async def test_a_changed_row_is_named(opened: tuple[Core, str, str], column: str, value: str) -> None:
    parts, stream, _ = opened
    if column == "occurred_at" and not parts.database.is_sqlite:
        value = f"CAST({value} AS timestamptz)"
    if value == NO_TEXT:
        value = "CAST(x'ff00' AS TEXT)" if parts.database.is_sqlite else "chr(1)"
    findings = await rewritten(parts, stream, f"UPDATE log SET {column} = {value} WHERE stream = :s AND version = 1")
    assert findings[0].version == 1 or findings[0].what == "a row cannot be read"


async def test_a_deleted_row_is_named(opened: tuple[Core, str, str]) -> None:
    parts, stream, _ = opened
    findings = await rewritten(parts, stream, "DELETE FROM log WHERE stream = :s AND version = 2")
    assert findings[0].version == 2
    assert "missing" in findings[0].what


async def test_an_end_that_was_cut_off_is_named(opened: tuple[Core, str, str]) -> None:
    parts, stream, _ = opened
    last = "(SELECT version FROM streams WHERE id = :s)"
    findings = await rewritten(parts, stream, f"DELETE FROM log WHERE stream = :s AND version = {last}")
    assert "the log ends at" in findings[0].what


async def test_a_stream_that_was_emptied_is_named(opened: tuple[Core, str, str]) -> None:
    parts, stream, _ = opened
    findings = await rewritten(parts, stream, "DELETE FROM log WHERE stream = :s")
    assert "the log ends at 0" in findings[0].what


async def test_two_rows_that_changed_places_are_named(opened: tuple[Core, str, str]) -> None:
    parts, stream, _ = opened
    findings = await rewritten(
        parts,
        stream,
        "UPDATE log SET version = 1001 WHERE stream = :s AND version = 1",
        "UPDATE log SET version = 1 WHERE stream = :s AND version = 2",
        "UPDATE log SET version = 2 WHERE stream = :s AND version = 1001",
    )
    assert findings[0].version == 1


async def test_a_cell_of_another_stream_is_named(opened: tuple[Core, str, str]) -> None:
    parts, stream, other = opened
    cell = f"(SELECT data FROM log WHERE stream = '{other}' AND version = 1)"
    await rewritten(parts, stream, f"UPDATE log SET data = {cell} WHERE stream = :s AND version = 1")


async def test_an_invented_row_is_named(opened: tuple[Core, str, str]) -> None:
    parts, stream, _ = opened
    columns = "type, schema_version, loop, caused_by, actor, occurred_at, recorded_at, data, hash"
    findings = await rewritten(
        parts,
        stream,
        f"INSERT INTO log (id, stream, version, {columns}) "
        f"SELECT 'invented', stream, 1 + (SELECT version FROM streams WHERE id = :s), {columns} "
        "FROM log WHERE stream = :s AND version = 1",
    )
    assert findings


async def test_a_head_that_was_set_back_is_named(opened: tuple[Core, str, str]) -> None:
    parts, stream, _ = opened
    first = "(SELECT hash FROM log WHERE stream = :s AND version = 1)"
    findings = await rewritten(parts, stream, f"UPDATE streams SET version = 1, hash = {first} WHERE id = :s")
    assert "the head says version 1" in findings[0].what


async def test_a_head_that_is_gone_is_named(opened: tuple[Core, str, str]) -> None:
    parts, stream, _ = opened
    findings = await rewritten(parts, stream, "DELETE FROM streams WHERE id = :s")
    assert {finding.what for finding in findings} == {"is in the log but has no head", "has a summary but no log"}


async def test_a_summary_that_says_something_else_is_named(opened: tuple[Core, str, str]) -> None:
    parts, stream, _ = opened
    findings = await rewritten(parts, stream, "UPDATE summaries SET priority = 'routine', step = 9 WHERE stream = :s")
    assert "summary." in findings[0].what
