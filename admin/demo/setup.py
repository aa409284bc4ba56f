"""Makes an empty installation the demo's: its network, sources with keys, people with phones in their hands."""

import os
from pathlib import Path

from sqlalchemy import Connection, inspect

from admin.demo.network import load_demo, read_demo
from admin.demo.phones import hand_out
from admin.parts import Parts
from admin.refusals import CommandRefused
from models.database import Database, Transaction
from models.history import open_rows
from models.installation import remember, remembered
from models.registry import SourceRow
from models.sources import add_source, renew_key

DEMO = "demo"
# Whose systems the demo sends samples as, by the name of their source; the first key is for everybody to try.
SOURCES = {"demo": "liantang", "demo-hospital": "chengxi-1"}
_ACTOR = "demo"


async def require_demo_database(database: Database) -> None:
    """CommandRefused unless the database is empty or one that the demo made before."""
    async with database.reading() as tx:
        tables = await tx.run_sync(_tables)
        if not tables:
            return
        if "settings" in tables and await remembered(tx, DEMO) is not None:
            return
    raise CommandRefused(
        "--demo: this database was not made by the demo, which would fill it with fictional people; "
        "give an empty one by --data-dir or --database-url"
    )


async def refuse_demo_database(database: Database) -> None:
    """CommandRefused when the demo made the database: its people are fictional."""
    async with database.reading() as tx:
        if "settings" not in await tx.run_sync(_tables) or await remembered(tx, DEMO) is None:
            return
    raise CommandRefused(
        "this database was made by the demo and holds fictional people: start it with --demo, or give another by "
        "--data-dir or --database-url"
    )


def _tables(connection: Connection) -> list[str]:
    return inspect(connection).get_table_names()


async def mark_demo_database(database: Database) -> None:
    """From now on the database is the demo's."""
    async with database.transaction() as tx:
        await remember(tx, DEMO, "yes")


def key_file(data_dir: Path, source: str = "demo") -> Path:
    """Where the key of a source of the demo is, for whoever wants to send messages of their own."""
    return data_dir / f"{source}-source.key"


def key_of(data_dir: Path, facility: str) -> str:
    """The key of the facility's system in the demo. KeyError when it has none."""
    source = {place: name for name, place in SOURCES.items()}[facility]
    return key_file(data_dir, source).read_text().strip()


async def prepare(parts: Parts, sandbox_url: str) -> None:
    """Load the network, make the sources, put a phone in the hand of every person of the page; again does no harm."""
    now = parts.clock.now()
    async with parts.database.transaction() as tx:
        await load_demo(tx, read_demo(), parts.keyring, now)
        keys = {source: await _new_key(tx, parts, source) for source in SOURCES}
    for source, key in keys.items():
        if key is not None:
            _keep(key_file(parts.settings.data_dir, source), key)
    directory = await parts.directory.refresh()
    staff = {each.id: each.phone for each in directory.people() if each.phone}
    await hand_out(sandbox_url, staff)


async def _new_key(tx: Transaction, parts: Parts, source: str) -> str | None:
    """A key for a source of the demo, or None when the one in its file still counts."""
    now = parts.clock.now()
    if source not in await open_rows(tx, SourceRow, [source]):
        return await add_source(tx, source, SOURCES[source], now, _ACTOR)
    if key_file(parts.settings.data_dir, source).exists():
        return None
    return await renew_key(tx, source, now, _ACTOR)


def _keep(path: Path, key: str) -> None:
    """Write the key for its owner's eyes only."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(key + "\n")
