"""What the commands about the past read: a loop as of a moment, what somebody saw, what a pack would have changed."""

from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from admin.keys import keyring_for
from admin.opening import opened
from admin.output import Progress
from admin.refusals import CommandRefused
from admin.settings import Settings
from admin.timeline import loop_of, streams_of
from bot.as_seen import Seen, as_seen
from events.past import shown, states_at
from models.clock import SystemClock
from models.database import Transaction
from models.deliveries import NoticeRow
from models.directory import load_directory
from models.history import table_of
from workers.packs_in_force import PacksInForce
from workers.rules.pack import Pack, load_pack
from workers.rules.yaml_lines import BadPack
from workers.what_if.comparing import Diff
from workers.what_if.replaying import PackRefused, what_if, with_pack


async def loop_as_of(settings: Settings, name: str, at: datetime) -> dict[str, Any]:
    """Every stream of a loop as it stood then, by id. CommandRefused when there was none yet."""
    async with opened(settings) as database, database.reading() as transaction:
        streams = await streams_of(transaction, await loop_of(transaction, name))
        states = await states_at(transaction, [each for each in streams if not each.startswith("notice-")], at)
    if not states:
        raise CommandRefused(f"--at: nothing of {name} had been recorded by {at.isoformat()}")
    return {stream: shown(state) | {"situation": shown(state.situation)} for stream, state in states.items()}


async def loop_as_seen(settings: Settings, name: str, person: str, at: datetime) -> list[Seen]:
    """What a person had about a loop then. CommandRefused for somebody nobody knew."""
    async with opened(settings) as database, database.reading() as transaction:
        loop = await loop_of(transaction, name)
        found = await as_seen(transaction, loop, person, at)
        if not found and (await load_directory(transaction, at, recorded=at)).person(person) is None:
            known = await _recipients(transaction, loop)
            told = f"; told about it were {', '.join(known)}" if known else "; nobody was told about it"
            raise CommandRefused(f"--by: no member of staff had the id {person!r} then{told}")
        return found


async def _recipients(transaction: Transaction, loop: str) -> list[str]:
    table = table_of(NoticeRow)
    rows = await transaction.execute(select(table.c.recipient).distinct().where(table.c.loop == loop))
    return sorted(rows.scalars())


async def pack_diff(
    settings: Settings, file: Path, then: Path | None, since: datetime, until: datetime, progress: Progress
) -> Diff:
    """What would have been otherwise under a pack, up to now. `then`: the pack that was in force, if it is not now.

    CommandRefused names what is wrong with files or times.
    """
    until = min(until, SystemClock(settings.clock_file).now())
    if until <= since:
        raise CommandRefused("--to: must be after --from, and --from in the past")
    candidate, instead_of = _pack(file), _pack(then) if then is not None else None
    async with opened(settings) as database:
        keyring = await keyring_for(settings, database)
        in_force = PacksInForce(SystemClock(settings.clock_file), settings.zone)
        async with database.reading() as transaction:
            await in_force.look(transaction)
        try:
            base = in_force.current()
            if instead_of is not None:
                base = with_pack(base, instead_of)
            return await what_if(database, keyring, base, candidate, since, until, progress)
        except PackRefused as error:
            raise CommandRefused(f"{file}: {error}") from None


def _pack(file: Path) -> Pack:
    try:
        return load_pack(file)
    except BadPack as error:
        raise CommandRefused(f"{file}: {error}") from None
