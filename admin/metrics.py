"""The figures at /metrics that come from the database: counted every few seconds, never per request."""

import asyncio

import structlog
from prometheus_client import CollectorRegistry, Gauge
from sqlalchemy import text

from admin.parts import Parts
from workers.auditor import audit

EVERY = 10.0

_log = structlog.get_logger("metrics")

_COUNTS = {
    "refloop_outbox_rows": ("Nudges not yet at the broker", "outbox"),
    "refloop_cursors_behind": ("Streams a consumer has yet to look at", "cursors WHERE wanted > done"),
    "refloop_reactions_parked": ("Reactions that an admin must look at", "failures WHERE parked_at IS NOT NULL"),
    "refloop_messages_parked": ("Unreadable messages kept", "parked WHERE redriven_at IS NULL"),
    "refloop_updates_parked": ("Chat updates given up in the last week", "updates WHERE reason LIKE 'parked: %'"),
    "refloop_notices_waiting": ("Notices on their way", "notices WHERE state IN ('waiting', 'retry')"),
}


class Figures:
    """The gauges of one process."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._open = Gauge("refloop_open_loops", "Loops that are open", registry=registry)
        self._orphaned = Gauge(
            "refloop_orphaned_loops", "Open loops without holder or deadline; must be 0 (N4)", registry=registry
        )
        self._beat = Gauge(
            "refloop_audit_at_seconds", "When an audit last found every loop held (Unix time)", registry=registry
        )
        self._counts = {name: Gauge(name, words, registry=registry) for name, (words, _) in _COUNTS.items()}

    async def keep(self, parts: Parts) -> None:
        """Count again and again; the heartbeat stops when the audit does, and as long as a loop is orphaned."""
        while True:
            try:
                await self.count(parts)
            except Exception as error:  # noqa: BLE001 - the database is away; the old figures and the beat show it
                _log.warning("not counted", error=type(error).__name__)
            await asyncio.sleep(EVERY)

    async def count(self, parts: Parts) -> None:
        """Count once."""
        now = parts.clock.now()
        async with parts.database.reading() as transaction:
            found = await audit(transaction, now)
            for name, (_, rows) in _COUNTS.items():
                query = text(f"SELECT count(*) FROM {rows}")  # noqa: S608 - the table above, nobody's input
                self._counts[name].set((await transaction.execute(query)).scalar_one())
        self._open.set(found.open_loops)
        self._orphaned.set(found.orphaned)
        if not found.orphaned:
            self._beat.set(now.timestamp())
        else:
            _log.error("loops without holder or deadline", unheld=len(found.unheld), overdue=len(found.overdue))
