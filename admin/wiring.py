"""Puts processes together: all roles in one (`refloop up`), or one role (`refloop run ROLE`).

The order matters: the HTTP side listens first, the messaging library (seconds to import) comes last.
"""

import asyncio
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import structlog

from admin import roles
from admin.lock import DataDirLock, data_dir_lock
from admin.parts import Parts, build
from admin.serving import address_of, listening_socket, serve
from admin.settings import Settings
from models.database import Database
from models.migrations.schema import migrate, require_current
from models.tasks import TaskSet

_log = structlog.get_logger("process")

Say = Callable[[str], None]


def up(settings: Settings, demo: bool = False, say: Say = print) -> int:
    """All roles in one process until SIGTERM or SIGINT. The exit status: 0, or 1 when a role failed for good."""
    return asyncio.run(_up(settings, demo, say))


def run_role(settings: Settings, role: str, say: Say = print) -> int:
    """One role in this process until SIGTERM or SIGINT."""
    return asyncio.run(_run_role(settings, role, say))


async def _up(settings: Settings, demo: bool, say: Say) -> int:
    with data_dir_lock(settings.data_dir, "refloop up --demo" if demo else "refloop up") as lock:
        async with AsyncExitStack() as stack:
            bound = listening_socket(settings.host, settings.port)
            stack.callback(bound.close)
            sandbox = ""
            if demo:
                from admin.demo.play import begin_play

                settings, sandbox = await stack.enter_async_context(begin_play(settings, address_of(bound)))
            await _migrate(settings, demo)
            parts = await stack.enter_async_context(_parts(settings))
            tasks = await stack.enter_async_context(_tasks())
            await _start_gateway(parts, tasks, bound, lock, demo)
            await roles.prepare_broker(parts)
            roles.start_relay(parts, tasks)
            roles.start_workers(parts, tasks)
            roles.start_ticker(parts, tasks)
            await _start_bot(parts, tasks, alone=settings.broker is None)
            if demo:
                from admin.demo.setup import prepare

                await prepare(parts, sandbox)
                say(f"Refloop's demo is at {address_of(bound)}/demo (fictional data; stop it with Ctrl-C)")
            else:
                say(f"Refloop is at {address_of(bound)}")
            return await _until_stopped(tasks)


async def _run_role(settings: Settings, role: str, say: Say) -> int:
    async with AsyncExitStack() as stack:
        database = Database(settings.database)
        try:
            await require_current(database)
        finally:
            await database.close()
        parts = await stack.enter_async_context(_parts(settings))
        tasks = await stack.enter_async_context(_tasks())
        match role:
            case "gateway":
                bound = listening_socket(settings.host, settings.port)
                stack.callback(bound.close)
                await _start_gateway(parts, tasks, bound, None, demo=False)
                say(f"gateway at {address_of(bound)}")
            case "relay":
                await roles.prepare_broker(parts)
                roles.start_relay(parts, tasks)
            case "workers":
                await roles.prepare_broker(parts)
                roles.start_workers(parts, tasks)
            case "ticker":
                await roles.prepare_broker(parts)
                roles.start_ticker(parts, tasks)
            case "bot":
                await _start_bot(parts, tasks, alone=False)
            case _:
                raise ValueError(f"no such role: {role}; right is one of gateway, relay, workers, ticker, bot")
        _log.info("running", role=role)
        return await _until_stopped(tasks)


async def _migrate(settings: Settings, demo: bool) -> None:
    database = Database(settings.database)
    try:
        if demo:
            from admin.demo.setup import require_demo_database

            await require_demo_database(database)
        await migrate(database)
        if demo:
            from admin.demo.setup import mark_demo_database

            await mark_demo_database(database)
    finally:
        await database.close()


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
    parts: Parts, tasks: TaskSet, bound: socket.socket, lock: DataDirLock | None, demo: bool
) -> None:
    from admin.gateway import gateway_app, start_intake

    app = await gateway_app(parts, tasks, address_of(bound), lock, demo)
    tasks.start(serve(app, bound), "gateway")
    start_intake(parts, tasks)


async def _start_bot(parts: Parts, tasks: TaskSet, alone: bool) -> None:
    if parts.settings.telegram_token is None:
        _log.warning("no REFLOOP_TELEGRAM_TOKEN: nobody is told anything in chat")
        return
    from admin.chat import start_bot

    await start_bot(parts, tasks, alone)


async def _until_stopped(tasks: TaskSet) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    waiting: list[Awaitable[bool]] = [stop.wait(), tasks.failed.wait()]
    futures = [asyncio.ensure_future(each) for each in waiting]
    await asyncio.wait(futures, return_when=asyncio.FIRST_COMPLETED)
    for future in futures:
        future.cancel()
    _log.info("stopping")
    return 1 if tasks.failed.is_set() and not stop.is_set() else 0
