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
from workers.packs_then import packs_then
from workers.rules.pack import Pack, load_pack
from workers.rules.yaml_lines import BadPack
from workers.what_if.comparing import Diff
from workers.what_if.replaying import PackRefused, instead, what_if
from workers.what_if.simulating import RulesAt


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
        rules = await packs_then(transaction, settings.zone)
        found = await as_seen(transaction, loop, person, at, lambda moment: rules.at(moment).in_force)
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
    """What would have been otherwise under a pack, up to now, beside the packs that were in force at each moment.

    `then`: a pack to take in the place of the one that was.

    CommandRefused names what is wrong with files or times.
    """
    until = min(until, SystemClock(settings.clock_file).now())
    if until <= since:
        raise CommandRefused("--to: must be after --from, and --from in the past")
    candidate, instead_of = _pack(file), _pack(then) if then is not None else None
    async with opened(settings) as database:
        keyring = await keyring_for(settings, database)
        async with database.reading() as transaction:
            in_force = await packs_then(transaction, settings.zone)
        base = _instead(in_force.at, instead_of, then, since)
        _instead(base, candidate, file, since)
        return await what_if(database, keyring, base, candidate, since, until, progress)


def _instead(rules: RulesAt, pack: Pack | None, file: Path | None, since: datetime) -> RulesAt:
    """The rules with this pack; CommandRefused names its file where no rule reads it."""
    if pack is None:
        return rules
    try:
        instead(rules, pack)(since)
    except PackRefused as error:
        raise CommandRefused(f"{file}: {error}") from None
    return instead(rules, pack)


def _pack(file: Path) -> Pack:
    try:
        return load_pack(file)
    except BadPack as error:
        raise CommandRefused(f"{file}: {error}") from None
