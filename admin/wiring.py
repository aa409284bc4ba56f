"""Puts processes together: all roles in one (`refloop up`), or one role (`refloop run ROLE`).

The order matters: the HTTP side listens first, the messaging library (seconds to import) comes last.
"""

import asyncio
import gc
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from admin import roles
from admin.health import keep_beating
from admin.lock import DataDirLock, data_dir_lock
from admin.loop import run
from admin.output import say as say_at_once
from admin.parts import Parts, build
from admin.serving import address_of, listening_socket, serve
from admin.settings import Settings
from models.database import Database
from models.migrations.schema import migrate, require_current
from models.tasks import TaskSet

if TYPE_CHECKING:
    from fastapi import APIRouter, FastAPI

_log = structlog.get_logger("process")

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Running:
    """A process that runs: its parts, its tasks, and where its HTTP side answers (if it has one)."""

    parts: Parts
    tasks: TaskSet
    address: str | None


def up(settings: Settings, demo: bool = False, say: Say = say_at_once) -> int:
    """All roles in one process until SIGTERM or SIGINT. The exit status: 0, or 1 when a role failed for good."""
    return run(_up(settings, demo, say))


def run_role(settings: Settings, role: str, say: Say = say_at_once) -> int:
    """One role in this process until SIGTERM or SIGINT."""
    return run(_run_role(settings, role, say))


async def _up(settings: Settings, demo: bool, say: Say) -> int:
    with data_dir_lock(settings.data_dir, "refloop up --demo" if demo else "refloop up") as lock:
        if not demo:
            return await _until_told(all_roles(settings, lock), lambda at: say(f"Refloop is at {at}"))

        def greet(address: str | None) -> None:
            say(f"Refloop's demo is at {address}/demo (fictional data only; stop it with Ctrl-C)")

        return await _until_told(demo_roles(settings, lock), greet)


async def _run_role(settings: Settings, role: str, say: Say) -> int:
    return await _until_told(
        one_role(settings, role), lambda at: say(f"{role} at {at}" if at else f"{role} is running")
    )


@asynccontextmanager
async def all_roles(settings: Settings, lock: DataDirLock | None = None) -> AsyncIterator[Running]:
    """Every role in this process, on a database that is migrated first; CommandRefused for one of the demo."""
    from admin.demo.setup import refuse_demo_database

    async with AsyncExitStack() as stack:
        bound = listening_socket(settings.host, settings.port)
        stack.callback(bound.close)
        await _with_database(settings, refuse_demo_database)
        await _migrate(settings)
        yield await _start_all(stack, settings, bound, lock)


@asynccontextmanager
async def demo_roles(settings: Settings, lock: DataDirLock | None = None) -> AsyncIterator[Running]:
    """The same with the sandbox, the demo network and the demo page."""
    from admin.demo.beginnings import begin
    from admin.demo.play import begin_play
    from admin.demo.setup import mark_demo_database, prepare, require_demo_database

    async with AsyncExitStack() as stack:
        bound = listening_socket(settings.host, settings.port)
        stack.callback(bound.close)
        settings, sandbox = await stack.enter_async_context(begin_play(settings, address_of(bound)))
        await _with_database(settings, require_demo_database)
        await _migrate(settings)
        await _with_database(settings, mark_demo_database)
        running = await _start_all(stack, settings, bound, lock, sandbox)
        await prepare(running.parts, sandbox)
        await begin(running.parts)
        yield running


async def _start_all(
    stack: AsyncExitStack,
    settings: Settings,
    bound: socket.socket,
    lock: DataDirLock | None,
    sandbox: str | None = None,
) -> Running:
    parts = await stack.enter_async_context(_parts(settings))
    tasks = await stack.enter_async_context(_tasks())
    app, queue = await _start_gateway(stack, parts, tasks, bound, lock, sandbox)
    await roles.prepare_broker(parts)
    queue()
    roles.start_relay(parts, tasks)
    roles.start_workers(parts, tasks)
    stack.enter_context(roles.running_mark(parts))
    roles.start_ticker(parts, tasks)
    # One SQLite file belongs to one process; on PostgreSQL another may be alive, with a broker or without.
    hook = await _start_bot(stack, parts, tasks, alone=parts.database.is_sqlite)
    if hook is not None:
        app.include_router(hook)
    return Running(parts, tasks, address_of(bound))


@asynccontextmanager
async def one_role(settings: Settings, role: str) -> AsyncIterator[Running]:
    """One role of the full deployment; the database must have been migrated."""
    await _with_database(settings, require_current)
    async with AsyncExitStack() as stack:
        parts = await stack.enter_async_context(_parts(settings))
        tasks = await stack.enter_async_context(_tasks())
        address = None
        if role != "bot":
            await roles.prepare_broker(parts)
        match role:
            case "gateway":
                bound = listening_socket(settings.host, settings.port)
                stack.callback(bound.close)
                address = address_of(bound)
                _, queue = await _start_gateway(stack, parts, tasks, bound)
                queue()
            case "relay":
                roles.start_relay(parts, tasks)
            case "workers":
                roles.start_workers(parts, tasks)
            case "ticker":
                roles.start_ticker(parts, tasks)
            case "bot":
                hook = await _start_bot(stack, parts, tasks, alone=False)
                if hook is not None:
                    address = await _listen_for_updates(stack, settings, tasks, hook)
            case _:
                raise ValueError(f"no such role: {role}; right is one of gateway, relay, workers, ticker, bot")
        tasks.start(keep_beating(settings.data_dir, role), "sign of life")
        _log.info("running", role=role)
        yield Running(parts, tasks, address)


async def _with_database(settings: Settings, work: Callable[[Database], Awaitable[object]]) -> None:
    database = Database(settings.database)
    try:
        await work(database)
    finally:
        await database.close()


async def _migrate(settings: Settings) -> None:
    await _with_database(settings, migrate)


@asynccontextmanager
async def _parts(settings: Settings) -> AsyncIterator[Parts]:
    parts = await build(settings)
    try:
        await parts.directory.refresh()
        yield parts
    finally:
        await parts.close()


@asynccontextmanager
async def _tasks() -> AsyncIterator[TaskSet]:
    tasks = TaskSet()
    try:
        yield tasks
    finally:
        await tasks.stop()


async def _start_gateway(
    stack: AsyncExitStack,
    parts: Parts,
    tasks: TaskSet,
    bound: socket.socket,
    lock: DataDirLock | None = None,
    sandbox: str | None = None,
) -> tuple["FastAPI", Callable[[], None]]:
    """The application, and what starts reading the intake queue, to be called once the broker has been prepared."""
    from admin.gateway import gateway_app

    app, queue = await gateway_app(parts, tasks, stack, address_of(bound), lock, sandbox)
    _serve(stack, tasks, app, bound, "gateway")
    return app, queue


def _serve(stack: AsyncExitStack, tasks: TaskSet, app: "FastAPI", bound: socket.socket, name: str) -> None:
    """Answer until the stack ends; that is before what requests under way need is taken away."""
    serving = tasks.start(serve(app, bound), name)

    async def ended() -> None:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)

    stack.push_async_callback(ended)


async def _start_bot(stack: AsyncExitStack, parts: Parts, tasks: TaskSet, alone: bool) -> "APIRouter | None":
    if parts.settings.telegram_token is None:
        _log.warning("no REFLOOP_TELEGRAM_TOKEN: nobody is told anything in chat")
        return None
    from admin.chat import start_bot

    return await start_bot(stack, parts, tasks, alone)


async def _listen_for_updates(stack: AsyncExitStack, settings: Settings, tasks: TaskSet, hook: "APIRouter") -> str:
    """The bot's own door, for the webhook alone; where it is."""
    from fastapi import FastAPI

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(hook)
    bound = listening_socket(settings.host, settings.port)
    stack.callback(bound.close)
    _serve(stack, tasks, app, bound, "webhook")
    return address_of(bound)


async def _until_told(work: AbstractAsyncContextManager[Running], greet: Callable[[str | None], None]) -> int:
    """Run until SIGTERM or SIGINT, also while still starting (a broker may be waited for); what runs ends in order."""
    stop, starting, me = asyncio.Event(), True, asyncio.current_task()

    def told() -> None:
        stop.set()
        if starting and me is not None:
            me.cancel()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told)
    try:
        async with work as running:
            starting = False
            gc.collect()
            gc.freeze()  # what was imported stays; each look through it for garbage stops all for 0.3 s
            greet(running.address)
            running.tasks.on_failure(stop.set)
            await stop.wait()
            _log.info("stopping")
            return 1 if running.tasks.failure else 0
    except asyncio.CancelledError:
        if stop.is_set():
            return 0
        raise
