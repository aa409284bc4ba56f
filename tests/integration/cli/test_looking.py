"""The commands that look: referrals, events, verify, on both engines."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text

from admin import looking
from events.base import Personal
from models.database import Database
from models.history import table_of
from models.journal import LogRow
from tests.integration.cli.command_line import Terminal
from tests.integration.world import core

NOW = datetime(2026, 3, 4, 2, 0, tzinfo=UTC)


@pytest.fixture
async def loop(network_url: str) -> AsyncIterator[tuple[str, str]]:
    """A referral, requested and offered: its code and stream."""
    async with core(network_url, NOW) as parts:
        handled = await parts.request()
        yield handled.state.code, handled.state.id


async def in_thread(work: Callable[[], Any]) -> Any:
    """Commands bring an event loop of their own."""
    return await asyncio.to_thread(work)


async def test_a_referral_is_found_by_its_code(loop: tuple[str, str], installed: Terminal) -> None:
    code, stream = loop
    (row,) = (await in_thread(lambda: installed("referrals", "list", "--json"))).json
    assert (row["code"], row["stream"], row["initiator_facility"]) == (code, stream, "liantang")
    shown = await in_thread(lambda: installed("referrals", "show", code.lower()))
    assert shown.code == 0
    assert "ReferralRequested" in shown.out
    as_json = (await in_thread(lambda: installed("referrals", "show", code, "--json"))).json
    assert as_json["code"] == code
    assert as_json["events"][0]["type"] == "ReferralRequested"


async def test_events_are_listed_shown_and_followed(loop: tuple[str, str], installed: Terminal) -> None:
    code, stream = loop
    listed = (await in_thread(lambda: installed("events", "list", "--stream", stream, "--json"))).json
    assert [event["version"] for event in listed] == list(range(1, len(listed) + 1))
    by_code = (await in_thread(lambda: installed("events", "show", code, "--json"))).json
    by_stream = (await in_thread(lambda: installed("events", "show", stream, "--json"))).json
    assert by_code == by_stream
    assert [event["id"] for event in by_code["events"]] == [event["id"] for event in listed]
    tailed = await in_thread(lambda: installed("events", "tail", "--newest", 2, "--count", 2, "--json"))
    every = (await in_thread(lambda: installed("events", "list", "--json"))).json
    assert len(tailed.out.splitlines()) == 2
    assert all(str(event["id"]) in tailed.out for event in every[-2:])


async def test_what_is_sealed_is_never_shown(network_url: str, installed: Terminal) -> None:
    async with core(network_url, NOW) as parts:
        handled = await parts.request(reason=Personal(text="头痛两天 canary"))
    for kind in ("referrals", "events"):
        for options in ([], ["--json"]):
            words = [kind, "show", handled.state.code, *options]
            ran = await asyncio.to_thread(installed, *words)
            assert "[sealed]" in ran.out or words == ["referrals", "show", handled.state.code]
            assert "canary" not in ran.out
            assert '"sealed"' not in ran.out


@pytest.mark.parametrize("network_url", ["postgresql"], indirect=True)
async def test_a_tail_passes_over_nothing_that_commits_late(network_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two writers at once: the one who began first commits last, with the lower position."""
    monkeypatch.setattr(looking, "_PAUSE", 0.05)
    async with core(network_url, NOW) as parts:
        await parts.request()
        following = looking.tail(parts.database, 1)
        await anext(following)
        began, go_on = asyncio.Event(), asyncio.Event()

        async def late() -> None:
            async with parts.database.transaction() as transaction:
                await transaction.execute(text("SELECT pg_current_xact_id()"))  # as locking a stream's head does
                await transaction.execute(text(f"INSERT INTO log ({columns}) SELECT {another} FROM log LIMIT 1"))
                began.set()
                await go_on.wait()

        columns = ", ".join(column.name for column in table_of(LogRow).columns if column.name != "position")
        another = columns.replace("id,", "'late',", 1).replace("stream,", "'referral-late',", 1)
        waiting = asyncio.ensure_future(late())
        await began.wait()
        handled = await parts.request()
        newest = asyncio.ensure_future(anext(following))
        await asyncio.sleep(0.5)
        assert not newest.done()  # not before everything that could come earlier is settled
        go_on.set()
        await waiting
        assert (await newest)["id"] == "late"
        for event in handled.events:
            assert (await anext(following))["id"] == event.id


def test_the_log_is_verified_and_a_changed_summary_is_found_and_rebuilt(installed: Terminal, network_url: str) -> None:
    async def begin() -> None:
        async with core(network_url, NOW) as parts:
            await parts.request()

    async def spoil() -> None:
        database = Database(network_url)
        async with database.transaction() as transaction:
            await transaction.execute(text("UPDATE summaries SET status = 'closed'"))
        await database.close()

    asyncio.run(begin())
    ran = installed("events", "verify", "--json")
    assert (ran.code, ran.json["ok"]) == (0, True)
    asyncio.run(spoil())
    ran = installed("events", "verify")
    assert ran.code == 1
    assert "DIFFERENT" in ran.out
    assert installed("events", "rebuild", "--json").json["changed"] >= 1
    assert installed("events", "verify").code == 0


async def test_a_decision_is_explained_and_decides_the_same_again(network_url: str, installed: Terminal) -> None:
    async with core(network_url, NOW) as parts:
        handled = await parts.request()
        await parts.settle()
    code = handled.state.code
    told = (await in_thread(lambda: installed("rules", "explain", code, "--json"))).json
    assert told["decides the same again"] == "yes"
    assert told["rules"]
    assert set(told) >= {"priority", "because", "values", "sources", "otherwise", "pack"}
    shown = await in_thread(lambda: installed("rules", "explain", code))
    assert "decides the same again  yes" in shown.out


async def test_a_referral_that_nobody_knows_is_not_explained(installed: Terminal) -> None:
    ran = await in_thread(lambda: installed("rules", "explain", "R-22222"))
    assert ran.code == 1
    assert "CODE" in ran.line
