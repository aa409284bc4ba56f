"""Whether anything is in motion is asked of the database as it is at one moment."""

from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import insert, update

from admin.readiness import look
from models.clock import SystemClock
from models.database import Database, Transaction
from models.deliveries import UpdateRow
from models.journal import OutboxRow

NOW = SystemClock().now()


@dataclass
class Overtaken:
    """A look during which, after each statement, somebody handles the update that waits: it becomes a nudge."""

    database: Database
    looking: Transaction

    async def execute(self, statement: Any, parameters: Any = None) -> Any:
        found = await self.looking.execute(statement, parameters)
        async with self.database.transaction() as tx:
            await tx.execute(update(UpdateRow).values(handled_at=NOW))
            nudge = {"stream": "referral/1", "version": 1, "lane": "rest", "types": "", "created_at": NOW}
            await tx.execute(insert(OutboxRow), [nudge])
        return found


async def test_what_goes_from_table_to_table_meanwhile_is_not_passed_over(tables_url: str) -> None:
    database = Database(tables_url)
    waits = {"bot": "1", "update_id": 1, "payload": "", "payload_hash": "0", "received_at": NOW, "attempts": 0}
    async with database.transaction() as tx:
        await tx.execute(insert(UpdateRow), [waits])
    async with database.reading() as tx:
        found = await look(cast(Transaction, Overtaken(database, tx)), NOW)
    assert found.waiting_for == "updates to be handled"
    async with database.reading() as tx:
        assert (await look(tx, NOW)).waiting_for == "outbox rows at the relay"
    await database.close()
