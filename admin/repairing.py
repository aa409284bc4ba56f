"""`refloop repair`: from a what-if's list to corrective events, by two persons."""

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from admin.refusals import CommandRefused
from admin.settings import Settings
from events.handling import Journal
from models.audit import write_audit
from models.clock import Clock
from models.database import Database
from models.directory_cache import DirectoryCache
from models.proposals import ProposalRefused, propose, take
from models.sealed import Keyring
from workers.deadlines import Deadlines
from workers.loading import FactLoader
from workers.packs_in_force import PacksInForce
from workers.reactions import SUBSCRIBERS
from workers.repairing import Repaired, Wrong, repair, wrong_loops

KIND = "repair"


def read_list(file: Path) -> list[Wrong]:
    """The loops that a what-if found. CommandRefused when the file is no output of what-if --json."""
    try:
        return wrong_loops(json.loads(file.read_text("utf-8")))
    except (ValueError, KeyError, TypeError):
        raise CommandRefused(f"{file}: right is what refloop events what-if --json wrote") from None


class Repairs:
    """Repairs on one installation, by the rules in force now."""

    def __init__(self, settings: Settings, database: Database, keyring: Keyring, clock: Clock) -> None:
        rules = PacksInForce(clock, settings.zone)
        self._database, self._clock = database, clock
        self._directory = DirectoryCache(database, clock)
        self._directory.also.append(rules.look)
        deadlines = Deadlines(rules.current, self._directory.current)
        self._journal = Journal(keyring, clock, deadlines.due, SUBSCRIBERS, outbox=not settings.embedded)
        self._loader = FactLoader(clock, keyring, self._directory, rules.current)

    async def propose(self, wrong: list[Wrong], reason: str, actor: str) -> dict[str, Any]:
        """The dry run, kept as a proposal for a second person."""
        await self._directory.refresh()
        now = self._clock.now()
        async with self._database.transaction() as transaction:
            plan = await self._repair(transaction, wrong, "dry-run", actor, now, really=False)
            unique = await propose(transaction, KIND, [asdict(each) for each in wrong], reason, actor, now)
            await write_audit(transaction, now, actor, "repair propose", f"{unique} {len(wrong)} loops", reason)
        return {"repair": unique, "dry_run": True, **plan.as_dict()}

    async def carry_out(self, unique: str, reason: str, actor: str) -> dict[str, Any]:
        """Do it, by a second person, all or nothing."""
        await self._directory.refresh()
        now = self._clock.now()

        async def work(transaction: Any) -> Repaired:
            content = await take(transaction, KIND, unique, actor, now)
            wrong = [Wrong(each["loop"], tuple(map(tuple, each["told"]))) for each in content]
            done = await self._repair(transaction, wrong, unique, actor, now, really=True)
            await write_audit(transaction, now, actor, "repair carry out", f"{unique} {len(wrong)} loops", reason)
            return done

        try:
            done = await self._database.repeated(work)
        except ProposalRefused as error:
            raise CommandRefused(str(error)) from None
        return {"repair": unique, "dry_run": False, **done.as_dict()}

    async def _repair(
        self, transaction: Any, wrong: list[Wrong], unique: str, actor: str, now: datetime, *, really: bool
    ) -> Repaired:
        return await repair(transaction, self._journal, self._loader, wrong, unique, actor, now, really)
