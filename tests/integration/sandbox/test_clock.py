"""The clock: forward only, from one due thing to the next, never past a program that is still busy."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.sandbox.app import SandboxConfig, serve
from bot.sandbox.clock import SandboxClock
from bot.sandbox.core import Core
from bot.sandbox.forward import Forwarding, NotQuiet
from tests.integration.sandbox.conftest import Api, turn_until
from tests.phones import Phone, PhoneError, Sandbox

HOUR = timedelta(hours=1)


class Program:
    """A program under test: has things to do at certain times and notes what time it was when it did them."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.due: list[datetime] = []
        self.done: list[datetime] = []
        self.busy = ""

    async def readyz(self, request: web.Request) -> web.Response:
        now = self.core.clock.now()
        if late := [due for due in self.due if due <= now]:
            # Found busy once, it does what is due and is quiet when asked again.
            self.done += [now] * len(late)
            self.due = [due for due in self.due if due > now]
            return web.json_response({"quiet": False, "waiting_for": "a deadline"}, status=503)
        if self.busy:
            return web.json_response({"quiet": False, "waiting_for": self.busy}, status=503)
        following = min(self.due, default=None)
        return web.json_response({"quiet": True, "next_due": following.isoformat() if following else None})


@pytest.fixture
async def program(core: Core, world: Sandbox) -> AsyncIterator[Program]:
    program = Program(core)
    app = web.Application()
    app.router.add_get("/readyz", program.readyz)
    async with TestServer(app, host="127.0.0.1") as server:
        await world.post("/apps", urls=[str(server.make_url("/"))])
        yield program


async def test_without_programs_the_clock_simply_moves(world: Sandbox) -> None:
    before = await world.clock.now()
    after = await world.clock.forward(days=1, minutes=10)
    assert timedelta(days=1, minutes=10) <= after - before < timedelta(days=1, minutes=11)


async def test_every_due_thing_has_its_own_instant(world: Sandbox, program: Program, core: Core) -> None:
    start = core.clock.now()
    program.due = [start + HOUR, start + 2 * HOUR, start + 2 * HOUR, start + 9 * HOUR]
    await world.clock.forward(hours=3)
    late = [
        done - due for done, due in zip(program.done, (start + HOUR, start + 2 * HOUR, start + 2 * HOUR), strict=True)
    ]
    assert all(timedelta(0) <= one < timedelta(minutes=1) for one in late)
    assert core.clock.now() >= start + 3 * HOUR
    assert program.due == [start + 9 * HOUR]


async def test_the_next_button_goes_to_the_next_due_thing(world: Sandbox, program: Program, core: Core) -> None:
    start = core.clock.now()
    program.due = [start + 5 * HOUR]
    moved = await world.clock.next()
    assert timedelta(0) <= moved - (start + 5 * HOUR) < timedelta(minutes=1)
    assert (await world.post("/clock", next=True))["moved"] is False


async def test_the_clock_waits_for_a_busy_program(world: Sandbox, program: Program, core: Core) -> None:
    program.busy = "2 notices to leave"
    start = core.clock.now()
    moving = asyncio.create_task(world.clock.forward(hours=1))
    await world.wait_for(lambda: moving.done(), 0.2)
    assert core.clock.offset == 0
    program.busy = ""
    await moving
    assert core.clock.now() >= start + HOUR


async def test_the_clock_waits_for_an_update_a_poller_has_not_confirmed(api: Api, lin: Phone, core: Core) -> None:
    poll = asyncio.create_task(api.updates(timeout=30))
    await turn_until(lambda: core.line(core.world.accounts[0]).waiting)
    await lin.say("not read yet")
    (update,) = await poll
    moving = asyncio.create_task(lin.world.clock.forward(hours=1))
    await lin.world.wait_for(lambda: moving.done(), 0.2)
    assert core.clock.offset == 0
    await api.updates(offset=update["update_id"] + 1)
    await moving


async def test_an_update_that_is_taken_while_the_programs_are_asked_is_not_passed_over(
    api: Api, world: Sandbox, lin: Phone, core: Core
) -> None:
    """A program that has looked and found nothing takes it a moment later, and is busy with it from then on."""
    busy, moved_while_busy = False, False

    async def readyz(request: web.Request) -> web.Response:
        nonlocal busy, moved_while_busy
        found = busy
        if updates := await api.updates():
            await api.updates(offset=updates[-1]["update_id"] + 1)
            busy = True
        elif busy:
            busy, moved_while_busy = False, core.clock.offset > 0
        return web.json_response({"quiet": not found, "waiting_for": "an update", "next_due": None})

    await api.updates()  # a bot is there
    app = web.Application()
    app.router.add_get("/readyz", readyz)
    async with TestServer(app, host="127.0.0.1") as server:
        await world.post("/apps", urls=[str(server.make_url("/"))])
        await lin.say("now")
        await world.clock.forward(hours=1)
    assert not busy, "the clock moved on while there was something to do"
    assert not moved_while_busy


async def test_standing_still_too_long_names_what_is_waited_for(program: Program, core: Core) -> None:
    program.busy = "the broker"
    async with aiohttp.ClientSession() as session:
        forwarding = Forwarding(core, session, patience=0.1)
        with pytest.raises(NotQuiet, match="the broker"):
            await forwarding.to(core.clock.now() + HOUR)
    assert core.clock.offset == 0


async def test_a_program_that_never_does_what_is_due_is_named(world: Sandbox, core: Core) -> None:
    due = core.clock.now() + HOUR

    async def stuck(request: web.Request) -> web.Response:
        return web.json_response({"quiet": True, "next_due": due.isoformat()})

    app = web.Application()
    app.router.add_get("/readyz", stuck)
    async with TestServer(app, host="127.0.0.1") as server, aiohttp.ClientSession() as session:
        await world.post("/apps", urls=[str(server.make_url("/"))])
        with pytest.raises(NotQuiet, match=r"what was due at .* to be done"):
            await Forwarding(core, session, patience=0.1).to(due + HOUR)


async def test_an_absent_program_is_named(core: Core) -> None:
    core.app_urls[:] = ["http://127.0.0.1:9"]
    async with aiohttp.ClientSession() as session:
        with pytest.raises(NotQuiet, match=r"http://127\.0\.0\.1:9 to answer"):
            await Forwarding(core, session, patience=0.1).to(core.clock.now() + HOUR)


@pytest.mark.parametrize(
    "body, why",
    [
        ({"forward": -1}, "never goes back"),
        ({"to": "2020-01-01T00:00:00+00:00"}, "never goes back"),
        ({"to": "tomorrow"}, "to: expected an ISO 8601 time"),
        ({"forward": "1 h"}, "forward: expected seconds"),
        ({}, "forward: expected seconds"),
        ({"forward": 1e12}, "ten years"),
    ],
)
async def test_a_move_that_makes_no_sense_is_refused(world: Sandbox, body: dict[str, object], why: str) -> None:
    with pytest.raises(PhoneError, match=why):
        await world.post("/clock", **body)


async def test_the_offset_is_in_the_file_and_outlives_the_sandbox(tmp_path: Path) -> None:
    file = tmp_path / "clock"
    served = await serve(SandboxConfig(clock_file=file))
    world = await Sandbox.connect(served.url)
    await world.clock.forward(days=1)
    await world.close()
    await served.close()

    assert abs(float(file.read_text()) - 86_400) < 60
    assert not file.with_name("clock.new").exists(), "no draft stays behind"
    again = SandboxClock(file)
    assert again.now() - datetime.now(UTC) > timedelta(hours=23)


def test_a_clock_file_with_nonsense_is_named(tmp_path: Path) -> None:
    (tmp_path / "clock").write_text("soon")
    with pytest.raises(ValueError, match="clock file clock: expected a number of seconds, found 'soon'"):
        SandboxClock(tmp_path / "clock")


def test_the_clock_never_goes_back() -> None:
    clock = SandboxClock()
    clock.advance_to(datetime.now(UTC) + HOUR)
    clock.advance_to(datetime.now(UTC))
    assert clock.offset > 3500


async def test_a_poll_lasts_no_longer_than_it_asked_for_by_the_clock_too(world: Sandbox, api: Api, core: Core) -> None:
    """After a week of silence the next id is random; an older poll, with its offset, would pass that update by."""
    poll = asyncio.create_task(api.updates(offset=1_000_000_000, timeout=30))
    await turn_until(lambda: core.line(core.world.accounts[0]).waiting)
    await world.clock.forward(days=8)
    assert await asyncio.wait_for(poll, 5) == []
