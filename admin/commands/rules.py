"""Commands about the rules: decide, and what comes with a pack's life."""

from pathlib import Path
from typing import Annotated

import typer

from admin.commands import packs as packs_life
from admin.commands import sheets
from admin.commands.common import AsJson, settings

rules = typer.Typer(help="The rule packs: decide, check, explain, change.", no_args_is_help=True)

Kind = Annotated[str, typer.Argument(metavar="KIND", help="triage, visit, follow-up, duties or hints.")]


@rules.command("decide")
def decide(
    kind: Kind,
    file: Annotated[str, typer.Argument(metavar="FILE", help="A JSON object of inputs, or - for standard input.")],
) -> None:
    """Decide by the packs, and say why: JSON in, JSON out. Absent is unknown; names and units in docs/rules.md."""
    from admin import output, rules_deciding
    from models.clock import SystemClock
    from workers.rules.calendar import WorkCalendar
    from workers.rules.layers import in_place, shipped
    from workers.rules.pack import packs

    known = settings()
    today = SystemClock(known.clock_file).now().astimezone(known.zone).date()
    given = rules_deciding.read_object(file)
    city = given.get("city")
    own = {name: in_place(pack, shipped(), city if isinstance(city, str) else None) for name, pack in packs().items()}
    now = rules_deciding.Now(today, WorkCalendar(known.zone))
    output.as_json(rules_deciding.decide(kind, given, own, now))


@rules.command("check")
def check(
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="[FILE]...", help="Packs or layers; the built-in ones without any.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Look for gaps, overlaps, rows that never come into force, units that do not fit, examples that fail."""
    from admin import output, rules_checking

    report = rules_checking.check_files(files or [])
    if as_json:
        output.as_json(report.as_dict())
    else:
        for line in report.lines():
            output.say(line)
    if report.wrong:
        raise typer.Exit(1)


for step in (
    packs_life.draft,
    packs_life.approve,
    packs_life.activate,
    packs_life.rollback,
    packs_life.packs,
    sheets.export,
    sheets.diff,
    sheets.explain,
):
    rules.command()(step)
rules.command("import")(sheets.import_)
