"""`refloop events as-of|as-seen|what-if` as somebody types them."""

import asyncio
import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.earlier_texts import remember_texts
from bot.texts import source
from events.past import states_at
from events.referral import DeclineReason, OutcomeKind
from events.referral_commands import AcceptReferral, DeclineReferral, ReportOutcome
from models.database import Database
from models.templates import remember_templates
from models.values import Language
from tests.integration.cli.command_line import Terminal
from tests.integration.world import START, core
from tests.unit.events.story import LIN
from workers.rules.pack import PACKS

TOLD = (
    "INSERT INTO deliveries (id, notice, attempt, address, chat, state, fence, message, started_at, ended_at) "
    "SELECT 'd' || stream, stream, 1, 'telegram:1', 1, 'sent', 1, 1, requested_at, requested_at FROM notices"
)


@pytest.fixture
def code(network_url: str, installed: Terminal) -> str:
    """A referral that Lin was told about at 10:00 and declined at 10:30."""

    async def work() -> str:
        async with core(network_url) as parts:
            handled = await parts.request()
            async with parts.database.transaction() as transaction:
                await transaction.execute(text(TOLD))
            await parts.forward(timedelta(minutes=30))
            await parts.do(DeclineReferral(stream=handled.state.id, by=LIN, reason=DeclineReason.no_capacity))
            found: str = handled.state.code
            return found

    return asyncio.run(work())


def test_a_loop_is_shown_as_it_stood(installed: Terminal, code: str) -> None:
    def status(at: str) -> object:
        ran = installed("events", "as-of", code, "--at", at, "--json")
        assert ran.code == 0, ran.err
        [state] = ran.json.values()
        return state["status"]

    assert status("2026-03-04T10:29") == "offered"
    assert status("2026-03-04T02:30:01Z") == "declined"
    assert "status" in installed("events", "as-of", code, "--at", "2026-03-04T10:29").out
    early = installed("events", "as-of", code, "--at", "2026-03-04T09:00")
    assert (early.code, "nothing of" in early.line) == (1, True)


def test_what_somebody_had_before_them_is_shown_again(installed: Terminal, code: str) -> None:
    before = installed("events", "as-seen", code, "--by", "lin-hao", "--at", "2026-03-04T10:29", "--json").json
    after = installed("events", "as-seen", code, "--by", "lin-hao", "--at", "2026-03-04T10:31", "--json").json
    assert [seen["purpose"] for seen in before] == ["offer"]
    assert code in before[0]["text"]
    assert before[0]["buttons"] != after[0]["buttons"]
    assert before[0]["version"] < after[0]["version"]
    assert "nothing about it" in installed("events", "as-seen", code, "--by", "chen-yu", "--at", "2026-03-04T10:29").out
    nobody = installed("events", "as-seen", code, "--by", "nobody", "--at", "2026-03-04T10:29")
    assert "told about it were" in nobody.line


def test_what_was_written_in_the_words_of_an_earlier_version_is_shown_in_them(
    installed: Terminal, code: str, network_url: str
) -> None:
    day = ("--by", "lin-hao", "--at", "2026-03-04T10:10")
    unknown = "The words of then were not remembered"
    assert unknown in installed("events", "as-seen", code, *day).out

    async def remember() -> None:
        """Until 10:20 another version ran, in which a button had other words; then this one began."""
        then = {str(language): source(language) for language in Language}
        then["zh"] = re.sub(r"(?m)^button-details = .*$", "button-details = 从前的说法", then["zh"])
        database = Database(network_url)
        async with database.transaction() as tx:
            await remember_templates(tx, "earlier", json.dumps(then), START - timedelta(days=1))
            assert await remember_texts(tx, START + timedelta(minutes=20))
            assert not await remember_texts(tx, START + timedelta(minutes=25))
        await database.close()

    asyncio.run(remember())
    assert unknown not in installed("events", "as-seen", code, *day).out

    def buttons(at: str) -> list[str]:
        [seen] = installed("events", "as-seen", code, "--by", "lin-hao", "--at", at, "--json").json
        return [label for line in seen["buttons"] for label in line]

    assert "从前的说法" in buttons("2026-03-04T10:10")
    # A card is left alone until the loop moves on, which it did at 10:30 (tests/integration/test_as_seen.py).
    assert buttons("2026-03-04T10:25") == buttons("2026-03-04T10:10")


def test_a_pack_is_tried_on_what_happened(installed: Terminal, code: str, tmp_path: Path) -> None:
    day = ("--from", "2026-03-04", "--to", "2026-03-04T10:30:01")
    same = installed("events", "what-if", "--pack", PACKS / "silence.yaml", *day, "--json")
    assert (same.code, same.json["empty"], same.json["not_reproduced"]) == (0, True, [])
    candidate = tmp_path / "silence.yaml"
    content = (PACKS / "silence.yaml").read_text()
    limits = "stat: 5min, asap: 30min, urgent: 2h, routine: 1 working_day"
    candidate.write_text(content.replace(limits, limits.replace("2h", "20min")))
    ran = installed("events", "what-if", "--pack", candidate, *day, "--html", tmp_path / "diff.html")
    assert ran.code == 0, ran.err
    assert "? unknown from 2026-03-04 10:30:00: ReferralDeclined" in ran.out
    assert "1 loops would be otherwise" in ran.out
    assert "+ holders: at 2026-03-04 10:20:00" in ran.out  # the site's clocks
    assert "in the hour from 2026-03-04 10:00: 0 -> 1" in ran.out
    page = (tmp_path / "diff.html").read_text()
    assert code in page
    assert "<script" not in page
    assert '<td data-name="side" class="now">would be</td>' in page
    again = installed("events", "what-if", "--pack", candidate, *day, "--html", tmp_path / "diff.html")
    assert "is there already" in again.line


@pytest.mark.parametrize(
    "words, line",
    [
        (("--pack", PACKS / "nothing.yaml", "--from", "2026-03-04", "--to", "2026-03-05"), "nothing.yaml"),
        (("--pack", PACKS / "silence.yaml", "--from", "2026-03-05", "--to", "2026-03-04"), "--to: must be after"),
        (("--pack", PACKS / "silence.yaml", "--from", "monday", "--to", "2026-03-04"), "--from: 'monday' is no time"),
    ],
)
def test_bad_input_is_one_clear_line(installed: Terminal, words: tuple[object, ...], line: str) -> None:
    ran = installed("events", "what-if", *words)
    assert ran.code == 1
    assert line in ran.line


async def test_as_of_the_end_is_live(network_url: str) -> None:
    async with core(network_url) as parts:
        stream = (await parts.request()).state.id
        handled = await parts.do(AcceptReferral(stream=stream, by=LIN, come_now=True))
        async with parts.database.reading() as transaction:
            states = await states_at(transaction, [stream], parts.clock.now())
        assert states[stream] == handled.state


def test_a_closed_loop_has_a_certificate_that_names_what_is_missing(
    installed: Terminal, network_url: str, tmp_path: Path
) -> None:
    async def work() -> tuple[str, str]:
        async with core(network_url) as parts:
            handled = await parts.request()
            await parts.do(AcceptReferral(stream=handled.state.id, by=LIN, come_now=True))
            waiting: str = (await parts.request()).state.code
            await parts.do(ReportOutcome(stream=handled.state.id, by=LIN, kind=OutcomeKind.treated))
            return handled.state.code, waiting

    closed, waiting = asyncio.run(work())
    ran = installed("certificate", closed, "--html", tmp_path / "page.html", "--json")
    assert ran.code == 0, ran.err
    assert ran.json["missing"] == ["returned", "received", "followed up"]
    page = (tmp_path / "page.html").read_text()
    assert "Missing: returned, received, followed up" in page
    assert all(link["hash"] in page for link in ran.json["links"] if link["hash"])
    # On a phone and on paper too.
    assert 'name="viewport"' in page
    assert '<td data-name="when" class="missing">MISSING</td>' in page
    assert "@media print" in page
    still_open = installed("certificate", waiting)
    assert (still_open.code, "is not closed yet" in still_open.line) == (1, True)
