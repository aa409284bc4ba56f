"""Commands that write the log to files and take it back: export, import, anchor, check."""

from pathlib import Path
from typing import Annotated

import typer

from admin.commands.choosing import (
    OfFacility,
    OfHolder,
    OfLoop,
    OfPriority,
    OfStream,
    OfType,
    Since,
    Until,
    selection,
)
from admin.commands.common import AsJson, DatabaseUrl, DataDir, carry, interrupted, settings

_FORMS = ("jsonl", "csv")


def export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A new file.")],
    form: Annotated[
        str | None,
        typer.Option("--format", metavar="jsonl|csv", help="CloudEvents, or a table; else by the file's ending."),
    ] = None,
    stream: OfStream = None,
    loop: OfLoop = None,
    kind: OfType = None,
    since: Since = None,
    until: Until = None,
    facility: OfFacility = None,
    priority: OfPriority = None,
    holder: OfHolder = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Write the log to a file. Only a whole jsonl export can be imported; sealed text stays sealed."""
    from admin import carrying, output
    from admin.refusals import CommandRefused

    if form is None:
        form = "csv" if file.suffix == ".csv" else "jsonl"
    if form not in _FORMS:
        raise CommandRefused(f"--format: {form!r} is none; right is jsonl or csv")
    known = settings(data_dir=data_dir, database_url=database_url)
    chosen = selection(known, stream, loop, kind, since, until, facility, priority, holder)
    with interrupted("no file was written"), output.progress("exporting") as progress:
        done = carry(known, carrying.export(known, file.absolute(), form, chosen, progress))
    if as_json:
        output.as_json({"file": str(file), "events": done.events, "streams": done.streams, "sha256": done.digest})
    else:
        output.say(f"{file}: {done.events} events of {done.streams} streams")


def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A whole export (jsonl).")],
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Take a whole export into a database without events: all of it or nothing. Nobody is told anything."""
    from admin import carrying, output

    known = settings(data_dir=data_dir, database_url=database_url)
    with interrupted(), output.progress("importing") as progress:
        done = carry(known, carrying.import_alone(known, file.absolute(), progress))
    if as_json:
        output.as_json({"events": done.events, "streams": done.streams})
        return
    output.say(f"{done.events} events of {done.streams} streams are in; the sender is held")
    output.remark("Registry, keys and chats are not in an export: for a whole installation see refloop backup.")


def anchor(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A new file; keep it on another machine.")],
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Write one hash over all streams, and each stream's, to a file: what is rewritten later can be proven."""
    from admin import carrying, output

    known = settings(data_dir=data_dir, database_url=database_url)
    made = carry(known, carrying.anchor(known, file.absolute()))
    if as_json:
        output.as_json({"file": str(file), "root": made.root, "streams": len(made.heads), "events": made.events})
    else:
        output.say(f"{file}: {made.events} events of {len(made.heads)} streams, root {made.root}")


def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An anchor written before.")],
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Compare the log with an anchor: exit code 1 and the streams' names where it is not what it was."""
    from admin import carrying, output

    known = settings(data_dir=data_dir, database_url=database_url)
    checked = carry(known, carrying.check_anchor(known, file.absolute()))
    if as_json:
        output.as_json(checked.as_dict())
    else:
        for finding in checked.findings:
            output.say(f"{finding.stream} version {finding.version}: {finding.what}")
        word = "unchanged" if checked.ok else "NOT WHAT IT WAS"
        output.say(f"{checked.anchor.events} events anchored at {checked.anchor.made_at}: {word}")
    raise typer.Exit(0 if checked.ok else 1)
