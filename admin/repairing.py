"""`refloop repair`: from a what-if's list to corrective events, approved by two admins."""

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from admin.asking_admins import ask_admins
from admin.looking import referral
from admin.refusals import CommandRefused
from admin.settings import Settings
from events.handling import Journal
from models.audit import write_audit
from models.clock import Clock
from models.database import Database
from models.directory_cache import DirectoryCache
from models.proposals import ProposalRefused, propose, take_approved
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
        self._directory.also.append(rules)
        deadlines = Deadlines(rules.current, self._directory.current)
        self._journal = Journal(keyring, clock, deadlines.due, SUBSCRIBERS, outbox=not settings.embedded)
        self._loader = FactLoader(clock, keyring, self._directory, rules.current)

    async def propose(
        self, wrong: list[Wrong], reason: str, actor: str, moves: Mapping[str, str] | None = None,
        cancels: Collection[str] = (),
    ) -> dict[str, Any]:  # fmt: skip
        """The dry run, kept as a proposal that two admins must approve in their chats.

        `moves` (code → person) and `cancels` (codes) are done whatever the rules say. CommandRefused names a code or a
        person that is none.
        """
        await self._directory.refresh()
        now = self._clock.now()
        admins = self._directory.current().admins(now)
        async with self._database.transaction() as transaction:
            wrong = await self._with_wishes(transaction, wrong, moves or {}, cancels)
            if not wrong:
                raise CommandRefused("there is nothing to repair: the list names no loop")
            plan = await self._repair(transaction, wrong, "dry-run", actor, now, really=False)
            content = [asdict(each) for each in wrong]
            unique = await propose(transaction, KIND, content, reason, actor, now, len(wrong))
            about = (wrong[0].loop, wrong[0].loop)
            await ask_admins(transaction, self._journal, admins, KIND, unique, len(wrong), reason, about, now)
            await write_audit(transaction, now, actor, "repair propose", f"{unique} {len(wrong)} loops", reason)
        return {"repair": unique, "dry_run": True, "admins": list(admins), **plan.as_dict()}

    async def carry_out(self, unique: str, reason: str, actor: str) -> dict[str, Any]:
        """Do it, once two admins have approved it; all or nothing."""
        await self._directory.refresh()
        now = self._clock.now()
        admins = self._directory.current().admins(now)

        async def work(transaction: Any) -> Repaired:
            content = await take_approved(transaction, KIND, unique, admins, actor, now)
            wrong = [Wrong(**each | {"told": tuple(map(tuple, each["told"]))}) for each in content]
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

    async def _with_wishes(
        self, transaction: Any, wrong: list[Wrong], moves: Mapping[str, str], cancels: Collection[str]
    ) -> list[Wrong]:
        found = {each.loop: each for each in wrong}
        directory, now = self._directory.current(), self._clock.now()
        for code, person in moves.items():
            row = await referral(transaction, code)
            places = {held.facility for held in directory.roles(person, now)}
            if row["recipient_facility"] not in places:
                raise CommandRefused(f"--move: {person!r} has no role at {row['recipient_facility']} now")
            found[row["loop"]] = replace(found.get(row["loop"], Wrong(row["loop"])), move=person)
        for code in cancels:
            row = await referral(transaction, code)
            if (there := found.get(row["loop"], Wrong(row["loop"]))).move is not None:
                raise CommandRefused(f"--cancel: {code} is to be moved as well; right is one of the two")
            found[row["loop"]] = replace(there, cancel=True)
        return list(found.values())
