"""What every command begins and ends with: options, settings, one clear line when something fails."""

import os
from collections.abc import Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

if TYPE_CHECKING:
    from admin.settings import Settings

T = TypeVar("T")

AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]
DataDir = Annotated[
    Path | None, typer.Option("--data-dir", metavar="DIR", help="Where keys and the embedded database are.")
]
DatabaseUrl = Annotated[str | None, typer.Option("--database-url", metavar="URL", help="PostgreSQL or SQLite.")]
Reason = Annotated[str | None, typer.Option("--reason", help="Why, for the audit.")]
Limit = Annotated[int, typer.Option("--limit", min=1, help="At most so many.")]


def settings(quiet: bool = True, **options: Any) -> "Settings":
    """The settings of this command; logs go to stderr, from errors up unless it runs on."""
    from admin.logs import configure_logs
    from admin.settings_reading import load_settings

    found = load_settings(os.environ, Path(".env"), options)
    configure_logs("error" if quiet else found.log_level, found.secrets())
    return found


def carry(known: "Settings", work: Coroutine[Any, Any, T]) -> T:
    """Run a command's work; what goes wrong is told in one line that knows which database was meant."""
    import asyncio

    from admin.refusals import CommandRefused, explain, is_refusal

    try:
        return asyncio.run(work)
    except Exception as error:
        if is_refusal(error):
            raise
        raise CommandRefused(explain(error, known)) from error
