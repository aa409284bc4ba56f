"""What every command begins and ends with: options, settings, one clear line when something fails."""

import os
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
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
    """The settings of this command. What runs on logs to stderr; the others say themselves what went wrong."""
    from admin.logs import configure_logs
    from admin.settings_reading import load_settings

    found = load_settings(os.environ, Path(".env"), options)
    configure_logs("critical" if quiet else found.log_level, found.secrets())
    return found


@contextmanager
def told(known: "Settings") -> Iterator[None]:
    """What goes wrong in here is told in one line that knows which database and address were meant."""
    try:
        yield
    except Exception as error:
        from admin.refusals import CommandRefused, explain, is_refusal

        if is_refusal(error):
            raise
        raise CommandRefused(explain(error, known)) from error


@contextmanager
def interrupted(left: str = "nothing was changed") -> Iterator[None]:
    """Ctrl-C in here is answered by a line that says how things are left."""
    try:
        yield
    except KeyboardInterrupt:
        from admin.output import remark

        remark(f"refloop: stopped; {left}")
        raise


def carry(known: "Settings", work: Coroutine[Any, Any, T]) -> T:
    """Run a command's work, and tell what goes wrong."""
    import asyncio

    with told(known):
        return asyncio.run(work)
