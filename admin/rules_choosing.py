"""Which packs a command decides by: those in force in a database, or those that ship; it always says which."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from admin.opening import reading
from admin.refusals import BadInput
from admin.settings import Settings
from models.clock import SystemClock
from models.database import Database
from workers.packs_in_force import PacksInForce
from workers.rules.in_force import InForce, as_shipped
from workers.rules.kinds import fitting
from workers.rules.layers import Layer
from workers.rules.pack import Pack, parse_pack
from workers.rules.yaml_lines import read_document


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


def with_files(packs: Mapping[str, Pack], files: Sequence[Path]) -> dict[str, Pack]:
    """These packs with those of the files in their place, and layers of the files on top, wherever they hold.

    BadPack names what is wrong by file, line and row; BadInput a pack of a name that nobody decides by.
    """
    found = dict(packs)
    for file in files:
        document = read_document(file)
        layer = Layer(document) if isinstance(document.value, dict) and "layer" in document.value else None
        pack = layer.over(_named(found, layer.file.name, file)) if layer else parse_pack(document)
        _named(found, pack.name, file)
        found[pack.name] = fitting(pack)
    return found


def _named(packs: Mapping[str, Pack], name: str, file: Path) -> Pack:
    if name not in packs:
        raise BadInput(f"--pack: {file.name}: {name!r} is not one of {', '.join(packs)}")
    return packs[name]


async def _there(settings: Settings) -> bool:
    if settings.database_url is not None:
        return True
    url = Database(settings.database).url
    return bool(url.database and await asyncio.to_thread(Path(url.database).exists))
