"""Which packs a command decides by: those in force in a database, or those that ship; it always says which."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from admin.opening import reading
from admin.settings import Settings
from models.clock import SystemClock
from models.database import Database
from workers.packs_in_force import PacksInForce
from workers.rules.in_force import InForce, as_shipped


@dataclass(frozen=True, slots=True)
class Chosen:
    """The packs, and in words where they come from."""

    rules: InForce
    origin: str


async def choose(settings: Settings, told: bool) -> Chosen:
    """The packs in force today in the database of these settings.

    Those that ship where there is no database: no address is set and no file is there. `told`: the command line names
    the database, so that one that is not there is refused. CommandRefused, SchemaRefused as in `reading`.
    """
    if not told and not await _there(settings):
        return Chosen(as_shipped(), "shipped: there is no database here")
    in_force = PacksInForce(SystemClock(settings.clock_file), settings.zone)
    async with reading(settings) as transaction:
        await in_force.look(transaction)
    active = ", ".join(f"{each.name}{f' of {each.place}' if each.place else ''} since {each.active_from}"
                       for each in in_force.counting())  # fmt: skip
    return Chosen(in_force.current().in_force, f"database: {active or 'nothing is activated, all as shipped'}")


async def _there(settings: Settings) -> bool:
    if settings.database_url is not None:
        return True
    url = Database(settings.database).url
    return bool(url.database and await asyncio.to_thread(Path(url.database).exists))
