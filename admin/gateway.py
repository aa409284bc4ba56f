"""The gateway's role: HTTP for hospitals' systems, the queue they may publish to, health and figures."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry

from admin.acts import Acts
from admin.local_api import admin_key, router
from admin.lock import DataDirLock
from admin.metrics import Figures
from admin.parts import Parts
from admin.readiness import in_hand, look
from events.intake.amqp import QueueIntake
from events.intake.http import create_app
from events.intake.reception import Reception
from events.intake.sources import Gatekeeper
from events.outgoing import Outgoing
from models.migrations.schema import look as look_at_schema
from models.tasks import TaskSet

if TYPE_CHECKING:
    from contextlib import AsyncExitStack

    from fastapi import FastAPI


async def gateway_app(
    parts: Parts, tasks: TaskSet, stack: "AsyncExitStack", address: str, lock: DataDirLock | None, sandbox: str | None
) -> tuple["FastAPI", Callable[[], None]]:
    """The application, with the intake behind it begun; and what starts reading the intake queue, if there is one.

    `lock`: the data directory that this process holds (embedded); then the shell's commands are taken too, with a key.
    `sandbox`: the address of the demo's phones; then the demo page is there.
    """
    reception = Reception(parts.database, parts.journal, parts.keyring, parts.clock, parts.directory)
    gatekeeper = Gatekeeper(parts.directory, parts.clock)
    reception.start()
    stack.push_async_callback(reception.stop)
    registry = CollectorRegistry()

    async def ready() -> str | None:
        schema = await look_at_schema(parts.database)
        return None if schema.current else "the database is not migrated: run refloop migrate"

    parts.at_work.append(lambda: "messages being taken in" if reception.busy else None)

    async def quiet() -> tuple[str | None, datetime | None]:
        waiting = in_hand(parts.at_work)
        async with parts.database.reading() as transaction:
            found = await look(transaction, parts.clock.now())
            if found.quiet:
                await parts.directory.refreshed(transaction)  # whoever waited relies on what was changed before
        return waiting or found.waiting_for or in_hand(parts.at_work), found.next_due

    app = create_app(
        reception, gatekeeper, parts.database, parts.clock, ready=ready, quiet=quiet, metrics=registry,
        open_docs=parts.settings.docs_public, open_metrics=parts.settings.metrics_public,
    )  # fmt: skip
    tasks.start(Figures(registry).keep(parts), "figures")
    if lock is not None:
        key = stack.enter_context(admin_key(parts.settings.data_dir))
        app.include_router(router(Acts(parts.settings, parts.database, parts.keyring, parts.clock), key))
        lock.announce(address)
    if sandbox is not None:
        from admin.demo.page import router as demo_router

        app.include_router(demo_router(parts, sandbox))

    def read_queue() -> None:
        if parts.settings.broker is not None:
            from events.rabbit import consume_intake
            from events.rabbit_outgoing import OutgoingQueues

            queue = QueueIntake(reception, gatekeeper)
            tasks.start(consume_intake(parts.settings.broker, queue.handle), "intake queue")
            outgoing = OutgoingQueues(parts.settings.broker)
            stack.push_async_callback(outgoing.close)
            tasks.start(Outgoing(parts.database, parts.directory, outgoing).run(), "queues of the sources")

    return app, read_queue
