"""The site key: where it is, that it is the one this database was sealed with, and a copy to keep elsewhere."""

import base64
import binascii
import os
from pathlib import Path

from admin.settings import Settings
from models.database import Database, Transaction
from models.installation import KEY_CHECK, installation_epoch, remember, remembered
from models.sealed import Keyring

_NOTE = """\
# The site key of Refloop installation {epoch}.
# Whoever has it and the database reads every patient's data; without it nobody can, you included.
# Keep it apart from the backups, under two persons' lock. To use it again: this file as
# <data-dir>/site.key (0600), or name it in REFLOOP_SITE_KEY_FILE.
"""


class KeyRefused(Exception):
    """The site key is not there, cannot be read, or is another database's."""


def site_key_file(settings: Settings) -> Path:
    """Where the site key is when no setting holds it."""
    return settings.data_dir / "site.key"


def read_site_key(settings: Settings) -> bytes | None:
    """The 32 bytes, or None when there is no key yet. KeyRefused when what is there is none."""
    path = site_key_file(settings)
    if settings.site_key is not None:
        where, text = "REFLOOP_SITE_KEY", settings.site_key.get_secret_value()
    elif path.exists():
        where, text = str(path), path.read_text()
    else:
        return None
    lines = [line.strip() for line in text.splitlines() if not line.startswith("#")]
    try:
        key = base64.urlsafe_b64decode("".join(lines))
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != 32:
        raise KeyRefused(f"{where}: this is no site key; right is 32 random bytes in base64")
    return key


async def keyring_for(settings: Settings, database: Database) -> Keyring:
    """The keyring of this (migrated) database; a database without a key is given one, kept 0600 in the data dir.

    KeyRefused when the key is missing though the database was sealed with one, or is not that one.
    """
    async with database.transaction() as transaction:
        sealed_with = await remembered(transaction, KEY_CHECK)
        key = read_site_key(settings)
        if key is None and sealed_with is not None:
            raise KeyRefused(
                f"{site_key_file(settings)} is not there, and this database was sealed with a key: "
                "put it back, or set REFLOOP_SITE_KEY_FILE"
            )
        keyring = Keyring(key) if key is not None else Keyring.from_file(site_key_file(settings))
        check = keyring.blind("site key check")
        if sealed_with is None:
            await remember(transaction, KEY_CHECK, check)
            await installation_epoch(transaction)
        elif sealed_with != check:
            raise KeyRefused("the site key is not the one this database was sealed with: put the right one back")
        return keyring


async def export_key(settings: Settings, transaction: Transaction, target: Path) -> None:
    """Write the site key with a note on how to keep it to a new file, readable by its owner only.

    KeyRefused when there is no key, or the file is there already.
    """
    key = read_site_key(settings)
    if key is None:
        raise KeyRefused(f"{site_key_file(settings)} is not there: nothing has been sealed yet")
    note = _NOTE.format(epoch=await installation_epoch(transaction))
    try:
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise KeyRefused(f"{target} is there already: name a new file") from None
    with os.fdopen(handle, "w") as file:
        file.write(note + base64.urlsafe_b64encode(key).decode() + "\n")
