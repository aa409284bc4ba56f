"""What an installation remembers about itself, as named texts; and whether the sender is held.

The sender is held after a restore (fault F17): what was told since the backup is not known to be told, so nothing
goes out until a person has looked and said `refloop sender release`.
"""

from collections.abc import Collection

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from models.database import Transaction
from models.history import table_of
from models.journal import SettingRow
from models.values import new_id

EPOCH = "epoch"
SENDER_HELD = "sender_held"
KEY_CHECK = "site_key_check"
BOT_NAME = "bot_username"

_SETTINGS = table_of(SettingRow)
_KEPT_OF = select(_SETTINGS).where(_SETTINGS.c.key.in_(bindparam("names", expanding=True)))
_KEPT = select(_SETTINGS.c.value).where(_SETTINGS.c.key == bindparam("name"))


async def remembered(tx: Transaction, key: str) -> str | None:
    """The text kept under a name, or None."""
    row = (await tx.execute(_KEPT, {"name": key})).first()
    return None if row is None else str(row[0])


async def remembered_of(tx: Transaction, keys: Collection[str]) -> dict[str, str]:
    """The texts kept under these names; none for a name under which nothing is kept."""
    return {row.key: row.value for row in await tx.execute(_KEPT_OF, {"names": list(keys)})}


async def remember(tx: Transaction, key: str, value: str) -> None:
    """Keep a text under a name, in place of what was there."""
    insert = postgresql_insert if tx.dialect == "postgresql" else sqlite_insert
    statement = insert(_SETTINGS)
    same_key = statement.on_conflict_do_update(index_elements=["key"], set_={"value": statement.excluded.value})
    await tx.execute(same_key, [{"key": key, "value": value}])


async def forget(tx: Transaction, key: str) -> None:
    """Keep nothing under a name."""
    await tx.execute(delete(_SETTINGS).where(_SETTINGS.c.key == key))


async def sender_held(tx: Transaction) -> str | None:
    """Why the sender may send nothing now, or None when it may."""
    return await remembered(tx, SENDER_HELD)


async def hold_sender(tx: Transaction, reason: str) -> None:
    """Let the sender send nothing until it is released."""
    await remember(tx, SENDER_HELD, reason)


async def release_sender(tx: Transaction) -> bool:
    """Let the sender send again; False when it was not held."""
    held = await sender_held(tx) is not None
    await forget(tx, SENDER_HELD)
    return held


async def installation_epoch(tx: Transaction) -> str:
    """The id of this installation, made on the first call."""
    known = await remembered(tx, EPOCH)
    return known if known is not None else await begin_new_epoch(tx)


async def begin_new_epoch(tx: Transaction) -> str:
    """Make this another installation than the one its rows come from; the id of the new epoch."""
    epoch = new_id()
    await remember(tx, EPOCH, epoch)
    return epoch
