"""Every error as one line for the person at the terminal, and which of them are refusals rather than faults."""

import errno
import os

from admin.settings import Settings, without_password

_CANNOT_LISTEN = {errno.EADDRINUSE, errno.EADDRNOTAVAIL, errno.EACCES}


class CommandRefused(Exception):
    """A command that cannot be carried out; the text says why and what to do."""


class BadInput(CommandRefused):
    """What was given cannot be read; the text names the field and what would be right."""


def is_refusal(error: BaseException) -> bool:
    """Whether the text of the error is meant for the person who gave the command."""
    # What a health check says every few seconds: the others take a second to load.
    if isinstance(error, CommandRefused):
        return True
    from admin.keys import KeyRefused
    from admin.lock import DataDirInUse
    from admin.network.problems import NetworkRefused
    from admin.settings_reading import SettingsRefused
    from models.migrations.schema import SchemaRefused
    from models.sources import SourceRefused
    from workers.rules.yaml_lines import BadPack

    known = (SettingsRefused, DataDirInUse, KeyRefused, SchemaRefused, SourceRefused, NetworkRefused, BadPack)
    return isinstance(error, known)


def explain(error: BaseException, settings: Settings | None = None) -> str:
    """What to tell the person; never a secret, never a value out of the database."""
    if is_refusal(error):
        return str(error)
    from admin.logs import described

    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    if settings is not None and isinstance(error, OSError) and error.errno in _CANNOT_LISTEN:
        where = f"{settings.host}:{settings.port}"
        why = os.strerror(error.errno)
        return f"cannot listen on {where}: {why}; choose another --port (or REFLOOP_PORT, REFLOOP_HOST)"
    if settings is not None and _of_database(error):
        shown = without_password(settings.database)
        return f"the database at {shown} does not answer as it should: {described(error).partition(' at ')[0]}"
    return f"unexpected {described(error)} (REFLOOP_DEBUG=1 shows more)"


def _of_database(error: BaseException) -> bool:
    from sqlalchemy.exc import SQLAlchemyError

    return isinstance(error, SQLAlchemyError | OSError) or type(error).__module__.startswith("asyncpg")
